"""One case as a page for people: numbers, parties, state, what happened when, and how our envelopes fared.

Takes the JSON of the local door, already masked.  Times are shown in Asia/Shanghai.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from gateway.case.days import CHINA
from gateway.case.divisions import Divisions
from gateway.case.lifecycle import EVENT_NAMES
from gateway.case.numbers import grouped
from gateway.case.reasons import ROWS, Reason
from gateway.case.texts import Text
from gateway.cli.speech import Speaker
from gateway.local.words import EVENT_WORDS

EVENT_TEXTS: Mapping[str, Text] = {word: EVENT_NAMES[kind] for kind, word in EVENT_WORDS.items()} | {
    "opened": Text("收件并转办", "taken in and handed over")
}
_STANDINGS: Mapping[str, Text] = {
    "pending": Text("待对方确认", "awaits the handler"),
    "held": Text("先到, 等候前一步", "came early, waits its turn"),
    "refused": Text("被拒收", "refused"),
    "given_up": Text("未送达对方", "not handed over"),
}
_OUTCOMES: Mapping[str, Text] = {
    "": Text("在途", "under way"),
    "accepted": Text("对方已回执", "receipted"),
    "refused": Text("对方拒收", "refused"),
    "given_up": Text("未送达对方", "not handed over"),
}
_PARTIES: Mapping[str, Text] = {
    "origin": Text("本方为收件地", "we took it in"),
    "handler": Text("本方为业务属地", "we decide it"),
}
_MODES: Mapping[str, Text] = {
    "online": Text("全程网办", "online"),
    "entrusted": Text("异地代收代办", "entrusted"),
    "joint": Text("多地联办", "joint"),
}
_UNITS = ("B", "KiB", "MiB", "GiB")


def tell_case(speaker: Speaker, seen: Mapping[str, Any], divisions: Divisions) -> None:
    """Print the page of one case."""
    lang = speaker.lang
    for label, value in _head(seen, divisions):
        speaker.say(f"{label.say(lang)}  {value.say(lang) if isinstance(value, Text) else value}")
    speaker.say("")
    speaker.table(_EVENT_HEADS, [_event(one, speaker) for one in seen["events"]], empty=_NOTHING)
    if seen["case"]["materials"]:
        speaker.say("")
        speaker.table(_FILE_HEADS, [_material(one, speaker) for one in seen["case"]["materials"]], empty=_NOTHING)
    if seen["deliveries"]:
        speaker.say("")
        speaker.table(_SENT_HEADS, [_delivery(one, speaker) for one in seen["deliveries"]], empty=_NOTHING)


def tell_submitted(speaker: Speaker, answer: Mapping[str, Any]) -> None:
    """Print what became of a submission."""
    lang = speaker.lang
    speaker.say(f"{_NUMBER.say(lang)}  {grouped(answer['case_id'])}")
    speaker.say(f"{_STATE.say(lang)}  {answer['state_name'][lang.value]}")
    speaker.say(f"{_PARTNER.say(lang)}  {answer['partner']}")


def moment(text: str | None) -> str:
    """Return an instant of the interface as staff read it: Asia/Shanghai, to the second."""
    return datetime.fromisoformat(text).astimezone(CHINA).strftime("%Y-%m-%d %H:%M:%S") if text else ""


def _head(seen: Mapping[str, Any], divisions: Divisions) -> Iterator[tuple[Text, Text | str]]:
    case = seen["case"]
    yield _NUMBER, grouped(seen["case_id"])
    yield Text("收件地编号", "origin's number"), seen["origin_number"]
    yield Text("业务属地编号", "handler's number"), seen["handler_number"] or Text("尚未编号", "none yet")
    yield Text("事项", "item"), f"{seen['item']['name']} ({seen['item']['basic_code']})"
    yield Text("方式", "mode"), _MODES.get(seen["mode"], Text(seen["mode"], seen["mode"]))
    yield Text("收件地", "origin"), _place(seen["origin_division"], divisions)
    yield Text("业务属地", "handler"), _place(seen["handler_division"], divisions)
    yield Text("申请人", "applicant"), case["applicant"]["name"]
    state = seen["state_name"]
    version = seen["case_version"]
    yield _STATE, Text(f"{state['zh']} (第 {version} 版)", f"{state['en']} (version {version})")
    yield Text("本方角色", "our part"), _PARTIES[seen["party"]]
    names = [EVENT_TEXTS[word] for word in seen["possible_events"] if word in EVENT_TEXTS]
    yield (
        Text("本方可做", "we may"),
        Text("、".join(name.zh for name in names) or "无", ", ".join(name.en for name in names) or "nothing"),
    )


def _place(division: str, divisions: Divisions) -> str:
    found = divisions.get(division)
    return f"{found.name} {division}" if found else division


def _event(one: Mapping[str, Any], speaker: Speaker) -> Sequence[str]:
    lang = speaker.lang
    actor = one.get("actor") or {}
    who = " ".join(part for part in (actor.get("organisation"), actor.get("staff_number")) if part)
    remark = [_STANDINGS[one["standing"]].say(lang)] if one["standing"] in _STANDINGS else []
    if one["refused_with"]:
        remark.append(_reason(one["refused_with"], speaker))
    if one.get("reason"):
        remark.append(one["reason"])
    name = EVENT_TEXTS.get(one["event"], Text(one["event"], one["event"]))
    return [
        moment(one.get("occurred_at") or one["arrived_at"]),
        str(one["case_version"] or "-"),
        name.say(lang),
        who or one["sender"],
        "; ".join(remark),
    ]


def _material(one: Mapping[str, Any], speaker: Speaker) -> Sequence[str]:
    file = one.get("file")
    if file:
        return [one["material_id"], one["name"], _size(file["size"]), file["sha256"][:12]]
    kind = Text("电子证照", "licence") if one.get("licence") else Text("纸质", "paper")
    return [one["material_id"], one["name"], kind.say(speaker.lang), ""]


def _delivery(one: Mapping[str, Any], speaker: Speaker) -> Sequence[str]:
    why = _reason(one["last_reason"], speaker) if one["last_reason"] else ""
    outcome = _OUTCOMES.get(one["outcome"], Text(one["outcome"], one["outcome"]))
    return [str(one["sequence"]), outcome.say(speaker.lang), str(one["tries"]), why]


def _reason(word: str, speaker: Speaker) -> str:
    """Return the reason word with what to do about it; the texts of the row need facts that are not kept."""
    known = Reason.__members__.get(word)
    return f"{word}: {ROWS[known].fix.say(speaker.lang)}" if known else word


def _size(size: int) -> str:
    amount = float(size)
    unit = 0
    while amount >= 1024 and unit < len(_UNITS) - 1:
        amount /= 1024
        unit += 1
    return f"{amount:.1f} {_UNITS[unit]}" if unit else f"{size} B"


_NUMBER = Text("协同编号", "co-operation number")
_STATE = Text("状态", "state")
_PARTNER = Text("对方地区", "partner")
_NOTHING = Text("无", "none")
_EVENT_HEADS = (
    Text("时间", "time"),
    Text("版", "version"),
    Text("事件", "event"),
    Text("谁", "who"),
    Text("说明", "remark"),
)
_FILE_HEADS = (
    Text("材料", "material"),
    Text("名称", "name"),
    Text("大小或形式", "size or form"),
    Text("摘要", "digest"),
)
_SENT_HEADS = (
    Text("本方信封", "our envelope"),
    Text("结果", "outcome"),
    Text("次数", "tries"),
    Text("说明", "remark"),
)
