"""The clocks of a case before they are read: from when each runs, how it ends, what fulfils it (table in `limits`)."""

from collections.abc import Iterator
from datetime import datetime
from functools import lru_cache

from msgspec import Struct

from gateway.case.clock.calendars import Calendar
from gateway.case.clock.clockwork import Clockwork
from gateway.case.clock.counting import Ending, ending
from gateway.case.days import day_in_china
from gateway.case.event_parts import Deadline
from gateway.case.item.definition import TimeLimit, TimeUnit
from gateway.case.kinds import Clock
from gateway.case.states import Party

LAW_NOTICE = TimeLimit(5)
"""行政许可法 art. 32: after it silence is acceptance."""
LAW_DELIVERY = TimeLimit(10)
"""行政许可法 art. 44."""
_CALENDAR_DAY = TimeUnit.CALENDAR_DAY
_PUSH, _SIGN_OFF, _NOTICE = Clock.PUSH, Clock.SIGN_OFF, Clock.NOTICE
_working_days = lru_cache(maxsize=512)(TimeLimit)  # of agreements and items: the same few for every case


class Run(Struct, frozen=True):
    """One clock.

    Attributes:
        fulfilled: when what is owed came; dropped: when it was not owed any more.
        deemed: it counts from a deemed acceptance, or ended with one.
        said: what the side that must act said of it, where that counts instead of our own count.
        estimate: this side counted for the other one.
    """

    clock: Clock
    started: datetime
    end: Ending
    limit: TimeLimit
    fulfilled: datetime | None = None
    dropped: datetime | None = None
    owed_by: Party = Party.HANDLER
    deemed: bool = False
    said: Deadline | None = None
    estimate: bool = False

    @property
    def ended(self) -> datetime | None:
        """When nothing was owed any more."""
        return self.fulfilled or self.dropped


def handler_runs(clockwork: Clockwork, calendar: Calendar) -> list[Run]:
    """Return the clocks of everything that follows the hand-over, in the order of the life of a case."""
    runs = [*_before_acceptance(clockwork, calendar), *_decision(clockwork, calendar), *_result(clockwork, calendar)]
    if clockwork.said:
        counted = {run.clock for run in runs}
        runs += [_only_said(clockwork, said) for said in clockwork.said if said.clock not in counted]
    return runs


def push_run(clockwork: Clockwork, calendar: Calendar) -> Run:
    """Return the origin's own clock: handing the case over."""
    start, limit = clockwork.received_at_window, _working_days(clockwork.limits.push)
    end = ending(calendar, start, limit)
    return Run(_PUSH, start, end, limit, clockwork.taken_in_at, clockwork.ended_at, Party.ORIGIN)


def _before_acceptance(clockwork: Clockwork, calendar: Calendar) -> Iterator[Run]:
    limits, over = clockwork.limits, clockwork.ended_at
    if taken := clockwork.taken_in_at:
        limit = _working_days(limits.recheck)
        signed = clockwork.signed_off_at or clockwork.decided_at
        yield Run(_SIGN_OFF, taken, ending(calendar, taken, limit), limit, signed, over)
    if receipt := clockwork.receipt:
        end, limit = _first_to_end(calendar, receipt, _notice_limits(clockwork))
        noticed = clockwork.noticed_at or (end.due if clockwork.deemed else None)
        yield Run(_NOTICE, receipt, end, limit, noticed, over or clockwork.decided_at, deemed=clockwork.deemed)
    if clockwork.supplements and clockwork.respond_by:
        asked = clockwork.supplements[-1]
        # Whole days are shown, so the span is one; the notice itself names the moment.
        limit = TimeLimit(max((day_in_china(clockwork.respond_by) - day_in_china(asked.start)).days, 0), _CALENDAR_DAY)
        end = Ending(clockwork.respond_by, 0, _CALENDAR_DAY)
        ended = over or clockwork.decided_at
        # What ends a case also closes a notice that nobody answered.
        done = asked.end if asked.end and (ended is None or asked.end < ended) else None
        yield Run(Clock.SUPPLEMENT, asked.start, end, limit, done, ended, Party.ORIGIN)


def _first_to_end(calendar: Calendar, start: datetime, bound: list[TimeLimit]) -> tuple[Ending, TimeLimit]:
    """Return the limit that runs out first, and how it ends; the first named of equal ones."""
    if len(bound) == 1:
        return ending(calendar, start, bound[0]), bound[0]
    return min(((ending(calendar, start, one), one) for one in bound), key=lambda pair: pair[0].due or start)


def _notice_limits(clockwork: Clockwork) -> list[TimeLimit]:
    limits = clockwork.limits
    bound = [_working_days(limits.accept)]
    if limits.acceptance:
        bound.append(limits.acceptance)
    if limits.is_licensing:
        bound.append(LAW_NOTICE)
    return bound


def _decision(clockwork: Clockwork, calendar: Calendar) -> Iterator[Run]:
    start, limits = clockwork.accepted_at, clockwork.limits
    if start is None:
        return
    promised = limits.promised
    if promised is None and clockwork.promised_by:
        first, last = day_in_china(start), clockwork.promised_by
        # A date on a holiday counts to the next working day: it is not overdue before it is over.
        beyond = last > first and not calendar.is_workday(last)
        promised = TimeLimit(calendar.between(first, last) + beyond)
    pauses = [(one.start, one.end) for one in clockwork.pauses()]
    for clock, limit in ((Clock.PROMISED, promised), (Clock.LEGAL, limits.legal)):
        if limit:
            end = ending(calendar, start, limit, pauses, clockwork.extension)
            yield Run(clock, start, end, limit, clockwork.decided_at, clockwork.ended_at, deemed=clockwork.deemed)


def _result(clockwork: Clockwork, calendar: Calendar) -> Iterator[Run]:
    if decided := clockwork.decided_at:
        limit = _working_days(clockwork.limits.send_result)
        sent, delivered, over = clockwork.sent_at, clockwork.delivered_at, clockwork.ended_at
        yield Run(Clock.SEND_RESULT, decided, ending(calendar, decided, limit), limit, sent or delivered, over)
        yield Run(Clock.DELIVERY, decided, ending(calendar, decided, LAW_DELIVERY), LAW_DELIVERY, delivered, over)


def _only_said(clockwork: Clockwork, said: Deadline) -> Run:
    """A clock only the handler knows, because the item's own limits are not known here."""
    start = clockwork.accepted_at or clockwork.receipt or clockwork.received_at_window
    days = max((day_in_china(said.due_at) - day_in_china(start)).days, 0)
    end = Ending(said.due_at, 0, _CALENDAR_DAY)
    return Run(
        said.clock, start, end, TimeLimit(days, _CALENDAR_DAY), clockwork.decided_at, clockwork.ended_at, said=said
    )
