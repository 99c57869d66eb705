"""When a limit ends that starts at a moment and is interrupted by pauses, and how much of it is left.

    working days    the day of the start is not counted; the last day counts to its end
    calendar days   likewise, every day counts; a last day on a holiday stays the last day
    hours           exact to the microsecond
    0 (即办)        the end of the same day; of the next working day when nobody works any more that day

Pauses are taken as the **union** of their times: overlapping, nested, repeated or given in another order they cost the same.
In days a pause costs those after its first day, up to and with its last one; so one within a day costs nothing, and
one within a weekend costs no working day.  A pause that begins when the limit has run out or later changes nothing, and a limit
does not run out during a pause.

Source: 行政许可法 art. 42, 45, 82; domain practice for the union.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta

from msgspec import Struct

from gateway.case.clock.calendars import HORIZON, Calendar
from gateway.case.days import day_in_china
from gateway.case.item.definition import TimeLimit, TimeUnit

FOREVER = datetime.max.replace(tzinfo=UTC)
"""End of a pause that is still open."""

HOURS_A_DAY = 24
_HOUR = timedelta(hours=1)
_IN_HOURS, _IN_WORKING_DAYS, _IN_CALENDAR_DAYS = TimeUnit.HOUR, TimeUnit.WORKING_DAY, TimeUnit.CALENDAR_DAY

Pause = tuple[datetime, datetime | None]
"""[from, to); `to` is None while it lasts."""


class Ending(Struct, frozen=True):
    """How a limit ends.

    Attributes:
        due: in UTC; None while a pause is open.
        left: while a pause is open: how much is left, in `unit`; hours rounded up.
        unit: of `left`: that of the limit, but working days for 即办.
        unpublished: years whose calendar is not published and in which days were counted.
    """

    due: datetime | None
    left: int
    unit: TimeUnit
    unpublished: tuple[int, ...] = ()


def union(pauses: Iterable[Pause], since: datetime) -> tuple[tuple[datetime, datetime], ...]:
    """Return pauses from `since` on, in order, with what overlaps, touches or lies within another joined."""
    joined: list[tuple[datetime, datetime]] = []
    for start, end in sorted((max(start, since), FOREVER if end is None else end) for start, end in pauses):
        if end <= start:
            continue
        if joined and start <= joined[-1][1]:
            joined[-1] = joined[-1][0], max(joined[-1][1], end)
        else:
            joined.append((start, end))
    return tuple(joined)


def ending(
    calendar: Calendar, start: datetime, limit: TimeLimit, pauses: Sequence[Pause] = (), extension: int = 0
) -> Ending:
    """Return when a limit ends.

    Args:
        start: aware; the limit runs from here.
        extension: days added, in the limit's own kind of day; a day is 24 hours for a limit in hours.
    """
    joined = union(pauses, start) if pauses else ()
    amount, unit = limit.amount, limit.unit
    if not amount:
        unit = _IN_WORKING_DAYS
    elif unit is _IN_HOURS:
        return _in_hours(start, amount + extension * HOURS_A_DAY, joined)
    if joined:
        return _in_days(calendar, start, unit, amount + extension, joined)
    # Without pauses every limit of a kind that starts on a day ends alike, unless the day's work is over by then.
    question = (day_in_china(start), unit is _IN_WORKING_DAYS, amount + extension)
    found = calendar.remembered(question)
    if not isinstance(found, Ending):
        found = _in_days(calendar, start, unit, amount + extension, joined)
        calendar.remember(question, found)
    if found.due is not None and found.due > start:
        return found
    return _in_days(calendar, start, unit, amount + extension, joined)


def _in_hours(start: datetime, hours: int, pauses: Iterable[tuple[datetime, datetime]]) -> Ending:
    running, left = start, min(hours * _HOUR, HORIZON)
    for begun, ended in pauses:
        if begun >= running + left:
            break
        left -= begun - running
        if ended == FOREVER:
            return Ending(None, -(-left // _HOUR), TimeUnit.HOUR)
        running = ended
    return Ending(running + left, 0, TimeUnit.HOUR)


def _in_days(
    calendar: Calendar, start: datetime, unit: TimeUnit, total: int, pauses: Iterable[tuple[datetime, datetime]]
) -> Ending:
    running, left = start, total
    last = _last_day(calendar, running, unit, left)
    for begun, ended in pauses:
        if begun >= calendar.end_of(last):
            break
        left = max(left - elapsed(calendar, unit, day_in_china(running), day_in_china(begun)), 0)
        if ended == FOREVER:
            return Ending(None, left, unit, _unpublished(calendar, unit, start, day_in_china(begun)))
        running = ended
        last = _last_day(calendar, running, unit, left)
    return Ending(calendar.end_of(last), left, unit, _unpublished(calendar, unit, start, last))


def elapsed(calendar: Calendar, unit: TimeUnit, start: date, end: date) -> int:
    """Return how many days that count lie after `start`, up to and with `end`."""
    return calendar.between(start, end) if unit is TimeUnit.WORKING_DAY else max((end - start).days, 0)


def _last_day(calendar: Calendar, running: datetime, unit: TimeUnit, left: int) -> date:
    """Return the last day of a limit of which so many days are left; with none left a day that is not over yet."""
    day = day_in_china(running)
    if unit is _IN_CALENDAR_DAYS:
        last = day + min(timedelta(days=left), HORIZON)
        return last if calendar.end_of(last) > running else last + timedelta(days=1)
    last = calendar.after(day, left).day
    return last if calendar.end_of(last) > running else calendar.after(last, 1).day


def _unpublished(calendar: Calendar, unit: TimeUnit, start: datetime, last: date) -> tuple[int, ...]:
    if unit is not _IN_WORKING_DAYS:
        return ()
    day = day_in_china(start)
    return calendar.unpublished(day, last) if last > day else calendar.unpublished(day - timedelta(days=1), day)
