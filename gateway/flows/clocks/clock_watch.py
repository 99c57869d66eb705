"""Whether wall time may be trusted with what cannot be undone: by time that nobody can set, and by partners' clocks.

Leaves to others: asking partners what time it is (`listening`), and what is held meanwhile (whoever does it).
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

JUMP = timedelta(minutes=10)
STEADY = timedelta(hours=1)
REMEMBERED = timedelta(days=1)
"""How long what a partner's clock said counts, while ours does not jump; a partner that went away is then forgotten."""


@dataclass(slots=True)
class ClockWatch:
    """Looks at wall time, at time that nobody can set, and at what partners said.

    Wall time that moved by more than ten minutes against time that nobody can set has jumped.  From then on it is not
    trusted until it ran evenly for an hour; another jump begins the hour again, and a restart ends it.  Nor is it trusted,
    however long and after a restart as well, while the middle one of the partners' clocks says another time.
    """

    clock: Callable[[], datetime]
    monotonic: Callable[[], float]
    _anchor: tuple[datetime, float] | None = field(default=None, init=False)
    _trusted_from: float = field(default=float("-inf"), init=False)
    _voices: dict[str, tuple[timedelta, float]] = field(default_factory=dict, init=False)

    def is_doubtful(self) -> bool:
        """Whether nothing that cannot be undone may happen by time alone now."""
        return self.has_jumped() or self.differs() is not None

    def has_jumped(self) -> bool:
        """Look at both times, and say whether wall time jumped within the last hour."""
        wall, steady = self.clock(), self.monotonic()
        anchor = self._anchor or (wall, steady)
        went = timedelta(seconds=steady - anchor[1])
        if abs(wall - anchor[0] - went) > JUMP:
            self._trusted_from = steady + STEADY.total_seconds()
            anchor = (wall, steady)
            # They were held against a clock that is no more.
            self._voices.clear()
        elif went >= STEADY:
            # Small differences do not add up to a jump over months.
            anchor = (wall, steady)
        self._anchor = anchor
        return steady < self._trusted_from

    def heard(self, partner: str, skew: timedelta) -> None:
        """Note a partner's clock minus ours."""
        self._voices[partner] = (skew, self.monotonic())

    def differs(self) -> timedelta | None:
        """Return the middle one of the partners' clocks minus ours; None while that is ten minutes or less, or none was heard.

        Of two in the middle it is the one nearer to ours, so that one partner of two cannot stop us.
        """
        skews = sorted(self._heard_lately().values())
        if not skews:
            return None
        middle = min(skews[(len(skews) - 1) // 2], skews[len(skews) // 2], key=abs)
        return middle if abs(middle) > JUMP else None

    def others_that_differ(self) -> list[str]:
        """Return the partners whose clock differs from ours by more than ten minutes."""
        return sorted(code for code, skew in self._heard_lately().items() if abs(skew) > JUMP)

    def _heard_lately(self) -> dict[str, timedelta]:
        since = self.monotonic() - REMEMBERED.total_seconds()
        return {code: skew for code, (skew, at) in self._voices.items() if at >= since}
