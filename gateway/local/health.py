"""Whether the process is alive, and whether the gateway can work; what that rests on is found out elsewhere.

An answer names no person and no case: words, counts and gateway codes.
"""

from aiohttp import web

from gateway.case.ailments import Checkup, Found, Weight
from gateway.case.texts import Text
from gateway.local import canonical_out as out
from gateway.local.door import Call, Door
from gateway.local.requests import JSON


async def live(door: Door, call: Call) -> web.Response:
    """Answer: the process runs."""
    return web.Response(body=out.encode({"status": "live"}), content_type=JSON)


async def ready(door: Door, call: Call) -> web.Response:
    """Answer whether the gateway may be given work; 503 names what is in the way, 200 what somebody should look at."""
    checkup = door.health.checkup()
    status = 200 if checkup.is_ready else 503
    headers = {"Cache-Control": "no-store"}
    return web.Response(status=status, headers=headers, body=out.encode(content_of(checkup)), content_type=JSON)


def content_of(checkup: Checkup) -> dict[str, object]:
    """Return what is told of a checkup."""
    content: dict[str, object] = {
        "status": _status(checkup),
        "missing": [one.ailment.value for one in checkup.of_weight(Weight.RED)],
        "findings": [
            {"name": one.ailment.value, "weight": one.weighs.value, "since": out.instant(since), **_said(one)}
            for one, since in checkup.found
        ],
    }
    if checkup.examined_at:
        content["examined_at"] = out.instant(checkup.examined_at)
    return content


def _status(checkup: Checkup) -> str:
    if not checkup.is_ready:
        return "not_ready"
    return "degraded" if checkup.of_weight(Weight.YELLOW) else "ready"


def _said(found: Found) -> dict[str, object]:
    return {"cause": _both(found.cause), "fix": _both(found.fix)}


def _both(said: Text) -> dict[str, str]:
    return {"zh": said.zh, "en": said.en}
