"""Two regions under load, with our proxy on the line in each direction, and the acts of a drill upon them.

Every gateway is a process of its own with a store, keys and certificates of its own; the origin reaches the handler
through `to_handler`, the handler the origin through `to_origin`.
"""

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import apsw
import yaml

from gateway.app import drill_clock
from gateway.cli.demo_data import agreements
from gateway.cli.federation import Site, make_sites, start, stop
from gateway.flows.onboarding.partner_entry import entry_text
from tests.faults.compare import Verdict, compare, side
from tests.faults.load import Caller, Department, Told, Window
from tests.faults.proxy import Proxy, proxy_to
from tests.faults.waiting import NotInTime, until

ORIGIN, HANDLER = "500114", "422800"
NAMES = {ORIGIN: "黔江区", HANDLER: "恩施州"}
QUICK = {"first_wait": "1s", "growth": "1.0", "longest_wait": "1s"}
SETTINGS = "\nlimits:\n  sweep_interval: 1s\n  stop_within: 5s\n  least_free_disk: 64MiB\nlog:\n  level: warning\n"
CALLERS = 6


@dataclass(slots=True)
class Town:
    """The regions of a drill.

    Attributes:
        environment: what each gateway is started with.
        told: of the load under way.
        before: cases of earlier loads.
    """

    folder: Path
    sites: Mapping[str, Site]
    to_handler: Proxy
    to_origin: Proxy
    rate: float
    environment: dict[str, dict[str, str]] = field(default_factory=dict)
    told: Told = field(default_factory=Told)
    before: set[str] = field(default_factory=set)
    loads: int = 0

    @property
    def origin(self) -> Site:
        """Where cases are submitted."""
        return self.sites[ORIGIN]

    @property
    def handler(self) -> Site:
        """Where they are decided."""
        return self.sites[HANDLER]

    @property
    def both(self) -> tuple[Site, Site]:
        """The two regions."""
        return self.origin, self.handler

    def other(self, site: Site) -> Site:
        """The region at the other end."""
        return self.handler if site is self.origin else self.origin

    # ---- processes ----

    async def start(self, *sites: Site, **extra: str) -> None:
        """Start gateways side by side; `extra` is added to their environment."""
        await asyncio.gather(*(start(site, environment=self.environment[site.code] | extra) for site in sites))

    async def stop(self, *sites: Site) -> None:
        """Stop gateways as an operator does."""
        await asyncio.gather(*(stop(site) for site in sites))

    async def kill(self, *sites: Site) -> int:
        """Kill gateways as a power failure does; return how many were alive."""
        alive = [site for site in sites if site.process and site.process.returncode is None]
        await asyncio.gather(*(stop(site, hard=True) for site in alive))
        return len(alive)

    # ---- what a drill does to them ----

    def move_clock(self, site: Site, by: timedelta) -> None:
        """Put a gateway's clock so far from the machine's, at once."""
        fresh = clock_file(site).with_suffix(".new")
        fresh.write_text(str(int(by.total_seconds())), encoding="ascii")
        fresh.replace(clock_file(site))

    def advance(self, site: Site, by: timedelta) -> None:
        """Put a gateway's clock forward from where it stands."""
        self.move_clock(site, drill_clock.DrillClock(clock_file(site))() + by)

    def clock_of(self, site: Site) -> datetime:
        """Return the time at a region."""
        return datetime.now(UTC) + drill_clock.DrillClock(clock_file(site))()

    def agreed_clock(self) -> datetime:
        """Return the time of the local systems: theirs is right when one gateway's is wrong, and moves when both move."""
        return min((self.clock_of(site) for site in self.both), key=lambda one: abs(one - datetime.now(UTC)))

    def partner_file(self, site: Site) -> Path:
        """Where a region describes the other."""
        return next((site.folder / "partners").glob(f"{self.other(site).code}-*.yaml"))

    def edit_partner(self, site: Site, **changes: Any) -> None:
        """Change keys of a region's file about the other; the gateway sees the whole new file or the old one."""
        edit(self.partner_file(site), changes)

    def log_lines(self, site: Site, *words: str) -> int:
        """Count lines of a gateway's log that hold every word."""
        text = (site.folder / "gateway.log").read_text(encoding="utf-8", errors="replace")
        return sum(all(word in line for word in words) for line in text.splitlines())

    # ---- the load ----

    @asynccontextmanager
    async def load(self, seed: int, *, within: float) -> AsyncIterator[Told]:
        """Run a load while the block runs; afterwards wait until everything is acknowledged, decided and settled.

        Raises:
            NotInTime: it was not within `within` seconds.
        """
        self.loads += 1
        self.told = Told()
        timeout = aiohttp.ClientTimeout(total=None)
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=200), timeout=timeout) as session:
            callers = [self._caller(site, session) for site in self.both]
            window = Window(
                callers[0],
                ORIGIN,
                HANDLER,
                self.told,
                prefix=f"F{self.loads}",
                rate=self.rate,
                seed=seed,
            )
            department = asyncio.create_task(Department(callers[1], HANDLER, self.told).work())
            windows = [asyncio.create_task(window.work()) for _ in range(CALLERS)]
            try:
                yield self.told
                window.open = False
                _, late = await asyncio.wait(windows, timeout=within)
                if late:
                    raise NotInTime(f"{len(late)} submissions not acknowledged: {dict(self.told.refused)}")
                await until(self._is_quiet, within, f"quiet ({dict(self.told.refused)})")
            finally:
                window.open = False
                for task in (department, *windows):
                    task.cancel()
                await asyncio.gather(department, *windows, return_exceptions=True)

    def _caller(self, site: Site, session: aiohttp.ClientSession) -> Caller:
        return Caller(site, session, self.told, self.agreed_clock)

    def _is_quiet(self) -> bool:
        """Whether every acknowledged case has ended on both sides and nobody owes anything."""
        wanted = len(self.told.cases) + len(self.before)
        return all(
            query(site, "SELECT COUNT(*) FROM outbox WHERE settled_at IS NULL") == 0
            and query(site, "SELECT COUNT(*) FROM cases WHERE state = 'granted'") >= wanted
            for site in self.both
        )

    def verdict(self) -> Verdict:
        """Compare both databases with what the load was told; its cases then belong to those of before."""
        known = self.before
        found = compare(
            side(self.origin.store_file, ORIGIN, "origin"),
            side(self.handler.store_file, HANDLER, "handler"),
            self.told.cases,
            acts=self.told.acts,
            others=known,
        )
        found.doubled += self.told.contradictions
        self.before = known | set(self.told.cases.values())
        return found


