"""我要收件, second: the guided form of one item at one place, its materials, and sending it.

Everything stands in one form, so that it works without scripts: files that came are carried on by the page, what was typed is
kept, and whatever is wrong is told at once, each next to its field.  What is not sent yet lies under the form's own address
(`window_drafts`), so that it may be loaded again, in the other language or after a restart.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from aiohttp import web

from gateway.case.errors import FieldFinding, GatewayError
from gateway.case.event.results import WAY_NAMES
from gateway.case.item.definition import ItemDefinition
from gateway.case.item.words import MODE_TEXT
from gateway.case.kinds import Power
from gateway.case.model import Mode
from gateway.case.reasons import Reason
from gateway.case.texts import Lang
from gateway.console.call import Call
from gateway.console.desk import Desk
from gateway.console.guard import HEADERS, STATUSES
from gateway.console.window_demands import demands_shown, row_shown
from gateway.console.window_draft import CERTIFICATES, WAYS, by_place, draft_of, name_of, opened_at
from gateway.console.window_drafts import DRAFT, address_of, draft_asked_for, keep_draft, shown
from gateway.console.window_licences import LOOK, Looked, look_up_row
from gateway.console.window_pages import JOIN, join_row
from gateway.console.window_posted import Posted, as_held, for_people, read_posted
from gateway.console.window_slip import slip_page
from gateway.console.wording import word
from gateway.flows.people.window_offers import Demanded
from gateway.flows.window.drafts import Draft

FORM = "/take-in/form"
CHECK = "check"
"""In the address of a form that is gone on with: what is wrong with it is told again."""
MOST_TOKEN = 32
_TOLD_HERE = frozenset({Reason.BAD_REQUEST, Reason.REQUIREMENTS_NOT_MET, Reason.LICENCE_INVALID})


@dataclass(frozen=True, slots=True)
class Unsent:
    """How a form that was not sent stands.

    Attributes:
        kept: what was typed lies under the form's address; gone: it was asked for and is not there.
        others: forms of this item that were not sent.
    """

    kept: bool = False
    gone: bool = False
    others: tuple[dict[str, Any], ...] = ()


async def show_form(desk: Desk, call: Call) -> web.StreamResponse:
    """Show the form of an item at a place, as it was left where its address names one, or the departments to choose from."""
    demanded = await _demanded(desk, call)
    if demanded.choices:
        return _choices(desk, call, demanded)
    draft = await draft_asked_for(desk, call)
    if draft is None:
        posted = Posted({"form_token": [desk.window.new_token()], "opened_at": [desk.clock().isoformat()]})
        gone = DRAFT in call.request.query
        others = () if gone else await _unsent(desk, call, demanded)
        return _page(desk, call, demanded, posted, unsent=Unsent(gone=gone, others=others))
    posted = Posted({name: list(values) for name, values in draft.values.items()})
    _complete(desk, posted)
    if CHECK in call.request.query:
        typed = draft_of(demanded, call.person.person, desk.region, posted, desk.clock()).typed
        try:
            desk.window.taking.check(demanded, typed)
        except GatewayError as error:
            return _wrong(desk, call, demanded, posted, error, status=200)
    return _page(desk, call, demanded, posted, unsent=Unsent(kept=True))


async def send_form(desk: Desk, call: Call) -> web.StreamResponse:
    """Take files in, join pages, look a licence up, and, when that was asked for, send the application."""
    demanded = await _demanded(desk, call)
    posted = await read_posted(desk.window.files, call)
    if demanded.choices:
        return _choices(desk, call, demanded)
    _complete(desk, posted)
    act, _, row = posted.one("do").partition(".")
    person = call.person.person
    draft = draft_of(demanded, person, desk.region, posted, desk.clock())
    looked: Looked = {}
    if act == JOIN and (name := name_of(draft.rows, row)):
        await join_row(desk, person, posted, row, name)
    elif act == LOOK:
        looked = await look_up_row(desk, person, demanded, posted, row)
    kept = await keep_draft(desk, call, posted, _draft(desk, demanded, posted))
    if act != "send":
        if posted.problems or looked or not kept:
            found = tuple(posted.problems)
            return _page(desk, call, demanded, posted, findings=found, looked=looked, unsent=Unsent(kept))
        raise web.HTTPSeeOther(address_of(_address(demanded), posted.one("form_token")), headers=HEADERS)
    try:
        done = await desk.window.taking.take_in(person, demanded, draft.typed)
    except GatewayError as error:
        return _wrong(desk, call, demanded, posted, error, kept=kept)
    await desk.window.drafts.drop(person, posted.one("form_token"))
    if done.warnings:
        return await slip_page(desk, call, done.case_id, warnings=done.warnings)
    raise web.HTTPSeeOther(f"/cases/{done.case_id}/slip?new", headers=HEADERS)


async def _demanded(desk: Desk, call: Call) -> Demanded:
    asked = call.request.query
    words = {mode.value: mode for mode in Mode}
    place, item, task = (asked.get(name, "")[:50] for name in ("place", "item", "task"))
    return await desk.window.offers.demanded(call.person.person, place, item, words.get(asked.get("mode", "")), task)


def _complete(desk: Desk, posted: Posted) -> None:
    """Give a form whose token or time is missing or too old new ones."""
    token = posted.one("form_token")
    if not (0 < len(token) <= MOST_TOKEN and token.isascii() and token.isalnum()):
        posted.values["form_token"] = [desk.window.new_token()]
    posted.values["opened_at"] = [opened_at(posted, desk.clock()).isoformat()]


def _draft(desk: Desk, demanded: Demanded, posted: Posted) -> Draft:
    name = demanded.definition.name if demanded.definition else demanded.item.name
    return Draft(posted.one("form_token"), _address(demanded), name, demanded.division, {}, desk.clock())


async def _unsent(desk: Desk, call: Call, demanded: Demanded) -> tuple[dict[str, Any], ...]:
    """Return the forms of this person for the same item at the same place that were not sent."""
    address = _address(demanded)
    found = await desk.window.drafts.of(call.person.person)
    return tuple(shown(desk, one) for one in found if one.address == address)


def _wrong(
    desk: Desk,
    call: Call,
    demanded: Demanded,
    posted: Posted,
    error: GatewayError,
    *,
    status: int = 422,
    kept: bool = True,
) -> web.Response:
    if error.reason in _TOLD_HERE:
        return _page(desk, call, demanded, posted, status=status, findings=error.findings, unsent=Unsent(kept))
    if error.reason is Reason.INTERNAL:
        raise error
    status = STATUSES.get(error.row.family, 500)
    return _page(
        desk, call, demanded, posted, status=status, problem=error, findings=error.findings, unsent=Unsent(kept)
    )


def _choices(desk: Desk, call: Call, demanded: Demanded) -> web.Response:
    listed = [(code, _address(demanded, task_code=code)) for code in demanded.choices]
    place = desk.divisions.named(demanded.division)
    return desk.pages.page(call, "window_departments", item=demanded.item.name, place=place, choices=listed)


def _page(
    desk: Desk,
    call: Call,
    demanded: Demanded,
    posted: Posted,
    *,
    status: int = 200,
    findings: tuple[FieldFinding, ...] = (),
    problem: GatewayError | None = None,
    unsent: Unsent | None = None,
    looked: Looked | None = None,
) -> web.Response:
    unsent = unsent or Unsent()
    lang, now, token = call.lang, desk.clock(), posted.one("form_token")
    findings = tuple(map(for_people, findings))
    draft = draft_of(demanded, call.person.person, desk.region, posted, now)
    places = by_place(findings, draft)
    may_look = desk.window.looking_up.is_connected
    told = {place: [_said(one, lang) for one in found] for place, found in places.items()}
    definition = demanded.definition
    return desk.pages.page(
        call,
        "window_form",
        status=status,
        action=_address(demanded),
        here_again=_again(demanded, token, kept=unsent.kept, checked=bool(findings)),
        token=token,
        unsent=unsent,
        not_kept=bool(posted.one("do")) and not unsent.kept,
        demanded=demanded,
        definition=definition,
        place=desk.divisions.named(demanded.division),
        shown=demands_shown(demanded, lang),
        modes=[
            (MODE_TEXT[one], _again(demanded, token, one, kept=unsent.kept), one is demanded.mode)
            for one in demanded.modes
        ],
        opened=datetime.fromisoformat(posted.one("opened_at")),
        v=posted.one,
        all_of=posted.all,
        fields=draft.fields,
        rows=[row_shown(one, demanded, posted, lang, may_look, looked or {}) for one in draft.rows],
        as_held=as_held,
        may_see_originals=Power.VERIFY_ORIGINALS in demanded.powers,
        said_certificates=[(word, kind.label.say(lang)) for word, kind in CERTIFICATES.items()],
        said_ways=[(way.value, WAY_NAMES[way].say(lang)) for way in WAYS],
        handling_items=_handling_items(definition),
        people=_served(demanded),
        told=told,
        count=sum(map(len, told.values())),
        off_list_open=definition is None or any(row.positions or row.name for row in draft.rows if row.entry is None),
        listed=_listed(places, lang),
        problem=(problem.cause.say(lang), problem.fix.say(lang)) if problem else None,
    )


def _listed(places: dict[str, list[FieldFinding]], lang: Lang) -> list[tuple[str, str]]:
    """Return everything that is wrong with where it stands on the page, for the list at the top."""
    listed = []
    for place, found in places.items():
        anchor = "" if place in ("", "form", "materials", "applicant") else f"f-{place}"
        about = f"{word('agent', lang)}: " if place.startswith("agent.") else ""
        listed += [(anchor, about + one.problem.say(lang)) for one in found]
    return listed


def _handling_items(definition: ItemDefinition | None) -> list[tuple[str, str]]:
    listed = definition.handling_items if definition else ()
    return [(one.code, one.name or one.code) for one in listed]


def _served(demanded: Demanded) -> tuple[bool, bool]:
    """Whether the item is for persons, and for organisations."""
    objects = demanded.definition.service_objects if demanded.definition else ()
    if not objects:
        return True, True
    words = {one.name for one in objects}
    return "PERSON" in words, bool(words - {"PERSON"})


def _said(finding: FieldFinding, lang: Lang) -> str:
    return f"{finding.problem.say(lang)}: {finding.fix.say(lang)}"


def _address(demanded: Demanded, mode: Mode | None = None, task_code: str = "") -> str:
    asked = {"place": demanded.division, "item": demanded.item.basic_code, "mode": (mode or demanded.mode).value}
    task = task_code or demanded.task_code
    return f"{FORM}?{urlencode(asked | ({'task': task} if task else {}))}"


def _again(demanded: Demanded, token: str, mode: Mode | None = None, *, kept: bool, checked: bool = False) -> str:
    """Return where the same page is to be had again, what was typed included, where it is kept."""
    address = _address(demanded, mode)
    return address_of(address, token, **({CHECK: "1"} if checked else {})) if kept else address
