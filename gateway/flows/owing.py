"""Making an envelope ours to deliver: event, outbox, evidence, in the transaction of the change it announces."""

from datetime import datetime

from gateway.case.events import Event
from gateway.case.model import MaterialFile
from gateway.case.states import Party
from gateway.flows.folding import KIND_OF
from gateway.flows.sealing import SealedObject
from gateway.store import events as event_store
from gateway.store import evidence, holds, outbox, possessions
from gateway.store.cases import CaseRow
from gateway.store.database import Transaction
from gateway.store.events import EventRow
from gateway.store.outbox import Owed
from gateway.trust.vault import Vault


def owe_envelope(
    tx: Transaction,
    vault: Vault,
    made: SealedObject,
    *,
    row: CaseRow,
    own_region: str,
    sequence: int,
    files: tuple[MaterialFile, ...],
    now: datetime,
    is_kept: bool = False,
    uploaded_by: str = "",
) -> None:
    """Keep the sealed bytes as evidence, owe them to the partner, and make their files part of the case.

    Args:
        is_kept: the very bytes are evidence here already, as after part of the store was lost.
        uploaded_by: whose files they were; empty for the system in charge.
    """
    if not is_kept:
        evidence.record(tx, vault, evidence.ENVELOPE, own_region, made.object_id, made.sealed, now)
    possessions.attach(tx, row.case_id, files, own_region, possessions.of_system(uploaded_by or row.system))
    outbox.owe(
        tx,
        Owed(
            envelope_id=made.object_id,
            partner=row.partner,
            case_id=row.case_id,
            sequence=sequence,
            payload_sha256=made.payload_sha256,
            bytes=len(made.sealed),
            materials_wait=bool(files),
            due_at=now,
            tries=0,
            last_reason="",
            owed_at=now,
            expires_at=made.expires_at,
            priority=outbox.BULK if row.party is Party.ORIGIN and sequence == 1 else outbox.NEWS,
        ),
    )
    holds.catch(tx, made.object_id, now)


def opening_row(case_id: str, envelope_id: str, sender: str, *, version: int | None, now: datetime) -> EventRow:
    """Return the event row of an opening envelope: pending at the origin, folded at the handler."""
    return EventRow(
        case_id=case_id,
        event_id=envelope_id,
        envelope_id=envelope_id,
        sender=sender,
        sequence=1,
        version=version,
        kind=event_store.OPENING,
        standing=event_store.PENDING if version is None else event_store.FOLDED,
        occurred_at=now,
        recorded_at=now,
        arrived_at=now,
    )


def event_row(
    case_id: str,
    event: Event,
    *,
    envelope_id: str,
    sender: str,
    sequence: int,
    version: int | None,
    standing: str,
    now: datetime,
    reason: str = "",
) -> EventRow:
    """Return the row of an event."""
    return EventRow(
        case_id=case_id,
        event_id=event.event_id,
        envelope_id=envelope_id,
        sender=sender,
        sequence=sequence,
        version=version,
        kind=KIND_OF[type(event.happening)],
        standing=standing,
        occurred_at=event.occurred_at,
        recorded_at=event.recorded_at,
        arrived_at=now,
        reason=reason,
    )
