"""The whole story of a case through two consoles side by side: 黔江's window takes in, 恩施 decides, 黔江's window hands over."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import web

from gateway.app.console_door import desk
from gateway.console.app import console_app
from tests.browser.browser_build import PICTURE, Tab, a_browser, a_tab
from tests.console.people_build import Console, a_console, add_everybody

APPLICANT = {
    "person.name": "向小满",
    "person.certificate_number": "422801199001010026",
    "person.phone": "13900000000",
}


@asynccontextmanager
async def the_other_console(console: Console, code: str) -> AsyncIterator[str]:
    """Serve the console of another region of the same stage; yield its address."""
    there = console.regions[code]
    served = desk(there.gateway, there.settings)
    served.watchers.at_most_every = 0.01
    runner = web.AppRunner(console_app(served))
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        host, port = runner.addresses[0][:2]
        await add_everybody(served)
        yield f"http://{host}:{port}"
    finally:
        await runner.cleanup()


async def act(tab: Tab, button: str, **fields: str) -> None:
    """Choose an act on the page of a case, fill its form in, and send it."""
    await tab.page.locator("#case-acts").get_by_role("button", name=button, exact=True).click()
    for name, value in fields.items():
        field = tab.page.locator(f"[id='f-{name}']")
        if await field.evaluate("one => one.tagName") == "SELECT":
            await field.select_option(value)
        else:
            await field.fill(value)
    await tab.page.locator("main form .acts button").click()
    await tab.page.wait_for_url("**/cases/TB*?event=*")


@pytest.mark.slow
@pytest.mark.timeout(180)
async def test_a_case_goes_there_and_comes_back_by_clicking_only(tmp_path: Path) -> None:
    async with (
        a_console(tmp_path) as console,
        the_other_console(console, "422800") as there,
        a_browser() as browser,
        a_tab(browser, console.url) as window,
        a_tab(browser, there) as handler,
    ):
        console.desk.watchers.at_most_every = 0.01
        await window.sign_in("window")
        await handler.sign_in("handler")
        await handler.page.click("nav a[href='/handler']")

        await window.page.click("nav a[href='/take-in']")
        await window.page.click("main a[href*='place=422800']")
        await window.page.click("main a[href*='/take-in/form']")
        for name, value in APPLICANT.items():
            await window.page.locator(f"[name='{name}']").fill(value)
        material = window.page.locator("fieldset.material").first
        if not await material.is_visible():
            await window.page.click("details.off-list summary")
        await material.locator("input[name^='name.']").fill("居民身份证")
        await material.locator("input[type=file][multiple]").set_input_files(
            {"name": "身份证.png", "mimeType": "image/png", "buffer": PICTURE}
        )
        await window.page.locator("main form button[value=send]").click()
        await window.page.wait_for_url("**/slip?new")
        await window.page.get_by_role("link", name="打开办件").click()
        await console.regions.settle_down()

        await handler.page.click("#cases tbody a")
        await act(handler, "签收", handler_number="ES-0001")
        await act(handler, "受理", acceptance_number="恩人社受〔2026〕00001号")
        await console.regions.settle_down()
        await window.page.get_by_text("已受理").first.wait_for()
        await act(handler, "办结", decision="granted", document_number="恩人社许〔2026〕00001号")
        await console.regions.settle_down()
        await window.page.locator("#case-state").get_by_text("准予").wait_for()
        await window.page.locator("#case-acts").get_by_role("button", name="领取登记", exact=True).click()
        await window.page.get_by_label("申请人").first.check()
        await window.page.get_by_label("已核对").check()
        await window.page.locator("[id='f-way']").select_option("origin_window")
        await window.page.get_by_role("button", name="领取登记", exact=True).click()
        await window.page.wait_for_url("**/cases/TB*?event=*")
        await console.regions.settle_down()
        await handler.page.locator("#case-state").get_by_text("已送达").wait_for()
        assert not window.wrong
        assert not handler.wrong
