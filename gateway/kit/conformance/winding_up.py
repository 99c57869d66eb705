"""Checks of chapter 10: the test cases are withdrawn, and everything that was receipted in the run proves."""

from gateway.case import events as ev
from gateway.case.texts import Text
from gateway.kit.conformance import receipts
from gateway.kit.conformance.check import Chapter
from gateway.kit.conformance.expectations import must, must_refuse
from gateway.kit.conformance.samples import WITHDRAWN_BECAUSE
from gateway.kit.conformance.session import OpenedCase, Session
from gateway.kit.conformance.verdicts import Failed, Skipped

CHAPTER = Chapter(10, Text("收尾", "Winding up"))
TRIES = 2


async def withdraw(s: Session, case: OpenedCase) -> bool:
    """Withdraw a test case; whether that was accepted.  A second try follows the sequence the gateway awaits."""
    for _ in range(TRIES):
        event = s.event(ev.Withdrawn(), WITHDRAWN_BECAUSE)
        answer = await s.send_event(case, s.make(event, case_id=case.number, sequence=case.next))
        if answer.is_accepted:
            case.is_open = False
            return True
    return False


@CHAPTER.check(
    1,
    Text("收件地撤回测试办件", "the origin withdraws the test cases"),
    demand=Text(
        "办结之前收件地可以撤回; 测试不留下待办",
        "before a decision the origin may withdraw; a test leaves nothing to be done",
    ),
    section="7",
    mend=Text("撤回 (Withdrawn) 在各未办结状态都允许", "a withdrawal is allowed in every state that is not final"),
)
async def _withdrawn(s: Session) -> None:
    there = [case for case in s.cases if case.is_open]
    if not there:
        raise Skipped(Text("没有开着的测试办件", "no test case is open"))
    left = [case.number for case in there if not await withdraw(s, case)]
    must(
        not left,
        Text(
            f"撤不回: {', '.join(left)}, 请对方人员作废",
            f"not withdrawn: {', '.join(left)}; have the other side void them",
        ),
    )


@CHAPTER.check(
    2,
    Text("撤回之后的事件被拒收", "an event after the withdrawal is refused"),
    demand=Text("状态不允许的事件以 LIFECYCLE 拒收", "an event the state does not allow is refused with LIFECYCLE"),
    section="7",
    mend=Text("按 docs/lifecycle.md 的表核对", "look it up in the table of docs/lifecycle.md"),
)
async def _refused_after(s: Session) -> None:
    ended = next((case for case in s.cases if not case.is_open), None)
    if ended is None:
        raise Skipped(Text("没有撤回的测试办件, 见 10.1", "no test case was withdrawn, see 10.1"))
    event = s.event(ev.Withdrawn(), WITHDRAWN_BECAUSE)
    answer = await s.send_event(ended, s.make(event, case_id=ended.number, sequence=ended.next))
    must_refuse(answer, "LIFECYCLE")


@CHAPTER.check(
    3,
    Text("本次测试的每批回执都可以证明", "every batch of receipts of this run proves"),
    demand=Text(
        "接收与拒收的回执都是签封的、写对摘要的",
        "receipts, also those that refuse, are sealed and have the right digest",
    ),
    section="5, 8",
    mend=Text("每批回执都签封; 见 4.2", "seal every batch; see 4.2"),
)
async def _all_prove(s: Session) -> None:
    if not s.batches:
        raise Skipped(Text("没有任何回执", "there is no receipt"))
    keys = s.keys.keys_of(s.target.region)
    wrong: list[Text] = []
    for batch in s.batches:
        try:
            proven = receipts.prove(
                batch, issuer=s.target.region, sender=s.identity.region, keys=keys, now=s.world.clock()
            )
            receipts.match(proven, s.payloads)
        except Failed as failed:
            wrong.append(failed.came)
    s.note(f"{len(s.batches)} batches, {len(s.sent)} receipts")
    if wrong:
        several = Text("{count} 批不成立, 第一批: {came}", "{count} batches do not prove; the first: {came}")
        raise Failed(several.format(count=len(wrong), came=wrong[0]))
