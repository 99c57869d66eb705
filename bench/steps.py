"""Where the processor time of a case goes, in both gateways, step by step.

Both run with `bench.sampler` inside.  Shares are by the innermost module of the gateway on the stack; what a library does for a module counts for that
module, and what it does on its own stands under its name.  They are spread over the processor time the system says each process used, so the sum of a
column is what a case costs.  Sampling itself makes a case dearer by some per cent.
"""

import argparse
import json
import os
import signal
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from tenacity import retry, retry_if_exception_type, stop_after_delay, wait_fixed

from bench.load import submit_for
from bench.report import Figures, show
from bench.sites import HANDLER, cpu_seconds, pair, settled
from gateway.cli.federation import Site, start

VARIABLE = "TONGBAN_BENCH_SAMPLES"
SHOWN = 25
ROOT = Path(__file__).parents[1]
STEPS = (
    ("HTTP and event loop", ("event loop", "aiohttp", "asyncio", "selectors", "multidict", "yarl")),
    ("gRPC: calls and TLS", ("grpc", "gateway.peering")),
    ("request to case: JSON, mapping, answers", ("gateway.local", "gateway.catalogue")),
    ("case rules: route, agreement, requirements, clocks", ("gateway.case", "gateway.partners", "gateway.settings")),
    ("wire: case to and from protobuf", ("gateway.wire", "google")),
    ("seals, tokens, encryption at rest", ("gateway.trust", "cryptography")),
    ("store: SQLite and commits", ("gateway.store", "apsw")),
    ("flows: what ties the steps together", ("gateway.flows",)),
    ("loops, logs, metrics, all else", ("",)),
)


def arguments(parser: argparse.ArgumentParser) -> None:
    """Say what can be asked of this program."""
    parser.add_argument("--step-cases", type=int, default=0, help="cases; 0 for 4,000, short 1,000")


async def measure(asked: argparse.Namespace) -> Figures:
    """Measure, print, and return the microseconds a case costs by step, at either side."""
    cases = asked.step_cases or (1_000 if asked.short else 4_000)
    async with pair(started=False) as sites:
        for site in sites.both:
            await start(site, environment=_environment(site))
        await submit_for(sites.origin, HANDLER, 60.0, callers=8, rate=0, batch=1, prefix="w", most=cases // 10)
        await settled(sites.origin)
        for site in sites.both:
            _samples(site)  # what came before does not count
        before = cpu_seconds(sites.both)
        load = await submit_for(sites.origin, HANDLER, 300.0, callers=32, rate=0, batch=1, prefix="s", most=cases)
        await settled(sites.origin)
        spent = [after - first for after, first in zip(cpu_seconds(sites.both), before, strict=True)]
        sides = [
            _per_case(_samples(site), 1e6 * used / len(load.sent)) for site, used in zip(sites.both, spent, strict=True)
        ]
    _show(*sides)
    return {
        "cases": len(load.sent),
        "origin_us": _by_step(sides[0]),
        "handler_us": _by_step(sides[1]),
        "origin_top": _top(sides[0]),
        "handler_top": _top(sides[1]),
    }


def _environment(site: Site) -> Mapping[str, str]:
    return {
        VARIABLE: str(site.folder / "samples.json"),
        "PYTHONPATH": os.pathsep.join((str(ROOT / "bench" / "sampling"), str(ROOT))),
    }


def _samples(site: Site) -> dict[str, float]:
    """Ask a process for what it counted since it was last asked."""
    assert site.process
    file = site.folder / "samples.json"
    file.unlink(missing_ok=True)
    site.process.send_signal(signal.SIGUSR2)

    @retry(
        wait=wait_fixed(0.05), stop=stop_after_delay(10), retry=retry_if_exception_type(FileNotFoundError), reraise=True
    )
    def read() -> dict[str, float]:
        return dict(json.loads(file.read_text(encoding="utf-8")))

    return read()


def _per_case(samples: Mapping[str, float], case_us: float) -> Counter[str]:
    whole = sum(samples.values()) or 1.0
    spread: Counter[str] = Counter()
    for place, seconds in samples.items():
        spread[place] += case_us * seconds / whole  # type: ignore[assignment]
    return spread


def _by_module(side: Counter[str]) -> Counter[str]:
    made: Counter[str] = Counter()
    for place, us in side.items():
        ours, inner = place.split("|")
        made[ours or f"({inner.partition('.')[0]})"] += us  # type: ignore[assignment]
    return made


def _top(side: Counter[str]) -> Figures:
    return {module: round(us, 1) for module, us in _by_module(side).most_common(SHOWN)}


def _by_step(side: Counter[str]) -> Figures:
    made: Figures = {step: 0.0 for step, _ in STEPS}
    for module, us in _by_module(side).items():
        name = module.strip("()")
        step = next(step for step, starts in STEPS if any(name.startswith(start) for start in starts))
        made[step] = round(made[step] + us, 1)
    return made


def _show(origin: Counter[str], handler: Counter[str]) -> None:
    steps = [_by_step(origin), _by_step(handler)]
    rows: list[tuple[object, ...]] = [(step, *(side[step] for side in steps)) for step, _ in STEPS]
    show("CPU-µs of a case by step", ("step", "origin", "handler"), [*rows, ("sum", *(sum(s.values()) for s in steps))])
    for name, side in (("origin", origin), ("handler", handler)):
        show(f"CPU-µs of a case by module, {name}", ("module; libraries in brackets", "µs"), list(_top(side).items()))
