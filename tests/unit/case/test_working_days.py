"""Working days: the published ones, those of a region, and years nobody published yet."""

import csv
import json
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.case.clock.calendars import HORIZON, Calendar, Calendars, around
from gateway.settings.calendar_layers import country

NATIONAL = country()
DATA = Path(__file__).parents[2] / "data"
VECTORS = json.loads((DATA / "test_vectors.json").read_text("utf-8"))["workdays_due"]
DAYS = st.dates(date(2004, 1, 1), date(2040, 12, 31))


def days(first: date, last: date) -> list[date]:
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


@pytest.mark.parametrize("vector", VECTORS, ids=lambda one: f"{one['start']}+{one['days']}")
def test_the_day_a_limit_ends_is_that_of_the_sourced_vectors(vector):
    found = NATIONAL.after(date.fromisoformat(vector["start"]), vector["days"])
    assert (found.day.isoformat(), found.provisional) == (vector["due"], False)


def test_every_day_of_four_years_is_worked_or_not_as_published():
    with (DATA / "workday_exceptions.csv").open(encoding="utf-8") as lines:
        exceptions = {date.fromisoformat(row["date"]): row["kind"] == "workday" for row in csv.DictReader(lines)}
    every = days(date(2023, 1, 1), date(2026, 12, 31))
    assert [day for day in every if NATIONAL.is_workday(day) != exceptions.get(day, day.weekday() < 5)] == []


def test_the_years_have_as_many_working_days_as_counted_elsewhere():
    counted = {year: NATIONAL.between(date(year - 1, 12, 31), date(year, 12, 31)) for year in (2024, 2025, 2026)}
    assert counted == {2024: 251, 2025: 248, 2026: 248}


@given(DAYS, st.integers(1, 400))
def test_the_nth_working_day_has_n_of_them_up_to_it_and_is_one(start, count):
    found = NATIONAL.after(start, count).day
    assert NATIONAL.between(start, found) == count
    assert NATIONAL.is_workday(found)


@given(DAYS, st.integers(0, 60))
def test_counting_agrees_with_looking_at_every_day(start, span):
    end = start + timedelta(days=span)
    worked = [day for day in days(start, end)[1:] if NATIONAL.is_workday(day)]
    assert NATIONAL.between(start, end) == len(worked)
    for place, day in enumerate(worked, 1):
        assert NATIONAL.after(start, place).day == day


@given(DAYS, st.integers(0, 30))
def test_before_is_the_first_day_with_so_many_working_days_left(end, left):
    found = NATIONAL.before(end, left)
    assert NATIONAL.between(found, end) <= left < NATIONAL.between(found - timedelta(days=1), end) or found == end


def test_a_count_that_reaches_a_year_not_published_says_so():
    last_of_2026 = NATIONAL.after(date(2026, 12, 30), 1)
    assert (last_of_2026.day, last_of_2026.provisional) == (date(2026, 12, 31), False)
    first_of_2027 = NATIONAL.after(date(2026, 12, 31), 1)
    assert (first_of_2027.day, first_of_2027.provisional) == (date(2027, 1, 1), True), "Monday to Friday for now"
    assert NATIONAL.unpublished(date(2026, 12, 31), date(2028, 1, 5)) == (2027, 2028)
    assert not NATIONAL.is_published(2027)
    assert NATIONAL.is_published(2026)


def test_nothing_is_counted_further_than_ten_years_ahead():
    start = date(2026, 1, 5)
    found = NATIONAL.after(start, 10**9)
    assert (found.day, found.provisional) == (start + HORIZON, True)


def test_a_limit_of_no_days_ends_on_the_day_itself_or_the_next_one_worked():
    assert NATIONAL.after(date(2026, 11, 24), 0).day == date(2026, 11, 24)
    assert NATIONAL.after(date(2026, 11, 28), 0).day == date(2026, 11, 30)
    assert NATIONAL.after(date(2026, 10, 1), 0).day == date(2026, 10, 8)


def test_a_day_ends_at_midnight_in_china_or_when_the_office_closes():
    assert NATIONAL.end_of(date(2026, 11, 24)) == datetime(2026, 11, 24, 16, tzinfo=UTC)
    office = Calendar("422800", "x", frozenset({2026}), frozenset(), frozenset(), time(17, 30))
    assert office.end_of(date(2026, 11, 24)) == datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
    for calendar in (NATIONAL, office):
        assert calendar.last_day(calendar.end_of(date(2026, 11, 24))) == date(2026, 11, 24)


def test_a_division_counts_with_the_calendar_of_the_narrowest_place_around_it():
    def named(region: str) -> Calendar:
        return Calendar(region, region, frozenset(), frozenset(), frozenset())

    all_of = Calendars(named("000000"), {code: named(code) for code in ("420000", "422800", "422802")})
    assert [all_of.of(code).region for code in ("422802103000", "422801", "420500", "500114000000")] == [
        "422802",
        "422800",
        "420000",
        "000000",
    ]
    assert around("422802103000") == ("422802", "422800", "420000", "000000")
