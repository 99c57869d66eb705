"""An operator in a real browser: a connection test step by step, an introduction, maintenance; nothing wrong on what comes of it."""

from pathlib import Path

import pytest

from tests.browser.browser_build import Tab, a_browser, a_busy_console, a_tab
from tests.console.people_build import ENSHI


async def wrong_with(tab: Tab) -> list[str]:
    """What axe and the browser find on the page in the tab."""
    found = await tab.findings_of_axe() + tab.wrong
    tab.wrong.clear()
    return found


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("lang", ["zh", "en"])
async def test_an_operator_tests_introduces_and_announces(tmp_path: Path, lang: str) -> None:
    async with a_busy_console(tmp_path) as console, a_browser() as browser, a_tab(browser, console.url) as tab:
        page = tab.page
        await tab.sign_in("operator")
        await tab.speak(lang)

        await tab.go(f"/partners/{ENSHI}")
        await page.click(f"form[action='/partners/{ENSHI}/test'] button")
        # Nobody loads the page again: the steps come to it.
        await page.wait_for_selector("#trial form", timeout=60_000)
        assert await page.locator("#trial-steps tbody tr .light").count() == 12
        assert await wrong_with(tab) == []

        await tab.go("/partners/invite")
        await page.fill("#f-to", "000000")
        await page.click("main form button")
        await page.wait_for_selector("#f-to[aria-invalid]")
        tab.wrong[:] = [one for one in tab.wrong if "422" not in one]
        assert await wrong_with(tab) == []
        await page.fill("#f-to", ENSHI)
        await page.click("main form button")
        await page.wait_for_selector(".digits")
        assert await wrong_with(tab) == []
        async with page.expect_download() as taken:
            await page.click("main a[download]")
        file = await (await taken.value).path()

        # Our own introduction is no other region's: it is read, and told why it is not taken.
        await tab.go("/partners/add")
        assert await wrong_with(tab) == []
        await page.set_input_files("#f-file", file)
        await page.click("main form button")
        await page.wait_for_selector("main table")
        assert await wrong_with(tab) == []

        await tab.go("/maintenance")
        await page.fill("#f-until", "2026-11-25T22:00")
        await page.fill("#f-why", "更换交换机")
        await page.click("form[action='/maintenance'] button")
        await page.wait_for_selector(".notice")
        assert await wrong_with(tab) == []
        await page.click("form[action='/maintenance/end'] button")
        await page.wait_for_selector(".notice", state="detached")


@pytest.mark.slow
@pytest.mark.timeout(120)
async def test_the_queue_on_the_screen_follows_what_is_owed(tmp_path: Path) -> None:
    async with a_busy_console(tmp_path) as console, a_browser() as browser, a_tab(browser, console.url) as tab:
        await tab.sign_in("operator")
        await tab.go("/queue")
        before = await tab.page.inner_text("#by-partner tbody")
        await tab.page.fill("#key", "TB5001")
        here = console.regions["500114"]
        console.desk.operating.looks.forget()
        await here.submit(here.a_case(ENSHI))
        await tab.page.wait_for_function(
            "before => document.querySelector('#by-partner tbody').innerText !== before", arg=before, timeout=60_000
        )
        assert await tab.page.input_value("#key") == "TB5001", "what is being typed stays"
        assert tab.wrong == []
