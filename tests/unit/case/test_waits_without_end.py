"""A wait that has no date of its own is told after thirty days, and ends with what it waited for."""

from datetime import timedelta

from gateway.case import events as ev
from gateway.case.clock.limits import case_light, readings
from gateway.case.clock.step_limits import Limits
from gateway.case.clock.waits import REMIND_AFTER, waits_without_end
from gateway.case.clock.words import ClockState, Light
from gateway.case.kinds import Clock
from gateway.case.states import Party
from tests.unit.case.clock_build import (
    ACCEPTED,
    HEARING,
    NATIONAL,
    NOTICE,
    RESUMED,
    SUPPLEMENTED,
    at,
    begun,
    reading,
    wound,
)

START = at("2026-11-24")
SECOND = timedelta(seconds=1)


def light(work, now):
    return case_light(readings(work, NATIONAL, now))


def test_a_notice_without_a_date_turns_yellow_after_thirty_days_and_not_before():
    work = wound(begun(START), (NOTICE, START))
    end = START + REMIND_AFTER
    assert light(work, end - SECOND) is Light.NORMAL
    assert light(work, end) is Light.WARNING
    shown = reading(work, Clock.SUPPLEMENT, end + timedelta(days=1))
    assert (shown.owed_by, shown.due, shown.words.zh) == (Party.ORIGIN, None, "已等待 31 天, 未定期限")
    assert light(work, end + timedelta(days=300)) is Light.WARNING, "never red: nothing ran out"
    assert waits_without_end(wound(work, (SUPPLEMENTED, START + timedelta(days=40)))) == []
    assert waits_without_end(wound(work, (ev.Withdrawn(), START + timedelta(days=40)))) == []


def test_a_notice_with_a_date_has_its_own_clock():
    dated = ev.SupplementRequested((ev.Requirement("r1", "缺照片"),), respond_by=START + timedelta(days=60))
    work = wound(begun(START), (dated, START))
    assert waits_without_end(work) == []
    assert light(work, START + timedelta(days=31)) is Light.NORMAL


def test_a_special_procedure_turns_its_paused_clock_yellow():
    work = wound(begun(START), (ACCEPTED, START), (HEARING, START + timedelta(days=1)))
    end = START + timedelta(days=1) + REMIND_AFTER
    assert light(work, end - SECOND) is Light.NORMAL
    paused = reading(work, Clock.PROMISED, end)
    assert (paused.state, paused.light, paused.warns) == (ClockState.PAUSED, Light.WARNING, end)
    assert "暂停计时" in paused.words.zh
    assert "已等待 30 天" in paused.remark.zh
    assert reading(work, Clock.LEGAL, end).light is Light.NORMAL
    assert waits_without_end(wound(work, (RESUMED, end))) == []


def test_a_special_procedure_of_an_item_nobody_published_is_shown_as_well():
    work = wound(begun(START, Limits()), (ACCEPTED, START), (HEARING, START))
    shown = reading(work, Clock.LEGAL, START + REMIND_AFTER)
    assert (shown.light, shown.owed_by) == (Light.WARNING, Party.HANDLER)


def test_of_two_waits_each_is_told_in_its_time():
    work = wound(begun(START), (ACCEPTED, START), (HEARING, START), (NOTICE, START + timedelta(days=5)))
    assert [(one.clock, one.reminds) for one in waits_without_end(work)] == [
        (Clock.PROMISED, START + REMIND_AFTER),
        (Clock.SUPPLEMENT, START + timedelta(days=5) + REMIND_AFTER),
    ]
