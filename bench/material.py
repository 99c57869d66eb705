"""One large file: uploaded at one gateway, handed over with its case, downloaded at the other; memory must not grow with it.

The content is made as it is sent, so nothing of it lies on this side either.  Each leg is timed; the resident memory of both processes is
looked at twenty times a second.
"""

import argparse
import asyncio
import hashlib
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

import aiohttp
import apsw

from bench.report import Figures, show
from bench.sites import HANDLER, ORIGIN, Pair, cpu_seconds, memory_mb, pair, settled
from gateway.cli.demo_data import card_case, file_material
from gateway.cli.federation import LocalSystem, Site, start_all

MIB = 1024 * 1024
PIECE = 64 * MIB
LOOK_EVERY = 0.05
ALLOWED_MB = 60.0
_BLOCK = hashlib.shake_256(b"bench").digest(MIB - 8)


def arguments(parser: argparse.ArgumentParser) -> None:
    """Say what can be asked of this program."""
    parser.add_argument("--mib", type=int, default=0, help="size of the file; 0 for 512, short 64; at most 2048")


async def measure(asked: argparse.Namespace) -> Figures:
    """Measure, print, and return the figures."""
    mib = asked.mib or (64 if asked.short else 512)
    sha256 = await asyncio.to_thread(_digest, mib)
    async with pair(started=False) as sites, aiohttp.ClientSession() as session:
        _allow_large(sites.handler)
        await start_all(sites.both)
        watch = Watch(sites, mib)
        async with watch.leg("upload"):
            await _upload(session, sites.origin, sha256, mib)
        system = LocalSystem(sites.origin, session)
        async with watch.leg("hand-over"):
            number = await _submit(system, sha256, mib)
            done = await settled(sites.origin, within=900.0)
        async with watch.leg("download"):
            got = await _download(session, sites.handler, sha256)
        complete = [_is_complete(site, number, sha256) for site in sites.both]
    good = bool(done and got == sha256 and all(complete))
    rows = [tuple(leg.values()) for leg in watch.legs]
    show(f"One material of {mib:,} MiB", tuple(watch.legs[0]), rows)
    grown = max(max(leg["origin_grown_mb"], leg["handler_grown_mb"]) for leg in watch.legs)
    print(f"\ndigest at the other end {'equal' if good else 'WRONG'}; memory above idle {grown:.0f} MB at most")
    return {"mib": mib, "equal": good, "grown_mb": grown, "within_bound": grown < ALLOWED_MB, "legs": watch.legs}


def _allow_large(site: Site) -> None:
    [file] = (site.folder / "partners").iterdir()
    text = file.read_text(encoding="utf-8")
    if "\nlimits:\n" not in text:
        raise RuntimeError(f"{file} has no limits")
    file.write_text(text.replace("\nlimits:\n", "\nlimits:\n  largest_material: 2GiB\n"), encoding="utf-8")


@dataclass(slots=True)
class Watch:
    """Looks at both processes while legs go on; what they had before anything moved is idle."""

    sites: Pair
    mib: int
    legs: list[Figures] = field(default_factory=list)
    _idle: list[float] = field(default_factory=list)

    @asynccontextmanager
    async def leg(self, name: str) -> AsyncIterator[None]:
        """Watch one leg."""
        self._idle = self._idle or [memory_mb(site) for site in self.sites.both]
        highest = list(self._idle)
        looking = asyncio.create_task(self._look(highest))
        cpu, begun = cpu_seconds(self.sites.both), time.monotonic()
        try:
            yield
        finally:
            looking.cancel()
        seconds = time.monotonic() - begun
        spent = [after - before for after, before in zip(cpu_seconds(self.sites.both), cpu, strict=True)]
        grown = [most - idle for most, idle in zip(highest, self._idle, strict=True)]
        self.legs.append(
            {
                "leg": name,
                "seconds": round(seconds, 2),
                "mib_per_second": round(self.mib / seconds, 1),
                "origin_cpu_ms_per_mib": round(1000 * spent[0] / self.mib, 2),
                "handler_cpu_ms_per_mib": round(1000 * spent[1] / self.mib, 2),
                "origin_idle_mb": round(self._idle[0], 1),
                "origin_grown_mb": round(grown[0], 1),
                "handler_idle_mb": round(self._idle[1], 1),
                "handler_grown_mb": round(grown[1], 1),
            }
        )

    async def _look(self, highest: list[float]) -> None:
        while True:
            for place, site in enumerate(self.sites.both):
                highest[place] = max(highest[place], memory_mb(site))
            await asyncio.sleep(LOOK_EVERY)


