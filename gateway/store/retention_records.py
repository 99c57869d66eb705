"""Removing records about partners that are as old as audit rows nobody keeps any longer: edits of their files, compared days.

Versions of partner files stay, for any may come back; a day that differs and was never explained stays until it is.
"""

from datetime import date, datetime

from gateway.store.database import Transaction
from gateway.store.moments import to_store

_SETTLED = "day < :before AND outcome NOT IN ('differs', 'waits')"
_DAYS = f"SELECT day, partner, direction FROM reconciliations WHERE {_SETTLED} ORDER BY day LIMIT :limit"


def remove_edits(tx: Transaction, before: datetime, limit: int) -> int:
    """Remove the oldest edits of partner files from before a moment, in their order; return how many."""
    old = [position for position, at in _oldest_edits(tx, limit) if at < to_store(before)]
    if not old:
        return 0
    # The moment again: where a clock was set, positions are not in the order of time.
    return tx.changed(
        "DELETE FROM partner_edits WHERE position <= :last AND at < :before",
        {"last": max(old), "before": to_store(before)},
    )


def remove_days(tx: Transaction, before: date, limit: int) -> int:
    """Remove days before one that were compared and are settled or explained, with what differed; return how many."""
    rows = tx.rows(_DAYS, {"before": before.isoformat(), "limit": limit})
    keys = [dict(zip(("day", "partner", "direction"), row, strict=True)) for row in rows]
    for table in ("differences", "reconciliations"):
        tx.many(f"DELETE FROM {table} WHERE day = :day AND partner = :partner AND direction = :direction", keys)
    return len(keys)


def waiting_records(tx: Transaction, before: datetime, day: date, most: int) -> int:
    """Return how many of either are due, each counted up to `most`."""
    edits = sum(at < to_store(before) for _, at in _oldest_edits(tx, most))
    return edits + len(tx.rows(_DAYS, {"before": day.isoformat(), "limit": most}))


def _oldest_edits(tx: Transaction, limit: int) -> list[tuple[int, int]]:
    rows = tx.rows("SELECT position, at FROM partner_edits ORDER BY position LIMIT :limit", {"limit": limit})
    return [(int(position), int(at)) for position, at in rows]
