"""The answer to a supplement notice (补正): what the handler asks for, each with the field that brings it, and nothing else.

A material that is there already gets its next version; an entry of the list, or something asked for in plain words, brings new
materials; a field of the form is shown as it stands and sent as it was corrected, all other fields exactly as they were.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from aiohttp import web

from gateway.case.code.numbers import grouped
from gateway.case.errors import FieldFinding, GatewayError
from gateway.case.event.supplements import form_now, material_versions, materials_now, open_notice, requirements_of
from gateway.case.events import Event, Requirement, Supplemented, SupplementRequested
from gateway.case.form.changes import steps_of
from gateway.case.lifecycle import EVENT_NAMES
from gateway.case.model import Material, MaterialForm, Paper
from gateway.case.reasons import Reason
from gateway.case.states import STATE_NAMES
from gateway.console.acts import ON_THE_FORM
from gateway.console.call import Call
from gateway.console.desk import Desk
from gateway.console.guard import HEADERS, STATUSES
from gateway.console.window_answers import corrected_form, typed_values
from gateway.console.window_demands import files_shown
from gateway.console.window_drafts import LONGEST_TOKEN, address_of, draft_asked_for, keep_draft
from gateway.console.window_fields import Field, Shape, fields_of
from gateway.console.window_pages import JOIN, join_row
from gateway.console.window_posted import FILE, Posted, as_held, for_people, read_posted
from gateway.flows.look import CaseView
from gateway.flows.past import COUNTS
from gateway.flows.people.acting import Deed, acts_of
from gateway.flows.window.drafts import Draft

LONGEST_NAME = 200
MOST_DIGITS = 4
"""Of a number of originals or copies."""


@dataclass(frozen=True, slots=True)
class Asking:
    """One thing that is asked for, as the page shows it.

    Attributes:
        material: the newest version of the one it names, None for another.
        field: of the form, where it names one.
    """

    key: str
    requirement: Requirement
    material: Material | None
    field: Field | None


async def show_supplement(desk: Desk, call: Call) -> web.StreamResponse:
    """Show what the open notice asks for."""
    view = await desk.acting.look(call.person.person, call.request.match_info["case"])
    if Supplemented not in acts_of(call.person.person, view, desk.clock()):
        state = STATE_NAMES[view.row.standing.state]
        raise GatewayError(Reason.LIFECYCLE, state=state, event=EVENT_NAMES[Supplemented])
    asked = await _asked(desk, view)
    draft = await draft_asked_for(desk, call)
    if draft is not None and draft.address == _address(view):
        posted = Posted({name: list(values) for name, values in draft.values.items()})
        return _page(desk, call, view, asked, posted, kept=True)
    posted = Posted({"once": [desk.new_id()], "case_version": [str(view.row.case_version)]})
    shown = typed_values([one.field for one in asked if one.field], form_now(view.case, _past(view)))
    posted.values.update({name: list(values) for name, values in shown.items()})
    return _page(desk, call, view, asked, posted)


async def send_supplement(desk: Desk, call: Call) -> web.StreamResponse:
    """Take files in, and, when that was asked for, the answer."""
    person, case_id = call.person.person, call.request.match_info["case"]
    view = await desk.acting.look(person, case_id)
    asked = await _asked(desk, view)
    posted = await read_posted(desk.window.files, call)
    act, _, row = posted.one("do").partition(".")
    if act == JOIN and (one := next((one for one in asked if one.key == row), None)):
        await join_row(desk, person, posted, row, one.material.name if one.material else one.requirement.what)
    kept = await _keep(desk, call, view, posted)
    if act != "send" and kept and not posted.problems:
        raise web.HTTPSeeOther(address_of(_address(view), posted.one("once")), headers=HEADERS)
    if act != "send" or posted.problems:
        status = 422 if posted.problems else 200
        return _page(desk, call, view, asked, posted, status=status, findings=tuple(posted.problems), kept=kept)
    answer, positions, wrong = _answer(view, asked, posted)
    version = posted.one("case_version")
    deed = Deed(
        happening=answer,
        reason=posted.one("reason")[:2000],
        case_version=int(version) if version.isascii() and version.isdigit() and len(version) < 10 else None,
        token=posted.one("once")[:100],
        sent=posted.digest,
    )
    try:
        if wrong:
            raise GatewayError(Reason.BAD_REQUEST, findings=wrong, count=len(wrong))
        done = await desk.acting.act(person, case_id, deed)
    except GatewayError as error:
        if error.reason not in ON_THE_FORM and error.reason is not Reason.LICENCE_INVALID:
            raise
        return _page(
            desk,
            call,
            view,
            asked,
            posted,
            status=STATUSES.get(error.row.family, 422),
            findings=tuple(_placed(for_people(one), asked, positions) for one in error.findings),
            problem=None if error.findings else error,
            kept=kept,
        )
    await desk.window.drafts.drop(person, posted.one("once"))
    raise web.HTTPSeeOther(f"/cases/{case_id}?event={done.event_id}", headers=HEADERS)


async def _keep(desk: Desk, call: Call, view: CaseView, posted: Posted) -> bool:
    token = posted.one("once")
    if not (0 < len(token) <= LONGEST_TOKEN and token.isascii() and token.isprintable()):
        return False
    draft = Draft(token, _address(view), view.case.item.name, view.case.handler.division[:6], {}, desk.clock())
    return await keep_draft(desk, call, posted, draft)


def _address(view: CaseView) -> str:
    return f"/cases/{view.row.case_id}/supplement"


async def _asked(desk: Desk, view: CaseView) -> tuple[Asking, ...]:
    past = _past(view)
    held = {one.material_id: one for one in materials_now(view.case, past)}
    definition = await desk.window.offers.bound_to(view)
    known = {one.key: one for one in fields_of(definition.form_schema if definition else "")}
    asked = []
    for at, one in enumerate(requirements_of(open_notice(past))):
        steps = steps_of(one.form_field) if one.form_field else None
        key = str(steps[0]) if steps else ""
        field = known.get(key) or (Field(key, key, Shape.TEXT, required=False) if key else None)
        asked.append(Asking(str(at), one, held.get(one.material_id), field))
    return tuple(asked)


def _answer(
    view: CaseView, asked: Sequence[Asking], posted: Posted
) -> tuple[Supplemented, tuple[str, ...], tuple[FieldFinding, ...]]:
    """Return the answer, which row each of its materials is of, and what was typed and is no JSON."""
    past = _past(view)
    used = set(material_versions(view.case, past))
    materials: list[Material] = []
    rows: list[str] = []
    answered: list[str] = []
    for one in asked:
        brought = _materials_of(one, posted, used)
        materials += brought
        rows += [one.key] * len(brought)
        if brought or posted.one(f"done.{one.key}"):
            answered.append(one.requirement.requirement_id)
    fields = tuple({one.field.key: one.field for one in asked if one.field}.values())
    before = form_now(view.case, past)
    form_json, wrong = corrected_form(before, fields, posted.all) if fields else (before, ())
    if form_json == before:
        form_json = ""
    else:
        answered += [one.requirement.requirement_id for one in asked if one.field]
    named = tuple(dict.fromkeys(answered))
    return Supplemented(tuple(materials), form_json, named), tuple(rows), wrong


def _materials_of(one: Asking, posted: Posted, used: set[str]) -> list[Material]:
    forms: list[MaterialForm] = list(posted.held(one.key))
    originals, copies = posted.one(f"originals.{one.key}"), posted.one(f"copies.{one.key}")
    if originals.strip("0") or copies.strip("0"):
        forms.append(Paper(_count(originals), _count(copies)))
    asked = one.requirement
    made: list[Material] = []
    for form in forms:
        if one.material and not made:
            made.append(replace(one.material, form=form, version=one.material.version + 1, original_seen=False))
            continue
        number = len(used) + 1
        while f"M{number:02d}" in used:
            number += 1
        used.add(f"M{number:02d}")
        name = one.material.name if one.material else asked.what[:LONGEST_NAME]
        made.append(Material(f"M{number:02d}", name, form, asked.list_code))
    return made


def _count(typed: str) -> int:
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) <= MOST_DIGITS else 0


def _placed(finding: FieldFinding, asked: Sequence[Asking], rows: Sequence[str]) -> FieldFinding:
    """Return a finding under the row it is about."""
    path = finding.path
    if path.startswith("materials[") and (at := path[10 : path.index("]")]).isdigit() and int(at) < len(rows):
        return replace(finding, path=f"row.{rows[int(at)]}")
    for one in asked:
        if f"“{one.requirement.requirement_id}”" in finding.problem.zh:
            return replace(finding, path=f"row.{one.key}")
        if one.field and (path == one.field.name or path.startswith((f"{one.field.name}.", f"{one.field.name}["))):
            return replace(finding, path=one.field.name)
    return finding


def _page(
    desk: Desk,
    call: Call,
    view: CaseView,
    asked: Sequence[Asking],
    posted: Posted,
    *,
    status: int = 200,
    findings: Sequence[FieldFinding] = (),
    problem: GatewayError | None = None,
    kept: bool = False,
) -> web.Response:
    lang, token = call.lang, posted.one("once")
    notice = open_notice(_past(view))
    happening = notice.happening if notice else None
    told: dict[str, list[str]] = {}
    for one in findings:
        place = f"row.{one.path.removeprefix(FILE)}" if one.path.startswith(FILE) else one.path
        told.setdefault(place, []).append(f"{one.problem.say(lang)}: {one.fix.say(lang)}")
    places = {f"row.{one.key}" for one in asked} | {one.field.name for one in asked if one.field}
    return desk.pages.page(
        call,
        "window_supplement",
        status=status,
        here_again=address_of(_address(view), token) if kept else _address(view),
        token=token,
        action=_address(view),
        not_kept=bool(posted.one("do")) and not kept,
        case=view.case,
        case_id=view.row.case_id,
        number=grouped(view.row.case_id),
        respond_by=happening.respond_by if isinstance(happening, SupplementRequested) else None,
        notice_number=happening.notice_number if isinstance(happening, SupplementRequested) else "",
        reason=notice.reason if notice else "",
        asked=[_row(one, posted) for one in asked],
        v=posted.one,
        all_of=posted.all,
        as_held=as_held,
        told=told,
        above=[text for place, texts in told.items() if place not in places for text in texts],
        count=sum(map(len, told.values())),
        problem=(problem.cause.say(lang), problem.fix.say(lang)) if problem else None,
    )


def _row(one: Asking, posted: Posted) -> dict[str, Any]:
    return {
        "key": one.key,
        "what": one.requirement.what,
        "material": one.material,
        "field": one.field,
        "code": one.requirement.list_code,
        **files_shown(posted, one.key, posted.held(one.key)),
    }


def _past(view: CaseView) -> list[Event]:
    return [one.event for one in view.events if one.event is not None and one.row.standing in COUNTS]
