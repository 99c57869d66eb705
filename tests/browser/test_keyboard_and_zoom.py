"""A case worked by keyboard alone, and pages as people with large letters, narrow windows and little patience for motion see them."""

from pathlib import Path

import pytest

from gateway.case.staff import Role
from tests.browser.browser_build import Tab, a_browser, a_busy_console, a_tab
from tests.browser.test_a_case_by_clicking import the_other_console
from tests.browser.test_working_in_a_browser import FOCUSED, tab_to
from tests.browser.walking import walk
from tests.console.people_build import PASSWORD, a_console

NARROW = {"width": 320, "height": 640}
"""1280 px at 400 %, what WCAG 2.2, 1.4.10 asks for; 200 % is 683 px of our smallest desk and lies between."""
ZOOMED = {"width": 683, "height": 384}
STICKS_OUT = """() => {
  const wide = document.documentElement.clientWidth, within = one => one.closest(".wide, pre, nav ul");
  return Array.from(document.querySelectorAll("body *"))
    .filter(one => one.getBoundingClientRect().right > wide + 1 && !within(one) && getComputedStyle(one).position !== "absolute")
    .map(one => one.outerHTML.slice(0, 120)).slice(0, 3);
}"""


async def sign_in_by_keyboard(tab: Tab, login: str) -> None:
    keys = tab.page.keyboard
    await tab.go("/sign-in")
    await tab_to(tab, id="f-login")
    await keys.type(login)
    await tab_to(tab, id="f-password")
    await keys.type(PASSWORD)
    await keys.press("Enter")
    await tab.page.wait_for_url(tab.url + "/")


async def choose(tab: Tab, then: str, **wanted: str) -> None:
    """Go to a link or a button with Tab and press it."""
    await tab_to(tab, most=150, **wanted)
    await tab.page.keyboard.press("Enter")
    await tab.page.wait_for_url(then)


async def type_into(tab: Tab, name: str, value: str) -> None:
    there = (await tab_to(tab, most=150, id=f"f-{name}"))[-1]
    if there["tag"] == "SELECT":
        await tab.page.keyboard.press(value)
    else:
        await tab.page.keyboard.type(value)


async def act(tab: Tab, kind: str, **fields: str) -> None:
    """Choose an act on the page of a case and fill its form in, in the order its fields are in."""
    await choose(tab, f"**/acts/{kind}", href=f"{tab.page.url.removeprefix(tab.url).partition('?')[0]}/acts/{kind}")
    for name, value in fields.items():
        await type_into(tab, name, value)
    await tab_to(tab, most=60, tag="BUTTON", text="提交")
    await tab.page.keyboard.press("Enter")
    await tab.page.wait_for_url("**/cases/TB*?event=*")


@pytest.mark.slow
@pytest.mark.timeout(240)
async def test_a_case_from_taking_in_to_its_decision_by_keyboard_alone(tmp_path: Path) -> None:
    async with (
        a_console(tmp_path) as console,
        the_other_console(console, "422800") as there,
        a_browser() as browser,
        a_tab(browser, console.url) as window,
        a_tab(browser, there) as handler,
    ):
        console.desk.watchers.at_most_every = 0.01
        await sign_in_by_keyboard(window, "window")
        await choose(window, "**/take-in", href="/take-in")
        await choose(window, "**/take-in?place=*", href="/take-in?place=")
        await choose(window, "**/take-in/form*", href="/take-in/form")
        await type_into(window, "person.name", "向小满")
        await type_into(window, "person.certificate_number", "422801199001010026")
        await type_into(window, "person.phone", "13900000000")
        await type_into(window, "name.x1", "居民身份证")
        await type_into(window, "copies.x1", "1")
        await tab_to(window, most=150, tag="BUTTON", text="核对并提交")
        await window.page.keyboard.press("Enter")
        await window.page.wait_for_url("**/slip?new")
        await console.regions.settle_down()

        await sign_in_by_keyboard(handler, "handler")
        await choose(handler, "**/handler", href="/handler")
        await choose(handler, "**/cases/TB*", href="/cases/TB")
        await act(handler, "received_by_handler", handler_number="ES-0001")
        await act(handler, "accepted")
        await console.regions.settle_down()
        await act(handler, "decided", decision="ArrowDown", document_number="恩人社许〔2026〕00001号")
        await console.regions.settle_down()
        await handler.page.locator("#case-state").get_by_text("准予").wait_for()
        assert not window.wrong
        assert not handler.wrong


async def test_the_way_past_the_menu_leads_past_it(tmp_path: Path) -> None:
    async with a_busy_console(tmp_path) as console, a_browser() as browser, a_tab(browser, console.url) as tab:
        await tab.sign_in("handler")
        await tab.go("/handler?tab=all")
        await tab.page.keyboard.press("Tab")
        first = await tab.page.evaluate(FOCUSED)
        assert first["href"] == "#main"
        assert first["shown"]
        await tab.page.keyboard.press("Enter")
        await tab.page.keyboard.press("Tab")
        assert await tab.page.evaluate("document.querySelector('main').contains(document.activeElement)")


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("role", list(Role))
async def test_every_page_fits_a_narrow_window_and_large_letters(tmp_path: Path, role: Role) -> None:
    async with a_busy_console(tmp_path) as console, a_browser() as browser, a_tab(browser, console.url) as tab:
        await tab.sign_in(role.value)
        wrong = {}
        async for one in walk(tab):
            if not one.is_page:
                continue
            found = []
            for name, size in (("320 px", NARROW), ("200 %", ZOOMED)):
                await tab.page.set_viewport_size(size)
                over = await tab.page.evaluate(
                    "document.documentElement.scrollWidth - document.documentElement.clientWidth"
                )
                if over > 0:
                    found.append(f"{name}: {over} px too wide: {await tab.page.evaluate(STICKS_OUT)}")
            await tab.page.set_viewport_size({"width": 1366, "height": 768})
            found += await tab.findings_of_axe("target-size")
            moving = await tab.page.evaluate(
                "Array.from(document.querySelectorAll('a, button, input, summary')).filter("
                "one => getComputedStyle(one).transitionDuration.split(',').some(s => parseFloat(s) > 0.01)).length"
            )
            if moving:
                found.append(f"{moving} things move for somebody who asked for less motion")
            if found:
                wrong[one.address] = found
        assert not wrong
