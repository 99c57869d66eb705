"""One run from beginning to end: the stage is set, the plan happens, all is healed, and what came of it is checked."""

import asyncio
import hashlib
import itertools
import shutil
from collections.abc import Callable, Coroutine
from contextvars import copy_context
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import cache
from random import Random
from typing import Any

from gateway.case.errors import GatewayError
from gateway.case.states import State
from gateway.store import cases, outbox
from gateway.store.database import Transaction
from gateway.store.outbox import Owed
from tests.simulation.checks import NOT_HANDED_OVER, check_all, dump
from tests.simulation.happening import happen
from tests.simulation.inline_database import Disk
from tests.simulation.machine import Lost, Machine
from tests.simulation.network import Network, Tally
from tests.simulation.operators import clear_the_desk
from tests.simulation.people import Held, People
from tests.simulation.plan import Plan
from tests.simulation.simulated_loop import OWNER, NothingLeft, SimulatedLoop, run_simulated
from tests.simulation.stage import CODES, DIALS_ONLY, Home, the_stage

FEED_EVERY = 20.0
QUICK, UNHURRIED = 60.0, 1800.0
"""The shortest sleep of a loop, in seconds: while something happens, and while everybody waits.  Loops may be late."""
TURNS = 12
"""Times a loop comes round in a long wait."""
HEALED_WITHIN = timedelta(hours=16).total_seconds()
"""Nothing may be owed longer than this once all is healed: the longest back-off and some rounds."""
EXPIRY = timedelta(days=7, minutes=30).total_seconds()

_runs = itertools.count(1)


@dataclass(slots=True)
class Outcome:
    """What came of a run."""

    plan: Plan
    breaches: list[str]
    timeline: list[str]
    digest: str
    cases: int
    deeds: int
    deaths: int
    tally: Tally
    simulated_seconds: float
    shared: int = 0
    ended: dict[str, int] = field(default_factory=dict)


@cache
def _spare(code: str) -> list[Disk]:
    return [Disk.migrated()]


def run_plan(plan: Plan, *, spoil: "Callable[[Run], None] | None" = None) -> Outcome:
    """Run a plan.

    Args:
        spoil: breaks a part before anything happens, to see that the checks notice.
    """
    the_stage()
    run: list[Run] = []

    async def main(loop: SimulatedLoop) -> Outcome:
        run.append(Run(loop, plan))
        if spoil:
            spoil(run[0])
        return await run[0].through()

    try:
        return run_simulated(main)
    finally:
        shutil.rmtree(run[0].at, ignore_errors=True)


