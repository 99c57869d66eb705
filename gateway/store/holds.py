"""Holds of operators: what matches is kept back, now and later, until the hold is released or runs out.

A hold names partner, item, case and cause, in any combination; what it leaves out it takes any of.  Catching is cheap where
there is no hold, which is nearly always: one look at an empty index.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from gateway.store import queue
from gateway.store.database import Transaction
from gateway.store.moments import from_store, to_store
from gateway.store.queue import Selection

_COLUMNS = "hold_id, partner, basic_code, case_id, cause, reason, held_by, held_at, until, released_at"
_IN_FORCE = "released_at IS NULL AND (until IS NULL OR until > :now)"


@dataclass(frozen=True, slots=True)
class Hold:
    """One hold.

    Attributes:
        reason: why, in the operator's words.
        held_by: actor of the audit.
        until: when it runs out by itself; None never.
    """

    hold_id: str
    partner: str
    basic_code: str
    case_id: str
    cause: str
    reason: str
    held_by: str
    held_at: datetime
    until: datetime | None
    released_at: datetime | None = None

    @property
    def selection(self) -> Selection:
        """What it catches."""
        return Selection(self.partner, self.basic_code, self.case_id, self.cause)

    def is_within(self, wider: Selection) -> bool:
        """Whether everything it catches belongs to a selection."""
        own = (self.partner, self.basic_code, self.case_id, self.cause)
        others = (wider.partner, wider.basic_code, wider.case_id, wider.cause)
        return not wider.envelope_id and all(other in ("", mine) for mine, other in zip(own, others, strict=True))


def add(tx: Transaction, hold: Hold) -> None:
    """Put a hold in force."""
    tx.execute(
        "INSERT INTO holds (hold_id, partner, basic_code, case_id, cause, reason, held_by, held_at, until)"
        " VALUES (:hold_id, :partner, :basic_code, :case_id, :cause, :reason, :held_by, :held_at, :until)",
        {
            "hold_id": hold.hold_id,
            "partner": hold.partner,
            "basic_code": hold.basic_code,
            "case_id": hold.case_id,
            "cause": hold.cause,
            "reason": hold.reason,
            "held_by": hold.held_by,
            "held_at": to_store(hold.held_at),
            "until": None if hold.until is None else to_store(hold.until),
        },
    )


def find(tx: Transaction, hold_id: str) -> Hold | None:
    """Return a hold, a released one too."""
    row = tx.row(f"SELECT {_COLUMNS} FROM holds WHERE hold_id = :id", {"id": hold_id})
    return None if row is None else _from_store(row)


def in_force(tx: Transaction, now: datetime) -> list[Hold]:
    """Return every hold in force, the newest first."""
    rows = tx.rows(
        f"SELECT {_COLUMNS} FROM holds WHERE {_IN_FORCE} ORDER BY held_at DESC, hold_id", {"now": to_store(now)}
    )
    return [_from_store(row) for row in rows]


def release(tx: Transaction, hold_id: str, now: datetime) -> bool:
    """End a hold; what it kept back is let go afterwards.  False when it had ended."""
    return bool(
        tx.changed(
            "UPDATE holds SET released_at = :now WHERE hold_id = :id AND released_at IS NULL",
            {"now": to_store(now), "id": hold_id},
        )
    )


def ran_out(tx: Transaction, now: datetime) -> list[Hold]:
    """Return the holds whose time is over and that nobody released."""
    rows = tx.rows(
        f"SELECT {_COLUMNS} FROM holds WHERE released_at IS NULL AND until <= :now ORDER BY until, hold_id",
        {"now": to_store(now)},
    )
    return [_from_store(row) for row in rows]


def to_be_emptied(tx: Transaction) -> list[str]:
    """Return the ids of holds that ended and may still keep something back."""
    return [row[0] for row in tx.rows("SELECT hold_id FROM holds WHERE released_at IS NOT NULL AND emptied_at IS NULL")]


def empty(tx: Transaction, hold_id: str, now: datetime, limit: int) -> int:
    """Let up to `limit` envelopes of an ended hold go, or keep them for another that catches them; return how many went."""
    rows = tx.rows(
        "SELECT envelope_id FROM outbox WHERE hold_id = :id AND hold_id <> '' AND settled_at IS NULL LIMIT :limit",
        {"id": hold_id, "limit": limit},
    )
    went = 0
    for (envelope_id,) in rows:
        went += queue.let_go(tx, (envelope_id,), now, through=False) and not catch(tx, envelope_id, now)
    if len(rows) < limit:
        tx.execute("UPDATE holds SET emptied_at = :now WHERE hold_id = :id", {"now": to_store(now), "id": hold_id})
    return went


def catch(tx: Transaction, envelope_id: str, now: datetime) -> str:
    """Keep an envelope back if a hold in force says so; return the id of the hold, empty when none does."""
    if tx.row("SELECT 1 FROM holds WHERE released_at IS NULL LIMIT 1") is None:
        return ""
    row = tx.row(
        "SELECT h.hold_id FROM outbox o JOIN cases c ON c.case_id = o.case_id JOIN holds h ON"
        " h.partner IN ('', o.partner) AND h.basic_code IN ('', c.basic_code) AND h.case_id IN ('', o.case_id)"
        " AND h.cause IN ('', o.last_reason)"
        " WHERE o.envelope_id = :id AND o.settled_at IS NULL AND o.let_through = 0 AND h.released_at IS NULL"
        " AND (h.until IS NULL OR h.until > :now) ORDER BY h.held_at LIMIT 1",
        {"id": envelope_id, "now": to_store(now)},
    )
    if row is None:
        return ""
    queue.keep_for(tx, row[0], (envelope_id,), now)
    return str(row[0])


def _from_store(row: Sequence[object]) -> Hold:
    hold_id, partner, basic_code, case_id, cause, reason, held_by, held_at, until, released_at = row
    assert isinstance(held_at, int)
    return Hold(
        hold_id=str(hold_id),
        partner=str(partner),
        basic_code=str(basic_code),
        case_id=str(case_id),
        cause=str(cause),
        reason=str(reason),
        held_by=str(held_by),
        held_at=from_store(held_at),
        until=from_store(until) if isinstance(until, int) else None,
        released_at=from_store(released_at) if isinstance(released_at, int) else None,
    )
