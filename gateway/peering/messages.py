"""Requests and answers of the service as values: what both the servicer and the client translate.

Guarantees that an index in an answer points at a batch that is there.  Seals pass as they are: each is judged on its
own by the flow that opens it, so that one bad seal never costs its neighbours their answers.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from gateway.case.errors import GatewayError
from gateway.case.reasons import Reason
from gateway.case.texts import Text
from gateway.flows.delivery.courier import Answers
from gateway.peering.allowance import come_again
from gateway.peering.bounds import ANSWER_BYTES, BATCH_BYTES, ENVELOPE_BYTES, MOST_ENVELOPES
from gateway.wire import bounds
from gateway.wire.envelope import EnvelopeAnswer, Sealed, Signature
from gateway.wire.gen.tongban.exchange.v1 import exchange_pb2
from gateway.wire.gen.tongban.exchange.v1 import exchange_service_pb2 as pb
from gateway.wire.problems import problem_of
from gateway.wire.receipts import answer_from_wire, answer_to_wire
from gateway.wire.spot import Faults, Spot

_NO_BATCH = Text("所指的回执批次不存在", "there is no such batch of receipts")
_TOO_MUCH = come_again(f"bytes of one answer: {ANSWER_BYTES}", 1)
_ONE_AT_LEAST = "envelopes: 1 - 64"

WithAnswers = pb.DeliverEnvelopesResponse | pb.CollectEnvelopesRequest


def check_batch(envelopes: Sequence[exchange_pb2.SealedEnvelope]) -> None:
    """Refuse a batch that is empty or above a bound.

    Raises:
        GatewayError: MALFORMED, BATCH_TOO_LARGE, ENVELOPE_TOO_LARGE.
    """
    if not envelopes:
        raise GatewayError(Reason.MALFORMED, detail=_ONE_AT_LEAST)
    sizes = [len(one.payload) for one in envelopes]
    if len(envelopes) > MOST_ENVELOPES or sum(sizes) > BATCH_BYTES:
        raise GatewayError(Reason.BATCH_TOO_LARGE, limit=MOST_ENVELOPES)
    if max(sizes) > ENVELOPE_BYTES:
        raise GatewayError(Reason.ENVELOPE_TOO_LARGE, limit=ENVELOPE_BYTES)


def sealed_of(wire: exchange_pb2.SealedEnvelope) -> Sealed:
    """Return the seal as it came; nothing about it is believed yet."""
    return Sealed(wire.payload, wire.payload_type, tuple(Signature(one.sig, one.keyid) for one in wire.signatures))


def as_bytes(envelopes: Iterable[exchange_pb2.SealedEnvelope]) -> tuple[bytes, ...]:
    """Return every envelope serialised."""
    return tuple(one.SerializeToString(deterministic=True) for one in envelopes)


def from_bytes(envelopes: Iterable[bytes]) -> list[exchange_pb2.SealedEnvelope]:
    """Return the messages that were serialised."""
    return [exchange_pb2.SealedEnvelope.FromString(one) for one in envelopes]


def answers_to_wire(answers: Sequence[EnvelopeAnswer]) -> list[pb.EnvelopeAnswer]:
    """Write answers."""
    return [answer_to_wire(one) for one in answers]


def fitting(answers: Answers) -> Answers:
    """Return the answers as far as they fit into one message; the envelopes of the others are asked to come again.

    Repeats point at the batch of their first receipt, whole: those of a call may be as many as its envelopes.
    """
    batches: dict[int, bytes] = {}
    kept: list[EnvelopeAnswer] = []
    room = ANSWER_BYTES
    for one in answers.answers:
        index = one.receipt_batch_index
        if index is not None and index not in batches:
            if len(answers.receipt_batches[index]) > room:
                kept.append(replace(one, receipt_batch_index=None, problem=problem_of(_TOO_MUCH)))
                continue
            batches[index] = answers.receipt_batches[index]
            room -= len(batches[index])
        kept.append(one if index is None else replace(one, receipt_batch_index=list(batches).index(index)))
    return Answers(tuple(batches.values()), tuple(kept))


def answers_from_wire(wire: WithAnswers) -> Answers:
    """Read batches of receipts and the answers that point into them.

    Raises:
        GatewayError: MALFORMED or UNKNOWN_CODE with everything that is wrong.
    """
    faults = Faults()
    spot = Spot(faults)
    batches = len(wire.receipt_batches)
    spot.items("receipt_batches", wire.receipt_batches, bounds.Length(0, MOST_ENVELOPES))
    spot.items("answers", wire.answers, bounds.Length(0, MOST_ENVELOPES))
    answers = []
    for nth, one in enumerate(wire.answers[:MOST_ENVELOPES]):
        place = spot.entry("answers", nth)
        answer = answer_from_wire(one, place)
        if answer.receipt_batch_index is not None and answer.receipt_batch_index >= batches:
            place.wrong("receipt_batch_index", _NO_BATCH)
        answers.append(answer)
    faults.raise_if_any()
    return Answers(as_bytes(wire.receipt_batches), tuple(answers))
