"""The application of the console: every route guarded, the vendored files beside it, unknown addresses as pages."""

from collections.abc import Awaitable, Callable

from aiohttp import web

from gateway.case.staff import Right
from gateway.case.texts import Lang
from gateway.console.call import Call
from gateway.console.desk import Desk
from gateway.console.guard import FORM_BYTES, FORM_SECONDS, HEADERS, guarded, language
from gateway.console.route import Route
from gateway.console.routes import ROUTES
from gateway.console.static_files import FOR_EVER, PATH, STATIC_FILES, static_address
from gateway.console.wording import word


def console_app(desk: Desk, routes: tuple[Route, ...] = ROUTES, form_seconds: float = FORM_SECONDS) -> web.Application:
    """Return the application, not yet listening."""
    app = web.Application(client_max_size=FORM_BYTES)
    for route in routes:
        app.router.add_route(route.method, route.path, guarded(desk, route, form_seconds))
    app.router.add_get(PATH, _static)
    app.router.add_get("/static/{name}", _static)  # as pages named them before their addresses had digests
    app.router.add_route("*", "/{path:.*}", _unknown(desk))
    app.on_response_prepare.append(_unnamed)
    return app


async def _unnamed(_: web.Request, response: web.StreamResponse) -> None:
    response.headers["Server"] = "tongban"  # which library in which version answers is nobody's business


def menu(routes: tuple[Route, ...] = ROUTES) -> Callable[[Call], list[tuple[str, str]]]:
    """Return what makes the menu of a person: the pages their rights open, in the order of the table."""

    def links(call: Call) -> list[tuple[str, str]]:
        present = call.present
        if present is None or not present.session.complete:
            return []
        may = [
            one for one in routes if one.menu and (not isinstance(one.needs, Right) or present.person.may(one.needs))
        ]
        return [(one.path, word(one.menu, call.lang)) for one in may]

    return links


async def _static(request: web.Request) -> web.StreamResponse:
    """Answer with a file, or with where it is now."""
    name = request.match_info["name"]
    file = STATIC_FILES.get(name)
    if file is None:
        raise web.HTTPNotFound(headers=HEADERS)
    if request.match_info.get("digest") != file.digest:
        raise web.HTTPFound(static_address(name), headers={**HEADERS, "Cache-Control": "no-store"})
    headers = {**HEADERS, "Cache-Control": FOR_EVER}
    return web.Response(body=file.content, content_type=file.content_type, charset="utf-8", headers=headers)


def _unknown(desk: Desk) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    async def answer(request: web.Request) -> web.StreamResponse:
        call = Call(request, language(request), None, {})
        texts = {name: word(name, Lang(call.lang)) for name in ("not_found", "not_found_fix")}
        response = desk.pages.page(
            call, "error", status=404, cause=texts["not_found"], fix=texts["not_found_fix"], reason="", listed=()
        )
        response.headers.update(HEADERS)
        return response

    return answer
