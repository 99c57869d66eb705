"""Hints between flows and loops.  A hint is only a hint: with every one lost, the sweeper finds the work."""

import asyncio
from collections import defaultdict


class Signals:
    """Wakes whoever waits for work of a partner, or for news in the feed.  Of one event loop."""

    def __init__(self) -> None:
        self._owed: defaultdict[str, set[asyncio.Event]] = defaultdict(set)
        self._told: set[asyncio.Event] = set()
        self._woken: dict[str, bool] = {}
        self._anything = asyncio.Event()
        self.ending = False

    def end(self) -> None:
        """The gateway stops: nobody waits for anything any more, so that no long wait holds the stop up."""
        self.ending = True
        for waiter in [*self._told, *(waiter for waiters in self._owed.values() for waiter in waiters)]:
            waiter.set()

    def wake(self, partner: str, *, files: bool = True) -> None:
        """Something is owed to a partner.

        Args:
            files: whether files may have to go before it.
        """
        self._woken[partner] = files or self._woken.get(partner, False)
        self._anything.set()
        for waiter in self._owed.get(partner, ()):
            waiter.set()

    def told(self) -> None:
        """The feed has something new."""
        for waiter in self._told:
            waiter.set()

    async def woken(self) -> dict[str, bool]:
        """Wait until something is owed to anybody, and return to whom, and whether files may have to go before it."""
        await self._anything.wait()
        self._anything.clear()
        woken, self._woken = self._woken, {}
        return woken

    async def something_owed(self, partner: str) -> None:
        """Return when something new may be owed to a partner."""
        waiter = self._waiter()
        self._owed[partner].add(waiter)
        try:
            await waiter.wait()
        finally:
            self._owed[partner].discard(waiter)

    async def something_told(self) -> None:
        """Return when the feed may have something new."""
        waiter = self._waiter()
        self._told.add(waiter)
        try:
            await waiter.wait()
        finally:
            self._told.discard(waiter)

    def _waiter(self) -> asyncio.Event:
        waiter = asyncio.Event()
        if self.ending:
            waiter.set()
        return waiter
