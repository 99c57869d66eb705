"""What one partner may ask for at once and in a minute: counted here, decided without waiting.

Three lanes, so that a long poll or an upload takes no call's place:

    calls      everything that is answered at once            `limits.concurrent_calls` of the partner file
    collects   CollectEnvelopes, which may wait for 50 s       2
    streams    PutMaterial and GetMaterial                     4

Two buckets, each of which holds a minute's worth and fills evenly:

    envelopes  what DeliverEnvelopes brings                    `limits.envelopes_per_minute`
    calls      every other call                                as many, and never fewer than 600

Guarantees that a partner's counters are a few numbers, whatever it does, and that they are dropped with its file.
Time is the caller's: seconds that no change of the clock moves.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from math import ceil

from gateway.case.errors import GatewayError
from gateway.case.reasons import Reason
from gateway.partners.limits import Limits

COLLECTS_AT_ONCE = 2
"""One is the rule; a second covers a collector that came back before its last call was seen to be dead."""
STREAMS_AT_ONCE = 4
FEWEST_CALLS_PER_MINUTE = 600
"""Calls that bring no envelope, however low the rate of envelopes was agreed."""
MINUTE = 60.0
BUSY_SECONDS = 2
"""When to come again where every place is taken: nobody knows when one is free."""


class Lane(Enum):
    """Places that are counted together."""

    CALLS = "calls"
    COLLECTS = "collects"
    STREAMS = "streams"


DELIVER = "DeliverEnvelopes"
LANE_OF = {"CollectEnvelopes": Lane.COLLECTS, "PutMaterial": Lane.STREAMS, "GetMaterial": Lane.STREAMS}
"""By method; whatever is not named is a call."""


def lane_of(rpc: str) -> Lane:
    """Return in which lane a method is counted."""
    return LANE_OF.get(rpc, Lane.CALLS)


def come_again(bound: str, seconds: float) -> GatewayError:
    """Return the answer that names a bound and after how many seconds to come again, at least one."""
    whole = max(1, ceil(seconds))
    # `seconds` is what the status and HTTP tell in their own ways; a sender's queue reads the other.
    return GatewayError(Reason.RATE_EXCEEDED, limit=bound, retry_after_seconds=whole, seconds=whole)


@dataclass(frozen=True, slots=True)
class Full:
    """Why a call has to wait: which bound, after how many seconds it may fit, whether a place is what is missing."""

    bound: str
    seconds: float
    place: bool

    def as_error(self) -> GatewayError:
        """Return the answer for a caller that has waited long enough."""
        return come_again(self.bound, self.seconds)


@dataclass(slots=True)
class Bucket:
    """So many a minute: a minute's worth at once, then evenly."""

    level: float
    at: float

    def fill(self, per_minute: int, now: float) -> None:
        """Let time pass; a lower rate than before takes effect at once."""
        grown = self.level + max(0.0, now - self.at) * per_minute / MINUTE
        self.level, self.at = min(grown, float(per_minute)), now

    def seconds_to(self, wanted: float, per_minute: int) -> float:
        """Return after how many seconds `wanted` are there."""
        return max(0.0, wanted - self.level) * MINUTE / per_minute


@dataclass(slots=True)
class _Counted:
    envelopes: Bucket
    calls: Bucket
    inside: dict[Lane, int] = field(default_factory=dict)


@dataclass(slots=True)
class Allowance:
    """What every partner has used of what it may use.

    Args:
        limits_of: what the partner file says now; a change takes effect with the next call.
        monotonic: seconds that no change of the clock moves.
    """

    limits_of: Callable[[str], Limits]
    monotonic: Callable[[], float]
    _of: dict[str, _Counted] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self._of)

    def enter(self, region: str, rpc: str) -> Full | None:
        """Let a call in and return None, or count nothing and return what it has to wait for."""
        limits, counted = self.limits_of(region), self._counted(region)
        lane = lane_of(rpc)
        bound, most = _places(lane, limits)
        if counted.inside.get(lane, 0) >= most:
            return Full(f"{bound}: {most}", BUSY_SECONDS, place=True)
        rate = limits.envelopes_per_minute
        if rpc == DELIVER:
            # Taken when they are counted; here it matters that one at least can be.
            left = counted.envelopes.seconds_to(1, rate)
            bound, cost = "limits.envelopes_per_minute", 0
        else:
            rate, cost = max(rate, FEWEST_CALLS_PER_MINUTE), 1
            left, bound = counted.calls.seconds_to(1, rate), "calls_per_minute"
        if left > 0:
            return Full(f"{bound}: {rate}", left, place=False)
        counted.calls.level -= cost
        counted.inside[lane] = counted.inside.get(lane, 0) + 1
        return None

    def leave(self, region: str, rpc: str) -> None:
        """A call that was let in has ended."""
        lane = lane_of(rpc)
        self._of[region].inside[lane] -= 1

    def take_envelopes(self, region: str, count: int) -> tuple[int, Full | None]:
        """Return how many of `count` envelopes of one call are taken in, from the first on, and why not all.

        What is left over is asked to come again, so that no bound, however low, ever stops a batch for good.
        """
        limits, counted = self.limits_of(region), self._counted(region)
        rate = limits.envelopes_per_minute
        fits = min(count, limits.largest_batch, int(counted.envelopes.level))
        counted.envelopes.level -= fits
        if fits == count:
            return fits, None
        if fits == limits.largest_batch:
            return fits, Full(f"limits.largest_batch: {limits.largest_batch}", 0, place=False)
        missing = min(count - fits, rate)
        return fits, Full(f"limits.envelopes_per_minute: {rate}", counted.envelopes.seconds_to(missing, rate), False)

    def keep_only(self, regions: frozenset[str]) -> None:
        """Forget partners that are gone, as soon as none of their calls is inside."""
        for region in [one for one in self._of if one not in regions]:
            if not any(self._of[region].inside.values()):
                del self._of[region]

    def _counted(self, region: str) -> _Counted:
        now, limits = self.monotonic(), self.limits_of(region)
        rate = limits.envelopes_per_minute
        others = max(rate, FEWEST_CALLS_PER_MINUTE)
        counted = self._of.get(region)
        if counted is None:
            counted = self._of[region] = _Counted(Bucket(rate, now), Bucket(others, now))
        counted.envelopes.fill(rate, now)
        counted.calls.fill(others, now)
        return counted


def _places(lane: Lane, limits: Limits) -> tuple[str, int]:
    if lane is Lane.CALLS:
        return "limits.concurrent_calls", limits.concurrent_calls
    return (
        ("collects at once", COLLECTS_AT_ONCE)
        if lane is Lane.COLLECTS
        else ("material streams at once", STREAMS_AT_ONCE)
    )
