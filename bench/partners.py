"""The rate with one partner and with ninety: the same load, spread evenly over as many handlers.

The handlers are whole gateways with keys, stores and ports of their own, in two processes (`bench.crowd`), because ninety processes do not fit two cores.
With one partner the same number of processes runs, and one of the handlers gets everything.
"""

import argparse
import asyncio
import secrets
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any

from bench.count import count
from bench.load import request_to, submit_for
from bench.report import Figures, rounded, show, waits
from bench.sites import HANDLER, ORIGIN, SETTINGS, cpu_seconds, memory_mb, process_cpu_seconds, settled
from gateway.cli import demo_data
from gateway.cli.federation import Site, make_sites, start, stop, stop_all
from gateway.settings import load_divisions

CROWDS = 2
READY_WITHIN = 180.0
ROOT = Path(__file__).parents[1]


def arguments(parser: argparse.ArgumentParser) -> None:
    """Say what can be asked of this program."""
    parser.add_argument("--partners", type=int, default=0, help="handlers; 0 for 90, short 10")
    parser.add_argument("--partner-cases", type=int, default=0, help="cases in each run; 0 for 4,000, short 600")


async def measure(asked: argparse.Namespace) -> Figures:
    """Measure, print, and return the figures with one partner and with many."""
    many = asked.partners or (10 if asked.short else 90)
    cases = asked.partner_cases or (600 if asked.short else 4_000)
    figures: Figures = {}
    sent: set[str] = set()
    async with _star(many) as sites:
        origin, handlers = sites[0], sites[1:]
        async with _crowd(handlers) as processes:
            for spread in (1, many):
                figures[str(spread)] = await _run(origin, handlers[:spread], processes, cases, sent)
    names = list(figures["1"])
    shown = [(name, *(one[name] for one in figures.values())) for name in names]
    show("One partner and many", ("partners", *figures), shown)
    rates = [one["end_to_end_rate"] for one in figures.values()]
    figures = {spread: rounded(one) for spread, one in figures.items()}
    return {"partners": many, "rate_kept": round(rates[-1] / rates[0], 3) if rates[0] else 0.0} | figures


async def _run(origin: Site, handlers: Sequence[Site], crowd: Sequence[int], cases: int, sent: set[str]) -> Figures:
    """Measure one spread; `sent` is what was sent before, to which this is added."""
    await start(origin)
    divisions = [f"{site.code}000000" for site in handlers]
    prefix = f"p{len(handlers)}"

    def body_of(number: str) -> bytes:
        place = int(number.rpartition("-")[2])
        return request_to(ORIGIN, HANDLER, divisions[place % len(divisions)], number)

    async def load(name: str, most: int) -> Any:
        return await submit_for(
            origin, HANDLER, 300.0, callers=32, rate=0, batch=1, prefix=name, most=most, body_of=body_of
        )

    warm = await load(f"w{prefix}", max(2 * len(handlers), 50))
    await settled(origin)
    [before], crowd_before = cpu_seconds([origin]), sum(map(process_cpu_seconds, crowd))
    done = await load(prefix, cases)
    await settled(origin)
    [after], crowd_after = cpu_seconds([origin]), sum(map(process_cpu_seconds, crowd))
    memory = memory_mb(origin, peak=True)
    await stop(origin)
    sent |= {*done.sent, *warm.sent}
    counted = count(origin.store_file, [site.store_file for site in handlers], sent)
    latencies = [seconds for number, seconds in counted.latency_of.items() if number in done.sent]
    return {
        "sent": len(done.sent),
        "refused": len(done.refused) + len(warm.refused),
        "lost": counted.lost,
        "doubled": counted.doubled,
        "submit_rate": len(done.sent) / done.seconds if done.seconds else 0.0,
        "end_to_end_rate": counted.rate_of(set(done.sent)),
        **waits("submit", done.waits),
        **waits("end_to_end", latencies),
        "origin_cpu_us": 1e6 * (after - before) / max(len(done.sent), 1),
        "handlers_cpu_us": 1e6 * (crowd_after - crowd_before) / max(len(done.sent), 1),
        "origin_rss_mb": memory,
    }


@asynccontextmanager
async def _star(many: int) -> AsyncIterator[list[Site]]:
    """The origin and its partners, which do not know one another; none of them runs."""
    folder = Path(tempfile.mkdtemp(prefix="tongban-bench-"))
    names = {ORIGIN: "黔江区"} | _prefectures(many)

    def agreements(ours: str, theirs: str) -> list[dict[str, Any]]:
        if ORIGIN not in (ours, theirs):
            return []
        [agreed] = demo_data.agreements(ORIGIN, HANDLER)
        number = f"示例通办协〔2026〕{'-'.join(sorted((ours, theirs)))}号"
        return [agreed | {"number": number, "our_scope": [ours], "their_scope": [theirs]}]

    sites: Mapping[str, Site] = {}
    try:
        sites = await asyncio.to_thread(
            make_sites,
            folder,
            names,
            now=datetime.now(UTC),
            secret=secrets.token_bytes,
            agreements=agreements,
            extra_settings=SETTINGS,
        )
        yield list(sites.values())
    finally:
        await stop_all(sites.values())
        shutil.rmtree(folder, ignore_errors=True)


def _prefectures(many: int) -> Mapping[str, str]:
    divisions = load_divisions()
    fitting = (one for one in divisions if one.level.name == "PREFECTURE" and one.status.name == "CURRENT")
    return {one.code6: one.name for one in islice(fitting, many)}


@asynccontextmanager
async def _crowd(handlers: Sequence[Site]) -> AsyncIterator[list[int]]:
    """Run the handlers in a few processes; yields their ids."""
    running = [
        await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "bench.crowd",
            *map(str, _folders(handlers, n)),
            stdout=asyncio.subprocess.PIPE,
            cwd=ROOT,
        )
        for n in range(CROWDS)
        if _folders(handlers, n)
    ]
    try:
        async with asyncio.timeout(READY_WITHIN):
            for process in running:
                assert process.stdout
                if await process.stdout.readline() != b"ready\n":
                    raise RuntimeError("the handlers did not start")
        yield [process.pid for process in running]
    finally:
        for process in running:
            if process.returncode is None:
                process.terminate()
        await asyncio.gather(*(process.wait() for process in running))


def _folders(handlers: Sequence[Site], place: int) -> list[Path]:
    return [site.folder for site in handlers[place::CROWDS]]
