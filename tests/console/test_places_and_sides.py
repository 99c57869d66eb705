"""Every address of a case × whoever belongs to another place or the other side: told like a case that does not exist."""

import re
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from gateway.case.staff import RIGHTS, Right, Role
from gateway.console.guard import HEADERS
from gateway.console.route import Route
from gateway.console.routes import ROUTES
from gateway.flows.people.accounts import Wanted
from tests.browser.browser_build import PICTURE, fill
from tests.console.people_build import PASSWORD, TOKEN, Console, Visitor, a_console

NO_CASE = "TB500114000000000000000"
OF_A_CASE = [one for one in ROUTES if "{case}" in one.path]
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
ELSEWHERE = "500114101000"
"""A part of 黔江区: its people see nothing of what the district takes in or decides."""


@pytest.fixture
async def console(tmp_path: Path) -> AsyncIterator[Console]:
    async with a_console(tmp_path) as one:
        yield one


async def add_people_elsewhere(console: Console) -> None:
    """Make an account for a window and one for a handler of another place."""
    accounts, signing_in = console.desk.accounts, console.desk.signing_in
    officer = await signing_in.who((await signing_in.sign_in("security", PASSWORD)).token)
    assert officer
    there = Wanted("elsewhere", "别处员", "B000", "别处政务服务中心", ELSEWHERE, frozenset())
    for role in (Role.WINDOW, Role.HANDLER):
        wanted = replace(there, login=f"elsewhere.{role.value}", roles=frozenset({role}))
        _, link = await accounts.add(officer, wanted)
        await accounts.choose_password(link, PASSWORD)


async def address(console: Console, route: Route, number: str) -> str:
    """A real address of a case: a file it holds, something that happened to it, an act."""
    view = await console.regions["500114"].view(number)
    digest = next(one.form.sha256 for one in view.case.materials if hasattr(one.form, "sha256"))
    parts = {
        "case": number,
        "act": "note",
        "sha256": digest,
        "event": view.events[-1].row.event_id,
        "kind": "acceptance_notice",
    }
    return re.sub(r"\{(\w+)\}", lambda found: parts[found[1]], route.path)


async def asked(visitor: Visitor, route: Route, path: str) -> tuple[int, str]:
    await visitor.get("/account")
    if route.method == "GET":
        await visitor.get(path)
    else:
        await visitor.post(path, reason="核对申请人证件号码", text="留言")
    return visitor.status, TOKEN.sub("", visitor.text)


@pytest.mark.parametrize(
    ("login", "role"),
    [
        ("elsewhere.window", Role.WINDOW),
        ("elsewhere.handler", Role.HANDLER),
        ("handler", Role.HANDLER),
        ("window", Role.WINDOW),
    ],
)
async def test_a_case_of_another_place_or_side_is_told_like_none(console: Console, login: str, role: Role) -> None:
    taken_in, to_decide, *_ = await fill(console)
    await add_people_elsewhere(console)
    here = console.regions["500114"]
    not_theirs = {"handler": [taken_in], "window": [to_decide]}.get(login, [taken_in, to_decide])
    async with console.signed_in(login) as visitor:
        for number in not_theirs:
            before = await here.view(number)
            for route in OF_A_CASE:
                path = await address(console, route, number)
                if isinstance(route.needs, Right) and route.needs not in RIGHTS[role]:
                    assert (await asked(visitor, route, path))[0] == 403
                    continue
                status, text = await asked(visitor, route, path)
                of_none, none = await asked(visitor, route, path.replace(number, NO_CASE))
                assert status == of_none == 404, (route.method, path, status, of_none)
                assert text.replace(number, NO_CASE) == none, path
            after = await here.view(number)
            assert (after.row, after.events) == (before.row, before.events), "nothing was done to it"
            await visitor.get(f"/live?case={number}&mark=x")
            assert visitor.status == 404
            await visitor.get("/search")
            assert number not in (await visitor.post("/search", number=number)).partition("<tbody>")[2]


async def test_what_one_place_uploads_another_does_not_see(console: Console) -> None:
    taken_in = (await fill(console))[0]
    await add_people_elsewhere(console)
    view = await console.regions["500114"].view(taken_in)
    digest = next(one.form.sha256 for one in view.case.materials if hasattr(one.form, "sha256"))
    async with console.signed_in("elsewhere.window") as visitor:
        for route in OF_A_CASE:
            if "{sha256}" in route.path:
                path = await address(console, route, taken_in)
                async with visitor.session.get(visitor.url + path) as answer:
                    assert answer.status == 404
                    assert PICTURE not in await answer.read()
        assert digest


async def test_no_address_answers_what_it_is_not_for(console: Console) -> None:
    async with console.signed_in("security") as visitor:
        paths = {re.sub(r"\{\w+\}", "none", one.path): one.path for one in ROUTES}
        for path, pattern in paths.items():
            served = {one.method for one in ROUTES if one.path == pattern}
            others = {one.method for one in ROUTES if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", one.path), path)}
            for method in METHODS:
                if method in served | others or (method == "HEAD" and "GET" in served | others):
                    continue
                async with visitor.session.request(method, visitor.url + path, allow_redirects=False) as answer:
                    assert answer.status in (404, 405), (method, path, answer.status)
                    assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS, (method, path)


@pytest.mark.parametrize(
    ("headers", "is_ours"),
    [
        ({}, True),
        ({"Origin": "null"}, True),
        ({"Origin": "https://evil.invalid"}, False),
        ({"Origin": "http://127.0.0.1:1"}, False),
        ({"Sec-Fetch-Site": "cross-site"}, False),
        ({"Sec-Fetch-Site": "same-site"}, False),
        ({"Sec-Fetch-Site": "same-origin"}, True),
    ],
)
async def test_what_another_site_sends_is_not_done(console: Console, headers: dict[str, str], is_ours: bool) -> None:
    for login in [role.value for role in Role]:
        async with console.signed_in(login) as visitor:
            for route in ROUTES:
                if route.method != "POST" or (is_ours and route.path != "/language"):
                    continue
                await visitor.get("/account")
                found = TOKEN.search(visitor.text)
                path = re.sub(r"\{\w+\}", "none", route.path)
                async with visitor.session.post(
                    visitor.url + path,
                    data={"page_token": found[1] if found else ""},
                    headers=headers,
                    allow_redirects=False,
                ) as answer:
                    if is_ours:
                        assert answer.status == 303
                        continue
                    assert answer.status == 403, (login, path)
                    assert re.search("PAGE_FORGED|ROLE_LACKS_RIGHT", await answer.text()), path
