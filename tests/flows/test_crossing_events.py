"""Two regions write to one case at once: whichever the handler's gateway commits first stands, on both sides."""

from pathlib import Path

import pytest

from gateway.case import events as ev
from gateway.case.errors import GatewayError
from gateway.case.kinds import Decision, SuspensionKind
from gateway.case.reasons import Reason
from gateway.case.states import State
from gateway.store import events as event_store
from tests.flows.regions import Region, Regions, regions

ENSHI, QIANJIANG = "422800", "500114"
ASKED = ev.SupplementRequested((ev.Requirement("r1", "补交说明"),))
ANSWERED = ev.Supplemented(form_json='{"说明":"已补"}', requirement_ids=("r1",))


async def an_accepted_case(all_regions: Regions) -> str:
    origin, handler = all_regions[QIANJIANG], all_regions[ENSHI]
    number = await origin.submit(origin.a_case(to=ENSHI))
    await all_regions.settle_down()
    await handler.act(number, ev.ReceivedByHandler())
    await handler.act(number, ev.Accepted("恩人社受〔2026〕00001号"))
    await all_regions.settle_down()
    return number


async def same_on_both_sides(all_regions: Regions, number: str) -> State:
    origin, handler = all_regions[QIANJIANG], all_regions[ENSHI]
    views = [await region.view(number) for region in (origin, handler)]
    assert views[0].row.standing == views[1].row.standing
    assert views[0].row.case_version == views[1].row.case_version
    assert await origin.story(number) == await handler.story(number)
    return views[0].row.standing.state


async def carry_in_order(all_regions: Regions, *senders: Region) -> None:
    for sender in senders:
        await all_regions.carry(sender)
    await all_regions.settle_down()


@pytest.mark.parametrize("origin_first", [True, False], ids=["withdrawal arrives first", "decision arrives first"])
async def test_a_withdrawal_that_crosses_the_decision_is_refused_on_both_sides(
    tmp_path: Path, origin_first: bool
) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as all_regions:
        origin, handler = all_regions[QIANJIANG], all_regions[ENSHI]
        number = await an_accepted_case(all_regions)
        await handler.act(number, ev.Decided(Decision.GRANTED, "号"))
        await origin.act(number, ev.Withdrawn())
        await carry_in_order(all_regions, *([origin, handler] if origin_first else [handler, origin]))
        assert await same_on_both_sides(all_regions, number) is State.GRANTED
        (lost,) = [one for one in (await origin.view(number)).events if one.row.kind == "Withdrawn"]
        assert (lost.row.standing, lost.row.reason) == (event_store.REFUSED, "LIFECYCLE")
        assert ("receipt", number) in await origin.feed(), "the clerk is told"


async def test_a_withdrawal_the_handler_took_first_stops_the_decision(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as all_regions:
        origin, handler = all_regions[QIANJIANG], all_regions[ENSHI]
        number = await an_accepted_case(all_regions)
        await origin.act(number, ev.Withdrawn())
        assert await origin.state(number) is State.ACCEPTED, "待对方确认 until the handler confirms"
        await all_regions.carry(origin)
        with pytest.raises(GatewayError) as refused:
            await handler.act(number, ev.Decided(Decision.GRANTED, "号"))
        assert refused.value.reason is Reason.LIFECYCLE
        await all_regions.settle_down()
        assert await same_on_both_sides(all_regions, number) is State.WITHDRAWN


@pytest.mark.parametrize("origin_first", [True, False], ids=["supplement first", "suspension first"])
async def test_a_supplement_that_crosses_a_suspension_ends_alike_whichever_comes_first(
    tmp_path: Path, origin_first: bool
) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as all_regions:
        origin, handler = all_regions[QIANJIANG], all_regions[ENSHI]
        number = await an_accepted_case(all_regions)
        await handler.act(number, ASKED)
        await all_regions.settle_down()
        suspended = ev.Suspended(SuspensionKind.APPRAISAL, 10, "恩鉴〔2026〕3号")
        if origin_first:
            await origin.act(number, ANSWERED)
            await all_regions.carry(origin)
            await handler.act(number, suspended, reason="需要鉴定")
        else:
            await handler.act(number, suspended, reason="需要鉴定")
            await origin.act(number, ANSWERED)
        await all_regions.settle_down()
        assert await same_on_both_sides(all_regions, number) is State.SUSPENDED
        await handler.act(number, ev.Resumed("鉴定完成"))
        await all_regions.settle_down()
        assert await same_on_both_sides(all_regions, number) is State.ACCEPTED


async def test_a_version_that_arrives_before_a_lost_receipt_waits_for_it(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as all_regions:
        origin, handler = all_regions[QIANJIANG], all_regions[ENSHI]
        number = await an_accepted_case(all_regions)
        await origin.act(number, ev.Note("请加急"))
        origin.courier.lose_answers = True
        await all_regions.carry(origin)
        assert (await handler.view(number)).row.case_version == 4
        await handler.act(number, ev.Decided(Decision.GRANTED, "号"))
        await all_regions.carry(handler)
        view = await origin.view(number)
        assert view.row.case_version == 3, "version 4 is our own note, whose receipt was lost"
        assert view.row.standing.state is State.ACCEPTED
        assert [one.row.version for one in view.events if one.row.standing == event_store.HELD] == [5]

        origin.courier.lose_answers = False
        await all_regions.pass_time(minutes=30)
        assert await same_on_both_sides(all_regions, number) is State.GRANTED


async def test_the_opening_receipt_may_come_after_the_handlers_first_events(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as all_regions:
        origin, handler = all_regions[QIANJIANG], all_regions[ENSHI]
        number = await origin.submit(origin.a_case(to=ENSHI))
        origin.courier.lose_answers = True
        await all_regions.carry(origin)
        await handler.act(number, ev.ReceivedByHandler("ES-7"))
        await handler.act(number, ev.Accepted("恩人社受〔2026〕00001号"))
        await all_regions.carry(handler)
        assert await origin.state(number) is State.FORWARDED
        origin.courier.lose_answers = False
        await all_regions.pass_time(minutes=30)
        assert await same_on_both_sides(all_regions, number) is State.ACCEPTED


async def test_our_own_unanswered_events_count_when_a_clerk_acts_again(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as all_regions:
        origin = all_regions[QIANJIANG]
        number = await an_accepted_case(all_regions)
        await origin.act(number, ev.Withdrawn())
        with pytest.raises(GatewayError) as refused:
            await origin.act(number, ev.Withdrawn())
        assert refused.value.reason is Reason.LIFECYCLE


async def test_events_of_one_case_keep_their_order_through_an_outage(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as all_regions:
        origin, handler = all_regions[QIANJIANG], all_regions[ENSHI]
        number = await an_accepted_case(all_regions)
        origin.courier.down.add(ENSHI)
        for n in range(70):
            await origin.act(number, ev.Note(f"第 {n} 条"))
        await all_regions.pass_time(minutes=1)
        origin.courier.down.clear()
        await all_regions.pass_time(hours=5)
        await same_on_both_sides(all_regions, number)
        notes = [one.event.happening.text for one in (await handler.view(number)).events if one.row.kind == "Note"]
        assert notes == [f"第 {n} 条" for n in range(70)]
