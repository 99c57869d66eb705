"""Accounts, for the security officer: who there is, what they may do, their sessions, links to choose a password."""

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from aiohttp import web

from gateway.case.errors import GatewayError
from gateway.case.reasons import Reason
from gateway.case.staff import Person, Role
from gateway.console.call import Call
from gateway.console.desk import Desk
from gateway.console.guard import HEADERS
from gateway.console.rendering import findings_by_field
from gateway.flows.people.accounts import Wanted
from gateway.flows.people.apart import is_apart

NO_FINDINGS: Mapping[str, str] = MappingProxyType({})


async def list_people(desk: Desk, call: Call) -> web.StreamResponse:
    """Show all accounts."""
    people = await desk.accounts.everybody()
    return desk.pages.page(call, "people", people=people, place=desk.divisions.named)


async def show_new(desk: Desk, call: Call) -> web.StreamResponse:
    """Show the form of a new account."""
    wanted = Wanted("", "", "", desk.region_name, f"{desk.region}000000", frozenset())
    return desk.pages.page(
        call, "person", wanted=wanted, person_id="", active=True, apart=False, sessions=(), roles=tuple(Role)
    )


async def add_person(desk: Desk, call: Call) -> web.StreamResponse:
    """Make an account, and show the link for its owner."""
    wanted = wanted_of(desk, call)
    try:
        person, token = await desk.accounts.add(call.person, wanted)
    except GatewayError as error:
        return _wrong(desk, call, error, replace(wanted, login=call.field("login")), "")
    return desk.pages.page(call, "person_made", who=person, link=address_of_link(call, token) if token else "")


async def show_person(desk: Desk, call: Call) -> web.StreamResponse:
    """Show one account."""
    return await person_page(desk, call)


async def person_page(
    desk: Desk, call: Call, *, status: int = 200, findings: Mapping[str, str] = NO_FINDINGS
) -> web.StreamResponse:
    """Return the page of the account that is asked for."""
    person, sessions = await desk.accounts.find(call.request.match_info["person"])
    return desk.pages.page(
        call,
        "person",
        status=status,
        findings=findings,
        identity=await _identity(desk, person),
        wanted=_as_is(person),
        person_id=person.person_id,
        active=person.active,
        factor=person.second_factor,
        apart=is_apart(person.roles),
        sessions=sessions,
        roles=tuple(Role),
        done="saved" if "saved" in call.request.query else "",
    )


async def change_person(desk: Desk, call: Call) -> web.StreamResponse:
    """Change one account."""
    person, _ = await desk.accounts.find(call.request.match_info["person"])
    person_id, wanted = person.person_id, replace(wanted_of(desk, call), login=person.login)
    try:
        await desk.accounts.change(call.person, person_id, wanted, active=call.field("active") == "yes")
    except GatewayError as error:
        return _wrong(desk, call, error, wanted, person_id)
    raise web.HTTPSeeOther(f"/people/{person_id}?saved", headers=HEADERS)


async def make_link(desk: Desk, call: Call) -> web.StreamResponse:
    """Make a link by which the owner chooses a new password."""
    person, _ = await desk.accounts.find(call.request.match_info["person"])
    token = await desk.accounts.password_link(call.person, person.person_id)
    return desk.pages.page(call, "person_made", who=person, link=address_of_link(call, token))


async def end_sessions(desk: Desk, call: Call) -> web.StreamResponse:
    """End one session of a person, or all."""
    person_id = call.request.match_info["person"]
    await desk.accounts.end_session(call.person, person_id, call.field("session"))
    raise web.HTTPSeeOther(f"/people/{person_id}?saved", headers=HEADERS)


async def drop_factor(desk: Desk, call: Call) -> web.StreamResponse:
    """Ask somebody for no second factor any more."""
    person_id = call.request.match_info["person"]
    await desk.accounts.drop_factor(call.person, person_id)
    raise web.HTTPSeeOther(f"/people/{person_id}?saved", headers=HEADERS)


def wanted_of(desk: Desk, call: Call) -> Wanted:
    """Return what a form wants an account to be; a six-digit division is that with six zeros."""
    division = call.field("division")
    known = {role.value: role for role in Role}
    return Wanted(
        login=call.field("login").lower(),
        name=call.field("name"),
        staff_number=call.field("staff_number"),
        organisation=call.field("organisation") or desk.region_name,
        division=f"{division}000000" if len(division) == 6 else division,
        roles=frozenset(known[value] for value in call.fields("roles") if value in known),
    )


async def _identity(desk: Desk, person: Person) -> str:
    """Return whether an account is linked to an identity; empty where there is no provider."""
    if desk.provider is None:
        return ""
    return "linked" if await desk.provider.identities.is_linked(person.person_id) else "unlinked"


def _as_is(person: Person) -> Wanted:
    return Wanted(person.login, person.name, person.staff_number, person.organisation, person.division, person.roles)


def _wrong(desk: Desk, call: Call, error: GatewayError, wanted: Wanted, person_id: str) -> web.Response:
    if error.reason is not Reason.BAD_REQUEST:
        raise error
    return desk.pages.page(
        call,
        "person",
        status=422,
        wanted=replace(wanted, organisation=call.field("organisation")),  # as it was typed, not what stands for nothing
        person_id=person_id,
        active=call.field("active") != "" or not person_id,
        factor=False,
        apart=False,
        sessions=(),
        roles=tuple(Role),
        findings=findings_by_field(error, call.lang),
    )


def address_of_link(call: Call, token: str) -> str:
    """Return the address of a one-time link."""
    return f"{call.request.scheme}://{call.request.host}/link/{token}"
