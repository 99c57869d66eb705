"""What several live pages look at is looked at once: a look within its time gives what the last one gave.

Guarantees that one kind of look runs once at a time and no more often than its time, however many watch it.
"""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

Seen = TypeVar("Seen")

MOST_KEPT = 200
"""Looks that are remembered; at so many all are forgotten."""


@dataclass(slots=True)
class SharedLooks:
    """The last look of each kind, with when it was taken (the event loop's clock)."""

    _last: dict[str, tuple[float, Any]] = field(default_factory=dict)
    _turn: defaultdict[str, asyncio.Lock] = field(default_factory=lambda: defaultdict(asyncio.Lock))

    def forget(self) -> None:
        """Have every kind looked at anew, as after an act of the person who looks."""
        self._last.clear()

    async def look(self, kind: str, seconds: float, look: Callable[[], Awaitable[Seen]]) -> Seen:
        """Return what a look of this kind gave, at most so many seconds ago."""
        loop = asyncio.get_running_loop()
        async with self._turn[kind]:
            last = self._last.get(kind)
            if last and loop.time() - last[0] < seconds:
                seen: Seen = last[1]
                return seen
            if len(self._last) >= MOST_KEPT:
                self.forget()
            seen = await look()
            self._last[kind] = loop.time(), seen
            return seen
