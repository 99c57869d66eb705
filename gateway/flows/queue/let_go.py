"""An operator releases what is held: a whole hold, or a part of the queue.

By hold:       the hold ends; what no other hold catches flies.
By selection:  the holds that lie within it end; everything held in it flies, also out of wider holds, which go on catching
               what comes later.

1 end    the holds
2 go     the next envelopes
3 audit
"""

from collections.abc import Callable
from datetime import datetime

from gateway.case.errors import GatewayError
from gateway.case.reasons import Reason
from gateway.flows.queue.deed import MOST, Deed, Step, goes_on, next_found, note, partners_of
from gateway.store import holds, queue
from gateway.store.database import Database, Transaction
from gateway.store.queue import HELD, Found, Selection


async def end_hold(
    deed: Deed,
    hold_id: str,
    *,
    database: Database,
    clock: Callable[[], datetime],
    wake: Callable[[str], None],
) -> Step:
    """Do the next step of releasing a hold; it catches nothing more from the first one on.

    Raises:
        GatewayError: HOLD_UNKNOWN.
    """
    now = clock()

    def go(tx: Transaction) -> tuple[int, bool, str]:
        found = holds.find(tx, hold_id)
        if found is None:
            raise GatewayError(Reason.HOLD_UNKNOWN, hold=hold_id)
        ended = holds.release(tx, hold_id, now)
        went = holds.empty(tx, hold_id, now, min(deed.limit, MOST))
        if ended or went:
            note(tx, deed, "release", went, now, about=hold_id)
        return went, hold_id not in holds.to_be_emptied(tx), found.partner

    went, done, partner = await database.write(go)
    if partner:
        wake(partner)
    return Step(went, went, None if done else (hold_id, 0, ""), hold_id=hold_id, partners=(partner,) if partner else ())


async def let_go(deed: Deed, *, database: Database, clock: Callable[[], datetime], wake: Callable[[str], None]) -> Step:
    """Do the next step of releasing what is held in a selection."""
    now = clock()
    found = await next_found(database, deed, (HELD,))

    def go(tx: Transaction) -> int:
        if deed.is_first:
            _end_within(tx, deed.selection, now)
        went = sum(_one(tx, one, now) for one in found)
        note(tx, deed, "release", went, now)
        return went

    went = await database.write(go)
    for partner in partners_of(found):
        wake(partner)
    return Step(len(found), went, goes_on(found, deed), partners=partners_of(found))


def _end_within(tx: Transaction, wanted: Selection, now: datetime) -> None:
    for one in holds.in_force(tx, now):
        if one.is_within(wanted):
            holds.release(tx, one.hold_id, now)


def _one(tx: Transaction, one: Found, now: datetime) -> int:
    went = queue.let_go(tx, (one.envelope_id,), now, through=False)
    if went and holds.catch(tx, one.envelope_id, now):
        queue.let_go(tx, (one.envelope_id,), now, through=True)
    return went
