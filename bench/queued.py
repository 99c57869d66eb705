"""A million cases open and queued for a partner that is away: memory, time to start, and the rate at which it drains.

A few thousand envelopes are real and stand in front; the others are rows like theirs, due after them, with their bodies left apart.  The last real ones
would fly together with rows that have no body, so the drain is watched until less than one flight of them is left.  Measured is: the start of the gateway on
that store, its memory while the partner is away and while cases keep coming in, then with the partner back until the real ones are settled.
"""

import argparse
import asyncio
import time

import apsw

from bench.bulk import fill, one_case
from bench.count import count
from bench.load import submit_for
from bench.report import Figures, rounded, show_figures, waits
from bench.sites import HANDLER, HURRY, Pair, cpu_seconds, disk_mb, memory_mb, pair, settled
from gateway.cli.federation import start, stop, stop_all

AWAY_SECONDS = 5.0
FLIGHT = 64


def arguments(parser: argparse.ArgumentParser) -> None:
    """Say what can be asked of this program."""
    parser.add_argument("--queued", type=int, default=0, help="envelopes queued; 0 for 1,000,000, short 50,000")
    parser.add_argument("--real", type=int, default=0, help="real ones among them; 0 for 3,000, short 500")


async def measure(asked: argparse.Namespace) -> Figures:
    """Measure, print, and return the figures."""
    queued = asked.queued or (50_000 if asked.short else 1_000_000)
    real = asked.real or (500 if asked.short else 3_000)
    async with pair(started=False, retry=HURRY) as sites:
        origin = sites.origin
        await start(origin)
        figures: Figures = {"queued": queued, "start_empty_seconds": await _start_again(sites)}
        first = await submit_for(origin, HANDLER, 600.0, callers=8, rate=0, batch=16, prefix="q", most=real)
        await stop(origin)
        begun = time.monotonic()
        await asyncio.to_thread(_queue, sites, queued - real)
        figures |= {"loaded_in_seconds": time.monotonic() - begun, "store_mb": disk_mb(origin.store_file)}

        figures["start_seconds"] = await _start(sites)
        figures |= {"start_cpu_seconds": cpu_seconds([origin])[0], "rss_at_start_mb": memory_mb(origin)}
        [cpu] = cpu_seconds([origin])
        more = await submit_for(origin, HANDLER, AWAY_SECONDS, callers=16, rate=0, batch=1, prefix="a")
        figures |= {
            "away_submit_rate": len(more.sent) / more.seconds if more.seconds else 0.0,
            "away_cpu_us": 1e6 * (cpu_seconds([origin])[0] - cpu) / max(len(more.sent), 1),
        }
        figures |= waits("away_submit", more.waits) | {"rss_partner_away_mb": memory_mb(origin)}

        begun = time.monotonic()
        await start(sites.handler)
        await settled(origin, left=queued - real + len(more.sent) + FLIGHT, within=120.0)
        figures |= {"drained_in_seconds": time.monotonic() - begun, "rss_peak_mb": memory_mb(origin, peak=True)}
        await stop_all(sites.both)
        sent = set(first.sent)
        counted = count(origin.store_file, sites.handler.store_file, sent | set(more.sent))
        owed = await asyncio.to_thread(_still_owed, sites, sent)
    times = sorted(counted.times[number][1] for number in sent if number in counted.times)
    seconds = (times[-1] - times[0]) / 1e6 if times else 0.0
    figures |= {
        "drain_rate": len(times) / seconds if seconds else 0.0,
        "drained": len(times),
        "still_owed": owed,
        "lost": len(sent) - len(times) - owed,
        "doubled": counted.doubled,
    }
    show_figures(f"{queued:,} envelopes queued for a partner that is away", figures)
    return rounded(figures)


async def _start(sites: Pair) -> float:
    begun = time.monotonic()
    await start(sites.origin)
    return time.monotonic() - begun


async def _start_again(sites: Pair) -> float:
    await stop(sites.origin)
    return await _start(sites)


def _queue(sites: Pair, rows: int) -> None:
    """Put rows behind the real ones, which become old."""
    store = sites.origin.store_file
    fill(store, one_case(store), rows)
    connection = apsw.Connection(str(store))
    try:
        connection.execute(
            "UPDATE outbox SET due_at = due_at - 864000000000, owed_at = owed_at - 864000000000"
            " WHERE case_id IN (SELECT case_id FROM cases WHERE origin_number NOT LIKE 'bulk-%')"
        )
    finally:
        connection.close()


def _still_owed(sites: Pair, numbers: set[str]) -> int:
    connection = apsw.Connection(str(sites.origin.store_file), flags=apsw.SQLITE_OPEN_READONLY)
    try:
        rows = connection.execute(
            "SELECT c.case_id FROM cases c JOIN outbox o ON o.case_id = c.case_id"
            " WHERE c.origin_number NOT LIKE 'bulk-%' AND o.settled_at IS NULL"
        )
        return sum(row[0] in numbers for row in rows)
    finally:
        connection.close()
