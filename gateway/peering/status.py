"""Errors at this border: our reasons as gRPC statuses, and a partner's statuses as our reasons.

The only module that knows gRPC codes.  A refusal travels as google.rpc.Status with three details: our `Problem`,
`ErrorInfo` for generic tools, and `RetryInfo` when the same call may succeed later.  The Problem is bounded to fit
into headers; findings therefore stay behind (`wire.problems`).

Guarantees that a partner's trouble is never shown as ours, and that nothing a partner wrote reaches a text of ours
except the facts that text names and a word in capital letters.
"""

import re
import string
from collections.abc import Mapping
from typing import Any, NamedTuple, cast

import grpc
from google.protobuf.any_pb2 import Any as AnyMessage
from google.protobuf.duration_pb2 import Duration
from google.protobuf.message import DecodeError, Message
from google.rpc import error_details_pb2, status_pb2  # type: ignore[import-untyped]
from grpc_status import rpc_status  # type: ignore[import-untyped]

from gateway.case.errors import GatewayError
from gateway.case.reasons import ROWS, Answer, Family, Place, Reason, Row
from gateway.case.texts import Text
from gateway.wire.envelope import Problem
from gateway.wire.gen.tongban.exchange.v1 import problem_pb2
from gateway.wire.problems import problem_for_status, problem_from_wire, problem_of, problem_to_wire
from gateway.wire.spot import Faults, Spot

DOMAIN = "tongban.exchange.v1"
DETAILS = "grpc-status-details-bin"
RETRY_SECONDS = 5
"""What `RetryInfo` asks for where the reason names no time of its own."""

STATUS_OF: Mapping[Family, grpc.StatusCode] = {
    Family.MALFORMED: grpc.StatusCode.INVALID_ARGUMENT,
    Family.UNAUTHENTICATED: grpc.StatusCode.UNAUTHENTICATED,
    Family.FORBIDDEN: grpc.StatusCode.PERMISSION_DENIED,
    Family.UNKNOWN: grpc.StatusCode.NOT_FOUND,
    Family.CONFLICT: grpc.StatusCode.FAILED_PRECONDITION,
    Family.STALE: grpc.StatusCode.ABORTED,
    Family.UNPROCESSABLE: grpc.StatusCode.INVALID_ARGUMENT,
    Family.TOO_LARGE: grpc.StatusCode.INVALID_ARGUMENT,
    Family.NOT_SERVED: grpc.StatusCode.UNIMPLEMENTED,
    Family.BUSY: grpc.StatusCode.RESOURCE_EXHAUSTED,
    Family.UNAVAILABLE: grpc.StatusCode.UNAVAILABLE,
    Family.INTERNAL: grpc.StatusCode.INTERNAL,
}

_WORD = re.compile(r"[A-Z][A-Z0-9_]{0,63}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]+")
_MESSAGE_CHARACTERS = 200
_FACT_CHARACTERS = 200

# gRPC tells in English prose what went wrong with a connection; its prose holds addresses, ours does not.
_BROKEN: tuple[tuple[re.Pattern[str], Text], ...] = (
    (re.compile("refused", re.IGNORECASE), Text("连接被拒绝", "connection refused")),
    (re.compile("DNS|name resolution|Name or service", re.IGNORECASE), Text("域名无法解析", "name not found")),
    (re.compile("handshake|certificate|SSL|TSI|TLS", re.IGNORECASE), Text("TLS 握手失败", "TLS handshake failed")),
    (re.compile("no route|unreachable|timed? ?out", re.IGNORECASE), Text("网络不通", "network unreachable")),
    (re.compile("reset|closed|broken|goaway", re.IGNORECASE), Text("连接中断", "connection broken off")),
)
_NO_CONNECTION = Text("没有连接", "no connection")
_TOO_LARGE = Text("消息超过上限", "a message above the bound")
_UNREADABLE = Text("错误详情无法读取", "the error's details cannot be read")


class Refusal(NamedTuple):
    """A call's end as gRPC wants it; the metadata carries the details."""

    code: grpc.StatusCode
    message: str
    metadata: tuple[tuple[str, bytes], ...]


def refusal_of(error: GatewayError) -> Refusal:
    """Return the status with which a call is refused."""
    code = STATUS_OF[error.row.family]
    status = _status(code, error, problem_for_status(problem_of(error)))
    return Refusal(code, status.message, ((DETAILS, status.SerializeToString()),))


def error_from_rpc(error: grpc.aio.AioRpcError, partner: str, *, rpc: str, seconds: float) -> GatewayError:
    """Return what a failed call to a partner means here.

    Args:
        partner: how people call the partner.
        rpc: the method that was called.
        seconds: its bound, for PARTNER_SLOW.
    """
    try:
        problem = _problem_in(error)
    except (DecodeError, ValueError, GatewayError):
        return GatewayError(Reason.PARTNER_ANSWER, partner=partner, detail=_UNREADABLE)
    if problem is not None:
        return _as_answered(problem, partner)
    return _without_details(error, partner, rpc, seconds)


