"""When a limit ends: pauses as a union, held against counting day by day; units; 即办; closing times."""

from datetime import date, datetime, time, timedelta
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gateway.case.clock.calendars import Calendar
from gateway.case.clock.counting import ending, union
from gateway.case.days import CHINA, day_in_china
from gateway.case.item.definition import TimeLimit, TimeUnit
from tests.unit.case.clock_build import NATIONAL, at, day

WORKING, CALENDAR, HOUR = TimeUnit.WORKING_DAY, TimeUnit.CALENDAR_DAY, TimeUnit.HOUR
START = at("2026-09-14")
"""A Monday; the autumn holidays and their moved working days lie ahead."""

moments = st.integers(-5 * 24, 80 * 24).map(lambda hours: START + timedelta(hours=hours))
spans = st.tuples(moments, moments).map(lambda pair: (min(pair), max(pair)))
pauses_of_any_kind = st.lists(spans, max_size=6)
amounts = st.integers(1, 30)


def counts(unit: TimeUnit, one: date) -> bool:
    return unit is CALENDAR or NATIONAL.is_workday(one)


def naive(start: datetime, amount: int, unit: TimeUnit, pauses: list[tuple[datetime, datetime]]) -> datetime:
    """Count day after day: a pause takes the days after its first one, up to and with its last one."""
    first = day_in_china(start)
    cost = 0
    for begun, ended in union(pauses, start):
        if begun >= end_of(nth(first, amount + cost, unit)):
            break
        taken = [begun + timedelta(days=n) for n in range(1, (day_in_china(ended) - day_in_china(begun)).days + 1)]
        cost += sum(counts(unit, day_in_china(one)) for one in taken)
        if ended > end_of(nth(first, amount + cost, unit)):
            rest = day_in_china(ended)
            while not counts(unit, rest):
                rest += timedelta(days=1)
            cost += sum(counts(unit, one) for one in between(nth(first, amount + cost, unit), rest))
    return end_of(nth(first, amount + cost, unit))


def nth(start: date, count: int, unit: TimeUnit) -> date:
    while count:
        start += timedelta(days=1)
        count -= counts(unit, start)
    return start


def between(start: date, end: date) -> list[date]:
    return [start + timedelta(days=n) for n in range(1, (end - start).days + 1)]


def end_of(last: date) -> datetime:
    return datetime.combine(last + timedelta(days=1), time(0), CHINA)


@given(amounts, st.sampled_from([WORKING, CALENDAR]), pauses_of_any_kind)
def test_a_limit_in_days_ends_where_counting_day_by_day_ends(amount, unit, pauses):
    assert ending(NATIONAL, START, TimeLimit(amount, unit), pauses).due == naive(START, amount, unit, pauses)


@given(amounts, pauses_of_any_kind)
def test_a_limit_in_hours_is_exact(amount, pauses):
    """Every hour outside a pause counts, so the limit ends when as many of them have been."""

    def paused(hour):
        return any(begun <= hour < ended for begun, ended in pauses)

    found = ending(NATIONAL, START, TimeLimit(amount, HOUR), pauses).due
    hour, left = START, amount
    while left:
        left -= not paused(hour)
        hour += timedelta(hours=1)
    assert found == hour, "a pause that begins just then is too late"


@given(amounts, st.sampled_from(TimeUnit), pauses_of_any_kind, st.randoms(use_true_random=False))
def test_the_order_in_which_pauses_were_told_and_telling_one_twice_change_nothing(amount, unit, pauses, chance):
    limit = TimeLimit(amount, unit)
    told = ending(NATIONAL, START, limit, pauses)
    again = [*pauses, *pauses[:2]]
    chance.shuffle(again)
    assert ending(NATIONAL, START, limit, again) == told


@given(amounts, st.sampled_from(TimeUnit), pauses_of_any_kind, spans)
def test_a_pause_within_another_costs_nothing_more(amount, unit, pauses, outer):
    begun, ended = outer
    third = (ended - begun) / 3
    inner = (begun + third, ended - third)
    limit = TimeLimit(amount, unit)
    assert ending(NATIONAL, START, limit, [*pauses, outer, inner]) == ending(NATIONAL, START, limit, [*pauses, outer])


@given(amounts, st.sampled_from(TimeUnit), pauses_of_any_kind, spans)
def test_one_more_pause_never_brings_the_end_nearer(amount, unit, pauses, more):
    limit = TimeLimit(amount, unit)
    before, after = ending(NATIONAL, START, limit, pauses).due, ending(NATIONAL, START, limit, [*pauses, more]).due
    assert before is not None
    assert after is not None
    assert after >= before


@given(amounts, st.sampled_from(TimeUnit), pauses_of_any_kind)
@example(6, WORKING, [(at("2026-09-24"), at("2026-09-24", "01:00"))])
def test_a_longer_limit_and_an_extension_end_later(amount, unit, pauses):
    due = [ending(NATIONAL, START, TimeLimit(amount, unit), pauses, more).due for more in range(4)]
    # With no day left at the end of a pause the next working day is the last one, as it is with one day left.
    assert all(one and other and one <= other for one, other in pairwise(due))
    assert pauses or all(one < other for one, other in pairwise(due))
    if unit is WORKING:
        assert due[3] == ending(NATIONAL, START, TimeLimit(amount + 3), pauses).due


