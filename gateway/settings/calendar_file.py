"""The shape of `calendars/<region>.yaml`: the holidays of a region beside those the country published."""

import re
from dataclasses import dataclass, field
from datetime import date, time
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, WithJsonSchema

from gateway.case.clock.calendars import MIDNIGHT
from gateway.case.texts import Text
from gateway.files.misfits import Misfit, shown
from gateway.files.numbers import Flag
from gateway.files.quantities import day
from gateway.settings.schema import Region

STRICT = ConfigDict(extra="forbid")

_CLOCK = re.compile(r"(?P<hour>[0-2][0-9]):(?P<minute>[0-5][0-9])")
_LAST_HOUR = 24
_YEAR = re.compile(r"(19|20)[0-9]{2}")
_MONTH_DAY = re.compile(r"[0-9]{2}-[0-9]{2}")
_LEAP = "2024"


@dataclass(frozen=True, slots=True)
class Days:
    """One day, or a range of days `first..last` of which both ends belong to it."""

    first: date
    last: date

    @property
    def is_range(self) -> bool:
        """Whether it was written as a range."""
        return self.first != self.last


def days(value: object) -> Days:
    """Return the day `2027-05-03` or the range `2027-05-01..2027-05-05` means.

    Raises:
        Misfit: another form, a range that ends before it begins, or one longer than a month.
    """
    if isinstance(value, Days):
        return value
    first, dots, last = str(value).partition("..")
    found = Days(day(first.strip()), day(last.strip() if dots else first.strip()))
    if found.first <= found.last and (found.last - found.first).days <= 31:
        return found
    raise Misfit(
        Text(f"“{shown(value)}”不是一段日期", f"'{shown(value)}' is no range of days"),
        Text("先写第一天, 再写最后一天, 最长一个月", "write the first day, then the last, a month at most"),
    )


def closing_time(value: object) -> time:
    """Return the time of day `17:30` means; `24:00` is the end of the day.

    Raises:
        Misfit: another form.
    """
    if isinstance(value, time):
        return value
    found = _CLOCK.fullmatch(str(value))
    if found and str(value) != "00:00":
        hour, minute = int(found["hour"]), int(found["minute"])
        if hour < _LAST_HOUR:
            return time(hour, minute)
        if (hour, minute) == (_LAST_HOUR, 0):
            return MIDNIGHT
    raise Misfit(
        Text(f"“{shown(value)}”不是下班时间", f"'{shown(value)}' is no closing time"),
        Text("写 24:00 或 17:30 这样的时刻", "write 24:00, or a time such as 17:30"),
    )


def _year(text: str) -> str:
    if _YEAR.fullmatch(text):
        return text
    raise Misfit(
        Text(f"“{shown(text)}”不是年份", f"'{shown(text)}' is not a year"),
        Text("写四位年份, 如 2027", "write four digits, such as 2027"),
    )


def _month_day(text: str) -> str:
    if _MONTH_DAY.fullmatch(text):
        try:
            date.fromisoformat(f"{_LEAP}-{text}")
        except ValueError:
            pass
        else:
            return text
    raise Misfit(
        Text(f"“{shown(text)}”不是月-日", f"'{shown(text)}' is not month-day"),
        Text("写成 08-19 这样的月-日", "write month-day, such as 08-19"),
    )


DaysEntry = Annotated[
    Days,
    BeforeValidator(days),
    WithJsonSchema({"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}(\\.\\.[0-9]{4}-[0-9]{2}-[0-9]{2})?$"}),
]
ClosingTime = Annotated[
    time,
    BeforeValidator(closing_time),
    WithJsonSchema({"type": "string", "pattern": "^[0-2][0-9]:[0-5][0-9]$", "examples": ["24:00"]}),
]
Year = Annotated[str, AfterValidator(_year)]
MonthDay = Annotated[str, AfterValidator(_month_day)]
Name = Annotated[str, Field(min_length=1, max_length=200)]


@dataclass(frozen=True, slots=True, kw_only=True)
class YearEntry:
    """One year as the State Council published it."""

    __pydantic_config__ = STRICT

    holidays: tuple[DaysEntry, ...]
    """放假: days from Monday to Friday on which nobody works; ranges may run over weekends."""
    workdays: tuple[DaysEntry, ...] = ()
    """调休上班: Saturdays and Sundays on which people work."""
    published: Flag = True
    """Whether it is final; `false` keeps counting with it and says that the calendar is not published."""
    document: Annotated[str, Field(max_length=200)] = ""
    """The notice it was copied from (文号)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AnnualEntry:
    """A local holiday on the same day of every year."""

    __pydantic_config__ = STRICT

    day: MonthDay
    name: Name
    since: Year | None = None
    """First year in which it is kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OnceEntry:
    """Single days beside the published years."""

    __pydantic_config__ = STRICT

    holidays: tuple[DaysEntry, ...] = ()
    workdays: tuple[DaysEntry, ...] = ()
    """Also takes back a holiday: the day is worked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarFile:
    """`calendars/<region>.yaml`; what a file does not say holds as for the place around it."""

    __pydantic_config__ = STRICT

    region: Region | None = None
    """Six-digit code; the national file `000000.yaml` has none."""
    name: Name
    closing_time: ClosingTime | None = None
    annual: tuple[AnnualEntry, ...] = ()
    once: OnceEntry = field(default_factory=OnceEntry)
    years: dict[Year, YearEntry] = field(default_factory=dict)
