"""Every page of every role in both languages: axe finds nothing, nothing is fetched from elsewhere, nothing sticks out."""

from pathlib import Path

import pytest

from gateway.case import events as ev
from gateway.case.staff import Role
from tests.browser.browser_build import DESK, TABLET, Tab, a_browser, a_busy_console, a_tab
from tests.browser.walking import routes_of, walk
from tests.build import a_happening
from tests.console.people_build import Console

BY_FORM = {
    Role.OPERATOR: (
        "/queue/of/TB50011420261124516REWMAQG8DM",
        "/partners/422800/difference?from=1&to=1",
        "/reconciliation/422800/2026-11-23",
    ),
}
"""Addresses to which a form leads, or a link where something is wrong that is not on this stage."""
BY_AN_ACT = {
    "/partners/{code}/test/{trial}",
    "/partners/invite/{invitation}",
    "/partners/invite/{invitation}/file",
    "/take-in/files/{sha256}",
}
"""Pages there are only after something was done: they are opened in `test_operations_in_a_browser`, and by the window's form."""
OPEN_PAGES = ("/sign-in", "/sign-in?to=/people", "/sign-in?chosen", "/no-such-page")


async def troubles(tab: Tab) -> list[str]:
    """What is wrong with the page in the tab: on the smallest desk, on a tablet, in the dark, and on paper."""
    page = tab.page
    found = await tab.findings_of_axe()
    await page.emulate_media(color_scheme="dark")
    found += [f"dark: {one}" for one in await tab.findings_of_axe("color-contrast")]
    await page.emulate_media(color_scheme="light")
    for name, size in (("tablet", TABLET), ("desk", DESK)):
        await page.set_viewport_size(size)
        over = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        if over > 0:
            found.append(f"{name}: {over} px wider than the screen")
    await page.emulate_media(media="print")
    if await page.locator("header.top").is_visible():
        found.append("print: the bar at the top is printed")
    if not await page.locator("main").is_visible():
        found.append("print: the page is empty")
    await page.emulate_media(media="screen")
    return found


async def save_a_view(tab: Tab) -> None:
    """Search, and save it under a name as long as names may be, whose page a link then leads to."""
    await tab.go("/search")
    await tab.page.select_option("#f-within", index=1)
    await tab.page.click("form[action='/search'] .end button")
    await tab.page.fill("#f-view_name", "近期外地转来等着签收和补正的办件全部")
    await tab.page.click("form[action='/search/views'] button")
    await tab.page.wait_for_url("**/search/views/*")


async def something_to_hand_over(console: Console) -> None:
    """A case that was taken in here and is granted there."""
    here, there = console.regions["500114"], console.regions["422800"]
    number = await here.submit(here.a_case("422800"))
    await console.regions.settle_down()
    for kind in (ev.ReceivedByHandler, ev.Accepted, ev.Decided):
        await there.act(number, a_happening(kind))
    await console.regions.settle_down()


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("role", list(Role))
async def test_every_page_of_every_role(tmp_path: Path, role: Role, lang: str) -> None:
    async with a_busy_console(tmp_path) as console, a_browser() as browser, a_tab(browser, console.url) as tab:
        await tab.sign_in(role.value)
        await tab.speak(lang)
        if role is Role.WINDOW:
            await something_to_hand_over(console)
        if role in (Role.WINDOW, Role.HANDLER):
            await save_a_view(tab)
        wrong, reached = {}, set()
        async for one in walk(tab, *BY_FORM.get(role, ())):
            reached.add(one.route.path)
            if not one.is_page:
                tab.wrong.clear()  # the browser's own viewer of pictures, which has a style of its own
                continue
            found = await troubles(tab) + tab.wrong + ([f"HTTP {one.status}"] if one.status != 200 else [])
            tab.wrong.clear()
            if found:
                wrong[one.address] = found
        assert not wrong
        assert not routes_of(role) - reached - BY_AN_ACT, "no link leads there"


@pytest.mark.parametrize("lang", ["zh", "en"])
async def test_pages_that_are_open_to_everybody(tmp_path: Path, lang: str) -> None:
    async with a_busy_console(tmp_path) as console, a_browser() as browser, a_tab(browser, console.url) as tab:
        first = await console.desk.signing_in.make_link("first", "", "machine:console")
        people = await console.desk.accounts.everybody()
        links = [
            await console.desk.signing_in.make_link(why, people[0].person_id, "x") for why in ("password", "sign_in")
        ]
        await tab.go("/sign-in")
        await tab.speak(lang)
        wrong = {}
        for path in (*OPEN_PAGES, *(f"/link/{token}" for token in (first, *links))):
            status = await tab.go(path)
            missing = ["console: Failed to load resource: the server responded with a status of 404 (Not Found)"]
            found = await troubles(tab) + [one for one in tab.wrong if [one] != missing or status != 404]
            tab.wrong.clear()
            if found:
                wrong[path] = found
        assert not wrong


async def test_somebody_without_javascript_reads_and_acts(tmp_path: Path) -> None:
    async with (
        a_busy_console(tmp_path) as console,
        a_browser() as browser,
        a_tab(browser, console.url, java_script_enabled=False) as tab,
    ):
        await tab.sign_in("window")
        await tab.page.click("nav a[href='/window']")
        await tab.page.click("nav.tabs a[href*='with_them']")
        await tab.page.click("tbody a")
        await tab.page.fill("#f-reason", "核对申请人证件号码")
        await tab.page.click("form[action$='/unmask'] button")
        await tab.page.wait_for_url("**/unmask")
        assert not tab.wrong
