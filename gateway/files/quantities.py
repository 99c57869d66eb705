"""Durations, sizes, days and moments as people write them in files.

All are text in the file and strict: a form that could be read in two ways is refused.
"""

import re
import unicodedata
from calendar import monthrange
from datetime import UTC, date, datetime, time, timedelta, timezone
from typing import Annotated

from pydantic import BeforeValidator, WithJsonSchema

from gateway.case.texts import Text
from gateway.files.meant import bytes_meant, day_meant, moment_meant, month_of, seconds_meant
from gateway.files.misfits import Misfit, shown

CHINA = timezone(timedelta(hours=8), "Asia/Shanghai")
"""Days in files are days in China, which has kept UTC+8 all year since 1991."""

LONGEST = timedelta(days=36_525)

_UNITS = {"s": timedelta(seconds=1), "m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}
_SIZES = {"B": 1, "KiB": 1024, "MiB": 1024**2, "GiB": 1024**3}
_DURATION = re.compile(r"([0-9]{1,7})([smhd])")
_SIZE = re.compile(r"([0-9]{1,15})(B|KiB|MiB|GiB)")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}(Z|[+-][0-9]{2}:[0-9]{2})")

_DAY_OR_TIME = f"^(?:{_DAY.pattern}|{_TIME.pattern})$"


def duration(value: object) -> timedelta:
    """Return the time `30s`, `5m`, `4h` or `2d` means; at most a hundred years.

    Raises:
        Misfit: anything else.
    """
    if isinstance(value, timedelta):
        return value
    found = _DURATION.fullmatch(str(value))
    if found and int(found[1]) * _UNITS[found[2]] <= LONGEST:
        return int(found[1]) * _UNITS[found[2]]
    meant = seconds_meant(value)
    if found:
        problem = Text(f"“{shown(value)}”超过一百年", f"'{shown(value)}' is more than a hundred years")
    elif str(value).isdigit():
        problem = Text(f"“{shown(value)}”没有写单位", f"'{shown(value)}' has no unit")
    else:
        problem = Text(f"“{shown(value)}”不是时长", f"'{shown(value)}' is not a duration")
    forms = Text("写数字加单位: 30s 秒, 5m 分, 4h 小时, 2d 天", "write a number and a unit, such as 30s, 5m, 4h or 2d")
    if meant is None or meant > LONGEST.total_seconds():
        raise Misfit(problem, forms)
    raise Misfit(problem, _as(duration_text(timedelta(seconds=meant))))


def duration_text(value: timedelta) -> str:
    """Return `value` as it is written in files; the largest unit that leaves no rest."""
    seconds = int(value.total_seconds())
    for unit in ("d", "h", "m"):
        whole = int(_UNITS[unit].total_seconds())
        if seconds and seconds % whole == 0:
            return f"{seconds // whole}{unit}"
    return f"{seconds}s"


def byte_size(value: object) -> int:
    """Return the number of bytes `512KiB`, `20MiB` or `2GiB` means.

    Raises:
        Misfit: anything else; `MB` too, because some read it as 10^6 and some as 2^20.
    """
    if isinstance(value, int):
        return value
    found = _SIZE.fullmatch(str(value))
    if found:
        return int(found[1]) * _SIZES[found[2]]
    meant = bytes_meant(value)
    raise Misfit(
        Text(f"“{shown(value)}”没有写单位", f"'{shown(value)}' has no unit")
        if str(value).isdigit()
        else Text(f"“{shown(value)}”不是大小", f"'{shown(value)}' is not a size"),
        Text("写数字加单位 KiB, MiB 或 GiB, 如 20MiB", "write a number and KiB, MiB or GiB, such as 20MiB")
        if meant is None or not _SIZE.fullmatch(size_text(meant))
        else _as(size_text(meant)),
    )


def size_text(value: int) -> str:
    """Return a number of bytes as it is written in files; the largest unit that leaves no rest."""
    unit = next(unit for unit in ("GiB", "MiB", "KiB", "B") if value % _SIZES[unit] == 0 and (value or unit == "B"))
    return f"{value // _SIZES[unit]}{unit}"


def day(value: object) -> date:
    """Return the day `2026-03-01` means.

    Raises:
        Misfit: another form, or a day the calendar does not have.
    """
    if isinstance(value, date):
        return value
    text = str(value)
    if _DAY.fullmatch(text):
        try:
            return date.fromisoformat(text)
        except ValueError:
            pass
    raise _no_day(value) or Misfit(
        Text(f"“{shown(value)}”不是日期", f"'{shown(value)}' is not a date"),
        _as(meant.isoformat())
        if (meant := day_meant(value)) and meant.isoformat() != text
        else Text("写成 2026-03-01 这样的年-月-日", "write year-month-day, such as 2026-03-01"),
    )


def start_moment(value: object) -> datetime:
    """Return the instant from which something holds: a bare day means its first moment in China."""
    return _moment(value, time.min)


def end_moment(value: object) -> datetime:
    """Return the instant until which something holds: a bare day counts in full, to its last second in China."""
    return _moment(value, time(23, 59, 59))


def _moment(value: object, bare: time) -> datetime:
    if isinstance(value, datetime):
        return value
    text = str(value)
    if _TIME.fullmatch(text):
        try:
            return datetime.fromisoformat(text).astimezone(UTC)
        except (ValueError, OverflowError):
            pass
    elif _DAY.fullmatch(text) and "1000" <= text[:4] <= "9998":
        return datetime.combine(day(value), bare, CHINA).astimezone(UTC)
    meant = day_meant(value) or moment_meant(value)
    if meant and not 1000 <= meant.year <= 9998:
        meant = None  # it would be refused as well
    raise _no_day(value) or Misfit(
        Text(f"“{shown(value)}”不是日期或时刻", f"'{shown(value)}' is not a day or an instant"),
        _as(meant.isoformat())
        if meant and meant.isoformat() != text
        else Text(
            "写成 2026-03-01 或 2026-03-01T08:30:00+08:00",
            "write 2026-03-01 or 2026-03-01T08:30:00+08:00",
        ),
    )


def _no_day(value: object) -> Misfit | None:
    """Return what to say about a day that the calendar does not have, such as 2026-02-30."""
    month = month_of(value)
    if month is None:
        return None
    last = monthrange(*month)[1]
    return Misfit(
        Text(f"日历上没有 {shown(value)} 这一天", f"the calendar has no day {shown(value)}"),
        Text(
            f"{month[0]} 年 {month[1]} 月最后一天是 {last} 日",
            f"the last day of that month is {month[0]:04}-{month[1]:02}-{last:02}",
        ),
    )


def _as(text: str) -> Text:
    return Text(f"写成 {text}", f"write {text}")


def half_width(value: str) -> str:
    """Return `value` with full-width letters, digits and punctuation made half-width."""
    return unicodedata.normalize("NFKC", value)


def _text_schema(pattern: str, example: str) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "pattern": pattern, "examples": [example]})


Duration = Annotated[timedelta, BeforeValidator(duration), _text_schema("^[0-9]{1,7}[smhd]$", "30s")]
ByteSize = Annotated[int, BeforeValidator(byte_size), _text_schema("^[0-9]{1,15}(B|KiB|MiB|GiB)$", "20MiB")]
Day = Annotated[date, BeforeValidator(day), _text_schema(f"^{_DAY.pattern}$", "2026-03-01")]
StartMoment = Annotated[datetime, BeforeValidator(start_moment), _text_schema(_DAY_OR_TIME, "2026-03-01")]
EndMoment = Annotated[datetime, BeforeValidator(end_moment), _text_schema(_DAY_OR_TIME, "2026-03-01")]