def _blocks(first: int, last: int) -> Iterator[bytes]:
    """Return the MiB of the content from `first` to before `last`; no two are equal."""
    return (n.to_bytes(8) + _BLOCK for n in range(first, last))


def _digest(mib: int) -> str:
    digest = hashlib.sha256()
    for block in _blocks(0, mib):
        digest.update(block)
    return digest.hexdigest()


async def _upload(session: aiohttp.ClientSession, site: Site, sha256: str, mib: int) -> None:
    step, size = PIECE // MIB, mib * MIB
    for first in range(0, mib, step):
        last = min(first + step, mib)

        async def piece(first: int = first, last: int = last) -> AsyncIterator[bytes]:
            for block in _blocks(first, last):
                yield block

        headers = {
            "Authorization": f"Bearer {site.api_key}",
            "Content-Range": f"bytes {first * MIB}-{last * MIB - 1}/{size}",
            "Content-Length": str((last - first) * MIB),
        }
        async with session.put(f"{site.url}/v1/materials/{sha256}", data=piece(), headers=headers) as answer:
            if answer.status not in (200, 201):
                raise RuntimeError(f"the upload was answered {answer.status}: {await answer.text()}")


async def _submit(system: LocalSystem, sha256: str, mib: int) -> str:
    material = file_material("M1", "扫描件", sha256, mib * MIB, "scan.jpg")
    request = card_case(ORIGIN, HANDLER, "large-1", datetime.now(UTC), [material])
    status, said = await system.call("POST", "/v1/cases", request)
    if status != 202:
        raise RuntimeError(f"the case was answered {status}: {said}")
    return str(said["case_id"])


async def _download(session: aiohttp.ClientSession, site: Site, sha256: str) -> str:
    """Download it, going on where a connection ended, and return the digest of what came."""
    digest, got = hashlib.sha256(), 0
    while True:
        headers = {"Authorization": f"Bearer {site.api_key}", "Range": f"bytes={got}-"}
        async with session.get(f"{site.url}/v1/materials/{sha256}", headers=headers) as answer:
            if answer.status not in (200, 206):
                raise RuntimeError(f"the download was answered {answer.status}")
            size = int(
                (answer.headers.get("Content-Range") or f"/{answer.headers['Content-Length']}").rpartition("/")[2]
            )
            async for chunk in answer.content.iter_any():
                digest.update(chunk)
                got += len(chunk)
        if got >= size:
            return digest.hexdigest()


def _is_complete(site: Site, number: str, sha256: str) -> bool:
    """Whether a case of this side has the file, and somebody who handed it in completely."""
    store = apsw.Connection(str(site.store_file), flags=apsw.SQLITE_OPEN_READONLY)
    try:
        facts = {"number": number, "sha256": sha256}
        of_case = store.execute(
            "SELECT COUNT(*) FROM case_files WHERE case_id = :number AND sha256 = :sha256", facts
        ).fetchall()
        handed_in = store.execute(
            "SELECT COUNT(*) FROM possessions WHERE sha256 = :sha256 AND complete = 1 AND claimed = 1", facts
        ).fetchall()
        return of_case == [(1,)] and handed_in == [(1,)]
    finally:
        store.close()
