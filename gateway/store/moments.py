"""Moments in the store: microseconds since 1970-01-01 UTC."""

from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def to_store(moment: datetime) -> int:
    """Return `moment`, which is aware, as the store keeps it."""
    return (moment - _EPOCH) // _MICROSECOND


def from_store(stored: int) -> datetime:
    """Return a stored moment as aware UTC."""
    return _EPOCH + timedelta(microseconds=stored)
