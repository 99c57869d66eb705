"""Places for what may be under way at once: those who fail or are slow cannot take the places of the healthy.

    trusted    `most` places
    doubted    a quarter of that: for those that failed lately and those never reached yet
    aside      three times `most`: whoever takes longer than the patience steps aside and frees the place it had

Who waits for a place gets it in the order of asking, so nobody overtakes.  When nobody can step aside any more, the slow keep
their places, and new ones wait: that is the bound.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

DOUBTED_SHARE = 4
ASIDE_TIMES = 3
PATIENCE = 0.5
"""Seconds after which what is under way counts as slow; several times what a flight takes."""


@dataclass(slots=True)
class _Stay:
    """One that has a place: the lane it is in; None once it stepped aside."""

    lane: asyncio.Semaphore | None
    timer: asyncio.TimerHandle | None = None


class Places:
    """A bounded number of places.  Of one event loop.

    Args:
        most: places of the trusted; at least 1.
        patience: seconds of the loop's time.

    Attributes:
        bound: most that are under way at once, whatever they are.
    """

    def __init__(self, most: int, patience: float = PATIENCE) -> None:
        doubted = max(1, most // DOUBTED_SHARE)
        self.bound = most + doubted + ASIDE_TIMES * most
        self._trusted = asyncio.Semaphore(most)
        self._doubted = asyncio.Semaphore(doubted)
        self._aside = ASIDE_TIMES * most
        self._patience = patience

    @asynccontextmanager
    async def one(self, *, doubted: bool) -> AsyncIterator[None]:
        """Wait for a place, and have it while the block runs."""
        lane = self._doubted if doubted else self._trusted
        await lane.acquire()
        stay = _Stay(lane)
        self._step_aside_later(stay)
        try:
            yield
        finally:
            self._leave(stay)

    def _step_aside_later(self, stay: _Stay) -> None:
        stay.timer = asyncio.get_running_loop().call_later(self._patience, self._step_aside, stay)

    def _step_aside(self, stay: _Stay) -> None:
        if self._aside == 0 or stay.lane is None:
            self._step_aside_later(stay)
            return
        self._aside -= 1
        stay.lane.release()
        stay.lane = None

    def _leave(self, stay: _Stay) -> None:
        if stay.timer is not None:
            stay.timer.cancel()
        if stay.lane is None:
            self._aside += 1
        else:
            stay.lane.release()
