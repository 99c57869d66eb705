"""Working days of a region: which days count, the N-th working day after a day, and when a limit ends.

    Monday to Friday − 放假 (holidays) + 调休上班 (workdays)

A day is counted by what was published for its year.  In a year that is not published Monday to Friday count
provisionally, and every result that rests on such a day says so (日历未发布).

The day of the event is not counted; a limit ends with its last day (行政许可法 art. 82, domain practice).  Days are
days in Asia/Shanghai.  Counting reaches at most `HORIZON` ahead; what lies beyond ends there, provisionally.

Leaves to others: where the days come from (`gateway.settings.calendars`), what is counted (`limits`).
"""

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import TypeVar

from gateway.case.days import CHINA, day_in_china

K = TypeVar("K")
V = TypeVar("V")

HORIZON = timedelta(days=3653)
"""Ten years: no limit of any item is longer."""

MIDNIGHT = time(0)
"""Closing time 24:00: a day counts to its last moment."""

COUNTRY = "000000"
WORKED_DAYS = 5
"""Monday to Friday; `date.weekday()` of Saturday."""

_WEEK = 7
_A_MONTH = 30
_DECEMBER = 12
_MOST_KEPT = 4096
_LAST_DAY = date.max - timedelta(days=2)
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Counted:
    """A day that was counted, and whether the count rests on a year that is not published."""

    day: date
    provisional: bool


@dataclass(frozen=True, slots=True)
class Calendar:
    """The working days of one region; made by `gateway.settings.calendar_layers`.

    Attributes:
        region: six-digit code; `000000` is the country.
        version: names the content: two calendars that count alike have the same one.
        published: years whose holidays are known.
        holidays: days from Monday to Friday on which nobody works.
        workdays: Saturdays and Sundays on which people work (调休).
        closing: when a day's work ends, Asia/Shanghai; midnight is 24:00 of the day.
    """

    region: str
    version: str
    published: frozenset[int]
    holidays: frozenset[date]
    workdays: frozenset[date]
    closing: time = MIDNIGHT
    _off: tuple[int, ...] = field(init=False, repr=False, compare=False)
    _on: tuple[int, ...] = field(init=False, repr=False, compare=False)
    # What was counted before: the cases of a day ask the same over and over.
    _afters: dict[tuple[date, int], Counted] = field(init=False, repr=False, compare=False, default_factory=dict)
    _befores: dict[tuple[date, int], date] = field(init=False, repr=False, compare=False, default_factory=dict)
    _ends: dict[date, datetime] = field(init=False, repr=False, compare=False, default_factory=dict)
    _starts: dict[date, datetime] = field(init=False, repr=False, compare=False, default_factory=dict)
    _answers: dict[tuple[object, ...], object] = field(init=False, repr=False, compare=False, default_factory=dict)

    def __post_init__(self) -> None:
        off = sorted(day.toordinal() for day in self.holidays if day.weekday() < WORKED_DAYS)
        on = sorted(day.toordinal() for day in self.workdays if day.weekday() >= WORKED_DAYS)
        object.__setattr__(self, "_off", tuple(off))
        object.__setattr__(self, "_on", tuple(on))

    def remembered(self, question: tuple[object, ...]) -> object:
        """Return the answer that was kept to a question; None without one."""
        return self._answers.get(question)

    def remember(self, question: tuple[object, ...], answer: object) -> None:
        """Keep what follows from this calendar and the question alone."""
        _keep(self._answers, question, answer)

    def is_published(self, year: int) -> bool:
        """Whether the holidays of a year are known."""
        return year in self.published

    def is_workday(self, day: date) -> bool:
        """Whether people work on a day; provisionally from Monday to Friday where its year is not published."""
        return day not in self.holidays if day.weekday() < WORKED_DAYS else day in self.workdays

    def after(self, start: date, count: int) -> Counted:
        """Return the `count`-th working day after a day, which is not counted itself.

        Args:
            count: 0 gives the day itself when people work on it, else the next working day.
        """
        found = self._afters.get((start, count))
        return found or _keep(self._afters, (start, count), self._count_after(start, count))

    def _count_after(self, start: date, count: int) -> Counted:
        last = min(start + HORIZON, _LAST_DAY)
        if count <= 0:
            day = start
            while day < last and not self.is_workday(day):
                day += timedelta(days=1)
            return Counted(day, not self.is_published(day.year))
        wanted = self._up_to(start.toordinal()) + count
        low, high = start.toordinal() + count, last.toordinal()
        near = start.toordinal() + 2 * count + _A_MONTH
        if self._up_to(min(near, high)) >= wanted:
            high = min(near, high)
        elif self._up_to(high) < wanted:
            return Counted(last, provisional=True)
        day = self._reaching(wanted, low, high)
        return Counted(day, self.is_provisional(start, day))

    def before(self, day: date, count: int) -> date:
        """Return the first day after which at most `count` working days are left, up to and with `day`."""
        found = self._befores.get((day, count))
        if found is None:
            wanted = self._up_to(day.toordinal()) - count
            found = self._reaching(wanted, (day - HORIZON).toordinal(), day.toordinal())
            _keep(self._befores, (day, count), found)
        return found

    def between(self, start: date, end: date) -> int:
        """Return how many working days lie after `start`, up to and with `end`; 0 when `end` is not later."""
        return self._up_to(end.toordinal()) - self._up_to(start.toordinal()) if end > start else 0

    def is_provisional(self, start: date, end: date) -> bool:
        """Whether a day after `start`, up to and with `end`, lies in a year that is not published."""
        return bool(self.unpublished(start, end))

    def unpublished(self, start: date, end: date) -> tuple[int, ...]:
        """Return the years, in order, of days after `start`, up to and with `end`, that are not published."""
        if end <= start:
            return ()
        first = start.year if start.month < _DECEMBER else (start + timedelta(days=1)).year
        if first == end.year:
            return () if first in self.published else (first,)
        return tuple(year for year in range(first, end.year + 1) if year not in self.published)

    def end_of(self, day: date) -> datetime:
        """Return the moment in UTC at which a limit ends whose last day this is."""
        found = self._ends.get(day)
        if found is None:
            closes = day + timedelta(days=1) if self.closing == MIDNIGHT else day
            found = _keep(self._ends, day, datetime.combine(closes, self.closing, CHINA).astimezone(UTC))
        return found

    def start_of(self, day: date) -> datetime:
        """Return the first moment of a day, in UTC."""
        found = self._starts.get(day)
        return found or _keep(self._starts, day, datetime.combine(day, MIDNIGHT, CHINA).astimezone(UTC))

    def last_day(self, due_at: datetime) -> date:
        """Return the last day of a limit that ends at a moment; the other way round than `end_of`."""
        return day_in_china(due_at - _MICROSECOND)

    def _reaching(self, wanted: int, low: int, high: int) -> date:
        """Return the first day from `low` to `high` by which so many working days have been."""
        while low < high:
            middle = (low + high) // 2
            if self._up_to(middle) >= wanted:
                high = middle
            else:
                low = middle + 1
        return date.fromordinal(low)

    def _up_to(self, ordinal: int) -> int:
        """Working days since the year 1, up to and with a day.  Day 1 was a Monday, so whole weeks are simple."""
        weeks, rest = divmod(ordinal, _WEEK)
        plain = weeks * WORKED_DAYS + min(rest, WORKED_DAYS)
        return plain - bisect_right(self._off, ordinal) + bisect_right(self._on, ordinal)


