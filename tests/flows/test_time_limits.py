"""限时办结: the right clock on both sides, told once when it runs out, and nothing by time alone when time jumped."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from msgspec import structs

from gateway.case import events as ev
from gateway.case.clock.limits import Reading, case_light
from gateway.case.clock.words import ClockState, Light
from gateway.case.errors import GatewayError
from gateway.case.item.definition import ItemState
from gateway.case.kinds import Clock, Decision, SuspensionKind
from gateway.case.model import DeliveryWay
from gateway.case.reasons import Reason
from gateway.case.states import State
from gateway.flows.act import Act
from gateway.flows.clocks.time_limits import look_again
from gateway.settings.calendars import check_calendars
from gateway.store import cases
from gateway.store.case_lists import Filter
from tests.build import a_definition, an_actor
from tests.flows.regions import CARD, Region, Regions, agreement, regions
from tests.unit.case.clock_build import day

LICENCE = a_definition(basic_code=CARD, item_type="01", materials=(), form_schema="")
HEARING = ev.Suspended(SuspensionKind.HEARING)


@pytest.fixture
async def pair(tmp_path):
    async with regions(tmp_path, "500114", "422800") as both:
        await both["422800"].publish(LICENCE)
        await both.ask_for_items()
        yield both


async def handed_over(both: Regions) -> str:
    """A case on its way from 黔江 to 恩施, taken in."""
    window = both["500114"]
    number = await window.submit(window.a_case("422800"))
    await both.settle_down()
    return number


async def clock(region: Region, number: str, which: Clock) -> Reading:
    return next(one for one in (await region.view(number)).clocks if one.clock is which)


async def light(region: Region, number: str) -> Light:
    return case_light((await region.view(number)).clocks)


async def look(both: Regions) -> int:
    """Both gateways look at their clocks, and what they owe leaves."""
    told = 0
    for region in both.all.values():
        done = await region.gateway.time_limits.run_out()
        assert (done.held, done.put_off) == (False, ())
        told += done.told
    await both.settle_down()
    return told


def told_of(view, which: Clock) -> list[ev.DeadlinePassed]:
    happened = [one.event.happening for one in view.events if one.event]
    return [one for one in happened if isinstance(one, ev.DeadlinePassed) and one.clock is which]


async def test_both_sides_show_the_same_end_of_the_promised_limit(pair):
    window, office = pair["500114"], pair["422800"]
    number = await handed_over(pair)
    before = await clock(window, number, Clock.NOTICE)
    assert (before.estimate, day(before.due)) == (True, date(2026, 12, 1))
    await office.act(number, ev.Accepted())
    await pair.settle_down()
    here, there = [await clock(one, number, Clock.PROMISED) for one in (window, office)]
    assert (here.due, here.words, here.calendar_version) == (there.due, there.words, there.calendar_version)
    assert (day(here.due), here.estimate, here.state) == (date(2026, 12, 8), False, ClockState.RUNNING)
    accepted = (await window.view(number)).events[-1].event
    running = {Clock.PROMISED, Clock.LEGAL}
    assert {one.clock for one in accepted.deadlines} == running | {Clock.SIGN_OFF, Clock.NOTICE}, "and those that ended"


async def test_with_other_calendars_both_sides_show_the_same_ends_to_the_end_of_the_case(pair):
    """Who must act counts: 恩施 has a holiday that 黔江 does not know, in every limit of this case."""
    window, office = pair["500114"], pair["422800"]
    office.settings.calendars.joinpath("422800.yaml").write_text(
        'region: "422800"\nname: 示例\nonce: {holidays: [2026-11-26]}\n', encoding="utf-8"
    )
    office.gateway.almanac.reload(
        check_calendars(office.settings.calendars, office.gateway.divisions, date(2026, 11, 24))
    )
    number = await handed_over(pair)
    asked = ev.SupplementRequested((ev.Requirement("r1", "说明情况"),), pair.clock() + timedelta(days=3))
    await office.act(number, asked)
    await pair.pass_time(hours=2)
    await window.act(number, ev.Supplemented(form_json=window.a_case("422800").form_json, requirement_ids=("r1",)))
    await pair.pass_time(hours=2)
    await office.act(number, ev.Accepted())
    await pair.pass_time(days=8)
    await look(pair)
    for done in (ev.Decided(Decision.GRANTED, "恩人社许〔2026〕00017号"), ev.ResultSent(DeliveryWay.ORIGIN_WINDOW)):
        await office.act(number, done)
        await pair.pass_time(minutes=1)
    seen = [{one.clock: one for one in (await region.view(number)).clocks} for region in (window, office)]
    assert {clock: one.due for clock, one in seen[0].items()} == {clock: one.due for clock, one in seen[1].items()}
    assert {clock: one.light for clock, one in seen[0].items()} == {clock: one.light for clock, one in seen[1].items()}
    assert day(seen[0][Clock.PROMISED].due) == date(2026, 12, 9), "the holiday of the handler does not count"
    assert seen[0][Clock.SUPPLEMENT].state is ClockState.MET, "answered in time, whatever happened later"


async def test_what_the_handlers_system_says_of_a_limit_gives_way_to_the_count(pair):
    office = pair["422800"]
    number = await handed_over(pair)
    said = ev.Deadline(Clock.PROMISED, pair.clock() + timedelta(days=300), "made up")
    await office.act(number, ev.Accepted(), deadlines=(said,))
    await pair.settle_down()
    assert day((await clock(pair["500114"], number, Clock.PROMISED)).due) == date(2026, 12, 8)


async def test_five_days_of_silence_on_a_licence_are_acceptance_on_both_sides(pair):
    window, office = pair["500114"], pair["422800"]
    number = await handed_over(pair)
    await pair.pass_time(days=7)
    await look(pair)
    assert [await one.state(number) for one in (window, office)] == [State.AWAITING_SIGN_OFF] * 2
    await pair.pass_time(hours=14)
    assert await look(pair)
    assert [await one.state(number) for one in (window, office)] == [State.ACCEPTED] * 2
    for region in (window, office):
        passed = told_of(await region.view(number), Clock.NOTICE)
        assert [(day(one.due_at), one.deemed_accepted) for one in passed] == [(date(2026, 12, 1), True)]
        promised = await clock(region, number, Clock.PROMISED)
        assert day(promised.due) == date(2026, 12, 8), "from the day of receipt"
    assert ("event", number) in await office.feed(), "its own system learns what the gateway did"
    with pytest.raises(GatewayError) as refused:
        await office.act(number, ev.NotAccepted(), reason="来不及了")
    assert refused.value.reason is Reason.LIFECYCLE
    await office.act(number, ev.ReceivedByHandler("恩社保-1"))
    await office.act(number, ev.Accepted("受字1号"))
    await pair.settle_down()
    assert [await one.state(number) for one in (window, office)] == [State.ACCEPTED] * 2
    assert day((await clock(window, number, Clock.PROMISED)).due) == date(2026, 12, 8)


async def test_silence_on_a_service_is_late_and_no_acceptance(tmp_path):
    code = "002014020000"
    item = agreement("500114", "422800")["items"][0] | {"basic": code}
    async with regions(tmp_path, "500114", "422800", items=[item]) as both:
        await both["422800"].publish(replace(LICENCE, basic_code=code, item_type="20"))
        await both.ask_for_items()
        window = both["500114"]
        case = window.a_case("422800")
        number = await window.submit(replace(case, item=replace(case.item, basic_code=code)))
        await both.settle_down()
        await both.pass_time(days=8)
        await look(both)
        assert await both["500114"].state(number) is State.AWAITING_SIGN_OFF
        passed = told_of(await both["500114"].view(number), Clock.NOTICE)
        assert [one.deemed_accepted for one in passed] == [False]
        assert await light(both["500114"], number) is Light.OVERDUE


async def test_the_promised_limit_runs_out_once_and_again_after_an_extension_and_not_in_a_pause(pair):
    office = pair["422800"]
    number = await handed_over(pair)
    await office.act(number, ev.Accepted())
    await pair.pass_time(days=2)
    await office.act(number, HEARING, reason="听证")
    await pair.pass_time(days=20)
    await look(pair)
    assert told_of(await office.view(number), Clock.PROMISED) == []
    paused = await clock(pair["500114"], number, Clock.PROMISED)
    assert (paused.state, paused.due, paused.words.zh) == (ClockState.PAUSED, None, "暂停计时, 剩余 8 个工作日")
    await office.act(number, ev.Resumed())
    await pair.settle_down()
    due = (await clock(office, number, Clock.PROMISED)).due
    assert day(due) == date(2026, 12, 28), "eight working days after 16 December"
    pair.clock.now = due
    assert await look(pair) == 1
    assert await look(pair) == 0, "once"
    assert [one.due_at for one in told_of(await pair["500114"].view(number), Clock.PROMISED)] == [due]
    await office.act(number, ev.Extended(5, "局长"), reason="疑难")
    extended = await clock(office, number, Clock.PROMISED)
    assert (extended.state, extended.light, extended.provisional) == (ClockState.RUNNING, Light.NORMAL, True)
    with pytest.raises(GatewayError) as refused:
        await office.act(number, ev.Extended(1, "局长"), reason="再延")
    assert refused.value.reason is Reason.EXTENDED_ALREADY
    pair.clock.now = extended.due
    assert await look(pair) == 1
    assert len(told_of(await pair["500114"].view(number), Clock.PROMISED)) == 2
    here, there = [(await one.view(number)).row for one in pair.all.values()]
    assert here.clockwork == there.clockwork


async def test_an_extension_beyond_the_law_is_refused(pair):
    number = await handed_over(pair)
    await pair["422800"].act(number, ev.Accepted())
    with pytest.raises(GatewayError) as refused:
        await pair["422800"].act(number, ev.Extended(11, "局长"), reason="疑难")
    assert [one.path for one in refused.value.findings] == ["days"]


async def test_a_late_hand_over_is_told_to_the_window_alone(pair):
    window = pair["500114"]
    window.courier.down.add("422800")
    number = await window.submit(window.a_case("422800"))
    await pair.pass_time(days=1, hours=15)
    assert await look(pair) == 1
    assert await look(pair) == 0, "once"
    assert await window.feed() == [("deadline", number)]
    told = (await window.gateway.looking.read_feed(window.system, 0, 9))[0]
    assert (told.note, told.clocks[0].state) == ("push", ClockState.OVERRUN)
    window.courier.down.clear()
    await pair.pass_time(hours=12)
    push = await clock(pair["422800"], number, Clock.PUSH)
    assert (push.state, push.ended) == (ClockState.OVERRUN, (await window.view(number)).row.clockwork.taken_in_at)


async def test_a_case_the_handler_refused_owes_nothing_any_more(pair):
    window, office = pair["500114"], pair["422800"]
    await office.publish(replace(LICENCE, version=2, state=ItemState.CANCELLED))
    number = await handed_over(pair)
    assert await window.state(number) is State.REFUSED_BY_PARTNER
    await pair.pass_time(days=30)
    assert await look(pair) == 0
    states = {one.clock: one.state for one in (await window.view(number)).clocks}
    assert states == {Clock.PUSH: ClockState.STOPPED, Clock.NOTICE: ClockState.STOPPED}


async def test_a_limit_into_a_year_not_published_is_said_aloud_on_both_sides(pair):
    pair.clock.now = pair.clock.now.replace(month=12, day=23)
    number = await handed_over(pair)
    await pair["422800"].act(number, ev.Accepted())
    await pair.settle_down()
    for region in pair.all.values():
        promised = await clock(region, number, Clock.PROMISED)
        assert promised.provisional
    assert (await clock(pair["422800"], number, Clock.PROMISED)).remark.zh == "2027 年日历未发布, 暂按周一至周五计算"


async def test_the_calendar_of_the_handlers_county_counts_and_an_edit_moves_running_limits(pair):
    office = pair["422800"]
    number = await handed_over(pair)
    await office.act(number, ev.Accepted())
    folder = office.settings.calendars
    folder.joinpath("422800.yaml").write_text(
        'region: "422800"\nname: 示例\nonce: {holidays: [2026-11-30, 2026-12-01]}\n', encoding="utf-8"
    )
    gateway = office.gateway
    gateway.almanac.reload(check_calendars(folder, gateway.divisions, date(2026, 11, 24)))
    versions = gateway.almanac.current().versions
    assert await look_again(gateway.database, versions, pair.clock()) == 1
    assert await look_again(gateway.database, versions, pair.clock()) == 0, (
        "with the same calendars nothing is counted again"
    )
    await look(pair)
    row = (await office.view(number)).row
    assert (day(row.next_due), day((await clock(office, number, Clock.PROMISED)).due)) == (date(2026, 12, 10),) * 2
    assert day((await clock(pair["500114"], number, Clock.PROMISED)).due) == date(2026, 12, 8), "as last said"
    await office.act(number, ev.Note("请放心"))
    await pair.settle_down()
    assert day((await clock(pair["500114"], number, Clock.PROMISED)).due) == date(2026, 12, 10)


async def test_what_ran_out_while_the_gateway_was_down_is_told_when_it_is_back(pair):
    office = pair["422800"]
    numbers = [await handed_over(pair) for _ in range(3)]
    await pair.pass_time(days=40)
    await pair.reopen(office)
    assert await look(pair) == 12, "of each sign-off, silence, and the two limits that the deemed acceptance began"
    assert await look(pair) == 0
    assert {await pair["500114"].state(number) for number in numbers} == {State.ACCEPTED}


async def test_nothing_happens_by_time_alone_after_the_clock_jumped(pair):
    office = pair["422800"]
    number = await handed_over(pair)
    limits = office.gateway.time_limits
    assert not (await limits.run_out()).held
    pair.clock.jump(days=30)
    assert (await limits.run_out()).held
    pair.clock.pass_time(minutes=59)
    assert (await limits.run_out()).held
    assert await office.state(number) is State.AWAITING_SIGN_OFF
    pair.clock.jump(days=-30)
    assert (await limits.run_out()).held, "set right again, which is a jump as well"
    pair.clock.pass_time(minutes=61)
    assert not (await limits.run_out()).held
    assert await office.state(number) is State.AWAITING_SIGN_OFF


async def test_small_steps_of_the_clock_are_no_jump(pair):
    limits = pair["422800"].gateway.time_limits
    for _ in range(30):
        pair.clock.jump(minutes=5)
        pair.clock.pass_time(hours=2)
        assert not (await limits.run_out()).held


async def test_a_case_from_before_clocks_were_kept_still_lives(pair):
    window, office = pair["500114"], pair["422800"]
    number = await handed_over(pair)
    for region in (window, office):
        row = (await region.view(number)).row
        bare = structs.replace(row, clockwork=None, next_due=None, warns_at=None, overdue_at=None)
        await region.gateway.database.write(lambda tx, bare=bare: cases.move(tx, bare, pair.clock()))
    await office.act(number, ev.Accepted())
    await office.act(number, ev.Decided(Decision.GRANTED))
    await pair.settle_down()
    view = await window.view(number)
    assert (view.row.standing.state, view.clocks) == (State.GRANTED, ())
    await pair.pass_time(days=300)
    assert await look(pair) == 0


async def test_lists_find_what_presses_without_counting(pair):
    window, office = pair["500114"], pair["422800"]
    first, second, third = [await handed_over(pair) for _ in range(3)]
    await office.act(first, ev.Accepted())
    await office.act(second, ev.Accepted())
    await office.act(second, ev.Decided(Decision.GRANTED))
    await office.act(third, ev.Withdrawn())
    await pair.settle_down()

    async def listed(region, **wanted):
        found = await region.gateway.looking.list_cases(Filter(**wanted), 50)
        return [row.case_id for row, _, _ in found if row.case_id != third]

    for region in (window, office):
        assert await listed(region, light=Light.OVERDUE) == []
        assert await listed(region, due_before=pair.clock() + timedelta(days=3)) == [second]
        assert await listed(region, due_before=pair.clock() + timedelta(days=30)) == [second, first]
    await pair.pass_time(days=2)
    for region in (window, office):
        assert await listed(region, light=Light.OVERDUE) == [second], "the result was to be sent"
        assert await listed(region, light=Light.NORMAL) == [first]
    await pair.pass_time(days=9)
    for region in (window, office):
        assert await listed(region, light=Light.WARNING) == [first]
        shown = await region.gateway.looking.list_cases(Filter(), 50)
        lights = {row.case_id: case_light(clocks) for row, _, clocks in shown}
        assert lights == {first: Light.WARNING, second: Light.OVERDUE, third: Light.NORMAL}


async def test_a_windows_time_long_ago_does_not_accept_a_licence_before_the_handler_saw_it(pair):
    """Silence counts from the window's receipt only as far back as the hand-over may take (one working day here)."""
    window, office = pair["500114"], pair["422800"]
    case = replace(window.a_case("422800"), received_at_window=pair.clock() - timedelta(days=12))
    number = await window.submit(case)
    await pair.settle_down()
    await look(pair)
    assert (await office.view(number)).row.standing.state is State.AWAITING_SIGN_OFF
    await pair.pass_time(days=7)
    await look(pair)
    assert await window.state(number) is await office.state(number) is State.ACCEPTED


