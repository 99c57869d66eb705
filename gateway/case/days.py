"""The day in China: agreements, numbers and documents count days in Asia/Shanghai (UTC+8, no summer time)."""

from datetime import date, datetime, timedelta, timezone

CHINA = timezone(timedelta(hours=8), "Asia/Shanghai")


def day_in_china(moment: datetime) -> date:
    """Return the calendar day of an aware moment in Asia/Shanghai."""
    return moment.astimezone(CHINA).date()
