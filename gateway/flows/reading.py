"""Reading back what was sealed: envelopes and the cases and events in them."""

from gateway.case.events import Event
from gateway.case.model import Case
from gateway.store import bodies
from gateway.store.database import Transaction
from gateway.store.events import EventRow
from gateway.trust.vault import Vault
from gateway.wire.codec import envelope_from_bytes, sealed_from_bytes
from gateway.wire.envelope import Envelope


def read_envelope(tx: Transaction, vault: Vault, sender: str, envelope_id: str) -> Envelope:
    """Return an envelope this gateway sealed or took in."""
    return envelope_from_bytes(sealed_from_bytes(bodies.fetch(tx, vault, sender, envelope_id)).payload)


def read_case(tx: Transaction, vault: Vault, opening: EventRow) -> Case:
    """Return the case an opening envelope carries."""
    body = read_envelope(tx, vault, opening.sender, opening.envelope_id).body
    if not isinstance(body, Case):
        raise TypeError(f"envelope {opening.envelope_id} opens no case")
    return body


def read_event(tx: Transaction, vault: Vault, row: EventRow) -> Event:
    """Return the event an envelope carries."""
    body = read_envelope(tx, vault, row.sender, row.envelope_id).body
    if not isinstance(body, Event):
        raise TypeError(f"envelope {row.envelope_id} carries no event")
    return body
