"""What will be done, decided by one seed before anything begins: so that a run can be repeated, and read beforehand."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

from tests.faults.compare import Verdict


@dataclass(slots=True)
class Bites:
    """How often a fault was injected, and how often something was seen that only the fault can have caused.

    Attributes:
        seen: what was seen, for people.
    """

    injected: int = 0
    bit: int = 0
    seen: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One fault.

    Attributes:
        family: the stage it needs; faults of one family share gateways.
        inject: does it, while a load runs; returns when it is over.
        times: how often, in the long form; short: in the short form, 0 to leave it out.
        within: seconds in which everything must have recovered.
    """

    name: str
    family: str
    inject: Callable[[Any, Random, int], Awaitable[Bites]]
    times: int
    short: int = 1
    within: float = 60.0


@dataclass(frozen=True, slots=True)
class Planned:
    """A fault with its number of injections and the seed of everything it draws."""

    fault: Fault
    times: int
    seed: int


@dataclass(slots=True)
class Outcome:
    """A row of the table."""

    name: str
    bites: Bites = field(default_factory=Bites)
    sent: int = 0
    verdict: Verdict = field(default_factory=Verdict)
    recovered: float = 0.0
    failure: str = ""

    @property
    def is_good(self) -> bool:
        """Nothing was lost, doubled, turned round or stuck, and the fault bit."""
        return self.verdict.is_clean and not self.failure and self.bites.bit > 0


def plan(faults: Sequence[Fault], seed: int, *, short: bool, only: Sequence[str] = ()) -> list[Planned]:
    """Return what will be done, by family in the order given, shuffled inside each.

    A fault's own seed follows from the seed and its name alone, so that it is the same when it is run by itself.

    Raises:
        ValueError: a name in `only` is no fault.
    """
    known = {fault.name for fault in faults} | {fault.family for fault in faults}
    if unknown := sorted(set(only) - known):
        raise ValueError(f"no such fault: {', '.join(unknown)}; --list names them")
    families = list(dict.fromkeys(fault.family for fault in faults))
    planned: list[Planned] = []
    for family in families:
        chosen = [
            Planned(fault, times, Random(f"{seed} {fault.name}").getrandbits(32))
            for fault in faults
            if fault.family == family
            and (not only or fault.name in only or family in only)
            and (times := (fault.short or bool(only)) if short else fault.times)
        ]
        Random(f"{seed} {family}").shuffle(chosen)
        planned += chosen
    return planned


def schedule_lines(planned: Sequence[Planned]) -> list[str]:
    """Return the schedule for people."""
    return [
        f"{place:3}  {one.fault.family:12} {one.fault.name:34} x{one.times:<4} seed {one.seed}"
        for place, one in enumerate(planned, 1)
    ]


def table(outcomes: Sequence[Outcome]) -> list[str]:
    """Return the table: one line for each fault."""
    head = f"{'fault':36}{'times':>6}{'bit':>8}{'sent':>7}{'lost':>6}{'doubled':>9}{'order':>7}{'stuck':>7}{'recovered s':>13}"
    lines = [head]
    for one in outcomes:
        v = one.verdict
        counts = f"{len(v.lost):6}{len(v.doubled):9}{len(v.out_of_order):7}{len(v.stuck):7}{one.recovered:13.1f}"
        marks = "  " + "; ".join(filter(None, (one.failure, one.bites.seen))) if one.failure or one.bites.seen else ""
        lines.append(f"{one.name:36}{one.bites.injected:6}{one.bites.bit:8}{one.sent:7}{counts}{marks}")
    return lines


def summary(outcomes: Sequence[Outcome], seed: int) -> dict[str, int]:
    """Return the last line."""
    return {
        "faults": len(outcomes),
        "sent": sum(one.sent for one in outcomes),
        "lost": sum(len(one.verdict.lost) for one in outcomes),
        "doubled": sum(len(one.verdict.doubled) for one in outcomes),
        "out_of_order": sum(len(one.verdict.out_of_order) for one in outcomes),
        "stuck": sum(len(one.verdict.stuck) for one in outcomes),
        "seed": seed,
    }
