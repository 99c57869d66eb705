"""From a saved partner file to its effect, with a hundred files: real looks, real store, real clock.

The folder is a copy of the sample partners.  Files are saved at moments that have nothing to do with the looks; the time ends when
the new snapshot is in force and its version, edit and audit rows are on disk.  Beside it: what a look costs when nothing changes, and
what it takes when every file changes at once.
"""

import argparse
import asyncio
import shutil
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from bench.report import Figures, percentile, show
from gateway.app.reloading import LOOK_EVERY
from gateway.app.world import real_world
from gateway.case.days import day_in_china
from gateway.flows.partner_files.go_live import GoingLive, Reload
from gateway.partners.folder import PartnerFolder
from gateway.partners.redirects import Redirects
from gateway.partners.registry import Registry
from gateway.settings import load_divisions
from gateway.store.migrating import migrate
from gateway.store.sqlite import SqliteDatabase
from gateway.trust.vault import load_vault, new_vault_file
from gateway.work.regular import regularly

SAMPLES = Path(__file__).resolve().parents[1] / "partners"
REGION = "422800"
BOUND_SECONDS = 1.0


def arguments(parser: argparse.ArgumentParser) -> None:
    """Say what can be asked of this program."""
    parser.add_argument("--edits", type=int, default=0, help="files saved one after the other; 0 for 30, short 8")


@dataclass
class Watch:
    """A gateway's reload over one folder, and what it told."""

    folder: Path
    going: GoingLive
    reloads: asyncio.Queue[tuple[float, Reload]] = field(default_factory=asyncio.Queue)

    async def until_live(self, files: int) -> float:
        """Return when so many files have gone live."""
        live = 0
        while True:
            at, reload = await self.reloads.get()
            live += len(reload.live)
            if live >= files:
                return at


async def measure(asked: argparse.Namespace) -> Figures:
    """Measure, print, and return the figures."""
    edits = asked.edits or (8 if asked.short else 30)
    async with _watching() as watch:
        files = sorted(watch.folder.glob("[0-9]*.yaml"))
        idle = await _idle(2.0)
        waits, costs = [], []
        for n in range(edits):
            await asyncio.sleep(0.05 + (n * 0.037) % LOOK_EVERY)
            wait, cost = await _saved(watch, files[n % len(files) :][:1], n)
            waits.append(wait)
            costs.append(cost)
        all_wait, all_cost = await _saved(watch, files, edits)
    figures: Figures = {
        "files": len(files),
        "edits": edits,
        "edit_p50_ms": round(1000 * percentile(waits, 50)),
        "edit_max_ms": round(1000 * max(waits)),
        "edit_cpu_ms": round(1000 * percentile(costs, 50), 1),
        "all_at_once_ms": round(1000 * all_wait),
        "all_at_once_cpu_ms": round(1000 * all_cost),
        "idle_cpu_percent": round(100 * idle, 2),
        "within_bound": max(waits) < BOUND_SECONDS,
    }
    show("From a saved partner file to its effect", ("", ""), list(figures.items()))
    return figures


async def _saved(watch: Watch, files: list[Path], turn: int) -> tuple[float, float]:
    """Save files and wait until they are live; return the seconds, and those of the processor."""
    texts = [file.read_text(encoding="utf-8") + f"# {turn}\n" for file in files]
    cpu, began = time.process_time(), time.perf_counter()
    for file, text in zip(files, texts, strict=True):
        file.write_text(text, encoding="utf-8")
    at = await watch.until_live(len(files))
    return at - began, time.process_time() - cpu


async def _idle(seconds: float) -> float:
    """Return the part of one processor that looking takes while nothing changes."""
    cpu, began = time.process_time(), time.perf_counter()
    await asyncio.sleep(seconds)
    return (time.process_time() - cpu) / (time.perf_counter() - began)


@asynccontextmanager
async def _watching() -> AsyncIterator[Watch]:
    world, divisions = real_world(), load_divisions()
    with tempfile.TemporaryDirectory(prefix="tb-bench-") as name:
        at = Path(name)
        folder = at / "partners"
        shutil.copytree(SAMPLES, folder)
        new_vault_file(at / "vault.key")
        migrate(at / "store.db", now=world.clock())
        database = SqliteDatabase(at / "store.db", clock=world.clock)
        looked_at = PartnerFolder(folder, divisions, REGION, Redirects.packaged())
        looked = looked_at.look(0.0, day_in_china(datetime.now(UTC)), at_once=True)
        assert looked
        going = GoingLive(
            looked_at,
            Registry(divisions),
            database,
            load_vault(at / "vault.key", world.nonce),
            world.clock,
            world.monotonic,
        )
        watch = Watch(folder, going)
        await going.begin(looked)
        going.tell = lambda reload: watch.reloads.put_nowait((time.perf_counter(), reload))
        # Each file is read once more a few seconds later; that is not what is measured.
        await asyncio.sleep(0.1)
        task = asyncio.create_task(regularly(going.look, every=LOOK_EVERY, sleep=asyncio.sleep, failed=_raise))
        await asyncio.sleep(4.0)
        try:
            yield watch
        finally:
            task.cancel()
            await asyncio.wait([task])
            await database.close()


def _raise(_: str, error: BaseException) -> None:
    raise error
