"""One case, one page: where it stands, what may be done, what happened on either side and what proves it, what it consists of."""

import json
from datetime import timedelta
from typing import Any

from aiohttp import web

from gateway.case.clock.holding import had, turns
from gateway.case.clock.limits import Reading, case_light
from gateway.case.clock.words import CLOCK_NAMES, LIGHT_NAMES
from gateway.case.clock.words import STATE_NAMES as CLOCK_STATES
from gateway.case.code.masking import mask_certificate, mask_name, mask_number, mask_phone
from gateway.case.code.numbers import grouped
from gateway.case.errors import GatewayError
from gateway.case.event.supplements import form_now, material_versions
from gateway.case.events import Event, Note, Supplemented
from gateway.case.item.words import MODE_TEXT
from gateway.case.model import Case, LicenceReference, Material, MaterialFile, Organisation
from gateway.case.staff import Right
from gateway.case.states import STATE_NAMES, Party
from gateway.case.texts import Lang, Text
from gateway.console.acts_forms import FORMS
from gateway.console.call import Call
from gateway.console.case_buttons import buttons_of
from gateway.console.case_page_events import doubts_of, name_of, notes, standing_of, timeline
from gateway.console.desk import Desk
from gateway.console.live_page import live_page, mark_of_case
from gateway.console.notices_page import listed_notices
from gateway.console.rendering import findings_by_field
from gateway.flows.look import CaseView
from gateway.flows.past import COUNTS
from gateway.flows.people.acting import acts_of, may_act
from gateway.flows.people.proving import Proof
from gateway.flows.queue.view import cause_of
from gateway.store import feed
from gateway.store.outbox import Owed

LIVE_PARTS = "#case-state,#case-acts,#clocks,#sheets,#timeline,#deliveries,#note-list"
"""What is exchanged when the case changes: no field that somebody may be typing in."""


async def show_case(desk: Desk, call: Call) -> web.StreamResponse:
    """Show a case, personal data masked."""
    view = await desk.cases.open(call.person.person, call.request.match_info["case"])
    return await _page(desk, call, view, full=False)


async def unmask(desk: Desk, call: Call) -> web.StreamResponse:
    """Show a case with personal data in full, for a reason."""
    person, case_id = call.person.person, call.request.match_info["case"]
    try:
        view = await desk.cases.unmask(person, case_id, call.field("reason"))
    except GatewayError as error:
        if not error.findings:
            raise
        view = await desk.cases.open(person, case_id)
        return await _page(desk, call, view, full=False, status=422, findings=findings_by_field(error, call.lang))
    return await _page(desk, call, view, full=True)


async def _page(
    desk: Desk, call: Call, view: CaseView, *, full: bool, status: int = 200, findings: dict[str, str] | None = None
) -> web.Response:
    row, lang, person = view.row, call.lang, call.person.person
    light = case_light(view.clocks)
    proofs = await desk.proving.prove(view)
    kinds = acts_of(person, view, desk.clock())
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
        version_text=version_text,
        ours=row.party.value,
        buttons=buttons_of(row.case_id, kinds, lang),
        may_supplement=Supplemented in kinds,
        has_slip=row.party is Party.ORIGIN and may_act(person, row),
        may_note=Note in kinds,
        may_claim=row.system == feed.UNCLAIMED and row.party is Party.HANDLER and may_act(person, row),
        did=_did(call, view),
        clocks=[_clock(one, lang) for one in view.clocks],
        held=_held(view, desk, lang),
        timeline=timeline(desk, view, proofs, lang, full=full, acts=may_act(person, row)),
        notes=notes(desk, view, lang),
        once=desk.new_id(),
        deliveries=[_delivery(one, proofs, view, lang) for one in view.deliveries],
        pauses_until=view.partner_pauses_until,
        people=_people(view.case, full=full),
        form=_form(form_now(view.case, _events(view))) if full else [],
        materials=_materials(view, lang),
        documents=[one for event in _events(view) for one in event.documents],
        papers=await listed_notices(desk, call, view),
        full=full,
        may_unmask=person.may(Right.UNMASK) and not full,
        findings=findings or {},
        live=None
        if full or call.form
        else live_page(call, LIVE_PARTS, mark_of_case(row, view.deliveries), case=row.case_id),
    )


def _did(call: Call, view: CaseView) -> dict[str, Any] | None:
    """Return what the person has just done, by the id in the address; None when the address names nothing of ours."""
    offline = FORMS["handled_offline"].button.say(call.lang)
    if "settled" in call.request.query or "left" in call.request.query:
        left = _LEFT.say(call.lang) if "left" in call.request.query else ""
        return {"name": offline, "standing": "", "doubts": (), "left": left}
    wanted = call.request.query.get("event", "")
    for one in view.events:
        if one.event is not None and one.row.event_id == wanted and one.row.sender != view.row.partner:
            name, doubts = name_of(one.event, call.lang), doubts_of(one.event, call.lang)
            return {"name": name, "standing": standing_of(one, call.lang), "doubts": doubts, "left": ""}
    return None


