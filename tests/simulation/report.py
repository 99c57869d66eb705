"""What came of a run, for people."""

from tests.simulation.run import Outcome

LAST = 40
"""Lines of the timeline that are shown unless all of them are asked for."""


def told(outcome: Outcome, *, whole: bool) -> str:
    """Return what was broken, what had happened before, and how to see it again."""
    plan = outcome.plan
    timeline = outcome.timeline if whole else outcome.timeline[-LAST:]
    head = (
        f"seed {plan.seed}: {plan.told()[0]}; {outcome.cases} cases, {outcome.deeds} acts, {outcome.deaths} deaths,"
        f" {outcome.tally.calls} calls, {outcome.simulated_seconds:,.0f} simulated seconds, trace {outcome.digest[:16]}"
    )
    lines = [head, *(f"  {line}" for line in timeline)]
    if outcome.breaches:
        lines += [f"BROKEN: {breach}" for breach in outcome.breaches]
        lines.append(f"again: make simulate SEED={plan.seed}")
    return "\n".join(lines)
