"""What was typed to break pages and was kept, on every page that shows it, in a real browser: no script runs, nothing is asked of anybody else."""

from datetime import timedelta
from pathlib import Path

import pytest

from gateway.case import events as ev
from gateway.case.item.definition import ItemMaterial
from gateway.case.staff import Role
from gateway.flows.people.accounts import Wanted
from gateway.store import partner_views
from gateway.store.partner_views import Told, ToldPause, ToldTerm
from tests.browser.browser_build import PICTURE, Tab, a_browser, a_tab, fill
from tests.browser.walking import walk
from tests.build import BASIC_CODE, a_definition, a_file, a_happening, a_material
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
    await _from_the_partner(console)
    for n, bad in enumerate(BAD):
        wanted = Wanted(f"bad{n}", bad[:50], bad[:20], bad[:100], "500114000000", frozenset({Role.WINDOW}))
        await accounts.add(officer, wanted)
    return number


async def _from_the_partner(console: Console) -> None:
    """What a partner may write onto pages of ours: notes and refusals on a case we took in, its items, its maintenance."""
    here, there = console.regions["500114"], console.regions["422800"]
    ours = await here.submit(here.a_case("422800"))
    await console.regions.settle_down()
    await there.act(ours, ev.ReceivedByHandler(BAD[1][:40]))
    for bad in BAD:
        await there.act(ours, ev.Note(bad))
    await there.act(ours, ev.NotAccepted(BAD[0], BAD[2][:60]), reason=BAD[1])
    for n, bad in enumerate(BAD):
        texts = {"name": bad[:60], "result_name": bad[:60], "office_hours": bad[:100], "department": bad[:60]}
        papers = (ItemMaterial("A001", bad[:60], standard=bad),)
        code = f"{BASIC_CODE[:-2]}{n:02d}"
        await there.publish(a_definition(basic_code=code, materials=papers, legal_bases=(bad,), **texts))
    await console.regions.settle_down()
    await console.regions.ask_for_items()
    now = here.clock()
    pause = ToldPause(now, now + timedelta(hours=1), BAD[0], BAD[1])
    told = Told(
        software=BAD[3], features=(BAD[0],), last_error=BAD[1], terms=(ToldTerm(BAD[0], BAD[1], BAD[2]),), pause=pause
    )
    await here.gateway.database.write(lambda tx: partner_views.keep(tx, "422800", told, now))


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
        assert seen or role is Role.AUDITOR, "nothing of it was kept"
