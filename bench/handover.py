"""The hand-over stage alone: the outbox of one gateway is full, then the other one comes up.

Measured is what lies between the first and the last envelope settled at the sender: claimed, carried, verified, durable and receipted there, the
receipt verified and settled here.  No local system is at work meanwhile.
"""

import argparse

from bench.count import count
from bench.load import submit_for
from bench.report import Figures, medians, show_runs
from bench.sites import HANDLER, HURRY, cpu_seconds, memory_mb, pair, settled
from gateway.cli.federation import start, stop_all

LONGEST_FILL = 600.0


def arguments(parser: argparse.ArgumentParser) -> None:
    """Say what can be asked of this program."""
    parser.add_argument("--envelopes", type=int, default=0, help="envelopes in the outbox; 0 for 10,000, short 1,500")
    parser.add_argument("--handover-runs", type=int, default=1, help="runs; medians are reported")


async def measure(asked: argparse.Namespace) -> Figures:
    """Measure, print, and return the figures."""
    envelopes = asked.envelopes or (1_500 if asked.short else 10_000)
    runs = [await _run(envelopes) for _ in range(asked.handover_runs)]
    show_runs(f"Hand-over alone, {envelopes:,} envelopes", runs)
    return medians(runs, ("lost", "doubled"))


async def _run(envelopes: int) -> Figures:
    async with pair(started=False, retry=HURRY) as sites:
        await start(sites.origin)
        load = await submit_for(
            sites.origin, HANDLER, LONGEST_FILL, callers=8, rate=0, batch=16, prefix="h", most=envelopes
        )
        await start(sites.handler)
        cpu = cpu_seconds(sites.both)
        done = await settled(sites.origin)
        spent = [after - before for after, before in zip(cpu_seconds(sites.both), cpu, strict=True)]
        memory = max(memory_mb(site, peak=True) for site in sites.both)
        await stop_all(sites.both)
        counted = count(sites.origin.store_file, sites.handler.store_file, set(load.sent))
    times = sorted(settled_at for _, settled_at in counted.times.values())
    first = [at for at in times if at == times[0]]
    seconds = (times[-1] - times[0]) / 1e6
    return {
        "envelopes": len(load.sent),
        "refused": len(load.refused),
        "lost": counted.lost if done else len(load.sent) - counted.received,
        "doubled": counted.doubled,
        # The first batch began before the first was settled.
        "rate": (len(times) - len(first)) / seconds if seconds else 0.0,
        "seconds": seconds,
        "origin_cpu_us": 1e6 * spent[0] / max(len(times), 1),
        "handler_cpu_us": 1e6 * spent[1] / max(len(times), 1),
        "rss_mb": memory,
    }
