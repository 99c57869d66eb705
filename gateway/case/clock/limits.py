"""How the clocks of a case stand (限时办结): one `Reading` for each clock that runs or ran.

    clock        owed by   from                              to                           limit
    PUSH         origin    receipt at the window             receipt by the handler       agreement, 1 working day
    SIGN_OFF     handler   receipt by the handler            签收                          agreement, 1 working day
    NOTICE       handler   receipt (`Clockwork.receipt`)     受理, 不予受理, 补正告知        item, agreement, law: the earliest
    PROMISED     handler   acceptance                        decision                     item, plus one extension
    LEGAL        handler   acceptance                        decision                     item, plus one extension
    SUPPLEMENT   origin    补正告知                           补正                          the notice's own date
    SEND_RESULT  handler   decision                          寄出 or 领取登记               agreement, 1 working day
    DELIVERY     handler   decision                          领取登记                      10 working days

Only PROMISED and LEGAL pause.  A clock is red from the moment it ran out; yellow when at most a working day or a fifth
of the limit is left, whichever is more, and a day of it is used; also after thirty days of a wait that has no end of
its own (`waits`).  Each clock is counted by the side that must act: the
origin takes the handler's clocks as last said, and estimates, marked, what was not said.

Source: 行政许可法 art. 32, 42, 44, 45, 82; the agreement's step limits.

Leaves to others: what the clocks count from (`clockwork`), days and pauses (`counting`, `calendars`).
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from gateway.case.clock.calendars import Calendar
from gateway.case.clock.clockwork import Clockwork
from gateway.case.clock.counting import elapsed
from gateway.case.clock.runs import Run
from gateway.case.clock.schedule import runs_seen, turns_yellow
from gateway.case.clock.waits import Wait, waits_without_end
from gateway.case.clock.words import (
    DEEMED,
    ESTIMATE,
    STATE_NAMES,
    ClockState,
    Light,
    left_text,
    over_text,
    paused_text,
    received_text,
    unpublished_text,
    waiting_text,
)
from gateway.case.days import day_in_china
from gateway.case.item.definition import TimeUnit
from gateway.case.kinds import Clock
from gateway.case.states import Party
from gateway.case.texts import Text

_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Reading:
    """One clock of a case at a moment.

    Attributes:
        due: when it runs out or ran out, UTC; None while it is paused.
        warns: when it turns yellow, UTC; None when it does not run.
        ended: when what was owed came, or was not owed any more; None while it is owed.
        remaining: in `unit`; negative when it has run over, and what was left or over at the end when it ended.
        words: `remaining` for people.
        provisional: it rests on a year whose calendar is not published; `remark` then names it.
        estimate: this side counted for the other one, which has not said its own count yet.
    """

    clock: Clock
    owed_by: Party
    started: datetime
    due: datetime | None
    warns: datetime | None
    ended: datetime | None
    state: ClockState
    light: Light
    remaining: int
    unit: TimeUnit
    words: Text
    remark: Text
    provisional: bool
    estimate: bool
    calendar_version: str


def readings(
    clockwork: Clockwork, calendar: Calendar, now: datetime, *, pushing: Calendar | None = None, told: bool = False
) -> tuple[Reading, ...]:
    """Return every clock of a case that runs or ran, in the order of the life of a case.

    Args:
        calendar: of the handler's division.
        pushing: of the origin's division, which counts PUSH; the handler's when it is not given.
        told: whether this side is told of the handler's clocks instead of counting them: the origin is.
    """
    seen = tuple(_read(run, own, now, clockwork) for run, own in runs_seen(clockwork, calendar, pushing, told=told))
    for wait in waits_without_end(clockwork):
        seen = _reminded(seen, wait, now, calendar) if wait.reminds <= now else seen
    return seen


def case_light(seen: Iterable[Reading]) -> Light:
    """Return the light of a case: that of its worst clock, ended ones included, so that lateness stays visible."""
    order = tuple(Light)
    return max((one.light for one in seen), key=order.index, default=Light.NORMAL)


def _reminded(seen: tuple[Reading, ...], wait: Wait, now: datetime, calendar: Calendar) -> tuple[Reading, ...]:
    """The paused clock of a long wait turns yellow; where none is shown the wait is shown itself."""
    for place, one in enumerate(seen):
        if one.clock is wait.clock and one.state is ClockState.PAUSED:
            yellow = replace(
                one, light=Light.WARNING, warns=wait.reminds, remark=_joined(one.remark, waiting_text(wait.since, now))
            )
            return (*seen[:place], yellow, *seen[place + 1 :])
    days = (day_in_china(now) - day_in_china(wait.since)).days
    return (
        *seen,
        Reading(
            clock=wait.clock,
            owed_by=wait.owed_by,
            started=wait.since,
            due=None,
            warns=wait.reminds,
            ended=None,
            state=ClockState.PAUSED,
            light=Light.WARNING,
            remaining=-days,
            unit=TimeUnit.CALENDAR_DAY,
            words=waiting_text(wait.since, now),
            remark=Text("", ""),
            provisional=False,
            estimate=False,
            calendar_version=calendar.version,
        ),
    )


def _joined(*said: Text) -> Text:
    there = [one for one in said if one.zh]
    return Text("; ".join(one.zh for one in there), "; ".join(one.en for one in there))


def _read(run: Run, calendar: Calendar, now: datetime, clockwork: Clockwork) -> Reading:
    due, ended, unit = run.end.due, run.ended, run.end.unit
    at = ended or now
    warns = None
    if due is None:
        state, left = ClockState.PAUSED, run.end.left
        words = paused_text(left, unit)
    else:
        left = _left(calendar, unit, at, due)
        words = left_text(left, unit) if at < due else over_text(-left, unit)
        if at >= due and not (ended and at == due):
            state = ClockState.OVERRUN
        elif ended:
            state = ClockState.MET if run.fulfilled else ClockState.STOPPED
        else:
            state, warns = ClockState.RUNNING, turns_yellow(calendar, run, due)
    if ended and state is not ClockState.OVERRUN:
        state = ClockState.MET if run.fulfilled else ClockState.STOPPED
        words = STATE_NAMES[state]
    light = Light.OVERDUE if state is ClockState.OVERRUN else Light.NORMAL
    if warns and now >= warns:
        light = Light.WARNING
    return Reading(
        clock=run.clock,
        owed_by=run.owed_by,
        started=run.started,
        due=due,
        warns=warns,
        ended=ended,
        state=state,
        light=light,
        remaining=left,
        unit=unit,
        words=words,
        remark=_remark(run, clockwork),
        provisional=run.said.provisional if run.said else bool(run.end.unpublished),
        estimate=run.estimate,
        calendar_version=run.said.calendar_version if run.said else calendar.version,
    )


def _left(calendar: Calendar, unit: TimeUnit, at: datetime, due: datetime) -> int:
    if unit is TimeUnit.HOUR:
        return (due - at) // _HOUR if at < due else -((at - due) // _HOUR)
    last, day = calendar.last_day(due), day_in_china(at)
    return elapsed(calendar, unit, day, last) if day <= last else -elapsed(calendar, unit, last, day)


def _remark(run: Run, clockwork: Clockwork) -> Text:
    said = [DEEMED] if run.deemed else []
    if run.clock in (Clock.PUSH, Clock.NOTICE):
        said.append(received_text(clockwork.received_at_window, clockwork.taken_in_at))
    if run.end.unpublished:
        said.append(unpublished_text(run.end.unpublished))
    if run.estimate:
        said.append(ESTIMATE)
    return _joined(*said)
