"""Everything bad that can be typed, in every field of every form of every role: nothing runs, nothing breaks, everything is told.

The forms are found by walking; a new page is attacked as soon as a link leads to it.
"""

import csv
import io
import re
import zlib
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from urllib.parse import parse_qsl, quote_from_bytes, urlsplit

import pytest

from gateway.case.staff import RIGHTS, Right, Role
from gateway.console.guard import HEADERS
from gateway.console.routes import ROUTES
from tests.browser.browser_build import fill
from tests.browser.walking import kind_of
from tests.console.filling_forms import Answer, File, Filled, filled, get, pages, send
from tests.console.injection_corpus import CORPUS, FILE_NAMES, KEEPSAKES, MARK, SUM
from tests.console.page_parts import FREE, Page
from tests.console.people_build import Console, Visitor, a_console

ONE_BY_ONE = ("script", "attribute", "template", "lines", "nul", "surrogate", "no_utf8", "long", "elsewhere", "number")
"""Put into each field alone, the rest being as it should be, so that no other field's refusal comes first."""
ENDS_THE_WALK = ("/sign-out",)
TOLD = frozenset({400, 401, 403, 404, 409, 412, 413, 422, 429, 501, 503})


@pytest.fixture
async def console(tmp_path: Path) -> AsyncIterator[Console]:
    async with a_console(tmp_path) as one:
        await fill(one)
        yield one


def wrong_with(answer: Answer) -> list[str]:
    """What an answer does that none may do."""
    found = []
    if answer.status >= 500 and answer.status not in TOLD:
        found.append("it is an error of ours")
    if MARK in answer.cookies or any(MARK in name for name in answer.headers):
        found.append("what was typed became a header")
    if answer.location and not (answer.location.startswith("/") and not answer.location.startswith(("//", "/\\"))):
        found.append(f"it leads elsewhere: {answer.location[:80]}")
    if answer.headers.get("Content-Security-Policy") != HEADERS["Content-Security-Policy"]:
        found.append("it says nothing about scripts")
    if answer.is_page:
        page = Page(answer.text)
        found += page.odd
        if MARK in " ".join(page.tags):
            found.append("what was typed became an element")
        if SUM in page.text:
            found.append("what was typed was computed")
        if answer.status in TOLD and not page.is_told:
            found.append("it is refused without a word")
    elif "csv" in answer.headers.get("Content-Type", ""):
        cells = [cell for row in csv.reader(io.StringIO(answer.text.removeprefix("\ufeff"))) for cell in row]
        found += [f"a cell is computed: {cell[:60]}" for cell in cells if cell.startswith(("=", "+", "@", "\t", "\r"))]
    return found


def not_as_typed(sent: Filled, answer: Answer) -> list[str]:
    """Fields that come back with something that nobody typed."""
    if answer.status != 422:
        return []
    shown = {one.name: one.value for one in Page(answer.text).fields() if one.kind in (*FREE, "textarea")}
    found = []
    for name, value in sent.values:
        typed, back = _read(value.decode("utf-8", "replace")), _read(shown.get(name, ""))
        if back and name in shown and back != typed and not typed.startswith(back):
            found.append(f"{name} comes back as {back[:60]!r}")
    return found


def _read(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "\ufffd").strip()


async def attack(
    console: Console, login: str, names: tuple[str, ...], *, alone: tuple[str, ...]
) -> Mapping[str, object]:
    """Send every form of a role with everything bad in it; return what went wrong, by where."""
    wrong: dict[str, object] = {}
    count = 0
    async with console.signed_in(login) as visitor:
        found = [(address, page) async for address, page in pages(visitor)]
        for address, page in found:
            for at, form in enumerate(page.forms):
                if form.action in ENDS_THE_WALK:
                    continue
                for changes, files in _changes(filled(form, address), names, alone):
                    fresh = await _again(visitor, login, address, at)
                    if fresh is None:
                        break  # the form is gone: it was taken
                    fresh = fresh.with_values(changes)
                    fresh.files += files
                    answer = await send(visitor, fresh)
                    count += 1
                    trouble = wrong_with(answer) + not_as_typed(fresh, answer)
                    if answer.location.startswith("/") and not trouble:
                        trouble = wrong_with(await get(visitor, answer.location))
                    if trouble:
                        what = next(iter(changes.items()), ("", b""))
                        wrong[f"{address} {form.action} {sorted(changes)[:3]} {what[1][:40]!r} {answer.status}"] = (
                            trouble
                        )
    assert count
    return wrong


