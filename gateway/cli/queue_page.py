"""The queue as people read it in a terminal: partners, causes, holds; one case or envelope."""

from collections.abc import Mapping
from typing import Any

from gateway.case.code.numbers import grouped
from gateway.case.reasons import Answer, Place
from gateway.case.texts import Text
from gateway.cli.case_deliveries import OUTCOME_TEXTS
from gateway.cli.case_page import EVENT_TEXTS
from gateway.cli.case_reasons import reason_text
from gateway.cli.moments import moment
from gateway.cli.speech import Speaker

CIRCUITS: Mapping[str, Text] = {
    "closed": Text("通", "up"),
    "open": Text("断, 等待再试", "down, resting"),
    "half_open": Text("正在试探", "probing"),
}
ANSWERS: Mapping[str, Text] = {
    Answer.RETRIABLE.value: Text("可重试", "retriable"),
    Answer.FINAL.value: Text("终局", "final"),
    Answer.PERSON.value: Text("需人工", "needs a person"),
    "": Text("未知", "unknown"),
}
PLACES: Mapping[str, Text] = {
    Place.LOCAL.value: Text("本地系统与本网关之间", "local door"),
    Place.OURS.value: Text("给出答复的网关内部", "inside the gateway that answers"),
    Place.PEERING.value: Text("两个网关之间", "between the gateways"),
    Place.THEIRS.value: Text("对方网关", "at the other gateway"),
    "": Text("-", "-"),
}
ACTS: Mapping[str, Text] = {
    "hold": Text("扣留 (hold)", "hold"),
    "release": Text("解除扣留 (release)", "release"),
    "retry": Text("立即再试 (retry)", "retry"),
    "fail": Text("终止 (fail)", "fail"),
    "redirect": Text("改投 (redirect)", "redirect"),
    "resend": Text("重新发送 (办件的 release 接口)", "send anew (release of the case)"),
}
SKIPPED: Mapping[str, Text] = {
    "PARTNER_NOT_ASKED": Text(
        "没有问到对方是否已收到; 确定没有收到时加 --without-asking",
        "the partner could not be asked whether it has it; --without-asking if you are sure",
    ),
    "ARRIVED": Text("对方其实已经收到, 按回执处理", "it had arrived after all; the receipt counts"),
}
MANY = 10_000


def tell_overview(speaker: Speaker, seen: Mapping[str, Any]) -> None:
    """Print the queue."""
    lang = speaker.lang
    rows = [
        [
            f"{one['name']} ({one['partner']})",
            CIRCUITS[one["circuit"]].say(lang) + (f" ({one['last_reason']})" if one["last_reason"] else ""),
            _at_most(one["waiting"]),
            str(one["held"]),
            str(one["parked"]),
            str(one["aside"]),
            moment(one["oldest"]) or "-",
            moment(one["next_try"]) or "-",
        ]
        for one in seen["partners"]
    ]
    speaker.table(_PARTNERS, rows, empty=Text("没有伙伴", "no partners"))
    speaker.say("")
    speaker.say(Text("【没有发出的, 按原因】", "KEPT BACK, BY CAUSE"))
    if not seen["groups"]:
        speaker.say(Text("无", "none"))
    for one in seen["groups"]:
        _tell_group(speaker, one)
    speaker.say("")
    speaker.say(Text("【有效的扣留】", "HOLDS IN FORCE"))
    speaker.table(_HOLDS, [_hold(one) for one in seen["holds"]], empty=Text("无", "none"))


def tell_envelopes(speaker: Speaker, seen: Mapping[str, Any]) -> None:
    """Print the envelopes of a case."""
    lang = speaker.lang
    speaker.say(f"{grouped(seen['case_id'])}  {seen['item']['name']}  → {seen['partner']}")
    for one in seen["envelopes"]:
        carries = EVENT_TEXTS.get(one["carries"], Text("内容已换信封另发", "its content went in another envelope")).say(
            lang
        )
        state = one["kept_back_name"][lang.value] if one["kept_back_name"] else _outcome(one["outcome"]).say(lang)
        speaker.say("")
        speaker.say(f"#{one['sequence']} {carries}: {state}  ({one['envelope_id']})")
        for label, value in _facts(one, speaker):
            speaker.say(f"  {label.say(lang)}: {value}")
        for note in one["history"]:
            speaker.say(f"  {moment(note['at'])}  {note['act']}  {note['outcome']}  {note['actor']}")


