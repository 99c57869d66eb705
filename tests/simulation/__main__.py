"""`python -m tests.simulation`: thousands of runs from seeds, or one again.

    python -m tests.simulation --seeds 2000             fresh seeds; the first one is printed
    python -m tests.simulation --seeds 2000 --base 7    seeds 7 to 2006
    python -m tests.simulation --seed 1234              this one again, with its whole timeline

Ends with 0 when every run held, with 1 when one did not.
"""

import argparse
import sys
import time

import click

from tests.simulation.plan import plan_of
from tests.simulation.report import told
from tests.simulation.run import run_plan

EVERY = 5.0
"""Seconds between two lines about how far it is."""


def main() -> int:
    """Run what the command line asks for."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--seeds", type=int, default=2000, help="how many runs")
    parser.add_argument("--base", type=int, help="the first seed; fresh ones without it")
    parser.add_argument("--seed", type=int, help="one run again, with its timeline")
    asked = parser.parse_args()
    if asked.seed is not None:
        outcome = run_plan(plan_of(asked.seed))
        click.echo(told(outcome, whole=True))
        return 1 if outcome.breaches else 0
    base = asked.base if asked.base is not None else time.time_ns() // 1_000_000 % 1_000_000_000
    click.echo(f"base seed {base}: {asked.seeds} runs")
    began, said, cpu = time.monotonic(), time.monotonic(), time.process_time()
    failing: list[int] = []
    cases = deeds = deaths = calls = 0
    for done, seed in enumerate(range(base, base + asked.seeds), 1):
        outcome = run_plan(plan_of(seed))
        cases += outcome.cases
        deeds += outcome.deeds
        deaths += outcome.deaths
        calls += outcome.tally.calls
        if outcome.breaches:
            failing.append(seed)
            click.echo(told(outcome, whole=False))
        if time.monotonic() - said > EVERY:
            said = time.monotonic()
            click.echo(f"{done} runs, {done / (said - began):.1f}/s, failing: {failing or 'none'}")
    spent = time.process_time() - cpu
    click.echo(
        f"{asked.seeds} runs from seed {base}: {cases} cases, {deeds} acts, {calls} calls, {deaths} deaths;"
        f" {asked.seeds / max(spent, 0.001):.1f} runs per CPU second; failing seeds: {failing or 'none'}"
    )
    return 1 if failing else 0


if __name__ == "__main__":
    sys.exit(main())
