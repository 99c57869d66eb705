"""Joint cases (多地联办): the whole, at the origin; its parts are ordinary cases that name it.

No state is stored: it is derived from the children whenever somebody looks (`case.joint`).
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from gateway.case.joint import position_of
from gateway.store import cases
from gateway.store.cases import CaseRow
from gateway.store.database import Transaction
from gateway.store.moments import from_store, to_store

_COLUMNS = (
    "parent_id, system, origin_number, title, origin_division, delivery_way, withdrawn_at, delivered_at,"
    " request_sha256, applicant_key, private, opened_at, local_parts"
)
_NAMES = tuple(name.strip() for name in _COLUMNS.split(","))


@dataclass(frozen=True, slots=True)
class LocalPart:
    """A part this region decides itself, by its place in the application, counted from 1; it is not sent."""

    position: int
    division: str
    basic_code: str
    item_name: str


@dataclass(frozen=True, slots=True)
class JointRow:
    """One joint case as the store knows it.

    Attributes:
        title: the items' names; nothing personal.
        withdrawn_at, delivered_at: when the whole was first asked to be withdrawn, or its results were handed over.
        private: encrypted name of the applicant.
    """

    parent_id: str
    system: str
    origin_number: str
    title: str
    origin_division: str
    delivery_way: str
    request_sha256: bytes
    applicant_key: bytes
    private: bytes
    opened_at: datetime
    local_parts: tuple[LocalPart, ...] = ()
    withdrawn_at: datetime | None = None
    delivered_at: datetime | None = None


def add(tx: Transaction, row: JointRow) -> None:
    """Add a joint case; a number that is taken is an error of the store."""
    tx.execute(
        f"INSERT INTO joint_cases ({_COLUMNS}) VALUES ({', '.join(':' + name for name in _NAMES)})",
        {
            "parent_id": row.parent_id,
            "system": row.system,
            "origin_number": row.origin_number,
            "title": row.title,
            "origin_division": row.origin_division,
            "delivery_way": row.delivery_way,
            "withdrawn_at": _moment(row.withdrawn_at),
            "delivered_at": _moment(row.delivered_at),
            "request_sha256": row.request_sha256,
            "applicant_key": row.applicant_key,
            "private": row.private,
            "opened_at": to_store(row.opened_at),
            "local_parts": json.dumps([asdict(part) for part in row.local_parts], ensure_ascii=False),
        },
    )


def find(tx: Transaction, parent_id: str) -> JointRow | None:
    """Return a joint case by its co-operation number."""
    row = tx.row(f"SELECT {_COLUMNS} FROM joint_cases WHERE parent_id = :id", {"id": parent_id})
    return None if row is None else _from_store(row)


def find_of_system(tx: Transaction, system: str, origin_number: str) -> JointRow | None:
    """Return the joint case a local system submitted under its own number."""
    row = tx.row(
        f"SELECT {_COLUMNS} FROM joint_cases WHERE system = :system AND origin_number = :number",
        {"system": system, "number": origin_number},
    )
    return None if row is None else _from_store(row)


def children(tx: Transaction, parent_id: str) -> list[CaseRow]:
    """Return the parts that were sent, in the order of the application."""
    rows = tx.rows(
        "SELECT case_id FROM cases WHERE joint_parent = :id AND party = 'origin' LIMIT 100", {"id": parent_id}
    )
    found = [row for (case_id,) in rows if (row := cases.find(tx, case_id))]
    return sorted(found, key=lambda row: position_of(row.origin_number))


def list_newest(
    tx: Transaction, systems: Sequence[str], after: tuple[datetime, str] | None, limit: int
) -> list[JointRow]:
    """Return up to `limit` joint cases of these systems (of all when none is named), the newest first."""
    conditions: list[str] = []
    facts: dict[str, object] = {"limit": limit}
    if systems:
        names = {f"system{n}": system for n, system in enumerate(systems)}
        conditions.append(f"system IN ({', '.join(':' + name for name in names)})")
        facts |= names
    if after:
        conditions.append("(opened_at, parent_id) < (:after_at, :after_id)")
        facts |= {"after_at": to_store(after[0]), "after_id": after[1]}
    where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
    rows = tx.rows(
        f"SELECT {_COLUMNS} FROM joint_cases{where} ORDER BY opened_at DESC, parent_id DESC LIMIT :limit", facts
    )
    return [_from_store(row) for row in rows]


def mark_withdrawn(tx: Transaction, parent_id: str, now: datetime) -> None:
    """Note when the whole was first asked to be withdrawn."""
    tx.execute(
        "UPDATE joint_cases SET withdrawn_at = :now WHERE parent_id = :id AND withdrawn_at IS NULL",
        {"now": to_store(now), "id": parent_id},
    )


def mark_delivered(tx: Transaction, parent_id: str, now: datetime) -> None:
    """Note when the results of the whole were first handed over."""
    tx.execute(
        "UPDATE joint_cases SET delivered_at = :now WHERE parent_id = :id AND delivered_at IS NULL",
        {"now": to_store(now), "id": parent_id},
    )


def _from_store(row: Sequence[object]) -> JointRow:
    v = dict(zip(_NAMES, row, strict=True))
    return JointRow(
        parent_id=str(v["parent_id"]),
        system=str(v["system"]),
        origin_number=str(v["origin_number"]),
        title=str(v["title"]),
        origin_division=str(v["origin_division"]),
        delivery_way=str(v["delivery_way"]),
        request_sha256=_octets(v["request_sha256"]),
        applicant_key=_octets(v["applicant_key"]),
        private=_octets(v["private"]),
        opened_at=_time(v["opened_at"]),
        local_parts=tuple(LocalPart(**part) for part in json.loads(str(v["local_parts"]) or "[]")),
        withdrawn_at=None if v["withdrawn_at"] is None else _time(v["withdrawn_at"]),
        delivered_at=None if v["delivered_at"] is None else _time(v["delivered_at"]),
    )


def _moment(moment: datetime | None) -> int | None:
    return None if moment is None else to_store(moment)


def _time(value: object) -> datetime:
    assert isinstance(value, int)
    return from_store(value)


def _octets(value: object) -> bytes:
    assert isinstance(value, bytes | memoryview)
    return bytes(value)