@dataclass(frozen=True, slots=True)
class Calendars:
    """The calendars a gateway counts with: one for each region that has a file, and the country's for all others."""

    country: Calendar
    regions: Mapping[str, Calendar]
    _found: dict[str, Calendar] = field(init=False, repr=False, compare=False, default_factory=dict)

    def of(self, division: str) -> Calendar:
        """Return the calendar of a division of 6 to 12 digits: its own, else that of the narrowest place around it."""
        return self._found.get(division) or _keep(self._found, division, self._look(division))

    def _look(self, division: str) -> Calendar:
        for code in around(division):
            if found := self.regions.get(code):
                return found
        return self.country

    @property
    def versions(self) -> str:
        """What they count with, in one line: equal lines count alike."""
        each = (f"{code} {calendar.version}" for code, calendar in sorted(self.regions.items()))
        return ", ".join((self.country.version, *each))


def _keep(kept: dict[K, V], key: K, value: V) -> V:
    """Keep a value, a bounded number of them, and return it."""
    if len(kept) >= _MOST_KEPT:
        kept.clear()
    kept[key] = value
    return value


def around(division: str) -> tuple[str, ...]:
    """Return the codes of a division and of what surrounds it, the narrowest first: county, prefecture, province, country."""
    code = division[:6]
    return tuple(dict.fromkeys((code, f"{code[:4]}00", f"{code[:2]}0000", COUNTRY)))


@lru_cache(maxsize=8)
def weekdays_only(region: str = COUNTRY) -> Calendar:
    """Return a calendar of which no year is published: Monday to Friday, always provisional."""
    return Calendar(region, "weekdays", frozenset(), frozenset(), frozenset())