async def test_a_backdated_supplement_gives_the_handler_its_days_all_the_same(pair):
    window, office = pair["500114"], pair["422800"]
    number = await handed_over(pair)
    await office.act(number, ev.SupplementRequested((ev.Requirement("r1", "说明情况"),)))
    await pair.pass_time(days=20)
    late = ev.Supplemented(form_json=window.a_case("422800").form_json, requirement_ids=("r1",))
    await window.gateway.act(
        Act(window.system, number, an_actor(), late, pair.clock() - timedelta(days=19), reason="补录")
    )
    await pair.settle_down()
    for _ in range(3):
        await look(pair)
    assert (await office.view(number)).row.standing.state is State.AWAITING_SIGN_OFF, "back with the handler, undecided"
    await pair.pass_time(days=7)
    await look(pair)
    assert await window.state(number) is await office.state(number) is State.ACCEPTED


async def test_a_time_ahead_waits_until_it_has_come_and_moves_no_limit(pair):
    window, office = pair["500114"], pair["422800"]
    number = await handed_over(pair)
    await office.act(number, ev.SupplementRequested((ev.Requirement("r1", "说明情况"),)))
    await pair.settle_down()
    ahead = ev.Supplemented(form_json=window.a_case("422800").form_json, requirement_ids=("r1",))
    when = pair.clock() + timedelta(hours=1)
    await window.gateway.act(Act(window.system, number, an_actor(), ahead, when))
    await pair.settle_down()
    assert (await window.view(number)).deliveries[-1].last_reason == "TIME_AHEAD"
    assert await office.state(number) is State.SUPPLEMENT_REQUESTED
    await pair.pass_time(hours=5)
    assert await window.state(number) is await office.state(number) is State.AWAITING_SIGN_OFF


