"""Envelopes and seals on the wire."""

from gateway.case.events import Event
from gateway.case.model import Case
from gateway.wire import bounds
from gateway.wire.cases import case_fields, case_fits, case_from_wire
from gateway.wire.envelope import EXCHANGE_MINOR, Envelope, Sealed, Signature
from gateway.wire.events import correction_from_wire, correction_to_wire, event_from_wire, event_to_wire
from gateway.wire.gen.tongban.exchange.v1 import exchange_pb2 as pb
from gateway.wire.people import Fields
from gateway.wire.spot import REGION, UUID7, Faults, Spot, stamp_to_wire, time_fits
from gateway.wire.texts import Texts

_ENVELOPE = Texts(case_id=bounds.CASE_ID, traceparent=bounds.TRACEPARENT)


def envelope_from_wire(wire: pb.Envelope, at: Spot) -> Envelope:
    """Read an envelope of a minor version this gateway knows."""
    version = None
    if wire.HasField("case_version"):
        version = at.number("case_version", wire.case_version, bounds.COUNT_FROM_ONE)
    case_id, traceparent = _ENVELOPE.read(wire, at)
    return Envelope(
        envelope_id=at.uuid7("envelope_id", wire.envelope_id),
        sender=at.region("sender_region", wire.sender_region),
        recipient=at.region("recipient_region", wire.recipient_region),
        case_id=case_id,
        sequence=at.number("sequence", wire.sequence, bounds.COUNT_FROM_ONE),
        sealed_at=at.time("sealed_at", wire),
        expires_at=at.time("expires_at", wire),
        body=_body_from_wire(wire, case_id, at),
        case_version=version,
        minor=wire.exchange_minor,
        traceparent=traceparent,
    )


def envelope_to_wire(envelope: Envelope) -> pb.Envelope:
    """Write an envelope.

    Raises:
        ValueError: a new case in the envelope of another, or a correction without the id or version it needs.
    """
    body = envelope.body
    if isinstance(body, Case):
        if body.number != envelope.case_id:
            raise ValueError("a new case travels in an envelope of its own number")
    elif bool(body.corrects) != (body.data_version > 1):
        raise ValueError("a correction names an event and has data version 2 or more")
    return pb.Envelope(
        envelope_id=envelope.envelope_id,
        exchange_minor=envelope.minor,
        sender_region=envelope.sender,
        recipient_region=envelope.recipient,
        case_id=envelope.case_id,
        sequence=envelope.sequence,
        case_version=envelope.case_version,
        sealed_at=stamp_to_wire(envelope.sealed_at),
        expires_at=stamp_to_wire(envelope.expires_at),
        traceparent=envelope.traceparent,
        **_body_fields(body),
    )


def envelope_fits(envelope: Envelope) -> bool:
    """Whether a reader will find nothing wrong with an envelope; False where only a reader can tell, as of events."""
    return (
        isinstance(envelope.body, Case)
        and envelope.case_version is None
        and envelope.minor <= EXCHANGE_MINOR
        and UUID7.fullmatch(envelope.envelope_id) is not None
        and REGION.fullmatch(envelope.sender) is not None
        and REGION.fullmatch(envelope.recipient) is not None
        and _ENVELOPE.fit(envelope)
        and envelope.sequence >= bounds.COUNT_FROM_ONE.least
        and time_fits(envelope.sealed_at)
        and time_fits(envelope.expires_at)
        and case_fits(envelope.body)
    )


def _body_fields(body: Case | Event) -> Fields:
    if isinstance(body, Case):
        return {"new_case": case_fields(body)}
    return {"correction": correction_to_wire(body)} if body.corrects else {"event": event_to_wire(body)}


def _body_from_wire(wire: pb.Envelope, case_id: str, at: Spot) -> Case | Event:
    which = wire.WhichOneof("body")
    if which == "new_case":
        return case_from_wire(wire.new_case, case_id, at.inside("new_case"))
    if which == "event":
        return event_from_wire(wire.event, at.inside("event"))
    if which == "correction":
        return correction_from_wire(wire.correction, at.inside("correction"))
    at.missing("body")
    return event_from_wire(wire.event, Spot(Faults()))


def sealed_from_wire(wire: pb.SealedEnvelope, at: Spot) -> Sealed:
    """Read a seal; what it proves, and how many of its signatures count, is for `gateway.trust.dsse`."""
    at.items("payload", wire.payload, bounds.PAYLOAD)
    return Sealed(
        payload=wire.payload,
        payload_type=at.text("payload_type", wire.payload_type, bounds.PAYLOAD_TYPE),
        signatures=at.many("signatures", wire.signatures, bounds.SIGNATURES, _signature_from_wire),
    )


def _signature_from_wire(wire: pb.Signature, at: Spot) -> Signature:
    at.items("sig", wire.sig, bounds.SIGNATURE)
    return Signature(wire.sig, at.text("keyid", wire.keyid, bounds.KEY_ID))


def sealed_to_wire(sealed: Sealed) -> pb.SealedEnvelope:
    """Write a seal, its payload as the very bytes that were signed."""
    return pb.SealedEnvelope(
        payload=sealed.payload,
        payload_type=sealed.payload_type,
        signatures=[pb.Signature(sig=one.sig, keyid=one.keyid) for one in sealed.signatures],
    )
