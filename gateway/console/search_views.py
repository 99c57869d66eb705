"""Saved views (保存的视图) on the page of searches: save one, run it, rename and remove it."""

from aiohttp import web

from gateway.case.errors import GatewayError
from gateway.case.reasons import Reason
from gateway.console.call import Call
from gateway.console.desk import Desk
from gateway.console.guard import HEADERS
from gateway.console.search import FIELDS, LONGEST, found_page, search_page
from gateway.flows.people.saving_views import KEPT
from gateway.store.saved_views import SavedView

RENAME, REMOVE = "rename", "remove"


async def show_view(desk: Desk, call: Call) -> web.StreamResponse:
    """Run a view."""
    view = await _view(desk, call)
    return await found_page(desk, call, _fields(view), view, done="saved" in call.request.query)


async def save_view(desk: Desk, call: Call) -> web.StreamResponse:
    """Keep a search under a name."""
    typed = {name: call.field(name)[:LONGEST] if name in KEPT else "" for name in FIELDS}
    try:
        view = await desk.views.save(call.person.person, call.field("view_name"), typed)
    except GatewayError as error:
        if error.reason is not Reason.BAD_REQUEST:
            raise
        return await search_page(desk, call, typed, error=error)
    raise web.HTTPSeeOther(f"/search/views/{view.view_id}?saved", headers=HEADERS)


async def change_view(desk: Desk, call: Call) -> web.StreamResponse:
    """Rename a view, or remove it."""
    person, view_id = call.person.person, call.request.match_info["view"]
    if call.field("do") == REMOVE:
        await desk.views.remove(person, view_id)
        raise web.HTTPSeeOther("/search?removed", headers=HEADERS)
    view = await _view(desk, call)
    try:
        await desk.views.rename(person, view_id, call.field("view_name"))
    except GatewayError as error:
        if error.reason is not Reason.BAD_REQUEST:
            raise
        return await search_page(desk, call, _fields(view), view=view, error=error)
    raise web.HTTPSeeOther(f"/search/views/{view_id}?saved", headers=HEADERS)


async def _view(desk: Desk, call: Call) -> SavedView:
    return await desk.views.find(call.person.person, call.request.match_info["view"])


def _fields(view: SavedView) -> dict[str, str]:
    return {name: view.sought.get(name, "") for name in FIELDS}
