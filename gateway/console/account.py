"""One's own account: what one may do, sessions, the second factor."""

from aiohttp import web

from gateway.case.errors import GatewayError
from gateway.case.reasons import Reason
from gateway.case.staff import RIGHTS
from gateway.console.audit_words import act_name
from gateway.console.call import Call
from gateway.console.desk import Desk
from gateway.console.guard import HEADERS
from gateway.trust import base64url
from gateway.trust.one_time_codes import SECRET_BYTES, enrolment_uri, secret_text


async def show_account(desk: Desk, call: Call) -> web.StreamResponse:
    """Show one's own account."""
    _, sessions = await desk.accounts.find(call.person.person.person_id)
    rights = sorted({right.value for role in call.person.person.roles for right in RIGHTS[role]})
    return desk.pages.page(
        call,
        "account",
        sessions=sessions,
        session_id=call.person.session.session_id,
        rights=rights,
        place=desk.divisions.named(call.person.person.division),
        resets=await desk.resets.of(call.person.person),
        act_name=act_name,
        done="saved" if "saved" in call.request.query else "",
    )


async def show_factor(desk: Desk, call: Call) -> web.StreamResponse:
    """Show a new secret for an authenticator app.  Raises FACTOR_HELD for whoever has one."""
    if call.person.person.second_factor:
        raise GatewayError(Reason.FACTOR_HELD)
    return _factor_page(desk, call, desk.new_factor(), "")


async def set_factor(desk: Desk, call: Call) -> web.StreamResponse:
    """Ask for a second factor from now on."""
    try:
        secret = base64url.decode(call.field("secret"))
    except ValueError:
        secret = b""
    try:
        await desk.accounts.set_factor(call.person, secret, call.field("code"))
    except GatewayError as error:
        if error.reason is not Reason.SIGN_IN_REFUSED:
            raise
        again = secret if len(secret) == SECRET_BYTES else desk.new_factor()
        return _factor_page(desk, call, again, error.cause.say(call.lang))
    raise web.HTTPSeeOther("/account?saved", headers=HEADERS)


def _factor_page(desk: Desk, call: Call, secret: bytes, problem: str) -> web.Response:
    login = call.person.person.login
    return desk.pages.page(
        call,
        "factor",
        status=422 if problem else 200,
        secret=base64url.encode(secret),
        shown=" ".join(secret_text(secret)[at : at + 4] for at in range(0, 32, 4)),
        uri=enrolment_uri(secret, login, f"tongban {desk.region}"),
        problem=problem,
    )
