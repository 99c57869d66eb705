"""The same event or case in a new envelope, when the old one ran out of time and the other side did not take it.

Event id, sequence and version stay; only the envelope is new.  Used for events whose version the handler has given, because
a version the origin never gets would hold up everything after it, and for cases that staff release.
"""

from datetime import datetime

from gateway.case.events import Event
from gateway.case.model import Case
from gateway.flows.folding import KIND_OF
from gateway.flows.owing import owe_envelope
from gateway.flows.reading import read_envelope
from gateway.flows.sealing import Sealer
from gateway.store import audit, events, outbox, parking
from gateway.store.cases import CaseRow
from gateway.store.database import Transaction
from gateway.store.events import EventRow
from gateway.trust.vault import Vault

RESEALED = "RESEALED"
"""Word shown for an envelope whose content went again in another one; it is no refusal."""


def reseal(
    tx: Transaction,
    vault: Vault,
    sealer: Sealer,
    row: CaseRow,
    event: EventRow,
    now: datetime,
    *,
    instead: Case | Event | None = None,
    anew: bool = False,
) -> str:
    """Seal an event of ours again and owe it; return the id of the new envelope.

    The old one is owed no longer.  Should it have arrived all the same, the partner answers the new one with
    ALREADY_HELD, and `settle` goes back to the old.

    Args:
        instead: what the new one says; the same as the old without it.
        anew: whether it begins as if the old one had never been tried; what is parked stays parked otherwise.
    """
    outbox.settle(tx, event.envelope_id, outbox.GIVEN_UP, now, reason=RESEALED)
    old = read_envelope(tx, vault, sealer.region, event.envelope_id)
    body = instead or old.body
    made = sealer.envelope(
        body,
        recipient=row.partner,
        case_id=row.case_id,
        sequence=event.sequence,
        case_version=old.case_version,
        now=now,
        traceparent=old.traceparent,
    )
    kind = KIND_OF[type(body.happening)] if isinstance(body, Event) else ""
    events.put_in_envelope(tx, event, made.object_id, kind)
    owe_envelope(
        tx,
        vault,
        made,
        row=row,
        own_region=sealer.region,
        sequence=event.sequence,
        files=body.files(),
        now=now,
    )
    if not anew:
        parking.take_over(tx, event.envelope_id, made.object_id, now)
    audit.note(tx, now, f"region:{sealer.region}", "envelope.resealed", row.case_id, detail=made.object_id)
    return made.object_id
