"""Cases per second over the whole path, both gateways and the load on one machine.

    python -m bench [--duration SECONDS] [--rate CASES_PER_SECOND] [--runs N] [--callers N] [--batch N] [--short]

A case is submitted over HTTP at A, made durable, sealed, handed over by gRPC with mutual TLS and a token, verified and made
durable at B, receipted, and settled at A.  After each run the rows of both databases are compared with what
the load was told.  Prints a table and ends with one JSON object alone on the last line.
"""

import argparse
import asyncio
import json
import secrets
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tenacity import AsyncRetrying, retry_if_result, stop_after_delay, wait_fixed

from bench.count import Counted, count, unsettled
from bench.load import Load, submit_for
from gateway.cli.demo_data import agreements
from gateway.cli.federation import Site, make_sites, start_all, stop_all

ORIGIN, HANDLER = "500114", "422800"
NAMES = {ORIGIN: "黔江区", HANDLER: "恩施州"}
SETTLE_WITHIN = 120.0
WARM_UP = 2.0


def main() -> None:
    """Run the bench with the arguments of the command line."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--duration", type=float, default=20.0, help="seconds of load in each run")
    parser.add_argument(
        "--rate", type=float, default=0.0, help="cases per second offered; 0 for as many as are answered"
    )
    parser.add_argument("--runs", type=int, default=5, help="runs; medians are reported")
    parser.add_argument("--callers", type=int, default=32, help="connections of the local system")
    parser.add_argument("--batch", type=int, default=1, help="cases per request")
    parser.add_argument("--seed", type=int, default=0, help="accepted for uniformity; the load draws nothing")
    parser.add_argument("--short", action="store_true", help="2 runs of 5 seconds")
    asked = parser.parse_args()
    if asked.short:
        asked.runs, asked.duration = 2, 5.0
    runs = [asyncio.run(_run(asked, n)) for n in range(asked.runs)]
    report(runs, asked)


async def _run(asked: argparse.Namespace, number: int) -> dict[str, float]:
    folder = Path(tempfile.mkdtemp(prefix="tongban-bench-"))
    log_less = "\nlog:\n  level: warning\n"
    sites = make_sites(
        folder,
        NAMES,
        now=datetime.now(UTC),
        secret=secrets.token_bytes,
        agreements=agreements,
        extra_settings=log_less,
    )
    origin, handler = sites[ORIGIN], sites[HANDLER]
    try:
        await start_all(sites.values())
        warm = await submit_for(origin, HANDLER, WARM_UP, callers=4, rate=0, batch=1, prefix=f"w{number}")
        cpu = [_cpu_seconds(site) for site in (origin, handler)]
        begun = time.monotonic()
        load = await submit_for(
            origin,
            HANDLER,
            asked.duration,
            callers=asked.callers,
            rate=asked.rate,
            batch=asked.batch,
            prefix=f"r{number}",
        )
        await _settled(origin)
        whole = time.monotonic() - begun
        spent = [_cpu_seconds(site) - before for site, before in zip((origin, handler), cpu, strict=True)]
        memory = [_rss_mb(site) for site in (origin, handler)]
        await stop_all(sites.values())
        counted = count(origin.store_file, handler.store_file, set(load.sent) | set(warm.sent))
        return _figures(load, len(warm.sent), counted, whole, spent, memory)
    finally:
        await stop_all(sites.values())
        shutil.rmtree(folder, ignore_errors=True)


async def _settled(origin: Site) -> None:
    """Wait until nothing is owed any more."""
    owed = retry_if_result(bool)
    async for attempt in AsyncRetrying(
        stop=stop_after_delay(SETTLE_WITHIN), wait=wait_fixed(0.02), retry=owed, retry_error_callback=lambda _: None
    ):
        with attempt:
            waiting = unsettled(origin.store_file)
        attempt.retry_state.set_result(waiting)


def _figures(
    load: Load, warm: int, counted: Counted, whole: float, spent: Sequence[float], memory: Sequence[float]
) -> dict[str, float]:
    waits = [end - start for start, end in load.sent.values()]
    cases = len(load.sent)
    return {
        "sent": cases + warm,
        "refused": len(load.refused),
        "received": counted.received,
        "lost": counted.lost,
        "doubled": counted.doubled,
        "submit_rate": cases / load.seconds if load.seconds else 0.0,
        "end_to_end_rate": cases / whole,
        "submit_p50_ms": 1000 * percentile(waits, 50),
        "submit_p99_ms": 1000 * percentile(waits, 99),
        "end_to_end_p50_ms": 1000 * percentile(counted.latencies, 50),
        "end_to_end_p99_ms": 1000 * percentile(counted.latencies, 99),
        "origin_cpu_us": 1e6 * spent[0] / max(cases, 1),
        "handler_cpu_us": 1e6 * spent[1] / max(cases, 1),
        "rss_mb": max(memory),
    }


def percentile(values: Sequence[float], part: float) -> float:
    """Return the value below which `part` per cent of the values lie; 0 for none."""
    if not values:
        return 0.0
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * part / 100))]


def report(runs: Sequence[dict[str, float]], asked: argparse.Namespace) -> None:
    """Print the table and the last line."""
    print(f"{'':22}{'median':>12}{'lowest':>12}{'highest':>12}")
    medians: dict[str, Any] = {}
    for name in runs[0]:
        values = [run[name] for run in runs]
        medians[name] = round(statistics.median(values), 2)
        print(f"{name:22}{medians[name]:12.1f}{min(values):12.1f}{max(values):12.1f}")
    for name in ("sent", "received", "lost", "doubled", "refused"):
        medians[name] = int(sum(run[name] for run in runs))
    facts = {"commit": _commit(), "seconds": asked.duration, "runs": asked.runs, "callers": asked.callers}
    print(json.dumps(facts | {"batch": asked.batch, "rate": asked.rate} | medians))


def _cpu_seconds(site: Site) -> float:
    assert site.process
    fields = Path(f"/proc/{site.process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / 100


def _rss_mb(site: Site) -> float:
    assert site.process
    for line in Path(f"/proc/{site.process.pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    return 0.0


def _commit() -> str:
    done = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False)
    return done.stdout.strip()


if __name__ == "__main__":
    main()
