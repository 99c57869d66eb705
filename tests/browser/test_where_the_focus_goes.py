"""Where somebody is who works by keyboard, after a box was closed and after a part of the page was exchanged under them."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from gateway.case import events as ev
from gateway.console.queue_pages import act_path
from gateway.flows.queue.deed import MOST
from gateway.store.queue import HELD
from tests.browser.browser_build import Tab, a_browser, a_tab, fill
from tests.browser.test_window_in_a_browser import FAKE_CAMERA, at_the_form, camera_is_open
from tests.build import a_happening
from tests.console.people_build import ENSHI, QIANJIANG, a_console
from tests.console.test_operations_queue import WHY, kept, owe_more, owed

WHERE = """() => {
  const one = document.activeElement, part = one.closest("[id]:not(body)");
  return one === document.body ? "nowhere" : (part ? part.id : "") + " " + one.tagName + " " + (one.getAttribute("href") || "");
}"""


async def where(tab: Tab) -> str:
    """The part, the kind of element and the address the focus is on."""
    return str(await tab.page.evaluate(WHERE)).strip()


@pytest.mark.parametrize("close", ["Escape", "button"])
async def test_the_box_of_the_camera_closes_and_gives_the_focus_back(tmp_path: Path, close: str) -> None:
    async with a_browser(*FAKE_CAMERA) as browser, at_the_form(tmp_path, browser) as (_, tab):
        page = tab.page
        for _ in range(2):
            await page.focus("[data-camera='0']")
            await page.keyboard.press("Enter")
            await camera_is_open(tab)
            assert await page.evaluate("document.querySelector('#camera').contains(document.activeElement)")
            if close == "Escape":
                await page.keyboard.press("Escape")
            else:
                await page.focus("#camera [data-done]")
                await page.keyboard.press("Enter")
            await page.wait_for_function("() => !document.querySelector('#camera').open")
            assert await page.evaluate("document.activeElement.dataset.camera") == "0"
            await page.wait_for_function("() => document.querySelector('#camera video').srcObject === null")
        assert not tab.wrong


async def test_in_a_list_that_changes_the_focus_stays_in_the_list(tmp_path: Path) -> None:
    async with a_console(tmp_path) as console, a_browser() as browser, a_tab(browser, console.url) as tab:
        console.desk.watchers.at_most_every = 0.01
        number = (await fill(console))[1]
        here, there = console.regions[QIANJIANG], console.regions[ENSHI]
        await tab.sign_in("handler")
        await tab.go("/handler?tab=to_sign")
        lines = tab.page.locator("#cases tbody tr")
        await tab.page.focus("#cases")
        other = await there.submit(there.a_case(QIANJIANG))
        await console.regions.settle_down()
        await lines.nth(1).wait_for()
        assert await where(tab) == "cases DIV", "on the list itself"
        await tab.page.focus(f"#cases a[href='/cases/{number}']")
        await here.act(number, a_happening(ev.ReceivedByHandler))
        here.gateway.signals.told()
        await tab.page.locator(f"#cases a[href='/cases/{number}']").wait_for(state="detached")
        assert await where(tab) == "cases DIV", "the case went to another list"
        await tab.page.keyboard.press("Tab")
        assert await where(tab) == f"cases A /cases/{other}", "and Tab goes on from here"
        assert not tab.wrong


async def test_on_a_case_that_changes_what_was_unfolded_stays_so_and_keeps_the_focus(tmp_path: Path) -> None:
    async with a_console(tmp_path) as console, a_browser() as browser, a_tab(browser, console.url) as tab:
        console.desk.watchers.at_most_every = 0.01
        number = (await fill(console))[1]
        here = console.regions[QIANJIANG]
        await tab.sign_in("handler")
        await tab.go(f"/cases/{number}")
        steps = tab.page.locator("#timeline ol.timeline > li")
        before = await steps.count()
        await tab.page.focus("#timeline summary")
        await tab.page.keyboard.press("Enter")
        await here.act(number, a_happening(ev.ReceivedByHandler))
        here.gateway.signals.told()
        await steps.nth(before).wait_for()
        assert await where(tab) == "timeline SUMMARY"
        assert await tab.page.evaluate("document.activeElement.parentElement.open")
        await tab.page.focus("#case-acts a[href$='/acts/accepted']")
        await here.act(number, a_happening(ev.Accepted))
        here.gateway.signals.told()
        await tab.page.locator("#case-acts a[href$='/acts/accepted']").wait_for(state="detached")
        assert (await where(tab)).startswith("case-acts"), "the act is done with, its place is not"
        assert not tab.wrong


async def test_between_the_steps_of_a_bulk_act_the_focus_stays_at_the_way_out(tmp_path: Path) -> None:
    async with a_console(tmp_path) as console, a_browser() as browser, a_tab(browser, console.url) as tab:
        page = tab.page
        (case_id,) = await owed(console)
        await owe_more(console, case_id, MOST * 2)
        held = asyncio.Event()

        async def line(route: Any) -> None:
            if route.request.headers.get("hx-request"):
                await held.wait()
            await route.continue_()

        await tab.sign_in("operator")
        await page.route("**/queue/act/*", line)
        await tab.go(act_path("hold", partner=ENSHI))
        await page.fill("#f-reason", WHY)
        await page.fill("#f-confirm", str(MOST * 2 + 1))
        await page.click("main form button")
        await page.locator("#main a[href='/queue']").last.focus()
        assert await where(tab) == "main A /queue"
        held.set()
        await page.get_by_text("完成").wait_for()
        assert (await where(tab)).startswith("main"), "at the way back, or at the head of what is left"
        assert await kept(console, HELD) == MOST * 2 + 1
        assert not tab.wrong
