"""Envelopes we owe to partners.

A row is written in the transaction of the change it announces, so either both exist or neither does.  It is
settled by the partner's receipt and stays as the record of how it fared.

    due ──claim──▶ claimed ──settle──▶ accepted | refused | given_up
     ▲                │
     └─────put_off────┘        (also what happens when the claim runs out)

A claim moves `due_at` past the flight before anything is sent: if the process dies the row becomes due
again, and the recipient's inbox makes the repeat harmless.  An envelope that waits holds up its own case only.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from gateway.store.database import Transaction
from gateway.store.moments import from_store, to_store

ACCEPTED = "accepted"
REFUSED = "refused"
GIVEN_UP = "given_up"

_COLUMNS = (
    "envelope_id, partner, case_id, sequence, payload_sha256, bytes, materials_wait, due_at, tries, last_reason,"
    " owed_at, expires_at, settled_at, outcome, batch_id"
)
_NAMES = tuple(name.strip() for name in _COLUMNS.split(","))
# Nothing of the same case may be overtaken: not by a later envelope that is due while an earlier one waits.
_FIRST_OF_ITS_CASE = (
    " AND NOT EXISTS (SELECT 1 FROM outbox earlier WHERE earlier.case_id = o.case_id AND earlier.settled_at IS NULL"
    " AND earlier.sequence < o.sequence AND (earlier.due_at > :now OR earlier.materials_wait = 1))"
)
_DUE = (
    f"SELECT {_COLUMNS} FROM outbox o WHERE o.partner = :partner AND o.settled_at IS NULL AND o.due_at <= :now"
    " AND o.materials_wait = :materials_wait" + _FIRST_OF_ITS_CASE + " ORDER BY o.owed_at, o.sequence LIMIT :limit"
)


@dataclass(frozen=True, slots=True)
class Owed:
    """One envelope we owe."""

    envelope_id: str
    partner: str
    case_id: str
    sequence: int
    payload_sha256: bytes
    bytes: int
    materials_wait: bool
    due_at: datetime
    tries: int
    last_reason: str
    owed_at: datetime
    expires_at: datetime
    settled_at: datetime | None = None
    outcome: str = ""
    batch_id: str = ""


def owe(tx: Transaction, owed: Owed) -> None:
    """Add an envelope, due at once."""
    tx.execute(
        f"INSERT INTO outbox ({_COLUMNS}) VALUES ({', '.join(':' + name for name in _NAMES)})",
        {
            "envelope_id": owed.envelope_id,
            "partner": owed.partner,
            "case_id": owed.case_id,
            "sequence": owed.sequence,
            "payload_sha256": owed.payload_sha256,
            "bytes": owed.bytes,
            "materials_wait": int(owed.materials_wait),
            "due_at": to_store(owed.due_at),
            "tries": owed.tries,
            "last_reason": owed.last_reason,
            "owed_at": to_store(owed.owed_at),
            "expires_at": to_store(owed.expires_at),
            "settled_at": None,
            "outcome": "",
            "batch_id": "",
        },
    )


def claim(tx: Transaction, partner: str, now: datetime, until: datetime, limit: int, max_bytes: int) -> list[Owed]:
    """Take up to `limit` due envelopes of at most `max_bytes` together; nobody else gets them before `until`."""
    found = [
        _from_store(row)
        for row in tx.rows(_DUE, {"partner": partner, "now": to_store(now), "limit": limit, "materials_wait": 0})
    ]
    taken: list[Owed] = []
    size = 0
    for owed in found:
        size += owed.bytes
        if taken and size > max_bytes:
            break
        taken.append(owed)
    tx.many(
        "UPDATE outbox SET due_at = :until, tries = tries + 1 WHERE envelope_id = :id",
        [{"until": to_store(until), "id": owed.envelope_id} for owed in taken],
    )
    return taken


def next_with_materials(tx: Transaction, partner: str, now: datetime, until: datetime) -> Owed | None:
    """Take the first due envelope whose files the partner does not have yet."""
    row = tx.row(_DUE, {"partner": partner, "now": to_store(now), "limit": 1, "materials_wait": 1})
    if row is None:
        return None
    owed = _from_store(row)
    tx.execute(
        "UPDATE outbox SET due_at = :until, tries = tries + 1 WHERE envelope_id = :id",
        {"until": to_store(until), "id": owed.envelope_id},
    )
    return owed


def release_claims(tx: Transaction, now: datetime) -> None:
    """At a start nothing is under way: what a process that died had claimed is due again.

    The partner's own rest (`peers`), written before each flight, keeps a gateway that dies again and again from hammering it.
    """
    tx.execute(
        "UPDATE outbox SET due_at = :now WHERE settled_at IS NULL AND due_at > :now AND tries > 0",
        {"now": to_store(now)},
    )


def materials_are_there(tx: Transaction, envelope_id: str, now: datetime) -> None:
    """The partner has every file: the envelope may fly.

    Tries begin anew, unless the partner has said before that files it declared complete are missing.
    """
    tx.execute(
        "UPDATE outbox SET materials_wait = 0, due_at = :now,"
        " tries = CASE WHEN last_reason = 'MATERIALS_MISSING' THEN tries ELSE 0 END,"
        " last_reason = CASE WHEN last_reason = 'MATERIALS_MISSING' THEN last_reason ELSE '' END"
        " WHERE envelope_id = :id",
        {"now": to_store(now), "id": envelope_id},
    )


def files_are_pulled(tx: Transaction, partner: str) -> None:
    """A partner that collects pulls the files itself: none of its envelopes waits for them."""
    tx.execute(
        "UPDATE outbox SET materials_wait = 0 WHERE partner = :partner AND settled_at IS NULL AND materials_wait = 1",
        {"partner": partner},
    )


def put_off(
    tx: Transaction, envelope_id: str, due_at: datetime, reason: str, *, materials_wait: bool | None = None
) -> None:
    """Try again at `due_at`; say why it did not work."""
    tx.execute(
        "UPDATE outbox SET due_at = :due, last_reason = :reason,"
        " materials_wait = COALESCE(:wait, materials_wait) WHERE envelope_id = :id AND settled_at IS NULL",
        {
            "due": to_store(due_at),
            "reason": reason,
            "wait": None if materials_wait is None else int(materials_wait),
            "id": envelope_id,
        },
    )


def settle(
    tx: Transaction, envelope_id: str, outcome: str, now: datetime, *, reason: str = "", batch_id: str = ""
) -> bool:
    """Mark an envelope as answered for ever; False when it was settled already."""
    return bool(
        tx.changed(
            "UPDATE outbox SET settled_at = :now, outcome = :outcome, last_reason = :reason, batch_id = :batch"
            " WHERE envelope_id = :id AND settled_at IS NULL",
            {"now": to_store(now), "outcome": outcome, "reason": reason, "batch": batch_id, "id": envelope_id},
        )
    )


def reopen(tx: Transaction, envelope_id: str, now: datetime) -> bool:
    """Owe an envelope again that was given up, the very same bytes; False when it was not given up."""
    return bool(
        tx.changed(
            "UPDATE outbox SET settled_at = NULL, outcome = '', due_at = :now, last_reason = ''"
            " WHERE envelope_id = :id AND outcome = 'given_up'",
            {"now": to_store(now), "id": envelope_id},
        )
    )


def find(tx: Transaction, envelope_id: str) -> Owed | None:
    """Return an envelope we owe or owed."""
    row = tx.row(f"SELECT {_COLUMNS} FROM outbox WHERE envelope_id = :id", {"id": envelope_id})
    return None if row is None else _from_store(row)


def of_case(tx: Transaction, case_id: str) -> list[Owed]:
    """Return every envelope of ours in a case, in order."""
    rows = tx.rows(f"SELECT {_COLUMNS} FROM outbox WHERE case_id = :id ORDER BY sequence", {"id": case_id})
    return [_from_store(row) for row in rows]


def expired(tx: Transaction, now: datetime, limit: int) -> list[Owed]:
    """Return envelopes past their expiry that nobody answered, at most `limit` of each partner.

    Of each, so that one that cannot be asked hides nothing that is owed to others.
    """
    rows = tx.rows(
        f"SELECT {_COLUMNS} FROM (SELECT outbox.*, ROW_NUMBER() OVER (PARTITION BY partner ORDER BY expires_at) AS place"
        " FROM outbox WHERE settled_at IS NULL AND expires_at <= :now) AS late WHERE place <= :limit"
        " ORDER BY expires_at",
        {"now": to_store(now), "limit": limit},
    )
    return [_from_store(row) for row in rows]


def has_work(tx: Transaction, partner: str, now: datetime) -> bool:
    """Whether something is due for a partner."""
    return (
        tx.row(
            "SELECT 1 FROM outbox WHERE partner = :partner AND settled_at IS NULL AND due_at <= :now LIMIT 1",
            {"partner": partner, "now": to_store(now)},
        )
        is not None
    )


def waiting(tx: Transaction, partner: str) -> tuple[int, datetime | None]:
    """Return how many envelopes a partner is owed and since when the oldest waits."""
    row = tx.row(
        "SELECT COUNT(*), MIN(owed_at) FROM outbox WHERE partner = :partner AND settled_at IS NULL",
        {"partner": partner},
    )
    if row is None or not row[0]:
        return 0, None
    return row[0], from_store(row[1])


def _from_store(row: Sequence[object]) -> Owed:
    v = dict(zip(_NAMES, row, strict=True))
    moments = {name: v[name] for name in ("due_at", "owed_at", "expires_at", "settled_at")}
    return Owed(**v | {name: None if at is None else from_store(at) for name, at in moments.items()})  # type: ignore[arg-type]