def _events(view: CaseView) -> list[Event]:
    return [one.event for one in view.events if one.event is not None and one.row.standing in COUNTS]


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


def _held(view: CaseView, desk: Desk, lang: Lang) -> list[dict[str, Any]]:
    """Return how long each side had the case, and which has it now."""
    clockwork = view.row.clockwork
    folded = [one for one in view.events if one.event is not None and one.row.version is not None]
    taken_in = clockwork.taken_in_at if clockwork else None
    seen = turns(view.case.received_at_window, taken_in, [one.event for one in folded if one.event])
    total = had(seen, desk.clock())
    now = seen[-1].party if seen[-1].until is None else None
    places = {Party.ORIGIN: view.row.origin_division, Party.HANDLER: view.row.handler_division}
    return [
        {
            "party": PARTY_NAMES[party].say(lang),
            "place": desk.divisions.named(places[party]),
            "span": span_text(total[party]).say(lang),
            "now": party is now,
        }
        for party in Party
    ]


def version_text(version: int) -> Text:
    """Return which version of the case an event is, for people."""
    return Text(f"第 {version} 版", f"version {version}")


def span_text(span: timedelta) -> Text:
    """Return a length of time as people say it: days and hours, or minutes."""
    days, rest = span.days, span.seconds
    hours, minutes = rest // 3600, rest % 3600 // 60
    if days:
        return Text(f"{days} 天 {hours} 小时", f"{days} d {hours} h")
    if hours:
        return Text(f"{hours} 小时 {minutes} 分钟", f"{hours} h {minutes} min")
    return Text(f"{minutes} 分钟", f"{minutes} min")


def _delivery(owed: Owed, proofs: dict[str, Proof], view: CaseView, lang: Lang) -> dict[str, Any]:
    cause = cause_of(owed.last_reason) if owed.last_reason else None
    waits = owed.settled_at is None
    made = next((one for one in view.events if one.row.envelope_id == owed.envelope_id), None)
    proof = proofs.get(made.row.event_id) if made else None
    receipt = proof.receipt if proof else None
    return {
        "sequence": owed.sequence,
        "name": _OPENING.say(lang) if made is None or made.event is None else name_of(made.event, lang),
        "owed_at": owed.owed_at,
        "settled_at": owed.settled_at,
        "tries": owed.tries,
        "outcome": OUTCOMES.get(owed.outcome, Text(owed.outcome, owed.outcome)).say(lang),
        "their_at": receipt.received_at if receipt else None,
        "their_version": receipt.version if receipt else None,
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


def _form(form_json: str) -> list[tuple[str, str]]:
    """Return the fields of the form as they were filled in."""
    filled = json.loads(form_json or "{}")
    if not isinstance(filled, dict):
        return []
    return [
        (str(name), value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))
        for name, value in filled.items()
    ]


def _materials(view: CaseView, lang: Lang) -> list[dict[str, Any]]:
    """Return every version of every material, the newest first."""
    found = material_versions(view.case, _events(view)).values()
    return [_material(one, lang, old=at > 0) for versions in found for at, one in enumerate(reversed(versions))]


def _material(material: Material, lang: Lang, *, old: bool) -> dict[str, Any]:
    form, sha256 = material.form, ""
    if isinstance(form, MaterialFile):
        kind, detail, sha256 = Text("文件", "file"), size_text(form.size), form.sha256
    elif isinstance(form, LicenceReference):
        kind, detail = Text("电子证照", "electronic licence"), form.type_code
    else:
        kind, detail = Text("纸质", "paper"), form.carrier
    seen = Text("已核验原件", "original seen") if material.original_seen else Text("", "")
    return {
        "name": material.name,
        "version": material.version,
        "old": old,
        "kind": kind.say(lang),
        "detail": detail,
        "seen": seen.say(lang),
        "sha256": sha256,
    }


def size_text(count: int) -> str:
    """Return a number of bytes as people read it."""
    if count < 1024:
        return f"{count} B"
    return f"{count / 1024:.0f} KiB" if count < 1024**2 else f"{count / 1024**2:.1f} MiB"


PARTY_NAMES = {Party.ORIGIN: Text("收件地", "origin"), Party.HANDLER: Text("业务属地", "handler")}
OUTCOMES = {
    "": Text("在途", "under way"),
    "accepted": Text("对方已签回执", "receipted"),
    "refused": Text("对方拒收", "refused"),
    "given_up": Text("未送达", "given up"),
}
_OPENING = Text("收件", "taken in")
_LEFT = Text("没有办成, 要先问过对方; 稍后再试", "nothing was done: the partner has to be asked first; try later")
