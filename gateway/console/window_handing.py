"""领取登记 at the window: who took the result, with which certificate, when and how.

The certificate of the applicant or the agent is the one they applied with, shown masked: nobody types a number that is known.

Leaves to others: the act itself (`flows.people.acting`), papers that go with it and corrections (`acts`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from aiohttp import web

from gateway.case import model
from gateway.case.code.identifiers import CertificateKind
from gateway.case.code.masking import mask_certificate, mask_name
from gateway.case.code.numbers import grouped
from gateway.case.errors import FieldFinding, GatewayError
from gateway.case.event.results import WAY_NAMES
from gateway.case.events import Delivered, ResultSent
from gateway.case.lifecycle import EVENT_NAMES
from gateway.case.model import DeliveryWay
from gateway.case.reasons import Reason
from gateway.case.states import STATE_NAMES, Party
from gateway.case.texts import Text
from gateway.console.acts import ON_THE_FORM
from gateway.console.acts_fields import LINE, NUMBER, Field, Misfit, Shape, finding, read, shown
from gateway.console.call import Call
from gateway.console.desk import Desk
from gateway.console.guard import HEADERS, STATUSES
from gateway.flows.look import CaseView
from gateway.flows.people.acting import Deed, acts_of

OTHER = "other"
KINDS: tuple[tuple[CertificateKind, Text], ...] = tuple(
    (one, one.label) for one in CertificateKind if one is not CertificateKind.USCC
)
WAYS = (DeliveryWay.ORIGIN_WINDOW, DeliveryWay.MAIL, DeliveryWay.ELECTRONIC)
_WAY = Field(
    "way", Text("领取方式", "How"), Shape.CHOICE, required=True, choices=tuple((one, WAY_NAMES[one]) for one in WAYS)
)
_WHEN = Field("occurred_at", Text("领取时间", "When"), Shape.MOMENT)
_NAME = Field("name", Text("领取人姓名", "Name"), required=True, most=50)
_KIND = Field("kind", Text("证件类型", "Certificate"), Shape.CHOICE, required=True, choices=KINDS)
_NUMBER = Field("number", Text("证件号码", "Number"), required=True, most=NUMBER)
_CARRIER = Field("carrier", Text("承运单位", "Carrier"), required=True, most=50)
_TRACKING = Field("tracking_number", Text("邮寄单号", "Tracking number"), required=True, most=NUMBER)
_REMARK = Field("reason", Text("说明", "Remark"), Shape.LINE, most=LINE)
FIELDS = (_WAY, _WHEN, _NAME, _KIND, _NUMBER, _CARRIER, _TRACKING, _REMARK)


@dataclass(frozen=True, slots=True)
class Taker:
    """Somebody of the case who may take the result."""

    key: str
    label: Text
    person: model.Person


async def show_handing(desk: Desk, call: Call) -> web.StreamResponse:
    """Show who may take the result."""
    view = await desk.acting.look(call.person.person, call.request.match_info["case"])
    if view.row.party is not Party.ORIGIN or Delivered not in acts_of(call.person.person, view, desk.clock()):
        state = STATE_NAMES[view.row.standing.state]
        raise GatewayError(Reason.LIFECYCLE, state=state, event=EVENT_NAMES[Delivered])
    wished = view.case.delivery.way
    first = next((one.key for one in takers_of(view)), OTHER)
    typed = {"who": first, "way": shown(wished if wished in WAYS else WAYS[0]), "occurred_at": shown(desk.clock())}
    return _page(desk, call, view, typed)


async def hand_over(desk: Desk, call: Call) -> web.StreamResponse:
    """Note that the result was handed over, or show what is missing."""
    person, case_id = call.person.person, call.request.match_info["case"]
    view = await desk.acting.look(person, case_id)
    typed = {one.name: call.field(one.name) for one in FIELDS} | {name: call.field(name) for name in ("who", "seen")}
    version = call.field("case_version")
    try:
        happening, reason, occurred_at = _read(view, typed)
        deed = Deed(
            happening=happening,
            reason=reason,
            case_version=int(version) if version.isascii() and version.isdigit() and len(version) < 10 else None,
            token=call.field("once")[:100],
            occurred_at=occurred_at,
        )
        done = await desk.acting.act(person, case_id, deed)
    except GatewayError as error:
        if error.reason not in ON_THE_FORM:
            raise
        return _page(desk, call, view, typed, error=error)
    raise web.HTTPSeeOther(f"/cases/{case_id}?event={done.event_id}", headers=HEADERS)


def takers_of(view: CaseView) -> tuple[Taker, ...]:
    """Return the people of a case who may take its result, the applicant first."""
    applicant, agent = view.case.applicant, view.case.agent
    found = []
    if isinstance(applicant, model.Person):
        found.append(Taker("applicant", Text("申请人本人", "the applicant"), applicant))
    if agent:
        found.append(Taker("agent", Text("代理人", "the agent"), agent.person))
    return tuple(found)


def _read(view: CaseView, typed: Mapping[str, str]) -> tuple[Delivered, str, datetime | None]:
    """Return what was typed: the event, its remark, and when it happened.

    Raises:
        GatewayError: BAD_REQUEST with everything wrong.
    """
    taker = next((one.person for one in takers_of(view) if one.key == typed["who"]), None)
    by_mail = typed["way"] == shown(DeliveryWay.MAIL)
    asked = [_WAY, _WHEN, _REMARK]
    asked += [] if taker else [_NAME, _KIND, _NUMBER]
    asked += [_CARRIER, _TRACKING] if by_mail else []
    values: dict[str, Any] = {}
    wrong: list[FieldFinding] = []
    for one in asked:
        try:
            values[one.name] = read(one, typed[one.name])
        except Misfit as misfit:
            wrong.append(finding(one, misfit))
    if typed["way"] == shown(DeliveryWay.ORIGIN_WINDOW) and not typed["seen"]:
        wrong.append(FieldFinding("seen", _NOT_SEEN, _LOOK_AT_IT))
    if wrong:
        raise GatewayError(Reason.BAD_REQUEST, findings=tuple(wrong), count=len(wrong))
    reason = str(values["reason"] or "")
    if by_mail:
        reason = f"邮寄: {values['carrier']} {values['tracking_number']}" + (f"; {reason}" if reason else "")
    happening = Delivered(
        values["way"],
        taker.name if taker else values["name"],
        taker.certificate_kind if taker else values["kind"],
        taker.certificate_number if taker else values["number"],
    )
    return happening, reason, values["occurred_at"]


def _page(
    desk: Desk, call: Call, view: CaseView, typed: Mapping[str, str], error: GatewayError | None = None
) -> web.Response:
    lang, case_id = call.lang, view.row.case_id
    told: dict[str, list[str]] = {}
    for one in error.findings if error else ():
        told.setdefault(_SHOWN_AT.get(one.path, one.path), []).append(f"{one.problem.say(lang)}: {one.fix.say(lang)}")
    may_send = ResultSent in acts_of(call.person.person, view, desk.clock())
    wished = view.case.delivery
    return desk.pages.page(
        call,
        "window_handing",
        status=STATUSES.get(error.row.family, 422) if error else 200,
        case_id=case_id,
        number=grouped(case_id),
        item=view.case.item.name,
        state=STATE_NAMES[view.row.standing.state],
        wished=WAY_NAMES[wished.way],
        takers=[_shown(one) for one in takers_of(view)],
        kinds=[(shown(kind), label.say(lang)) for kind, label in KINDS],
        ways=[(shown(one), WAY_NAMES[one].say(lang)) for one in WAYS],
        sending=f"/cases/{case_id}/acts/result_sent" if may_send else "",
        v=lambda name: typed.get(name, ""),
        told=told,
        problem=(error.cause.say(lang), error.fix.say(lang)) if error and not error.findings else None,
        once=call.field("once") or desk.new_id(),
        case_version=call.field("case_version") or str(view.row.case_version),
    )


def _shown(taker: Taker) -> dict[str, Any]:
    person = taker.person
    number = mask_certificate(person.certificate_kind, person.certificate_number)
    return {
        "key": taker.key,
        "label": taker.label,
        "name": mask_name(person.name),
        "kind": person.certificate_kind.label,
        "number": number,
    }


_SHOWN_AT = {"recipient_name": "name", "certificate_kind": "kind", "certificate_number": "number"}
_NOT_SEEN = Text("没有核对领取人的证件", "the certificate of who took it was not looked at")
_LOOK_AT_IT = Text("核对证件原件后勾选", "look at the certificate, then tick this")
