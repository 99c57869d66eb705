"""One case, one page: where it stands, both clocks, what happened on either side, how messages fared, what it consists of."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from aiohttp import web

from gateway.case.clock.limits import Reading, case_light
from gateway.case.clock.words import CLOCK_NAMES, LIGHT_NAMES
from gateway.case.clock.words import STATE_NAMES as CLOCK_STATES
from gateway.case.code.masking import mask_certificate, mask_name, mask_number, mask_phone
from gateway.case.code.numbers import grouped
from gateway.case.errors import GatewayError
from gateway.case.item.words import MODE_TEXT
from gateway.case.lifecycle import EVENT_NAMES
from gateway.case.model import Case, LicenceReference, MaterialFile, Organisation
from gateway.case.staff import Right
from gateway.case.states import STATE_NAMES, Party
from gateway.case.texts import Lang, Text
from gateway.console.call import Call
from gateway.console.desk import Desk
from gateway.console.rendering import findings_by_field
from gateway.flows.look import CaseView, EventView
from gateway.flows.queue.view import cause_of
from gateway.store import events
from gateway.store.outbox import Owed


@dataclass(frozen=True, slots=True)
class Happened:
    """One line of the timeline.

    Attributes:
        ours: whether this side made it.
        standing: a word only where it does not simply count.
    """

    name: str
    by: str
    place: str
    ours: bool
    occurred_at: datetime
    arrived_at: datetime
    version: int | None
    reason: str
    standing: str
    refusal: str


async def show_case(desk: Desk, call: Call) -> web.StreamResponse:
    """Show a case, personal data masked."""
    view = await desk.cases.open(call.person.person, call.request.match_info["case"])
    return _page(desk, call, view, full=False)


async def unmask(desk: Desk, call: Call) -> web.StreamResponse:
    """Show a case with personal data in full, for a reason."""
    person, case_id = call.person.person, call.request.match_info["case"]
    try:
        view = await desk.cases.unmask(person, case_id, call.field("reason"))
    except GatewayError as error:
        if not error.findings:
            raise
        view = await desk.cases.open(person, case_id)
        return _page(desk, call, view, full=False, status=422, findings=findings_by_field(error, call.lang))
    return _page(desk, call, view, full=True)


def _page(
    desk: Desk, call: Call, view: CaseView, *, full: bool, status: int = 200, findings: dict[str, str] | None = None
) -> web.Response:
    row, lang = view.row, call.lang
    light = case_light(view.clocks)
    return desk.pages.page(
        call,
        "case",
        status=status,
        row=row,
        case=view.case,
        number=grouped(row.case_id),
        state=STATE_NAMES[row.standing.state],
        light=light.value,
        light_name=LIGHT_NAMES[light],
        mode=MODE_TEXT[view.case.mode],
        place=desk.divisions.named,
        ours=row.party.value,
        clocks=[_clock(one, lang) for one in view.clocks],
        timeline=[_happened(desk, view, one, lang) for one in view.events],
        deliveries=[_delivery(one, lang) for one in view.deliveries],
        people=_people(view.case, full=full),
        form=_form(view.case) if full else [],
        materials=[_material(one, lang) for one in view.case.materials],
        full=full,
        may_unmask=call.person.person.may(Right.UNMASK) and not full,
        findings=findings or {},
    )


def _clock(one: Reading, lang: Lang) -> dict[str, Any]:
    return {
        "name": CLOCK_NAMES[one.clock].say(lang),
        "owed_by": PARTY_NAMES[one.owed_by].say(lang),
        "started": one.started,
        "due": one.due,
        "state": CLOCK_STATES[one.state].say(lang),
        "light": one.light.value,
        "light_name": LIGHT_NAMES[one.light].say(lang),
        "words": one.words.say(lang),
        "remark": one.remark.say(lang),
    }


def _happened(desk: Desk, view: CaseView, one: EventView, lang: Lang) -> Happened:
    row, event = one.row, one.event
    ours = row.sender != view.row.partner
    if event is None:
        origin = view.case.origin
        by, place, name = origin.staff_number, origin.division, _OPENED.say(lang)
    else:
        actor = event.actor
        by, place, name = (
            f"{actor.name} {actor.organisation}",
            actor.division,
            EVENT_NAMES[type(event.happening)].say(lang),
        )
    return Happened(
        name=name,
        by=by.strip(),
        place=desk.divisions.named(place),
        ours=ours,
        occurred_at=row.occurred_at,
        arrived_at=row.arrived_at,
        version=row.version,
        reason=event.reason if event else "",
        standing=STANDINGS[row.standing].say(lang) if row.standing in STANDINGS else "",
        refusal=_refused(one, lang),
    )


def _refused(one: EventView, lang: Lang) -> str:
    if one.row.standing != events.REFUSED:
        return ""
    return f"{one.refusal.cause.say(lang)}. {one.refusal.fix.say(lang)}" if one.refusal else one.row.reason


def _delivery(owed: Owed, lang: Lang) -> dict[str, Any]:
    cause = cause_of(owed.last_reason) if owed.last_reason else None
    waits = owed.settled_at is None
    return {
        "sequence": owed.sequence,
        "owed_at": owed.owed_at,
        "settled_at": owed.settled_at,
        "tries": owed.tries,
        "outcome": OUTCOMES.get(owed.outcome, Text(owed.outcome, owed.outcome)).say(lang),
        "cause": cause.cause.say(lang) if cause and waits else "",
        "fix": cause.fix.say(lang) if cause and waits else "",
        "next_try": owed.due_at if waits and not owed.kept_back else None,
    }


def _people(case: Case, *, full: bool) -> list[dict[str, str]]:
    """Return applicant, agent and contacts; masked unless they are shown in full."""
    applicant = case.applicant
    if isinstance(applicant, Organisation):
        lines = [{"kind": "applicant", "name": applicant.name, "number": applicant.uscc, "phone": applicant.phone}]
    else:
        number = applicant.certificate_number
        shown = number if full else mask_certificate(applicant.certificate_kind, number)
        name = applicant.name if full else mask_name(applicant.name)
        lines = [{"kind": "applicant", "name": name, "number": shown, "phone": applicant.phone}]
    if case.agent:
        agent = case.agent.person
        number = agent.certificate_number if full else mask_number(agent.certificate_number)
        name = agent.name if full else mask_name(agent.name)
        lines.append({"kind": "agent", "name": name, "number": number, "phone": agent.phone})
    lines += [
        {"kind": "contact", "name": one.name if full else mask_name(one.name), "number": "", "phone": one.phone}
        for one in case.contacts
    ]
    return [{**line, "phone": line["phone"] if full else mask_phone(line["phone"])} for line in lines]


def _form(case: Case) -> list[tuple[str, str]]:
    """Return the fields of the form as they were filled in."""
    filled = json.loads(case.form_json or "{}")
    if not isinstance(filled, dict):
        return []
    return [
        (str(name), value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))
        for name, value in filled.items()
    ]


def _material(material: Any, lang: Lang) -> dict[str, str]:
    form = material.form
    if isinstance(form, MaterialFile):
        kind, detail = Text("文件", "file"), f"{form.media_type}, {_size(form.size)}"
    elif isinstance(form, LicenceReference):
        kind, detail = Text("电子证照", "electronic licence"), form.type_code
    else:
        kind, detail = Text("纸质", "paper"), form.carrier
    seen = Text("已核验原件", "original seen") if material.original_seen else Text("", "")
    return {"name": material.name, "kind": kind.say(lang), "detail": detail, "seen": seen.say(lang)}


def _size(count: int) -> str:
    return f"{count / 1024:.0f} KiB" if count < 1024**2 else f"{count / 1024**2:.1f} MiB"


PARTY_NAMES = {Party.ORIGIN: Text("收件地", "origin"), Party.HANDLER: Text("业务属地", "handler")}
STANDINGS = {
    events.PENDING: Text("待对方确认", "awaits the handler"),
    events.HELD: Text("先到, 等候前一步", "came early, waits for the step before"),
    events.REFUSED: Text("被拒收", "refused"),
    events.GIVEN_UP: Text("未送达对方", "not handed over"),
}
OUTCOMES = {
    "": Text("在途", "under way"),
    "accepted": Text("对方已签回执", "receipted"),
    "refused": Text("对方拒收", "refused"),
    "given_up": Text("未送达", "given up"),
}
_OPENED = Text("收件", "taken in")
