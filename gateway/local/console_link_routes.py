"""One-time links to the console, on the operators' socket alone: whoever owns the machine lets the first person in.

POST /v1/console/link    the first account; or a new password for the login named in the body, or with `sign_in` a session
"""

from typing import Protocol

from aiohttp import web

from gateway.local.canonical_out import encode
from gateway.local.requests import CASE_BYTES, JSON, read_body
from gateway.local.strict_json import read_object


class Links(Protocol):
    """What the route sets off."""

    async def new(self, login: str, *, sign_in: bool) -> tuple[str, str]:
        """Return what a new link is for and its address."""


def add_console_link_routes(app: web.Application, links: Links) -> None:
    """Add the route to the operators' application."""

    async def link(request: web.Request) -> web.Response:
        body = read_object(await read_body(request, CASE_BYTES, JSON))
        login, sign_in = str(body.data.get("login", "")), body.data.get("sign_in") is True
        purpose, address = await links.new(login, sign_in=sign_in)
        return web.Response(body=encode({"purpose": purpose, "link": address}), content_type=JSON)

    app.router.add_post("/v1/console/link", link)
