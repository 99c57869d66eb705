"""Calendars and clockworks for tests: the country's days as published, and limits of a licence."""

from datetime import date, datetime, timedelta
from typing import Any

from gateway.case import events as ev
from gateway.case.clock.calendars import Calendar
from gateway.case.clock.clockwork import Clockwork, wind
from gateway.case.clock.limits import Reading, readings
from gateway.case.clock.step_limits import Limits
from gateway.case.days import CHINA
from gateway.case.item.definition import TimeLimit
from gateway.case.kinds import Clock, Decision, SuspensionKind
from gateway.settings.calendar_layers import country
from tests.build import an_actor, an_id

NATIONAL = country()
LICENCE = Limits(item_type="01", promised=TimeLimit(10), legal=TimeLimit(20))
SERVICE = Limits(item_type="20", promised=TimeLimit(10), legal=TimeLimit(20))


def at(day: str, clock: str = "10:00") -> datetime:
    """A moment in China, such as `at("2026-11-24", "09:30")`."""
    return datetime.fromisoformat(f"{day}T{clock}:00+08:00")


def day(moment: datetime | None) -> date | None:
    """The last day of a limit that ends at a moment."""
    return None if moment is None else (moment - timedelta(microseconds=1)).astimezone(CHINA).date()


def happened(happening: ev.Happening, when: datetime, **changes: Any) -> ev.Event:
    """An event at a moment."""
    return ev.Event(an_id(1), an_actor(), when, when, happening, **changes)


def begun(received: datetime, limits: Limits = LICENCE, taken_in: datetime | None = None) -> Clockwork:
    """The clockwork of a case handed over at once."""
    return Clockwork.begin(limits, received, taken_in or received)


def wound(clockwork: Clockwork, *story: tuple[ev.Happening, datetime]) -> Clockwork:
    """The clockwork after events."""
    for happening, when in story:
        clockwork = wind(clockwork, happened(happening, when))
    return clockwork


def reading(clockwork: Clockwork, clock: Clock, now: datetime, calendar: Calendar = NATIONAL, **how: Any) -> Reading:
    """One clock of a case."""
    return next(one for one in readings(clockwork, calendar, now, **how) if one.clock is clock)


def clocks(clockwork: Clockwork, now: datetime, **how: Any) -> list[Clock]:
    """Which clocks of a case run or ran."""
    return [one.clock for one in readings(clockwork, NATIONAL, now, **how)]


ACCEPTED = ev.Accepted()
GRANTED = ev.Decided(Decision.GRANTED)
HEARING = ev.Suspended(SuspensionKind.HEARING)
RESUMED = ev.Resumed()
NOTICE = ev.SupplementRequested((ev.Requirement("r1", "缺照片"),))
SUPPLEMENTED = ev.Supplemented(form_json="{}")
