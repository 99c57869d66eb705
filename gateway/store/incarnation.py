"""Which life of the store this is; a restore from backup begins a new one, which knows since when it is behind.

Such a life has to catch up with every partner before it seals anything new for it; `caught_up` tells with whom it has.
"""

from dataclasses import dataclass
from datetime import datetime

from gateway.store.database import Transaction
from gateway.store.moments import from_store, to_store

DONE = "done"
"""Everything both sides know of was compared and taken back."""
ENDED = "ended"
"""An operator ended it without the partner having been asked."""

_NEWEST = "SELECT id, began_at, backup_at FROM incarnation ORDER BY began_at DESC, id DESC LIMIT 1"


@dataclass(frozen=True, slots=True)
class Life:
    """One life of the store; `backup_at` is set when it began with a restore: what the store holds ends there."""

    id: str
    began_at: datetime
    backup_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class CaughtUp:
    """That a restored life has caught up with a partner: how, when, and how many envelopes came back."""

    partner: str
    outcome: str
    taken_back: int
    at: datetime


def begin(tx: Transaction, new_id: str, now: datetime) -> str:
    """Return the current incarnation; begin one if there is none."""
    row = tx.row(_NEWEST)
    if row is not None:
        return str(row[0])
    tx.execute("INSERT INTO incarnation (id, began_at) VALUES (:id, :at)", {"id": new_id, "at": to_store(now)})
    return new_id


def begin_restored(tx: Transaction, new_id: str, backup_at: datetime, now: datetime) -> None:
    """Begin a new life of a store that was restored from a backup taken at `backup_at`."""
    before = tx.row(_NEWEST)
    # The newest is the one that began last, also where the machine's clock was put back since.
    began = max(to_store(now), (before[1] if before else 0) + 1)
    tx.execute(
        "INSERT INTO incarnation (id, began_at, backup_at) VALUES (:id, :at, :backup)",
        {"id": new_id, "at": began, "backup": to_store(backup_at)},
    )


def current(tx: Transaction) -> str:
    """Return the current incarnation; empty before the first start."""
    row = tx.row(_NEWEST)
    return "" if row is None else str(row[0])


def life(tx: Transaction) -> Life | None:
    """Return the current life; None before the first start."""
    row = tx.row(_NEWEST)
    if row is None:
        return None
    return Life(str(row[0]), from_store(row[1]), None if row[2] is None else from_store(row[2]))


def caught_up(tx: Transaction, incarnation: str) -> list[CaughtUp]:
    """Return with whom a life has caught up; at most one row for each partner."""
    rows = tx.rows(
        "SELECT partner, outcome, taken_back, at FROM caught_up WHERE incarnation = :id ORDER BY partner",
        {"id": incarnation},
    )
    return [CaughtUp(partner, outcome, count, from_store(at)) for partner, outcome, count, at in rows]


def behind_since(tx: Transaction, partner: str) -> datetime | None:
    """Return from when on this life may lack what was exchanged with a partner; None when it lacks nothing.

    A life that was backed up before it had caught up hands down what it lacked itself.
    """
    rows = tx.rows(
        "SELECT i.backup_at, c.partner FROM incarnation i LEFT JOIN caught_up c"
        " ON c.incarnation = i.id AND c.partner = :partner ORDER BY i.began_at DESC, i.id DESC",
        {"partner": partner},
    )
    since = None
    for backup_at, caught_up_with in rows:
        if backup_at is None or caught_up_with is not None:
            break
        since = from_store(backup_at)
    return since


def note_caught_up(
    tx: Transaction, incarnation: str, partner: str, outcome: str, taken_back: int, now: datetime
) -> bool:
    """Note that a life has caught up with a partner; False when it had."""
    return bool(
        tx.changed(
            "INSERT INTO caught_up (incarnation, partner, outcome, taken_back, at)"
            " VALUES (:id, :partner, :outcome, :count, :at) ON CONFLICT (incarnation, partner) DO NOTHING",
            {"id": incarnation, "partner": partner, "outcome": outcome, "count": taken_back, "at": to_store(now)},
        )
    )
