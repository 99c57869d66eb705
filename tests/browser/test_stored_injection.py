"""What was typed to break pages and was kept, on every page that shows it, in a real browser: no script runs, nothing is asked of anybody else."""

from pathlib import Path

import pytest

from gateway.case import events as ev
from gateway.case.staff import Role
from gateway.flows.people.accounts import Wanted
from tests.browser.browser_build import PICTURE, Tab, a_browser, a_tab, fill
from tests.browser.walking import walk
from tests.build import a_file, a_happening, a_material
from tests.console.injection_corpus import CORPUS, KEEPSAKES, MARK
from tests.console.people_build import PASSWORD, Console, a_console

RAN = f"() => Boolean(window.{MARK}) || document.querySelector('{MARK}, img[src=\"x\"], svg[onload]') !== null"
BAD = [CORPUS[name].decode() for name in KEEPSAKES]


async def plant(console: Console) -> str:
    """Keep something bad in every text that a case, its events, its files and the people here may have; return a case of it."""
    here, there = console.regions["500114"], console.regions["422800"]
    await fill(console)
    await there.upload(PICTURE)
    scans = tuple(
        a_material(f"bad{n}", a_file(PICTURE, file_name=f"{bad[:60]}.png"), name=bad[:100], list_code="")
        for n, bad in enumerate(BAD)
    )
    case = there.a_case("500114", materials=scans)
    number = await there.submit(case)
    await console.regions.settle_down()
    for bad in BAD:
        await there.act(number, ev.Note(bad))
    await here.act(number, ev.ReceivedByHandler(BAD[0][:60]))
    await here.act(number, a_happening(ev.Accepted))
    for bad in BAD[:4]:
        await here.act(number, ev.Note(bad))
    await console.regions.settle_down()
    accounts, signing_in = console.desk.accounts, console.desk.signing_in
    officer = await signing_in.who((await signing_in.sign_in("security", PASSWORD)).token)
    assert officer
    for n, bad in enumerate(BAD):
        wanted = Wanted(f"bad{n}", bad[:50], bad[:20], bad[:100], "500114000000", frozenset({Role.WINDOW}))
        await accounts.add(officer, wanted)
    return number


async def what_ran(tab: Tab) -> list[str]:
    """What the page in the tab did that it should not have."""
    found = list(tab.wrong)
    tab.wrong.clear()
    if await tab.page.evaluate(RAN):
        found.append("what was typed is a part of the page")
    return found


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("role", list(Role))
async def test_nothing_that_was_kept_runs_anywhere(tmp_path: Path, role: Role) -> None:
    async with a_console(tmp_path) as console, a_browser() as browser, a_tab(browser, console.url) as tab:
        number = await plant(console)
        tab.page.on("dialog", lambda dialog: tab.wrong.append(f"dialog: {dialog.message}"))
        await tab.sign_in(role.value)
        wrong, seen = {}, 0
        also = [f"/cases/{number}"] if role is Role.HANDLER else []
        async for one in walk(tab, *also):
            if not one.is_page:
                tab.wrong.clear()  # the browser's own viewer of pictures, which has a style of its own
                continue
            seen += MARK in await tab.page.content()
            if found := await what_ran(tab):
                wrong[one.address] = found
        if role is Role.HANDLER:
            await tab.go(f"/cases/{number}")
            await tab.page.fill("#f-reason", BAD[1][:60])
            await tab.page.click("form[action$='/unmask'] button")
            await tab.page.wait_for_url("**/unmask")
            assert MARK in await tab.page.content()
            if found := await what_ran(tab):
                wrong["unmask"] = found
        assert not wrong
        assert seen or role not in (Role.HANDLER, Role.SECURITY), "nothing of it was kept"
