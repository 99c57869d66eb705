"""Numbers for which wrong query codes were tried, and for how long nobody may try again.

Five wrong codes for one number lock it for fifteen minutes, for everybody and for the right code too; a wrong code is
forgotten fifteen minutes after the last one.  Numbers that do not exist lock just the same, so that a lock tells nothing.

Kept in memory and bounded: at most 10,000 numbers, the check character of which is right.  When more are being tried at
once, the one tried longest ago is forgotten: many guessers must not lock out everybody else.  A restart forgets
everything; ten characters of chance and the bound on how often one address may ask bear both.
"""

from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import ceil

MOST_WRONG = 5
LOCKED_FOR = timedelta(minutes=15)
MOST_NUMBERS = 10_000


@dataclass(slots=True)
class Lockouts:
    """The numbers under trial, the one tried longest ago first."""

    most: int = MOST_NUMBERS
    _tried: OrderedDict[str, tuple[int, datetime]] = field(default_factory=OrderedDict)

    def __len__(self) -> int:
        return len(self._tried)

    def seconds_left(self, number: str, now: datetime) -> int:
        """Return for how many seconds nobody may ask for a number, 0 when anybody may."""
        self._forget(now)
        wrong, last = self._tried.get(number, (0, now))
        if wrong >= MOST_WRONG:
            return _seconds(last + LOCKED_FOR - now)
        return 0

    def wrong(self, number: str, now: datetime) -> None:
        """Count a wrong code."""
        self._forget(now)
        tries, _ = self._tried.pop(number, (0, now))
        if len(self._tried) >= self.most:
            self._tried.popitem(last=False)
        self._tried[number] = (tries + 1, now)

    def right(self, number: str) -> None:
        """Forget a number: whoever knows the code was no guesser."""
        self._tried.pop(number, None)

    def _forget(self, now: datetime) -> None:
        while self._tried:
            number, (_, last) = next(iter(self._tried.items()))
            # A clock set back must not keep a number locked for longer than the span.
            if timedelta() <= now - last < LOCKED_FOR:
                return
            del self._tried[number]


def _seconds(span: timedelta) -> int:
    return max(1, ceil(span.total_seconds()))
