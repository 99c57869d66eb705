"""Handlers of items: what may be submitted where and what is demanded there; our own items; importing them."""

import asyncio
import base64
import binascii

from aiohttp import web

from gateway.case.errors import GatewayError
from gateway.case.item.codes import basic_code_problems
from gateway.case.model import Mode
from gateway.case.reasons import Reason
from gateway.case.texts import Text
from gateway.flows.act import OPERATOR
from gateway.flows.items.look import ItemsWanted
from gateway.local import canonical_out as out
from gateway.local.door import Call, Door
from gateway.local.item_body import read_definitions
from gateway.local.item_out import item_content
from gateway.local.requests import BATCH_BYTES, JSON, Query, one_finding, read_body

PAGE = 20
LARGEST_PAGE = 100
LIST_PARAMETERS = ("division", "item", "region", "mode", "task_code", "limit", "cursor")
ITEM_PARAMETERS = ("division", "region", "mode", "task_code")


async def list_items(door: Door, call: Call) -> web.Response:
    """Return a page of the items that may be submitted towards a division, or of our own without one."""
    query = Query(call.request, LIST_PARAMETERS)
    limit = query.number("limit", PAGE, 1, LARGEST_PAGE)
    item = query.word("item")
    for problem in basic_code_problems(item) if item else ():
        query.refuse("item", problem.text, Text("核对编码", "check the code"))
    wanted = ItemsWanted(
        division=query.word("division", longest=12),
        item=item,
        region=query.word("region", longest=6),
        mode=_mode(query),
        task_code=query.word("task_code", longest=31),
        after=_after(query),
    )
    query.done()
    found = await door.flows.list_items(wanted, limit + 1)
    page, more = found[:limit], len(found) > limit
    callable_types = door.flows.callable_licences()
    answer = {
        "items": [item_content(one, callable_types) for one in page],
        "next_cursor": _cursor(page[-1].cursor) if more else None,
    }
    return web.Response(body=out.encode(answer), content_type=JSON)


async def look_at_item(door: Door, call: Call) -> web.Response:
    """Return one item at a place, with everything that is demanded there."""
    query = Query(call.request, ITEM_PARAMETERS)
    basic_code = call.request.match_info["basic_code"]
    wanted = ItemsWanted(
        division=query.word("division", longest=12),
        item=basic_code,
        region=query.word("region", longest=6),
        mode=_mode(query),
        task_code=query.word("task_code", longest=31),
    )
    query.done()
    for problem in basic_code_problems(basic_code):
        raise one_finding("basic_code", problem.text, Text("核对编码", "check the code"))
    found = await door.flows.find_item(wanted)
    return web.Response(body=out.encode(item_content(found, door.flows.callable_licences())), content_type=JSON)


async def import_items(door: Door, call: Call) -> web.Response:
    """Import our own items, all or none; for operators at this machine only."""
    if call.system.name != OPERATOR:
        act = Text("导入事项 (只能由本机运维人员经 Unix 套接字导入)", "import items (operators at this machine only)")
        raise GatewayError(Reason.LOCAL_NOT_ALLOWED, system=call.system.name, act=act)
    raw = await read_body(call.request, BATCH_BYTES, JSON)
    # Some thousand definitions take seconds to read; the loop goes on meanwhile.
    definitions = await asyncio.to_thread(read_definitions, raw)
    done = await door.flows.import_items(definitions, f"staff:{OPERATOR}")
    answer = {
        "catalogue_version": done.catalogue_version,
        "added": done.added,
        "unchanged": done.unchanged,
        "new_versions": done.new_versions,
    }
    return web.Response(body=out.encode(answer), content_type=JSON)


def _mode(query: Query) -> Mode | None:
    word = query.word("mode", [mode.value for mode in Mode])
    return next((mode for mode in Mode if mode.value == word), None)


def _cursor(place: str) -> str:
    return base64.urlsafe_b64encode(place.encode()).decode().rstrip("=")


def _after(query: Query) -> str:
    cursor = query.word("cursor", longest=400)
    try:
        place = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode("ascii")
        if place.isprintable():
            return place
    except (ValueError, binascii.Error):
        pass
    query.refuse(
        "cursor",
        Text("不是上一页给出的游标", "it is no cursor of a page before"),
        Text("原样使用 next_cursor", "use next_cursor as it was given"),
    )
    return ""
