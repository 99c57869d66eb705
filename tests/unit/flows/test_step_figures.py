"""Steps against their limits: shares of the limit, days off left out, late ones told, and what 5,000 cases cost."""

import time
from datetime import timedelta

from gateway.case import events as ev
from gateway.case.clock.calendars import Calendars
from gateway.case.clock.clockwork import Clockwork
from gateway.case.kinds import Clock, SuspensionKind
from gateway.flows.step_figures import StepFigures, StepsTaken
from gateway.store.figures import CaseFigures
from tests.unit.case.clock_build import ACCEPTED, GRANTED, NATIONAL, SERVICE, at, begun, wound

CALENDARS = Calendars(NATIONAL, {})
MONDAY, NOW = at("2026-11-02"), at("2026-11-30")


def a_case(clockwork: Clockwork | None, partner: str = "422800", party: str = "handler") -> CaseFigures:
    return CaseFigures(
        party, partner, "000120011000", "事项", "500114", "422800", "delivered", "granted", MONDAY, False, clockwork
    )


def of(steps: tuple[StepFigures, ...], clock: Clock) -> StepFigures:
    return next(one for one in steps if one.clock is clock)


def decided_after(days: int) -> Clockwork:
    """A service with ten working days, accepted at once and decided after so many days."""
    return wound(begun(MONDAY, SERVICE), (ACCEPTED, MONDAY), (GRANTED, MONDAY + timedelta(days=days)))


def test_a_step_is_told_as_a_share_of_its_own_limit() -> None:
    taken = StepsTaken([a_case(decided_after(7))], CALENDARS, NOW)
    promised = of(taken.overall(), Clock.PROMISED)
    assert (promised.cases, promised.late, promised.used) == (1, 0, timedelta(days=7))
    # Ten working days from a Monday end with the second Monday after it: 14 days and the rest of the first day.
    assert 45 <= promised.share <= 50
    assert promised.most == promised.share


def test_what_came_late_and_what_still_runs_over_is_late() -> None:
    owed = wound(begun(MONDAY, SERVICE), (ACCEPTED, MONDAY))
    steps = StepsTaken([a_case(decided_after(20)), a_case(owed), a_case(decided_after(1))], CALENDARS, NOW).overall()
    promised = of(steps, Clock.PROMISED)
    assert (promised.cases, promised.late) == (3, 2)
    assert promised.share > 100
    young = StepsTaken([a_case(owed)], CALENDARS, MONDAY + timedelta(days=1)).overall()
    assert Clock.PROMISED not in {one.clock for one in young}, "it runs and is in time: nothing is known of it yet"


def test_a_pause_is_no_time_taken_of_the_limit() -> None:
    paused = wound(
        begun(MONDAY, SERVICE),
        (ACCEPTED, MONDAY),
        (ev.Suspended(kind=SuspensionKind.EXPERT_REVIEW), MONDAY + timedelta(days=1)),
        (ev.Resumed(), MONDAY + timedelta(days=15)),
        (GRANTED, MONDAY + timedelta(days=20)),
    )
    promised = of(StepsTaken([a_case(paused)], CALENDARS, NOW).overall(), Clock.PROMISED)
    assert promised.late == 0
    assert promised.share < 100


def test_steps_are_gathered_by_partner() -> None:
    found = [a_case(decided_after(2)), a_case(decided_after(20), "500101"), a_case(None, "500102")]
    by_partner = StepsTaken(found, CALENDARS, NOW).by(lambda one: one.partner)
    assert of(by_partner["422800"], Clock.PROMISED).late == 0
    assert of(by_partner["500101"], Clock.PROMISED).late == 1
    assert by_partner["500102"] == ()


def test_five_thousand_cases_are_counted_within_bounds() -> None:
    found = [a_case(decided_after(n % 30), f"{n % 90}") for n in range(5_000)]
    began = time.process_time()
    taken = StepsTaken(found, CALENDARS, NOW)
    taken.by(lambda one: (one.partner, one.party))
    assert taken.overall()
    assert time.process_time() - began < 5, "looked at once a minute, whoever watches"
