"""How cases fared lately, in figures: counts by day, partner and item, and when each was accepted and decided.

Bound: the newest cases of a span, so many and no more; a look costs the same with a million cases.
"""

from dataclasses import dataclass
from datetime import datetime

from gateway.store.database import Transaction
from gateway.store.moments import from_store, to_store

MOST_CASES = 20_000
_MADE = "(SELECT MIN(recorded_at) FROM events e WHERE e.case_id = c.case_id AND e.kind IN ({kinds}) AND e.standing = 'folded')"
_ACCEPTED = _MADE.format(kinds="'Accepted', 'NotAccepted'")
_DECIDED = _MADE.format(kinds="'Decided'")


@dataclass(frozen=True, slots=True)
class CaseFigures:
    """One case, without anything that says whose it is.

    Attributes:
        overdue: one of its clocks ran out, or ended late.
        accepted_at: when it was accepted or not; decided_at: when it was decided.
    """

    party: str
    partner: str
    basic_code: str
    item_name: str
    state: str
    opened_at: datetime
    overdue: bool
    accepted_at: datetime | None
    decided_at: datetime | None


def lately(tx: Transaction, since: datetime, now: datetime, limit: int = MOST_CASES) -> list[CaseFigures]:
    """Return up to `limit` cases opened since a moment, the newest first."""
    rows = tx.rows(
        "SELECT party, partner, basic_code, item_name, state, opened_at, COALESCE(overdue_at <= :now, 0),"
        f" {_ACCEPTED}, {_DECIDED} FROM cases c WHERE opened_at >= :since"
        " ORDER BY opened_at DESC, case_id DESC LIMIT :limit",
        {"since": to_store(since), "now": to_store(now), "limit": limit},
    )
    return [
        CaseFigures(
            party, partner, code, name, state, from_store(opened), bool(overdue), _when(accepted), _when(decided)
        )
        for party, partner, code, name, state, opened, overdue, accepted, decided in rows
    ]


def _when(stored: int | None) -> datetime | None:
    return None if stored is None else from_store(stored)
