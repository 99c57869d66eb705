"""Canonical JSON in: a request body becomes a case or an act, or everything wrong with it is told at once.

The form keeps its exact characters.  Leaves to the flows: routing, the lifecycle, whether files are uploaded.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from pydantic import TypeAdapter, ValidationError

from gateway.case.clock.calendars import Calendar
from gateway.case.errors import FieldFinding, GatewayError
from gateway.case.event.demands import event_findings
from gateway.case.event.documents import number_findings
from gateway.case.events import Actor, Deadline, Document, Event, Happening
from gateway.case.form.text import check_form
from gateway.case.model import Case
from gateway.case.reasons import Reason
from gateway.case.texts import Text
from gateway.local.case_body import CaseBody
from gateway.local.cross_checks import backdating, case_checks, event_checks
from gateway.local.event_body import AnyEvent
from gateway.local.event_parts import EventBody
from gateway.local.fields import Judged
from gateway.local.findings import field_findings
from gateway.local.outline import Outline
from gateway.local.own_codes import OwnCodes
from gateway.local.strict_json import Body, read_object

CASE: TypeAdapter[CaseBody] = TypeAdapter(CaseBody)
EVENT: TypeAdapter[EventBody] = TypeAdapter(AnyEvent)
CASE_OUTLINE = Outline.of(CASE)
EVENT_OUTLINE = Outline.of(EVENT)

Findings = tuple[FieldFinding, ...]


_UNREADABLE = Text("表单嵌套过深, 读不出来", "the form is nested too deeply to be read")
_FLATTEN = Text("减少嵌套", "nest less")


class _WithForm(msgspec.Struct):
    form: msgspec.Raw = msgspec.Raw()


@dataclass(frozen=True, slots=True)
class Deed:
    """What a local system says was done to a case.

    Attributes:
        corrects: id of the event it corrects, else empty; data_version: which version it means to make, 0 if left open.
    """

    actor: Actor
    happening: Happening
    occurred_at: datetime
    reason: str
    documents: tuple[Document, ...]
    deadlines: tuple[Deadline, ...]
    corrects: str = ""
    data_version: int = 0


def read_case(raw: bytes, now: datetime, own: OwnCodes | None = None) -> Case:
    """Return the case in a request body, still without a number.

    Args:
        own: the codes of a system that writes codes of its own into canonical fields.

    Raises:
        GatewayError: BAD_JSON; UNMAPPED_CODE; BAD_REQUEST with everything wrong.
    """
    body = own.read(read_object(raw), "case") if own else read_object(raw)
    case = judge_case(body.data, form_text(body), Judged.at(now), body.findings)
    if not isinstance(case, Case):
        raise bad_request(case)
    return case


def judge_case(
    data: Mapping[str, Any], form_json: str, judged: Judged, found: Iterable[FieldFinding] = ()
) -> Case | Findings:
    """Return the case `data` describes, or everything wrong with it after what was `found` before."""
    findings = list(found)
    shape: CaseBody | None = None
    try:
        shape = CASE.validate_python(data, context=judged)
    except ValidationError as error:
        findings += field_findings(error, data, CASE_OUTLINE)
    findings += case_checks(data)
    findings += _form_findings(data, form_json, findings)
    if shape is None or findings:
        return _each_once(findings)
    return shape.made(form_json)


def read_deed(raw: bytes, now: datetime, own: OwnCodes | None = None, calendar: Calendar | None = None) -> Deed:
    """Return the act in a request body.

    Args:
        own: the codes of a system that writes codes of its own into canonical fields.
        calendar: working days by which an event is late; Monday to Friday without one.

    Raises:
        GatewayError: BAD_JSON; UNMAPPED_CODE; BACKDATED when only a reason for the delay is missing; BAD_REQUEST with
            everything wrong.
    """
    body = own.read(read_object(raw), "event") if own else read_object(raw)
    judged = Judged.at(now, calendar)
    form_json = form_text(body) if body.data.get("form") is not None else ""
    findings = list(body.findings)
    crossed = tuple(event_checks(body.data, judged))
    deed: Deed | None = None
    try:
        shape = EVENT.validate_python(body.data, context=judged)
        if not crossed:
            deed = _deed(shape, form_json)
            findings += event_findings(_as_event(deed))
            findings += number_findings(_as_event(deed))
    except ValidationError as error:
        findings += field_findings(error, body.data, EVENT_OUTLINE)
    findings += crossed
    findings += _form_findings(body.data, form_json, findings)
    late = backdating(body.data, judged)
    if late and not findings:
        raise GatewayError(Reason.BACKDATED, findings=(late,))
    if late:
        findings.append(late)
    if deed is None or findings:
        raise bad_request(_each_once(findings))
    return deed


def form_text(body: Body) -> str:
    """Return the exact text of the key `form` of a body, empty when it has none or it cannot be cut out."""
    try:
        return bytes(msgspec.json.decode(body.raw, type=_WithForm).form).decode()
    except (msgspec.DecodeError, RecursionError):
        return ""


def bad_request(findings: Findings) -> GatewayError:
    """Return the error that tells all `findings`."""
    return GatewayError(Reason.BAD_REQUEST, findings=findings, count=len(findings))


def _form_findings(data: Mapping[str, Any], form_json: str, found: Iterable[FieldFinding]) -> Findings:
    told = any(finding.path.startswith("form") for finding in found)
    if told or not isinstance(data.get("form"), dict):
        return ()
    if not form_json:
        return (FieldFinding("form", _UNREADABLE, _FLATTEN),)
    return tuple(FieldFinding("form", finding.problem, finding.fix) for finding in check_form(form_json))


def _deed(shape: EventBody, form_json: str) -> Deed:
    return Deed(
        actor=shape.actor.made(),
        happening=shape.happening(form_json),
        occurred_at=shape.occurred_at,
        reason=shape.reason,
        documents=tuple(document.made() for document in shape.documents),
        deadlines=tuple(deadline.made() for deadline in shape.deadlines),
        corrects=shape.corrects,
        data_version=(shape.data_version or 0) if shape.corrects else 0,
    )


def _as_event(deed: Deed) -> Event:
    return Event("", deed.actor, deed.occurred_at, deed.occurred_at, deed.happening, deed.reason, deed.documents)


def _each_once(findings: Iterable[FieldFinding]) -> Findings:
    return tuple(dict.fromkeys(findings))