def tell_skipped(speaker: Speaker, skipped: Mapping[str, int]) -> None:
    """Print what was left alone, and why."""
    for word, count in sorted(skipped.items()):
        why = SKIPPED[word].say(speaker.lang) if word in SKIPPED else reason_text(word, speaker.lang)
        speaker.say(Text(f"未处理 {count} 个: {why}", f"left alone: {count}: {why}"))


def _facts(one: Mapping[str, Any], speaker: Speaker) -> list[tuple[Text, str]]:
    lang = speaker.lang
    facts = [(Text("已试", "tries"), str(one["tries"])), (Text("有效期至", "expires"), moment(one["expires_at"]))]
    if one["reason"]:
        facts.append((Text("最近的原因", "last reason"), reason_text(one["reason"], lang)))
        kind = f"{ANSWERS[one['answer']].say(lang)}, {PLACES[one['place']].say(lang)}"
        facts.append((Text("类别与位置", "class and place"), kind))
    if one["answers"]:
        again = Text(f"连续 {one['answers']} 次同样答复", f"the same answer {one['answers']} times in a row")
        facts.append((Text("次数", "again"), again.say(lang)))
    if one["next_try"]:
        facts.append((Text("下次", "next try"), moment(one["next_try"])))
    if one["hold"]:
        facts.append((Text("扣留", "hold"), f"{one['hold']['hold_id']} {one['hold']['by']}: {one['hold']['reason']}"))
    can = ", ".join(ACTS[word].say(lang) for word in one["can"])
    facts.append((Text("可以", "you can"), can or Text("无需处理", "nothing to do").say(lang)))
    return facts


def _tell_group(speaker: Speaker, one: Mapping[str, Any]) -> None:
    lang = speaker.lang
    name, since, oldest, due = (
        one["kept_back_name"],
        moment(one["since"]),
        moment(one["oldest"]),
        moment(one["next_try"]),
    )
    partners = ", ".join(one["partners"])
    kind = f"{ANSWERS[one['answer']].say(lang)}, {PLACES[one['place']].say(lang)}"
    known = bool(one["answer"])
    said = (
        reason_text(one["reason"], lang)
        if known
        else f"{one['cause'][lang.value]}; {one['fix'][lang.value]}".rstrip("; ")
    )
    speaker.say(f"{name[lang.value]} × {one['count']}  [{kind}]  {said}")
    speaker.say(
        Text(
            f"    地区: {partners}; 最早的 {oldest}, 自 {since}"
            + ("" if one["kept_back"] == "held" else f", 下次 {due}"),
            f"    partners: {partners}; oldest {oldest}, since {since}"
            + ("" if one["kept_back"] == "held" else f", next try {due}"),
        )
    )


def _hold(one: Mapping[str, Any]) -> list[str]:
    caught = [one[name] for name in ("partner", "item", "case_id", "cause") if one[name]]
    until = moment(one["until"]) if one["until"] else "-"
    return [one["hold_id"], " ".join(caught) or "*", one["reason"], one["by"], moment(one["held_at"]), until]


def _outcome(word: str) -> Text:
    return OUTCOME_TEXTS.get(word, Text(word, word))


def _at_most(count: int) -> str:
    return f"> {MANY}" if count > MANY else str(count)


_PARTNERS = (
    Text("地区", "partner"),
    Text("线路", "circuit"),
    Text("待发", "waiting"),
    Text("扣留", "held"),
    Text("停放", "parked"),
    Text("线下", "aside"),
    Text("最早", "oldest"),
    Text("下次", "next try"),
)
_HOLDS = (
    Text("编号", "id"),
    Text("范围", "catches"),
    Text("原因", "why"),
    Text("何人", "by"),
    Text("何时", "since"),
    Text("到期", "until"),
)
