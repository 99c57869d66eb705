"""People see the cases of their own place and side, masked; every look and every unmasking is in the audit."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from gateway.case import events as ev
from gateway.case.staff import Person, Role
from gateway.case.states import Party
from gateway.console.cases import HANDLER_TABS, WINDOW_TABS
from gateway.flows.people.seeing_cases import may_see
from tests.build import a_case, a_happening
from tests.console.people_build import Console, a_console

NAME = a_case().applicant.name
NUMBER = a_case().applicant.certificate_number


@pytest.fixture
async def console(tmp_path: Path) -> AsyncIterator[Console]:
    async with a_console(tmp_path) as one:
        yield one


async def a_case_away(console: Console) -> str:
    origin = console.regions["500114"]
    number = await origin.submit(origin.a_case("422800"))
    await console.regions.settle_down()
    return number


async def test_a_window_sees_its_cases_masked(console: Console) -> None:
    number = await a_case_away(console)
    async with console.signed_in("window") as visitor:
        text = await visitor.get("/window?tab=with_them")
        assert number in text
        assert "湖北省恩施土家族苗族自治州恩施市" in text
        assert "待签收" in text
        page = await visitor.get(f"/cases/{number}")
        assert visitor.status == 200
        for shown in (text, page):
            assert NAME not in shown
            assert NUMBER not in shown
        assert "对方已签回执" in page
        assert "推送" in page


async def test_unmasking_needs_a_reason_and_is_noted(console: Console) -> None:
    number = await a_case_away(console)
    async with console.signed_in("window") as visitor:
        await visitor.get(f"/cases/{number}")
        await visitor.post(f"/cases/{number}/unmask", reason=" ")
        assert visitor.status == 422
        assert "没有写查看原因" in visitor.text
        assert NUMBER not in visitor.text
        await visitor.post(f"/cases/{number}/unmask", reason="核对  申请人证件号码")
        assert visitor.status == 200
        assert NUMBER in visitor.text
        assert NAME in visitor.text
    async with console.signed_in("auditor") as auditor:
        text = await auditor.get(f"/audit?subject={number}")
        assert "case.unmasked" in text
        assert "核对 申请人证件号码" in text
        assert text.count("<td>查看办件</td>") == 2
        assert "window员" in text


async def test_a_case_of_another_side_or_place_is_not_there(console: Console) -> None:
    number = await a_case_away(console)
    async with console.signed_in("handler") as visitor:
        assert number not in await visitor.get("/handler?tab=all")
        await visitor.get(f"/cases/{number}")
        assert visitor.status == 404
        unknown = visitor.text
        await visitor.get("/cases/TB500114000000000000000")
        assert visitor.text.replace("TB500114000000000000000", number) == unknown
    async with console.signed_in("security") as visitor:
        await visitor.get(f"/cases/{number}")
        assert visitor.status == 403


@pytest.mark.parametrize(
    ("division", "scope", "sees"),
    [
        ("500114000000", "500114", True),
        ("500114101000", "500114101", False),
        ("500000000000", "50", True),
        ("422800000000", "4228", False),
        ("500115000000", "500115", False),
    ],
)
async def test_a_place_is_what_lies_within_it(console: Console, division: str, scope: str, sees: bool) -> None:
    number = await a_case_away(console)
    person = Person("p", "x", "x", "1", "x", division, frozenset({Role.WINDOW}))
    row = (await console.regions["500114"].view(number)).row

    assert person.scope == scope
    assert may_see(person, row) is sees
    assert not may_see(replace(person, roles=frozenset({Role.HANDLER})), row)


async def test_every_open_state_has_a_tab_on_either_desk() -> None:
    from gateway.case.states import State

    for tabs, own in ((HANDLER_TABS, Party.HANDLER), (WINDOW_TABS, Party.ORIGIN)):
        shown = {state for tab in tabs.values() for state in tab.states}
        never = {State.RECEIVED, State.FORWARDED, State.UNDELIVERABLE} if own is Party.HANDLER else set()
        assert shown == set(State) - never


async def test_the_timeline_tells_both_sides(console: Console) -> None:
    number = await a_case_away(console)
    origin, handler = console.regions["500114"], console.regions["422800"]
    await handler.act(number, ev.ReceivedByHandler("ES-2026-1"))
    await handler.act(number, a_happening(ev.Note))
    await console.regions.settle_down()
    await origin.act(number, a_happening(ev.Note))
    async with console.signed_in("window") as visitor:
        text = await visitor.get(f"/cases/{number}")
        assert text.count('<li class="theirs">') == 2
        assert text.count('<li class="ours">') == 2
        assert "待对方确认" in text
        assert "ES-2026-1" in text
