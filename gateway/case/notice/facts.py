"""The facts of a case that notices are filled in with, as text; a fact that a case does not have is empty.

`FACTS` lists every name that a wording may use.  Personal data is in full: a notice is the applicant's own.

Leaves to others: the sentences (`wording`), and who may see it (`flows.notices`).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from gateway.case.code.identifiers import CertificateKind
from gateway.case.code.masking import mask_certificate, mask_name
from gateway.case.code.numbers import grouped
from gateway.case.days import CHINA, day_in_china
from gateway.case.event.results import WAY_NAMES
from gateway.case.event.supplements import requirements_of
from gateway.case.events import (
    Accepted,
    Decided,
    Delivered,
    Event,
    Extended,
    NotAccepted,
    ReceivedByHandler,
    ResultSent,
    Returned,
    SupplementRequested,
    Suspended,
)
from gateway.case.item.definition import LICENSING
from gateway.case.item.words import SUSPENSION_TEXT
from gateway.case.kinds import Clock, Decision
from gateway.case.model import Case, DeliveryWay, Organisation
from gateway.case.notice.kinds import NOTICE_NAMES, notice_of, number_in

FACTS: Mapping[str, str] = {
    "number": "协同编号",
    "own_number": "办理地的办件编号",
    "origin_number": "收件地的办件编号",
    "applicant": "申请人姓名或名称",
    "certificate": "申请人证件类型和号码",
    "certificate_masked": "同上, 号码部分隐去",
    "phone": "申请人联系电话",
    "agent": "代理人姓名",
    "agent_masked": "同上, 部分隐去",
    "item": "事项名称",
    "item_code": "事项基本编码",
    "origin": "收件地",
    "handler": "办理地",
    "origin_phone": "收件地公开电话",
    "organ_phone": "出具文书一方的公开电话",
    "organ": "出具文书的机关",
    "received_on": "收件日期",
    "received_at": "收件时间",
    "taken_by": "收件单位和工号",
    "happened_on": "事件日期, 如受理日期、决定日期",
    "accepted_on": "受理日期",
    "reason": "事件的理由或说明",
    "basis": "法律依据: 审批人员填写的, 没有则为 basis 或 basis_other 的内容",
    "item_basis": "事项公布的设定依据",
    "promised_on": "承诺办结日期",
    "legal_on": "法定办结日期",
    "respond_on": "补正期限",
    "competent_organ": "应向哪个机关申请",
    "procedure": "特别程序类别",
    "expected_days": "预计天数",
    "days": "延长天数",
    "approver": "批准人",
    "outcome": "办理结果",
    "document_number": "决定书文号",
    "result_name": "结果名称",
    "result_number": "结果编号",
    "licence": "电子证照标识",
    "valid_from": "有效期自",
    "valid_to": "有效期至",
    "overdue": "退件原因, 只在逾期未补正时有",
    "way": "送达方式",
    "tracking": "邮寄单位和单号",
    "recipient": "实际领取人",
    "recipient_certificate": "领取人证件类型和号码",
    "delivered_at": "送达地点",
    "delivered_on": "送达时间",
    "reconsider": "行政复议机关",
    "sue": "人民法院",
    "seal": "盖章处的文字",
    "query_code": "查询码",
}
"""Every fact by name, and what it is."""


@dataclass(frozen=True, slots=True)
class Given:
    """What a case does not know of itself.

    Attributes:
        own_number: the handler's own number, empty until it has one.
        named: the full name of a place.
        more: facts of the gateway, such as telephones and the organs that hear complaints.
    """

    own_number: str
    named: Callable[[str], str]
    more: Mapping[str, str]


def facts_of(case: Case, event: Event | None, past: Sequence[Event], given: Given) -> dict[str, str]:
    """Return the facts of a case for the notice of one event, None for the slip; `past` is everything that happened, as it stands."""
    facts = dict.fromkeys(FACTS, "")
    facts.update(_of_case(case, past, given))
    if event is not None:
        facts.update(_of_event(case, event, past, given))
    facts.update(given.more)
    return facts


def is_licensing(case: Case) -> bool:
    """Whether the item is 行政许可 (type 01 of its basic code, GB/T 39554.1), so that the notice rests on that law."""
    return case.item.basic_code[2:4] == LICENSING


def organ_of(event: Event, named: Callable[[str], str]) -> str:
    """Return who issues the notice of an event: the organisation that acted, else its place."""
    return event.actor.organisation or named(event.actor.division)


def day_text(day: date | None) -> str:
    """Return a day as notices write it; empty for none."""
    return f"{day.year}年{day.month}月{day.day}日" if day else ""


def delivered_papers(event: Event, past: Sequence[Event], numbers: Mapping[str, str]) -> tuple[str, ...]:
    """Return what a record of delivery lists: the notice of an event, or of a hand-over the decision and its result.

    Args:
        numbers: the number of the notice of an event, by its id.
    """
    if isinstance(event.happening, Delivered):
        decided = next((one for one in reversed(past) if isinstance(one.happening, Decided)), None)
        return _of_decision(decided, numbers) if decided else ()
    kind = notice_of(event)
    assert kind, "only what gives rise to a notice is delivered"
    title = NOTICE_NAMES[kind].zh.partition("(")[0]
    number = number_in(event) or numbers.get(event.event_id, "")
    if isinstance(event.happening, Decided):
        return _of_decision(event, numbers)
    return (f"{title} {number}".strip(),)


def asked_for(event: Event, case: Case, past: Sequence[Event], named: Callable[[str], str]) -> tuple[str, ...]:
    """Return what a supplement notice asks for, each with the material it is about; `named` gives a material's name by list code."""
    if not isinstance(event.happening, SupplementRequested):
        return ()
    names = {one.material_id: one.name for one in case.materials}
    found = []
    for one in requirements_of(event):
        about = names.get(one.material_id, "") or named(one.list_code) or one.form_field.strip("/")
        found.append(f"{about}：{one.what}" if about and about not in one.what else one.what)
    return tuple(found)


