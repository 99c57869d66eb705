"""Numbers of notices and printed copies (0040); nothing personal.

series    next ──▶ number of one notice of one case, for ever       copies   1, 2, 3 … of each notice
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from gateway.store.database import Transaction
from gateway.store.moments import from_store, to_store

MOST_COPIES_SHOWN = 500


@dataclass(frozen=True, slots=True)
class Numbered:
    """The number of a notice; `given` when it comes from a series of this gateway, not from somebody's keyboard."""

    number: str
    case_id: str
    event_id: str
    given: bool


@dataclass(frozen=True, slots=True)
class Copy:
    """One print of a notice; `copy` counts from 1."""

    event_id: str
    kind: str
    copy: int
    at: datetime
    by: str


def next_in(tx: Transaction, series: str, at_least: int) -> int:
    """Return the next running number of a series, `at_least` or more, and keep that it is used."""
    found = tx.row(
        "INSERT INTO notice_series (series, last) VALUES (:series, :least)"
        " ON CONFLICT (series) DO UPDATE SET last ="
        " CASE WHEN notice_series.last + 1 < :least THEN :least ELSE notice_series.last + 1 END RETURNING last",
        {"series": series, "least": at_least},
    )
    assert found is not None
    return int(found[0])


def keep(tx: Transaction, one: Numbered, by: str, now: datetime) -> None:
    """Keep the number of a notice.

    Raises:
        ConstraintBroken: the number is another notice's, or the notice has another number.
    """
    tx.execute(
        "INSERT INTO notice_numbers (number, case_id, event_id, given, at, by_whom)"
        " VALUES (:number, :case_id, :event_id, :given, :at, :by)",
        {
            "number": one.number,
            "case_id": one.case_id,
            "event_id": one.event_id,
            "given": int(one.given),
            "at": to_store(now),
            "by": by,
        },
    )


def holder(tx: Transaction, number: str) -> Numbered | None:
    """Return the notice that has a number; None while nobody has it."""
    return _numbered(tx, "number = :number", {"number": number})


def number_of(tx: Transaction, case_id: str, event_id: str) -> Numbered | None:
    """Return the number of the notice of an event; None while it has none."""
    return _numbered(tx, "case_id = :case_id AND event_id = :event_id", {"case_id": case_id, "event_id": event_id})


def numbers_of(tx: Transaction, case_id: str) -> dict[str, str]:
    """Return the numbers of the notices of a case, by the event each tells of."""
    rows = tx.rows("SELECT event_id, number FROM notice_numbers WHERE case_id = :case_id", {"case_id": case_id})
    return dict(rows)


def copy_of(tx: Transaction, token: str) -> Copy | None:
    """Return the copy that a form made; None when it has made none."""
    rows = _copies(tx, "token = :token", {"token": token})
    return rows[0] if rows else None


def add_copy(tx: Transaction, case_id: str, event_id: str, kind: str, token: str, by: str, now: datetime) -> Copy:
    """Count one more copy of a notice and return it.  Raises ConstraintBroken for a token that has made one."""
    found = tx.row(
        "INSERT INTO notice_copies (case_id, event_id, kind, copy, token, at, by_whom)"
        " SELECT :case_id, :event_id, :kind, 1 + coalesce(max(copy), 0), :token, :at, :by FROM notice_copies"
        " WHERE case_id = :case_id AND event_id = :event_id AND kind = :kind RETURNING copy",
        {"case_id": case_id, "event_id": event_id, "kind": kind, "token": token, "at": to_store(now), "by": by},
    )
    assert found is not None
    return Copy(event_id, kind, int(found[0]), now, by)


def copies_of(tx: Transaction, case_id: str) -> Sequence[Copy]:
    """Return the copies of a case's notices, the newest first; `MOST_COPIES_SHOWN` at most."""
    return _copies(
        tx,
        "case_id = :case_id ORDER BY at DESC, copy DESC LIMIT :most",
        {"case_id": case_id, "most": MOST_COPIES_SHOWN},
    )


def _numbered(tx: Transaction, where: str, params: dict[str, object]) -> Numbered | None:
    row = tx.row(f"SELECT number, case_id, event_id, given FROM notice_numbers WHERE {where}", params)
    return Numbered(row[0], row[1], row[2], given=bool(row[3])) if row else None


def _copies(tx: Transaction, where: str, params: dict[str, object]) -> list[Copy]:
    rows = tx.rows(f"SELECT event_id, kind, copy, at, by_whom FROM notice_copies WHERE {where}", params)
    return [Copy(event_id, kind, copy, from_store(at), by) for event_id, kind, copy, at, by in rows]
