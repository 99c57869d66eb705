"""The regions of the simulation as they stand before anything happens: folders, keys, partners, known items.

Made once for a Python process and used by every run: what differs between runs is on the disks, which are copied.
"""

import gc
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from gateway.app.gateway import Gateway
from gateway.app.opening import Folder, opened, read_folder
from gateway.case.item.definition import ItemMaterial, Need
from gateway.cli.homes import Plan as HomePlan
from gateway.cli.homes import make_home
from gateway.settings import Address, Settings, load_divisions, load_settings
from gateway.telemetry import Metrics
from tests.build import NOW, a_definition
from tests.fakes import DirectCourier, FakeClock
from tests.flows.regions import CARD, NAMES, Region, a_world, introduce
from tests.simulation.inline_database import Disk, InlineDatabase
from tests.simulation.simulated_loop import SimulatedLoop, run_simulated

CODES = ("422800", "500114", "433100", "500157")
DIALS_ONLY = CODES[-1]
"""This region has no endpoint: it collects what it is owed.  Of four regions it is one."""
EARLIER = timedelta(days=30)
"""Keys are older than any clock that is wrong."""
PHOTO = ItemMaterial("A001", "一寸免冠照片", need=Need.OPTIONAL)
ITEM = a_definition(basic_code=CARD, item_type=CARD[2:4], materials=(PHOTO,), form_schema="")
"""An item whose silence is acceptance, so that clocks cross what people do."""


@dataclass(frozen=True, slots=True)
class Home:
    """One region: its files as read, and its disk as it stands at the beginning."""

    settings: Settings
    folder: Folder
    disk: Disk


@dataclass(frozen=True, slots=True)
class Stage:
    """All regions.  `at` is a folder in memory, gone with the process."""

    homes: dict[str, Home]
    metrics: Metrics
    at: Path
    keep: TemporaryDirectory[str]


@cache
def the_stage() -> Stage:
    """Make the regions, introduce them to one another, and let each learn what the others demand."""
    memory = Path("/dev/shm")
    keep = TemporaryDirectory(prefix="tb-sim-", dir=memory if memory.is_dir() else None)
    at = Path(keep.name)
    clock = FakeClock(NOW)
    made: dict[str, Region] = {}
    for place, code in enumerate(CODES):
        address = Address("127.0.0.1", 40000 + place)
        plan = HomePlan(
            region=code, name=NAMES[code], peering=address, endpoints=() if code == DIALS_ONLY else (address,)
        )
        home = make_home(at / code, plan, now=NOW - EARLIER, divisions=load_divisions(), secret=bytes)
        settings, findings = load_settings(home.settings_file, load_divisions())
        assert settings, findings
        made[code] = Region(code, settings, clock)
    introduce(made)
    homes = {code: Home(region.settings, _unwatched(region.settings), Disk.migrated()) for code, region in made.items()}
    run_simulated(lambda loop: _learn(loop, homes, clock))
    gc.collect()
    gc.freeze()  # what lasts is not looked through again and again
    return Stage(homes, Metrics(), at, keep)


def _unwatched(settings: Settings) -> Folder:
    """The folder as it is; no run edits it, so no version of its files is kept."""
    return replace(read_folder(settings, NOW), partner_folder=None, looked=None)


async def _learn(_: SimulatedLoop, homes: dict[str, Home], clock: FakeClock) -> None:
    gateways: dict[str, Gateway] = {}
    for n, (code, home) in enumerate(homes.items(), 1):
        database = InlineDatabase(home.disk, clock=clock)
        on = opened(
            home.settings,
            a_world(clock, n),
            courier_of=lambda _, code=code: DirectCourier(code, gateways),
            assign=lambda _: "window",
            folder=home.folder,
            store=lambda *_, database=database: Kept(database),
        )
        gateways[code] = await on.__aenter__()
        await gateways[code].items.import_items((replace(ITEM, division=code),), "staff:*")
    for gateway in gateways.values():
        for partner in gateway.registry.current():
            await gateway.items.refresh(partner.code)


class Kept:
    """A database that is given and not closed."""

    def __init__(self, database: InlineDatabase) -> None:
        self._database = database

    async def __aenter__(self) -> InlineDatabase:
        return self._database

    async def __aexit__(self, *_: object) -> None:
        return
