"""Signing in and out, the second factor, the first account, and choosing a password by a link."""

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
from gateway.flows.people.signing_in import SignedIn


async def show_sign_in(desk: Desk, call: Call) -> web.StreamResponse:
    """Show the form."""
    to = call.request.query.get("to", "")
    return desk.pages.page(call, "sign_in", to=to, login="", problem="", chosen="chosen" in call.request.query)


async def sign_in(desk: Desk, call: Call) -> web.StreamResponse:
    """Begin a session, or show the form again with what is wrong."""
    to, login = call.field("to"), call.field("login")
    try:
        done = await desk.signing_in.sign_in(login, call.secret_field("password"))
    except GatewayError as error:
        if error.reason not in (Reason.SIGN_IN_REFUSED, Reason.LOCKED_OUT):
            raise
        problem = f"{error.cause.say(call.lang)}. {error.fix.say(call.lang)}"
        return desk.pages.page(call, "sign_in", status=401, to=to, login=login, problem=problem, chosen=False)
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
    response = web.HTTPSeeOther("/sign-in", headers=HEADERS)
    response.del_cookie(session_cookie(desk), path="/", secure=desk.secure, httponly=True, samesite="Strict")
    raise response


async def follow_link(desk: Desk, call: Call) -> web.StreamResponse:
    """Show what a one-time link is for; looking does not use it up, for mail and chat programs look at links."""
    token = call.request.match_info["token"]
    link = await desk.signing_in.link(token)
    if link.purpose == "first":
        return desk.pages.page(call, "first", token=token, values={})
    return desk.pages.page(call, "link", token=token, purpose=link.purpose)


async def use_link(desk: Desk, call: Call) -> web.StreamResponse:
    """Use a one-time link."""
    token = call.request.match_info["token"]
    link = await desk.signing_in.link(token)
    if link.purpose == "sign_in":
        return _begun(desk, await desk.signing_in.sign_in_by_link(token), "/")
    try:
        if call.secret_field("password") != call.secret_field("again"):
            findings = {"again": f"{word('passwords_differ', call.lang)}: {word('type_both_again', call.lang)}"}
            return _again(desk, call, token, link.purpose, findings)
        if link.purpose == "first":
            await desk.accounts.add_first(token, wanted_of(desk, call), call.secret_field("password"))
        else:
            await desk.accounts.choose_password(token, call.secret_field("password"))
    except GatewayError as error:
        if error.reason is not Reason.BAD_REQUEST:
            raise
        return _again(desk, call, token, link.purpose, findings_by_field(error, call.lang))
    raise web.HTTPSeeOther("/sign-in?chosen", headers=HEADERS)


async def choose_language(_: Desk, call: Call) -> web.StreamResponse:
    """Keep the language a person chose, and show the page they were on."""
    wanted = Lang.EN if call.field("lang") == Lang.EN.value else Lang.ZH
    response = web.HTTPSeeOther(_inside(call.field("to")), headers=HEADERS)
    response.set_cookie(LANG_COOKIE, wanted.value, max_age=365 * 86400, httponly=True, samesite="Strict", path="/")
    raise response


def _again(desk: Desk, call: Call, token: str, purpose: str, findings: dict[str, str]) -> web.Response:
    if purpose == "first":
        values = {name: call.field(name) for name in ("login", "name", "staff_number", "organisation", "division")}
        return desk.pages.page(call, "first", status=422, token=token, values=values, findings=findings)
    return desk.pages.page(call, "link", status=422, token=token, purpose=purpose, findings=findings)


def _begun(desk: Desk, done: SignedIn, to: str) -> web.StreamResponse:
    response = web.HTTPSeeOther(f"/sign-in/code?to={_inside(to)}" if done.needs_code else _inside(to), headers=HEADERS)
    response.set_cookie(
        session_cookie(desk), done.token, path="/", secure=desk.secure, httponly=True, samesite="Strict"
    )
    raise response


def _inside(to: str) -> str:
    """Return an address of this console, whatever was asked for: nobody is sent elsewhere."""
    return to if to.startswith("/") and not to.startswith(("//", "/\\")) and to.isprintable() and " " not in to else "/"
