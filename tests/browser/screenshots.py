"""`make screenshots`: a picture of every page of every role, in both languages and in the dark, into a folder.

Usage: python -m tests.browser.screenshots FOLDER
"""

import asyncio
import sys
import tempfile
from pathlib import Path
from typing import Any

from gateway.case.staff import Role
from tests.browser.browser_build import Tab, a_browser, a_busy_console, a_tab, words_of
from tests.browser.walking import walk
from tests.console.people_build import Console


async def main(folder: Path) -> int:
    """Take them; return how many."""
    count = 0
    with tempfile.TemporaryDirectory(prefix="tb-") as home:
        async with a_busy_console(Path(home)) as console, a_browser() as browser:
            for lang in ("zh", "en"):
                for role in Role:
                    where = folder / lang / role.value
                    where.mkdir(parents=True, exist_ok=True)
                    async with a_tab(browser, console.url) as tab:
                        count += await _of_a_role(tab, role, lang, where)
                count += await _special(console, browser, lang, folder / lang)
    return count


async def _of_a_role(tab: Tab, role: Role, lang: str, where: Path) -> int:
    await tab.sign_in(role.value)
    await tab.speak(lang)
    count = 0
    async for one in walk(tab):
        if one.is_page:
            count += 1
            name = f"{count:02d}-{words_of(one.route.path + one.address.partition('?')[2])}.png"
            await tab.page.screenshot(path=where / name, full_page=True)
    return count


async def _special(console: Console, browser: Any, lang: str, where: Path) -> int:
    """Pages nobody is signed in on, an error, and the desk in the dark and on a tablet."""
    async with a_tab(browser, console.url) as tab:
        await tab.go("/sign-in")
        await tab.speak(lang)
        await tab.page.screenshot(path=where / "sign-in.png")
        await tab.go("/no-such-page")
        await tab.page.screenshot(path=where / "no-such-page.png")
        link = await console.desk.signing_in.make_link("first", "", "machine:console")
        await tab.go(f"/link/{link}")
        await tab.page.screenshot(path=where / "first-link.png", full_page=True)
    for name, wishes in (("dark", {"color_scheme": "dark"}), ("tablet", {"viewport": {"width": 768, "height": 1024}})):
        async with a_tab(browser, console.url, **wishes) as tab:
            await tab.sign_in("handler")
            await tab.speak(lang)
            await tab.go("/handler?tab=all")
            await tab.page.screenshot(path=where / f"{name}-list.png")
            await tab.page.click("#cases tbody a")
            await tab.page.screenshot(path=where / f"{name}-case.png", full_page=True)
    return 7


if __name__ == "__main__":
    target = Path(sys.argv[1])
    sys.stdout.write(f"{asyncio.run(main(target))} pictures in {target}\n")
