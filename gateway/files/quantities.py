"""Durations, sizes, days and moments as people write them in files.

All are text in the file and strict: a form that could be read in two ways is refused.
"""

import re
import unicodedata
from datetime import UTC, date, datetime, time, timedelta, timezone
from typing import Annotated

from pydantic import BeforeValidator, WithJsonSchema

from gateway.case.texts import Text
from gateway.files.misfits import Misfit, shown

CHINA = timezone(timedelta(hours=8), "Asia/Shanghai")
"""Days in files are days in China, which has kept UTC+8 all year since 1991."""

LONGEST = timedelta(days=3650)

_UNITS = {"s": timedelta(seconds=1), "m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}
_SIZES = {"B": 1, "KiB": 1024, "MiB": 1024**2, "GiB": 1024**3}
_DURATION = re.compile(r"([0-9]{1,7})([smhd])")
_SIZE = re.compile(r"([0-9]{1,7})(B|KiB|MiB|GiB)")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}(Z|[+-][0-9]{2}:[0-9]{2})")


def duration(value: object) -> timedelta:
    """Return the time `30s`, `5m`, `4h` or `2d` means; at most ten years.

    Raises:
        Misfit: anything else.
    """
    if isinstance(value, timedelta):
        return value
    found = _DURATION.fullmatch(str(value))
    if not found or int(found[1]) * _UNITS[found[2]] > LONGEST:
        raise Misfit(
            Text(f"“{shown(value)}”不是时长", f"'{shown(value)}' is not a duration"),
            Text("写数字加单位: 30s 秒, 5m 分, 4h 小时, 2d 天", "write a number and a unit, such as 30s, 5m, 4h or 2d"),
        )
    return int(found[1]) * _UNITS[found[2]]


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
    if not found:
        raise Misfit(
            Text(f"“{shown(value)}”不是大小", f"'{shown(value)}' is not a size"),
            Text("写数字加单位 KiB, MiB 或 GiB, 如 20MiB", "write a number and KiB, MiB or GiB, such as 20MiB"),
        )
    return int(found[1]) * _SIZES[found[2]]


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
    raise Misfit(
        Text(f"“{shown(value)}”不是日期", f"'{shown(value)}' is not a date"),
        Text("写成 2026-03-01 这样的年-月-日", "write year-month-day, such as 2026-03-01"),
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
    raise Misfit(
        Text(f"“{shown(value)}”不是日期或时刻", f"'{shown(value)}' is not a day or an instant"),
        Text(
            "写成 2026-03-01 或 2026-03-01T08:30:00+08:00",
            "write 2026-03-01 or 2026-03-01T08:30:00+08:00",
        ),
    )


def half_width(value: str) -> str:
    """Return `value` with full-width letters, digits and punctuation made half-width."""
    return unicodedata.normalize("NFKC", value)


def _text_schema(pattern: str, example: str) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "pattern": pattern, "examples": [example]})


Duration = Annotated[timedelta, BeforeValidator(duration), _text_schema("^[0-9]{1,7}[smhd]$", "30s")]
ByteSize = Annotated[int, BeforeValidator(byte_size), _text_schema("^[0-9]{1,7}(B|KiB|MiB|GiB)$", "20MiB")]
Day = Annotated[date, BeforeValidator(day), WithJsonSchema({"type": "string", "format": "date"})]
StartMoment = Annotated[datetime, BeforeValidator(start_moment), _text_schema(f"^{_DAY.pattern}", "2026-03-01")]
EndMoment = Annotated[datetime, BeforeValidator(end_moment), _text_schema(f"^{_DAY.pattern}", "2026-03-01")]