async def test_what_presses_is_not_hidden_by_what_ended_late(pair):
    window, office = pair["500114"], pair["422800"]
    window.courier.down.add("422800")
    for _ in range(3):
        await window.submit(window.a_case("422800"))
    await pair.pass_time(days=4)
    window.courier.down.clear()
    await pair.pass_time(hours=5)
    pressing = await handed_over(pair)
    before = pair.clock() + timedelta(days=4)
    found = await office.gateway.looking.list_cases(Filter(due_before=before), 1)
    assert len(found) == 1
    found = await window.gateway.looking.list_cases(Filter(due_before=before), 10)
    assert pressing in {row.case_id for row, *_ in found}


@pytest.mark.parametrize("waits", [ev.SupplementRequested((ev.Requirement("r1", "说明情况"),)), HEARING])
async def test_a_case_that_waits_without_a_date_is_listed_after_thirty_days_and_nothing_else_happens(pair, waits):
    window, office = pair["500114"], pair["422800"]
    number = await handed_over(pair)
    await office.act(number, ev.Accepted())
    await office.act(number, waits, reason="需要现场核查")
    await pair.settle_down()
    stands = await office.state(number)
    for region in (window, office):
        found = await region.gateway.looking.list_cases(Filter(due_before=pair.clock() + timedelta(days=20)), 10)
        assert found == []
    await pair.pass_time(days=31)
    told = await look(pair)
    assert told == 0
    for region in (window, office):
        wanted = (Filter(due_before=pair.clock()), Filter(light=Light.WARNING))
        found = [await region.gateway.looking.list_cases(one, 10) for one in wanted]
        assert [[row.case_id for row, *_ in rows] for rows in found] == [[number], [number]]
        assert await light(region, number) is Light.WARNING
        assert await region.state(number) is stands
