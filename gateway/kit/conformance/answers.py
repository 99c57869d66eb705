"""What the gateway under test answered to an envelope: a receipt in a batch, a problem, or nothing that can be used.

Reading is lenient on purpose: whether a batch is sealed as it has to be is one check (`receipts`), and must not make
all others fail with it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from google.protobuf.message import DecodeError

from gateway.case.texts import Text
from gateway.kit.conformance.verdicts import Failed
from gateway.kit.conformance.wires import Ended
from gateway.wire.gen.tongban.exchange.v1 import exchange_pb2, problem_pb2
from gateway.wire.gen.tongban.exchange.v1 import exchange_service_pb2 as pb

ACCEPTED = exchange_pb2.RECEIPT_OUTCOME_ACCEPTED
REFUSED = exchange_pb2.RECEIPT_OUTCOME_REFUSED
CLASSES = {
    problem_pb2.ANSWER_CLASS_RETRIABLE: "retriable",
    problem_pb2.ANSWER_CLASS_FINAL: "final",
    problem_pb2.ANSWER_CLASS_NEEDS_A_PERSON: "needs a person",
}
RETRIABLE = problem_pb2.ANSWER_CLASS_RETRIABLE


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to one envelope.

    Attributes:
        receipt: as the batch has it; None when there is none.
        batch: the sealed batch that holds it, serialised; empty without a receipt.
        problem: why there is no receipt; also of the whole call, when that failed.
        code: how the call ended.
    """

    receipt: exchange_pb2.Receipt | None
    batch: bytes
    problem: problem_pb2.Problem | None
    code: str = "OK"

    @property
    def reason(self) -> str:
        """The word of the problem or of the refusal; empty for what was accepted."""
        if self.receipt is not None:
            return self.receipt.refusal.reason
        return self.problem.reason if self.problem else ""

    @property
    def is_accepted(self) -> bool:
        """Whether it was receipted as accepted."""
        return self.receipt is not None and self.receipt.outcome == ACCEPTED

    @property
    def is_refused(self) -> bool:
        """Whether it was receipted as refused."""
        return self.receipt is not None and self.receipt.outcome == REFUSED

    @property
    def is_retriable(self) -> bool:
        """Whether it is to be tried again with the same bytes."""
        return self.problem is not None and self.problem.answer_class == RETRIABLE

    def __str__(self) -> str:
        if self.receipt is not None:
            version = f" case_version {self.receipt.case_version}" if self.receipt.HasField("case_version") else ""
            word = "accepted" if self.is_accepted else f"refused {self.reason}" if self.is_refused else "outcome ?"
            return f"receipt: {word}{version}"
        if self.problem is not None:
            kind = CLASSES.get(self.problem.answer_class, "class ?")
            return f"problem: {self.reason} ({kind})" + ("" if self.code == "OK" else f", call {self.code}")
        return f"call {self.code}, no problem in its details"


def answers_in(ended: Ended, count: int) -> list[Answer]:
    """Return one answer for each of the `count` envelopes of a call.

    Raises:
        Failed: the answer is not what the format describes.
    """
    if ended.response is None:
        return [Answer(None, b"", ended.problem, ended.code)] * count
    response: pb.DeliverEnvelopesResponse = ended.response
    if len(response.answers) != count:
        there = len(response.answers)
        raise Failed(Text(f"发去 {count} 个信封, 答复 {there} 条", f"{count} envelopes were sent and {there} answered"))
    return [_one(answer, response.receipt_batches) for answer in response.answers]


def _one(answer: pb.EnvelopeAnswer, batches: Sequence[exchange_pb2.SealedEnvelope]) -> Answer:
    which = answer.WhichOneof("answer")
    if which == "problem":
        return Answer(None, b"", answer.problem)
    if which is None or answer.receipt_batch_index >= len(batches):
        raise Failed(
            Text(
                "答复既没有问题也没有指向存在的回执批次",
                "an answer has no problem and points at no batch that is there",
            )
        )
    sealed = batches[answer.receipt_batch_index]
    try:
        batch = exchange_pb2.ReceiptBatch.FromString(sealed.payload)
    except DecodeError:
        raise Failed(Text("回执批次无法解析", "a batch of receipts cannot be parsed")) from None
    found = [one for one in batch.receipts if one.envelope_id == answer.envelope_id]
    if len(found) != 1:
        raise Failed(
            Text(
                "所指的批次里没有这个信封的唯一一份回执",
                "the batch that is pointed at does not hold exactly one receipt of the envelope",
            )
        )
    return Answer(found[0], sealed.SerializeToString(deterministic=True), None)
