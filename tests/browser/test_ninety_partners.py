"""The page of partners with ninety of them: all readable on the smallest desk, the worst first, told apart without colours."""

import os
from pathlib import Path

import pytest

from tests.browser.browser_build import a_browser, a_tab
from tests.console.crowd_build import ALL, RED, crowd
from tests.console.people_build import a_console

PICTURES = os.environ.get("TONGBAN_PICTURES", "")
"""A folder to keep pictures in, for whoever wants to look."""


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("lang", ["zh", "en"])
async def test_ninety_partners_are_seen_at_once(tmp_path: Path, lang: str) -> None:
    async with a_console(tmp_path) as console:
        silent = await crowd(console)
        async with a_browser() as browser, a_tab(browser, console.url) as tab:
            await tab.sign_in("operator")
            await tab.speak(lang)
            await tab.go("/partners")
            if PICTURES:
                await tab.page.screenshot(path=Path(PICTURES) / f"ninety-{lang}.png")
                await tab.page.screenshot(path=Path(PICTURES) / f"ninety-{lang}-whole.png", full_page=True)
            tiles = await tab.page.evaluate(_TILES)
            assert len(tiles) == ALL
            assert [one["text"] for one in tiles if one["small"]] == [], "targets of 24 px (WCAG 2.5.8)"
            assert [one["text"] for one in tiles if one["cut"]] == []
            lowest = max(one["bottom"] for one in tiles)
            assert lowest <= 768, f"the last tile ends at {lowest} px"
            signs = [one["text"][0] for one in tiles]
            assert signs.count("■") == RED
            first = await tab.page.evaluate(_FIRST_ROWS)
            assert [code[:6] for code in first[:RED]] == silent
            assert await tab.findings_of_axe() == []
            assert await tab.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
            assert tab.wrong == []
            await tab.page.click(".map a.overdue")
            assert "#province-" in tab.page.url


_TILES = """() => Array.from(document.querySelectorAll(".tile"), one => {
  const box = one.getBoundingClientRect();
  return {text: one.innerText.trim(), bottom: Math.round(box.bottom), small: box.height < 24 || box.width < 24,
          cut: one.scrollWidth > one.clientWidth + 1};
})"""
_FIRST_ROWS = """() => Array.from(document.querySelectorAll("tbody th small"), one => one.innerText)"""
