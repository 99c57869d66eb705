"""Writing down what the other side did: an event that counts, with its files, or one that was refused."""

from datetime import datetime

from gateway.case.events import Event
from gateway.flows.owing import event_row
from gateway.store import events, possessions
from gateway.store.database import Transaction
from gateway.wire.envelope import Envelope
from gateway.wire.header import Header


def keep_event(
    tx: Transaction, case_id: str, envelope: Envelope, event: Event, *, version: int, standing: str, at: datetime
) -> None:
    """Write an event of the sender down, and make its files part of the case.

    Args:
        standing: folded, or held until its turn comes.
        at: when it arrived.
    """
    holder = possessions.of_partner(envelope.sender, case_id)
    possessions.attach(tx, case_id, event.files(), envelope.sender, holder)
    events.add(
        tx,
        event_row(
            case_id,
            event,
            envelope_id=envelope.envelope_id,
            sender=envelope.sender,
            sequence=envelope.sequence,
            version=version,
            standing=standing,
            now=at,
        ),
    )


def keep_refused(tx: Transaction, header: Header, event: Event, reason: str, at: datetime) -> None:
    """Write an event down that was refused, unless one with its id is here: it happened, and does not count."""
    if events.by_id(tx, header.case_id, event.event_id) is not None:
        return
    events.add(
        tx,
        event_row(
            header.case_id,
            event,
            envelope_id=header.envelope_id,
            sender=header.sender,
            sequence=header.sequence,
            version=None,
            standing=events.REFUSED,
            now=at,
            reason=reason,
        ),
    )
