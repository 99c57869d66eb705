"""Checks of chapter 11: bounds, and what happens at them.  Last, because the rate is used up by it."""

from gateway.case.texts import Text
from gateway.kit.conformance.answers import Answer
from gateway.kit.conformance.check import Chapter
from gateway.kit.conformance.envelopes import resealed, seal
from gateway.kit.conformance.expectations import must, must_refuse_call
from gateway.kit.conformance.session import Session
from gateway.kit.conformance.verdicts import Failed, Skipped
from gateway.peering.bounds import ENVELOPE_BYTES, MESSAGE_BYTES, MOST_ENVELOPES
from gateway.wire.gen.tongban.exchange.v1 import exchange_service_pb2 as pb

CHAPTER = Chapter(11, Text("限度", "Bounds"))
HIGHEST_RATE = 2_000
"""Envelopes a minute; a higher bound is not worth being reached by a check."""
_MEND = Text("按第 13 节的表", "see the table of section 13")


@CHAPTER.check(
    1,
    Text("一次调用 65 个信封", "65 envelopes in one call"),
    demand=Text("至多 64 个, 否则整个调用 BATCH_TOO_LARGE", "at most 64, else the call ends with BATCH_TOO_LARGE"),
    section="13",
    mend=_MEND,
)
async def _too_many(s: Session) -> None:
    made = s.make(s.new_case())
    request = pb.DeliverEnvelopesRequest(envelopes=[made.sealed] * (MOST_ENVELOPES + 1))
    must_refuse_call(await s.ask("DeliverEnvelopes", request), "INVALID_ARGUMENT", ["BATCH_TOO_LARGE"])


@CHAPTER.check(
    2,
    Text("一个信封也没有", "no envelope at all"),
    demand=Text("1 至 64 个, 否则 MALFORMED", "1 to 64, else MALFORMED"),
    section="8",
    mend=_MEND,
)
async def _none_at_all(s: Session) -> None:
    ended = await s.ask("DeliverEnvelopes", pb.DeliverEnvelopesRequest())
    must_refuse_call(ended, "INVALID_ARGUMENT", ["MALFORMED"])


@CHAPTER.check(
    3,
    Text("超过 1 MiB 的信封", "an envelope of more than 1 MiB"),
    demand=Text("ENVELOPE_TOO_LARGE", "ENVELOPE_TOO_LARGE"),
    section="13",
    mend=_MEND,
)
async def _too_large(s: Session) -> None:
    made = s.make(s.new_case())
    large = resealed(made, seal(made.payload + b"\x00" * ENVELOPE_BYTES, [s.identity.seal_key]))
    ended = await s.ask("DeliverEnvelopes", pb.DeliverEnvelopesRequest(envelopes=[large.sealed]))
    must_refuse_call(ended, "INVALID_ARGUMENT", ["ENVELOPE_TOO_LARGE"])


@CHAPTER.check(
    4,
    Text("超过 4 MiB 的消息, 之后照常", "a message of more than 4 MiB, and all is well after it"),
    demand=Text("gRPC 自身以 RESOURCE_EXHAUSTED 拒绝, 连接不受影响", "gRPC refuses it with RESOURCE_EXHAUSTED"),
    section="13",
    mend=Text("设置 gRPC 的最大消息长度", "set gRPC's largest message length"),
)
async def _far_too_large(s: Session) -> None:
    made = s.make(s.new_case())
    huge = resealed(made, seal(b"\x00" * (MESSAGE_BYTES + 1), [s.identity.seal_key]))
    ended = await s.ask("DeliverEnvelopes", pb.DeliverEnvelopesRequest(envelopes=[huge.sealed]))
    must(
        ended.code in ("RESOURCE_EXHAUSTED", "INVALID_ARGUMENT"),
        Text(f"得到 {ended}", f"got {ended}"),
    )
    after = await s.describe()
    must(after.code == "OK", Text(f"之后的调用得到 {after}", f"the call after it got {after}"))


@CHAPTER.check(
    5,
    Text("超过每分钟的限额", "beyond the rate of a minute"),
    demand=Text(
        "接收到限额为止, 其余逐个答可重试的 RATE_EXCEEDED, 写明限额和等多少秒",
        "taken in as far as it goes; the others get the retriable RATE_EXCEEDED with limit and retry_after_seconds",
    ),
    section="13",
    mend=Text(
        "按伙伴计数, 超出的请对方稍后再来, 不要断开或丢弃",
        "count per partner; ask to come again, never cut off or drop",
    ),
)
async def _beyond_the_rate(s: Session) -> None:
    rate = s.limits().envelopes_per_minute
    if rate > HIGHEST_RATE:
        raise Skipped(Text(f"限额 {rate} 太高, 不值得打满", f"the limit of {rate} is too high to be reached"))
    case = s.cases[0] if s.cases else None
    if case is None:
        raise Skipped(Text("没有可以重复发送的信封, 见 4.1", "there is no envelope to repeat, see 4.1"))
    request = pb.DeliverEnvelopesRequest(envelopes=[case.opening.sealed] * MOST_ENVELOPES)
    for _ in range(2 * rate // MOST_ENVELOPES + 2):
        ended = await s.wire.ask("DeliverEnvelopes", request, s.bearing())
        problem = ended.problem
        if ended.response is not None:
            problem = next((one.problem for one in ended.response.answers if one.HasField("problem")), None)
        if problem is None and ended.code == "OK":
            continue
        answer = Answer(None, b"", problem, ended.code)
        s.note(f"DeliverEnvelopes × {MOST_ENVELOPES} → {answer}")
        must(answer.reason == "RATE_EXCEEDED" and answer.is_retriable, Text(f"得到 {answer}", f"got {answer}"))
        facts = dict(problem.facts) if problem else {}
        wait = facts.get("retry_after_seconds", "")
        s.note(f"  limit {facts.get('limit', '?')}, retry_after_seconds {wait or '?'}")
        must(wait.isdecimal() and 0 < int(wait) <= 120, Text("没有写明等多少秒", "it does not say how long to wait"))
        return
    raise Failed(Text(f"两倍于 {rate} 也没有被请求稍候", f"twice the {rate} a minute, and it was never asked to wait"))
