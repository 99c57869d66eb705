"""Joint cases (多地联办) and progress for people: the whole, its parts, and what must not be overlooked."""

from collections.abc import Mapping
from typing import Any

from gateway.case.code.divisions import Divisions
from gateway.case.code.numbers import grouped
from gateway.case.texts import Text
from gateway.cli.case_clocks import last_moment
from gateway.cli.masked import printable
from gateway.cli.moments import moment
from gateway.cli.speech import Speaker

_HEADS = (
    Text("联办件", "joint case"),
    Text("状态", "state"),
    Text("事项", "items"),
    Text("申请人", "applicant"),
    Text("各部分", "parts"),
    Text("收件时间", "opened"),
)
_PARTS = (
    Text("部分", "part"),
    Text("协同编号", "case"),
    Text("状态", "state"),
    Text("事项", "item"),
    Text("业务属地", "handler"),
)
_DATES: Mapping[str, Text] = {
    "received_at_window": Text("窗口收件", "received at the window"),
    "reached_handler": Text("送达业务属地", "reached the handler"),
    "signed_off": Text("签收", "signed off"),
    "accepted": Text("受理", "accepted"),
    "decided": Text("办结", "decided"),
    "result_sent": Text("寄出", "result sent"),
    "delivered": Text("送达", "delivered"),
}


def tell_joint_cases(speaker: Speaker, seen: Mapping[str, Any]) -> None:
    """Print the joint cases of a list, each with where its parts stand; nothing where there are none."""
    wholes = printable(seen)["joint_cases"]
    if not wholes:
        return
    lang = speaker.lang.value
    rows = [
        [
            grouped(whole["case_id"]),
            whole["state_name"][lang],
            whole["title"],
            whole["applicant"],
            "; ".join(f"#{child['part']} {child['state_name'][lang]}" for child in whole["children"]),
            moment(whole["opened_at"]),
        ]
        for whole in wholes
    ]
    speaker.say("")
    speaker.table(_HEADS, rows, empty=Text("", ""))


def tell_joint_case(speaker: Speaker, seen: Mapping[str, Any], divisions: Divisions) -> None:
    """Print one joint case: the whole, each part, and what must not be overlooked."""
    whole, lang = printable(seen), speaker.lang.value
    state = whole["state_name"]
    speaker.say(Text(f"联办件 {grouped(whole['case_id'])}", f"joint case {grouped(whole['case_id'])}"))
    speaker.say(Text(f"  状态: {state['zh']}", f"  state: {state['en']}"))
    speaker.say(Text(f"  事项: {whole['title']}", f"  items: {whole['title']}"))
    speaker.say(Text(f"  申请人: {whole['applicant']}", f"  applicant: {whole['applicant']}"))
    speaker.say(Text(f"  收件地编号: {whole['origin_number']}", f"  origin's number: {whole['origin_number']}"))
    for key, said in (("withdrawn_at", Text("撤回", "withdrawn")), ("delivered_at", Text("送达", "delivered"))):
        if whole[key]:
            speaker.say(f"  {said.say(speaker.lang)}: {moment(whole[key])}")
    rows = [
        [
            f"#{child['part']}",
            grouped(child["case_id"]),
            child["state_name"][lang],
            child["item"]["name"],
            divisions.named(child["handler_division"][:6]),
        ]
        for child in whole["children"]
    ]
    rows += [
        [
            f"#{part['part']}",
            "-",
            part["told"][lang],
            part["item"]["name"],
            divisions.named(part["handler_division"][:6]),
        ]
        for part in whole["local_parts"]
    ]
    speaker.table(_PARTS, sorted(rows, key=lambda row: int(row[0][1:])), empty=Text("", ""))
    for concern in whole["attention"]:
        speaker.say(f"! {grouped(concern['case_id'])} {concern['state_name'][lang]}: {concern['advice'][lang]}")


def tell_progress(speaker: Speaker, seen: Mapping[str, Any]) -> None:
    """Print where a case stands, as it may be told on the telephone: nothing personal is in it."""
    _tell_progress(speaker, printable(seen), "")


def _tell_progress(speaker: Speaker, seen: Mapping[str, Any], indent: str) -> None:
    lang = speaker.lang.value
    speaker.say(f"{indent}{grouped(seen['number'])}  {seen['state_name'][lang]}  {'、'.join(seen['items'])}")
    places = [place for place in (seen["origin"], seen["handler"]) if place]
    speaker.say(f"{indent}  " + " → ".join(f"{one['name']} {one['phone'] or ''}".strip() for one in places))
    for name, said in _DATES.items():
        if seen["dates"][name]:
            speaker.say(f"{indent}  {said.say(speaker.lang)}: {moment(seen['dates'][name])}")
    for due in seen["due"]:
        speaker.say(f"{indent}  {due['name'][lang]}: {last_moment(due['due_at'])} {due['light_name'][lang]}")
    following = seen["next"]
    speaker.say(f"{indent}  {_NEXT.say(speaker.lang)}{following['side_name'][lang]}: {following['step'][lang]}")
    for part in seen["parts"]:
        _tell_progress(speaker, part, indent + "  ")


_NEXT = Text("下一步 ", "next: ")
