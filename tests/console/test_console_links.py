"""Links from the machine itself: the first account, a new password, a session; each good once, each in the audit."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp
import pytest
from aiohttp import web

from gateway.app.console_door import ConsoleLinks
from gateway.case.errors import GatewayError
from gateway.case.reasons import Reason
from gateway.console.audit import EVERYTHING
from gateway.local.console_link_routes import add_console_link_routes
from tests.console.people_build import Console, a_console


@asynccontextmanager
async def operators_socket(console: Console, folder: Path) -> AsyncIterator[aiohttp.ClientSession]:
    """The operators' door with the one route, on a Unix socket as the gateway serves it."""
    app = web.Application()
    add_console_link_routes(app, ConsoleLinks(console.desk, console.url))
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        await web.UnixSite(runner, str(folder / "c.sock")).start()
        async with aiohttp.ClientSession(connector=aiohttp.UnixConnector(str(folder / "c.sock"))) as session:
            yield session
    finally:
        await runner.cleanup()


async def link(session: aiohttp.ClientSession, **wanted: str | bool) -> tuple[str, str]:
    """Ask for a link; return what it is for and its path."""
    async with session.post("http://gateway/v1/console/link", json=wanted) as answer:
        assert answer.status == 200
        made = await answer.json()
        return made["purpose"], urlsplit(made["link"]).path


async def test_a_sign_in_link_opens_a_session_once_and_leaves_the_password(tmp_path: Path) -> None:
    async with a_console(tmp_path) as console, operators_socket(console, tmp_path) as operators:
        purpose, path = await link(operators, login="handler", sign_in=True)
        assert purpose == "sign_in"
        async with console.visitor() as visitor:
            await visitor.get(path)
            await visitor.get(path)
            assert visitor.status == 200, "looking does not use it up"
            await visitor.post(path)
            assert (visitor.status, visitor.address) == (200, "/")
            assert "handler员" in visitor.text
        async with console.visitor() as another:
            await another.get(path)
            assert "LINK_OVER" in another.text
        async with console.signed_in("handler"), console.signed_in("auditor") as auditor:
            text = await auditor.get(f"/audit?act=console.link&who={EVERYTHING}")
            assert "machine:console" in text
            assert "sign_in" in text


async def test_without_a_wish_for_a_session_it_is_the_first_account_and_then_a_password(tmp_path: Path) -> None:
    async with a_console(tmp_path, people=False) as console, operators_socket(console, tmp_path) as operators:
        assert (await link(operators))[0] == "first"
        links = ConsoleLinks(console.desk, console.url)
        with pytest.raises(GatewayError) as refused:
            await links.new("security", sign_in=True)
        assert refused.value.reason is Reason.PERSON_UNKNOWN
    async with a_console(tmp_path / "again") as console, operators_socket(console, tmp_path) as operators:
        assert (await link(operators, login="window"))[0] == "password"


async def test_consoles_of_two_regions_on_one_host_do_not_sign_each_other_out(tmp_path: Path) -> None:
    async with a_console(tmp_path) as console, console.signed_in("window") as visitor:
        names = {cookie.key for cookie in visitor.session.cookie_jar}
        assert names == {f"tongban-{console.desk.region}"}
