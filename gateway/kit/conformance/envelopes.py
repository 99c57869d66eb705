"""Envelopes as a check wants them: right ones, and wrong in exactly one thing.

Our own sealer makes none that is wrong (`flows.sealing`); here a message is changed between writing and sealing.
"""

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from gateway.case.events import Event
from gateway.case.model import Case
from gateway.trust.dsse import ENVELOPE_PAYLOAD, pre_authentication_encoding
from gateway.trust.suites import SigningKey
from gateway.wire.codec import envelope_to_wire
from gateway.wire.envelope import Envelope
from gateway.wire.gen.tongban.exchange.v1 import exchange_pb2

Change = Callable[[exchange_pb2.Envelope], None]
LIFE = timedelta(days=1)
"""Short, so that nothing of a test lives on; a gateway's own limit may be shorter still."""


@dataclass(frozen=True, slots=True)
class Made:
    """A sealed envelope, and what a check compares with."""

    envelope_id: str
    case_id: str
    sequence: int
    payload: bytes
    sealed: exchange_pb2.SealedEnvelope
    sealed_at: datetime

    @property
    def sha256(self) -> bytes:
        """Digest of the payload."""
        return hashlib.sha256(self.payload).digest()


def unchanged(_: exchange_pb2.Envelope) -> None:
    """Leave the message as it was written."""


def make(envelope: Envelope, keys: Iterable[SigningKey], change: Change = unchanged) -> Made:
    """Write, change and seal an envelope; the id in the result is that of the changed message."""
    wire = envelope_to_wire(envelope)
    change(wire)
    payload = wire.SerializeToString(deterministic=True)
    sealed = seal(payload, keys)
    return Made(wire.envelope_id, wire.case_id, wire.sequence, payload, sealed, wire.sealed_at.ToDatetime(UTC))


def envelope_of(
    body: Case | Event,
    *,
    envelope_id: str,
    sender: str,
    recipient: str,
    case_id: str,
    sequence: int,
    now: datetime,
    life: timedelta,
) -> Envelope:
    """Return the envelope of a case or an event of the origin."""
    return Envelope(
        envelope_id=envelope_id,
        sender=sender,
        recipient=recipient,
        case_id=case_id,
        sequence=sequence,
        sealed_at=now,
        expires_at=now + min(life, LIFE),
        body=body,
    )


def seal(
    payload: bytes, keys: Iterable[SigningKey], payload_type: str = ENVELOPE_PAYLOAD
) -> exchange_pb2.SealedEnvelope:
    """Seal any bytes under any type with any keys, of whatever use."""
    signed = pre_authentication_encoding(payload_type, payload)
    signatures = [exchange_pb2.Signature(sig=key.sign(signed), keyid=key.kid) for key in keys]
    return exchange_pb2.SealedEnvelope(payload=payload, payload_type=payload_type, signatures=signatures)


def resealed(made: Made, sealed: exchange_pb2.SealedEnvelope) -> Made:
    """Return the envelope under another seal."""
    return Made(made.envelope_id, made.case_id, made.sequence, sealed.payload, sealed, made.sealed_at)
