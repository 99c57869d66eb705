"""Recording an event of this gateway: its version, its place in the case, what is owed; in the caller's transaction.

At the handler the event gets the next version and is folded at once.  At the origin it waits for the receipt
(待对方确认).  Whether the event may be made is asked before.
"""

from dataclasses import dataclass
from datetime import datetime

from msgspec import structs

from gateway.case.events import Event
from gateway.case.states import Party
from gateway.flows.clocks.timing import Timing
from gateway.flows.folding import after
from gateway.flows.owing import event_row, owe_envelope
from gateway.flows.sealing import Sealer
from gateway.store import audit, cases, events
from gateway.store.cases import CaseRow
from gateway.store.database import Transaction
from gateway.trust.vault import Vault


@dataclass(frozen=True, slots=True)
class Recorded:
    """The case after an event of ours; `version` is None while the handler has not confirmed it."""

    row: CaseRow
    version: int | None


def record(
    tx: Transaction,
    vault: Vault,
    sealer: Sealer,
    timing: Timing,
    row: CaseRow,
    event: Event,
    *,
    by: str,
    now: datetime,
    traceparent: str = "",
    uploaded_by: str = "",
) -> Recorded:
    """Keep an event of ours, seal it, owe it to the other region, and note who did it.

    At the handler it carries the limits that run after it.

    Args:
        by: actor of the audit, such as `system:<name>`.
        uploaded_by: whose files the event brings; empty for the system in charge.

    Raises:
        GatewayError: LIFECYCLE when the event is not possible.
    """
    if row.party is Party.HANDLER:
        event = timing.with_deadlines(row, event)
    sequence = row.our_sequence + 1
    version = row.case_version + 1 if row.party is Party.HANDLER else None
    made = sealer.envelope(
        event,
        recipient=row.partner,
        case_id=row.case_id,
        sequence=sequence,
        case_version=version,
        now=now,
        traceparent=traceparent,
    )
    events.add(
        tx,
        event_row(
            row.case_id,
            event,
            envelope_id=made.object_id,
            sender=sealer.region,
            sequence=sequence,
            version=version,
            standing=events.PENDING if version is None else events.FOLDED,
            now=now,
        ),
    )
    moved = structs.replace(row if version is None else timing.timed(after(row, event, version)), our_sequence=sequence)
    cases.move(tx, moved, now)
    owe_envelope(
        tx,
        vault,
        made,
        row=row,
        own_region=sealer.region,
        sequence=sequence,
        files=event.files(),
        now=now,
        uploaded_by=uploaded_by,
    )
    name = type(event.happening).__name__
    act = "case.correct" if event.corrects else "case.act"
    audit.note(tx, now, by, f"{act}.{name}", row.case_id, detail=event.event_id)
    return Recorded(moved, version)
