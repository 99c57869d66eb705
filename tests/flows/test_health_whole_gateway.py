"""Health cannot say OK while delivery is broken: a whole running gateway, broken in each way, seen red, mended, seen green."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import apsw
import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc

from gateway.app import running
from gateway.app.run import Running
from gateway.app.world import World, real_world
from gateway.cli.demo_data import agreements, card_case
from gateway.cli.federation import LocalSystem, Site, make_sites
from gateway.settings import Settings, load_divisions, load_settings
from gateway.store.migrating import migrate
from gateway.store.sqlite import SqliteDatabase
from gateway.trust.tls import load_certified
from tests.unit.store.faulty_disk import Disk, FaultyDisk

ENSHI, QIANJIANG = "422800", "500114"
NAMES = {ENSHI: "恩施州", QIANJIANG: "黔江区"}
SETTINGS = "\nlimits:\n  sweep_interval: 1s\n  least_free_disk: 64MiB\nlog:\n  level: error\n"
WITHIN = 25
"""Seconds of patience; what is awaited comes in a fraction of one."""


@dataclass
class OwnTime:
    """Time that the test moves: every loop turns at once, and hours pass when they are told to."""

    ahead: float = 0.0

    def world(self) -> World:
        real, never = real_world(), asyncio.get_running_loop().create_future()

        async def soon(_: float) -> None:
            await asyncio.wait([never], timeout=0.03)

        return replace(
            real,
            clock=lambda: real.clock() + timedelta(seconds=self.ahead),
            monotonic=lambda: real.monotonic() + self.ahead,
            sleep=soon,
        )


@dataclass
class Patient:
    """A running gateway with a partner, and everything that can be asked about its health."""

    running: Running
    settings: Settings
    system: LocalSystem
    session: aiohttp.ClientSession
    time: OwnTime
    disk: Disk
    sites: dict[str, Site]
    health: health_pb2_grpc.HealthStub = field(init=False)

    async def told(self) -> dict[str, Any]:
        async with self.session.get(f"http://{self.running.local}/health/ready") as answer:
            content: dict[str, Any] = await answer.json()
            assert (answer.status == 503) == (content["status"] == "not_ready")
            return content

    async def serves(self) -> bool:
        answer = await self.health.Check(health_pb2.HealthCheckRequest(), timeout=5)
        return bool(answer.status == health_pb2.HealthCheckResponse.SERVING)

    async def until_red(self, name: str) -> None:
        """Wait until both tell that the gateway is not ready, for this reason."""
        async with asyncio.timeout(WITHIN):
            while name not in (await self.told())["missing"]:
                pass
            while await self.serves():
                await self._a_while()

    async def until_green(self) -> None:
        """Wait until both tell that the gateway is ready."""
        async with asyncio.timeout(WITHIN):
            while (await self.told())["missing"]:
                pass
            while not await self.serves():
                await self._a_while()

    async def submit(self, number: str) -> tuple[int, Any]:
        return await self.system.call("POST", "/v1/cases", card_case(QIANJIANG, ENSHI, number, datetime.now(UTC), []))

    async def until_settled(self) -> None:
        """Wait until nothing is owed any more."""
        database = self.running.gateway.database
        async with asyncio.timeout(WITHIN):
            while await database.read(lambda tx: tx.rows("SELECT 1 FROM outbox WHERE settled_at IS NULL")):
                await self.told()

    async def _a_while(self) -> None:
        """A certificate may ask 120 times a minute, on the clock that the test moves."""
        self.time.ahead += 0.5
        await self.told()


@asynccontextmanager
async def a_patient(folder: Path, name: str) -> AsyncIterator[Patient]:
    sites = make_sites(
        folder,
        NAMES,
        now=datetime.now(UTC),
        secret=secrets.token_bytes,
        agreements=agreements,
        extra_settings=SETTINGS,
        retry={"first_wait": "1s", "longest_wait": "1s"},
    )
    settings = {}
    for code, site in sites.items():
        loaded, findings = load_settings(site.folder / "gateway.yaml", load_divisions())
        assert loaded, findings
        settings[code] = loaded
    layer, time = FaultyDisk(name), OwnTime()

    @asynccontextmanager
    async def store(of: Settings, world: World) -> AsyncIterator[SqliteDatabase]:
        migrate(of.store_file, now=world.clock())
        database = SqliteDatabase(of.store_file, clock=world.clock, vfs=name)
        try:
            yield database
        finally:
            await database.close()

    async with AsyncExitStack() as on:
        await on.enter_async_context(running(settings[ENSHI], time.world()))
        ours = await on.enter_async_context(running(settings[QIANJIANG], time.world(), store=store))
        session = await on.enter_async_context(aiohttp.ClientSession())
        system = LocalSystem(sites[QIANJIANG], session)
        patient = Patient(ours, settings[QIANJIANG], system, session, time, layer.disk, sites)
        theirs = settings[ENSHI].tls
        certified = load_certified(theirs.certificate, theirs.private_key)
        roots = settings[QIANJIANG].tls.authority.read_bytes()
        credentials = grpc.ssl_channel_credentials(roots, certified.private_pem, certified.certificate_pem)
        channel = await on.enter_async_context(grpc.aio.secure_channel(ours.peering, credentials))
        patient.health = health_pb2_grpc.HealthStub(channel)
        await patient.until_green()
        yield patient
        layer.disk.fails = frozenset()


async def refused(patient: Patient, number: str) -> None:
    status, problem = await patient.submit(number)
    assert (status, problem["reason"], problem["retriable"]) == (503, "STORE_NOT_WRITABLE", True), problem


async def no_half_case(patient: Patient) -> None:
    """A case is there wholly or not at all."""
    counted = "SELECT (SELECT COUNT(*) FROM cases), (SELECT COUNT(*) FROM outbox), (SELECT COUNT(*) FROM events)"
    row = await patient.running.gateway.database.read(lambda tx: tx.row(counted))
    assert row is not None
    assert len(set(row)) == 1


@pytest.mark.parametrize(
    ("breaks", "code"),
    [("write", apsw.IOError), ("sync", apsw.IOError), ("write", apsw.FullError), ("write", apsw.ReadOnlyError)],
    ids=["write fails", "sync fails", "disk full", "read-only"],
)
async def test_a_store_that_cannot_be_written_is_seen_without_traffic_and_so_is_its_recovery(tmp_path, breaks, code):
    async with a_patient(tmp_path, f"sick-{breaks}-{code.__name__}") as patient:
        patient.disk.code = code
        assert (await patient.submit("QJ-1"))[0] == 202
        await patient.until_settled()
        patient.disk.fails = frozenset({breaks})
        await patient.until_red("store")
        await refused(patient, "QJ-2")
        patient.disk.fails = frozenset()
        await patient.until_green()
        await no_half_case(patient)
        assert (await patient.submit("QJ-2"))[0] == 202
        await patient.until_settled()


async def test_evidence_that_cannot_be_written_stops_both_doors_until_it_can(tmp_path):
    async with a_patient(tmp_path, "sick-evidence") as patient:
        database = patient.running.gateway.database
        refuse = "CREATE TRIGGER broken BEFORE INSERT ON evidence BEGIN SELECT RAISE(ABORT, 'broken'); END"
        await database.write(lambda tx: tx.execute(refuse))
        await patient.until_red("evidence")
        await refused(patient, "QJ-1")
        await no_half_case(patient)
        await database.write(lambda tx: tx.execute("DROP TRIGGER broken"))
        await patient.until_green()
        assert (await patient.submit("QJ-1"))[0] == 202
        await patient.until_settled()


@pytest.mark.parametrize("loop", ["rounds", "sweep", "clocks", "licences", "materials", "items", "reload partners"])
async def test_a_loop_that_died_is_red_at_once(tmp_path, loop):
    async with a_patient(tmp_path, f"sick-loop-{loop}") as patient:
        task = next(task for task in asyncio.all_tasks() if task.get_name() == loop and is_of(task, patient))
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        await patient.until_red("loops")
        (finding,) = [one for one in (await patient.told())["findings"] if one["name"] == "loops"]
        assert loop in finding["cause"]["en"]


async def test_health_that_is_not_looked_after_any_more_does_not_go_on_saying_that_all_is_well(tmp_path):
    async with a_patient(tmp_path, "sick-health") as patient:
        task = patient.running.gateway.pulse.task_of("health")
        task.cancel()
        await asyncio.wait([task])
        assert "loops" in (await patient.told())["missing"]


class Stuck:
    """A courier whose deliveries do what the test says; everything else goes the usual way."""

    def __init__(self, inner: Any, meanwhile: Callable[[], Awaitable[object]]) -> None:
        self._inner = inner
        self._meanwhile = meanwhile

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    async def deliver(self, partner: Any, envelopes: Any) -> Any:
        await self._meanwhile()
        return await self._inner.deliver(partner, envelopes)


async def test_flights_that_hang_are_red_and_green_again_when_they_end(tmp_path):
    async with a_patient(tmp_path, "sick-hanging") as patient:
        gateway, let_go = patient.running.gateway, asyncio.Event()
        gateway.courier = Stuck(gateway.courier, let_go.wait)
        assert (await patient.submit("QJ-1"))[0] == 202
        async with asyncio.timeout(WITHIN):
            while not gateway.pulse.hanging("fly", 0):
                await patient.told()
        patient.time.ahead += 200
        await patient.until_red("delivery")
        let_go.set()
        await patient.until_green()
        await patient.until_settled()


async def test_flights_that_break_off_in_an_unknown_error_are_red_and_green_again_when_one_comes_home(tmp_path):
    async with a_patient(tmp_path, "sick-breaking") as patient:
        gateway, broken = patient.running.gateway, [True]

        async def breaks() -> None:
            if broken:
                raise ZeroDivisionError

        gateway.courier = Stuck(gateway.courier, breaks)
        assert (await patient.submit("QJ-1"))[0] == 202
        await patient.until_red("delivery")
        broken.clear()
        # What was claimed is due again when its lease is over.
        patient.time.ahead += 90
        await patient.until_settled()
        await patient.until_green()


async def test_a_certificate_that_has_ended_is_red(tmp_path):
    async with a_patient(tmp_path, "sick-certificate") as patient:
        patient.time.ahead += timedelta(days=1200).total_seconds()
        await patient.until_red("certificate")
        assert {"seal_key", "token_key"} <= set((await patient.told())["missing"])


async def test_both_are_red_from_the_beginning_of_a_stop(tmp_path):
    async with a_patient(tmp_path, "sick-stopping") as patient:
        patient.running.gateway.signals.end()
        await patient.until_red("stopping")


def is_of(task: "asyncio.Task[Any]", patient: Patient) -> bool:
    """Whether a loop is the patient's, not its partner's."""
    return patient.running.gateway.pulse.task_of(task.get_name()) is task
