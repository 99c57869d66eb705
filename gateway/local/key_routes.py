"""Keys that partners announced, on the operators' socket alone; no local system reaches them.

GET  /v1/announced-keys                     what waits for a person, and announcements that are not believed
POST /v1/announced-keys/{code}/approve      {"kids": [...], "by": NAME}: written into the partner's file, live at once
POST /v1/announced-keys/{code}/reject       the same; nothing is written into the file
"""

from collections.abc import Awaitable, Callable
from typing import Annotated, Protocol

from aiohttp import web
from pydantic import Field, StringConstraints, TypeAdapter

from gateway.case.reasons import ROWS, Reason
from gateway.flows.keys.deciding import Decided, key_of
from gateway.local.canonical_out import Json, encode, instant, text
from gateway.local.case_body import Shape
from gateway.local.operator_body import operator_body
from gateway.local.requests import JSON
from gateway.partners.added_key import as_entries
from gateway.partners.introduction import fingerprint
from gateway.store.announced_keys import AnnouncedRow, Doubt


class KeyDesk(Protocol):
    """What the routes set off."""

    async def waiting(self) -> list[AnnouncedRow]:
        """Return what an operator has to look at."""

    async def doubts(self) -> list[Doubt]:
        """Return the announcements that are not believed."""

    async def approve(self, code: str, kids: tuple[str, ...], who: str) -> Decided:
        """Put announced keys into a partner's file."""

    async def reject(self, code: str, kids: tuple[str, ...], who: str) -> Decided:
        """Note that announced keys are not taken."""


class Named(Shape):
    """Which keys, and who decides."""

    kids: Annotated[
        list[Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{6,43}$")]], Field(min_length=1, max_length=8)
    ]
    by: Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z._@-]{1,64}$")] = "operator"


_NAMED = TypeAdapter(Named)


def add_key_routes(app: web.Application, desk: KeyDesk) -> None:
    """Add the routes to the operators' application."""

    async def announced(_: web.Request) -> web.Response:
        return _json(
            {
                "keys": [key_content(row) for row in await desk.waiting()],
                "doubts": [_doubt(one) for one in await desk.doubts()],
            }
        )

    def deciding(
        decide: Callable[[str, tuple[str, ...], str], Awaitable[Decided]],
    ) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def answer(request: web.Request) -> web.Response:
            asked = await operator_body(request, _NAMED)
            done = await decide(request.match_info["code"], tuple(asked.kids), asked.by)
            return _json({"keys": [key_content(row) for row in done.keys], "file": done.file, "version": done.version})

        return answer

    app.router.add_get("/v1/announced-keys", announced)
    app.router.add_post("/v1/announced-keys/{code}/approve", deciding(desk.approve))
    app.router.add_post("/v1/announced-keys/{code}/reject", deciding(desk.reject))


def key_content(row: AnnouncedRow) -> Json:
    """Return an announced key with what two people read out to each other, and the lines for whoever adds it by hand."""
    return {
        "partner": row.partner,
        "kid": row.kid,
        "digits": fingerprint(row.kid.encode()),
        "use": row.use,
        "algorithm": row.algorithm,
        "valid_from": instant(row.valid_from),
        "seal_until": instant(row.seal_until),
        "accept_until": instant(row.accept_until),
        "proven_by": row.proven_by,
        "seen_at": instant(row.seen_at),
        "standing": row.standing.value,
        "entry": as_entries([key_of(row)]),
    }


def _doubt(one: Doubt) -> Json:
    row = ROWS[Reason(one.reason)]
    return {
        "partner": one.partner,
        "reason": one.reason,
        "cause": text(row.cause.format(kid="?", expected="?", caller=one.partner, detail="?", count="?")),
        "since": instant(one.since),
        "last_at": instant(one.last_at),
        "times": one.times,
    }


def _json(content: object) -> web.Response:
    return web.Response(body=encode(content), content_type=JSON)
