"""The opening of a case did not arrive, or was turned down: what follows it has nobody to go to."""

from datetime import datetime

from gateway.store import audit, events, outbox
from gateway.store.database import Transaction


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
