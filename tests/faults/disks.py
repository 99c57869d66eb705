"""Disks that are full, read-only, slow or broken, under either region or both, also in the midst of a group.

Each gateway's data folder is a small file system of its own where this process may mount one; the rest is done by a layer
between the gateway and the kernel (`faulty_disk.c`), which counts every write it broke.
"""

import mmap
import shutil
import struct
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from random import Random

from gateway.cli.federation import Site
from tests.faults.schedule import Bites, Fault
from tests.faults.town import Town, town
from tests.faults.waiting import lapse

PASS, FULL, READ_ONLY, FULL_AFTER, SLOW_SYNC, SYNC_FAILS = range(6)
SOURCE = Path(__file__).with_name("faulty_disk.c")
CONTROL_BYTES = 32
DISK_MIB = 160
SPELL = 1.5
SLOW_MILLISECONDS = 150
_FILLER = "filler"


class NoCompiler(RuntimeError):
    """The layer cannot be built here."""


class Disk:
    """The layer under one gateway."""

    def __init__(self, file: Path) -> None:
        with file.open("r+b") as opened:
            self._mapped = mmap.mmap(opened.fileno(), CONTROL_BYTES)

    def turn(self, mode: int, *, left: int = 0, milliseconds: int = 0) -> None:
        """From now on do this."""
        struct.pack_into("=ii", self._mapped, 4, left, milliseconds)
        struct.pack_into("=i", self._mapped, 0, mode)

    @property
    def bites(self) -> int:
        """Writes, syncs and changes of names it broke or held up."""
        return int(struct.unpack_from("=i", self._mapped, 12)[0])


def built(folder: Path) -> Path:
    """Compile the layer.

    Raises:
        NoCompiler: there is none, or it fails.
    """
    compiler = shutil.which("gcc") or shutil.which("cc")
    target = folder / "faulty_disk.so"
    if compiler is None:
        raise NoCompiler("a C compiler is needed for the faults of disks (Debian: apt install gcc)")
    command = [compiler, "-shared", "-fPIC", "-O2", "-o", str(target), str(SOURCE), "-ldl"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise NoCompiler(done.stderr)
    return target


def control_of(site: Site) -> Path:
    """The file through which a gateway's disk is steered."""
    return site.folder / "disk"


def mounted(folder: Path) -> bool:
    """Mount a small file system on a folder; False where that is not allowed."""
    options = f"size={DISK_MIB}m,mode=700"
    command = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)]
    return (
        shutil.which("mount") is not None and subprocess.run(command, capture_output=True, check=False).returncode == 0
    )


def unmount(folders: Iterable[Path]) -> None:
    """Take the small file systems away again."""
    for folder in folders:
        subprocess.run(["umount", "-l", str(folder)], capture_output=True, check=False)


@asynccontextmanager
async def disk_town(folder: Path, *, rate: float) -> AsyncIterator[Town]:
    """A town whose disks can be hurt."""
    layer = built(folder)
    mounts: list[Path] = []

    def prepare(site: Site) -> None:
        control_of(site).write_bytes(bytes(CONTROL_BYTES))
        data = site.folder / "data"
        if mounted(data):
            mounts.append(data)

    def environment(site: Site) -> dict[str, str]:
        return {
            "LD_PRELOAD": str(layer),
            "DRILL_DISK_FOLDER": str(site.folder / "data"),
            "DRILL_DISK_CONTROL": str(control_of(site)),
        }

    try:
        async with town(folder, rate=rate, environment=environment, before_start=prepare) as made:
            yield made
    finally:
        unmount(mounts)


def broken(mode: int, *, milliseconds: int = 0) -> Callable[[Town, Random, int], Awaitable[Bites]]:
    """Return a fault: the disk of either region, or of both, behaves so for spells."""

    async def inject(town: Town, chance: Random, times: int) -> Bites:
        disks = {site.code: Disk(control_of(site)) for site in town.both}
        before = sum(disk.bites for disk in disks.values())
        turns = [[site] for site in town.both] + [list(town.both)]
        refused = town.told.refused.total()
        for turn in range(times):
            hurt = turns[turn % len(turns)]
            for site in hurt:
                disks[site.code].turn(mode, left=chance.randrange(1, 60), milliseconds=milliseconds)
            await lapse(SPELL * chance.uniform(0.7, 1.3))
            for site in hurt:
                disks[site.code].turn(PASS)
            await lapse(chance.uniform(0.1, 0.5))
        bites = Bites(times, sum(disk.bites for disk in disks.values()) - before)
        bites.seen = f"calls of the disk hurt; {town.told.refused.total() - refused} answers put off"
        return bites

    return inject


async def really_full(town: Town, chance: Random, times: int) -> Bites:
    """Fill the file system itself, of either region and of both."""
    turns = [[site] for site in town.both] + [list(town.both)]
    bites = Bites(times)
    for turn in range(times):
        fillers = [site.folder / "data" / _FILLER for site in turns[turn % len(turns)]]
        if not all(filler.parent.is_mount() for filler in fillers):
            bites.seen = "no right to mount: by the layer alone"
            bites.bit += (await broken(FULL)(town, chance, 1)).bit
            continue
        before = _store_failures(town)
        for filler in fillers:
            _fill(filler)
        await lapse(SPELL)
        for filler in fillers:
            with suppress(FileNotFoundError):
                filler.unlink()
        bites.bit += _store_failures(town) - before
        bites.seen = "times the store could not write, in answers and logs"
        await lapse(chance.uniform(0.1, 0.5))
    return bites


def _fill(filler: Path) -> None:
    with suppress(OSError), filler.open("wb", buffering=0) as file:
        for size in (1024 * 1024, 4096):
            with suppress(OSError):
                while True:
                    if not file.write(bytes(size)):
                        break


def _store_failures(town: Town) -> int:
    answered = sum(
        count for said, count in town.told.refused.items() if said.endswith(("STORE_NOT_WRITABLE", "DISK_FULL"))
    )
    return answered + sum(town.log_lines(site, "STORE_NOT_WRITABLE") for site in town.both)


def _fault(name: str, inject: Callable[[Town, Random, int], Awaitable[Bites]], times: int, short: int) -> Fault:
    return Fault(name=name, family="disks", inject=inject, times=times, short=short)


FAULTS = (
    _fault("disk full", really_full, 6, 2),
    _fault("disk full in mid-group", broken(FULL_AFTER), 12, 1),
    _fault("read-only store", broken(READ_ONLY), 6, 1),
    _fault("fsync fails", broken(SYNC_FAILS), 6, 1),
    _fault("slow fsync", broken(SLOW_SYNC, milliseconds=SLOW_MILLISECONDS), 6, 1),
)
