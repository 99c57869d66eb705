"""Checks of chapter 6: one sequencer per case, and everything in its turn."""

from gateway.case import events as ev
from gateway.case.kinds import Decision
from gateway.case.texts import Text
from gateway.kit.conformance.answers import Answer
from gateway.kit.conformance.check import Chapter
from gateway.kit.conformance.expectations import must, must_accept, must_put_off, must_refuse
from gateway.kit.conformance.samples import sample_note
from gateway.kit.conformance.session import Session
from gateway.kit.conformance.verdicts import Failed
from gateway.wire.gen.tongban.exchange.v1 import exchange_pb2

CHAPTER = Chapter(6, Text("次序", "Order"))
_TURN = Text(
    "办理地严格按 sequence 逐个接收, 一次调用之内也一样",
    "the handler takes a sender's envelopes of a case strictly in turn of sequence, within a call as well",
)
_COUNT = Text(
    "每件办件记住对方的下一个 sequence, 在同一事务里推进",
    "keep the next sequence of each case, and move it in the transaction that takes in",
)


def _version(answer: Answer) -> int:
    if answer.receipt is None or not answer.receipt.HasField("case_version"):
        raise Failed(Text(f"回执没有版本号: {answer}", f"a receipt without a version: {answer}"))
    return int(answer.receipt.case_version)


@CHAPTER.check(
    1,
    Text("一次调用里的两个事件依次编号", "two events of one call get versions one after the other"),
    demand=Text(
        "办理地给每个事件 case_version, 连续递增", "the handler numbers every event with case_version, without a gap"
    ),
    section="7",
    mend=_COUNT,
)
async def _numbered_in_turn(s: Session) -> None:
    case = await s.shared_case()
    answers = await s.deliver(s.make_note(case), s.make_note(case, sequence=case.next + 1))
    s.count(case, *answers)
    for answer in answers:
        must_accept(answer)
    first, second = map(_version, answers)
    must(second == first + 1, Text(f"版本 {first} 之后是 {second}", f"version {first} is followed by {second}"))


@CHAPTER.check(
    2,
    Text("跳号的事件等前一个", "an event that comes too early waits"),
    demand=Text(
        "答可重试的 PREDECESSOR_MISSING, 并写明等的是几号 (awaited)",
        "the retriable PREDECESSOR_MISSING, with the number awaited",
    ),
    section="7",
    mend=_COUNT,
)
async def _too_early(s: Session) -> None:
    case = await s.shared_case()
    early = s.make_note(case, sequence=case.next + 1)
    answer = await s.deliver_one(early)
    must_put_off(answer, "PREDECESSOR_MISSING")
    awaited = answer.problem.facts.get("awaited", "") if answer.problem else ""
    must(awaited == str(case.next), Text(f"awaited 是 {awaited or '无'}", f"awaited is {awaited or 'missing'}"))
    must_accept(await s.send_event(case, s.make_note(case)))
    must_accept(await s.send_event(case, early))


@CHAPTER.check(
    3, Text("一次调用里次序颠倒", "the wrong way round within a call"), demand=_TURN, section="7", mend=_COUNT
)
async def _wrong_way_round(s: Session) -> None:
    case = await s.shared_case()
    first, second = s.make_note(case), s.make_note(case, sequence=case.next + 1)
    answers = await s.deliver(second, first)
    s.count(case, answers[1])
    must_put_off(answers[0], "PREDECESSOR_MISSING")
    must_accept(answers[1])
    must_accept(await s.send_event(case, second))


@CHAPTER.check(
    4,
    Text("用过的号", "a number that was used before"),
    demand=Text("以 MALFORMED 拒收", "refused with MALFORMED"),
    section="7",
    mend=_COUNT,
)
async def _used_before(s: Session) -> None:
    case = await s.shared_case()
    must_accept(await s.send_event(case, s.make_note(case)))
    answer = await s.deliver_one(s.make_note(case, sequence=case.next - 1))
    must_refuse(answer, "MALFORMED")


@CHAPTER.check(
    5,
    Text("被拒收的用掉它的号", "a refused one has used its number up"),
    demand=Text("拒收的信封占用其 sequence, 下一个接着编", "a refused envelope uses its sequence up"),
    section="6, 7",
    mend=_COUNT,
)
async def _refused_uses_number(s: Session) -> None:
    case = await s.shared_case()

    def empty(wire: exchange_pb2.Envelope) -> None:
        wire.event.note.text = ""

    must_refuse(await s.send_event(case, s.make_note(case, change=empty)), "MALFORMED")
    must_accept(await s.send_event(case, s.make_note(case)))


@CHAPTER.check(
    6,
    Text("收件地的信封带了版本号", "an origin's envelope with a version"),
    demand=Text(
        "case_version 只由办理地给; 以 MALFORMED 拒收", "only the handler gives versions; refused with MALFORMED"
    ),
    section="7",
    mend=_COUNT,
)
async def _version_of_origin(s: Session) -> None:
    case = await s.shared_case()

    def presumes(wire: exchange_pb2.Envelope) -> None:
        wire.case_version = 2

    must_refuse(await s.send_event(case, s.make_note(case, change=presumes)), "MALFORMED")


@CHAPTER.check(
    7,
    Text("收件地替办理地作决定", "the origin decides"),
    demand=Text("只有办理地能作决定", "only the handler decides"),
    section="7",
    mend=Text("按事件种类核对哪一方可以做, 授权另有 grant", "check which side may do this kind of event"),
)
async def _origin_decides(s: Session) -> None:
    case = await s.shared_case()
    event = s.event(ev.Decided(Decision.GRANTED, "测试〔0000〕0号"))
    answer = await s.send_event(case, s.make(event, case_id=case.number, sequence=case.next))
    must_refuse(answer, "NOT_THE_HANDLER", "LIFECYCLE")


@CHAPTER.check(
    8,
    Text("事件先于办件到达", "an event whose case has not come"),
    demand=Text(
        "答可重试的 PREDECESSOR_MISSING, 等第 1 号", "the retriable PREDECESSOR_MISSING, with number 1 awaited"
    ),
    section="7",
    mend=_COUNT,
)
async def _before_its_case(s: Session) -> None:
    event = sample_note(s.ground, s.world.new_id(), s.now)
    answer = await s.deliver_one(s.make(event, case_id=s.new_number(), sequence=2))
    must_put_off(answer, "PREDECESSOR_MISSING")
    awaited = answer.problem.facts.get("awaited", "") if answer.problem else ""
    must(awaited == "1", Text(f"awaited 是 {awaited or '无'}", f"awaited is {awaited or 'missing'}"))
