"""Which version binds: by day, by division, by task code, by what the case states."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.case.item.definition import ItemState
from gateway.flows.items.in_force import GRACE, choose, narrowest_keys
from gateway.store.items import ItemRow

DAY = date(2026, 11, 24)
LONG_KNOWN = datetime(2020, 1, 1, tzinfo=UTC)


def a_row(version=1, days_ago=100, state=ItemState.IN_USE, *, division="422800", task="", at=LONG_KNOWN):
    valid_from = DAY - timedelta(days=days_ago)
    key = f"000120011000/{division}/{task}"
    return ItemRow(key, version, "000120011000", state, valid_from, 1, bytes(32), at)


def depth(division):
    """Narrower divisions have more digits that are not zero; those of another prefecture do not cover the place."""
    return len(division.rstrip("0")) if division.startswith("4228") else 0


def chosen(*rows, stated=0, task="", on=DAY, today=DAY, ours=False):
    return choose(rows, depth=depth, on=on, today=today, version=stated, task_code=task, ours=ours)


def binds(*rows, **facts):
    found = chosen(*rows, **facts)
    return (found.binds.version if found.binds else None, found.latest.version if found.latest else None)


def test_the_newest_version_in_force_on_the_day_binds():
    rows = (a_row(1, 300), a_row(2, 10), a_row(3, -1))
    assert binds(*rows) == (2, 2)
    assert binds(*rows, on=DAY - timedelta(days=10)) == (2, 2)
    assert binds(*rows, on=DAY - timedelta(days=11)) == (1, 1)
    assert binds(*rows, on=DAY + timedelta(days=1)) == (3, 3)


def test_nothing_binds_before_the_first_version_but_for_the_days_of_grace():
    rows = (a_row(1, 0), a_row(2, -9))
    before = DAY - timedelta(days=1)
    assert binds(*rows, on=before, today=before) == (None, None)
    assert binds(*rows, on=before, today=DAY) == (1, 1), "in force meanwhile, so a case of yesterday is not turned away"
    assert binds(*rows, on=DAY - GRACE - timedelta(days=1), today=DAY) == (None, None)


@pytest.mark.parametrize(
    ("stated", "days", "bound"),
    [(2, 0, 2), (2, 3, 2), (2, 4, None), (3, 9, 3), (0, 9, 3), (1, 0, None), (4, 0, None), (9, 0, None)],
)
def test_a_stated_version_counts_until_three_days_after_it_was_superseded(stated, days, bound):
    rows = (a_row(1, 300), a_row(2, 200), a_row(3, 0), a_row(4, -30))
    assert binds(*rows, stated=stated, on=DAY + timedelta(days=days)) == (bound, 3)


def test_at_home_a_version_counts_as_superseded_only_once_the_next_was_imported():
    imported = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)
    rows = (a_row(1, 300), a_row(2, 200, at=imported))
    assert binds(*rows, stated=1) == (None, 2)
    assert binds(*rows, stated=1, ours=True) == (1, 2)
    assert binds(*rows, stated=1, ours=True, on=DAY + timedelta(days=4)) == (None, 2)


@pytest.mark.parametrize("state", [ItemState.PAUSED, ItemState.CANCELLED])
@pytest.mark.parametrize("stated", [0, 1, 2, 7])
def test_an_end_binds_at_once_whatever_is_stated(state, stated):
    assert binds(a_row(1, 300), a_row(2, 0, state), stated=stated) == (2, 2)


def test_a_version_that_was_paused_itself_is_not_honoured():
    assert binds(a_row(1, 300, ItemState.PAUSED), a_row(2, 0), stated=1) == (None, 2)


def test_the_narrowest_division_wins_and_others_do_not_count():
    rows = (a_row(7, division="110000"), a_row(1, division="422800"), a_row(2, division="422802"))
    assert binds(*rows) == (2, 2)
    assert binds(rows[0]) == (None, None)
    assert narrowest_keys(rows, depth) == {rows[2].key}
    assert narrowest_keys(rows[:1], depth) == frozenset()


def test_a_narrower_definition_that_is_not_in_force_yet_hides_nothing():
    assert binds(a_row(1, division="422800"), a_row(2, -9, division="422802")) == (1, 1)


def test_a_task_code_narrows_and_without_one_the_case_has_to_choose():
    plain, first, second = a_row(1), a_row(2, task="A"), a_row(3, task="B")
    assert binds(plain, first, second) == (1, 1)
    assert binds(plain, first, second, task="B") == (3, 3)
    assert binds(plain, first, task="C") == (1, 1)
    assert chosen(first, second).choices == ("A", "B")
    assert chosen(first, second).latest is None
    assert binds(first) == (2, 2)
    assert binds(first, task="C") == (None, None)


def test_of_merged_counties_the_definition_that_came_last_binds():
    assert binds(a_row(1, 300, division="422801"), a_row(2, 30, division="422802")) == (2, 2)


@given(
    st.lists(st.tuples(st.integers(-20, 20), st.sampled_from(ItemState)), max_size=5),
    st.integers(0, 7),
    st.integers(-20, 20),
    st.booleans(),
)
def test_what_binds_is_in_force_or_was_days_ago(versions, stated, later, ours):
    rows = [a_row(n, days, state) for n, (days, state) in enumerate(versions, 1)]
    on = DAY + timedelta(days=later)
    found = chosen(*rows, stated=stated, on=on, today=on, ours=ours)
    if found.latest is None:
        assert found.binds is None
        assert all(row.valid_from > on for row in rows)
        return
    assert found.latest.valid_from <= on
    if found.binds and found.binds != found.latest:
        assert found.binds.version == stated < found.latest.version
        assert found.binds.state is found.latest.state is ItemState.IN_USE
    if stated == 0:
        assert found.binds == found.latest
