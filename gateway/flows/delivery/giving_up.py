"""The opening of a case did not arrive, or was turned down: what follows it has nobody to go to.

Or it had arrived after all, whatever was believed: then all of it is owed again.
"""

from datetime import datetime

from msgspec import structs

from gateway.case.lifecycle import pass_on
from gateway.case.states import PASSAGES, Passage
from gateway.store import audit, cases, events, feed, holds, outbox
from gateway.store.case_row import CaseRow
from gateway.store.database import Transaction
from gateway.store.events import EventRow

NEVER_SEEN = "NEVER_SEEN"
"""Word shown for an envelope that the partner never saw; it is not a refusal."""
GIVEN_UP_UNASKED = "GIVEN_UP_UNASKED"
"""Word shown for an envelope that an operator gave up without asking the partner."""


def give_up_opening(
    tx: Transaction,
    own_region: str,
    row: CaseRow,
    event: EventRow,
    envelope_id: str,
    now: datetime,
    *,
    reason: str = NEVER_SEEN,
    by: str = "",
) -> bool:
    """End an opening and all that follows it: the case is 未送达对方.  False when it was settled already.

    Args:
        by: actor of the audit; this gateway without one.
    """
    if not outbox.settle(tx, envelope_id, outbox.GIVEN_UP, now, reason=reason):
        return False
    if Passage.GIVEN_UP in PASSAGES.get(row.standing.state, {}):
        cases.move(tx, structs.replace(row, standing=pass_on(row.standing, Passage.GIVEN_UP)), now)
    events.mark(tx, event, events.GIVEN_UP, reason=reason)
    give_up_the_rest(tx, row.case_id, own_region, reason, now)
    feed.tell(tx, now, row.system, row.case_id, feed.NOT_HANDED_OVER, own_region, envelope_id, reason)
    audit.note(tx, now, by or f"region:{own_region}", "envelope.given_up", row.case_id, reason, envelope_id)
    return True


def give_up_the_rest(tx: Transaction, case_id: str, own_region: str, reason: str, now: datetime) -> None:
    """End every later envelope of ours in the case; the handler would wait for the opening for ever."""
    for owed in outbox.of_case(tx, case_id):
        if owed.sequence == 1 or owed.settled_at is not None:
            continue
        outbox.settle(tx, owed.envelope_id, outbox.GIVEN_UP, now, reason=reason)
        event = events.by_sequence(tx, case_id, own_region, owed.sequence)
        if event is not None:
            events.mark(tx, event, events.GIVEN_UP, reason=reason)
        audit.note(tx, now, f"region:{own_region}", "envelope.given_up", case_id, reason, owed.envelope_id)


def lift(tx: Transaction, own_region: str, row: CaseRow, now: datetime) -> CaseRow:
    """The handler has a case that was given up: its opening, and all that was given up with it, is owed again as it was.

    The very same bytes go, so that what arrived then gets its first receipt, and no number is left out.  Returns the case,
    which the caller writes; unchanged when its opening was answered.
    """
    opening = events.by_sequence(tx, row.case_id, own_region, 1)
    if opening is None or not outbox.reopen(tx, opening.envelope_id, now):
        return row
    events.mark(tx, opening, events.PENDING)
    owe_the_rest_again(tx, row.case_id, own_region, now)
    return structs.replace(row, standing=pass_on(row.standing, Passage.RELEASED))


def owe_the_rest_again(tx: Transaction, case_id: str, own_region: str, now: datetime) -> None:
    """Owe again what was given up with the opening of a case; the handler would wait for its numbers for ever."""
    for event in events.unanswered(tx, case_id, own_region):
        if event.standing == events.GIVEN_UP and outbox.reopen(tx, event.envelope_id, now):
            events.mark(tx, event, events.PENDING)
            holds.catch(tx, event.envelope_id, now)
