"""From the country's published days and the files on top of them to the calendar of one place.

years      the narrowest file that has a year says it whole
annual     local holidays of every file on the way
once       single days, the widest file first, so that a narrower one may take them back
closing    of the narrowest file that writes one
"""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from functools import cache

from chinese_calendar import constants

from gateway.case.clock.calendars import COUNTRY, WORKED_DAYS, Calendar
from gateway.settings.calendar_file import AnnualEntry, CalendarFile, Days, YearEntry

LAST_YEAR = 2099
_DAY = timedelta(days=1)


@cache
def country() -> Calendar:
    """Return the country's calendar as the package `chinesecalendar` knows it."""
    made = Calendar(
        region=COUNTRY,
        version="",
        published=frozenset(day.year for day in constants.holidays),
        holidays=frozenset(day for day in constants.holidays if day.weekday() < WORKED_DAYS),
        workdays=frozenset(constants.workdays),
    )
    return replace(made, version=_version(made))


def calendar_of(region: str, files: Sequence[CalendarFile]) -> Calendar:
    """Return the calendar of a place.

    Args:
        files: those that hold there, the widest first.
    """
    base = country()
    if not files:
        return base
    years: dict[int, YearEntry] = {}
    for file in files:
        years |= {int(year): entry for year, entry in file.years.items()}
    holidays = {day for day in base.holidays if day.year not in years}
    workdays = {day for day in base.workdays if day.year not in years}
    for entry in years.values():
        holidays |= days_in(entry.holidays)
        workdays |= days_in(entry.workdays)
    closing = base.closing
    for file in files:
        on = days_in(file.once.workdays)
        off = {day for entry in file.annual for day in _every_year(entry, min(base.published))}
        off |= days_in(file.once.holidays)
        holidays, workdays = (holidays | off) - on, (workdays - off) | on
        closing = closing if file.closing_time is None else file.closing_time
    final = {year for year, entry in years.items() if entry.published}
    made = Calendar(
        region=region,
        version="",
        published=base.published - set(years) | final,
        holidays=frozenset(day for day in holidays if day.weekday() < WORKED_DAYS),
        workdays=frozenset(day for day in workdays if day.weekday() >= WORKED_DAYS),
        closing=closing,
    )
    return replace(made, version=_version(made))


def days_in(entries: Iterable[Days]) -> set[date]:
    """Return every day that entries name."""
    return {day for entry in entries for day in days_of(entry)}


def days_of(entry: Days) -> Iterator[date]:
    """Yield the days of one entry, in order."""
    day = entry.first
    while day <= entry.last:
        yield day
        day += _DAY


def _every_year(entry: AnnualEntry, first: int) -> Iterator[date]:
    month, day = map(int, entry.day.split("-"))
    for year in range(int(entry.since) if entry.since else first, LAST_YEAR + 1):
        try:
            yield date(year, month, day)
        except ValueError:
            # 29 February is kept in leap years only.
            continue


def _version(calendar: Calendar) -> str:
    """Name the content: places that count alike say the same digest, and a changed day makes another one."""
    told = [str(sorted(calendar.published)), calendar.closing.isoformat()]
    told += [f"-{day}" for day in sorted(calendar.holidays)] + [f"+{day}" for day in sorted(calendar.workdays)]
    digest = hashlib.sha256("\n".join(told).encode()).hexdigest()
    return f"{calendar.region}-{max(calendar.published, default=0)}-{digest[:8]}"
