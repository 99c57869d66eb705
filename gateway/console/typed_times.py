"""Days and moments that people type: only those of this age, so that nothing that is counted from them runs out of the calendar."""

from datetime import date, datetime

FIRST_DAY, LAST_DAY = date(1900, 1, 1), date(2199, 12, 30)
FIRST_MOMENT = date(2000, 1, 1)
"""Envelopes hold moments of the years 2000 to 2199 (`wire.spot`)."""


def day_from(typed: str) -> date:
    """Return a day (ISO 8601).  Raises ValueError for what is no day from 1900 on and before the end of 2199."""
    day = date.fromisoformat(typed)
    if not FIRST_DAY <= day <= LAST_DAY:
        raise ValueError("not of this age")
    return day


def moment_from(typed: str) -> datetime:
    """Return a moment (ISO 8601) as it was typed, with or without an offset.  Raises ValueError outside the years 2000 to 2199."""
    moment = datetime.fromisoformat(typed)
    if not FIRST_MOMENT < moment.date() <= LAST_DAY:
        raise ValueError("not of this age")
    return moment