def edit(file: Path, changes: Mapping[str, Any]) -> None:
    """Write a partner file with some of its keys changed, in one step."""
    described = yaml.safe_load(file.read_text(encoding="utf-8")) | dict(changes)
    fresh = file.with_suffix(".new")
    fresh.write_text(entry_text(described), encoding="utf-8")
    fresh.replace(file)


def clock_file(site: Site) -> Path:
    """The file that says how far a gateway's clock is off."""
    return site.folder / "clock"


def query(site: Site, sql: str) -> Any:
    """Return one value from a region's database, whose gateway may be running or not; None while it cannot be read."""
    try:
        connection = apsw.Connection(str(site.store_file), flags=apsw.SQLITE_OPEN_READONLY)
        try:
            return next(iter(connection.execute(sql)))[0]
        finally:
            connection.close()
    except apsw.Error:
        return None


@asynccontextmanager
async def town(
    folder: Path,
    *,
    rate: float,
    retry: Mapping[str, str] = QUICK,
    environment: Callable[[Site], Mapping[str, str]] = lambda _: {},
    before_start: Callable[[Site], None] = lambda _: None,
) -> AsyncIterator[Town]:
    """Found a town, start it, and take it down in the end."""
    sites = make_sites(
        folder,
        NAMES,
        now=datetime.now(UTC) - timedelta(days=1),
        secret=secrets.token_bytes,
        agreements=agreements,
        retry=retry,
        extra_settings=SETTINGS,
    )
    async with AsyncExitStack() as on:
        proxies = {
            code: await on.enter_async_context(proxy_to(int(str(sites[code].peering).rpartition(":")[2])))
            for code in (HANDLER, ORIGIN)
        }
        made = Town(folder, sites, proxies[HANDLER], proxies[ORIGIN], rate)
        for site in made.both:
            other = made.other(site)
            limits = {"envelopes_per_minute": 60_000, "concurrent_calls": 64}
            made.edit_partner(site, endpoints=[{"address": f"127.0.0.1:{proxies[other.code].port}"}], limits=limits)
            made.move_clock(site, timedelta())
            made.environment[site.code] = {drill_clock.VARIABLE: str(clock_file(site)), **environment(site)}
            before_start(site)
        try:
            await made.start(*made.both)
            yield made
        finally:
            await made.kill(*made.both)
