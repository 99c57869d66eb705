"""A region whose machine burns down, and comes back from a backup in another folder."""

import itertools
import shutil
from pathlib import Path

from gateway.app.opening import opened
from gateway.flows.look import CaseView
from gateway.flows.restored.backup import Backup, make_backup
from gateway.flows.restored.manifest import Manifest
from gateway.flows.restored.restore import RestoredHome, restore
from gateway.settings import load_divisions
from gateway.store.database import Transaction
from gateway.store.pace import Pace
from tests.flows.regions import Region, Regions, a_world

BUSY = Pace(1.0, lambda _: None, lambda: 0.0)
LIVES = itertools.count(1)


def quiet(_step: str, _done: int, _of: int) -> None:
    """Nobody is told of progress."""


def back_up(region: Region, target: Path, **changes: bool) -> Manifest:
    """Back a region up while its gateway is open."""
    return make_backup(
        Backup(region.settings, "test", **changes),
        target,
        now=region.clock(),
        new_id=f"b{next(LIVES)}",
        pace=BUSY,
        tell=quiet,
    )


def restored_home(source: Path, home: Path, region: Region) -> RestoredHome:
    """Restore a backup into a folder that already has the region's keys."""
    if not (home / "keys").exists():
        shutil.copytree(region.settings.keys, home / "keys")
    return restore(
        source,
        home,
        passphrase=None,
        divisions=load_divisions(),
        new_id=f"life-{next(LIVES)}",
        now=region.clock(),
        pace=BUSY,
        tell=quiet,
    )


async def burn_down_and_restore(all_regions: Regions, region: Region, source: Path, home: Path) -> None:
    """The gateway dies with its folder; another one opens on what the backup holds."""
    await all_regions.opens[region.code].aclose()
    del all_regions.gateways[region.code]
    restored = restored_home(source, home, region)
    shutil.rmtree(region.settings.home)
    region.settings = restored.settings
    all_regions.restarts += 1
    region.gateway = await all_regions.opens[region.code].enter_async_context(
        opened(
            region.settings,
            a_world(region.clock, 5000 + all_regions.restarts),
            courier_of=lambda _: region.courier,
            assign=lambda _: region.system,
        )
    )
    all_regions.gateways[region.code] = region.gateway


async def rows(region: Region, sql: str, **facts: object) -> list[tuple[object, ...]]:
    """What a region's store says."""

    def read(tx: Transaction) -> list[tuple[object, ...]]:
        return tx.rows(sql, facts)

    return await region.gateway.database.read(read)


async def agree(one: Region, other: Region, number: str) -> None:
    """Both regions tell the same of a case: events, their order, their envelopes, and where it stands."""
    here, there = await one.view(number), await other.view(number)

    def told(view: CaseView) -> list[tuple[object, ...]]:
        return [
            # An opening has no id of its own: it is that of the envelope it was first sealed in.
            (row.version, row.kind, row.sender, row.sequence, row.envelope_id, row.version == 1 or row.event_id)
            for row in (one.row for one in view.events)
            if row.version is not None
        ]

    assert told(here) == told(there)
    assert (here.row.standing, here.row.case_version) == (there.row.standing, there.row.case_version)
    assert here.row.our_sequence >= there.row.their_sequence
    assert there.row.our_sequence >= here.row.their_sequence


async def evidence_of(region: Region) -> list[tuple[object, ...]]:
    """What was said between the regions, by the digests of the exact bytes."""
    return sorted(await rows(region, "SELECT kind, sender, object_id, sealed_sha256, leaf FROM evidence"))