def _changes(
    form: Filled, names: tuple[str, ...], alone: tuple[str, ...]
) -> list[tuple[dict[str, bytes], list[tuple[str, File]]]]:
    """What to put where: into all that people type in at once, into each field alone, and into the names of files."""
    typed = [one.name for one in form.form.fields if one.kind in (*FREE, "textarea")]
    turn = zlib.crc32(form.address.encode()) % len(names)
    every = [(dict.fromkeys(typed, CORPUS[bad]), []) for bad in names[turn:] + names[:turn] if typed]
    each = [({name: CORPUS[bad]}, []) for name in form.names() for bad in alone]
    files = [one.name for one in form.form.fields if one.kind == "file"]
    named = [({}, [(name, File(bad))]) for name in files[:1] for bad in FILE_NAMES.values()]
    return [*each, *named, *every]  # type: ignore[list-item]


async def _again(visitor: Visitor, login: str, address: str, at: int) -> Filled | None:
    """The form as it is now, signed in again where what was sent ended the session."""
    answer = await get(visitor, address)
    if answer.location.startswith("/sign-in"):
        await visitor.sign_in(login)
        answer = await get(visitor, address)
    forms = Page(answer.text).forms if answer.is_page and answer.status == 200 else []
    return filled(forms[at], address) if at < len(forms) else None


@pytest.mark.parametrize("login", [role.value for role in Role])
async def test_no_form_minds_what_is_typed(console: Console, login: str) -> None:
    assert not await attack(console, login, KEEPSAKES[1:4], alone=())


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("login", [role.value for role in Role])
async def test_no_field_of_any_form_minds_anything(console: Console, login: str) -> None:
    assert not await attack(console, login, tuple(CORPUS), alone=ONE_BY_ONE)


@pytest.mark.parametrize("login", [role.value for role in Role])
async def test_no_address_minds_what_is_in_it(console: Console, login: str) -> None:
    wrong = {}
    async with console.signed_in(login) as visitor:
        asked = await _asked(visitor)
        for route in ROUTES:
            is_open = not isinstance(route.needs, Right) or route.needs in RIGHTS[Role(login)]
            if route.method != "GET" or not is_open or route.path.startswith("/live"):
                continue  # a stream does not end
            for bad in CORPUS.values():
                for address in _addresses(route.path, quote_from_bytes(bad[:2000], safe=""), asked[route.path]):
                    answer = await get(visitor, address)
                    if trouble := wrong_with(answer):
                        wrong[f"{address[:120]} {answer.status}"] = trouble
    assert not wrong


async def _asked(visitor: Visitor) -> Mapping[str, set[str]]:
    """What can be asked of each address after its question mark, as links and forms do."""
    found: dict[str, set[str]] = defaultdict(set)
    async for address, page in pages(visitor):
        for link in (address, *page.links):
            path = urlsplit(address).path if link.startswith("?") else urlsplit(link).path
            if link.startswith(("/", "?")) and not path.startswith("/static/"):
                found[kind_of(path)[0]] |= {name for name, _ in parse_qsl(urlsplit(link).query, keep_blank_values=True)}
        for form in page.forms:
            if form.method == "get":
                for action in (form.action, *(to for _, _, to in form.buttons if to)):
                    found[kind_of(action)[0]] |= {one.name for one in form.fields}
    return found


def _addresses(path: str, bad: str, asked: set[str]) -> list[str]:
    places = re.findall(r"\{\w+\}", path)
    made = [path.replace(one, bad) for one in places if bad]
    plain = re.sub(r"\{\w+\}", "none", path)
    return [re.sub(r"\{\w+\}", "none", one) for one in made] + [f"{plain}?{name}={bad}" for name in sorted(asked)]
