"""The connection test for people and for scripts: twelve numbered lines, what to do, whom to call."""

from itertools import groupby
from typing import TYPE_CHECKING, Any

from gateway.case.texts import Text
from gateway.cli.speech import ExitCode, Speaker, both

if TYPE_CHECKING:
    from gateway.flows.onboarding.steps import Step, Trial

_MARKS = {
    "passed": Text("通过", "passed"),
    "warning": Text("提醒", "warning"),
    "failed": Text("不通过", "FAILED"),
    "skipped": Text("未试", "skipped"),
}
_FAULTS = {
    "ours": Text("本方", "our side"),
    "theirs": Text("对方", "their side"),
    "network": Text("两地之间的网络", "the network between"),
    "both": Text("双方要一致", "both must agree"),
}


def tell_trial(speaker: Speaker, trial: "Trial") -> None:
    """Print how the test went, step by step."""
    speaker.say(_HEAD.format(code=trial.code, name=trial.name))
    for because, together in groupby(trial.steps, key=lambda step: step.said if step.mark.value == "skipped" else step):
        steps = list(together)
        if isinstance(because, Text) and len(steps) > 1:
            mark = _MARKS["skipped"].say(speaker.lang)
            speaker.say(f"{steps[0].number}-{steps[-1].number}  {mark}  {because.say(speaker.lang)}")
            continue
        for step in steps:
            _tell_step(speaker, step)
    speaker.say(_ending(trial))
    asked = any(step.fault and step.fault.value != "ours" for step in trial.steps)
    if asked and trial.contacts:
        for one in trial.contacts:
            speaker.say(_CALL.format(name=one.name, role=one.role, phone=one.phone, hours=one.duty_hours))
    elif asked:
        speaker.say(_NOBODY)


def trial_document(trial: "Trial") -> dict[str, Any]:
    """Return the test as scripts read it."""
    return {
        "ok": trial.is_ok,
        "reached": trial.reached,
        "code": trial.code,
        "name": trial.name,
        "steps": [
            {
                "number": step.number,
                "step": step.key,
                "title": both(step.title),
                "result": step.mark.value,
                "said": both(step.said),
                "fault": step.fault.value if step.fault else None,
                "fix": both(step.fix) if step.fix else None,
            }
            for step in trial.steps
        ],
        "call": [
            {"name": one.name, "role": one.role, "phone": one.phone, "duty_hours": one.duty_hours}
            for one in trial.contacts
        ],
    }


def ending_of(trial: "Trial") -> ExitCode:
    """Return how a command ends that ran the test."""
    return ExitCode.OK if trial.is_ok else ExitCode.REFUSED


def _tell_step(speaker: Speaker, step: "Step") -> None:
    mark = _MARKS[step.mark.value].say(speaker.lang)
    said = step.said.say(speaker.lang)
    speaker.say(f"{step.number:>2}  {mark}  {step.title.say(speaker.lang)}: {said}")
    if step.fault and step.fix:
        fault = _FAULTS[step.fault.value].say(speaker.lang)
        speaker.say(_MEND.format(fault=fault, fix=step.fix))


def _ending(trial: "Trial") -> Text:
    if not trial.is_ok:
        first = next(step for step in trial.steps if step.mark.value == "failed")
        return _FAILED.format(number=first.number, title=first.title)
    return _ALL if trial.reached else _NOT_TRIED


_HEAD = Text("与 {name} ({code}) 的连接测试", "connection test with {name} ({code})")
_MEND = Text("        问题在: {fault}. 怎么办: {fix}", "        where: {fault}. what to do: {fix}")
_ALL = Text("全部通过", "all passed")
_NOT_TRIED = Text("没有失败的步骤, 但没有试完", "nothing failed, and not everything was tried")
_FAILED = Text("没有通过: 第 {number} 步 {title}", "not passed: step {number}, {title}")
_CALL = Text("找谁: {name} ({role}), {phone}, {hours}", "whom to call: {name} ({role}), {phone}, {hours}")
_NOBODY = Text("伙伴文件没有写联系人 (contacts)", "the partner file names nobody to call (contacts)")
