"""Whether the process is alive and whether it can work; what it can work on is known elsewhere."""

from aiohttp import web

from gateway.local import canonical_out as out
from gateway.local.door import Call, Door
from gateway.local.requests import JSON


async def live(door: Door, call: Call) -> web.Response:
    """Answer: the process runs."""
    return web.Response(body=out.encode({"status": "live"}), content_type=JSON)


async def ready(door: Door, call: Call) -> web.Response:
    """Answer whether cases can be taken over; 503 names what is in the way."""
    missing = door.health.ready()
    content = {"status": "not_ready" if missing else "ready", "missing": list(missing)}
    return web.Response(status=503 if missing else 200, body=out.encode(content), content_type=JSON)
