"""How much and how often a partner is served, and how patiently it is tried again."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated

from pydantic import ConfigDict, Field

from gateway.files.numbers import RATIO, WHOLE
from gateway.files.quantities import ByteSize, Duration

STRICT = ConfigDict(extra="forbid")

MIB = 1024**2
LARGEST_MATERIAL = 2048 * MIB
LARGEST_BATCH = 64
FIRST_CALL = timedelta(seconds=2)
"""Wait before a partner is called again after a first failure."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What this gateway takes from the partner; told to it by DescribeGateway.  At a limit it is asked to wait."""

    __pydantic_config__ = STRICT

    envelopes_per_minute: Annotated[int, Field(ge=1, le=600_000), WHOLE] = 600
    concurrent_calls: Annotated[int, Field(ge=1, le=64), WHOLE] = 4
    largest_material: Annotated[ByteSize, Field(ge=1, le=LARGEST_MATERIAL)] = 200 * MIB
    largest_batch: Annotated[int, Field(ge=1, le=LARGEST_BATCH), WHOLE] = LARGEST_BATCH


@dataclass(frozen=True, slots=True, kw_only=True)
class Retry:
    """When to try again: gently growing waits with a ceiling, and an age at which to give up."""

    __pydantic_config__ = STRICT

    first_wait: Annotated[Duration, Field(ge=timedelta(seconds=1), le=timedelta(hours=1))] = timedelta(seconds=30)
    growth: Annotated[float, Field(ge=1.0, le=10.0), RATIO] = 1.6
    longest_wait: Annotated[Duration, Field(ge=timedelta(seconds=1), le=timedelta(days=1))] = timedelta(hours=4)
    give_up_after: Annotated[Duration, Field(ge=timedelta(minutes=5), le=timedelta(days=90))] = timedelta(days=7)

    def next_try(self, tries: int, now: datetime, jitter: float, *, since: datetime | None = None) -> datetime | None:
        """Return when to try again, or None when the age to give up at is reached.

        The last try falls on that age itself, so that a partner back just in time is not missed.

        Args:
            tries: how often it was tried so far, at least 1.
            jitter: from 0 to 1, chosen anew each time; spreads the wait from 80 % to 120 %, never above `longest_wait`.
            since: when the envelope was sealed; without it nothing is given up.
        """
        longest = self.longest_wait.total_seconds()
        # 64 doublings exceed every ceiling; more would only overflow.
        grown = self.first_wait.total_seconds() * self.growth ** min(max(tries, 1) - 1, 64)
        wait = min(min(grown, longest) * (0.8 + 0.4 * min(max(jitter, 0.0), 1.0)), longest)
        moment = now + timedelta(seconds=wait)
        if since is None:
            return moment
        end = since + self.give_up_after
        return None if now >= end else min(moment, end)

    def next_call(self, failures: int, now: datetime, jitter: float) -> datetime:
        """Return when to call a partner again that failed so often, at least once.

        The first wait is short whatever the schedule says, for a line is cut more often than a partner is away.
        """
        if failures <= 1:
            return now + min(FIRST_CALL * (0.8 + 0.4 * min(max(jitter, 0.0), 1.0)), self.longest_wait)
        return self.next_try(failures - 1, now, jitter) or now + self.longest_wait


def next_try(
    retry: Retry, tries: int, now: datetime, jitter: float, *, since: datetime | None = None
) -> datetime | None:
    """Return `retry.next_try(...)`; a plain function for callers that take one as a parameter."""
    return retry.next_try(tries, now, jitter, since=since)
