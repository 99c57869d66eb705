"""Receipts, batches of them, and the answers that point into batches, on the wire."""

from gateway.case.texts import Text
from gateway.wire import bounds
from gateway.wire.codes import OUTCOMES
from gateway.wire.envelope import EnvelopeAnswer, LogHead, Outcome, Receipt, ReceiptBatch
from gateway.wire.gen.tongban.exchange.v1 import exchange_pb2, exchange_service_pb2
from gateway.wire.problems import problem_from_wire, problem_to_wire
from gateway.wire.spot import Spot, stamp_to_wire

_NEEDLESS = Text("已接收的回执不应带拒收原因", "an accepted envelope has no refusal")
_LEAVE_OUT = Text("删去这一项", "leave it out")


def batch_from_wire(wire: exchange_pb2.ReceiptBatch, at: Spot) -> ReceiptBatch:
    """Read the receipts of one call."""
    return ReceiptBatch(
        batch_id=at.uuid7("batch_id", wire.batch_id),
        issuer=at.region("issuer_region", wire.issuer_region),
        sender=at.region("sender_region", wire.sender_region),
        sealed_at=at.time("sealed_at", wire),
        receipts=at.many("receipts", wire.receipts, bounds.RECEIPTS, receipt_from_wire),
        log_head=head_from_wire(wire.log_head, at.inside("log_head")) if wire.HasField("log_head") else None,
    )


def batch_to_wire(batch: ReceiptBatch) -> exchange_pb2.ReceiptBatch:
    """Write the receipts of one call."""
    return exchange_pb2.ReceiptBatch(
        batch_id=batch.batch_id,
        issuer_region=batch.issuer,
        sender_region=batch.sender,
        sealed_at=stamp_to_wire(batch.sealed_at),
        receipts=[receipt_to_wire(one) for one in batch.receipts],
        log_head=head_to_wire(batch.log_head) if batch.log_head else None,
    )


def receipt_from_wire(wire: exchange_pb2.Receipt, at: Spot) -> Receipt:
    """Read one receipt; a refusal is there exactly when the outcome is refused."""
    outcome = at.code("outcome", wire.outcome, OUTCOMES)
    refusal = None
    if wire.HasField("refusal"):
        refusal = problem_from_wire(wire.refusal, at.inside("refusal"))
        if outcome is Outcome.ACCEPTED:
            at.wrong("refusal", _NEEDLESS, _LEAVE_OUT)
    elif outcome is Outcome.REFUSED:
        at.missing("refusal")
    version = None
    if wire.HasField("case_version"):
        version = at.number("case_version", wire.case_version, bounds.COUNT_FROM_ONE)
    return Receipt(
        envelope_id=at.uuid7("envelope_id", wire.envelope_id),
        payload_sha256=at.digest("payload_sha256", wire.payload_sha256),
        outcome=outcome,
        received_at=at.time("received_at", wire),
        case_version=version,
        refusal=refusal,
    )


def receipt_to_wire(receipt: Receipt) -> exchange_pb2.Receipt:
    """Write one receipt."""
    return exchange_pb2.Receipt(
        envelope_id=receipt.envelope_id,
        payload_sha256=receipt.payload_sha256,
        outcome=OUTCOMES.to_wire(receipt.outcome),
        case_version=receipt.case_version,
        received_at=stamp_to_wire(receipt.received_at),
        refusal=problem_to_wire(receipt.refusal) if receipt.refusal else None,
    )


def head_from_wire(wire: exchange_pb2.LogHead, at: Spot) -> LogHead:
    """Read the head of an evidence log."""
    return LogHead(
        incarnation=at.text("incarnation", wire.incarnation, bounds.INCARNATION),
        tree_size=wire.tree_size,
        root=at.digest("root", wire.root),
    )


def head_to_wire(head: LogHead) -> exchange_pb2.LogHead:
    """Write the head of an evidence log."""
    return exchange_pb2.LogHead(incarnation=head.incarnation, tree_size=head.tree_size, root=head.root)


def answer_from_wire(wire: exchange_service_pb2.EnvelopeAnswer, at: Spot) -> EnvelopeAnswer:
    """Read where the receipt of one envelope is, or why there is none."""
    which = wire.WhichOneof("answer")
    if which is None:
        at.missing("answer")
    return EnvelopeAnswer(
        envelope_id=at.uuid7("envelope_id", wire.envelope_id) if wire.envelope_id else "",
        receipt_batch_index=wire.receipt_batch_index if which == "receipt_batch_index" else None,
        problem=problem_from_wire(wire.problem, at.inside("problem")) if which == "problem" else None,
    )


def answer_to_wire(answer: EnvelopeAnswer) -> exchange_service_pb2.EnvelopeAnswer:
    """Write where the receipt of one envelope is, or why there is none."""
    wire = exchange_service_pb2.EnvelopeAnswer(
        envelope_id=answer.envelope_id, problem=problem_to_wire(answer.problem) if answer.problem else None
    )
    if answer.receipt_batch_index is not None:
        wire.receipt_batch_index = answer.receipt_batch_index
    return wire