class Run:
    """The parts of one run."""

    def __init__(self, loop: SimulatedLoop, plan: Plan) -> None:
        self.loop = loop
        self.plan = plan
        self.timeline: list[str] = []
        self.breaches: list[str] = []
        self.pace = QUICK
        stage = the_stage()
        self.bound = HEALED_WITHIN
        """Nothing may be owed longer than so many seconds once all is healed."""
        self.at = stage.at / f"run-{next(_runs)}"
        chance = Random(plan.seed)
        self.network = Network(loop, Random(chance.random()), self.trace, self.breaches)
        self.network.idle = lambda: 0.0 if self.pace <= QUICK else self.pace / 3
        self.people = People(loop, Random(chance.random()), self.trace, self.breaches)
        self.people.noise = plan.noise
        codes = CODES[: plan.regions]
        if plan.collects:
            codes = (*codes[:-1], DIALS_ONLY)
        self.codes = codes
        self.machines: list[Machine] = []
        for code in codes:
            home = _among(code, codes)
            disk = _spare(code)[0]
            disk.become(home.disk)
            machine = Machine(
                home,
                replace(home.settings, data=self.at / code),
                disk,
                loop=loop,
                chance=Random(chance.random()),
                trace=self.trace,
                breaches=self.breaches,
                metrics=stage.metrics,
                shortest=lambda: self.pace,
            )
            machine.skew = timedelta(seconds=chance.choice((0, 0, 2, -3, 50)))
            self.network.join(machine, plan.noise, is_dialled=code != DIALS_ONLY)
            self.machines.append(machine)
        self._people_at_work: dict[asyncio.Task[None], None] = {}

    def trace(self, line: str) -> None:
        """Add a line to the timeline."""
        self.timeline.append(f"{self.loop.time():.3f} {line}")

    # -- the run

    async def through(self) -> Outcome:
        """Happen, heal, check."""
        try:
            for machine in self.machines:
                machine.power_on()
            for machine in self.machines:
                self.begin(self._reading(machine), background=True)
            for step in self.plan.steps:
                await self.loop.sleep(step.after)
                self.trace(f"-- {step.kind} {step.picks}")
                await happen(self, step.kind, step.picks)
            await self._heal()
            await self.loop.sleep(60.0)
            await self._settle()
            if await self._hand_in_again():
                await self.loop.sleep(60.0)
                await self._settle()
            await self._talk_on()
        except NothingLeft:
            self.breaches.append("everybody waits for somebody else")
        self.breaches += [f"the loop was told: {context}" for context in self.loop.broken]
        shared = 0
        if down := [machine.code for machine in self.machines if machine.gateway is None]:
            self.breaches.append(f"{', '.join(down)} did not come up again")
        else:
            try:
                found, shared = await check_all(self.machines, self.people)
                self.breaches += found
            except (Lost, GatewayError) as error:
                self.breaches.append(f"a machine does not say how its cases stand: {error!r}")
        dumped = [line for machine in self.machines for line in dump(machine)]
        digest = hashlib.sha256("\n".join((*self.timeline, *dumped)).encode()).hexdigest()
        seconds = self.loop.time()
        return Outcome(
            self.plan,
            list(self.breaches),
            list(self.timeline),
            digest,
            cases=len(self.people.held),
            deeds=sum(len(held.deeds) for held in self.people.held),
            deaths=sum(machine.deaths for machine in self.machines),
            tally=self.network.tally,
            simulated_seconds=seconds,
            shared=shared,
        )

    def begin(self, work: Coroutine[Any, Any, None], *, background: bool = False) -> None:
        context = copy_context()
        context.run(OWNER.set, None)
        task = self.loop.create_task(work, context=context)
        if not background:
            self._people_at_work[task] = None
        task.add_done_callback(self._over)

    def _over(self, task: "asyncio.Task[None]") -> None:
        self._people_at_work.pop(task, None)
        if not task.cancelled() and (error := task.exception()):
            self.breaches.append(f"a person broke down: {error!r}")

    async def _reading(self, machine: Machine) -> None:
        while True:
            while await self.people.read_on(machine):
                pass
            await self.loop.sleep(max(FEED_EVERY, self.pace))

    def some_case(self, pick: int) -> Held | None:
        return self.people.held[-1 - pick % len(self.people.held)] if self.people.held else None

    async def wait(self, seconds: float) -> None:
        """Let time pass without hurry; afterwards loops are as quick as before."""
        self._keep_pace(max(QUICK, seconds / TURNS))
        await self.loop.sleep(seconds)
        self._keep_pace(QUICK)

    def _keep_pace(self, shortest: float) -> None:
        self.pace = shortest
        for machine in self.machines:
            machine.sleepers.look_again()

    # -- all is healed

    async def _heal(self) -> None:
        self.trace("-- all is healed")
        self.network.heal()
        self.people.noise = 0.0
        for machine in self.machines:
            machine.dies_at = None
            machine.set_disk(fails=False)
            if abs(machine.skew) > timedelta(minutes=5):
                machine.skew = timedelta()
            machine.on_again()
        self._keep_pace(UNHURRIED)
        while self._people_at_work:
            await asyncio.wait(list(self._people_at_work), timeout=600)
        for machine in self.machines:
            await clear_the_desk(self.people, machine)

    async def _hand_in_again(self) -> bool:
        lost = [held for held in self.people.held if held.origin.backups.may_have_lost(held.at)]
        for held in lost:
            await self.people.hand_in_again(held)
        return bool(lost)

    async def _settle(self) -> None:
        began = self.loop.time()
        while self._owed() and self.loop.time() - began < self.bound:
            await self.loop.sleep(600.0 if self.loop.time() - began < 1_800 else 3_600.0)
        waits, stuck = self._after_an_ending(), self._owed()
        self.breaches += [
            f"still owed {self.bound / 3600:g} h after all was healed: {one}"
            for one in stuck
            if one.case_id not in waits
        ]
        if waits:
            # What was done to a case after it came back (未送达对方) can only expire, unless staff send it anew.
            await self.wait(EXPIRY)
            self._keep_pace(UNHURRIED)
            await self.loop.sleep(HEALED_WITHIN / 4)
            self.breaches += [f"still owed after its expiry: {one}" for one in self._owed()]
        await self._read_out()

    def _after_an_ending(self) -> set[str]:
        owed = {one.case_id for one in self._owed()}
        return {
            held.number for held in self.people.held if held.number in owed and self._state(held) is State.UNDELIVERABLE
        }

    def _state(self, held: Held) -> State | None:
        row = held.origin.disk.look(lambda tx: cases.find(tx, held.number))
        return row.standing.state if row else None

    async def _read_out(self) -> None:
        for machine in self.machines:
            while await self.people.read_on(machine):
                pass

    async def _talk_on(self) -> None:
        """One more word each way on the newest case, so that what seems at rest is shown to be alive."""
        held = self.some_case(0)
        if held is None or self._state(held) in (None, *NOT_HANDED_OVER):
            return
        for by in (held.origin, held.handler):
            await self.people.note(held, by)
        await self.loop.sleep(60.0)
        await self._settle()

    def _owed(self) -> list[Owed]:
        return [one for machine in self.machines for one in machine.disk.look(_unsettled)]


def _unsettled(tx: Transaction) -> list[Owed]:
    late = tx.rows("SELECT envelope_id FROM outbox WHERE settled_at IS NULL ORDER BY owed_at, envelope_id")
    found = [outbox.find(tx, envelope_id) for (envelope_id,) in late]
    return [one for one in found if one]


@cache
def _among(code: str, codes: tuple[str, ...]) -> Home:
    """The home of a region that knows only these others."""
    home = the_stage().homes[code]
    files = tuple(file for file in home.folder.partners.files if any(other in file for other in codes))
    good = {file: home.folder.partners.good[file] for file in files}
    partners = replace(home.folder.partners, files=files, good=good, findings=())
    return replace(home, folder=replace(home.folder, partners=partners))
