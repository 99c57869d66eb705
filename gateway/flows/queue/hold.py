"""An operator holds a part of the queue: what waits is kept back, and what comes later as well.

1 put    the hold in force; the same one again is continued, not doubled
2 keep   the next envelopes it catches, and let their local systems know
3 audit
"""

from collections.abc import Callable
from datetime import datetime

from gateway.flows.queue.deed import Deed, Step, goes_on, next_found, note
from gateway.store import cases, feed, holds, queue
from gateway.store.database import Database, Transaction
from gateway.store.holds import Hold
from gateway.store.queue import ASIDE, PARKED, WAITING, Found


async def hold(
    deed: Deed,
    until: datetime | None,
    *,
    database: Database,
    own_region: str,
    new_id: Callable[[], str],
    clock: Callable[[], datetime],
    told: Callable[[], None],
) -> Step:
    """Do the next step of holding; the hold itself stands from the first one on.

    Args:
        until: when it runs out by itself; None never.
    """
    now = clock()
    hold_id = await database.write(lambda tx: _in_force(tx, deed, until, new_id(), now))
    if not hold_id:
        return Step(0, 0, None)
    found = await next_found(database, deed, (WAITING, PARKED, ASIDE))

    def keep(tx: Transaction) -> int:
        kept = 0
        there = holds.find(tx, hold_id)
        if there is None or there.released_at is not None:
            return kept  # Released meanwhile: nobody would let go what is kept for it now.
        for one in found:
            if queue.keep_for(tx, hold_id, (one.envelope_id,), now):
                kept += 1
                _tell(tx, own_region, one, now)
        note(tx, deed, "hold", kept, now, about=hold_id)
        return kept

    kept = await database.write(keep)
    if kept:
        told()
    return Step(len(found), kept, goes_on(found, deed), hold_id=hold_id)


def _in_force(tx: Transaction, deed: Deed, until: datetime | None, new_id: str, now: datetime) -> str:
    wanted = deed.selection
    same = [one for one in holds.in_force(tx, now) if one.selection == _any(wanted)]
    if same:
        return same[0].hold_id
    if not deed.is_first:
        return ""  # Somebody released it meanwhile.
    row = Hold(
        hold_id=new_id,
        partner=wanted.partner,
        basic_code=wanted.basic_code,
        case_id=wanted.case_id,
        cause=wanted.cause,
        reason=deed.reason,
        held_by=deed.actor,
        held_at=now,
        until=until,
    )
    holds.add(tx, row)
    return new_id


def _any(wanted: queue.Selection) -> queue.Selection:
    """Return what a hold keeps of a selection; it cannot be of one envelope or state."""
    return queue.Selection(wanted.partner, wanted.basic_code, wanted.case_id, wanted.cause)


def _tell(tx: Transaction, own_region: str, one: Found, now: datetime) -> None:
    row = cases.find(tx, one.case_id)
    if row is not None:
        feed.tell(tx, now, row.system, row.case_id, feed.KEPT_BACK, own_region, one.envelope_id, feed.HELD)
