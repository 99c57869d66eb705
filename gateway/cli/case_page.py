"""One case as a page for people: numbers, parties, state, what happened when, and how our envelopes fared.

Takes the JSON of the local door, already masked.  Times are shown in Asia/Shanghai; nothing another region or system
wrote can steer the terminal.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from gateway.case.code.divisions import Divisions
from gateway.case.code.masking import mask_name
from gateway.case.code.numbers import grouped
from gateway.case.code.query_codes import shown_code
from gateway.case.item.words import MODE_TEXT
from gateway.case.kinds import POWER_NAMES, Decision, Power
from gateway.case.lifecycle import EVENT_NAMES
from gateway.case.model import Mode
from gateway.case.states import STATE_NAMES, State
from gateway.case.texts import Text
from gateway.cli.case_clocks import CLOCK_HEADS, CLOCKS, clock_rows, passed_text
from gateway.cli.case_deliveries import outcome_said
from gateway.cli.case_licences import TITLE as LICENCES
from gateway.cli.case_licences import licence_lines
from gateway.cli.case_reasons import reason_text
from gateway.cli.case_result import marks, result_lines
from gateway.cli.case_supplements import supplement_lines
from gateway.cli.masked import printable
from gateway.cli.moments import moment
from gateway.cli.speech import Speaker
from gateway.local.words import EVENT_WORDS, POSTED

EVENT_TEXTS: Mapping[str, Text] = {word: EVENT_NAMES[kind] for kind, word in EVENT_WORDS.items()} | {
    "opened": Text("收件", "application taken in")
}
STANDING_TEXTS: Mapping[str, Text] = {
    "pending": Text("待对方确认", "awaits the handler"),
    "held": Text("先到, 等候前一步", "came early, waits for the step before"),
    "refused": Text("被拒收", "refused"),
    "given_up": Text("未送达对方", "not handed over"),
}
"""Standings worth a word; an event that counts says nothing."""

PARTY_TEXTS: Mapping[str, Text] = {
    "origin": Text("收件地", "origin"),
    "handler": Text("业务属地", "handler"),
}
_DECISIONS: Mapping[str, Text] = {
    Decision.GRANTED.value: STATE_NAMES[State.GRANTED],
    Decision.DENIED.value: STATE_NAMES[State.DENIED],
}
_SAID: Mapping[str, tuple[str, ...]] = {
    "received_by_handler": ("handler_number",),
    "accepted": ("acceptance_number",),
    "not_accepted": ("legal_basis", "competent_organ"),
    "step_done": ("name", "opinion"),
    "suspended": ("notice_number",),
    "resumed": ("result",),
    "extended": ("notice_number",),
    "decided": ("document_number", "result_name"),
    "result_sent": ("carrier",),
    "note": ("text",),
    "referred": ("to_organ",),
}
"""What of an event its line shows beside the reason."""

_UNITS = ("B", "KiB", "MiB", "GiB")


def tell_case(speaker: Speaker, seen: Mapping[str, Any], divisions: Divisions) -> None:
    """Print the page of one case."""
    Page(speaker, printable(seen), divisions).tell()


def tell_submitted(speaker: Speaker, answer: Mapping[str, Any], divisions: Divisions) -> None:
    """Print what became of a submission."""
    number, partner, state = answer["case_id"], _place(answer["partner"], divisions), answer["state_name"]
    at = moment(answer["opened_at"])
    speaker.say(Text(f"已收件并落盘, 协同编号 {grouped(number)}", f"taken over and on disk: case {grouped(number)}"))
    speaker.say(Text(f"{at} 收件, 转往 {partner}, 状态: {state['zh']}", f"{at}, for {partner}, state: {state['en']}"))
    code = shown_code(answer["query_code"])
    speaker.say(Text(f"查询码, 交给申请人: {code}", f"query code, for the applicant: {code}"))
    for note in answer["notes"]:
        speaker.say(note[speaker.lang.value])
    for warning in answer["warnings"]:
        speaker.say(Text("提醒: ", "warning: ").say(speaker.lang) + warning["text"][speaker.lang.value])
    speaker.say(Text(f"查看进展: tongban cases show {number}", f"see how it fares: tongban cases show {number}"))


def short_name(code: str, divisions: Divisions) -> str:
    """Return the name of a division without those above it, or its code where it is not known."""
    found = divisions.get(code)
    return found.name if found else code


class Page:
    """The page of one case, in the order it is printed."""

    def __init__(self, speaker: Speaker, seen: Mapping[str, Any], divisions: Divisions) -> None:
        self._speaker, self._lang = speaker, speaker.lang
        self._seen, self._divisions = seen, divisions

    def tell(self) -> None:
        """Print it."""
        from rich.cells import cell_len

        head = [(self._say(label), self._say(value)) for label, value in self._head()]
        width = max(cell_len(label) for label, _ in head)
        for label, value in head:
            self._speaker.say(f"{label}{' ' * (width - cell_len(label))}  {value}")
        if rows := clock_rows(self._seen, self._lang):
            self._table(CLOCKS, CLOCK_HEADS, rows)
        self._table(_EVENTS, _EVENT_HEADS, [self._event(one) for one in self._seen["events"]])
        self._lines(_SUPPLEMENTS, supplement_lines(self._seen))
        self._lines(LICENCES, licence_lines(self._seen))
        self._lines(_RESULT, result_lines(self._seen))
        self._table(_FILES, _FILE_HEADS, list(self._files()))
        self._table(_SENT, _SENT_HEADS, [self._delivery(one) for one in self._seen["deliveries"]])

    def _table(self, title: Text, heads: Sequence[Text], rows: Sequence[Sequence[str]]) -> None:
        self._speaker.say("")
        self._speaker.say(title)
        self._speaker.table(heads, rows, empty=Text("无", "none"))

    def _lines(self, title: Text, lines: Iterable[Text]) -> None:
        told = [self._say(line) for line in lines]
        for line in ("", self._say(title), *told) if told else ():
            self._speaker.say(line)

    def _head(self) -> Iterator[tuple[Text, Text | str]]:
        seen, case = self._seen, self._seen["case"]
        yield Text("协同编号", "case"), grouped(seen["case_id"])
        yield Text("收件地编号", "origin's number"), seen["origin_number"] or _NONE_YET
        yield Text("业务属地编号", "handler's number"), seen["handler_number"] or _NONE_YET
        yield Text("事项", "item"), f"{seen['item']['name']} ({seen['item']['basic_code']})"
        yield Text("方式", "mode"), MODE_TEXT[Mode(seen["mode"])]
        for party, ours in PARTY_TEXTS.items():
            place = _place(seen[f"{party}_division"], self._divisions)
            where = " ".join(part for part in (place, *_office(case[party])) if part)
            mark = Text(" (本方)", " (this side)") if seen["party"] == party else Text("", "")
            yield ours, Text(where + mark.zh, where + mark.en)
        yield Text("申请人", "applicant"), case["applicant"]["name"]
        state, version = seen["state_name"], seen["case_version"]
        at = Text(f", 第 {version} 版", f", version {version}") if version else Text("", "")
        yield Text("状态", "state"), Text(state["zh"] + at.zh, state["en"] + at.en)
        names = [EVENT_TEXTS[word] for word in seen["possible_events"] if word in POSTED]
        may = Text("、".join(name.zh for name in names), ", ".join(name.en for name in names))
        yield Text("本方可做", "this side may do"), may if names else Text("无", "nothing")

    def _event(self, one: Mapping[str, Any]) -> Sequence[str]:
        name = self._event_name(one["event"])
        if one.get("decision") in _DECISIONS:
            name = f"{name}: {_DECISIONS[one['decision']].say(self._lang)}"
        return [
            moment(one.get("occurred_at") or one["arrived_at"]),
            str(one["case_version"] or "-"),
            name,
            self._who(one),
            "; ".join(self._remarks(one)),
        ]

    def _who(self, one: Mapping[str, Any]) -> str:
        actor = one.get("actor")
        if one["event"] == "deadline_passed" and actor:
            return str(actor["organisation"])
        parts = (mask_name(actor["name"]), actor["organisation"]) if actor else _office(self._seen["case"]["origin"])
        return " ".join(part for part in parts if part) or short_name(one["sender"], self._divisions)

    def _remarks(self, one: Mapping[str, Any]) -> Iterator[str]:
        if one["standing"] in STANDING_TEXTS:
            yield STANDING_TEXTS[one["standing"]].say(self._lang)
        if one["refused_with"]:
            yield self._reason(one["refused_with"], one["event"])
        if one.get("reason"):
            yield one["reason"]
        for wanted in one.get("requirements") or ():
            yield wanted["what"]
        if one.get("respond_by"):
            until = moment(one["respond_by"])
            yield self._say(Text(f"{until} 前补正", f"supplement until {until}"))
        if one["event"] == "deadline_passed":
            yield self._say(passed_text(one))
        for key in _SAID.get(one["event"], ()):
            if one.get(key):
                yield one[key]
        yield from marks(one, self._lang)

    def _files(self) -> Iterator[Sequence[str]]:
        """The case's materials, then what each event brought: materials of a supplement, documents."""
        for material in self._seen["case"]["materials"]:
            yield self._material(material, self._event_name("opened"))
        for one in self._seen["events"]:
            came = self._event_name(one["event"])
            if one["standing"] in STANDING_TEXTS:
                came += f" ({STANDING_TEXTS[one['standing']].say(self._lang)})"
            for material in one.get("materials") or ():
                yield self._material(material, came)
            for document in one.get("documents") or ():
                name = " ".join(part for part in (document["title"], document["number"]) if part)
                yield [name, self._say(Text("文书", "document")), *_size_and_digest(document.get("file")), came]

    def _material(self, one: Mapping[str, Any], came: str) -> Sequence[str]:
        kind = next((text for form, text in _FORMS.items() if one.get(form)), Text("-", "-"))
        return [one["name"], self._say(kind), *_size_and_digest(one.get("file")), came]

    def _delivery(self, one: Mapping[str, Any]) -> Sequence[str]:
        ours = (event for event in self._seen["events"] if event["sender"] != self._seen["partner"])
        event = next((event["event"] for event in ours if event["sequence"] == one["sequence"]), "")
        why = self._reason(one["last_reason"], event) if one["last_reason"] else ""
        return [str(one["sequence"]), self._event_name(event), outcome_said(one, self._lang), str(one["tries"]), why]

    def _reason(self, word: str, event: str) -> str:
        seen, name = self._seen, self._event_name(event)
        facts: dict[str, Text | str] = {
            "partner": short_name(seen["partner"], self._divisions),
            "event": name,
            "power": POWER_NAMES[Power.VERIFY_ORIGINALS] if event == "opened" else name,
            "item": seen["item"]["basic_code"],
            "mode": MODE_TEXT[Mode(seen["mode"])],
            "division": seen["handler_division"],
            "agreed": Text("见伙伴文件中的协议", "see the agreement in the partner file"),
        }
        return reason_text(word, self._lang, **facts)

    def _event_name(self, word: str) -> str:
        return self._say(EVENT_TEXTS.get(word, word))

    def _say(self, text: Text | str) -> str:
        return text.say(self._lang) if isinstance(text, Text) else text


