"""Gateways of this machine as a bench needs them: made quietly, started, watched from outside, and removed."""

import os
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from tenacity import AsyncRetrying, retry_if_result, stop_after_delay, wait_fixed

from bench.count import unsettled
from gateway.cli.demo_data import agreements
from gateway.cli.federation import Site, make_sites, start_all, stop_all

ORIGIN, HANDLER = "500114", "422800"
NAMES = {ORIGIN: "黔江区", HANDLER: "恩施州"}
SETTLE_WITHIN = 300.0
SETTINGS = "\nlog:\n  level: warning\n"
HURRY = {"first_wait": "1s", "growth": "1.0", "longest_wait": "1s"}
"""A schedule with which a partner that was away is tried every second, so that a bench does not measure waiting."""
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Pair:
    """The two gateways of a bench."""

    origin: Site
    handler: Site

    @property
    def both(self) -> tuple[Site, Site]:
        """Origin and handler."""
        return self.origin, self.handler


@asynccontextmanager
async def pair(
    *, started: bool = True, retry: Mapping[str, str] | None = None, settings: str = SETTINGS
) -> AsyncIterator[Pair]:
    """Two new gateways while the block runs; their folder is below the system's folder for temporary files.

    Args:
        started: whether both run already.
        retry: the schedule of either partner file.
        settings: appended to either gateway.yaml.
    """
    folder = Path(tempfile.mkdtemp(prefix="tongban-bench-"))
    sites = make_sites(
        folder,
        NAMES,
        now=datetime.now(UTC),
        secret=secrets.token_bytes,
        agreements=agreements,
        extra_settings=settings,
        retry=retry,
    )
    try:
        if started:
            await start_all(sites.values())
        yield Pair(sites[ORIGIN], sites[HANDLER])
    finally:
        await stop_all(sites.values())
        shutil.rmtree(folder, ignore_errors=True)


async def settled(origin: Site, left: int = 0, within: float = SETTLE_WITHIN) -> bool:
    """Wait until no more than `left` envelopes are owed; False when that takes too long."""
    waits = retry_if_result(lambda owed: owed > left)
    async for attempt in AsyncRetrying(
        stop=stop_after_delay(within), wait=wait_fixed(0.05), retry=waits, retry_error_callback=lambda _: None
    ):
        with attempt:
            waiting = unsettled(origin.store_file)
        attempt.retry_state.set_result(waiting)
    return waiting <= left


def cpu_seconds(sites: Iterable[Site]) -> list[float]:
    """Return the processor time each process has used so far, all threads together."""
    return [process_cpu_seconds(_pid(site)) for site in sites]


def own_cpu_seconds() -> float:
    """Return the processor time of this process: that of the load."""
    return process_cpu_seconds(os.getpid())


def process_cpu_seconds(pid: int) -> float:
    """Return the processor time a process has used so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def memory_mb(site: Site, *, peak: bool = False) -> float:
    """Return the resident memory of a process, or the most it ever was."""
    wanted = "VmHWM:" if peak else "VmRSS:"
    for line in Path(f"/proc/{_pid(site)}/status").read_text().splitlines():
        if line.startswith(wanted):
            return int(line.split()[1]) / 1024
    return 0.0


def disk_mb(file: Path) -> float:
    """Return what a database takes on disk, its log included."""
    return sum(one.stat().st_size for one in file.parent.glob(file.name + "*")) / 1024**2


def commit() -> str:
    """Return the commit that is measured, with a plus where files differ from it; empty outside a repository."""
    said = [_git("rev-parse", "--short", "HEAD"), "+" if _git("status", "--porcelain", "gateway") else ""]
    return "".join(said)


def _git(*words: str) -> str:
    done = subprocess.run(["git", *words], capture_output=True, text=True, check=False)
    return done.stdout.strip()


def _pid(site: Site) -> int:
    assert site.process
    return site.process.pid
