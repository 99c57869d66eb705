"""The same event or case in a new envelope, when the old one ran out of time and the other side did not take it.

Event id, sequence and version stay; only the envelope is new.  Used for events whose version the handler has given, because
a version the origin never gets would hold up everything after it, and for cases that staff release.
"""

from datetime import datetime

from gateway.flows.owing import owe_envelope
from gateway.flows.reading import read_envelope
from gateway.flows.sealing import Sealer
from gateway.store import audit, events, outbox
from gateway.store.cases import CaseRow
from gateway.store.database import Transaction
from gateway.store.events import EventRow
from gateway.trust.vault import Vault

RESEALED = "RESEALED"
"""Word shown for an envelope whose content went again in another one; it is no refusal."""


def reseal(tx: Transaction, vault: Vault, sealer: Sealer, row: CaseRow, event: EventRow, now: datetime) -> str:
    """Seal an event of ours again and owe it; return the id of the new envelope.

    The old one is owed no longer.  Should it have arrived all the same, the partner answers the new one with
    ALREADY_HELD, and `settle` goes back to the old.
    """
    outbox.settle(tx, event.envelope_id, outbox.GIVEN_UP, now, reason=RESEALED)
    old = read_envelope(tx, vault, sealer.region, event.envelope_id)
    made = sealer.envelope(
        old.body,
        recipient=row.partner,
        case_id=row.case_id,
        sequence=event.sequence,
        case_version=old.case_version,
        now=now,
        traceparent=old.traceparent,
    )
    events.put_in_envelope(tx, event, made.object_id)
    owe_envelope(
        tx,
        vault,
        made,
        row=row,
        own_region=sealer.region,
        sequence=event.sequence,
        files=old.body.files(),
        now=now,
    )
    audit.note(tx, now, f"region:{sealer.region}", "envelope.resealed", row.case_id, detail=made.object_id)
    return made.object_id
