"""Every page that somebody opens, and every one they are refused, is in the audit, though its own handler keeps no row.

A store that takes no row shows no case, and nobody's data, to anybody.  The pages of operators, which have neither, are shown all
the same, for it is they who find out why; what would have been the row is in the log.

A page that changes by itself while it is open is opened once.  What is refused before anybody signed in is not noted: it is in
the log, without who, and cannot fill the store.
"""

import re
from contextlib import suppress

import structlog
from aiohttp import web

from gateway.case.errors import GatewayError
from gateway.case.reasons import Family
from gateway.case.staff import Right
from gateway.console.call import Call
from gateway.console.desk import Desk
from gateway.console.route import Look, Route
from gateway.telemetry import Said

SAFE = frozenset({"GET", "HEAD"})
FURTHER = 300
MISSED = frozenset({403, 404})
TOLD = frozenset({Family.FORBIDDEN, Family.UNKNOWN})
"""Refusals that are noted: what somebody may not do, or may not even know of."""
_log = structlog.get_logger("tongban.console")
_PLAIN = re.compile(r"[A-Za-z0-9._-]{1,64}", re.ASCII)


async def note_look(desk: Desk, call: Call, route: Route, response: web.StreamResponse, *, by_itself: bool) -> None:
    """Note that somebody opened a page, before it is sent."""
    if call.request.method not in SAFE or not isinstance(route.needs, Right) or route.look is not Look.PAGE:
        return
    if by_itself or response.prepared:
        return
    refused = f"HTTP_{response.status}" if response.status in MISSED else ""
    if response.status < FURTHER or refused:
        try:
            await desk.auditing.opened(call.person.person, page_of(call, route), refused)
        except GatewayError as error:
            if route.needs is not Right.OPERATE:
                raise
            person = call.person.person.person_id
            _log.warning(Said.PAGE_NOT_NOTED, reason=error.reason.value, by=f"person:{person}", route=route.path)


async def note_refusal(desk: Desk, call: Call, route: Route, error: GatewayError) -> None:
    """Note that somebody who is signed in was refused; a store that takes no row keeps nobody from being told."""
    present = call.present
    if present is None or not present.session.complete or error.row.family not in TOLD:
        return
    with suppress(GatewayError):
        await desk.auditing.opened(present.person, page_of(call, route), error.reason.value)


def page_of(call: Call, route: Route) -> str:
    """Return the address of a page as the audit names it: what was put into it is left out unless it is an id.

    A one-time link may still be good when it is refused to somebody; whoever reads the audit must not be able to use it.
    """
    page = route.path
    for name, value in call.request.match_info.items():
        page = page.replace(f"{{{name}}}", value if _PLAIN.fullmatch(value) and name != "token" else "…")
    return page if call.request.method in SAFE else f"{call.request.method} {page}"
