"""Formats of form fields: a closed list, each with what is wrong in words a clerk understands.

`date` and `date-time` are those of RFC 3339 §5.6; `email` a plain address; the others are ours: `resident-id` (GB 11643),
`uscc` (GB 32100), `mobile`, `division` (GB/T 2260, six or twelve digits).

Leaves to others: whether a division is in force, and whether a number belongs to the applicant.
"""

import re
from collections.abc import Callable
from datetime import date, datetime

from gateway.case.code.identifiers import mobile_problems
from gateway.case.code.organisations import uscc_problems
from gateway.case.code.problems import Problem
from gateway.case.code.residents import resident_id_problems
from gateway.case.texts import Text

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_INSTANT = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})[Tt]([0-9]{2}:[0-9]{2}:[0-9]{2})(\.[0-9]{1,9})?([Zz]|[+-][0-9]{2}:[0-9]{2})"
)
_EMAIL = re.compile(
    r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,}"
)
_DIVISION = re.compile(r"[1-8][0-9]{5}([0-9]{6})?")
_LONGEST_EMAIL = 254
_LONGEST_NUMBER = 100
"""A longer text is no number of any kind, and what is wrong with it would fill pages."""

_WANTED = {
    "date": Text("日期, 如 2026-03-01", "a date, such as 2026-03-01"),
    "date-time": Text("时刻, 如 2026-03-01T08:30:00+08:00", "an instant, such as 2026-03-01T08:30:00+08:00"),
    "email": Text("电子邮箱, 如 name@example.cn", "an e-mail address, such as name@example.cn"),
    "resident-id": Text("公民身份号码", "a resident identity number"),
    "uscc": Text("统一社会信用代码", "a unified social credit code"),
    "mobile": Text("11 位手机号码", "a mobile number of 11 digits"),
    "division": Text("6 位或 12 位行政区划代码", "a division code of 6 or 12 digits"),
}
FORMATS = tuple(_WANTED)


def wanted(name: str) -> Text:
    """Return what a value of this format looks like."""
    return _WANTED[name]


def format_problems(name: str, value: str, today: date) -> tuple[Text, ...]:
    """Return what is wrong with `value`, empty when it fits; never names the value.

    Args:
        name: one of `FORMATS`.
        today: the day in Asia/Shanghai, before which somebody was born.
    """
    if name in _OURS and len(value) <= _LONGEST_NUMBER:
        return tuple(problem.text for problem in _OURS[name](value, today))
    return () if name in _FITS and _FITS[name](value) else (_WANTED[name],)


def _is_date(value: str) -> bool:
    try:
        # Python reads more forms of ISO 8601 than RFC 3339 has.
        return bool(_DATE.fullmatch(value) and date.fromisoformat(value))
    except ValueError:
        return False


def _is_instant(value: str) -> bool:
    found = _INSTANT.fullmatch(value)
    if not found:
        return False
    day, time, _, offset = found.groups()
    # RFC 3339 §5.7: a leap second is written as second 60.
    plain = re.sub(r":60$", ":59", time)
    try:
        datetime.fromisoformat(f"{day}T{plain}{offset.upper().replace('Z', '+00:00')}")
    except ValueError:
        return False
    return True


def _is_email(value: str) -> bool:
    local = value.partition("@")[0]
    dotted = local.startswith(".") or local.endswith(".") or ".." in local
    return len(value) <= _LONGEST_EMAIL and not dotted and bool(_EMAIL.fullmatch(value))


_FITS: dict[str, Callable[[str], bool]] = {
    "date": _is_date,
    "date-time": _is_instant,
    "email": _is_email,
    "division": lambda value: bool(_DIVISION.fullmatch(value)),
}
_OURS: dict[str, Callable[[str, date], tuple[Problem, ...]]] = {
    "resident-id": resident_id_problems,
    "uscc": lambda value, _: uscc_problems(value),
    "mobile": lambda value, _: mobile_problems(value),
}