def _office(place: Mapping[str, Any]) -> tuple[str, str]:
    return place["organisation"], place["window"]


def _place(code: str, divisions: Divisions) -> str:
    return f"{divisions.named(code)} ({code})" if divisions.get(code) else code


def _size_and_digest(file: Mapping[str, Any] | None) -> tuple[str, str]:
    return (_size(file["size"]), file["sha256"][:12]) if file else ("-", "-")


def _size(size: int) -> str:
    amount, unit = float(size), 0
    while amount >= 1024 and unit < len(_UNITS) - 1:
        amount, unit = amount / 1024, unit + 1
    return f"{amount:.1f} {_UNITS[unit]}" if unit else f"{size} B"


_NONE_YET = Text("尚未编号", "none yet")
_FORMS: Mapping[str, Text] = {
    "file": Text("电子文件", "file"),
    "licence": Text("电子证照", "licence"),
    "paper": Text("纸质", "paper"),
}
_EVENTS = Text("【办理过程】", "WHAT HAPPENED")
_SUPPLEMENTS = Text("【补正】", "SUPPLEMENTS")
_RESULT = Text("【结果】", "RESULT")
_FILES = Text("【材料】", "MATERIALS")
_SENT = Text("【本方发出的信封】", "OUR ENVELOPES")
_EVENT_HEADS = (
    Text("时间", "time"),
    Text("版", "version"),
    Text("事件", "event"),
    Text("经办", "who"),
    Text("说明", "remark"),
)
_FILE_HEADS = (
    Text("名称", "name"),
    Text("形式", "form"),
    Text("大小", "size"),
    Text("SHA-256 前 12 位", "sha256, first 12"),
    Text("来自", "came with"),
)
_SENT_HEADS = (
    Text("序号", "sequence"),
    Text("内容", "content"),
    Text("结果", "outcome"),
    Text("次数", "tries"),
    Text("最近一次的原因", "last reason"),
)
