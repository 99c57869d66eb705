"""One region's computer: a disk and files that last, and now and then a process on it that runs a whole gateway.

Everything the process began ends with it: its tasks are cancelled while its database, its wires and its sleep do nothing
any more, so that nothing it does on its way out reaches the disk or anybody else.
"""

import asyncio
import itertools
import sys
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from contextvars import copy_context
from datetime import timedelta
from random import Random
from typing import Any, TypeVar

from gateway.app.gateway import Gateway
from gateway.app.loops import loops
from gateway.app.opening import opened
from gateway.app.peering_door import Hearing
from gateway.app.world import World, uuid7
from gateway.case.errors import GatewayError
from gateway.case.reasons import Reason
from gateway.flows.delivery.courier import Courier
from gateway.settings import Settings
from gateway.telemetry import Metrics, Said
from tests.build import NOW
from tests.simulation.backups import Backups
from tests.simulation.inline_database import Disk, InlineDatabase, Moment
from tests.simulation.simulated_loop import OWNER, Owner, SimulatedLoop
from tests.simulation.stage import Home

Value = TypeVar("Value")
SYSTEM = "window"
OUT_OF_TIME = frozenset({Reason.KEY_NOT_IN_FORCE, Reason.NOT_IN_FORCE, Reason.BAD_REQUEST})
"""What a machine may say whose clock is, or was, wrong."""


STARTED_AGAIN = 300.0
"""Seconds until the machine's supervisor tries again what could not start."""
RUN_TWICE = 0.1
"""Share of the groups of writes whose functions run, are undone and run again."""


class Lost(Exception):
    """The machine is down, or died before it answered; who asked does not know what it did."""


class Process(Owner):
    """What runs on a machine between its start and its end."""

    def __init__(self) -> None:
        super().__init__()
        self.alive = True
        self.stop: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.database: InlineDatabase | None = None

    def start(self, work: Coroutine[Any, Any, Value], name: str) -> asyncio.Task[Value]:
        """Begin something that ends with this process."""
        context = copy_context()
        context.run(OWNER.set, self)
        return asyncio.get_running_loop().create_task(work, name=name, context=context)


class Heard:
    """The log of a machine; what must never happen goes to `breaches`."""

    def __init__(self, machine: "Machine") -> None:
        self._machine = machine

    def debug(self, *_: object, **__: object) -> None:
        """Nobody listens."""

    info = debug

    def warning(self, said: Said, **facts: object) -> None:
        """Noted in the trace."""
        self._machine.trace(f"says {said.name} {_plain(facts)}")

    def error(self, said: Said, *, exc_info: BaseException | None = None, **facts: object) -> None:
        """Noted; an error that is none of ours is a defect."""
        self._machine.trace(f"says {said.name} {_plain(facts)} {exc_info!r}")
        if isinstance(exc_info, GatewayError) and exc_info.retriable:
            return
        if facts.get("reason") == Reason.CATCHING_UP.value:
            return
        if self._machine.was_wrong and facts.get("reason") in {one.value for one in OUT_OF_TIME}:
            return
        where = "".join(traceback.format_exception(exc_info)) if exc_info else ""
        self._machine.breaches.append(f"{self._machine.code} {said.name} {_plain(facts)}\n{where}")

    def exception(self, said: Said, **facts: object) -> None:
        """The same, of the error that is being handled."""
        self.error(said, exc_info=sys.exc_info()[1], **facts)


class Sleepers:
    """Those that sleep on a machine; when the pace changes, each is woken as if it had held from the beginning."""

    def __init__(self, loop: SimulatedLoop, shortest: Callable[[], float]) -> None:
        self._loop = loop
        self._shortest = shortest
        self._asleep: dict[asyncio.Future[None], tuple[float, float, asyncio.TimerHandle]] = {}

    async def sleep(self, seconds: float) -> None:
        """Let time pass."""
        future: asyncio.Future[None] = self._loop.create_future()
        self._set(future, self._loop.time(), seconds)
        try:
            await future
        finally:
            self._asleep.pop(future)[2].cancel()

    def look_again(self) -> None:
        """The pace has changed."""
        for future, (since, seconds, timer) in list(self._asleep.items()):
            timer.cancel()
            self._set(future, since, seconds)

    def _set(self, future: asyncio.Future[None], since: float, seconds: float) -> None:
        until = since + max(seconds, self._shortest() if seconds else 0.0)
        timer = self._loop.call_at(until, lambda: future.done() or future.set_result(None))
        self._asleep[future] = (since, seconds, timer)


