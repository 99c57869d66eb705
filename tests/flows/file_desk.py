"""An operator who edits partner files of one region, and what the gateway makes of it; commands go over its control socket."""

import asyncio
import io
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiohttp import web

from gateway.app.local_door import operator_app
from gateway.app.partner_file_flows import PartnerFileFlows
from gateway.app.reloading import Reloading
from gateway.case.errors import GatewayError
from gateway.case.texts import Text
from gateway.cli.tree import run
from gateway.flows.partner_files.rehearse import Called, Calling
from gateway.local.partner_file_routes import add_partner_file_routes
from gateway.local.systems import Systems
from gateway.local.systems_check import check_systems
from gateway.partners.partner import Partner
from gateway.partners.snapshot import Partners
from gateway.settings import load_divisions
from gateway.store import audit
from gateway.telemetry import Metrics, make_logger
from tests.flows.regions import NAMES, Region, Regions, regions

ENSHI, QIANJIANG = "422800", "500114"


@dataclass
class FileDesk:
    """One region's partners folder and its gateway."""

    all: Regions
    origin: Region
    log: io.StringIO = field(default_factory=io.StringIO)
    followed: list[Partners] = field(default_factory=list)
    reloading: Reloading = field(init=False)

    def __post_init__(self) -> None:
        self.watch()

    def watch(self) -> None:
        """Look at the folder with the gateway that runs now."""
        style = {"region": self.origin.code, "level": "info", "style": "json"}
        logger = make_logger(**style, stream=self.log, clock=self.all.clock)
        self.reloading = Reloading(self.origin.gateway, logger, self.followed.append)

    @property
    def folder(self) -> Path:
        return self.origin.settings.partners

    @property
    def file(self) -> Path:
        return self.folder / f"{ENSHI}-{NAMES[ENSHI]}.yaml"

    async def looks(self, seconds: float = 1.0) -> bool:
        """The gateway looks again and again for a while; whether a new snapshot came into force."""
        new = False
        for _ in range(round(seconds / 0.2)):
            new |= await self.reloading.look()
            self.all.clock.pass_time(seconds=0.2)
        return new

    async def edit(self, old: str, new: str) -> bool:
        """Save another content and let the gateway look."""
        text = self.file.read_text(encoding="utf-8")
        assert old in text
        return await self.save(text.replace(old, new, 1))

    async def save(self, text: str) -> bool:
        """Save a content and let the gateway look."""
        self.file.write_text(text, encoding="utf-8")
        return await self.looks()

    async def partners(self, *arguments: str) -> int:
        """Run `tongban partners …` against the gateway; return its exit code."""
        return await asyncio.to_thread(run, ["partners", *arguments, "--home", str(self.origin.settings.home)])

    async def audited(self, subject: str = ENSHI) -> list[tuple[str, str, str]]:
        """Who did what to a partner's file, and how it ended."""
        notes = await self.origin.gateway.database.read(lambda tx: audit.about(tx, subject))
        return [(one.actor, one.act, one.outcome) for one in notes if one.act.startswith("partner.")]

    def events(self, name: str) -> list[dict[str, Any]]:
        """The lines of the log about one thing."""
        lines = [json.loads(line) for line in self.log.getvalue().splitlines()]
        return [line for line in lines if line["event"] == name]


def calling(origin: Region) -> Calling:
    """A connection test over the region's own courier: whether the partner answers, or why not."""

    async def call(partner: Partner) -> Called:
        addresses = tuple(one.address for one in partner.endpoints)
        try:
            said = await origin.courier.describe(partner)
        except GatewayError as error:
            return Called(partner.code, addresses, False, (error.cause, error.fix))
        return Called(partner.code, addresses, True, (Text(said.region_name, said.region_name),))

    return call


@asynccontextmanager
async def a_file_desk(folder: Path, *codes: str) -> AsyncIterator[FileDesk]:
    """Open the regions and the control socket of the first."""
    codes = codes or (QIANJIANG, ENSHI)
    async with regions(folder, *codes) as all_regions:
        origin = all_regions[codes[0]]
        systems = Systems.of(check_systems(origin.settings.systems, load_divisions()).systems, load_divisions())
        app = operator_app(origin.gateway, systems, Metrics())
        add_partner_file_routes(app, PartnerFileFlows(origin.gateway, calling(origin)))
        runner = web.AppRunner(app)
        await runner.setup()
        await web.UnixSite(runner, str(origin.settings.control_socket)).start()
        try:
            yield FileDesk(all_regions, origin)
        finally:
            await runner.cleanup()
