"""What happens in one run, as a value: drawn from a seed, or from Hypothesis, which makes it smaller when it fails."""

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

WORK = {
    "submit": 9,
    "submit with a file": 3,
    "handler acts": 24,
    "origin acts": 10,
    "both act at once": 6,
    "somebody ends it": 2,
    "somebody corrects": 3,
    "staff release": 2,
    "submit again": 2,
    "operator holds": 1,
    "operator holds a partner": 1,
    "operator lets go": 1,
    "operator tries again": 1,
    "operator ends": 1,
    "operator ends unasked": 1,
}
"""What people and their systems do, and how often."""
TROUBLE = {
    "process dies": 4,
    "dies before a commit": 4,
    "dies after a commit": 4,
    "process is stopped": 1,
    "way is cut": 4,
    "both ways are cut": 3,
    "way is slow": 2,
    "clock jumps": 1,
    "disk fails": 1,
    "long wait": 2,
    "backup, then fire": 3,
}
"""What goes wrong, and how often."""
KINDS = tuple(WORK | TROUBLE)
SHORT = (0.0, 0.0, 0.01, 0.3, 1.0, 4.0, 20.0)
"""Seconds between two steps."""
PICKS = 64


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that happens, `after` so many seconds; `picks` say to whom, which and how long."""

    after: float
    kind: str
    picks: tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class Plan:
    """A whole run.

    Attributes:
        seed: of everything the steps leave open: latencies, losses, jitter.
        regions: how many, 2 to 4; of four one only dials out.
        collects: whether the last of them is the region that only dials out.
        noise: chance that something happens to one message.
    """

    seed: int
    regions: int
    collects: bool
    noise: float
    steps: tuple[Step, ...] = field(repr=False)

    def told(self) -> list[str]:
        """Return the plan for people, one line a step."""
        head = f"{self.regions} regions{', one only dials out' if self.collects else ''}, noise {self.noise}"
        return [head, *(f"+{step.after:g}s {step.kind} {step.picks}" for step in self.steps)]


def plan_of(seed: int) -> Plan:
    """Return the plan of a seed."""
    chance = Random(seed)
    steps = chance.choice((8, 14, 24))
    work, trouble = list(WORK), list(TROUBLE)
    share = chance.choice((0.1, 0.25, 0.4))

    def step() -> Step:
        if chance.random() < share:
            kind = chance.choices(trouble, [TROUBLE[one] for one in trouble])[0]
        else:
            kind = chance.choices(work, [WORK[one] for one in work])[0]
        return a_step(chance.choice(SHORT), kind, lambda: chance.randrange(PICKS))

    first = a_step(0.0, "submit", lambda: chance.randrange(PICKS))
    return Plan(
        seed=seed,
        regions=chance.choice((2, 2, 2, 3, 4)),
        collects=chance.random() < 0.25,
        noise=chance.choice((0.0, 0.05, 0.2, 0.4)),
        steps=(first, *(step() for _ in range(steps))),
    )


def a_step(after: float, kind: str, pick: Callable[[], int]) -> Step:
    """Return a step with four picks."""
    return Step(after, kind, (pick(), pick(), pick(), pick()))