def _without_details(error: grpc.aio.AioRpcError, partner: str, rpc: str, seconds: float) -> GatewayError:
    code, prose = error.code(), error.details() or ""
    match code:
        case grpc.StatusCode.UNAVAILABLE | grpc.StatusCode.CANCELLED:
            return GatewayError(Reason.PARTNER_UNREACHABLE, partner=partner, detail=_broken(prose))
        case grpc.StatusCode.DEADLINE_EXCEEDED:
            return GatewayError(Reason.PARTNER_SLOW, partner=partner, seconds=round(seconds))
        case grpc.StatusCode.UNIMPLEMENTED:
            return GatewayError(Reason.NOT_SERVED, rpc=rpc)
        case grpc.StatusCode.UNAUTHENTICATED | grpc.StatusCode.PERMISSION_DENIED:
            return GatewayError(Reason.PARTNER_REJECTED_US, partner=partner, reason=code.name)
        case grpc.StatusCode.RESOURCE_EXHAUSTED if "larger than max" in prose:
            return GatewayError(Reason.PARTNER_ANSWER, partner=partner, detail=_TOO_LARGE)
        case grpc.StatusCode.RESOURCE_EXHAUSTED | grpc.StatusCode.ABORTED:
            return GatewayError(Reason.PARTNER_FAILED, partner=partner, reason=code.name)
        case _:
            return GatewayError(Reason.PARTNER_ANSWER, partner=partner, detail=code.name)


def _status(code: grpc.StatusCode, error: GatewayError, problem: Problem) -> status_pb2.Status:
    status = status_pb2.Status(
        code=code.value[0], message=f"{problem.reason}: {problem.cause.en}"[:_MESSAGE_CHARACTERS]
    )
    info = error_details_pb2.ErrorInfo(reason=problem.reason, domain=DOMAIN)
    status.details.extend([_packed(problem_to_wire(problem)), _packed(info)])
    if error.retriable:
        seconds = error.facts.get("seconds")
        delay = seconds if isinstance(seconds, int) and 0 < seconds <= 3600 else RETRY_SECONDS
        status.details.append(_packed(error_details_pb2.RetryInfo(retry_delay=Duration(seconds=delay))))
    return status


def _packed(detail: Message) -> AnyMessage:
    packed = AnyMessage()
    packed.Pack(detail)
    return packed


def _problem_in(error: grpc.aio.AioRpcError) -> Problem | None:
    # typeshed knows only the blocking call; the aio error has the same three methods.
    status = rpc_status.from_call(cast(grpc.Call, error))
    for detail in status.details if status else ():
        wire = problem_pb2.Problem()
        if detail.Unpack(wire):
            faults = Faults()
            problem = problem_from_wire(wire, Spot(faults))
            faults.raise_if_any()
            return problem
    return None


def _as_answered(problem: Problem, partner: str) -> GatewayError:
    if not _WORD.fullmatch(problem.reason):
        return GatewayError(Reason.PARTNER_ANSWER, partner=partner, detail=_UNREADABLE)
    try:
        reason = Reason(problem.reason)
    except ValueError:
        return GatewayError(_BY_CLASS[problem.answer], partner=partner, reason=problem.reason)
    row = ROWS[reason]
    if row.place is Place.LOCAL:
        return GatewayError(Reason.PARTNER_ANSWER, partner=partner, detail=reason.value)
    if row.family is Family.UNAUTHENTICATED and not row.retriable:
        return GatewayError(Reason.PARTNER_REJECTED_US, partner=partner, reason=reason.value)
    if reason not in _SAID_OUT_LOUD and (
        row.family is Family.INTERNAL or (row.family in _TROUBLE and row.place in _THEIR_MACHINE)
    ):
        return GatewayError(Reason.PARTNER_FAILED, partner=partner, reason=reason.value)
    return GatewayError(reason, **_facts(row, problem))


# Of a reason newer than this program only its class is known.
_BY_CLASS = {
    Answer.RETRIABLE: Reason.PARTNER_FAILED,
    Answer.FINAL: Reason.PARTNER_REFUSED,
    Answer.PERSON: Reason.PARTNER_REJECTED_US,
}
# Their full disk must not read as if it were ours.
_TROUBLE = (Family.BUSY, Family.UNAVAILABLE)
_THEIR_MACHINE = (Place.OURS, Place.THEIRS)
_SAID_OUT_LOUD = (Reason.PARTNER_PAUSED, Reason.MAINTENANCE)
"""What a partner does on purpose is no trouble of its machine."""


def _facts(row: Row, problem: Problem) -> dict[str, Any]:
    texts = (row.cause.zh, row.cause.en, row.fix.zh, row.fix.en)
    named = {name for text in texts for _, name, _, _ in string.Formatter().parse(text) if name}
    return {name: _CONTROL.sub(" ", problem.facts.get(name, "?"))[:_FACT_CHARACTERS] for name in sorted(named)}


def _broken(prose: str) -> Text:
    return next((said for pattern, said in _BROKEN if pattern.search(prose)), _NO_CONNECTION)
