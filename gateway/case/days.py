"""The day in China: agreements, numbers and documents count days in Asia/Shanghai (UTC+8, no summer time)."""

from datetime import UTC, date, datetime, timedelta, timezone

_AHEAD = timedelta(hours=8)
CHINA = timezone(_AHEAD, "Asia/Shanghai")


def day_in_china(moment: datetime) -> date:
    """Return the calendar day of an aware moment in Asia/Shanghai."""
    # Nearly every moment is in UTC, and an addition costs a tenth of a change of zones.
    return (moment + _AHEAD).date() if moment.tzinfo is UTC else moment.astimezone(CHINA).date()
