"""Every time an electronic licence was verified, and which ones wait to be asked about again.

Nothing of a licence or its holder is kept here; the use cause is encrypted, because people write it.  Rows are never changed: a later verification stands beside the earlier ones.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from gateway.store.database import Transaction
from gateway.store.moments import from_store, to_store
from gateway.store.vault import Vault

_COLUMNS = "case_id, material_id, version, stage, outcome, licence_state, valid_to, source, detail, at, private"
_NAMES = tuple(name.strip() for name in _COLUMNS.split(","))


@dataclass(frozen=True, slots=True)
class CheckRow:
    """One verification.

    Attributes:
        version: of the material.
        stage: submission | supplement | acceptance | decision | later.
        outcome: valid | invalid | pending.
        licence_state: 01 to 99 (GB/T 36906), empty when the source did not answer.
        valid_to: yyyy-mm-dd, empty for none.
        detail: reason word, empty for a valid one.
    """

    case_id: str
    material_id: str
    version: int
    stage: str
    use_cause: str
    outcome: str
    licence_state: str
    valid_to: str
    source: str
    detail: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Waiting:
    """A licence that has to be asked about again; `tries` says how often that was done already."""

    case_id: str
    material_id: str
    version: int
    tries: int


def add(tx: Transaction, vault: Vault, row: CheckRow) -> None:
    """Record a verification."""
    facts = {name: getattr(row, name) for name in _NAMES if name != "private"}
    facts |= {"at": to_store(row.at), "private": vault.seal(row.use_cause.encode(), _context(row.case_id))}
    tx.execute(
        f"INSERT INTO licence_checks ({_COLUMNS}) VALUES ({', '.join(':' + name for name in _NAMES)})",
        facts,
    )


def of_case(tx: Transaction, vault: Vault, case_id: str) -> list[CheckRow]:
    """Return the verifications of a case, in order."""
    rows = tx.rows(f"SELECT {_COLUMNS} FROM licence_checks WHERE case_id = :id ORDER BY position", {"id": case_id})
    return [_from_store(vault, row) for row in rows]


def wait(tx: Transaction, case_id: str, material_id: str, version: int, next_try: datetime) -> None:
    """Have a licence asked about again, from the beginning."""
    tx.execute(
        "INSERT INTO licence_waits (case_id, material_id, version, tries, next_try)"
        " VALUES (:case_id, :material_id, :version, 0, :next_try)"
        " ON CONFLICT (case_id, material_id) DO UPDATE"
        " SET version = :version, tries = 0, next_try = :next_try",
        {"case_id": case_id, "material_id": material_id, "version": version, "next_try": to_store(next_try)},
    )


def put_off(tx: Transaction, waiting: Waiting, next_try: datetime) -> None:
    """Count one more try, and write when the next one is due."""
    tx.execute(
        "UPDATE licence_waits SET tries = :tries, next_try = :next_try"
        " WHERE case_id = :case_id AND material_id = :material_id",
        {
            "case_id": waiting.case_id,
            "material_id": waiting.material_id,
            "tries": waiting.tries + 1,
            "next_try": to_store(next_try),
        },
    )


def settle(tx: Transaction, case_id: str, material_id: str) -> bool:
    """Stop asking about a licence; whether it waited."""
    return bool(
        tx.changed(
            "DELETE FROM licence_waits WHERE case_id = :case_id AND material_id = :material_id",
            {"case_id": case_id, "material_id": material_id},
        )
    )


def waits(tx: Transaction, case_id: str, material_id: str) -> bool:
    """Whether a licence waits to be asked about again."""
    return bool(
        tx.row(
            "SELECT 1 FROM licence_waits WHERE case_id = :case_id AND material_id = :material_id",
            {"case_id": case_id, "material_id": material_id},
        )
    )


def due(tx: Transaction, now: datetime, limit: int) -> list[Waiting]:
    """Return up to `limit` licences that are due, the longest waiting first."""
    rows = tx.rows(
        "SELECT case_id, material_id, version, tries FROM licence_waits WHERE next_try <= :now"
        " ORDER BY next_try, case_id, material_id LIMIT :limit",
        {"now": to_store(now), "limit": limit},
    )
    return [Waiting(*row) for row in rows]


def _from_store(vault: Vault, row: Sequence[object]) -> CheckRow:
    values = dict(zip(_NAMES, row, strict=True))
    at, version, private = values.pop("at"), values.pop("version"), values.pop("private")
    assert isinstance(at, int)
    assert isinstance(version, int)
    assert isinstance(private, bytes | memoryview)
    told = {name: str(value) for name, value in values.items()}
    cause = vault.open(bytes(private), _context(told["case_id"])).decode()
    return CheckRow(**told, version=version, use_cause=cause, at=from_store(at))


def _context(case_id: str) -> bytes:
    return f"licence_checks|use_cause|{case_id}".encode()
