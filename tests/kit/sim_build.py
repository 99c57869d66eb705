"""A simulated partner that plays a script, and a real gateway that practises against it, over TLS on loopback."""

import asyncio
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import yaml

from gateway.app.calling_partners import grpc_courier
from gateway.app.gateway import Gateway
from gateway.app.opening import opened
from gateway.app.peering_door import listening
from gateway.app.world import real_world
from gateway.case.days import day_in_china
from gateway.cli.federation import free_ports
from gateway.cli.homes import Plan, make_home
from gateway.cli.practice import ITEM, ITEM_NAME, make_practice
from gateway.flows.act import OPERATOR
from gateway.flows.look import CaseView
from gateway.flows.onboarding.partner_entry import entry
from gateway.flows.submit import Submission
from gateway.kit.conformance.catalogue import chosen
from gateway.kit.conformance.identity import ground_for
from gateway.kit.conformance.opening import identity_of, target_of
from gateway.kit.conformance.report import Report
from gateway.kit.conformance.run import Wanted, run
from gateway.kit.conformance.samples import sample_case
from gateway.kit.partner.script import Script, read_script
from gateway.kit.partner.simulation import Simulation
from gateway.kit.partner.telling import Happened
from gateway.peering.server import peering_server
from gateway.settings import Address, Settings, load_divisions
from gateway.store import events as event_store
from gateway.telemetry import make_logger
from gateway.trust.keys import load_keys
from tests.build import a_digest
from tests.kit.kit_build import settings_of

OURS, SIMULATED = "422800", "433100"


@dataclass
class Heard:
    """What the simulated partner said, and waiting for it."""

    said: list[Happened] = field(default_factory=list)
    news: asyncio.Event = field(default_factory=asyncio.Event)

    def __call__(self, one: Happened) -> None:
        self.said.append(one)
        self.news.set()

    def count(self, what: str, **facts: str) -> int:
        """How often it was said."""
        return len(self.all(what, **facts))

    def all(self, what: str, **facts: str) -> list[Happened]:
        """Everything of this kind that was said."""
        return [one for one in self.said if one.what == what and facts.items() <= one.facts.items()]

    async def until(self, what: str, times: int = 1, **facts: str) -> Happened:
        """Wait until it was said so often; return the last."""
        while self.count(what, **facts) < times:
            self.news.clear()
            await self.news.wait()
        return self.all(what, **facts)[times - 1]


@dataclass
class Practice:
    """Our gateway, and the partner that plays."""

    gateway: Gateway
    settings: Settings
    heard: Heard
    port: int
    numbers: int = 0

    async def submit(self) -> str:
        """A case of ours for the simulated partner."""
        self.numbers += 1
        now = self.gateway.world.clock()
        partner = self.gateway.registry.current().of(SIMULATED)
        case = sample_case(ground_for(partner, day_in_china(now)), "", f"P-{self.numbers}", now)
        done = await self.gateway.submit(Submission("window", case, bytes.fromhex(a_digest(repr(case).encode()))))
        return done.case_id

    async def hand_over(self) -> str:
        """A case of ours that the simulated partner has."""
        number = await self.submit()
        flight = await self.gateway.deliver(SIMULATED)
        assert flight.settled == 1, flight
        return number

    async def view(self, number: str) -> CaseView:
        """The case as we see it."""
        return await self.gateway.looking.look_at_case(OPERATOR, number)

    async def story(self, number: str) -> list[tuple[int | None, str]]:
        """The folded events of a case in order: version and kind."""
        view = await self.view(number)
        return [(one.row.version, one.row.kind) for one in view.events if one.row.standing == event_store.FOLDED]

    async def until_story(self, number: str, length: int) -> list[tuple[int | None, str]]:
        """Wait until so many events are folded here; what the partner says tells when to look."""
        while len(story := await self.story(number)) < length:
            self.heard.news.clear()
            await self.heard.news.wait()
        return story

    async def examine(self, *only: str) -> Report:
        """Examine the simulated partner as a region that practises with it."""
        world = real_world()
        now = world.clock()
        return await run(
            identity_of(self.settings, now),
            target_of(self.settings, Address("127.0.0.1", self.port), SIMULATED, now),
            Wanted(chosen(only), quick=True),
            world=world,
            software="tests",
        )


def script_of(folder: Path, *rules: Mapping[str, object]) -> Script:
    """A script of these rules, written to a file and read from it."""
    file = folder / "script.yaml"
    file.write_text(yaml.safe_dump({"name": "test", "rules": list(rules)}, allow_unicode=True), "utf-8")
    script = read_script(file)
    assert isinstance(script, Script), script
    return script


@asynccontextmanager
async def practising(folder: Path, *rules: Mapping[str, object]) -> AsyncIterator[Practice]:
    """Let a partner play by these rules, and a gateway of ours practise."""
    world = real_world()
    ours_at, theirs_at = (Address("127.0.0.1", port) for port in free_ports(2))
    divisions, now = load_divisions(), world.clock()
    plan = Plan(region=OURS, name="恩施州", peering=ours_at, endpoints=(ours_at,))
    ours = settings_of(make_home(folder / "ours", plan, now=now, divisions=divisions, secret=bytes).folder)
    made = make_practice(
        folder / "sim",
        Plan(region=SIMULATED, name="湘西州", peering=theirs_at, endpoints=(theirs_at,)),
        entry(ours, load_keys(ours.keys).keys),
        item=ITEM,
        item_name=ITEM_NAME,
        now=now,
        divisions=divisions,
        secret=bytes,
    )
    assert made.findings == ()
    (ours.partners / made.for_them.name).write_bytes(made.for_them.read_bytes())
    log = make_logger(region=OURS, level="error", style="json", stream=sys.stderr, clock=world.clock)
    heard, stop = Heard(), asyncio.Event()
    courier = grpc_courier(ours, world)
    async with opened(ours, world, courier_of=lambda _: courier, assign=lambda _: "window") as gateway:
        door = replace(listening(gateway, ours, log), stop_seconds=0.2, ready=True)
        async with peering_server(door):
            simulation = Simulation(made.settings, script_of(folder, *rules), world, heard)
            playing = asyncio.create_task(simulation.play(stop))
            try:
                await heard.until("listening")
                yield Practice(gateway, ours, heard, theirs_at.port)
            finally:
                stop.set()
                await playing
                await courier.close()
