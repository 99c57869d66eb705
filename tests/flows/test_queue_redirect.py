"""A case its handler has not answered goes to another one that an agreement names, by the same two steps as giving up."""

import re
from pathlib import Path

import pytest

from gateway.case import events as ev
from gateway.case.errors import GatewayError
from gateway.case.reasons import Reason
from gateway.case.states import State
from gateway.flows.queue.fail import ARRIVED, NOT_ASKED
from gateway.store import audit
from gateway.store.queue import HELD
from tests.flows.queue_build import ENSHI, QIANJIANG, STAFF, deed, live_on, standing_of
from tests.flows.regions import Region, Regions, regions

COUNTY = "422801"
"""恩施市, with a gateway of its own inside 恩施州."""


def file_of(region: Region, code: str) -> Path:
    (file,) = region.settings.partners.glob(f"{code}-*.yaml")
    return file


async def without_the_county(all_regions: Regions) -> tuple[Path, str]:
    """The agreement with the county is not in force yet; return where its file lies, and what it says once it is."""
    origin = all_regions[QIANJIANG]
    file = file_of(origin, COUNTY)
    text = file.read_text(encoding="utf-8")
    who, head, terms = text.partition("agreements:")
    later = re.sub(r"(valid_from: )\S+", r"\g<1>2028-01-01", terms)
    file.write_text(who + head + later, encoding="utf-8")
    await all_regions.reopen(origin)
    return file, text


async def test_a_case_for_a_county_that_is_away_goes_to_its_prefecture_when_staff_say_so(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI, COUNTY) as all_regions:
        origin, prefecture = all_regions[QIANJIANG], all_regions[ENSHI]
        origin.courier.down.add(COUNTY)
        number = await origin.submit(origin.a_case(to=COUNTY))
        await origin.act(number, ev.Note("请加急"))
        assert (await origin.view(number)).row.partner == COUNTY, "the narrowest agreement wins"
        desk = origin.gateway.queue

        with pytest.raises(GatewayError) as nowhere:
            await desk.redirect(deed(case_id=number), "", without_asking=False)
        assert nowhere.value.reason is Reason.NO_OTHER_ROUTE
        with pytest.raises(GatewayError) as unknown:
            await desk.redirect(deed(case_id=number), "433100", without_asking=False)
        assert unknown.value.reason is Reason.PARTNER_UNKNOWN

        step = await desk.redirect(deed("县级网关停用", case_id=number), ENSHI, without_asking=False)
        assert (step.changed, dict(step.skipped)) == (0, {NOT_ASKED: 1})
        origin.courier.down.clear()
        step = await desk.redirect(deed("县级网关停用", case_id=number), ENSHI, without_asking=False)
        assert (step.changed, dict(step.skipped)) == (1, {})
        await live_on(all_regions, hours=5)
        row = (await origin.view(number)).row
        assert (row.partner, row.standing.state) == (ENSHI, State.AWAITING_SIGN_OFF)
        assert await origin.story(number) == await prefecture.story(number)
        assert [kind for _, kind in await prefecture.story(number)] == ["opened", "Note"]
        assert not (await all_regions[COUNTY].feed())
        assert ("redirected", number) in await origin.feed()
        notes = await origin.gateway.database.read(lambda tx: audit.about(tx, number))
        assert [(one.actor, one.detail) for one in notes if one.act == "case.redirect"] == [
            (STAFF, f"{COUNTY} -> {ENSHI}")
        ]
        await prefecture.act(number, ev.ReceivedByHandler("ES-1"))
        await all_regions.settle_down()
        assert await origin.state(number) is State.WITH_HANDLER


async def test_a_case_that_had_arrived_is_not_redirected(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI, COUNTY) as all_regions:
        origin = all_regions[QIANJIANG]
        origin.courier.lose_answers = True
        number = await origin.submit(origin.a_case(to=COUNTY))
        await origin.gateway.deliver(COUNTY)
        origin.courier.lose_answers = False
        step = await origin.gateway.queue.redirect(deed(partner=COUNTY), ENSHI, without_asking=False)
        assert (step.changed, dict(step.skipped)) == (0, {ARRIVED: 1})
        row = (await origin.view(number)).row
        assert (row.partner, row.standing.state) == (COUNTY, State.AWAITING_SIGN_OFF)


async def test_cases_go_where_the_routes_of_today_lead_also_those_that_were_given_up(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI, COUNTY) as all_regions:
        origin, county = all_regions[QIANJIANG], all_regions[COUNTY]
        file, text = await without_the_county(all_regions)
        origin.courier.down.add(ENSHI)
        given_up, waiting = [await origin.submit(origin.a_case(to=ENSHI)) for _ in range(2)]
        await origin.gateway.queue.fail(deed(case_id=given_up), without_asking=True)
        file.write_text(text, encoding="utf-8")
        await all_regions.reopen(origin)
        origin.courier.down.clear()
        step = await origin.gateway.queue.redirect(deed(partner=ENSHI), "", without_asking=False)
        assert (step.changed, dict(step.skipped)) == (2, {})
        await live_on(all_regions, hours=5)
        for number in (given_up, waiting):
            assert await origin.state(number) is await county.state(number) is State.AWAITING_SIGN_OFF
            assert await origin.story(number) == await county.story(number)


async def test_a_redirected_case_is_caught_by_a_hold_of_its_new_partner(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI, COUNTY) as all_regions:
        origin = all_regions[QIANJIANG]
        number = await origin.submit(origin.a_case(to=COUNTY))
        await origin.gateway.queue.hold(deed(partner=ENSHI), None)
        await origin.gateway.queue.redirect(deed(partner=COUNTY), ENSHI, without_asking=False)
        assert [one.kept_back for one in await standing_of(origin, number)] == [HELD]


async def test_a_first_handler_that_took_the_case_all_the_same_is_told_that_it_is_no_party(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI, COUNTY) as all_regions:
        origin, county, prefecture = all_regions[QIANJIANG], all_regions[COUNTY], all_regions[ENSHI]
        origin.courier.lose_answers = True
        number = await origin.submit(origin.a_case(to=COUNTY))
        await origin.gateway.deliver(COUNTY)
        origin.courier.lose_answers = False
        step = await origin.gateway.queue.redirect(deed(case_id=number), ENSHI, without_asking=True)
        assert step.changed == 1
        await county.act(number, ev.ReceivedByHandler("C-1"))
        await live_on(all_regions, hours=5)
        assert await origin.story(number) == await prefecture.story(number)
        refused = [owed.last_reason for owed in (await county.view(number)).deliveries]
        assert set(refused) == {"NOT_A_PARTY"}
