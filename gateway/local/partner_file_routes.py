"""Partner files, on the operators' socket alone; no local system reaches them.

GET  /v1/partner-files                       which version of each runs, how the newest look at the folder went
GET  /v1/partner-files/{code}/versions       what ran before, edits that were seen; ?below=N for older ones
GET  /v1/partner-files/{code}/difference     ?from=N&to=N, or `disk`
POST /v1/partner-files/{code}/rollback       {"version": N, "by": NAME}
POST /v1/partner-files/rehearsal             what going live would do; {} for the folder as it is
POST /v1/partner-files/announcement          {"sha256", "how", "by"}: a file with these bytes is about to be written
"""

import asyncio
from collections.abc import Mapping
from typing import Annotated, Protocol

from aiohttp import web
from pydantic import Base64Bytes, Field, StringConstraints, TypeAdapter

from gateway.case.errors import GatewayError
from gateway.case.reasons import Reason
from gateway.flows.partner_files.history import Difference, History
from gateway.flows.partner_files.rehearse import Rehearsal
from gateway.flows.partner_files.roll_back import RolledBack
from gateway.flows.partner_files.running import FilesRunning
from gateway.local import partner_file_out as out
from gateway.local.canonical_out import encode
from gateway.local.case_body import Shape
from gateway.local.operator_body import operator_body
from gateway.local.requests import JSON, Query
from gateway.partners.source import Source

MOST_BYTES = 16 * 1024 * 1024
"""Of the files of a rehearsal, encoded."""
SECONDS = 90

Who = Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z._@-]{1,64}$")]
FileName = Annotated[str, StringConstraints(pattern=r"^[^/\x00]{1,200}\.ya?ml$")]
Beside = Annotated[str, StringConstraints(min_length=1, max_length=500)]


class PartnerFiles(Protocol):
    """What the routes set off."""

    async def running(self) -> FilesRunning:
        """Return what runs."""

    async def history(self, code: str, below: int | None) -> History:
        """Return the versions of a partner."""

    async def difference(self, code: str, before: str, after: str) -> Difference:
        """Return how two versions differ."""

    async def roll_back(self, code: str, number: int, who: str) -> RolledBack:
        """Bring a version back."""

    async def rehearse(self, files: Mapping[str, Source | None] | None, *, whole: bool, calling: bool) -> Rehearsal:
        """Try a change out."""

    def announce(self, sha256: str, how: str, who: str) -> None:
        """Remember who is about to write a file."""


class Rollback(Shape):
    """Which version comes back."""

    version: Annotated[int, Field(strict=True, ge=1, le=2**53)]
    by: Who = "operator"


class File(Shape):
    """A partner file and what it names."""

    raw: Base64Bytes
    beside: Annotated[dict[Beside, Base64Bytes], Field(max_length=50, default_factory=dict)]


class Tried(Shape):
    """What would be put into the folder.

    `files` is left out for the folder as it is; null for a file means that it is removed; `whole` means that these are all.
    """

    files: Annotated[dict[FileName, File | None], Field(max_length=1000)] | None = None
    whole: bool = False
    call: bool = True


class Announced(Shape):
    """Who is about to write which bytes."""

    sha256: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
    how: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z -]{0,39}$")]
    by: Who = "operator"


def add_partner_file_routes(app: web.Application, files: PartnerFiles) -> None:
    """Add the routes to the operators' application."""

    async def running(_: web.Request) -> web.Response:
        return _json(out.running(await files.running()))

    async def versions(request: web.Request) -> web.Response:
        query = Query(request, ("below",))
        below = query.number("below", 0, 0, 2**53)
        query.done()
        return _json(out.history(await files.history(request.match_info["code"], below or None)))

    async def difference(request: web.Request) -> web.Response:
        query = Query(request, ("from", "to"))
        asked = [query.word(name) for name in ("from", "to")]
        for name, word in zip(("from", "to"), asked, strict=True):
            if word not in ("", "disk"):
                query.number(name, 0, 0, 2**53)
        query.done()
        return _json(out.difference(await files.difference(request.match_info["code"], *asked)))

    async def rollback(request: web.Request) -> web.Response:
        asked = await operator_body(request, TypeAdapter(Rollback))
        return _json(out.rolled_back(await files.roll_back(request.match_info["code"], asked.version, asked.by)))

    app.router.add_get("/v1/partner-files", running)
    app.router.add_get("/v1/partner-files/{code}/versions", versions)
    app.router.add_get("/v1/partner-files/{code}/difference", difference)
    app.router.add_post("/v1/partner-files/{code}/rollback", rollback)
    _add_before(app, files)


def _add_before(app: web.Application, files: PartnerFiles) -> None:
    """Add what is asked before a file is written."""

    async def rehearsal(request: web.Request) -> web.Response:
        asked = await operator_body(request, TypeAdapter(Tried), MOST_BYTES)
        given: dict[str, Source | None] | None = None
        if asked.files is not None:
            given = {name: Source.of(one.raw, one.beside) if one else None for name, one in asked.files.items()}
        try:
            async with asyncio.timeout(SECONDS):
                found = await files.rehearse(given, whole=asked.whole, calling=asked.call)
        except TimeoutError:
            raise GatewayError(Reason.REQUEST_TIMEOUT, limit=SECONDS) from None
        return _json(out.rehearsal(found))

    async def announcement(request: web.Request) -> web.Response:
        asked = await operator_body(request, TypeAdapter(Announced))
        files.announce(asked.sha256, asked.how, asked.by)
        return _json({})

    app.router.add_post("/v1/partner-files/rehearsal", rehearsal)
    app.router.add_post("/v1/partner-files/announcement", announcement)


def _json(content: object) -> web.Response:
    return web.Response(body=encode(content), content_type=JSON)
