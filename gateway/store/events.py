"""What happened to each case, by sender and sequence, and in which version.

    pending ──receipt──▶ held ──its turn──▶ folded        an event of the origin, at the origin
       └────refusal────▶ refused
    held ──its turn──▶ folded                              a versioned event that came early

The handler's gateway folds at once: it gives the versions.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from msgspec import Struct

from gateway.store.database import Transaction
from gateway.store.moments import from_store, to_store

PENDING = "pending"
HELD = "held"
FOLDED = "folded"
REFUSED = "refused"
GIVEN_UP = "given_up"

OPENING = "opened"
"""Kind of the opening envelope, which is version 1."""

COLUMNS = (
    "case_id, event_id, envelope_id, sender, sequence, version, kind, standing, reason, occurred_at, recorded_at,"
    " arrived_at"
)
_INSERT = f"INSERT INTO events ({COLUMNS}) VALUES ({', '.join(f':{name.strip()}' for name in COLUMNS.split(','))})"
_SELECT = f"SELECT {COLUMNS} FROM events WHERE case_id = :id"
_BY_SEQUENCE = _SELECT + " AND sender = :sender AND sequence = :sequence"
_BY_ID = _SELECT + " AND event_id = :event_id"
_BY_VERSION = _SELECT + " AND version = :version"


class EventRow(Struct, frozen=True):
    """One event as the store knows it; what it says is in the body of its envelope."""

    case_id: str
    event_id: str
    envelope_id: str
    sender: str
    sequence: int
    version: int | None
    kind: str
    standing: str
    occurred_at: datetime
    recorded_at: datetime
    arrived_at: datetime
    reason: str = ""


def add(tx: Transaction, row: EventRow) -> None:
    """Add an event."""
    tx.execute(
        _INSERT,
        {
            "case_id": row.case_id,
            "event_id": row.event_id,
            "envelope_id": row.envelope_id,
            "sender": row.sender,
            "sequence": row.sequence,
            "version": row.version,
            "kind": row.kind,
            "standing": row.standing,
            "reason": row.reason,
            "occurred_at": to_store(row.occurred_at),
            "recorded_at": to_store(row.recorded_at),
            "arrived_at": to_store(row.arrived_at),
        },
    )


def of_case(tx: Transaction, case_id: str) -> list[EventRow]:
    """Return a case's events: those with a version in that order, then the others as they were recorded."""
    rows = tx.rows(
        f"SELECT {COLUMNS} FROM events WHERE case_id = :id ORDER BY version IS NULL, version, arrived_at, sequence",
        {"id": case_id},
    )
    return [_from_store(row) for row in rows]


def by_sequence(tx: Transaction, case_id: str, sender: str, sequence: int) -> EventRow | None:
    """Return the event a sender sent under a number."""
    row = tx.row(_BY_SEQUENCE, {"id": case_id, "sender": sender, "sequence": sequence})
    return None if row is None else _from_store(row)


def by_id(tx: Transaction, case_id: str, event_id: str) -> EventRow | None:
    """Return an event by its id."""
    row = tx.row(_BY_ID, {"id": case_id, "event_id": event_id})
    return None if row is None else _from_store(row)


def case_of_envelope(tx: Transaction, sender: str, envelope_id: str) -> str | None:
    """Return the case an envelope belongs to."""
    row = tx.row(
        "SELECT case_id FROM events WHERE envelope_id = :id AND sender = :sender",
        {"id": envelope_id, "sender": sender},
    )
    return None if row is None else str(row[0])


def by_version(tx: Transaction, case_id: str, version: int) -> EventRow | None:
    """Return the event that is a version of a case."""
    row = tx.row(_BY_VERSION, {"id": case_id, "version": version})
    return None if row is None else _from_store(row)


def pending(tx: Transaction, case_id: str) -> list[EventRow]:
    """Return our events of a case that the handler has not answered, in order."""
    rows = tx.rows(
        f"SELECT {COLUMNS} FROM events WHERE case_id = :id AND standing = 'pending' ORDER BY sequence",
        {"id": case_id},
    )
    return [_from_store(row) for row in rows]


def unanswered(tx: Transaction, case_id: str, sender: str) -> list[EventRow]:
    """Return what a sender did in a case and the other side never took, the opening included, in order."""
    rows = tx.rows(
        f"SELECT {COLUMNS} FROM events WHERE case_id = :id AND sender = :sender AND version IS NULL ORDER BY sequence",
        {"id": case_id, "sender": sender},
    )
    return [_from_store(row) for row in rows]


def has_of(tx: Transaction, case_id: str, sender: str) -> bool:
    """Whether a sender has spoken about a case, be it that its word waits for its turn."""
    return (
        tx.row(
            "SELECT 1 FROM events WHERE case_id = :id AND sender = :sender LIMIT 1", {"id": case_id, "sender": sender}
        )
        is not None
    )


def mark(
    tx: Transaction,
    row: EventRow,
    standing: str,
    *,
    version: int | None = None,
    reason: str = "",
) -> None:
    """Move an event on; a version is given once and never changed."""
    tx.execute(
        "UPDATE events SET standing = :standing, version = COALESCE(version, :version), reason = :reason"
        " WHERE case_id = :id AND sender = :sender AND sequence = :sequence",
        {
            "standing": standing,
            "version": version,
            "reason": reason,
            "id": row.case_id,
            "sender": row.sender,
            "sequence": row.sequence,
        },
    )


def put_in_envelope(tx: Transaction, row: EventRow, envelope_id: str, kind: str = "") -> None:
    """The event is now carried by another envelope; the old one stays on record as evidence.

    Args:
        kind: what the other envelope says that happened; empty when it says the same.
    """
    tx.execute(
        "UPDATE events SET envelope_id = :envelope, kind = :kind"
        " WHERE case_id = :id AND sender = :sender AND sequence = :sequence",
        {
            "envelope": envelope_id,
            "kind": kind or row.kind,
            "id": row.case_id,
            "sender": row.sender,
            "sequence": row.sequence,
        },
    )


def _from_store(row: Sequence[Any]) -> EventRow:
    case_id, event_id, envelope_id, sender, sequence, version, kind, standing, reason, occurred, recorded, arrived = row
    return EventRow(
        case_id=case_id,
        event_id=event_id,
        envelope_id=envelope_id,
        sender=sender,
        sequence=sequence,
        version=version,
        kind=kind,
        standing=standing,
        reason=reason,
        occurred_at=from_store(occurred),
        recorded_at=from_store(recorded),
        arrived_at=from_store(arrived),
    )
