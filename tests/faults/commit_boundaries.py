"""Killed at every commit: before it, after it but before anybody was told, and after all were told.

A dry run lists the transactions that are really seen at each region under this load.  Then each region goes through its list
on its own, while the other does the same: it is started with one failpoint, dies there, and is started with the next.
"""

import asyncio
import signal
from contextlib import suppress
from itertools import product
from random import Random

from gateway.app import failpoints
from gateway.cli.federation import Site
from gateway.store.sqlite.writer import Moment
from tests.faults.schedule import Bites, Fault
from tests.faults.town import Town
from tests.faults.waiting import lapse

DRY_SECONDS = 3.0
HIT_WITHIN = 10.0
ALL = 10_000


async def at_every_commit(town: Town, chance: Random, times: int) -> Bites:
    """Kill each region at `times` of its commits, ALL for every one."""
    lists = {site.code: site.folder / "commits" for site in town.both}
    await town.kill(*town.both)
    for site in town.both:
        await town.start(site, **{failpoints.VARIABLE: f"list:{lists[site.code]}"})
    await lapse(DRY_SECONDS)
    await town.kill(*town.both)
    walks = []
    for site in town.both:
        names = sorted(set(lists[site.code].read_text(encoding="utf-8").splitlines()))
        points = [f"{moment.value}:{name}:1" for name, moment in product(names, Moment)]
        chance.shuffle(points)
        walks.append((site, points[:times]))
    missed = [name for found in await asyncio.gather(*(_walk(town, *walk) for walk in walks)) for name in found]
    injected = sum(len(points) for _, points in walks)
    bites = Bites(injected, injected - len(missed), f"{injected - len(missed)} of {injected} failpoints hit")
    if missed:
        bites.seen += f", never met again: {', '.join(sorted(missed)[:4])}"
    return bites


async def _walk(town: Town, site: Site, points: list[str]) -> list[str]:
    """Go through a region's failpoints; return those that were not met."""
    missed = []
    for point in points:
        if not await _dies_at(town, site, point):
            missed.append(f"{site.code} {point}")
            await town.kill(site)
    await town.start(site)
    return missed


async def _dies_at(town: Town, site: Site, point: str) -> bool:
    with suppress(RuntimeError):  # it died before it was ready, which some are there for
        await town.start(site, **{failpoints.VARIABLE: point})
    assert site.process
    try:
        async with asyncio.timeout(HIT_WITHIN):
            return await site.process.wait() == -signal.SIGKILL
    except TimeoutError:
        return False


FAULTS = (
    Fault(
        name="kill -9 at every commit boundary",
        family="commits",
        inject=at_every_commit,
        times=ALL,
        short=1,
        within=180.0,
    ),
)
