"""Opening a gateway from its folder: keys, store, partners, systems; no doors and no loops yet.

In order: what can be wrong is checked before anything is opened, and what is opened is closed in reverse.
"""

import fcntl
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from gateway.app.gateway import Gateway
from gateway.app.own_papers import OwnPapers
from gateway.app.world import World
from gateway.case.code.divisions import Divisions
from gateway.case.days import day_in_china
from gateway.case.errors import GatewayError
from gateway.case.model import Case
from gateway.case.reasons import Reason
from gateway.flows.clocks.time_limits import look_again
from gateway.flows.delivery.courier import Courier
from gateway.flows.delivery.start_anew import start_anew
from gateway.flows.describe import AboutUs
from gateway.flows.items.catalogues import Catalogues
from gateway.flows.keys.denying import Denying
from gateway.flows.partner_files.go_live import GoingLive
from gateway.flows.restored.behind import Behind
from gateway.flows.sealing import Sealer
from gateway.licences.connect import connected
from gateway.partners.check import Checked
from gateway.partners.folder import Looked, PartnerFolder
from gateway.partners.redirects import Redirects
from gateway.partners.registry import Registry
from gateway.partners.revoked import revoked_file
from gateway.settings import Settings, load_divisions
from gateway.settings.calendars import Almanac, CheckedCalendars, check_calendars
from gateway.store import incarnation
from gateway.store.database import Database
from gateway.store.files import MaterialFiles
from gateway.store.migrating import migrate
from gateway.store.sqlite import SqliteDatabase
from gateway.store.waiting import not_writable
from gateway.trust.keys import OwnKeys, load_keys
from gateway.trust.vault import Vault, load_vault


def software() -> str:
    """Return name and version of the program, for people."""
    try:
        return f"tongban-gateway {version('tongban-gateway')}"
    except PackageNotFoundError:
        return "tongban-gateway (source)"


@contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    """Make and hold the data folder for this process; the lock goes with the process, however it ends."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        opened_lock = (folder / "gateway.lock").open("w")
    except OSError as error:
        raise not_writable(f"{folder}: {error.strerror}") from error
    with opened_lock as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise GatewayError(Reason.ALREADY_RUNNING, folder=folder) from None
        yield


@dataclass(frozen=True, slots=True)
class Folder:
    """What the files of a gateway's folder say, read and checked.

    Attributes:
        looked: what was found by `partner_folder`, which looks again later; without it no version of a file is kept.
    """

    divisions: Divisions
    redirects: Redirects
    keys: OwnKeys
    partners: Checked
    calendars: CheckedCalendars
    partner_folder: PartnerFolder | None = None
    looked: Looked | None = None


def read_folder(settings: Settings, now: datetime) -> Folder:
    """Read and check the files of a gateway; nothing is opened.

    Raises:
        GatewayError: KEY_FILE_….
    """
    divisions = load_divisions()
    redirects = Redirects.packaged()
    day = day_in_china(now)
    partner_folder = PartnerFolder(settings.partners, divisions, settings.region, redirects)
    looked = partner_folder.look(0.0, day, at_once=True)
    assert looked, "the first look always finds something"
    return Folder(
        divisions=divisions,
        redirects=redirects,
        keys=load_keys(settings.keys),
        partners=looked.checked,
        calendars=check_calendars(settings.calendars, divisions, day),
        partner_folder=partner_folder,
        looked=looked,
    )


def _going_live(
    there: Folder, settings: Settings, registry: Registry, database: Database, vault: Vault, world: World
) -> GoingLive:
    folder = there.partner_folder or PartnerFolder(settings.partners, there.divisions, settings.region, there.redirects)
    return GoingLive(folder, registry, database, vault, world.clock, world.monotonic)


OpenStore = Callable[[Settings, World], AbstractAsyncContextManager[Database]]


@asynccontextmanager
async def embedded_store(settings: Settings, world: World) -> AsyncIterator[Database]:
    """Open the database in the data folder while the block runs, for this process alone, with its tables up to date.

    Raises:
        GatewayError: ALREADY_RUNNING, STORE_NOT_WRITABLE, STORE_NEWER, MIGRATION_CHANGED.
    """
    with _alone_in(settings.data):
        migrate(settings.store_file, now=world.clock())
        database = SqliteDatabase(settings.store_file, clock=world.clock, watch=world.commits)
        try:
            yield database
        finally:
            await database.close()


@asynccontextmanager
async def opened(
    settings: Settings,
    world: World,
    *,
    courier_of: Callable[[Registry], Courier],
    assign: Callable[[Case], str],
    folder: Folder | None = None,
    papers: OwnPapers | None = None,
    store: OpenStore = embedded_store,
) -> AsyncIterator[Gateway]:
    """Open the gateway of a folder.

    Args:
        courier_of: makes what carries bytes to partners.
        assign: which local system receives a case; empty when none does.
        folder: what `read_folder` returned, when it was read before.
        papers: our keys and certificate, when they were read before.
        store: opens the database.

    Raises:
        GatewayError: KEY_FILE_…, CONFIGURATION, ALREADY_RUNNING, STORE_NOT_WRITABLE, STORE_NEWER, MIGRATION_CHANGED.
    """
    now = world.clock()
    there = folder or read_folder(settings, now)
    papers = papers or OwnPapers(settings, world)
    vault = load_vault(settings.vault, world.nonce)
    registry = Registry(there.divisions)
    almanac = Almanac()
    almanac.reload(there.calendars)
    async with AsyncExitStack() as on:
        database = await on.enter_async_context(store(settings, world))
        await database.write(lambda tx: incarnation.begin(tx, world.new_id(), now))
        await database.write(lambda tx: start_anew(tx, now))
        denying = Denying(revoked_file(settings.home), settings.region, database, world.clock)
        await denying.begin()
        papers.denied = lambda: denying.denied
        going_live = _going_live(there, settings, registry, database, vault, world)
        if there.looked:
            await going_live.begin(there.looked)
        else:
            registry.reload(there.partners)
        behind = Behind()
        await behind.look(database)
        await look_again(database, almanac.current().versions, now)
        licences = await on.enter_async_context(connected(settings.licences, world.clock))
        yield Gateway(
            about=AboutUs(
                region=settings.region,
                region_name=settings.name,
                software=settings.software or software(),
                public_phone=settings.public_phone,
                envelope_life=settings.limits.envelope_life,
                largest_material=settings.limits.largest_material,
            ),
            world=world,
            database=database,
            vault=vault,
            files=MaterialFiles(settings.materials, vault, least_free=settings.limits.least_free_disk),
            registry=registry,
            divisions=there.divisions,
            redirects=there.redirects,
            sealer=Sealer(
                region=settings.region,
                key=papers.seal_key,
                new_id=world.new_id,
                life=settings.limits.envelope_life,
                holds=behind.is_behind,
                beside=lambda moment: papers.seal_keys(moment)[1:],
                denied=papers.denied_kids,
            ),
            papers=papers,
            denying=denying,
            behind=behind,
            courier=courier_of(registry),
            assign=assign,
            catalogues=Catalogues(database, there.divisions),
            almanac=almanac,
            unclaimed_materials=settings.limits.unclaimed_materials,
            going_live=going_live,
            licences=licences,
        )