def _of_decision(decided: Event, numbers: Mapping[str, str]) -> tuple[str, ...]:
    happening = decided.happening
    assert isinstance(happening, Decided)
    notice = f"办结通知书 {numbers.get(decided.event_id, '')}".strip()
    decision = f"决定书 {happening.document_number}" if happening.document_number else ""
    result = f"{happening.result_name} {happening.result_number}".strip()
    return tuple(one for one in (notice, decision, result) if one)


def _of_case(case: Case, past: Sequence[Event], given: Given) -> dict[str, str]:
    applicant, agent = case.applicant, case.agent
    if isinstance(applicant, Organisation):
        certificate = masked = f"{CertificateKind.USCC.label.zh} {applicant.uscc}"
    else:
        kind, number = applicant.certificate_kind, applicant.certificate_number
        certificate, masked = f"{kind.label.zh} {number}", f"{kind.label.zh} {mask_certificate(kind, number)}"
    accepted = next((one for one in past if isinstance(one.happening, Accepted)), None)
    return {
        "number": grouped(case.number),
        "own_number": given.own_number or _own_number(past),
        "origin_number": case.origin_number,
        "applicant": applicant.name,
        "certificate": certificate,
        "certificate_masked": masked,
        "phone": applicant.phone,
        "agent": agent.person.name if agent else "",
        "agent_masked": mask_name(agent.person.name) if agent else "",
        "item": case.item.name,
        "item_code": case.item.basic_code,
        "origin": given.named(case.origin.division),
        "handler": given.named(case.handler.division),
        "received_on": day_text(day_in_china(case.received_at_window)),
        "received_at": _moment(case.received_at_window),
        "taken_by": f"{case.origin.organisation} {case.origin.staff_number}".strip(),
        "accepted_on": day_text(_day_of(accepted)) if accepted else "",
        "way": WAY_NAMES[case.delivery.way].zh,
    }


def _of_event(case: Case, event: Event, past: Sequence[Event], given: Given) -> dict[str, str]:
    ends = {one.clock: _last_day(one.due_at) for one in event.deadlines}
    facts = {
        "organ": organ_of(event, given.named),
        "happened_on": day_text(_day_of(event)),
        "reason": event.reason,
        "promised_on": day_text(ends.get(Clock.PROMISED)),
        "legal_on": day_text(ends.get(Clock.LEGAL)),
    }
    match event.happening:
        case Accepted(promised_date=promised) if promised:
            facts["promised_on"] = day_text(promised)
        case NotAccepted(legal_basis=basis, competent_organ=organ):
            facts |= {"basis": basis, "competent_organ": organ}
        case SupplementRequested(respond_by=until) if until:
            facts["respond_on"] = day_text(_last_day(until))
        case Suspended(kind=kind, expected_days=days):
            facts |= {"procedure": SUSPENSION_TEXT[kind].zh, "expected_days": f"{days}天" if days else ""}
        case Extended(days=days, approver=approver):
            unit = "个工作日" if is_licensing(case) else "天"
            facts |= {"days": f"{days}{unit}", "approver": approver}
        case Decided():
            facts |= _of_outcome(event.happening, licensing=is_licensing(case))
        case Returned(supplement_overdue=True):
            facts["overdue"] = "逾期未补正"
        case Delivered():
            facts |= _of_delivery(event.happening, event, past, given)
        case _:
            pass
    return facts


def _of_outcome(decided: Decided, *, licensing: bool) -> dict[str, str]:
    granted = decided.decision is Decision.GRANTED
    outcome = ("准予行政许可" if granted else "不予行政许可") if licensing else ("准予办理" if granted else "不予办理")
    return {
        "outcome": outcome,
        "document_number": decided.document_number,
        "result_name": decided.result_name,
        "result_number": decided.result_number,
        "licence": decided.result_licence_id,
        "valid_from": day_text(decided.valid_from),
        "valid_to": day_text(decided.valid_to),
    }


def _of_delivery(handed: Delivered, event: Event, past: Sequence[Event], given: Given) -> dict[str, str]:
    sent = next((one.happening for one in reversed(past) if isinstance(one.happening, ResultSent)), None)
    mailed = sent if isinstance(sent, ResultSent) and handed.way is DeliveryWay.MAIL else None
    kind = handed.certificate_kind
    at_window = handed.way in (DeliveryWay.ORIGIN_WINDOW, DeliveryWay.HANDLER_WINDOW)
    return {
        "way": WAY_NAMES[handed.way].zh,
        "tracking": f"{mailed.carrier} {mailed.tracking_number}".strip() if mailed else "",
        "recipient": handed.recipient_name,
        "recipient_certificate": f"{kind.label.zh if kind else ''} {handed.certificate_number}".strip(),
        "delivered_at": organ_of(event, given.named) if at_window else "",
        "delivered_on": _moment(event.occurred_at),
    }


def _own_number(past: Sequence[Event]) -> str:
    said = [one.happening for one in past if isinstance(one.happening, Accepted | ReceivedByHandler)]
    return next((one.handler_number for one in reversed(said) if one.handler_number), "")


def _day_of(event: Event) -> date:
    return day_in_china(event.occurred_at)


def _last_day(due_at: datetime) -> date:
    """The last day of a limit: one that ends at 24:00 ends on the day before (`Calendar.last_day`)."""
    return day_in_china(due_at - timedelta(microseconds=1))


def _moment(at: datetime) -> str:
    here = at.astimezone(CHINA)
    return f"{day_text(here.date())}{here:%H:%M}"
