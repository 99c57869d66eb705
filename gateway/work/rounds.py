"""Rounds: every partner gets one flight and one transfer at a time, all partners together a bounded number.

A hint starts a round at once; the sweeper starts one for every partner with due work each `every` seconds, so that
lost hints cost at most that long.  What arrives while a flight is out rides on the next one: batches fill
themselves under load, and nobody waits for a batch to fill.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Protocol

from gateway.work.signals import Signals


class Sleeper(Protocol):
    """Waits; a parameter, so that tests own time."""

    async def __call__(self, seconds: float, /) -> None:
        """Return after so many seconds."""


class Rounds:
    """Runs flights for partners.

    Args:
        fly: one flight; True when another may follow at once.
        carry: one transfer of files; True when another may follow at once.
        due: the partners for whom something is due.
        most: flights and transfers under way at once.
        every: seconds between two sweeps.
        failed: told about exceptions that are no `GatewayError`; the round goes on at the next sweep.
    """

    def __init__(
        self,
        *,
        fly: Callable[[str], Awaitable[bool]],
        carry: Callable[[str], Awaitable[bool]],
        due: Callable[[], Awaitable[list[str]]],
        signals: Signals,
        most: int,
        every: float,
        sleep: Sleeper,
        failed: Callable[[str, BaseException], None],
    ) -> None:
        self._fly = fly
        self._carry = carry
        self._due = due
        self._signals = signals
        self._most = asyncio.Semaphore(most)
        self._every = every
        self._sleep = sleep
        self._failed = failed
        self._running: dict[tuple[str, str], asyncio.Task[None]] = {}
        self._again: set[tuple[str, str]] = set()
        self._stopping = False

    async def run(self) -> None:
        """Run until cancelled; a step that is under way is finished first, and no other begins."""
        sweeping = asyncio.create_task(self._sweep(), name="sweep")
        try:
            while True:
                for partner in await self._signals.woken():
                    self.start(partner)
        finally:
            self._stopping = True
            sweeping.cancel()
            await asyncio.gather(sweeping, *self._running.values(), return_exceptions=True)

    def start(self, partner: str) -> None:
        """Start a flight and a transfer for a partner, or note that another round is wanted."""
        for kind, step in (("fly", self._fly), ("carry", self._carry)):
            key = (kind, partner)
            if key in self._running:
                self._again.add(key)
            else:
                self._running[key] = asyncio.create_task(self._round(key, step), name=f"{kind} {partner}")

    async def settle_down(self) -> None:
        """Wait until no round is under way."""
        while self._running:
            await asyncio.gather(*self._running.values(), return_exceptions=True)

    async def _round(self, key: tuple[str, str], step: Callable[[str], Awaitable[bool]]) -> None:
        try:
            more = True
            while more or key in self._again:
                self._again.discard(key)
                async with self._most:
                    if self._stopping:
                        return
                    more = await step(key[1])
        except Exception as error:  # noqa: BLE001 - a defect in one round must not stop the others
            self._failed(key[1], error)
        finally:
            del self._running[key]

    async def _sweep(self) -> None:
        while True:
            try:
                for partner in await self._due():
                    self.start(partner)
            except Exception as error:  # noqa: BLE001 - the store may be away for a while; the next sweep finds it back
                self._failed("", error)
            await self._sleep(self._every)
