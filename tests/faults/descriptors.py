"""No file descriptors left: the bound of a running gateway is lowered to what it holds, so that it can take no more."""

import resource
import socket
from pathlib import Path
from random import Random

from gateway.cli.federation import Site
from tests.faults.schedule import Bites, Fault
from tests.faults.town import Town
from tests.faults.waiting import lapse

SPELL = 2.0
PROBES = 8
PATIENCE = 0.05


async def exhausted(town: Town, chance: Random, times: int) -> Bites:
    """Lower the bound under either region; connections are broken off, so that new ones are needed and cannot be had."""
    bites = Bites(times)
    for turn in range(times):
        site = town.both[turn % 2]
        assert site.process
        pid = site.process.pid
        soft, hard = resource.prlimit(pid, resource.RLIMIT_NOFILE)
        held = _held(pid)
        resource.prlimit(pid, resource.RLIMIT_NOFILE, (max(3, held - chance.randrange(0, 3)), hard))
        try:
            for line in (town.to_handler, town.to_origin):
                line.reset()
            for _ in range(PROBES):
                bites.bit += not await _answers(site)
                await lapse(SPELL / PROBES)
        finally:
            resource.prlimit(pid, resource.RLIMIT_NOFILE, (soft, hard))
        bites.bit += town.log_lines(site, "Too many open files")
        await lapse(chance.uniform(0.3, 1.0))
    bites.seen = "connections not taken, errors in the log"
    return bites


def _held(pid: int) -> int:
    return len(list(Path(f"/proc/{pid}/fd").iterdir()))


async def _answers(site: Site) -> bool:
    """Whether a new connection is spoken to."""
    try:
        with socket.create_connection((site.local.host, site.local.port), timeout=PATIENCE) as opened:
            opened.settimeout(PATIENCE)
            opened.sendall(b"GET /health/live HTTP/1.1\r\nHost: gateway\r\nConnection: close\r\n\r\n")
            return bool(opened.recv(16))
    except OSError:
        return False


FAULTS = (Fault(name="out of file descriptors", family="descriptors", inject=exhausted, times=6, short=2),)
