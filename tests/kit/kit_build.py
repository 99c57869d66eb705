"""A gateway under test with its door open over TLS, and a tester of another region with a folder of its own."""

import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from gateway.app.gateway import Gateway
from gateway.app.opening import opened
from gateway.app.peering_door import listening
from gateway.app.world import World
from gateway.cli.homes import Plan, make_home
from gateway.cli.practice import ITEM, ITEM_NAME, Practice, make_practice
from gateway.flows.onboarding.partner_entry import entry
from gateway.kit.conformance.catalogue import chosen
from gateway.kit.conformance.opening import identity_of, target_of
from gateway.kit.conformance.report import Report
from gateway.kit.conformance.run import Wanted, run
from gateway.kit.conformance.session import Asking
from gateway.peering.pace import Pace
from gateway.peering.server import Listening, peering_server
from gateway.settings import Address, Settings, load_divisions, load_settings
from gateway.telemetry import make_logger
from gateway.trust.keys import load_keys
from tests.fakes import DirectCourier, FakeClock
from tests.flows.regions import a_world

TESTED, TESTER = "422800", "433100"
PACE_SECONDS = 1.0
"""Of the gateway under test, so that a trickling upload is cut off soon."""


@dataclass
class Stage:
    """A gateway under test, and the folder of its tester."""

    gateway: Gateway
    tested: Settings
    tester: Settings
    port: int
    clock: FakeClock
    waited: list[float] = field(default_factory=list)

    def world(self) -> World:
        """The tester's world; it does not wait, it puts the common clock forward."""

        async def sleep(seconds: float) -> None:
            self.waited.append(seconds)
            self.clock.pass_time(seconds=seconds)

        return replace(a_world(self.clock, 77), sleep=sleep)

    async def examine(self, *only: str, wait: float = 0.0, asking: Asking | None = None) -> Report:
        """Make the checks; all of them when none is named."""
        now = self.clock()
        address = Address("127.0.0.1", self.port)
        return await run(
            identity_of(self.tester, now),
            target_of(self.tester, address, "", now),
            Wanted(chosen(only), wait=wait),
            world=self.world(),
            software="tests",
            asking=asking,
        )


def settings_of(folder: Path) -> Settings:
    """The settings in a folder."""
    settings, findings = load_settings(folder / "gateway.yaml", load_divisions())
    assert settings, findings
    return settings


def a_tester(folder: Path, tested: Settings, code: str, name: str, now: datetime) -> Practice:
    """The folder of a tester that knows the gateway under test, and the file that would introduce it there."""
    practice = make_practice(
        folder,
        Plan(region=code, name=name),
        entry(tested, load_keys(tested.keys).keys),
        item=ITEM,
        item_name=ITEM_NAME,
        now=now,
        divisions=load_divisions(),
        secret=bytes,
    )
    assert practice.findings == ()
    return practice


@asynccontextmanager
async def stage(
    folder: Path, bend: Callable[[Gateway, Listening], Listening] | None = None, door: Callable = peering_server
) -> AsyncIterator[Stage]:
    """Open the gateway under test, introduced to a tester.

    Args:
        bend: makes its door a wrong one.
        door: serves it; yields something with a port.
    """
    clock = FakeClock(datetime.now(UTC).replace(microsecond=0))
    divisions = load_divisions()
    plan = Plan(
        region=TESTED, name="恩施州", peering=Address("127.0.0.1", 8443), endpoints=(Address("127.0.0.1", 8443),)
    )
    tested = settings_of(make_home(folder / "tested", plan, now=clock(), divisions=divisions, secret=bytes).folder)
    practice = a_tester(folder / "tester", tested, TESTER, "湘西州", clock())
    (tested.partners / practice.for_them.name).write_bytes(practice.for_them.read_bytes())
    log = make_logger(region=TESTED, level="error", style="json", stream=sys.stderr, clock=clock)
    async with opened(
        tested, a_world(clock, 1), courier_of=lambda _: DirectCourier(TESTED, {}), assign=lambda _: "window"
    ) as gateway:
        assert [partner.code for partner in gateway.registry.current()] == [TESTER]
        straight = replace(
            listening(gateway, tested, log),
            address="127.0.0.1:0",
            pace=lambda: Pace(PACE_SECONDS),
            stop_seconds=0.2,
            ready=True,
        )
        async with door(bend(gateway, straight) if bend else straight) as server:
            yield Stage(gateway, tested, practice.settings, server.port, clock)


def failed(report: Report) -> dict[str, str]:
    """The checks that failed, and what came."""
    return {one.check.number: one.came.en for one in report.results if one.outcome.value == "failed" and one.came}


def skipped(report: Report) -> dict[str, str]:
    """The checks that were skipped, and why."""
    return {one.check.number: one.came.en for one in report.results if one.outcome.value == "skipped" and one.came}
