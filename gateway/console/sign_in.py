"""Signing in and out, the second factor, the first account, and choosing a password by a link."""

from typing import Any
from urllib.parse import quote

from aiohttp import web

from gateway.case.errors import GatewayError
from gateway.case.reasons import Reason
from gateway.case.texts import Lang
from gateway.console.call import Call
from gateway.console.desk import Desk
from gateway.console.guard import HEADERS, LANG_COOKIE, session_cookie
from gateway.console.people import wanted_of
from gateway.console.rendering import findings_by_field
from gateway.console.wording import word
from gateway.flows.people.identities import PURPOSE as IDENTITY
from gateway.flows.people.signing_in import SignedIn
from gateway.store.console_sessions import Link


async def show_sign_in(desk: Desk, call: Call) -> web.StreamResponse:
    """Show the form."""
    to = call.request.query.get("to", "")
    return _sign_in_page(desk, call, to=to, login="", problem="", chosen="chosen" in call.request.query)


async def sign_in(desk: Desk, call: Call) -> web.StreamResponse:
    """Begin a session, or show the form again with what is wrong."""
    to, login = call.field("to"), call.field("login")
    try:
        done = await desk.signing_in.sign_in(login, call.secret_field("password"))
    except GatewayError as error:
        if error.reason not in (Reason.SIGN_IN_REFUSED, Reason.LOCKED_OUT, Reason.SIGN_IN_BUSY):
            raise
        problem = f"{error.cause.say(call.lang)}. {error.fix.say(call.lang)}"
        return _sign_in_page(desk, call, status=401, to=to, login=login, problem=problem, chosen=False)
    await leave(desk, call)
    return _begun(desk, done, to)


async def show_code(desk: Desk, call: Call) -> web.StreamResponse:
    """Show the form for the code."""
    return desk.pages.page(call, "code", to=call.request.query.get("to", ""), problem="")


async def give_code(desk: Desk, call: Call) -> web.StreamResponse:
    """Complete the session."""
    try:
        done = await desk.signing_in.give_code(call.person, call.field("code"))
    except GatewayError as error:
        if error.reason not in (Reason.SIGN_IN_REFUSED, Reason.LOCKED_OUT):
            raise
        problem = f"{error.cause.say(call.lang)}. {error.fix.say(call.lang)}"
        return desk.pages.page(call, "code", status=401, to=call.field("to"), problem=problem)
    return _begun(desk, done, call.field("to"))


async def sign_out(desk: Desk, call: Call) -> web.StreamResponse:
    """End the session."""
    await desk.signing_in.sign_out(call.person)
    by_provider = desk.provider is not None and call.person.session.provider_session is not None
    # Over TLS the browser also forgets what it kept of pages, for whoever sits at the desk next.
    headers = {**HEADERS, "Cache-Control": "no-store", "Clear-Site-Data": '"cache", "storage"'}
    response = web.HTTPSeeOther("/signed-out" if by_provider else "/sign-in", headers=headers)
    response.del_cookie(session_cookie(desk), path="/", secure=desk.secure, httponly=True, samesite="Strict")
    raise response


async def follow_link(desk: Desk, call: Call) -> web.StreamResponse:
    """Show what a one-time link is for; looking does not use it up, for mail and chat programs look at links."""
    token = call.request.match_info["token"]
    link = await desk.signing_in.link(token)
    if link.purpose == "first":
        return desk.pages.page(call, "first", token=token, values={})
    if link.purpose == IDENTITY:
        person, _ = await desk.accounts.find(link.person_id)
        return desk.pages.page(call, "identity_binding", token=token, who=person, sign_in_there=_there(desk, call))
    return desk.pages.page(call, "link", token=token, **await _of_link(desk, link))


