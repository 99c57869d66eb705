"""Two or three regions in one process: real stores, real keys, real seals; time is a parameter.

A `Region` is a whole gateway opened from a folder as `tongban init` makes it.  `wires="direct"` carries bytes within
the process; `wires="grpc"` over mutual TLS on loopback.
"""

import itertools
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

import yaml

from gateway.app.calling_partners import grpc_courier
from gateway.app.gateway import Gateway
from gateway.app.opening import opened
from gateway.app.peering_door import listening
from gateway.app.world import World, uuid7
from gateway.case import events as ev
from gateway.case.item.definition import ItemDefinition
from gateway.case.model import Case
from gateway.case.states import State
from gateway.cli.federation import free_ports
from gateway.cli.homes import Plan, make_home
from gateway.flows.act import OPERATOR, Act, Acted
from gateway.flows.items.import_ours import Imported
from gateway.flows.look import CaseView
from gateway.flows.onboarding.partner_entry import entry
from gateway.flows.submit import Submission
from gateway.peering.client import GrpcCourier
from gateway.peering.server import peering_server
from gateway.settings import Address, Settings, load_divisions, load_settings
from gateway.store import events as event_store
from gateway.telemetry import make_logger
from gateway.trust.keys import load_keys
from tests.build import NOW, a_case, a_digest
from tests.fakes import DirectCourier, FakeClock, UnreliableCourier

CARD = "000120011000"
NAMES = {"422800": "恩施州", "422801": "恩施市", "500114": "黔江区", "433100": "湘西州", "500157": "两江新区"}
WINDOW = {
    "422800": "422801000000",
    "422801": "422801000000",
    "500114": "500114000000",
    "433100": "433101000000",
    "500157": "500157000000",
}
POWERS = ["verify_originals", "deliver_result"]


def a_world(clock: FakeClock, seed: int) -> World:
    """Time and chance that repeat: ids count up, and what is drawn follows from the seed."""
    ids = itertools.count(1)
    nonces = itertools.count(1)
    chance = Random(seed)

    async def no_sleep(_: float) -> None:
        raise AssertionError("no loop runs in a flow test")

    return World(
        clock=clock,
        new_id=lambda: uuid7(int(clock().timestamp() * 1000), (seed << 64) + next(ids)),
        draw=chance.randrange,
        jitter=lambda: 0.5,
        nonce=lambda: (seed << 64 | next(nonces)).to_bytes(12),
        sleep=no_sleep,
        monotonic=lambda: clock().timestamp() - clock.jumped,
    )


@dataclass
class Region:
    """One region: its gateway, and what its local system does."""

    code: str
    settings: Settings
    clock: FakeClock
    gateway: Gateway = field(init=False)
    courier: UnreliableCourier = field(init=False)
    system: str = "window"
    numbers: Any = field(default_factory=lambda: itertools.count(1))

    def a_case(self, to: str, **changes: Any) -> Case:
        """A case of this region's window for another region."""
        changes = {"materials": ()} | changes
        case = a_case(
            origin_number=f"{self.code}-{next(self.numbers):06d}",
            item=replace(a_case().item, basic_code=CARD),
            **changes,
        )
        origin = replace(case.origin, division=WINDOW[self.code])
        return replace(case, number="", origin=origin, handler=replace(case.handler, division=WINDOW[to]))

    async def submit(self, case: Case, key: str = "") -> str:
        """Submit a case; return its co-operation number."""
        digest = bytes.fromhex(a_digest(repr(case).encode()))
        return (await self.gateway.submit(Submission(self.system, case, digest, key))).case_id

    async def act(self, case_id: str, happening: ev.Happening, **changes: Any) -> Acted:
        """Do something to a case as this region's local system."""
        actor = ev.Actor("覃远山", WINDOW[self.code], "S001", "政务服务中心")
        deed = Act(self.system, case_id, actor, happening, self.clock(), **changes)
        return await self.gateway.act(deed)

    async def upload(self, content: bytes) -> None:
        """Upload a file as this region's local system."""
        done = await self.gateway.transfer.take_material(
            self.system, a_digest(content), len(content), 0, pieces(content)
        )
        assert done.complete

    async def publish(self, *definitions: ItemDefinition) -> Imported:
        """Import items of this region; the others learn of them when they ask."""
        return await self.gateway.items.import_items(definitions, "staff:*")

    async def view(self, case_id: str) -> CaseView:
        """The case as this region sees it."""
        return await self.gateway.looking.look_at_case(OPERATOR, case_id)

    async def state(self, case_id: str) -> State:
        """The state of a case here."""
        return (await self.view(case_id)).row.standing.state

    async def story(self, case_id: str) -> list[tuple[int | None, str]]:
        """The folded events of a case in order: version and kind."""
        view = await self.view(case_id)
        return [(one.row.version, one.row.kind) for one in view.events if one.row.standing == event_store.FOLDED]

    async def feed(self) -> list[tuple[str, str]]:
        """Kind and case of what the local system has not confirmed."""
        return [(item.kind, item.case_id) for item in await self.gateway.looking.read_feed(self.system, 0, 100)]


async def pieces(content: bytes, size: int = 256 * 1024) -> AsyncIterator[bytes]:
    """A content in pieces."""
    for start in range(0, len(content), size):
        yield content[start : start + size]


