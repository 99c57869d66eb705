"""The desk of the queue, on the operators' socket alone; no local system reaches it, and it is not in the OpenAPI description.

GET  /v1/queue                             what each partner is owed, what is kept back and why, holds
GET  /v1/queue/{key}                       one case or envelope
POST /v1/queue/count                       how many a selection has
POST /v1/queue/hold|release|retry|fail|redirect    one step; the answer says where the next goes on
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Protocol

from aiohttp import web

from gateway.case.errors import GatewayError
from gateway.case.reasons import Reason
from gateway.flows.queue.deed import Deed, Step
from gateway.flows.queue.show import QueueCase
from gateway.flows.queue.view import Overview
from gateway.local import queue_out as out
from gateway.local.canonical_out import encode
from gateway.local.queue_body import DeedBody, read_deed
from gateway.local.requests import CASE_BYTES, JSON, read_body
from gateway.local.strict_json import read_object
from gateway.store.queue import Selection

SECONDS = 55
"""Bound of one step; partners may have to be asked."""


class Desk(Protocol):
    """What the routes set off."""

    async def overview(self) -> Overview:
        """Return the queue at this moment."""

    async def count(self, wanted: Selection, *, openings: bool) -> int:
        """Return how many envelopes a selection has, or how many cases whose opening was not answered."""

    async def show(self, key: str) -> QueueCase:
        """Return one case or envelope."""

    async def hold(self, deed: Deed, until: datetime | None) -> Step:
        """Hold, one step."""

    async def let_go(self, deed: Deed) -> Step:
        """Release by selection, one step."""

    async def end_hold(self, deed: Deed, hold_id: str) -> Step:
        """Release a hold, one step."""

    async def retry(self, deed: Deed) -> Step:
        """Try again, one step."""

    async def fail(self, deed: Deed, *, without_asking: bool) -> Step:
        """End, one step."""

    async def redirect(self, deed: Deed, to: str, *, without_asking: bool) -> Step:
        """Send elsewhere, one step."""


Act = Callable[[DeedBody, Deed], Awaitable[Step]]


def add_queue_routes(app: web.Application, desk: Desk, clock: Callable[[], datetime]) -> None:
    """Add the desk to the operators' application."""

    async def overview(_: web.Request) -> web.Response:
        return _json(out.overview(await desk.overview()))

    async def show(request: web.Request) -> web.Response:
        return _json(out.queue_case(await desk.show(request.match_info["key"])))

    async def count(request: web.Request) -> web.Response:
        body = read_object(await read_body(request, CASE_BYTES, JSON))
        asked, deed = read_deed(body, reasoned=False, now=clock())
        return _json({"count": await desk.count(deed.selection, openings=asked.openings)})

    def stepping(name: str, act: Act) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def answer(request: web.Request) -> web.Response:
            body = read_object(await read_body(request, CASE_BYTES, JSON))
            asked, deed = read_deed(body, reasoned=True, now=clock(), holding=name == "hold")
            try:
                async with asyncio.timeout(SECONDS):
                    return _json(out.step(await act(asked, deed)))
            except TimeoutError:
                raise GatewayError(Reason.REQUEST_TIMEOUT, limit=SECONDS) from None

        return answer

    def release(asked: DeedBody, deed: Deed) -> Awaitable[Step]:
        return desk.end_hold(deed, asked.hold_id) if asked.hold_id else desk.let_go(deed)

    acts: dict[str, Act] = {
        "hold": lambda asked, deed: desk.hold(deed, asked.until),
        "release": release,
        "retry": lambda _, deed: desk.retry(deed),
        "fail": lambda asked, deed: desk.fail(deed, without_asking=asked.without_asking),
        "redirect": lambda asked, deed: desk.redirect(deed, asked.to, without_asking=asked.without_asking),
    }
    app.router.add_get("/v1/queue", overview)
    app.router.add_get("/v1/queue/{key}", show)
    app.router.add_post("/v1/queue/count", count)
    for name, act in acts.items():
        app.router.add_post(f"/v1/queue/{name}", stepping(name, act))


def _json(content: object) -> web.Response:
    return web.Response(body=encode(content), content_type=JSON)
