"""What every request of the console passes: headers, session, right, the page's token, and errors as pages.

Guarantees that no page runs a script or loads a thing from elsewhere (CSP), that nothing is done for a page that is not ours,
and that whoever lacks a right learns nothing but that.
"""

import asyncio
import hmac
from collections.abc import Awaitable, Callable, Mapping
from urllib.parse import quote

import structlog
from aiohttp import BodyPartReader, MultipartReader, web
from multidict import MultiDictProxy

from gateway.case.errors import GatewayError
from gateway.case.reasons import Family, Reason
from gateway.case.staff import Right
from gateway.case.texts import Lang
from gateway.console.call import Call, Form
from gateway.console.desk import Desk
from gateway.console.noting import note_look, note_refusal
from gateway.console.route import Door, Route
from gateway.flows.people.signing_in import Present
from gateway.store.address import act_from
from gateway.telemetry.logs import Said

LANG_COOKIE = "tongban_lang"
TOKEN_FIELD = "page_token"
TOKEN_HEADER = "Tongban-Page"
LIVE_HEADER = "Tongban-Live"
MOST_FIELDS = 500
FORM_BYTES = 1024 * 1024
FORM_SECONDS = 30
"""Within which a form without files has come, and the first part of one with files."""
LONGEST_TOKEN = 256
AT_HAND = 4 * 1024 * 1024
"""Bytes asked for of a form with files: more than a connection has at hand, so that nothing has to be given back."""
SAFE = frozenset({"GET", "HEAD"})
MULTIPART, URL_ENCODED = "multipart/form-data", "application/x-www-form-urlencoded"
HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self';"
        " font-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; object-src 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), microphone=(), geolocation=()",
}
STATUSES: Mapping[Family, int] = {
    Family.MALFORMED: 400,
    Family.UNAUTHENTICATED: 401,
    Family.FORBIDDEN: 403,
    Family.UNKNOWN: 404,
    Family.CONFLICT: 409,
    Family.STALE: 412,
    Family.TOO_LARGE: 413,
    Family.UNPROCESSABLE: 422,
    Family.BUSY: 429,
    Family.NOT_SERVED: 501,
    Family.UNAVAILABLE: 503,
}

_log = structlog.get_logger("tongban.console")


def session_cookie(desk: Desk) -> str:
    """Return the name of the cookie; over TLS one that a browser takes from this host alone (RFC 6265bis §4.1.3.2).

    With the region in it, for a host's cookies go to all its ports: two consoles on one machine do not sign each other out.
    """
    return f"__Host-tongban-{desk.region}" if desk.secure else f"tongban-{desk.region}"


def guarded(
    desk: Desk, route: Route, form_seconds: float = FORM_SECONDS
) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    """Return what answers the requests of a route.

    Args:
        form_seconds: within which a form without files has come.
    """

    async def answer(request: web.Request) -> web.StreamResponse:
        act_from(request.remote or "")
        call = Call(request, language(request), None, {})
        try:
            token = request.cookies.get(session_cookie(desk), "")
            present = await desk.signing_in.who(token, is_use=not _by_itself(request))
            call = Call(request, call.lang, present, {})
            _need(route, present)
            form, parts = await _form(request, route, form_seconds)

            async def still_may() -> Present | None:
                again = await desk.signing_in.who(token, is_use=False)
                _need(route, again)
                return again

            if request.method not in SAFE:
                present = await still_may()  # a body comes as slowly as its sender likes
            call = Call(request, call.lang, present, form, parts, still_may)
            _need_our_page(request, call)
            response = await route.handler(desk, call)
            await note_look(desk, call, route, response, by_itself=_by_itself(request))
        except web.HTTPException as redirect:
            # aiohttp raises what it could return; only redirects are made that way here.
            redirect.headers.update(HEADERS)
            redirect.headers.setdefault("Cache-Control", "no-store")
            raise
        except GatewayError as error:
            await note_refusal(desk, call, route, error)
            response = _told(desk, call, error)
        except ConnectionError:
            raise
        except Exception:  # noqa: BLE001 - the last net: told as INTERNAL, logged without what was sent
            _log.exception(Said.INTERNAL, route=route.path, method=request.method)
            response = desk.pages.error(call, GatewayError(Reason.INTERNAL, trace=""), 500)
        if not response.prepared:
            response.headers.update(HEADERS)
        return response

    return answer


def language(request: web.Request) -> Lang:
    """Return the language a person chose; Chinese until they do."""
    return Lang.EN if request.cookies.get(LANG_COOKIE) == Lang.EN.value else Lang.ZH


def _by_itself(request: web.Request) -> bool:
    """Whether a page asked by itself, with nobody at the desk: such a request does not keep a session from being idle."""
    return LIVE_HEADER in request.headers or request.headers.get("Accept") == "text/event-stream"


def _need(route: Route, present: Present | None) -> None:
    needs = route.needs
    if needs is Door.OPEN:
        return
    if present is None or (needs is not Door.HALF and not present.session.complete):
        raise GatewayError(Reason.SIGNED_OUT)
    if isinstance(needs, Right) and not present.person.may(needs):
        raise GatewayError(Reason.ROLE_LACKS_RIGHT)


