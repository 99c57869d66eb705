"""A partner is away longer than an envelope lives: nothing stays stuck, and both sides end equal."""

from pathlib import Path

import pytest

from gateway.case import events as ev
from gateway.case.errors import GatewayError
from gateway.case.kinds import Decision
from gateway.case.reasons import Reason
from gateway.case.states import State
from gateway.store import events as event_store
from tests.flows.regions import Region, Regions, regions

ENSHI, QIANJIANG = "422800", "500114"


async def an_open_case(all_regions: Regions) -> str:
    origin = all_regions[QIANJIANG]
    number = await origin.submit(origin.a_case(to=ENSHI))
    await all_regions.settle_down()
    return number


async def away_for(all_regions: Regions, sender: Region, partner: str, days: int) -> None:
    sender.courier.down.add(partner)
    await all_regions.settle_down()
    for _ in range(days):
        await all_regions.pass_time(days=1)
    sender.courier.down.clear()


async def test_events_of_the_handler_are_sealed_anew_and_arrive_in_order(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as all_regions:
        origin, handler = all_regions[QIANJIANG], all_regions[ENSHI]
        number = await an_open_case(all_regions)
        handler.courier.down.add(QIANJIANG)
        await handler.act(number, ev.ReceivedByHandler("ES-1"))
        await handler.act(number, ev.Accepted("号"))
        await handler.act(number, ev.Decided(Decision.GRANTED, "号"))
        await away_for(all_regions, handler, QIANJIANG, days=9)
        for _ in range(3):
            await all_regions.pass_time(hours=5)
        assert await origin.state(number) is await handler.state(number) is State.GRANTED
        assert await origin.story(number) == await handler.story(number)
        assert (await origin.view(number)).row.handler_number == "ES-1"
        outcomes = [owed.outcome for owed in (await handler.view(number)).deliveries]
        assert sorted(outcomes) == ["accepted"] * 3 + ["refused"] * 3


async def test_an_event_of_the_origin_that_came_too_late_is_refused_and_holds_up_nothing(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as all_regions:
        origin, handler = all_regions[QIANJIANG], all_regions[ENSHI]
        number = await an_open_case(all_regions)
        origin.courier.down.add(ENSHI)
        await origin.act(number, ev.Note("太迟了"))
        await away_for(all_regions, origin, ENSHI, days=9)
        await origin.gateway.sweep()
        for _ in range(2):
            await all_regions.pass_time(hours=5)
        await origin.act(number, ev.Note("还赶得上"))
        await all_regions.settle_down()
        notes = [one for one in (await origin.view(number)).events if one.row.kind == "Note"]
        assert sorted(one.row.standing for one in notes) == [event_store.FOLDED, event_store.REFUSED]
        assert await origin.story(number) == await handler.story(number)
        assert not await origin.gateway.partners_with_work()


async def test_a_case_that_came_too_late_ends_with_all_that_followed_it_and_staff_send_it_anew(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as all_regions:
        origin, handler = all_regions[QIANJIANG], all_regions[ENSHI]
        origin.courier.down.add(ENSHI)
        number = await origin.submit(origin.a_case(to=ENSHI))
        await origin.act(number, ev.Note("请加急"))
        with pytest.raises(GatewayError) as early:
            await origin.gateway.release(origin.system, number)
        assert early.value.reason is Reason.LIFECYCLE
        await away_for(all_regions, origin, ENSHI, days=9)
        for _ in range(2):
            await all_regions.pass_time(hours=5)
        assert await origin.state(number) is State.UNDELIVERABLE
        assert ("not_handed_over", number) in await origin.feed()
        assert not await origin.gateway.partners_with_work(), "the note has nobody to go to"

        with pytest.raises(GatewayError) as foreign:
            await origin.gateway.release("another", number)
        assert foreign.value.reason is Reason.CASE_UNKNOWN
        assert (await origin.gateway.release(origin.system, number)).state is State.FORWARDED
        await all_regions.settle_down()
        assert await origin.state(number) is await handler.state(number) is State.AWAITING_SIGN_OFF
        await handler.act(number, ev.ReceivedByHandler())
        await all_regions.settle_down()
        assert await origin.story(number) == await handler.story(number)


async def test_what_was_done_before_a_release_follows_the_case_and_so_does_what_comes_after(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as all_regions:
        origin, handler = all_regions[QIANJIANG], all_regions[ENSHI]
        origin.courier.down.add(ENSHI)
        number = await origin.submit(origin.a_case(to=ENSHI))
        await origin.act(number, ev.Note("一"))
        await away_for(all_regions, origin, ENSHI, days=9)
        await all_regions.pass_time(hours=5)
        await origin.gateway.release(origin.system, number)
        await all_regions.settle_down()
        await origin.act(number, ev.Note("二"))
        await all_regions.pass_time(hours=5)
        assert await origin.story(number) == await handler.story(number)
        assert not await origin.gateway.partners_with_work()
        assert [kind for _, kind in await handler.story(number)] == ["opened", "Note", "Note"]