async def use_link(desk: Desk, call: Call) -> web.StreamResponse:
    """Use a one-time link."""
    token = call.request.match_info["token"]
    link = await desk.signing_in.link(token)
    if link.purpose == IDENTITY:
        raise web.HTTPSeeOther(f"/link/{token}", headers=HEADERS)
    if link.purpose == "sign_in":
        done = await desk.signing_in.sign_in_by_link(token)
        await leave(desk, call)
        return _begun(desk, done, "/")
    try:
        if call.secret_field("password") != call.secret_field("again"):
            findings = {"again": f"{word('passwords_differ', call.lang)}: {word('type_both_again', call.lang)}"}
            return await _again(desk, call, token, link, findings)
        if link.purpose == "first":
            await desk.accounts.add_first(token, wanted_of(desk, call), call.secret_field("password"))
        else:
            await desk.accounts.choose_password(token, call.secret_field("password"), call.field("code"))
    except GatewayError as error:
        if error.reason is not Reason.BAD_REQUEST:
            raise
        return await _again(desk, call, token, link, findings_by_field(error, call.lang))
    raise web.HTTPSeeOther("/sign-in?chosen", headers=HEADERS)


async def choose_language(_: Desk, call: Call) -> web.StreamResponse:
    """Keep the language a person chose, and show the page they were on."""
    wanted = Lang.EN if call.field("lang") == Lang.EN.value else Lang.ZH
    response = web.HTTPSeeOther(inside(call.field("to")), headers=HEADERS)
    response.set_cookie(LANG_COOKIE, wanted.value, max_age=365 * 86400, httponly=True, samesite="Strict", path="/")
    raise response


async def _of_link(desk: Desk, link: Link) -> dict[str, Any]:
    """Return what the page of a link says of it: whose it is, and whether the code of a second factor is owed.

    A password is chosen with that code: a link does not stand in for it.
    """
    person, _ = await desk.accounts.find(link.person_id)
    return {"purpose": link.purpose, "who": person, "code": link.purpose == "password" and person.second_factor}


async def _again(desk: Desk, call: Call, token: str, link: Link, findings: dict[str, str]) -> web.Response:
    if link.purpose == "first":
        values = {name: call.field(name) for name in ("login", "name", "staff_number", "organisation", "division")}
        return desk.pages.page(call, "first", status=422, token=token, values=values, findings=findings)
    return desk.pages.page(call, "link", status=422, token=token, findings=findings, **await _of_link(desk, link))


async def leave(desk: Desk, call: Call) -> None:
    """End the session this browser had: its cookie is about to be another."""
    if call.present:
        await desk.signing_in.sign_out(call.present)


def _begun(desk: Desk, done: SignedIn, to: str) -> web.StreamResponse:
    response = web.HTTPSeeOther(next_address(done, to), headers=HEADERS)
    set_session(desk, response, done.token)
    raise response


def next_address(done: SignedIn, to: str) -> str:
    """Return where somebody goes on to: the second factor where it is owed, else where they wanted to."""
    return f"/sign-in/code?to={quote(inside(to), safe='/')}" if done.needs_code else inside(to)


def set_session(desk: Desk, response: web.StreamResponse, token: str) -> None:
    """Put the token of a session into its cookie."""
    response.set_cookie(session_cookie(desk), token, path="/", secure=desk.secure, httponly=True, samesite="Strict")


def _sign_in_page(desk: Desk, call: Call, *, status: int = 200, **facts: object) -> web.Response:
    return desk.pages.page(call, "sign_in", status=status, sign_in_there=_there(desk, call), **facts)


def _there(desk: Desk, call: Call) -> str:
    """Return what the button to the identity provider says; empty where there is none."""
    if desk.provider is None:
        return ""
    return word("provider_sign_in", call.lang).format(label=desk.provider.provider.label.say(call.lang))


def inside(to: str) -> str:
    """Return an address of this console, whatever was asked for: nobody is sent elsewhere."""
    return to if to.startswith("/") and not to.startswith(("//", "/\\")) and to.isprintable() and " " not in to else "/"