@given(amounts, st.sampled_from([WORKING, CALENDAR]), pauses_of_any_kind)
def test_a_limit_never_runs_out_in_a_pause_that_began_in_time(amount, unit, pauses):
    due = ending(NATIONAL, START, TimeLimit(amount, unit), pauses).due
    assert due is not None
    assert not any(begun < due - timedelta(days=1) and due < ended for begun, ended in union(pauses, START))


@pytest.mark.parametrize(
    ("begun", "ended", "due"),
    [
        (("2026-11-25", "09:00"), ("2026-11-25", "17:00"), "2026-12-08"),
        (("2026-11-28", "09:00"), ("2026-11-29", "17:00"), "2026-12-08"),
        (("2026-11-27", "17:00"), ("2026-11-30", "09:00"), "2026-12-09"),
        (("2026-11-25", "09:00"), ("2026-11-27", "09:00"), "2026-12-10"),
        (("2026-12-08", "10:00"), ("2026-12-10", "10:00"), "2026-12-10"),
        (("2026-12-08", "10:00"), ("2026-12-12", "10:00"), "2026-12-14"),
        (("2026-12-09", "10:00"), ("2026-12-15", "10:00"), "2026-12-08"),
    ],
    ids=[
        "within a day it costs nothing",
        "within a weekend it costs nothing",
        "over a weekend it costs the day it ended on",
        "two days cost two days",
        "on the last day it moves the end to the day it ended on",
        "on the last day and ended on a Saturday it leaves the Monday",
        "after the limit ran out it changes nothing",
    ],
)
def test_a_pause_of_a_ten_day_limit(begun, ended, due):
    found = ending(NATIONAL, at("2026-11-24"), TimeLimit(10), [(at(*begun), at(*ended))])
    assert str(day(found.due)) == due


def test_while_a_pause_is_open_there_is_no_end_and_what_is_left_stands_still():
    found = ending(NATIONAL, at("2026-11-24"), TimeLimit(10), [(at("2026-11-26"), None)])
    assert (found.due, found.left, found.unit) == (None, 8, WORKING)
    nested = [(at("2026-11-26"), None), (at("2026-11-27"), at("2026-12-01"))]
    assert ending(NATIONAL, at("2026-11-24"), TimeLimit(10), nested) == found
    hours = ending(NATIONAL, at("2026-11-24"), TimeLimit(48, HOUR), [(at("2026-11-24", "15:30"), None)])
    assert (hours.due, hours.left, hours.unit) == (None, 43, HOUR)


def test_calendar_days_and_hours_do_not_look_at_holidays():
    eve = at("2026-09-30")
    assert day(ending(NATIONAL, eve, TimeLimit(3, CALENDAR)).due) == date(2026, 10, 3)
    assert ending(NATIONAL, eve, TimeLimit(30, HOUR)).due == at("2026-10-01", "16:00")
    assert day(ending(NATIONAL, eve, TimeLimit(3)).due) == date(2026, 10, 10), "10 October is a Saturday worked"


@pytest.mark.parametrize("unit", TimeUnit)
def test_at_once_means_by_the_end_of_the_same_working_day(unit):
    at_once = TimeLimit(0, unit)
    assert day(ending(NATIONAL, at("2026-11-24", "09:00"), at_once).due) == date(2026, 11, 24)
    assert day(ending(NATIONAL, at("2026-11-28", "09:00"), at_once).due) == date(2026, 11, 30), "a Saturday"
    office = Calendar("422800", "x", NATIONAL.published, NATIONAL.holidays, NATIONAL.workdays, time(17, 30))
    assert ending(office, at("2026-11-24", "17:00"), at_once).due == at("2026-11-24", "17:30")
    assert ending(office, at("2026-11-24", "18:00"), at_once).due == at("2026-11-25", "17:30"), "nobody works any more"


def test_an_end_names_the_years_it_was_counted_through_without_their_calendar():
    assert ending(NATIONAL, at("2026-12-28"), TimeLimit(3)).unpublished == ()
    assert ending(NATIONAL, at("2026-12-28"), TimeLimit(4)).unpublished == (2027,)
    assert ending(NATIONAL, at("2026-12-28"), TimeLimit(300)).unpublished == (2027, 2028)
    assert ending(NATIONAL, at("2026-12-28"), TimeLimit(9, CALENDAR)).unpublished == (), "every day counts anyway"
    assert ending(NATIONAL, at("2027-01-05"), TimeLimit(0)).unpublished == (2027,)
    pause = [(at("2026-12-29"), at("2027-01-06"))]
    assert ending(NATIONAL, at("2026-12-28"), TimeLimit(2), pause).unpublished == (2027,)
