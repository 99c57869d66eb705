"""Pages that change while somebody looks at them, by server-sent events (HTML Standard §9.2); without them a page stays as it was.

    news     what the page shows has changed: it fetches itself again and exchanges the parts that may
    told     when that was, in the person's language, for whoever does not see the screen
    over     the session has ended, the place was given up, or the case is gone: the browser does not come back

A stream is no use of a session, so nobody stays signed in by leaving a page open, and it ends with the session.  What was
changed while nothing was connected is told at once: the page says which state it shows.  Only whether something changed
travels here; content is fetched as always, with every check and note in the audit.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

from aiohttp import web

from gateway.case.days import CHINA
from gateway.case.errors import FieldFinding, GatewayError
from gateway.case.reasons import Reason
from gateway.case.texts import Text
from gateway.console.call import Call
from gateway.console.cases import DESKS, shown_in
from gateway.console.desk import Desk
from gateway.console.guard import HEADERS
from gateway.console.live_page import mark_of_case, mark_of_list
from gateway.console.wording import word

STREAM = "text/event-stream"


async def stream(desk: Desk, call: Call) -> web.StreamResponse:
    """Tell a page that it has changed, until it is closed."""
    return await follow(desk, call, _look(desk, call))


async def follow(
    desk: Desk,
    call: Call,
    look: Callable[[], Awaitable[str]],
    told: Callable[[], Awaitable[None]] | None = None,
    at_most_every: float | None = None,
) -> web.StreamResponse:
    """Tell a page each time that a look gives another mark, until it is closed or a look raises a GatewayError.

    Args:
        told: returns when another look is worth it; without it, when anything happened in this gateway.
        at_most_every: seconds between two looks, where the usual ones are too many.
    """
    mark = await look()
    answer = web.StreamResponse(
        headers={**HEADERS, "Content-Type": STREAM, "Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    )
    await answer.prepare(call.request)
    shown = call.request.query.get("mark", mark)
    with desk.watchers.place(call.person.person.person_id) as given_up:
        goes_on = given_up is not None
        while goes_on and given_up:
            # Waited for from before the look, so that nothing that happens during it is missed.
            hint = asyncio.create_task(_told(told or desk.watchers.told))
            try:
                mark = await look()
                await answer.write(_changed(desk, call) if mark != shown else b": here\n\n")
                shown = mark
                goes_on = await desk.watchers.next_look(given_up, hint, at_most_every)
                goes_on = goes_on and await _is_signed_in(desk, call)
            except GatewayError:
                break
            except ConnectionError:
                return answer  # the page was closed
            finally:
                hint.cancel()
    with suppress(ConnectionError):
        await answer.write(b"event: over\ndata:\n\n")
    return answer


def _look(desk: Desk, call: Call) -> Callable[[], Awaitable[str]]:
    asked, person = call.request.query, call.person.person
    if case_id := asked.get("case", ""):
        return lambda: desk.cases.glance(person, case_id, mark_of_case)
    side = next((party for party in DESKS if party.value == asked.get("side")), None)
    if side is None:
        raise GatewayError(Reason.BAD_REQUEST, findings=[_NOTHING], count=1)

    async def look() -> str:
        return mark_of_list(await shown_in(desk, call, side))

    return look


async def _told(told: Callable[[], Awaitable[None]]) -> None:
    await told()


async def _is_signed_in(desk: Desk, call: Call) -> bool:
    present = await desk.signing_in.who(call.person.token, is_use=False)
    return present is not None and present.session.complete


def _changed(desk: Desk, call: Call) -> bytes:
    at = desk.clock().astimezone(CHINA).strftime("%H:%M:%S")
    return f"event: news\ndata:\n\nevent: told\ndata: {word('live_told', call.lang)} {at}\n\n".encode()


_NOTHING = FieldFinding(
    "case", Text("没有说明要看什么", "it is not said what is watched"), Text("从页面打开", "open it from a page")
)
