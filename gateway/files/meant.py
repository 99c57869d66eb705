"""What somebody probably meant who wrote a number, a day, a duration or a size in another form.

For advice only: nothing here makes a file say what it does not say.  Every form is bounded in length before it is looked at.
"""

import re
import unicodedata
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal

LONGEST = 40
"""Characters looked at; what is longer was not meant as any of these."""

_BETWEEN_DIGITS = re.compile(r"(?<=[0-9])[_,' ](?=[0-9])")
_BASED = re.compile(r"0x[0-9a-f]{1,12}|0o[0-7]{1,12}|0b[01]{1,40}")
_DECIMAL = re.compile(r"[0-9]{1,15}(?:\.[0-9]{0,6})?(?:e\+?[0-9]{1,2})?")
_COUNTED = re.compile(r"([0-9]{1,15})\s*(?:个?工作日|[个天日次条件封份]|(?:work(?:ing )?)?days?)")
_AMOUNT = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,3})?)\s*([a-z\u4e00-\u9fff]{1,8})\s*")
_CLOCK = re.compile(r"([0-9]{1,3}):([0-5][0-9]):([0-5][0-9])")
_DAY = re.compile(r"([0-9]{4})\s*[-/.年]\s*([0-9]{1,2})\s*[-/.月]\s*([0-9]{1,2})\s*日?|([0-9]{4})([0-9]{2})([0-9]{2})")
_TIME = re.compile(r"[t ]?\s*([0-9]{1,2}):([0-9]{2})(?::([0-9]{2}))?\s*(z|[+-][0-9]{2}:?[0-9]{2})?")

_SECONDS = {
    **dict.fromkeys(("s", "sec", "secs", "second", "seconds", "秒", "秒钟"), 1),
    **dict.fromkeys(("m", "min", "mins", "minute", "minutes", "分", "分钟"), 60),
    **dict.fromkeys(("h", "hr", "hrs", "hour", "hours", "时", "小时", "个小时", "钟头", "个钟头"), 3600),
    **dict.fromkeys(("d", "day", "days", "天", "日"), 86_400),
    **dict.fromkeys(("w", "week", "weeks", "周", "星期"), 604_800),
}
_BYTES = {
    **dict.fromkeys(("b", "byte", "bytes", "字节"), 1),
    **dict.fromkeys(("k", "kb", "kib"), 1024),
    **dict.fromkeys(("m", "mb", "mib", "兆", "兆字节"), 1024**2),
    **dict.fromkeys(("g", "gb", "gib", "吉"), 1024**3),
}


def narrow(value: object) -> str:
    """Return a value half-width, in lower case and without spaces around it; empty when it is too long to judge."""
    text = str(value)
    return "" if len(text) > LONGEST else unicodedata.normalize("NFKC", text).strip().lower()


def whole_meant(value: object) -> int | None:
    """Return the number that `1_000`, `1,000`, `1e3`, `0x10`, `010` or `5个工作日` was meant to be."""
    text = _BETWEEN_DIGITS.sub("", narrow(value))
    if _BASED.fullmatch(text):
        return int(text, 0)
    counted = _COUNTED.fullmatch(text)
    if counted:
        return int(counted[1])
    if _DECIMAL.fullmatch(text):
        number = Decimal(text)
        if number == int(number) < 10**18:
            return int(number)
    return None


def seconds_meant(value: object) -> int | None:
    """Return the seconds that `5 sec`, `5分钟`, `1h30m`, `1.5h`, `PT5M` or `00:05:00` was meant to be.

    A bare number says no unit, and `12:30` may be minutes or hours: neither is guessed.
    """
    text = narrow(value)
    clock = _CLOCK.fullmatch(text)
    if clock:
        return int(clock[1]) * 3600 + int(clock[2]) * 60 + int(clock[3])
    return _summed(text.removeprefix("pt"), _SECONDS)


def bytes_meant(value: object) -> int | None:
    """Return the bytes that `20MB`, `20 M`, `1.5GiB`, `20兆` or `20971520` was meant to be; units count by 1024."""
    text = _BETWEEN_DIGITS.sub("", narrow(value))
    if re.fullmatch(r"[0-9]{4,15}", text):
        return int(text)
    return _summed(text, _BYTES)


def day_meant(value: object) -> date | None:
    """Return the day that `2026/3/1`, `2026.3.1`, `20260301` or `2026年3月1日` was meant to be."""
    parts = _day_parts(narrow(value))
    return _date(*parts[0]) if parts and not parts[1] else None


def moment_meant(value: object) -> datetime | None:
    """Return the instant that `2026-03-01 08:30` was meant to be; without a zone, China's."""
    parts = _day_parts(narrow(value))
    found = _TIME.fullmatch(parts[1]) if parts else None
    if not parts or not found:
        return None
    day, (hour, minute, second) = _date(*parts[0]), (int(part or 0) for part in found.group(1, 2, 3))
    zone = (found[4] or "+08:00").replace(":", "")
    offset = timedelta() if zone == "z" else timedelta(hours=int(zone[1:3]), minutes=int(zone[3:]))
    try:
        where = timezone(-offset if zone[0] == "-" else offset)
        return datetime(day.year, day.month, day.day, hour, minute, second, tzinfo=where) if day else None
    except ValueError:
        return None


def month_of(value: object) -> tuple[int, int] | None:
    """Return year and month of a day that is written rightly and that the calendar does not have, such as 2026-02-30."""
    parts = _day_parts(narrow(value))
    if not parts or parts[1]:
        return None
    year, month, _ = parts[0]
    return (year, month) if year and 1 <= month <= 12 and _date(*parts[0]) is None else None


def _summed(text: str, units: dict[str, int]) -> int | None:
    total, at = Decimal(0), 0
    while at < len(text):
        found = _AMOUNT.match(text, at)
        if not found or found[2] not in units:
            return None
        total += Decimal(found[1]) * units[found[2]]
        at = found.end()
    return int(total) if total and total == int(total) else None


def _day_parts(text: str) -> tuple[tuple[int, int, int], str] | None:
    """Return year, month and day at the beginning of a text, and what follows them."""
    found = _DAY.match(text)
    if not found:
        return None
    year, month, day = (int(part) for part in found.groups() if part is not None)
    return (year, month, day), text[found.end() :]


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
