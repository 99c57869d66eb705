"""Pages from templates: everything that is put in is escaped, and a name that is not given is an error.

Leaves to others: headers and cookies (`guard`), what is on a page (its module), texts (`wording`).
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from typing import Any

from aiohttp import web
from jinja2 import Environment, PackageLoader, StrictUndefined

from gateway.case.days import CHINA
from gateway.case.errors import GatewayError
from gateway.case.staff import ROLE_NAMES
from gateway.case.texts import Lang, Text
from gateway.console.call import Call
from gateway.console.static_files import static_address
from gateway.console.wording import word

HTML = "text/html"


def environment() -> Environment:
    """Return the templates, each compiled once."""
    templates = Environment(
        loader=PackageLoader("gateway.console"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    templates.filters["moment"] = moment
    templates.globals["static"] = static_address
    return templates


def moment(at: datetime | None) -> str:
    """Return an instant as staff read it: Asia/Shanghai, to the minute."""
    return at.astimezone(CHINA).strftime("%Y-%m-%d %H:%M") if at else ""


class Pages:
    """Renders pages in the name of one gateway.

    Args:
        region_name: stands at the top of every page.
        links: what the menu of a person holds, made from the routes.
    """

    def __init__(self, region_name: str, links: Callable[[Call], list[tuple[str, str]]]) -> None:
        self._templates = environment()
        self._region_name = region_name
        self._links = links

    def page(self, call: Call, name: str, *, status: int = 200, **facts: Any) -> web.Response:
        """Return the page made from a template."""
        present = call.present
        around: Mapping[str, Any] = {
            "lang": call.lang.value,
            "t": partial(word, lang=call.lang),
            "say": partial(_say, lang=call.lang),
            "region_name": self._region_name,
            "person": present.person if present else None,
            "page_token": present.page_token if present else "",
            "role_names": ROLE_NAMES,
            "menu": self._links(call),
            "here": call.request.path,
            "here_again": here_again(call.request),
            "findings": {},
            "done": "",
            "live": None,
        }
        text = self._templates.get_template(f"{name}.html").render({**around, **facts})
        return web.Response(status=status, text=text, content_type=HTML, headers={"Cache-Control": "no-store"})

    def error(self, call: Call, error: GatewayError, status: int) -> web.Response:
        """Return the page of an error: cause, what to do, and every finding."""
        findings = [(one.path, one.problem.say(call.lang), one.fix.say(call.lang)) for one in error.findings]
        return self.page(
            call,
            "error",
            status=status,
            cause=error.cause.say(call.lang),
            fix=error.fix.say(call.lang),
            reason=error.reason.value,
            listed=findings,
        )


def here_again(request: web.Request) -> str:
    """Return where the page that answers a request is to be had again, for the switch of languages.

    What answers a form has the form's own address; an act without a page of its own leads back to the page it stands on.
    """
    if request.method in ("GET", "HEAD"):
        return request.path_qs
    pages = {
        route.resource.canonical for route in request.app.router.routes() if route.method == "GET" and route.resource
    }
    resource, path = request.match_info.route.resource, request.path
    known = resource.canonical if resource else "/"
    if known in pages:
        return request.path_qs
    while known and known not in pages:
        known, path = known.rpartition("/")[0], path.rpartition("/")[0]
    return path or "/"


def findings_by_field(error: GatewayError, lang: Lang) -> dict[str, str]:
    """Return what is wrong with each field, to be shown next to it."""
    return {one.path: f"{one.problem.say(lang)}: {one.fix.say(lang)}" for one in error.findings}


def _say(text: Text, *, lang: Lang) -> str:
    return text.say(lang)
