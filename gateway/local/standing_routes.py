"""How things stand with partners and our own maintenance, on the operators' socket alone; not in the OpenAPI description.

GET  /v1/partners                   every partner from both sides, the worst first
GET  /v1/partners/{code}            one of them
POST /v1/partners/{code}/ask        ask it now how it sees us; answers as the one above
GET  /v1/maintenance                what was announced, the newest first
POST /v1/maintenance                {"until", "from", "reason": {"zh", "en"}, "by"}: announce
POST /v1/maintenance/end            {"by"}: end, or withdraw before it began
"""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Protocol

from aiohttp import web
from pydantic import BeforeValidator, Field, StringConstraints, TypeAdapter

from gateway.case.errors import GatewayError
from gateway.case.reasons import Reason
from gateway.case.texts import Text
from gateway.flows.maintenance.announce import LONGEST_REASON, Notice
from gateway.flows.standing.view import BothViews
from gateway.local import standing_out as out
from gateway.local.canonical_out import encode, instant
from gateway.local.case_body import Shape
from gateway.local.fields import read_moment
from gateway.local.operator_body import Who, operator_body
from gateway.local.requests import JSON
from gateway.store.maintenance import Announced

MOST_ANNOUNCED = 50
"""Announcements that are listed."""

Why = Annotated[str, StringConstraints(max_length=LONGEST_REASON)]
Moment = Annotated[datetime, BeforeValidator(read_moment)]


class Standing(Protocol):
    """What the routes set off."""

    async def both_views(self, code: str = "") -> list[BothViews]:
        """Return partners from both sides."""

    async def ask_now(self, code: str) -> None:
        """Ask a partner how it sees us."""

    async def announce(self, notice: Notice) -> Announced:
        """Announce maintenance."""

    async def end_maintenance(self, by: str) -> bool:
        """End it."""

    async def announced(self, limit: int) -> tuple[datetime, list[Announced]]:
        """Return what was announced, and the moment."""


class ReasonBody(Shape):
    """Why, in both languages; one of them stands for the other where it is empty."""

    zh: Why = ""
    en: Why = ""


class NoticeBody(Shape):
    """Maintenance to be announced."""

    until: Moment
    begins: Annotated[Moment | None, Field(alias="from")] = None
    reason: ReasonBody
    by: Who = "operator"


class EndBody(Shape):
    """Who ends it."""

    by: Who = "operator"


_NOTICE: TypeAdapter[NoticeBody] = TypeAdapter(NoticeBody)
_END: TypeAdapter[EndBody] = TypeAdapter(EndBody)


def add_standing_routes(app: web.Application, standing: Standing, clock: Callable[[], datetime]) -> None:
    """Add the routes to the operators' application."""

    async def every(_: web.Request) -> web.Response:
        return _json(out.both_views(await standing.both_views(), clock()))

    async def one(request: web.Request) -> web.Response:
        code = request.match_info["code"]
        found = await standing.both_views(code)
        if not found:
            raise GatewayError(Reason.PARTNER_UNKNOWN, region=code)
        return _json(out.one_partner(found[0], clock()))

    async def ask(request: web.Request) -> web.Response:
        await standing.ask_now(request.match_info["code"])
        return await one(request)

    async def listed(_: web.Request) -> web.Response:
        now, found = await standing.announced(MOST_ANNOUNCED)
        return _json({"at": instant(now), "announced": [out.announced(one, now) for one in found]})

    async def announce(request: web.Request) -> web.Response:
        asked = await operator_body(request, _NOTICE)
        reason = Text(asked.reason.zh or asked.reason.en, asked.reason.en or asked.reason.zh)
        said = await standing.announce(Notice(asked.begins, asked.until, reason, f"staff:{asked.by}"))
        return _json(out.announced(said, clock()))

    async def end(request: web.Request) -> web.Response:
        asked = await operator_body(request, _END)
        return _json({"ended": await standing.end_maintenance(f"staff:{asked.by}")})

    app.router.add_get("/v1/partners", every)
    app.router.add_get("/v1/partners/{code}", one)
    app.router.add_post("/v1/partners/{code}/ask", ask)
    app.router.add_get("/v1/maintenance", listed)
    app.router.add_post("/v1/maintenance", announce)
    app.router.add_post("/v1/maintenance/end", end)


def _json(content: object) -> web.Response:
    return web.Response(body=encode(content), content_type=JSON)
