"""The exchange format: bytes of another region to values, and values to bytes.

Reading guarantees structure and nothing more: every required field is there, every code is one we know, every text,
list, number and time is within `gateway.wire.bounds`, and nothing unknown came along.  Everything wrong is
told at once, with its path.  No bytes make a reader raise anything but `GatewayError`.

Writing guarantees that the same value gives the same bytes with the same library; what was sealed is nevertheless
kept and never written anew.  Writers trust their value: what a reader would refuse is the business of the room that
made it (`gateway.local`).

Leaves to others: seals (`gateway.trust.dsse`), check digits and agreements, and what an event must say
(`gateway.case.event.demands`).

Reasons raised by readers: MALFORMED and UNKNOWN_CODE with findings, VERSION_NOT_KNOWN, ENVELOPE_TOO_LARGE.
"""

from collections.abc import Callable
from typing import TypeVar

from google.protobuf.message import DecodeError, Message

from gateway.case.errors import FieldFinding, GatewayError
from gateway.case.reasons import Reason
from gateway.wire import bounds, envelopes, problems, receipts
from gateway.wire.envelope import EXCHANGE_MINOR, Envelope, EnvelopeAnswer, Problem, ReceiptBatch, Sealed
from gateway.wire.envelopes import envelope_to_wire, sealed_to_wire
from gateway.wire.gen.tongban.exchange.v1 import exchange_pb2, exchange_service_pb2, problem_pb2
from gateway.wire.problems import problem_for_status, problem_of, problem_to_wire
from gateway.wire.receipts import answer_to_wire
from gateway.wire.receipts import batch_to_wire as receipts_to_wire
from gateway.wire.spot import Faults, Spot
from gateway.wire.unknown import note_unknown

__all__ = [
    "answer_from_wire",
    "answer_to_wire",
    "envelope_from_bytes",
    "envelope_from_wire",
    "envelope_read_back",
    "envelope_to_bytes",
    "envelope_to_wire",
    "problem_for_status",
    "problem_from_wire",
    "problem_of",
    "problem_to_wire",
    "receipts_from_bytes",
    "receipts_from_wire",
    "receipts_to_bytes",
    "receipts_to_wire",
    "sealed_from_bytes",
    "sealed_from_wire",
    "sealed_to_bytes",
    "sealed_to_wire",
]

Wire = TypeVar("Wire", bound=Message)
Value = TypeVar("Value")


def envelope_from_bytes(payload: bytes) -> Envelope:
    """Read a verified payload."""
    if len(payload) > bounds.PAYLOAD.most:
        raise GatewayError(Reason.ENVELOPE_TOO_LARGE, limit=bounds.PAYLOAD.most)
    return envelope_from_wire(_parsed(exchange_pb2.Envelope, payload))


def envelope_to_bytes(envelope: Envelope) -> bytes:
    """Write the payload that is sealed.

    Raises:
        GatewayError: ENVELOPE_TOO_LARGE; UNKNOWN_CODE for a value the format has no number for.
        ValueError: a value no envelope can hold, such as a naive time.
    """
    return _written(envelope_to_wire(envelope))


def _written(wire: exchange_pb2.Envelope) -> bytes:
    payload = wire.SerializeToString(deterministic=True)
    if len(payload) > bounds.PAYLOAD.most:
        raise GatewayError(Reason.ENVELOPE_TOO_LARGE, limit=bounds.PAYLOAD.most)
    return payload


def envelope_read_back(envelope: Envelope) -> tuple[bytes, tuple[FieldFinding, ...]]:
    """Write the payload that is sealed; return it with what a reader would find wrong in it.

    Where the values tell that a reader finds nothing, none is asked; else the very message that is written is read, so
    that nothing is parsed again.  Raises what `envelope_to_bytes` raises.
    """
    wire = envelope_to_wire(envelope)
    payload = _written(wire)
    if envelopes.envelope_fits(envelope):
        return payload, ()
    faults = Faults()
    envelopes.envelope_from_wire(wire, Spot(faults))
    return payload, tuple(faults.findings)


def envelope_from_wire(wire: exchange_pb2.Envelope) -> Envelope:
    """Read an envelope; one of a newer minor version is not judged."""
    if wire.exchange_minor > EXCHANGE_MINOR:
        raise GatewayError(Reason.VERSION_NOT_KNOWN, minor=wire.exchange_minor, ours=EXCHANGE_MINOR)
    return _whole(wire, envelopes.envelope_from_wire)


def receipts_from_bytes(payload: bytes) -> ReceiptBatch:
    """Read a verified batch of receipts."""
    return receipts_from_wire(_parsed(exchange_pb2.ReceiptBatch, payload))


def receipts_to_bytes(batch: ReceiptBatch) -> bytes:
    """Write the batch that is sealed."""
    return receipts_to_wire(batch).SerializeToString(deterministic=True)


def receipts_from_wire(wire: exchange_pb2.ReceiptBatch) -> ReceiptBatch:
    """Read a batch of receipts."""
    return _whole(wire, receipts.batch_from_wire)


def sealed_from_bytes(data: bytes) -> Sealed:
    """Read a seal, which proves nothing yet."""
    return sealed_from_wire(_parsed(exchange_pb2.SealedEnvelope, data))


def sealed_to_bytes(sealed: Sealed) -> bytes:
    """Write a seal."""
    return sealed_to_wire(sealed).SerializeToString(deterministic=True)


def sealed_from_wire(wire: exchange_pb2.SealedEnvelope) -> Sealed:
    """Read a seal, which proves nothing yet."""
    if len(wire.payload) > bounds.PAYLOAD.most:
        raise GatewayError(Reason.ENVELOPE_TOO_LARGE, limit=bounds.PAYLOAD.most)
    return _whole(wire, envelopes.sealed_from_wire)


def answer_from_wire(wire: exchange_service_pb2.EnvelopeAnswer) -> EnvelopeAnswer:
    """Read the answer to one envelope."""
    return _whole(wire, receipts.answer_from_wire)


def problem_from_wire(wire: problem_pb2.Problem) -> Problem:
    """Read a problem."""
    return _whole(wire, problems.problem_from_wire)


def _parsed(kind: type[Wire], data: bytes) -> Wire:
    try:
        return kind.FromString(data)
    except DecodeError:
        raise GatewayError(Reason.MALFORMED, detail=f"protobuf {kind.DESCRIPTOR.name}") from None


def _whole(wire: Wire, read: Callable[[Wire, Spot], Value]) -> Value:
    faults = Faults()
    note_unknown(wire, faults)
    value = read(wire, Spot(faults))
    faults.raise_if_any()
    return value