class Machine:
    """A region's computer.

    Args:
        chance: of this machine alone.
        trace: takes one line.
        breaches: takes what must never be.
        shortest: seconds every sleep of a loop takes at least; loops may always be late.
    """

    def __init__(
        self,
        home: Home,
        settings: Settings,
        disk: Disk,
        *,
        loop: SimulatedLoop,
        chance: Random,
        trace: Callable[[str], None],
        breaches: list[str],
        metrics: Metrics,
        shortest: Callable[[], float],
    ) -> None:
        self.code = settings.region
        self.home = home
        self.settings = settings
        self.disk = disk
        self.loop = loop
        self.skew = timedelta()
        self.was_wrong = False
        """Whether its clock was ever set wrong: keys and agreements were not in force then, and it says so."""
        self.breaches = breaches
        self.courier: Courier | None = None
        self.process: Process | None = None
        self.gateway: Gateway | None = None
        self.hearing: Hearing | None = None
        self.disk_fails = False
        self.dies_at: tuple[Moment, int] | None = None
        self.restart_after = 0.0
        self.deaths = 0
        self.backups = Backups(self.code, disk, settings.materials)
        self._chance = chance
        self._trace = trace
        self._metrics = metrics
        self.sleepers = Sleepers(loop, shortest)
        self._ids = itertools.count(1)
        self._nonces = itertools.count(1)

    def trace(self, line: str) -> None:
        """Add a line about this machine."""
        self._trace(f"{self.code} {line}")

    def now(self) -> Any:
        """Wall time here."""
        return NOW + timedelta(seconds=self.loop.time()) + self.skew

    # -- a process begins and ends

    def power_on(self) -> None:
        """Start the gateway on what the disk holds."""
        assert self.process is None
        process = self.process = Process()
        process.start(self._life(process), f"{self.code} life").add_done_callback(lambda _: self._gone(process))

    def kill(self, why: str) -> None:
        """End the process at this instant."""
        process = self.process
        if process is None:
            return
        self.trace(f"dies {why}")
        self.deaths += 1
        self._forget(process)

    def stop(self) -> None:
        """Ask the gateway to stop as an operator does."""
        if self.process and not self.process.stop.done():
            self.trace("is stopped")
            self.process.stop.set_result(None)

    def back_up(self) -> None:
        """Make a backup while everything runs."""
        self.trace("is backed up")
        self.backups.back_up(self.now(), self.loop.time())

    def restore(self) -> bool:
        """Burn down, and hold what the backup held; whoever starts it next finds that."""
        if self.backups.newest is None or self.backups.lost is not None:
            return False
        self.kill("in a fire")
        self.trace("is restored")
        return self.backups.restore(self.now(), self.loop.time())

    def dead_after(self, moment: Moment, commits: int, restart_after: float) -> None:
        """Die at a commit that is still to come."""
        self.dies_at = (moment, commits)
        self.restart_after = restart_after

    def _forget(self, process: Process) -> None:
        process.alive = False
        if process.database:
            process.database.die()
            self.disk.power_lost()
        self.process = self.gateway = self.hearing = None
        for task in list(process.tasks):
            task.cancel()

    def _gone(self, process: Process) -> None:
        """The gateway ended by itself: what else it had begun ends with it."""
        if self.process is process:
            self.trace("has stopped")
            self._forget(process)

    async def _life(self, process: Process) -> None:
        courier = self.courier
        assert courier is not None
        world = self._world(process)

        @asynccontextmanager
        async def store(*_: object) -> AsyncIterator[InlineDatabase]:
            process.database = InlineDatabase(
                self.disk,
                clock=world.clock,
                syncing=self._syncing,
                at_commit=lambda at: self._at_commit(process, at),
                twice=lambda: self._chance.random() < RUN_TWICE,
            )
            process.database.broken = self.disk_fails
            yield process.database
            await process.database.close()

        try:
            async with (
                opened(
                    self.settings,
                    world,
                    courier_of=lambda _: courier,
                    assign=lambda _: SYSTEM,
                    folder=self.home.folder,
                    store=store,
                ) as gateway,
                loops(gateway, self.settings, Heard(self), self._metrics),
            ):
                self.gateway, self.hearing = gateway, Hearing(gateway)
                self.trace("is up")
                await process.stop
                self.gateway = self.hearing = None
                gateway.signals.end()
        except GatewayError as error:
            self.trace(f"cannot start: {error.reason.value}")
            if not error.retriable:
                self.breaches.append(f"{self.code} cannot start: {error.reason.value}")
            self.loop.call_later(STARTED_AGAIN, self.on_again)

    def _syncing(self) -> float:
        return self._chance.choice((0.001, 0.002, 0.005, 0.03))

    def _at_commit(self, process: Process, at: Moment) -> bool:
        if not process.alive:
            return True
        if self.dies_at and self.dies_at[0] is at:
            left = self.dies_at[1] - 1
            self.dies_at = (at, left)
            if left <= 0:
                self.dies_at = None
                self.kill(f"{at.value} a commit")
                self.loop.call_later(self.restart_after, self.on_again)
                return True
        return False

    def on_again(self) -> None:
        """Start, if nothing runs."""
        if self.process is None:
            self.power_on()

    def set_disk(self, *, fails: bool) -> None:
        """Let every commit fail, or not any more."""
        self.disk_fails = fails
        if self.process and self.process.database:
            self.process.database.broken = fails

    def _world(self, process: Process) -> World:
        place = int(self.code)
        started = self.loop.time()

        async def sleep(seconds: float) -> None:
            if not process.alive:
                raise asyncio.CancelledError
            await self.sleepers.sleep(seconds)

        return World(
            clock=self.now,
            new_id=lambda: uuid7(int(self.now().timestamp() * 1000), place << 40 | next(self._ids)),
            draw=self._chance.randrange,
            jitter=self._chance.random,
            nonce=lambda: (place << 64 | next(self._nonces)).to_bytes(12),
            sleep=sleep,
            monotonic=lambda: self.loop.time() - started,
        )

    # -- what is asked of it

    async def ask(self, wanted: Callable[[Gateway], Awaitable[Value]], name: str, caller: str = "") -> Value:
        """Have the gateway do something; raises what it raises, or Lost when it is gone before it answers."""
        process, gateway, hearing = self.process, self.gateway, self.hearing
        if process is None or gateway is None or hearing is None:
            raise Lost

        async def served() -> Value:
            if caller:
                hearing.hint(caller)
            return await wanted(gateway)

        task = process.start(served(), f"{self.code} {name}")
        try:
            await asyncio.wait([task])
        except asyncio.CancelledError:
            task.cancel()
            raise
        if task.cancelled() or not process.alive:
            if not task.cancelled():
                task.exception()
            raise Lost
        return task.result()


def _plain(facts: dict[str, object]) -> str:
    return " ".join(f"{name}={value}" for name, value in facts.items())
