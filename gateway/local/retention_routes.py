"""Removing what is no longer kept, on the operators' socket alone; no local system reaches it.

GET  /v1/retention          what a sweep would remove now
POST /v1/retention/sweep    one bounded step; the answer says whether another one has something to do
"""

import re
from typing import Protocol

from aiohttp import web

from gateway.flows.retention import Swept, Waiting
from gateway.local.canonical_out import encode
from gateway.local.requests import JSON

BY_HEADER = "Tongban-By"
"""Who asked, such as the account a command runs under."""
_NAME = re.compile(r"[0-9A-Za-z._@-]{1,64}", re.ASCII)


class Retention(Protocol):
    """What the routes set off."""

    async def waiting(self) -> Waiting:
        """Return what is due; changes nothing."""

    async def step(self, by: str = "") -> Swept:
        """Remove one bounded piece."""


def add_retention_routes(app: web.Application, retention: Retention) -> None:
    """Add the routes to the operators' application."""

    async def waiting(_: web.Request) -> web.Response:
        found = await retention.waiting()
        return _json(
            {
                "cases": found.cases,
                "bytes": found.bytes,
                "news": found.news,
                "audit": found.audit,
                "records": found.records,
                "held": found.held,
            }
        )

    async def sweep(request: web.Request) -> web.Response:
        by = request.headers.get(BY_HEADER, "")
        done = await retention.step(f"staff:{by}" if _NAME.fullmatch(by) else "staff:operator")
        return _json(
            {
                "cases": done.cases,
                "bodies": done.removed.bodies,
                "bytes": done.removed.bytes,
                "files": done.removed.files,
                "news": done.news,
                "audit": done.audit,
                "records": done.records,
                "more": done.more,
                "held": done.held,
            }
        )

    app.router.add_get("/v1/retention", waiting)
    app.router.add_post("/v1/retention/sweep", sweep)


def _json(content: object) -> web.Response:
    return web.Response(body=encode(content), content_type=JSON)
