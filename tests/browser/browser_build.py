"""A real browser: Debian's Chromium, driven by playwright; what it complains of is kept and asserted to be nothing."""

import base64
import json
import re
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from gateway.case import events as ev
from gateway.case.days import day_in_china
from tests.build import a_file, a_happening, a_material
from tests.console.people_build import PASSWORD, Console, a_console

CHROMIUM = shutil.which("chromium")
AXE = Path(__file__).parent / "vendored" / "axe-core-4.14.1.min.js"
DESK = {"width": 1366, "height": 768}
"""The smallest screen that windows have."""
PICTURE = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
"""One grey pixel."""
TABLET = {"width": 768, "height": 1024}


def need_browser() -> None:
    """Skip, counted, where there is nothing to drive; `make browser` says what to install."""
    pytest.importorskip("playwright", reason="no playwright: make browser installs it")
    if CHROMIUM is None:
        pytest.skip("no chromium: apt-get install --no-install-recommends chromium fonts-noto-cjk")


@dataclass
class Tab:
    """A page of a browser, with everything that went wrong in it."""

    page: Any
    url: str
    wrong: list[str] = field(default_factory=list)
    is_page: bool = True

    def __post_init__(self) -> None:
        self.page.on("console", self._said)
        self.page.on("pageerror", lambda error: self.wrong.append(f"script: {error}"))
        self.page.on("request", self._asked)

    def _said(self, message: Any) -> None:
        if message.type in ("error", "warning"):
            self.wrong.append(f"console: {message.text}")

    def _asked(self, request: Any) -> None:
        if not request.url.startswith((self.url, "data:", "blob:")):
            self.wrong.append(f"outside: {request.url}")

    async def go(self, path: str) -> int:
        """Load a page; return its status."""
        answer = await self.page.goto(self.url + path, wait_until="load")
        self.is_page = answer.headers.get("content-type", "").startswith("text/html")
        return int(answer.status)

    async def sign_in(self, login: str) -> None:
        """Sign in as somebody with a mouse."""
        await self.go("/sign-in")
        await self.page.fill("#f-login", login)
        await self.page.fill("#f-password", PASSWORD)
        await self.page.click("main button")
        await self.page.wait_for_url(self.url + "/")

    async def speak(self, lang: str) -> None:
        """Choose a language; in another than Chinese by its button."""
        if lang != "zh":
            await self.page.click(f"button[name=lang][value={lang}]")
            await self.page.wait_for_selector(f"html[lang={lang}]")

    async def findings_of_axe(self, *rules: str) -> list[str]:
        """Return what axe finds: all its rules, or those named.  Run by the debugger, for the pages forbid other scripts."""
        what = {"runOnly": list(rules)} if rules else {}
        script = (
            f"axe.run(document, {json.dumps(what)}).then(found => JSON.stringify("
            "found.violations.map(one => one.id + ': ' + one.nodes.map(node => node.html.slice(0, 160)).join(' | '))))"
        )
        debugger = await self.page.context.new_cdp_session(self.page)
        try:
            there = await debugger.send("Runtime.evaluate", {"expression": "typeof axe"})
            if there["result"]["value"] == "undefined":
                await debugger.send("Runtime.evaluate", {"expression": AXE.read_text(encoding="utf-8")})
            answer = await debugger.send("Runtime.evaluate", {"expression": script, "awaitPromise": True})
        finally:
            await debugger.detach()
        return list(json.loads(answer["result"]["value"]))


@asynccontextmanager
async def a_browser(*wishes: str) -> AsyncIterator[Any]:
    """Chromium, without a window; `wishes` are further options of its command line."""
    need_browser()
    from playwright.async_api import async_playwright

    async with async_playwright() as driver:
        browser = await driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", *wishes])
        try:
            yield browser
        finally:
            await browser.close()


@asynccontextmanager
async def a_tab(browser: Any, url: str, **wishes: Any) -> AsyncIterator[Tab]:
    """A tab that shares nothing with other tabs."""
    wishes = {"locale": "zh-CN", "timezone_id": "Asia/Shanghai", "viewport": DESK, "reduced_motion": "reduce"} | wishes
    context = await browser.new_context(**wishes)
    try:
        yield Tab(await context.new_page(), url)
    finally:
        await context.close()


@asynccontextmanager
async def a_busy_console(folder: Path) -> AsyncIterator[Console]:
    """A console of 黔江 with cases of both sides in several states, one of which 恩施 cannot be told of."""
    async with a_console(folder) as console:
        await fill(console)
        yield console


async def fill(console: Console) -> list[str]:
    """Cases of both sides; return their numbers: taken in, to decide, accepted, granted, under way."""
    here, there = console.regions["500114"], console.regions["422800"]
    for region in (here, there):
        await region.upload(PICTURE)
    scan = (a_material("m1", a_file(PICTURE)),)
    taken = await here.submit(here.a_case("422800", materials=scan))
    to_decide, accepted, granted = [await there.submit(there.a_case("500114", materials=scan)) for _ in range(3)]
    await console.regions.settle_down()
    for number in (accepted, granted):
        await here.act(number, a_happening(ev.ReceivedByHandler))
        await here.act(number, a_happening(ev.Accepted))
    await here.act(granted, a_happening(ev.Decided))
    asked = await here.submit(here.a_case("422800", materials=scan))
    await console.regions.settle_down()
    for number in (taken, asked):
        await there.act(number, a_happening(ev.ReceivedByHandler))
    await there.act(asked, a_happening(ev.SupplementRequested))
    await console.regions.settle_down()
    yesterday = day_in_china(console.regions.clock()) - timedelta(days=1)
    await console.desk.operating.reconciling.reconcile_day("422800", yesterday, "staff:browser")
    there_down = await here.submit(here.a_case("422800"))
    return [taken, to_decide, accepted, granted, there_down]


def words_of(text: str) -> str:
    """A text without what differs from run to run, to name a file by."""
    return re.sub(r"[^0-9A-Za-z\u4e00-\u9fff]+", "-", text).strip("-") or "home"
