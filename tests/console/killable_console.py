"""Two regions with homes of their own; the gateway of 黔江 is a process whose console people use, and which can be killed."""

import asyncio
import json
import secrets
import signal
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import aiohttp

from gateway.app import failpoints
from gateway.app.calling_partners import grpc_courier
from gateway.app.opening import opened
from gateway.app.world import real_world
from gateway.case.staff import Role
from gateway.case.texts import Lang
from gateway.cli.control import speak_to
from gateway.cli.demo_consoles import open_consoles
from gateway.cli.demo_data import DIVISION, HALL, agreements, card_case
from gateway.cli.federation import LocalSystem, Site, make_sites, start, stop
from gateway.settings import load_divisions, load_settings
from gateway.store.sqlite.writer import Moment
from tests.console.people_build import PASSWORD, Visitor
from tests.console.window_build import PLACE, the_item
from tests.faults.waiting import lapse
from tests.flows.regions import CARD

HERE, THERE = "500114", "422800"
NAMES = {HERE: "黔江区", THERE: "恩施州"}
SETTINGS = "\nlimits:\n  sweep_interval: 1s\n  stop_within: 5s\n  least_free_disk: 64MiB\n"
ROLES = (Role.WINDOW, Role.HANDLER, Role.OPERATOR)
DIES_WITHIN = 30.0


@dataclass
class Killable:
    """黔江's gateway as a process.

    Attributes:
        console: where its console is.
        cases: numbers of cases that 恩施 sent and nobody has touched.
        environment: what it is started with.
        layer: what hurts its disk, where a test does so (`tests.faults.disks`).
    """

    site: Site
    console: str
    cases: list[str]
    layer: Path | None = None
    environment: dict[str, str] = field(default_factory=dict)

    async def start(self, moment: Moment | None = None, transaction: str = "") -> None:
        """Start it; with a moment it kills itself there, the first time it comes to that transaction."""
        drill = {failpoints.VARIABLE: f"{moment.value}:{transaction}:1"} if moment else {}
        await start(self.site, environment=self.environment | drill)

    async def restart(self, moment: Moment | None = None, transaction: str = "") -> None:
        """Stop it as an operator does, and start it."""
        await stop(self.site)
        await self.start(moment, transaction)

    async def died(self) -> None:
        """Wait until it has killed itself, and forget the process."""
        process = self.site.process
        assert process
        async with asyncio.timeout(DIES_WITHIN):
            assert await process.wait() == -signal.SIGKILL
        self.site.process = None

    async def kill(self) -> None:
        """Kill it, as a loss of power does."""
        await stop(self.site, hard=True)

    @asynccontextmanager
    async def signed_in(self, login: str) -> AsyncIterator[Visitor]:
        """A browser in which somebody signed in."""
        async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as session:
            visitor = Visitor(self.console, session)
            await visitor.sign_in(login)
            assert visitor.address == "/", visitor.text
            yield visitor


async def furnish(folder: Path, cases: int) -> Killable:
    """Make both homes, publish 恩施's items, let it send cases, and make accounts of 黔江; both are stopped when this returns."""
    now = datetime.now(UTC)
    sites = make_sites(
        folder, NAMES, now=now, secret=secrets.token_bytes, agreements=agreements, extra_settings=SETTINGS
    )
    open_consoles(sites)
    here, there = sites[HERE], sites[THERE]
    try:
        await _publish(there)
        await asyncio.gather(start(there), start(here))
        numbers = await _cases(there, here, now, cases)
        console = await _accounts(here)
    finally:
        await asyncio.gather(stop(here), stop(there))
    return Killable(here, console, numbers)


@asynccontextmanager
async def running(made: Killable, **environment: str) -> AsyncIterator[Killable]:
    """Run 黔江's gateway while the block runs; it may have been killed when the block ends."""
    made.environment = environment
    await made.start()
    try:
        yield made
    finally:
        await stop(made.site)


async def _publish(there: Site) -> None:
    """Put an item into a home whose gateway does not run."""
    settings, _ = load_settings(there.folder / "gateway.yaml", load_divisions())
    assert settings
    world = real_world()
    courier = grpc_courier(settings, world)
    async with opened(settings, world, courier_of=lambda _: courier, assign=lambda _: there.system) as gateway:
        await gateway.items.import_items([the_item()], "staff:*")
    await courier.close()


async def _cases(there: Site, here: Site, now: datetime, count: int) -> list[str]:
    async with aiohttp.ClientSession() as session:
        theirs, ours = LocalSystem(there, session), LocalSystem(here, session)
        numbers = []
        for n in range(count):
            body = card_case(THERE, HERE, f"ES-2026-{n:06d}", now, [])
            status, answer = await theirs.call("POST", "/v1/cases", body)
            assert status in (200, 201, 202), answer
            numbers.append(str(answer["case_id"]))
        async with asyncio.timeout(DIES_WITHIN):
            published = f"/v1/items/{CARD}?division={PLACE}000000"
            while "一寸免冠照片" not in json.dumps((await ours.call("GET", published))[1], ensure_ascii=False):
                await lapse(0.1)
            for number in numbers:
                while (await ours.call("GET", f"/v1/cases/{number}"))[0] != 200:
                    await lapse(0.1)
    return numbers


async def _accounts(site: Site) -> str:
    """Make accounts of the security officer, a window, a handler and an operator; return the address of the console."""
    link = await _link(site, "")
    console = link.split("/link/", 1)[0]
    about = {"organisation": HALL[site.code], "division": DIVISION[site.code]}
    password = {"password": PASSWORD, "again": PASSWORD}
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as session:
        officer = Visitor(console, session)
        await _sent(officer, link, {"login": "security", "name": "示例安全员", "staff_number": "1"} | about | password)
        await officer.sign_in("security")
        for n, role in enumerate(ROLES, 2):
            person = {"login": role.value, "name": f"示例{n}", "staff_number": f"{n}", "roles": role.value}
            await _sent(officer, f"{console}/people/new", person | about)
    for role in ROLES:
        async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as session:
            await _sent(Visitor(console, session), await _link(site, role.value), password)
    return console


async def _sent(visitor: Visitor, page: str, fields: Mapping[str, str]) -> None:
    path = page.removeprefix(visitor.url)
    await visitor.get(path)
    await visitor.post(path, **fields)
    assert visitor.status == 200, visitor.text


async def _link(site: Site, login: str) -> str:
    async with speak_to(site.control_socket, Lang.ZH) as control:
        return str(
            (await control.post("/v1/console/link", json.dumps({"login": login, "sign_in": False}).encode()))["link"]
        )
