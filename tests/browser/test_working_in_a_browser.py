"""People at work in a browser: by keyboard alone, and while things change."""

from pathlib import Path
from typing import Any

from gateway.case import events as ev
from tests.browser.browser_build import Tab, a_browser, a_busy_console, a_tab, fill
from tests.build import a_happening
from tests.console.people_build import PASSWORD, a_console

FOCUSED = """() => {
  const one = document.activeElement, style = getComputedStyle(one), box = one.getBoundingClientRect();
  return {
    tag: one.tagName, text: (one.textContent || "").trim(), id: one.id, href: one.getAttribute("href"),
    shown: box.width > 0 && box.height > 0 && box.right > 0 && box.bottom > 0,
    marked: style.outlineStyle !== "none" || style.boxShadow !== "none",
  };
}"""


async def tab_to(tab: Tab, most: int = 60, **wanted: str) -> list[dict[str, Any]]:
    """Press Tab until something is reached; return everything passed, each of which must be seen and marked."""
    passed = []
    for _ in range(most):
        await tab.page.keyboard.press("Tab")
        passed.append(there := await tab.page.evaluate(FOCUSED))
        assert there["shown"], f"the focus is on something nobody sees: {there}"
        assert there["marked"], f"nothing shows that the focus is here: {there}"
        if all((there[name] or "").startswith(value) for name, value in wanted.items()):
            return passed
    raise AssertionError(f"{wanted} is not reached by keyboard: {passed}")


async def test_from_signing_in_to_a_case_by_keyboard_alone(tmp_path: Path) -> None:
    async with a_busy_console(tmp_path) as console, a_browser() as browser, a_tab(browser, console.url) as tab:
        keys = tab.page.keyboard
        await tab.go("/sign-in")
        passed = await tab_to(tab, id="f-login")
        assert passed[0]["href"] == "#main", "the way past the menu comes first"
        await keys.type("handler")
        await tab_to(tab, id="f-password")
        await keys.type(PASSWORD)
        await keys.press("Enter")
        await tab.page.wait_for_url(console.url + "/")
        await tab_to(tab, href="/handler")
        await keys.press("Enter")
        await tab.page.wait_for_url("**/handler")
        await tab_to(tab, href="/handler?tab=in_work")
        await keys.press("Enter")
        await tab.page.wait_for_url("**tab=in_work")
        await tab_to(tab, href="/cases/TB")
        await keys.press("Enter")
        await tab.page.wait_for_url("**/cases/TB*")
        await tab_to(tab, id="f-reason")
        assert not tab.wrong


async def test_a_list_and_a_case_change_while_somebody_looks(tmp_path: Path) -> None:
    async with a_console(tmp_path) as console, a_browser() as browser, a_tab(browser, console.url) as tab:
        console.desk.watchers.at_most_every = 0.01
        number = (await fill(console))[1]
        here, there = console.regions["500114"], console.regions["422800"]
        await tab.sign_in("handler")
        await tab.go("/handler?tab=to_sign")
        lines = tab.page.locator("#cases tbody tr")
        assert await lines.count() == 1
        await tab.page.focus(f"a[href='/cases/{number}']")
        await there.submit(there.a_case("500114"))
        await console.regions.settle_down()
        await lines.nth(1).wait_for()
        assert await tab.page.evaluate("document.activeElement.getAttribute('href')") == f"/cases/{number}"
        assert "页面已自动更新" in await tab.page.inner_text("[sse-swap=told]")
        await tab.go(f"/cases/{number}")
        await tab.page.fill("#f-text", "写到一半的留言")
        await here.act(number, a_happening(ev.ReceivedByHandler))
        here.gateway.signals.told()
        await tab.page.locator("#timeline ol.timeline > li").nth(1).wait_for()
        assert await tab.page.input_value("#f-text") == "写到一半的留言"
        assert not tab.wrong
