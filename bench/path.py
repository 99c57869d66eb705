"""The whole path: submitted over HTTP, durable, handed over, verified and durable there, receipted, settled.

At saturation (as many as are answered), then at half of the rate that came through, where waits mean something.  After each run the rows of
both databases are compared with what the load was told.
"""

import argparse

from bench.count import Counted, count
from bench.load import Load, submit_for
from bench.report import Figures, medians, percentile, show_runs, waits
from bench.sites import HANDLER, Pair, cpu_seconds, memory_mb, own_cpu_seconds, pair, settled
from gateway.cli.federation import stop_all

WARM_UP = 2.0
SUMS = ("sent", "received", "lost", "doubled", "refused")


def arguments(parser: argparse.ArgumentParser) -> None:
    """Say what can be asked of this program."""
    parser.add_argument("--duration", type=float, default=0.0, help="seconds of load in each run; 0 for 10, short 5")
    parser.add_argument("--rate", type=float, default=0.0, help="cases per second offered, instead of both loads")
    parser.add_argument("--runs", type=int, default=0, help="runs, of which medians are reported; 0 for 3, short 1")
    parser.add_argument("--callers", type=int, default=32, help="connections of the local system")
    parser.add_argument("--batch", type=int, default=1, help="cases per request")
    parser.add_argument("--no-half", action="store_true", help="saturation alone, as for a long run")


async def measure(asked: argparse.Namespace) -> Figures:
    """Measure, print, and return the figures at saturation, those at half load under `half`."""
    seconds = asked.duration or (5.0 if asked.short else 10.0)
    runs = asked.runs or (1 if asked.short else 3)
    full = [await _run(asked, seconds, asked.rate, f"r{n}") for n in range(runs)]
    title = f"{asked.rate:g} cases/s offered" if asked.rate else "saturation"
    show_runs(f"Whole path, {title}: {asked.callers} connections, {seconds:g} s", full)
    figures = medians(full, SUMS) | {"seconds": seconds, "runs": runs, "callers": asked.callers}
    figures |= {"batch": asked.batch, "rate": asked.rate}
    if not (asked.rate or asked.no_half):
        rate = max(figures["end_to_end_rate"] / 2, 1.0)
        half = [await _run(asked, seconds, rate, "half")]
        show_runs(f"Whole path, half load: {rate:.0f} cases/s offered", half)
        figures["half"] = medians(half, SUMS) | {"rate": round(rate, 1)}
    return figures


async def _run(asked: argparse.Namespace, seconds: float, rate: float, prefix: str) -> Figures:
    async with pair() as sites:
        warm = await submit_for(sites.origin, HANDLER, WARM_UP, callers=4, rate=0, batch=1, prefix=f"w{prefix}")
        await settled(sites.origin)
        cpu, own = cpu_seconds(sites.both), own_cpu_seconds()
        callers, batch = asked.callers, asked.batch
        load = await submit_for(sites.origin, HANDLER, seconds, callers=callers, rate=rate, batch=batch, prefix=prefix)
        own = own_cpu_seconds() - own
        await settled(sites.origin)
        spent = [after - before for after, before in zip(cpu_seconds(sites.both), cpu, strict=True)]
        memory = max(memory_mb(site, peak=True) for site in sites.both)
        await stop_all(sites.both)
        counted = count(sites.origin.store_file, sites.handler.store_file, set(load.sent) | set(warm.sent))
        return _figures(sites, load, warm, counted) | {
            "origin_cpu_us": 1e6 * spent[0] / max(len(load.sent), 1),
            "handler_cpu_us": 1e6 * spent[1] / max(len(load.sent), 1),
            "load_cpu_us": 1e6 * own / max(len(load.sent), 1),
            "rss_mb": memory,
        }


def _figures(sites: Pair, load: Load, warm: Load, counted: Counted) -> Figures:
    cases = {number: latency for number, latency in counted.latency_of.items() if number in load.sent}
    return {
        "sent": len(load.sent) + len(warm.sent),
        "refused": len(load.refused) + len(warm.refused),
        "received": counted.received,
        "lost": counted.lost,
        "doubled": counted.doubled,
        "submit_rate": len(load.sent) / load.seconds if load.seconds else 0.0,
        "end_to_end_rate": counted.rate_of(set(load.sent)),
        **waits("submit", load.waits),
        "submit_max_ms": 1000 * percentile(load.waits, 100),
        **waits("end_to_end", list(cases.values())),
    }
