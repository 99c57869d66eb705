"""Everything a role can click its way to, from the menu on: every address that links lead to, once per kind of page."""

import re
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlsplit

from gateway.case.staff import RIGHTS, Right, Role
from gateway.console.route import Door, Route
from gateway.console.routes import ROUTES
from tests.browser.browser_build import Tab

SEVERAL = 5
"""Pages of cases that are opened, for what can be done there depends on how the case stands."""
AS_IT_IS = re.compile(r"[a-z_-]+")
"""A part of an address that is a word names a kind of page, such as a form; any other names a thing."""


@dataclass(frozen=True)
class Visited:
    """A page that was opened by its link, and the row of the table of routes it belongs to."""

    address: str
    route: Route
    status: int
    is_page: bool = True


def patterns(routes: tuple[Route, ...] = ROUTES) -> list[tuple[re.Pattern[str], Route]]:
    """What addresses look like, in the order of the table: the first that fits answers."""
    return [
        (re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", one.path) + "$"), one)
        for one in routes
        if one.method == "GET"
    ]


def routes_of(role: Role) -> set[str]:
    """The pages a role may open once it is signed in."""
    return {
        one.path
        for one in ROUTES
        if one.method == "GET"
        and (one.needs is Door.PERSON or (isinstance(one.needs, Right) and one.needs in RIGHTS[role]))
    }


async def walk(tab: Tab, *also: str) -> AsyncIterator[Visited]:
    """Open every kind of page that can be reached from the home page by links; the page is in the tab while it is yielded.

    What a page shows within itself (pictures, frames), what it offers as a file, and streams count as reached and are not opened.

    Args:
        also: addresses to which a form leads and no link.
    """
    waiting = ["/", *also]
    opened: set[str] = set()
    kinds: Counter[tuple[str, ...]] = Counter()
    while waiting:
        address = waiting.pop(0)
        route, kind = _of(address)
        if address in opened or kinds[kind] >= (SEVERAL if route.path == "/cases/{case}" else 1):
            continue
        opened.add(address)
        kinds[kind] += 1
        status = await tab.go(address)
        if not tab.is_page:
            yield Visited(address, route, status, is_page=False)
            continue
        route, _ = _of(tab.page.url.removeprefix(tab.url))  # where it led on to
        links = await tab.page.evaluate(_LINKS)
        yield Visited(address, route, status)
        for link in links["pages"]:
            whole = urlsplit(address).path + link if link.startswith("?") else link
            if whole.startswith("/") and not whole.startswith("/static/"):
                waiting.append(whole)
        for link in links["within"]:
            if link.startswith("/") and not link.startswith("/static/"):
                within, _ = _of(link)
                yield Visited(link, within, 200, is_page=False)


_LINKS = """() => {
  const of = (selector, name) => Array.from(document.querySelectorAll(selector), one => one.getAttribute(name));
  return {
    pages: of("a[href]:not([download])", "href"),
    within: of("a[href][download]", "href").concat(
      of("img[src]", "src"), of("iframe[src]", "src"), of("object[data]", "data"), of("[sse-connect]", "sse-connect")),
  };
}"""


def kind_of(address: str) -> tuple[str, ...]:
    """Return which kind of page an address is, beginning with the path in the table of routes.  Raises LookupError for none."""
    return _of(address)[1]


def _of(address: str) -> tuple[Route, tuple[str, ...]]:
    """Return the row of the table an address belongs to, and which kind of page it is.  Raises LookupError for none."""
    path = urlsplit(address).path
    for pattern, route in patterns():
        if found := pattern.match(path):
            return route, _kind(route, found.groupdict(), address)
    raise LookupError(f"a link leads to {address}, where there is no page")


def _kind(route: Route, parts: dict[str, str], address: str) -> tuple[str, ...]:
    words = tuple(sorted(value for value in parts.values() if AS_IT_IS.fullmatch(value)))
    asked = parse_qsl(urlsplit(address).query)
    return (route.path, *words, *(f"{name}={value if name == 'tab' else ''}" for name, value in sorted(asked)))