async def _form(request: web.Request, route: Route, seconds: float) -> tuple[Form, MultipartReader | None]:
    if request.method in SAFE:
        return {}, None
    if route.uploads and request.content_type == MULTIPART:
        return await _first_part(request, seconds)
    if route.uploads and request.content_type != URL_ENCODED:
        return {}, None
    posted = await _posted(request, seconds)
    if len(posted) > MOST_FIELDS:
        raise GatewayError(Reason.REQUEST_TOO_LARGE, limit=MOST_FIELDS)
    return {name: tuple(value for value in posted.getall(name) if isinstance(value, str)) for name in posted}, None


async def _posted(request: web.Request, seconds: float) -> MultiDictProxy[str | bytes | bytearray | web.FileField]:
    """Return the fields of a form without files, within its bounds: nothing is unpacked, and no file is made of a part."""
    if request.body_exists and (request.content_type != URL_ENCODED or not _is_plain_utf8(request)):
        raise GatewayError(Reason.UNSUPPORTED_MEDIA, expected=f"{URL_ENCODED} (UTF-8)")
    if (request.content_length or 0) > FORM_BYTES:
        raise GatewayError(Reason.REQUEST_TOO_LARGE, limit=FORM_BYTES)
    try:
        async with asyncio.timeout(seconds):
            return await request.post()
    except TimeoutError:
        raise GatewayError(Reason.REQUEST_TIMEOUT, limit=round(seconds)) from None
    except web.HTTPRequestEntityTooLarge:
        raise GatewayError(Reason.REQUEST_TOO_LARGE, limit=FORM_BYTES) from None
    except UnicodeDecodeError:
        raise GatewayError(Reason.UNSUPPORTED_MEDIA, expected=f"{URL_ENCODED} (UTF-8)") from None


def _is_plain_utf8(request: web.Request) -> bool:
    charset = (request.charset or "utf-8").lower().replace("_", "-")
    packed = request.headers.get("Content-Encoding", "identity").strip().lower() != "identity"
    return charset in ("utf-8", "utf8") and not packed


async def _first_part(request: web.Request, seconds: float) -> tuple[Form, MultipartReader]:
    """Return the page's token, which stands before everything else in a form with files, and what follows it."""
    if not _is_plain_utf8(request):
        raise GatewayError(Reason.UNSUPPORTED_MEDIA, expected=f"{MULTIPART} (UTF-8)")
    try:
        async with asyncio.timeout(seconds):
            return await _token_first(await request.multipart())
    except TimeoutError:
        raise GatewayError(Reason.REQUEST_TIMEOUT, limit=round(seconds)) from None
    except ValueError:
        raise GatewayError(Reason.UNSUPPORTED_MEDIA, expected=MULTIPART) from None  # without a boundary, say


async def _token_first(parts: MultipartReader) -> tuple[Form, MultipartReader]:
    try:
        first = await parts.next()
        if not isinstance(first, BodyPartReader) or first.name != TOKEN_FIELD or first.filename is not None:
            return {}, parts
        token = bytearray()
        while not first.at_eof() and len(token) <= LONGEST_TOKEN:
            token += await first.read_chunk(AT_HAND)
    except ValueError:
        return {}, parts  # not what a browser sends; without its token nothing is done
    return {TOKEN_FIELD: (token.decode("ascii", "replace"),)}, parts


def _need_our_page(request: web.Request, call: Call) -> None:
    """Refuse what another site's page sent in a person's name (CSRF)."""
    if request.method in SAFE:
        return
    site = request.headers.get("Sec-Fetch-Site", "")
    if site not in ("same-origin", "none", "") or (not site and _is_of_another_host(request)):
        raise GatewayError(Reason.PAGE_FORGED)
    if call.present is None:
        return  # nothing is done in anybody's name; the cookie is SameSite=Strict in any event
    token = request.headers.get(TOKEN_HEADER, "") or call.field(TOKEN_FIELD)
    if not hmac.compare_digest(token.encode("utf-8", "replace"), call.present.page_token.encode()):
        raise GatewayError(Reason.PAGE_FORGED)


def _is_of_another_host(request: web.Request) -> bool:
    """Whether an older browser names another host's page; our own are `null` there, for they tell nobody who refers to them."""
    origin = request.headers.get("Origin", "null")
    return origin != "null" and origin.partition("://")[2] != request.host


def _told(desk: Desk, call: Call, error: GatewayError) -> web.Response:
    if error.reason is Reason.SIGNED_OUT and call.request.method in SAFE:
        headers = {**HEADERS, "Cache-Control": "no-store"}
        raise web.HTTPSeeOther(f"/sign-in?to={quote(call.request.rel_url.path)}", headers=headers)
    _log.info(Said.REQUEST_REFUSED, reason=error.reason.value, route=call.request.match_info.route.name or "")
    status = STATUSES.get(error.row.family, 500)
    return desk.pages.error(call, error, status)
