"""Signing in through an identity provider, as a browser sees it.

    GET  /sign-in/provider            to the provider, with what this browser is to bring back in a cookie
    GET  /link/{token}/provider       the same, to bind an account to whoever signs in there
    GET  /sign-in/provider/done       back from the provider
    GET  /signed-out                  out of this system, and on to the provider where it can be asked
    POST /sign-in/provider/logout     the provider itself says that somebody signed out (Back-Channel Logout 1.0 §2.5)

The way there is a link, for pages may send their forms to nowhere else.  On the way back the browser comes from another site and
brings no `SameSite=Strict` cookie along: the sign-in under way lies in a `Lax` one of its own, and a page of ours stands between
that answer and what follows, so that the new session is seen there.
"""

from collections.abc import Mapping
from dataclasses import replace

import structlog
from aiohttp import web

from gateway.case.errors import GatewayError
from gateway.case.reasons import Reason
from gateway.case.texts import Lang
from gateway.console.call import Call
from gateway.console.desk import Desk
from gateway.console.guard import HEADERS, STATUSES, session_cookie
from gateway.console.sign_in import inside, leave, next_address, set_session
from gateway.console.wording import word
from gateway.flows.people.by_provider import GOOD_FOR, Answer, ByProvider
from gateway.flows.people.identities import PURPOSE
from gateway.telemetry.logs import Said

LONGEST_ANSWER = 4096
_SIDES: Mapping[Reason, str] = {
    Reason.PROVIDER_AWAY: "provider_side_between",
    Reason.PROVIDER_ODD: "provider_side_theirs",
    Reason.PROVIDER_REFUSED: "provider_side_theirs",
}
_log = structlog.get_logger("tongban.console")


async def go_to_provider(desk: Desk, call: Call) -> web.StreamResponse:
    """Send a browser to the provider."""
    return await _sent(desk, call, inside(call.request.query.get("to", "")), "")


async def go_to_provider_by_link(desk: Desk, call: Call) -> web.StreamResponse:
    """Send a browser to the provider, to bind an account to whoever signs in there."""
    token = call.request.match_info["token"]
    link = await desk.signing_in.link(token)
    if link.purpose != PURPOSE:
        raise web.HTTPSeeOther(f"/link/{token}", headers=HEADERS)
    return await _sent(desk, call, "/", token)


async def come_back(desk: Desk, call: Call) -> web.StreamResponse:
    """Begin a session for whoever the provider says signed in."""
    provider = need_provider(desk)
    try:
        answer = _answer(call.request)
        attempt = provider.under_way(call.request.cookies.get(_cookie(desk), ""), answer.state)
        call = replace(call, lang=Lang(attempt.lang))
        done = await provider.finish(attempt, answer)
    except GatewayError as error:
        response = _problem(desk, call, error)
        _forget(desk, response)
        return response
    await leave(desk, call)
    response = desk.pages.page(replace(call, present=None), "provider_done", to=next_address(done, attempt.to))
    set_session(desk, response, done.token)
    _forget(desk, response)
    return response


async def show_signed_out(desk: Desk, call: Call) -> web.StreamResponse:
    """Show that somebody signed out, and lead them on to sign out at the provider."""
    provider = need_provider(desk)
    try:
        there = await provider.provider.way_out()
    except GatewayError:
        there = ""  # they are signed out here in any event
    return desk.pages.page(call, "provider_out", there=there)


async def hear_of_sign_out(desk: Desk, call: Call) -> web.StreamResponse:
    """End what began by a session that ended at the provider; answered as Back-Channel Logout 1.0 §2.8 says."""
    provider = need_provider(desk)
    try:
        await provider.told_of_sign_out(call.field("logout_token"))
    except GatewayError as error:
        if error.reason is Reason.PROVIDER_AWAY:
            raise
        _log.info(Said.REQUEST_REFUSED, reason=error.reason.value, kind=error.facts.get("why", ""))
        return web.json_response({"error": "invalid_request"}, status=400, headers={"Cache-Control": "no-store"})
    return web.Response(headers={"Cache-Control": "no-store"})


def need_provider(desk: Desk) -> ByProvider:
    """Return the provider.  Raises PROVIDER_OFF where there is none."""
    if desk.provider is None:
        raise GatewayError(Reason.PROVIDER_OFF)
    return desk.provider


def sign_in_there(desk: Desk, lang: Lang) -> str:
    """Return what the button to the provider says; empty where there is none."""
    if desk.provider is None:
        return ""
    return word("provider_sign_in", lang).format(label=desk.provider.provider.label.say(lang))


async def _sent(desk: Desk, call: Call, to: str, link: str) -> web.StreamResponse:
    provider = need_provider(desk)
    try:
        there, sealed = await provider.begin(to, call.lang.value, link)
    except GatewayError as error:
        return _problem(desk, call, error)
    response = web.HTTPSeeOther(there, headers={**HEADERS, "Cache-Control": "no-store"})
    response.set_cookie(
        _cookie(desk),
        sealed,
        max_age=int(GOOD_FOR.total_seconds()),
        path="/",
        secure=desk.secure,
        httponly=True,
        samesite="Lax",
    )
    raise response


def _answer(request: web.Request) -> Answer:
    """Return what came back; said twice, or longer than any answer, it is none (RFC 6749 §3.1)."""
    said = {name: request.query.getall(name, [""]) for name in ("state", "code", "iss", "error")}
    if any(len(values) != 1 or len(values[0]) > LONGEST_ANSWER for values in said.values()):
        raise GatewayError(Reason.PROVIDER_ATTEMPT_OVER)
    return Answer(said["state"][0], said["code"][0], said["iss"][0], said["error"][0])


def _problem(desk: Desk, call: Call, error: GatewayError) -> web.Response:
    _log.info(Said.REQUEST_REFUSED, reason=error.reason.value, kind=error.facts.get("why", ""))
    return desk.pages.page(
        call,
        "provider_problem",
        status=STATUSES.get(error.row.family, 500),
        cause=error.cause.say(call.lang),
        fix=error.fix.say(call.lang),
        reason=error.reason.value,
        side=_SIDES.get(error.reason, "provider_side_ours"),
    )


def _cookie(desk: Desk) -> str:
    return f"{session_cookie(desk)}-provider"


def _forget(desk: Desk, response: web.StreamResponse) -> None:
    response.del_cookie(_cookie(desk), path="/", secure=desk.secure, httponly=True, samesite="Lax")
