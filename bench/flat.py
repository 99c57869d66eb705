"""Whether a full store slows anything down: the same load, and the same single steps, at stores of growing size on both sides.

Processor time per case says more than rates do on a shared machine.  Bodies are apart (`bench.bulk`); what is looked up is old and drawn evenly.
"""

import argparse
import asyncio
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from itertools import cycle, islice
from pathlib import Path
from typing import TypeVar

from bench.bulk import fill, one_case
from bench.count import count
from bench.load import submit_for
from bench.report import Figures, rounded, show, waits
from bench.sites import HANDLER, ORIGIN, Pair, cpu_seconds, disk_mb, pair, settled
from gateway.cli.federation import start_all, stop_all
from gateway.store import cases, claims, events, inbox
from gateway.store.database import Transaction
from gateway.store.sqlite import SqliteDatabase

LOOKS = 2_000
FLIGHTS = 20
PER_FLIGHT = 64
T = TypeVar("T")


def arguments(parser: argparse.ArgumentParser) -> None:
    """Say what can be asked of this program."""
    parser.add_argument(
        "--sizes",
        default="",
        help="cases in store, as 10000,100000; default 10000,100000, short 1000,20000; 10000000 takes 40 GB",
    )
    parser.add_argument("--flat-cases", type=int, default=0, help="cases sent at each size; 0 for 3,000, short 500")


async def measure(asked: argparse.Namespace) -> Figures:
    """Measure, print, and return the figures of each size under its number."""
    sizes = [int(size) for size in (asked.sizes or ("1000,20000" if asked.short else "10000,100000")).split(",")]
    sent = asked.flat_cases or (500 if asked.short else 3_000)
    figures: Figures = {}
    async with pair() as sites:
        await submit_for(sites.origin, HANDLER, 60.0, callers=4, rate=0, batch=1, prefix="t", most=100)
        await settled(sites.origin)
        held = 0
        for size in sizes:
            await stop_all(sites.both)
            old = await asyncio.to_thread(_grow, sites, held, size - held)
            held = size
            steps = await _steps(sites, old)
            begun = time.monotonic()
            await start_all(sites.both)
            started = time.monotonic() - begun
            figures[str(size)] = {"both_start_seconds": started} | await _load(sites, sent, f"f{size}-") | steps
    names = list(next(iter(figures.values())))
    show("Flatness", ("cases in store", *figures), [(name, *(one[name] for one in figures.values())) for name in names])
    return {size: rounded(one) for size, one in figures.items()}


def _grow(sites: Pair, held: int, more: int) -> tuple[list[str], list[str]]:
    """Add cases to both stores; return some old numbers of either."""
    return tuple(  # type: ignore[return-value]
        fill(site.store_file, one_case(site.store_file), more, first=held, until=datetime.now(UTC) - timedelta(hours=1))
        for site in sites.both
    )


async def _load(sites: Pair, cases_sent: int, prefix: str) -> Figures:
    await submit_for(
        sites.origin, HANDLER, 30.0, callers=8, rate=0, batch=1, prefix=f"w{prefix}", most=cases_sent // 10
    )
    await settled(sites.origin)
    cpu = cpu_seconds(sites.both)
    load = await submit_for(sites.origin, HANDLER, 300.0, callers=16, rate=0, batch=1, prefix=prefix, most=cases_sent)
    await settled(sites.origin)
    spent = [after - before for after, before in zip(cpu_seconds(sites.both), cpu, strict=True)]
    counted = count(sites.origin.store_file, sites.handler.store_file, set(load.sent))
    latencies = [seconds for number, seconds in counted.latency_of.items() if number in load.sent]
    return {
        "sent": len(load.sent),
        "lost": counted.lost,
        "submit_rate": len(load.sent) / load.seconds,
        **waits("submit", load.waits),
        **waits("end_to_end", latencies),
        "origin_cpu_us": 1e6 * spent[0] / len(load.sent),
        "handler_cpu_us": 1e6 * spent[1] / len(load.sent),
        "origin_store_mb": disk_mb(sites.origin.store_file),
        "handler_store_mb": disk_mb(sites.handler.store_file),
    }


async def _steps(sites: Pair, old: tuple[Sequence[str], Sequence[str]]) -> Figures:
    """Measure single steps on the stores of gateways that do not run, in microseconds."""
    at_origin, at_handler = (list(islice(cycle(numbers), LOOKS)) for numbers in old)
    origin, handler = sites.origin.store_file, sites.handler.store_file
    return {
        "look_up_origin_us": await _read(origin, lambda tx: _each(at_origin, lambda number: cases.find(tx, number))),
        "look_up_handler_us": await _read(handler, lambda tx: _each(at_handler, lambda number: cases.find(tx, number))),
        "story_us": await _read(origin, lambda tx: _each(at_origin, lambda number: events.of_case(tx, number))),
        "repeat_known_us": await _read(handler, lambda tx: _repeats(tx, at_handler)),
        "repeat_unknown_us": await _read(
            handler, lambda tx: _each(at_handler, lambda n: inbox.answer_to(tx, ORIGIN, n))
        ),
        "claim_64_us": await _claims(origin, at_origin[: FLIGHTS * PER_FLIGHT]),
    }


def _each(things: Sequence[T], look: Callable[[T], object]) -> float:
    begun = time.perf_counter()
    for thing in things:
        look(thing)
    return 1e6 * (time.perf_counter() - begun) / len(things)


def _repeats(tx: Transaction, numbers: Sequence[str]) -> float:
    ids = [events.of_case(tx, number)[0].envelope_id for number in numbers]
    return _each(ids, lambda envelope_id: inbox.answer_to(tx, ORIGIN, envelope_id))


async def _read(store: Path, work: Callable[[Transaction], T]) -> T:
    database = SqliteDatabase(store, clock=lambda: datetime.now(UTC))
    try:
        return await database.read(work)
    finally:
        await database.close()


class _Undone(Exception):
    """Ends a write whose work is not to stay."""


async def _claims(store: Path, numbers: Sequence[str]) -> float:
    """Return what claiming a flight costs when some of the old envelopes are due; nothing of it stays."""
    spent = 0.0

    def claim(tx: Transaction) -> None:
        nonlocal spent
        tx.many(
            "UPDATE outbox SET settled_at = NULL, outcome = '' WHERE case_id = :id",
            [{"id": number} for number in numbers],
        )
        now = datetime.now(UTC)
        begun = time.perf_counter()
        for _ in range(FLIGHTS):
            claims.claim(tx, HANDLER, now, now + timedelta(minutes=1), PER_FLIGHT, 3 * 1024 * 1024)
        spent = time.perf_counter() - begun
        raise _Undone

    database = SqliteDatabase(store, clock=lambda: datetime.now(UTC))
    try:
        await database.write(claim)
    except _Undone:
        return 1e6 * spent / FLIGHTS
    finally:
        await database.close()
    raise AssertionError("it raises")
