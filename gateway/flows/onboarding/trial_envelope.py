"""An envelope that goes the whole way of sealing and receipting, and from which no case can come.

It is sealed as one that has already ended, 400 days ago, and holds a note (协商留言) to a case that does not exist, under a number of ours
that was never given out.  A gateway that keeps to the format proves it, reads it, and refuses it for good in a sealed receipt, because it is
past its expiry: so both sides' keys for seals are tried.  Even one that forgot about expiry finds no case for a note, and
makes none from it.  Nothing else does all of this: an envelope whose predecessor is missing is answered unsealed, and a question for
receipts tries no seal of ours.

What remains at the partner: one refusal in its audit, with both seals as evidence, and nothing in any list, feed or alarm.  Its day lies
before every day that regions compare or catch up with, so that comparing days (对账) never meets it.  Here nothing remains.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from gateway.case.code.numbers import make_case_number
from gateway.case.errors import GatewayError
from gateway.case.event_parts import Actor
from gateway.case.events import Event, Note
from gateway.case.reasons import Reason
from gateway.case.texts import Text
from gateway.flows.delivery.courier import Answers
from gateway.flows.onboarding.steps import Fault, Step, failed, passed, warned
from gateway.flows.opening import open_receipts
from gateway.flows.sealing import SealedObject, Sealer
from gateway.partners.partner import Partner
from gateway.trust.suites import VerifyKey
from gateway.wire.envelope import Outcome, Problem, Receipt

SEALED_AGO = timedelta(days=400)
"""Settled bytes are kept 35 days at least, and envelopes live 30 at most."""
_KEY = "envelope"
_WHO = "通办网关连接测试"
_WHAT = "连接测试, 不涉及任何办件 / connection test, about no case"
_COMPARE_KEYS = Text(
    "双方核对 use: seal 的密钥: 本方运行 tongban partners invite, 请对方重新 add; 反之亦然",
    "compare the keys with use: seal: run tongban partners invite and have them add it again, and the other way round",
)


def trial_envelope(sealer: Sealer, recipient: str, now: datetime, draw: Callable[[int], int]) -> SealedObject:
    """Return a sealed envelope that has ended before it leaves.

    Args:
        now: aware UTC.
        draw: as `make_case_number` wants it.

    Raises:
        KEY_NOT_IN_FORCE, KEY_FILE_MISSING: we have no seal key that may be used.
    """
    then = now - SEALED_AGO
    actor = Actor(_WHO, f"{sealer.region}000000")
    note = Event(sealer.new_id(), actor, then, then, Note(_WHAT))
    # The keys are those of today: those of so long ago would prove nothing about what is in use.
    today = replace(sealer, key=lambda _: sealer.key(now), beside=lambda _: sealer.beside(now))
    return today.envelope(
        note, recipient=recipient, case_id=make_case_number(sealer.region, now, draw), sequence=1, now=then
    )


def judge_answer(
    partner: Partner,
    sent: SealedObject,
    answers: Answers,
    *,
    own_region: str,
    keys: Mapping[str, VerifyKey],
    now: datetime,
) -> Step:
    """Return what the answer to the envelope says about the way there and back."""
    answer = answers.answers[0]
    if answer.problem is not None:
        return _unsealed(answer.problem)
    try:
        batch = open_receipts(
            answers.receipt_batches[answer.receipt_batch_index or 0],
            partner.code,
            own_region,
            keys,
            now,
            partner.short_name,
        )
    except GatewayError as error:
        detail = error.facts.get("detail", error.reason.value)
        return failed(
            _KEY,
            Text(f"对方的回执核验不了: {detail}", f"their receipt does not prove: {detail}"),
            Fault.BOTH,
            _COMPARE_KEYS,
        )
    mine = [one for one in batch.receipts if one.envelope_id == sent.object_id]
    if not mine or mine[0].payload_sha256 != sent.payload_sha256:
        return failed(
            _KEY,
            Text("对方的回执不是给这个信封的", "their receipt is not for this envelope"),
            Fault.THEIRS,
            Text("请对方查看网关日志; 对方程序有缺陷", "have them look at their log: their program is at fault"),
        )
    return _receipted(mine[0])


def _receipted(receipt: Receipt) -> Step:
    if receipt.outcome is Outcome.ACCEPTED or receipt.refusal is None:
        return failed(
            _KEY,
            Text(
                "对方接收了一个早已过期、不属于任何办件的信封",
                "they accepted an envelope that had ended and is of no case",
            ),
            Fault.THEIRS,
            Text(
                "对方程序有缺陷; 请对方升级后再交换", "their program is at fault: have them upgrade before you exchange"
            ),
        )
    if receipt.refusal.reason == Reason.EXPIRED.value:
        return passed(
            _KEY,
            Text(
                "对方核验了本方签名, 按约定以“已过期”拒收, 回执签名正确; 没有产生办件",
                "they proved our seal and refused it as ended, as they should, in a receipt that proves; no case was made",
            ),
        )
    return passed(
        _KEY,
        Text(
            f"对方核验了本方签名并拒收 ({receipt.refusal.reason}), 回执签名正确; 没有产生办件",
            f"they proved our seal and refused it ({receipt.refusal.reason}) in a receipt that proves; no case was made",
        ),
    )


def _unsealed(problem: Problem) -> Step:
    if problem.reason.startswith(("SEAL_", "MALFORMED_SEAL")):
        return failed(
            _KEY,
            Text(f"对方不认本方的签名: {problem.reason}", f"they do not believe our seal: {problem.reason}"),
            Fault.THEIRS,
            _COMPARE_KEYS,
        )
    said = Text(f"对方没有给出回执: {problem.reason}", f"they gave no receipt: {problem.reason}")
    if problem.reason == Reason.CATCHING_UP.value or problem.answer.value == "retriable":
        return warned(_KEY, said, Fault.THEIRS, Text("过一会儿再试", "try again later"))
    return failed(_KEY, said, Fault.THEIRS, problem.fix)
