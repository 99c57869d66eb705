"""Every route × everybody: nobody, each role, another site's page; and what every answer carries."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gateway.case.staff import ROLE_NAMES, Right, Role
from gateway.console.guard import HEADERS
from gateway.console.live_page import LIVE_WORDS
from gateway.console.route import Door, Route
from gateway.console.routes import ROUTES
from gateway.console.wording import WORDS
from gateway.console.wording_acts import ACTS
from gateway.console.wording_frame import WORDS_OF_THE_FRAME
from gateway.console.wording_glance import WORDS_OF_GLANCE
from gateway.console.wording_home import WORDS_OF_HOME
from gateway.console.wording_operations import WORDS_OF_OPERATIONS
from gateway.console.wording_overview import WORDS_OF_OVERVIEW
from gateway.console.wording_papers import WORDS_OF_PAPERS
from gateway.console.wording_search import WORDS_OF_SEARCH
from gateway.console.wording_window import WINDOW_WORDS
from gateway.console.wording_window_more import WINDOW_MORE_WORDS
from tests.console.people_build import Console, a_console


@pytest.fixture
async def console(tmp_path: Path) -> AsyncIterator[Console]:
    async with a_console(tmp_path) as one:
        yield one


def path_of(route: Route) -> str:
    return re.sub(r"\{\w+\}", "none", route.path)


def is_open_to(route: Route, role: Role) -> bool:
    from gateway.case.staff import RIGHTS

    return not isinstance(route.needs, Right) or route.needs in RIGHTS[role]


async def test_each_role_reaches_its_own_and_nothing_else(console: Console) -> None:
    for role in Role:
        async with console.signed_in(role.value) as visitor:
            for route in ROUTES:
                if route.path == "/sign-out":
                    continue
                await visitor.get("/account")
                if route.method == "GET":
                    await visitor.get(path_of(route))
                else:
                    await visitor.post(path_of(route))
                told = (role.value, route.method, route.path, visitor.status)
                assert (visitor.status == 403) is not is_open_to(route, role), told
                assert visitor.status < 500, told
                if visitor.status == 403:
                    assert "ROLE_LACKS_RIGHT" in visitor.text


async def test_nobody_reaches_only_what_is_open(console: Console) -> None:
    for route in ROUTES:
        async with console.visitor() as visitor:
            if route.method == "GET":
                await visitor.get(path_of(route))
                assert (visitor.address == "/sign-in") is (route.needs is not Door.OPEN or route.path == "/sign-in")
            else:
                await visitor.post(path_of(route))
                assert (visitor.status == 401) is (route.needs is not Door.OPEN or route.path == "/sign-in"), route.path
            assert visitor.status < 500


async def test_no_act_is_done_for_a_page_that_is_not_ours(console: Console) -> None:
    for role in Role:
        async with console.signed_in(role.value) as visitor:
            for route in ROUTES:
                if route.method == "GET" or not is_open_to(route, role) or route.needs is Door.OPEN:
                    continue
                for headers, token in (({}, ""), ({}, "0" * 64), ({"Sec-Fetch-Site": "cross-site"}, None)):
                    await visitor.get("/account")
                    found = re.search(r'name="page_token" value="([0-9a-f]+)"', visitor.text)
                    assert found
                    data = {"page_token": found[1] if token is None else token}
                    async with visitor.session.post(visitor.url + path_of(route), data=data, headers=headers) as answer:
                        assert answer.status == 403, (role, route.path, headers, token)
                        assert "PAGE_FORGED" in await answer.text()


async def test_every_answer_forbids_what_pages_need_not(console: Console) -> None:
    async with console.signed_in("security") as visitor:
        for path in ("/", "/people", "/audit", "/no-such-page", "/static/console.css", "/static/none", "/people/none"):
            await visitor.get(path)
            assert {name: visitor.headers.get(name) for name in HEADERS} == HEADERS, path
        assert "unsafe" not in HEADERS["Content-Security-Policy"]


async def test_no_page_has_a_script_or_a_style_in_it(console: Console) -> None:
    async with console.signed_in("security") as visitor:
        for path in ("/", "/people", "/people/new", "/account", "/account/factor", "/sign-in"):
            text = await visitor.get(path)
            assert not re.search(r"<script(?![^>]*\ssrc=)|\sstyle=|\son\w+=|<style|javascript:", text), path
            assert not re.search(r"(?:src|href|action)=\"(?!/|#|otpauth:)", text), path


async def test_what_people_type_is_shown_as_text(console: Console) -> None:
    evil = '"><script>alert(1)</script>{{7*7}}'
    async with console.signed_in("security") as visitor:
        await visitor.get("/people/new")
        await visitor.post(
            "/people/new", login=evil, name=evil, staff_number=evil, organisation=evil, division=evil, roles=evil
        )
        assert visitor.status == 422
        assert "<script>alert" not in visitor.text
        assert "49" not in re.sub(r"[0-9a-f]{64}|/static/[0-9a-f]+", "", visitor.text)
        assert "&lt;script&gt;" in visitor.text


async def test_pages_are_in_chinese_until_somebody_asks_for_english(console: Console) -> None:
    async with console.visitor() as visitor:
        text = await visitor.get("/sign-in")
        assert 'lang="zh-CN"' in text
        assert "登录" in text
        await visitor.post("/language", lang="en", to="/sign-in")
        assert 'lang="en"' in visitor.text
        assert "Sign in" in visitor.text
        assert not re.search(r"[\u4e00-\u9fff]", re.sub(r"中文|重庆市|黔江区", "", visitor.text))


def test_no_text_stands_in_two_catalogues() -> None:
    parts = (
        LIVE_WORDS,
        WORDS_OF_THE_FRAME,
        WORDS_OF_GLANCE,
        WORDS_OF_HOME,
        WORDS_OF_OPERATIONS,
        WORDS_OF_OVERVIEW,
        WORDS_OF_SEARCH,
        WINDOW_WORDS,
        WINDOW_MORE_WORDS,
        ACTS,
        WORDS_OF_PAPERS,
    )
    names = [name for part in parts for name in part]
    assert [name for name in names if names.count(name) > 1] == []


def test_every_text_is_in_both_languages() -> None:
    for name, text in WORDS.items():
        assert text.zh, name
        assert text.en, name
        if name != "other_language":
            assert re.search(r"[\u4e00-\u9fff]", text.zh), name
            assert not re.search(r"[\u4e00-\u9fff]", text.en), name
    assert all(text.zh and text.en for text in ROLE_NAMES.values())
