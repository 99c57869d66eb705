"""Connection tests that somebody looks on at: started, told step by step, kept for a while.

1 known     a live partner that is no sample
2 room      at most `MOST` under way or waiting; a partner that is being tested already is not tested twice
3 audit     who tests which connection
4 run       one at a time, each within `SECONDS`, waiting included
5 audit     how it ended

Bound: the last `KEPT` are kept, in memory; a test is lost at a stop and is started again by hand.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime

from gateway.case.errors import GatewayError
from gateway.case.reasons import Reason
from gateway.flows.onboarding.steps import STEPS, Step, Trial
from gateway.flows.onboarding.try_connection import TryConnection
from gateway.partners.partner import Partner
from gateway.partners.schema import Contact

SECONDS = 90.0
MOST = 5
KEPT = 50


@dataclass(slots=True)
class TrialRun:
    """One connection test, as far as it is.

    Attributes:
        steps: those that ended, in order.
        ended: when it was over; None while it runs or waits.
        stopped: it took too long, or failed here; its steps are as far as it came.
    """

    id: str
    code: str
    name: str
    contacts: tuple[Contact, ...]
    began: datetime
    steps: list[Step] = field(default_factory=list)
    ended: datetime | None = None
    stopped: GatewayError | None = None
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def trial(self) -> Trial:
        """What is known so far, as a test."""
        return Trial(self.code, self.name, tuple(self.steps), self.contacts)

    @property
    def is_ok(self) -> bool:
        """Whether it came to its end and nothing failed."""
        return self.ended is not None and len(self.steps) == len(STEPS) and self.trial.is_ok

    @property
    def next_step(self) -> str:
        """Key of the step that is being tried; empty when it is over."""
        return "" if self.ended else next((key for key in STEPS if key not in {one.key for one in self.steps}), "")

    async def news(self) -> None:
        """Return when another step has ended, or all."""
        await self._news.wait()

    def tell(self, step: Step | None = None) -> None:
        """Note a step, or the end; whoever waits is told."""
        if step:
            self.steps.append(step)
        news, self._news = self._news, asyncio.Event()
        news.set()


Note = Callable[[str, str, str, str], Awaitable[None]]
"""Keeps in the audit who did what to which partner, and how it ended."""


@dataclass(slots=True)
class Trials:
    """The connection tests of one gateway.

    Attributes:
        partner_of: the live partner of a code.
        connection: gives the test for the length of one run.
    """

    partner_of: Callable[[str], Partner | None]
    connection: Callable[[], AbstractAsyncContextManager[TryConnection]]
    note: Note
    new_id: Callable[[], str]
    clock: Callable[[], datetime]
    seconds: float = SECONDS
    _runs: dict[str, TrialRun] = field(default_factory=dict, init=False)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set, init=False)
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock, init=False)

    async def start(self, code: str, by: str) -> TrialRun:
        """Start the test of a partner; the one under way where there is one.

        Raises:
            GatewayError: PARTNER_UNKNOWN; TRIALS_FULL.
        """
        partner = self.partner_of(code)
        if partner is None or partner.is_sample:
            raise GatewayError(Reason.PARTNER_UNKNOWN, region=code)
        under_way = [one for one in self._runs.values() if one.ended is None]
        if same := next((one for one in under_way if one.code == code), None):
            return same
        if len(under_way) >= MOST:
            raise GatewayError(Reason.TRIALS_FULL, limit=MOST)
        run = TrialRun(self.new_id(), code, partner.name, partner.contacts, self.clock())
        self._keep(run)
        try:
            await self.note(by, "partner.test", code, "begun")
        except GatewayError:
            del self._runs[run.id]
            raise
        task = asyncio.create_task(self._run(run, partner, by))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return run

    def find(self, code: str, trial_id: str) -> TrialRun:
        """Return one test.  Raises TRIAL_UNKNOWN."""
        found = self._runs.get(trial_id)
        if found is None or found.code != code:
            raise GatewayError(Reason.TRIAL_UNKNOWN)
        return found

    async def close(self) -> None:
        """End what is under way."""
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _run(self, run: TrialRun, partner: Partner, by: str) -> None:
        try:
            async with self._within_bounds() as try_connection:
                await try_connection(partner, run.tell)
        except TimeoutError:
            run.stopped = GatewayError(Reason.REQUEST_TIMEOUT, limit=int(self.seconds))
        except GatewayError as error:
            run.stopped = error
        finally:
            run.ended = self.clock()
            run.tell()
        await self.note(by, "partner.tested", run.code, "passed" if run.is_ok else "failed")

    @asynccontextmanager
    async def _within_bounds(self) -> AsyncIterator[TryConnection]:
        async with asyncio.timeout(self.seconds), self._turn, self.connection() as try_connection:
            yield try_connection

    def _keep(self, run: TrialRun) -> None:
        self._runs[run.id] = run
        over = [one.id for one in self._runs.values() if one.ended]
        for old in over[: max(len(self._runs) - KEPT, 0)]:
            del self._runs[old]
