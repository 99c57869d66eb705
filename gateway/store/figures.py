"""How cases fared lately, in figures: where each stands, what its clocks were counted from, and how cases ended.

Bound: the newest cases of a span, so many and no more; a look costs the same with a million cases.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from gateway.case.clock.clockwork import Clockwork
from gateway.case.states import FINAL, State
from gateway.store.database import Transaction
from gateway.store.moments import from_store, to_store

MOST_CASES = 20_000
_COLUMNS = (
    "party, partner, basic_code, item_name, origin_division, handler_division, state, decision, opened_at,"
    " COALESCE(overdue_at <= :now, 0), clockwork"
)
_FINAL = ", ".join(f"'{state.value}'" for state in State if state in FINAL)
_DECIDED = ", ".join(f"'{state.value}'" for state in (State.GRANTED, State.DENIED, State.AWAITING_DELIVERY))


@dataclass(frozen=True, slots=True)
class CaseFigures:
    """One case, without anything that says whose it is.

    Attributes:
        decision: `granted` or `denied`; empty without one.
        overdue: one of its clocks ran out, or ended late.
        clockwork: what its clocks are counted from; None for a case from before clocks were kept.
    """

    party: str
    partner: str
    basic_code: str
    item_name: str
    origin_division: str
    handler_division: str
    state: str
    decision: str
    opened_at: datetime
    overdue: bool
    clockwork: Clockwork | None


def lately(tx: Transaction, since: datetime, now: datetime, limit: int = MOST_CASES) -> list[CaseFigures]:
    """Return up to `limit` cases opened since a moment, the newest first."""
    rows = tx.rows(
        f"SELECT {_COLUMNS} FROM cases WHERE opened_at >= :since ORDER BY opened_at DESC, case_id DESC LIMIT :limit",
        {"since": to_store(since), "now": to_store(now), "limit": limit},
    )
    return [_of(row) for row in rows]


def over_lately(tx: Transaction, since: datetime, now: datetime, limit: int = MOST_CASES) -> list[CaseFigures]:
    """Return up to `limit` cases that are over or decided and changed since a moment, those that changed last first.

    When each was over its clockwork says; a case whose content was removed is not among them.
    """
    found: list[CaseFigures] = []
    # Each by an index of its own: cases that are over by when they changed, the few that wait for delivery by state.
    for states in (f"swept_at IS NULL AND state IN ({_FINAL})", f"state IN ({_DECIDED})"):
        rows = tx.rows(
            f"SELECT {_COLUMNS} FROM cases WHERE {states} AND changed_at >= :since ORDER BY changed_at DESC LIMIT :limit",
            {"since": to_store(since), "now": to_store(now), "limit": limit - len(found)},
        )
        found += [_of(row) for row in rows]
    return found


def _of(row: tuple[Any, ...]) -> CaseFigures:
    party, partner, code, name, origin, handler, state, decision, opened, overdue, clockwork = row
    return CaseFigures(
        party,
        partner,
        code,
        name,
        origin,
        handler,
        state,
        decision,
        from_store(opened),
        bool(overdue),
        Clockwork.read(clockwork),
    )
