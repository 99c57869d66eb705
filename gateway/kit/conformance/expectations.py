"""What a probe demands of an answer; each function returns when it holds and raises `Failed` with what came when not."""

from collections.abc import Iterable

from gateway.case.texts import Text
from gateway.kit.conformance.answers import Answer
from gateway.kit.conformance.verdicts import Failed
from gateway.kit.conformance.wires import Ended


def must(holds: bool, came: Text) -> None:
    """Fail the check with what came, unless something holds."""
    if not holds:
        raise Failed(came)


def must_refuse_call(ended: Ended, code: str, reasons: Iterable[str]) -> None:
    """Fail unless a call ended with this status and a Problem with one of these reasons."""
    wanted = tuple(reasons)
    if ended.code == code and ended.reason in wanted:
        return
    expected = f"{code} {' / '.join(wanted)}"
    raise Failed(Text(f"应为 {expected}, 得到 {ended}", f"expected {expected} and got {ended}"))


def must_refuse(answer: Answer, *reasons: str) -> None:
    """Fail unless an envelope was refused in a receipt for one of these reasons."""
    if answer.is_refused and answer.reason in reasons:
        return
    wanted = " / ".join(reasons)
    raise Failed(
        Text(f"应有拒收回执 {wanted}, 得到 {answer}", f"expected a receipt that refuses with {wanted} and got {answer}")
    )


def must_reject(answer: Answer, *reasons: str) -> None:
    """Fail unless an envelope got no receipt and a problem of one of these reasons that is not to be retried."""
    if answer.receipt is None and answer.reason in reasons and not answer.is_retriable:
        return
    wanted = " / ".join(reasons)
    raise Failed(
        Text(
            f"应不出回执并答复 {wanted}, 得到 {answer}",
            f"expected no receipt and the problem {wanted} and got {answer}",
        )
    )


def must_put_off(answer: Answer, *reasons: str) -> None:
    """Fail unless an envelope got no receipt and a retriable problem of one of these reasons."""
    if answer.receipt is None and answer.reason in reasons and answer.is_retriable:
        return
    wanted = " / ".join(reasons)
    raise Failed(
        Text(
            f"应不出回执并答复可重试的 {wanted}, 得到 {answer}",
            f"expected no receipt and the retriable problem {wanted} and got {answer}",
        )
    )


def must_accept(answer: Answer) -> None:
    """Fail unless an envelope was accepted."""
    if not answer.is_accepted:
        raise Failed(Text(f"应接收, 得到 {answer}", f"expected it to be accepted and got {answer}"))
