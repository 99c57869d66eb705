"""A simulated partner from start to stop: a real gateway on its folder, its door and its queue bent by a script.

1 open     keys, store, partner files: as every gateway (`app.opening`)
2 remember a backup of the beginning, where the script is to be restored from it
3 play     door, loops and clerk, until the script makes it go, or it is told to stop
4 go       away for a while, cut off at once, or restored with a new incarnation; then 1 again

No door for local systems is opened and no control socket: what is done to cases is done by the clerk.
"""

import asyncio
import shutil
import sys
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from structlog.typing import FilteringBoundLogger

from gateway.app.calling_partners import grpc_courier
from gateway.app.gateway import Gateway
from gateway.app.loops import loops
from gateway.app.opening import opened, software
from gateway.app.peering_door import listening
from gateway.app.world import World
from gateway.case.errors import GatewayError
from gateway.flows.restored.backup import Backup, make_backup
from gateway.flows.restored.restore import restore
from gateway.kit.partner.answering import Answering
from gateway.kit.partner.clerk import SYSTEM, Clerk, Plan
from gateway.kit.partner.occasions import Occasions
from gateway.kit.partner.script import Do, On, Script, Step
from gateway.kit.partner.sending import Sending
from gateway.kit.partner.telling import Happened, Tell, teller
from gateway.peering.server import peering_server
from gateway.settings import Address, Settings, load_divisions
from gateway.store.pace import Pace
from gateway.store.sqlite import copying
from gateway.telemetry import Metrics, make_logger
from gateway.trust.keys import load_keys, new_key
from gateway.trust.suites import P256, KeyUse, SigningKey
from gateway.work.rounds import Sleeper

REMEMBERED = "remembered"
FULL_SPEED = 1.0


@dataclass(slots=True)
class Going:
    """Why and for how long the partner goes."""

    there: asyncio.Event = field(default_factory=asyncio.Event)
    seconds: float = 0.0
    restored: bool = False

    def __call__(self, step: Step) -> None:
        """Go because a step says so."""
        self.restored = step.do is Do.RESTORED
        self.seconds = step.lasting.total_seconds()
        self.there.set()

    def cut(self) -> None:
        """Go at once and come back at once, as a process that fell over."""
        self.there.set()


@dataclass(slots=True)
class Lasting:
    """What outlives an absence: steps that are still to be done, and refusals that have to be repeated."""

    plans: list[Plan]
    refused: dict[tuple[str, str, bytes], bytes] = field(default_factory=dict)


@dataclass(slots=True)
class Simulation:
    """One simulated partner.

    Attributes:
        listen: where it listens; None as its settings say.
        hear: told everything that happens.
    """

    settings: Settings
    script: Script
    world: World
    hear: Callable[[Happened], None]
    listen: Address | None = None
    address: str = ""
    _remembered: bool = False
    _strange: SigningKey = field(default_factory=lambda: new_key(KeyUse.SEAL, P256))

    async def play(self, stop: asyncio.Event) -> None:
        """Play until `stop` is set.

        Raises:
            GatewayError: what keeps a gateway from starting.
        """
        tell = teller(self.world.clock, self.hear)
        occasions = Occasions(self.script, self.world.monotonic, self.world.monotonic())
        lasting = Lasting([Plan("", list(occasions.steps(On.START)))])
        while not stop.is_set():
            going = Going()
            async with self._open(occasions, tell, going, lasting):
                await _either(stop, going.there)
            if stop.is_set():
                return
            tell("away", seconds=round(going.seconds))
            await _within(stop, self.world.sleep, going.seconds)
            if going.restored:
                self._restore()
                tell("restored")
            tell("back")

    @asynccontextmanager
    async def _open(self, occasions: Occasions, tell: Tell, going: Going, lasting: Lasting) -> AsyncIterator[None]:
        log = make_logger(
            region=self.settings.region, level="error", style="console", stream=sys.stderr, clock=self.world.clock
        )
        async with AsyncExitStack() as on:
            courier = grpc_courier(self.settings, self.world)
            on.push_async_callback(courier.close)
            sending = Sending(courier, occasions, tell, load_keys(self.settings.keys), self.world)
            gateway = await on.enter_async_context(
                opened(self.settings, self.world, courier_of=lambda _: sending, assign=lambda _: SYSTEM)
            )
            if self.script.does(Do.RESTORED) and not self._remembered:
                await asyncio.to_thread(self._remember)
                self._remembered = True
            answering = Answering(gateway, occasions, tell, going.cut, self._strange, lasting.refused)
            await on.enter_async_context(self._door(gateway, answering, log, tell))
            await on.enter_async_context(loops(gateway, self.settings, log, Metrics()))
            await on.enter_async_context(_beside(Clerk(gateway, occasions, tell, going, lasting.plans).work(), tell))
            yield

    @asynccontextmanager
    async def _door(
        self, gateway: Gateway, answering: Answering, log: FilteringBoundLogger, tell: Tell
    ) -> AsyncIterator[None]:
        right = listening(gateway, self.settings, log)
        # The port it was given once is kept, so that the other side finds it again.
        address = self.address or str(self.listen or self.settings.peering.listen)
        bent = replace(right, address=address, flows=answering.bend(right.flows), stop_seconds=0.0, ready=True)
        async with peering_server(bent) as server:
            host = address.rpartition(":")[0]
            self.address = f"{host}:{server.port}"
            tell("listening", region=self.settings.region, address=self.address)
            yield

    @property
    def _backup(self) -> Path:
        return self.settings.home / REMEMBERED

    def _pace(self) -> Pace:
        return Pace(FULL_SPEED, lambda _: None, self.world.monotonic)

    def _remember(self) -> None:
        shutil.rmtree(self._backup, ignore_errors=True)
        backup = Backup(self.settings, software())
        make_backup(
            backup,
            self._backup,
            now=self.world.clock(),
            new_id=self.world.new_id(),
            pace=self._pace(),
            tell=lambda *_: None,
        )

    def _restore(self) -> None:
        copying.remove_store(self.settings.store_file)
        restore(
            self._backup,
            self.settings.home,
            passphrase=None,
            divisions=load_divisions(),
            new_id=self.world.new_id(),
            now=self.world.clock(),
            pace=self._pace(),
            tell=lambda *_: None,
        )


@asynccontextmanager
async def _beside(work: Coroutine[Any, Any, None], tell: Tell) -> AsyncIterator[None]:
    """Let work go on while the block runs; what it fails with is told."""
    task = asyncio.create_task(work, name="clerk")

    def ended(done: "asyncio.Task[None]") -> None:
        if not done.cancelled() and (error := done.exception()):
            said = error.reason.value if isinstance(error, GatewayError) else type(error).__name__
            tell("failed", error=said)

    task.add_done_callback(ended)
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError, Exception):
            await task


async def _either(*events: asyncio.Event) -> None:
    waits = [asyncio.create_task(event.wait()) for event in events]
    try:
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()


async def _within(stop: asyncio.Event, sleep: Sleeper, seconds: float) -> None:
    """Wait, and no longer once it is to stop."""
    waits = [asyncio.ensure_future(stop.wait()), asyncio.ensure_future(sleep(seconds))]
    try:
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()
