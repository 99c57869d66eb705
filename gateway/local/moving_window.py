"""How often one address may ask: so many times within a span that moves with the clock.

Kept in memory and bounded.  When more addresses ask within one span than are kept, an address that is not among them
waits until the oldest has aged: a flood from many addresses is slowed down and costs no more memory.  Time is the
caller's, which the storages of rate-limiting libraries take from the machine's clock, with a thread and without a bound.
"""

from collections import OrderedDict, deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address, ip_network
from math import ceil

MOST_ADDRESSES = 10_000


@dataclass(slots=True)
class MovingWindow:
    """Who asked when, the address that asked longest ago first."""

    times: int
    span: timedelta
    most: int = MOST_ADDRESSES
    _asked: OrderedDict[str, deque[datetime]] = field(default_factory=OrderedDict)

    def __len__(self) -> int:
        return len(self._asked)

    def seconds_to_wait(self, who: str, now: datetime) -> int:
        """Count one more time and return 0, or count nothing and return for how many seconds `who` has to wait."""
        self._forget(now)
        moments = self._asked.get(who)
        if moments is None:
            if len(self._asked) >= self.most:
                return self._left(next(iter(self._asked.values()))[-1], now)
            moments = deque(maxlen=self.times)
        elif len(moments) == self.times and moments[0] > now - self.span:
            return self._left(moments[0], now)
        moments.append(now)
        self._asked[who] = moments
        self._asked.move_to_end(who)
        return 0

    def _left(self, since: datetime, now: datetime) -> int:
        return max(1, ceil((since + self.span - now).total_seconds()))

    def _forget(self, now: datetime) -> None:
        while self._asked:
            who, moments = next(iter(self._asked.items()))
            if timedelta() <= now - moments[-1] < self.span:
                return
            del self._asked[who]


def who_asks(peer: object) -> str:
    """Return under which name an address is counted: itself, for IPv6 its /64, which one household has to itself."""
    address = peer[0] if isinstance(peer, tuple) and peer else ""
    try:
        known = ip_address(str(address).partition("%")[0])
    except ValueError:
        return "?"
    if isinstance(known, IPv6Address):
        if known.ipv4_mapped:
            return str(known.ipv4_mapped)
        return str(ip_network(f"{known}/64", strict=False))
    return str(known)