@dataclass
class Regions:
    """Regions that have agreements with one another, and one clock."""

    clock: FakeClock
    all: dict[str, Region]
    gateways: dict[str, Gateway]
    opens: dict[str, AsyncExitStack]
    restarts: int = 0

    def __getitem__(self, code: str) -> Region:
        return self.all[code]

    async def carry(self, sender: Region) -> None:
        """Everything a region owes leaves that can."""
        moved = True
        while moved:
            moved = False
            for code in await sender.gateway.partners_with_work():
                moved |= await sender.gateway.send_materials(code)
                moved |= (await sender.gateway.deliver(code)).settled > 0

    async def ask_for_items(self) -> None:
        """Every region asks the others what they demand."""
        for region in self.all.values():
            for partner in region.gateway.registry.current():
                await region.gateway.items.refresh(partner.code)

    async def settle_down(self) -> None:
        """Until nothing more moves anywhere."""
        for _ in range(4):
            for region in self.all.values():
                await self.carry(region)

    async def reopen(self, region: Region) -> None:
        """The region's gateway dies and starts again on its folder."""
        await self.opens[region.code].aclose()
        self.restarts += 1
        region.gateway = await self.opens[region.code].enter_async_context(
            opened(
                region.settings,
                a_world(self.clock, 1000 + self.restarts),
                courier_of=lambda _: region.courier,
                assign=lambda _: region.system,
            )
        )
        self.gateways[region.code] = region.gateway

    async def pass_time(self, **span: float) -> None:
        """Time passes, and what became due leaves."""
        self.clock.pass_time(**span)
        await self.settle_down()


def agreement(ours: str, theirs: str, **changes: Any) -> dict[str, Any]:
    """The agreement between two regions as `ours` writes it."""
    first, second = sorted((ours, theirs))
    item = {
        "name": "社会保障卡申领、补领、换领、换发",
        "basic": CARD,
        "modes": ["entrusted"],
        "directions": ["outward", "inward"],
        "powers": POWERS,
    }
    return {
        "number": f"示例通办协〔2026〕{first}-{second}号",
        "title": "跨省通办合作协议 (示例)",
        "valid_from": "2026-01-01",
        "valid_to": "2028-12-31",
        "our_scope": [ours],
        "their_scope": [theirs],
        "items": [item],
    } | changes


@asynccontextmanager
async def regions(
    folder: Path, *codes: str, wires: str = "direct", collects: tuple[str, ...] = (), **changes: Any
) -> AsyncIterator[Regions]:
    """Open a gateway for each code, introduced to one another.

    Args:
        wires: `direct` carries bytes within the process, `grpc` over mutual TLS on loopback.
        collects: regions that can only dial out.
        changes: what the agreements say otherwise.
    """
    # Handshakes are judged by the machine's clock, so over real wires ours begins there.
    clock = FakeClock(NOW if wires == "direct" else datetime.now(UTC).replace(microsecond=0))
    ports = dict(zip(codes, free_ports(len(codes)), strict=True))
    made = {code: _made(folder / code, code, clock, ports[code], dials_only=code in collects) for code in codes}
    introduce(made, **changes)
    gateways: dict[str, Gateway] = {}
    opens: dict[str, AsyncExitStack] = {}
    async with AsyncExitStack() as on:
        for seed, (code, region) in enumerate(made.items(), 1):
            world = a_world(clock, seed)
            inner = DirectCourier(code, gateways) if wires == "direct" else grpc_courier(region.settings, world)
            if isinstance(inner, GrpcCourier):
                on.push_async_callback(inner.close)
            region.courier = UnreliableCourier(inner)
            opens[code] = await on.enter_async_context(AsyncExitStack())
            region.gateway = await opens[code].enter_async_context(
                opened(
                    region.settings,
                    world,
                    courier_of=lambda _, courier=region.courier: courier,
                    assign=lambda _, system=region.system: system,
                )
            )
            gateways[code] = region.gateway
        if wires == "grpc":
            log = make_logger(region="", level="error", style="json", stream=sys.stderr, clock=clock)
            for region in made.values():
                await on.enter_async_context(peering_server(listening(region.gateway, region.settings, log)))
        yield Regions(clock, made, gateways, opens)


def _made(folder: Path, code: str, clock: FakeClock, port: int, *, dials_only: bool) -> Region:
    here = Address("127.0.0.1", port)
    plan = Plan(region=code, name=NAMES[code], peering=here, endpoints=() if dials_only else (here,))
    home = make_home(folder, plan, now=clock(), divisions=load_divisions(), secret=bytes)
    settings, findings = load_settings(home.settings_file, load_divisions())
    assert settings, findings
    return Region(code, settings, clock)


def introduce(made: dict[str, Region], **changes: Any) -> None:
    """Write each region's partner files for the others."""
    for ours in made.values():
        for theirs in made.values():
            if ours is theirs:
                continue
            described = entry(theirs.settings, load_keys(theirs.settings.keys).keys)
            described["agreements"] = [agreement(ours.code, theirs.code, **changes)]
            file = ours.settings.partners / f"{theirs.code}-{NAMES[theirs.code]}.yaml"
            file.write_text(yaml.safe_dump(described, allow_unicode=True, sort_keys=False), encoding="utf-8")
