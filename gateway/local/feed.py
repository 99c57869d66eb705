"""Handlers of the feed: what a system has to learn, in order, until it says “received”."""

from collections.abc import Sequence
from typing import Annotated

from aiohttp import web
from pydantic import Field, TypeAdapter, ValidationError

from gateway.case.errors import GatewayError
from gateway.flows.look import FeedItem
from gateway.local import canonical_out as out
from gateway.local.canonical_in import bad_request
from gateway.local.case_body import Shape
from gateway.local.clocks_out import clocks_content
from gateway.local.door import Call, Door
from gateway.local.findings import field_findings
from gateway.local.outline import Outline
from gateway.local.requests import CASE_BYTES, JSON, Query, read_body
from gateway.local.strict_json import read_object

PAGE = 100
LARGEST_PAGE = 500
LONGEST_WAIT = 50
"""Seconds a long poll may last; below the minute after which proxies cut a silent connection."""
FEED_PARAMETERS = ("after", "limit", "wait")

_HIGHEST = 2**53


class ConfirmBody(Shape):
    """Everything up to and with this position was received."""

    up_to: Annotated[int, Field(strict=True, ge=0, le=_HIGHEST)]


CONFIRM: TypeAdapter[ConfirmBody] = TypeAdapter(ConfirmBody)
_OUTLINE = Outline.of(CONFIRM)


async def read_feed(door: Door, call: Call) -> web.Response:
    """Return what is not confirmed yet behind a position; with `wait`, as soon as there is something."""
    query = Query(call.request, FEED_PARAMETERS)
    after = query.number("after", 0, 0, _HIGHEST)
    limit = query.number("limit", PAGE, 1, LARGEST_PAGE)
    wait = query.number("wait", 0, 0, LONGEST_WAIT)
    query.done()
    system = call.system.name
    items = await door.flows.read_feed(system, after, limit)
    if not items and wait:
        await door.flows.await_feed(system, after, wait)
        items = await door.flows.read_feed(system, after, limit)
    shown = _in_its_codes(call, items)
    answer = {
        "items": shown,
        "next_after": items[len(shown) - 1].position if shown else after,
        "more": len(items) == limit or len(shown) < len(items),
    }
    return web.Response(body=out.encode(answer), content_type=JSON, headers={"Cache-Control": "no-store"})


def _in_its_codes(call: Call, items: Sequence[FeedItem]) -> list[out.Json]:
    """Return the entries up to the first with a word the system has no code for; that one is told when it is next."""
    shown: list[out.Json] = []
    for item in items:
        try:
            shown.append(call.in_its_codes(out.feed_item(item) | clocks_content(item.clocks), f"items[{len(shown)}]"))
        except GatewayError:
            if not shown:
                raise
            break
    return shown


async def confirm_feed(door: Door, call: Call) -> web.Response:
    """Mark what was received; it does not come again.  Safe to repeat."""
    body = read_object(await read_body(call.request, CASE_BYTES, JSON))
    findings = list(body.findings)
    up_to = 0
    try:
        up_to = CONFIRM.validate_python(body.data).up_to
    except ValidationError as error:
        findings += field_findings(error, body.data, _OUTLINE)
    if findings:
        raise bad_request(tuple(findings))
    confirmed = await door.flows.confirm_feed(call.system.name, up_to)
    return web.Response(body=out.encode({"confirmed": confirmed}), content_type=JSON)
