"""Threads take short turns while little is written at once, and long ones while much is."""

import sys

import pytest

from gateway.app.process import LONG_TURN, REMEMBERED, SHORT_TURN, taking_turns
from gateway.store.sqlite.writer import Moment


@pytest.fixture(autouse=True)
def as_before():
    before = sys.getswitchinterval()
    yield
    sys.setswitchinterval(before)


def told(watch, writes, groups):
    for _ in range(groups):
        watch(Moment.TOLD, [print] * writes)


def test_few_writes_at_once_make_turns_short_and_many_make_them_long_again():
    watch = taking_turns()
    told(watch, 1, 1)
    assert sys.getswitchinterval() == pytest.approx(SHORT_TURN)
    told(watch, 14, 3 * REMEMBERED)
    assert sys.getswitchinterval() == pytest.approx(LONG_TURN)
    told(watch, 2, 3 * REMEMBERED)
    assert sys.getswitchinterval() == pytest.approx(SHORT_TURN)


def test_one_large_group_changes_nothing():
    watch = taking_turns()
    told(watch, 1, 10)
    told(watch, 100, 1)
    assert sys.getswitchinterval() == pytest.approx(SHORT_TURN)


def test_every_moment_is_shown_on():
    seen = []
    watch = taking_turns(lambda moment, works: seen.append((moment, len(works))))
    for moment in Moment:
        watch(moment, [print])
    assert seen == [(moment, 1) for moment in Moment]
