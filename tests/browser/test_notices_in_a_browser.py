"""Notices in a real browser: the page of one and the sheet itself, on the screen, in the dark, on a tablet and on paper."""

from pathlib import Path

import pytest

from tests.browser.browser_build import DESK, TABLET, a_browser, a_tab
from tests.console.notices_build import NAME, PAPERS, everything_happens, notices_of, with_papers
from tests.console.people_build import a_console


@pytest.mark.slow
@pytest.mark.parametrize("lang", ["zh", "en"])
async def test_every_notice_is_readable_and_prints_on_its_own(tmp_path: Path, lang: str) -> None:
    async with (
        a_console(tmp_path, settings=with_papers(PAPERS)) as console,
        a_browser() as browser,
        a_tab(browser, console.url) as tab,
    ):
        cases = await everything_happens(console)
        async with console.signed_in("handler") as handler:
            paths = {kind: path for number in cases.values() for path, kind in await notices_of(handler, number)}
        await tab.sign_in("handler")
        await tab.speak(lang)
        wrong: dict[str, list[str]] = {}
        for kind, path in paths.items():
            await tab.go(path)
            found = [f"frame: {one}" for one in await tab.findings_of_axe()]
            await tab.page.fill("#f-reason", "交申请人")
            await tab.page.click("button[value=page]")
            await tab.page.wait_for_selector("article.paper")
            assert await tab.page.locator("article.paper").get_by_text(NAME).first.is_visible()
            found += await tab.findings_of_axe()
            await tab.page.emulate_media(color_scheme="dark")
            found += [f"dark: {one}" for one in await tab.findings_of_axe("color-contrast")]
            await tab.page.emulate_media(color_scheme="light")
            for size in (TABLET, DESK):
                await tab.page.set_viewport_size(size)
                over = await tab.page.evaluate(
                    "document.documentElement.scrollWidth - document.documentElement.clientWidth"
                )
                found += [f"{over} px wider than {size}"] if over > 0 else []
            await tab.page.emulate_media(media="print")
            for left_out in ("header.top", ".no-print"):
                found += [f"printed: {left_out}"] if await tab.page.locator(left_out).first.is_visible() else []
            await tab.page.emulate_media(media="screen")
            found += tab.wrong
            tab.wrong.clear()
            if found:
                wrong[kind] = found
        assert not wrong
