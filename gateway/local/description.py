"""Handler of the interface description; the application keeps it ready-made."""

from aiohttp import web

from gateway.local.door import Call, Door
from gateway.local.requests import JSON

DESCRIPTION: web.AppKey[bytes] = web.AppKey("description", bytes)


async def describe(door: Door, call: Call) -> web.Response:
    """Return the OpenAPI description."""
    return web.Response(body=call.request.app[DESCRIPTION], content_type=JSON)
