"""Corrections (更正): a new version of an event beside the old one; nothing is overwritten.

A correction is made by the side that made the event, is of the same kind, and says the whole event as it should have
been: its fields and documents.  Who, when and why are those of the correction itself.  Only what describes may be
corrected (`CORRECTABLE`): state, decision and clocks stay as they were, so folding a correction moves nothing.

Source: provincial front databases (dataver starts at 1, a re-report adds 1, domain practice).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace

from gateway.case.errors import FieldFinding
from gateway.case.event.history import History, Past, first_versions, versions_of
from gateway.case.events import (
    Accepted,
    Decided,
    Delivered,
    Event,
    Extended,
    Happening,
    NotAccepted,
    ReceivedByHandler,
    Referred,
    ResultSent,
    Resumed,
    Returned,
    StepDone,
    SupplementRequested,
    Suspended,
    Voided,
    Withdrawn,
)
from gateway.case.states import Party
from gateway.case.texts import Text

CORRECTABLE: Mapping[type[Happening], frozenset[str]] = {
    ReceivedByHandler: frozenset({"handler_number"}),
    Accepted: frozenset({"acceptance_number", "handler_number"}),
    NotAccepted: frozenset({"legal_basis", "competent_organ"}),
    SupplementRequested: frozenset({"notice_number", "supervisor"}),
    StepDone: frozenset({"kind", "name", "started_at", "ended_at", "opinion"}),
    Suspended: frozenset({"notice_number", "expected_days"}),
    Resumed: frozenset({"result"}),
    Extended: frozenset({"notice_number", "approver"}),
    Decided: frozenset(
        {
            "document_number",
            "result_kind",
            "result_name",
            "result_number",
            "valid_from",
            "valid_to",
            "result_licence_id",
        }
    ),
    Returned: frozenset(),
    Voided: frozenset(),
    Withdrawn: frozenset(),
    ResultSent: frozenset({"way", "carrier", "tracking_number"}),
    Delivered: frozenset({"way", "recipient_name", "certificate_kind", "certificate_number"}),
    Referred: frozenset({"to_organ"}),
}
"""Fields of each kind of event that may be corrected, beside its documents; a kind that is not here cannot be."""

_UNKNOWN = Text("本件没有这个事件, 或它没有生效", "the case has no such event, or it does not count")
_UNKNOWN_FIX = Text("照办件的 events 填写要更正的 event_id", "take the event_id from the events of the case")
_NOT_OURS = Text("要更正的事件是对方做的", "the other side made this event")
_NOT_OURS_FIX = Text("用协商留言请对方更正", "ask the other side to correct it, in a note")
_ANOTHER_KIND = Text("更正不能改变事件的种类", "a correction does not change the kind of an event")
_ANOTHER_KIND_FIX = Text("event 与被更正的事件相同", "give the same `event` as the one that is corrected")
_NO_REASON = Text("更正缺少理由", "a correction needs a reason")
_NO_REASON_FIX = Text("说明哪里写错了", "say what was wrong")
_NEXT = Text(
    "该事件已有第 {newest} 版, 更正应为第 {next} 版", "the event has version {newest}, so this is version {next}"
)
_NEXT_FIX = Text(
    "重新读取办件, 核对后再更正; data_version 可以不写", "read the case again and compare; data_version may be left out"
)
_NOTHING = Text("与现有版本没有不同", "it says nothing else than the version before")
_NOTHING_FIX = Text("只在有错时更正", "correct only what is wrong")
_NOT_CORRECTABLE = Text("这种事件不能更正", "events of this kind cannot be corrected")
_FIXED = Text(
    "这一项不能更正: 它决定办件的状态、决定或期限", "it cannot be corrected: state, decision or a limit rests on it"
)
_OTHERWISE = Text("用协商留言说明", "explain it in a note")

_INSTEAD: Mapping[str, Text] = {
    "decision": Text("作废 (voided) 后另行收件办理", "void the case and take it in anew"),
    "promised_date": Text("延长期限 (extended)", "extend the limit (extended)"),
    "days": Text("只能延长一次; 用协商留言说明", "a limit is extended once; explain it in a note"),
    "respond_by": Text("用协商留言与对方约定", "agree on it in a note"),
    "requirements": Text(
        "待答复后再次告知, 写明理由和批准人", "after the answer, notify again with a reason and a supervisor"
    ),
    "kind": Text("恢复计时 (resumed) 后重新开始特别程序", "resume, then suspend again with the right kind"),
    "supplement_overdue": Text("用协商留言说明", "explain it in a note"),
}
"""What to do instead, by field."""
_INSTEAD_OF: Mapping[str, Text] = {
    "Supplemented": Text(
        "材料或表单有误的, 请业务属地再次告知补正",
        "if materials or form are wrong, the handler asks for a supplement again",
    ),
    "Evaluated": Text("一次一评; 新的服务另行评价", "each service is evaluated once; evaluate the next one"),
    "Note": Text("再留言一次", "write another note"),
}
"""What to do instead, by kind."""


@dataclass(frozen=True, slots=True)
class Corrected:
    """An event in every version, and as it stands now."""

    versions: tuple[Event, ...]

    @property
    def now(self) -> Event:
        """The event with the newest content of what may be corrected; all else is as it first was."""
        first, kind = self.versions[0], type(self.versions[0].happening)
        newest = next(one for one in reversed(self.versions) if type(one.happening) is kind)
        if first is newest or kind not in CORRECTABLE:
            return first
        better = {name: getattr(newest.happening, name) for name in CORRECTABLE[kind]}
        return replace(first, happening=replace(first.happening, **better), documents=newest.documents)


def corrected(events: Sequence[Event]) -> tuple[Corrected, ...]:
    """Return what happened, each event once, with all its versions."""
    return tuple(Corrected(versions_of(events, event.event_id)) for event in first_versions(events))


def as_they_stand(events: Sequence[Event]) -> tuple[Event, ...]:
    """Return what happened, each event once, with the newest content."""
    return tuple(one.now for one in corrected(events))


def next_version(history: History, event_id: str) -> int:
    """Return the data version a correction of this event has."""
    versions = versions_of([past.event for past in history], event_id)
    return versions[-1].data_version + 1 if versions else 2


def correction_findings(history: History, event: Event, party: Party) -> tuple[FieldFinding, ...]:
    """Return everything wrong with a correction by `party`; `history` is what happened before it."""
    target = _target(history, event.corrects)
    if target is None:
        return (FieldFinding("corrects", _UNKNOWN, _UNKNOWN_FIX),)
    if target.party is not party:
        return (FieldFinding("corrects", _NOT_OURS, _NOT_OURS_FIX),)
    kind = type(target.event.happening)
    if type(event.happening) is not kind:
        return (FieldFinding("event", _ANOTHER_KIND, _ANOTHER_KIND_FIX),)
    if kind not in CORRECTABLE:
        return (FieldFinding("event", _NOT_CORRECTABLE, _INSTEAD_OF.get(kind.__name__, _OTHERWISE)),)
    versions = versions_of([past.event for past in history], target.event.event_id)
    return tuple(_findings(Corrected(versions).now, versions[-1].data_version, event))


def _target(history: History, event_id: str) -> Past | None:
    return next((past for past in history if past.event.event_id == event_id), None)


def _findings(now: Event, newest: int, event: Event) -> Iterator[FieldFinding]:
    if not event.reason.strip():
        yield FieldFinding("reason", _NO_REASON, _NO_REASON_FIX)
    if event.data_version != newest + 1:
        facts = {"newest": newest, "next": newest + 1}
        yield FieldFinding("data_version", _NEXT.format(**facts), _NEXT_FIX)
    may = CORRECTABLE[type(now.happening)]
    changed = [
        own.name
        for own in fields(now.happening)
        if getattr(now.happening, own.name) != getattr(event.happening, own.name)
    ]
    for name in changed:
        if name not in may:
            yield FieldFinding(name, _FIXED, _INSTEAD.get(name, _OTHERWISE))
    if not changed and now.documents == event.documents:
        yield FieldFinding("event", _NOTHING, _NOTHING_FIX)
