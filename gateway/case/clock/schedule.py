"""When each clock of a case ends and turns yellow, without words: what is written beside a case and sent with its events.

Leaves to others: where a clock stands at a moment, its light and its words (`limits`).
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from msgspec import Struct
from msgspec.structs import replace

from gateway.case.clock.calendars import Calendar
from gateway.case.clock.clockwork import Clockwork
from gateway.case.clock.counting import ending
from gateway.case.clock.runs import LAW_NOTICE, Run, handler_runs, push_run
from gateway.case.days import day_in_china
from gateway.case.event_parts import Deadline
from gateway.case.item.definition import TimeUnit
from gateway.case.kinds import Clock

SHARE = 5
"""A fifth of the limit: yellow from there on."""

LAST = datetime(2200, 1, 1, tzinfo=UTC)
"""The exchange format knows no later time."""
_HOUR = timedelta(hours=1)
_IN_HOURS, _IN_WORKING_DAYS = TimeUnit.HOUR, TimeUnit.WORKING_DAY


class Mark(Struct, frozen=True):
    """The moments of one clock, UTC.

    Attributes:
        due: when it runs out or ran out; None while it is paused.
        warns: when it turns yellow; None when it is paused or ended.
        ended: when what was owed came, or was not owed any more.
    """

    clock: Clock
    due: datetime | None
    warns: datetime | None
    ended: datetime | None

    @property
    def is_red(self) -> bool:
        """Whether it is or will be red unless something happens: owed still, or ended late."""
        return self.due is not None and (self.ended is None or self.ended > self.due)


def schedule(
    clockwork: Clockwork, calendar: Calendar, *, pushing: Calendar | None = None, told: bool = False
) -> tuple[Mark, ...]:
    """Return the moments of every clock; arguments as of `limits.readings`."""
    said = {one.clock: one.due_at for one in clockwork.said} if told else {}
    own = pushing or calendar
    marks = [_mark(push_run(clockwork, own), own, None)]
    marks += [_mark(run, calendar, said.get(run.clock) if said else None) for run in handler_runs(clockwork, calendar)]
    return tuple(marks)


def _mark(run: Run, calendar: Calendar, said: datetime | None) -> Mark:
    due, ended = said or run.end.due, run.ended
    return Mark(run.clock, due, turns_yellow(calendar, run, due) if due and ended is None else None, ended)


def runs_seen(
    clockwork: Clockwork, calendar: Calendar, pushing: Calendar | None, *, told: bool
) -> Iterator[tuple[Run, Calendar]]:
    """Yield every clock as a side sees it, with the calendar it is counted by."""
    yield push_run(clockwork, pushing or calendar), pushing or calendar
    said = {one.clock: one for one in clockwork.said} if told else {}
    for run in handler_runs(clockwork, calendar):
        yield (_as_told(run, said.get(run.clock)) if told else run), calendar


def deadlines(clockwork: Clockwork, calendar: Calendar, before: Clockwork | None = None) -> tuple[Deadline, ...]:
    """Return the handler's limits as its event carries them: those that run after it, and those that ended with it.

    Args:
        before: the clockwork before the event; without it only running limits are returned.
    """
    running = {run.clock for run in handler_runs(before, calendar) if run.ended is None} if before else set()
    return tuple(
        run.said or Deadline(run.clock, run.end.due, calendar.version, bool(run.end.unpublished))
        for run in handler_runs(clockwork, calendar)
        if run.end.due and run.end.due < LAST and (run.ended is None or run.clock in running)
    )


def silence_until(clockwork: Clockwork, calendar: Calendar, seen_at: datetime | None = None) -> datetime | None:
    """Return when silence becomes acceptance (视为受理), None where it does not: only a licence is deemed accepted.

    The law's five working days count from the receipt whatever shorter limit was agreed.  The receipt is the other region's
    word: it counts as far back as handing over may take by the agreement, seen from when the handler's gateway had it.

    Args:
        seen_at: when the handler's gateway took in what it is silent about; the hand-over of the case without it.

    Source: 行政许可法 art. 32.
    """
    waits = not (clockwork.accepted_at or clockwork.noticed_at or clockwork.is_over)
    if not (clockwork.limits.is_licensing and waits) or clockwork.receipt is None:
        return None
    start, seen = clockwork.receipt, seen_at or clockwork.taken_in_at
    if seen:
        start = max(start, calendar.start_of(calendar.before(day_in_china(seen), clockwork.limits.push)))
    return ending(calendar, start, LAW_NOTICE).due


def _as_told(run: Run, said: Deadline | None) -> Run:
    """The handler's word where there is one; our own count, marked, where the clock runs and nothing was said."""
    if said:
        return replace(run, end=replace(run.end, due=said.due_at, unpublished=()), said=said)
    runs = run.fulfilled is None and run.dropped is None and run.clock is not Clock.SUPPLEMENT
    return replace(run, estimate=True) if runs else run


def turns_yellow(calendar: Calendar, run: Run, due: datetime) -> datetime:
    """The first moment at which at most a day or a fifth is left, but not before a day is used."""
    amount, unit = run.limit.amount, run.end.unit
    if unit is _IN_HOURS:
        return max(due - max(timedelta(hours=amount) / SHARE, _HOUR), run.started)
    question = (due, unit is _IN_WORKING_DAYS, amount)
    turns = calendar.remembered(question)
    if not isinstance(turns, datetime):
        share = min(max(1, amount // SHARE), max(amount - 1, 0))
        last = calendar.last_day(due)
        first = calendar.before(last, share) if unit is _IN_WORKING_DAYS else last - timedelta(days=share)
        turns = calendar.start_of(first)
        calendar.remember(question, turns)
    return max(turns, run.started)
