"""Pages after something went wrong: every form sent empty, and what is refused, are as readable as any other page."""

from pathlib import Path

import pytest

from gateway.case.staff import Role
from tests.browser.browser_build import Tab, a_browser, a_busy_console, a_tab
from tests.browser.test_pages_in_a_browser import troubles
from tests.browser.walking import walk

NOT_SENT = ("/sign-out", "/language", "/claim", "/test", "/ask", "/sessions", "/link", "/factor", "/run")
"""Forms that ask for nothing, or that call a partner."""
SEND_EMPTY = """(action) => {
  const form = Array.from(document.forms).find(one => one.method === "post" && one.getAttribute("action") === action);
  for (const one of form.elements) {
    if (one.type !== "hidden" && one.type !== "submit" && one.type !== "file" && one.name) {
      if (one.type === "checkbox") { one.checked = false; } else { one.value = ""; }
      one.removeAttribute("required");
    }
  }
  form.noValidate = true;
  HTMLFormElement.prototype.submit.call(form);
}"""
FORMS = "Array.from(document.forms, one => one.method === 'post' ? one.getAttribute('action') : '')"


async def sent_empty(tab: Tab, address: str, action: str) -> int:
    """Send the form with nothing in it; return the status of what comes back, 0 when a form sent before took it away."""
    await tab.go(address)
    if action not in await tab.page.evaluate(FORMS):
        return 0
    async with tab.page.expect_navigation() as moved:
        await tab.page.evaluate(SEND_EMPTY, action)
    answer = await moved.value
    return int(answer.status)


@pytest.mark.slow
@pytest.mark.timeout(400)
@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("role", list(Role))
async def test_every_form_sent_empty_says_so_readably(tmp_path: Path, role: Role, lang: str) -> None:
    async with a_busy_console(tmp_path) as console, a_browser() as browser, a_tab(browser, console.url) as tab:
        await tab.sign_in(role.value)
        await tab.speak(lang)
        found, wrong, refused = [], {}, 0
        async for one in walk(tab):
            if one.is_page:
                forms = await tab.page.evaluate(FORMS)
                found += [(one.address, to) for to in forms if to and not to.endswith(NOT_SENT)]
        sent = set()
        for address, action in found:
            kind = action.rpartition("/")[2] if action.startswith("/cases/") else action
            if kind in sent:
                continue
            tab.wrong.clear()
            status = await sent_empty(tab, address, action)
            if status:
                sent.add(kind)
            if status < 400:
                continue
            refused += 1
            trouble = await troubles(tab)
            if not await tab.page.locator(".problem, [role=alert]").count():
                trouble.append("nothing says what is wrong")
            if trouble or status >= 500:
                wrong[f"{action} {status}"] = trouble
        assert not wrong
        assert refused or role is Role.AUDITOR, "nothing was refused"


@pytest.mark.parametrize("lang", ["zh", "en"])
async def test_pages_of_errors(tmp_path: Path, lang: str) -> None:
    async with a_busy_console(tmp_path) as console, a_browser() as browser, a_tab(browser, console.url) as tab:
        await tab.sign_in("window")
        await tab.speak(lang)
        for path, status in (("/people", 403), ("/cases/TB500114000000000000000", 404), ("/no-such-page", 404)):
            assert await tab.go(path) == status
            assert await troubles(tab) == []
            assert await tab.page.locator("[role=alert]").count() == 1
