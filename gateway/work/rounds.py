"""Rounds: every partner gets one flight and one transfer at a time, all partners together a bounded number.

A hint starts a round at once; the sweeper starts one for every partner with due work each `every` seconds, so that
lost hints cost at most that long.  What arrives while a flight is out rides on the next one: batches fill
themselves under load, and nobody waits for a batch to fill.  After each step a partner waits for its next turn behind the others.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Protocol

from gateway.work.places import Places
from gateway.work.signals import Signals

LONGEST_FLIGHT = 150.0
"""Seconds after which a flight is broken off whatever it does; its own deadlines are shorter."""
FILES_EVERY = 1.0
"""Seconds between two looks for files at hints about envelopes without any, of which there may be hundreds a second."""
TRANSFERS_SHARE = 2
"""Of transfers half as many may be under way as of flights: each may last for hours and fills a line of its own."""


class Sleeper(Protocol):
    """Waits; a parameter, so that tests own time."""

    async def __call__(self, seconds: float, /) -> None:
        """Return after so many seconds."""


FLIGHT, TRANSFER = "fly", "carry"


def _nobody(_: str) -> bool:
    return False


def _loop_time() -> float:
    return asyncio.get_running_loop().time()


async def _nothing(kind: str, partner: str) -> None:
    """What is claimed stays claimed until its lease is over."""


class Rounds:
    """Runs flights for partners.

    Args:
        fly: one flight; True when another may follow at once.
        carry: one transfer of files; True when another may follow at once.
        due: the partners for whom something is due.
        most: flights of trusted partners under way at once; `places` says what the others get.
        every: seconds between two sweeps.
        failed: told about exceptions that are no `GatewayError`; the round goes on at the next sweep.
        doubted: whether a partner failed lately, or was never reached.
        broken_off: gives back what a step had claimed that ended by an exception; called before the next step of its kind,
            at the next sweep at the latest, until it succeeds: a store that could not write down how a step went
            cannot write this either.
        monotonic: seconds that no change of the clock moves; those of the running loop without one.
    """

    def __init__(  # noqa: PLR0913 - two steps, six questions, bounds, and where time comes from
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
        doubted: Callable[[str], bool] = _nobody,
        broken_off: Callable[[str, str], Awaitable[None]] = _nothing,
        monotonic: Callable[[], float] | None = None,
    ) -> None:
        self._fly = fly
        self._carry = carry
        self._due = due
        self._signals = signals
        self._flights = Places(most)
        self._transfers = Places(max(1, most // TRANSFERS_SHARE))
        self._every = every
        self._sleep = sleep
        self._failed = failed
        self._doubted = doubted
        self._give_back = broken_off
        self._monotonic = monotonic or _loop_time
        self._broken: set[tuple[str, str]] = set()
        self._running: dict[tuple[str, str], asyncio.Task[None]] = {}
        self._again: set[tuple[str, str]] = set()
        self._looked: dict[str, float] = {}
        self._stopping = False

    async def run(self) -> None:
        """Run until cancelled; a step that is under way is finished first, and no other begins."""
        sweeping = asyncio.create_task(self._sweep(), name="sweep")
        try:
            while True:
                for partner, files in (await self._signals.woken()).items():
                    self.start(partner, files=files)
        finally:
            self._stopping = True
            sweeping.cancel()
            await asyncio.gather(sweeping, *self._running.values(), return_exceptions=True)

    def start(self, partner: str, *, files: bool = True) -> None:
        """Start a flight and a transfer for a partner, or note that another round is wanted.

        Args:
            files: whether files may have to go first; without that a transfer is started a second after the last one at
                the earliest, for an envelope may have been found to wait for files since.
        """
        self._begin((FLIGHT, partner), self._bounded_flight, self._flights)
        now = self._monotonic()
        if files or now >= self._looked.get(partner, -FILES_EVERY) + FILES_EVERY:
            self._looked[partner] = now
            self._begin((TRANSFER, partner), self._carry, self._transfers)

    def _begin(self, key: tuple[str, str], step: Callable[[str], Awaitable[bool]], places: Places) -> None:
        if key in self._running:
            self._again.add(key)
        else:
            self._running[key] = asyncio.create_task(self._round(key, step, places), name=" ".join(key))

    async def settle_down(self) -> None:
        """Wait until no round is under way."""
        while self._running:
            await asyncio.gather(*self._running.values(), return_exceptions=True)

    async def _round(self, key: tuple[str, str], step: Callable[[str], Awaitable[bool]], places: Places) -> None:
        try:
            more = True
            while more or key in self._again:
                async with places.one(doubted=self._doubted(key[1])):
                    if self._stopping:
                        return
                    # Only now: what was hinted at while this one waited for its place rides along.
                    self._again.discard(key)
                    if key in self._broken:
                        # Before another claim is written, which would take the place of the one that is left.
                        await self._give_back(*key)
                        self._broken.discard(key)
                    more = await step(key[1])
        except Exception as error:  # noqa: BLE001 - a defect in one round must not stop the others
            self._broken.add(key)
            self._failed(key[1], error)
        finally:
            del self._running[key]

    async def _bounded_flight(self, partner: str) -> bool:
        async with asyncio.timeout(LONGEST_FLIGHT):
            return await self._fly(partner)

    async def _sweep(self) -> None:
        while True:
            try:
                for partner in {code for _, code in self._broken}:
                    self.start(partner)
                for partner in await self._due():
                    self.start(partner)
            except Exception as error:  # noqa: BLE001 - the store may be away for a while; the next sweep finds it back
                self._failed("", error)
            await self._sleep(self._every)
