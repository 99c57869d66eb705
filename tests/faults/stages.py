"""A stage runs the faults of its families one after the other, each under a load of its own, and compares in the end."""

import shutil
import sys
import tempfile
import time
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from random import Random

from tests.faults.compare import Verdict
from tests.faults.schedule import Bites, Outcome, Planned
from tests.faults.town import Town
from tests.faults.waiting import NotInTime, until

RunOne = Callable[[Planned], Awaitable[Outcome]]
Stage = Callable[[Path], AbstractAsyncContextManager[RunOne]]
WARM = 5
"""Cases acknowledged before a fault begins."""
SHOWN = 8


async def run(
    planned: Sequence[Planned], stages: dict[str, Stage], folder: Path, tell: Callable[[Outcome], None]
) -> None:
    """Run the schedule; a stage on which something went wrong is left and made anew for the next fault."""
    rest = list(planned)
    while rest:
        stage = stages[rest[0].fault.family]
        home = Path(tempfile.mkdtemp(prefix="stage-", dir=folder))
        good = True
        try:
            async with stage(home) as run_one:
                while rest and good and stages[rest[0].fault.family] is stage:
                    outcome = await run_one(rest[0])
                    del rest[0]
                    good = outcome.is_good
                    tell(outcome)
        except Exception:  # noqa: BLE001 - the other faults still run, and the row says that this one did not
            good = False
            if rest:
                failed = rest.pop(0)
                tell(Outcome(failed.fault.name, Bites(failed.times), failure=traceback.format_exc(limit=-4)))
        if good:
            shutil.rmtree(home, ignore_errors=True)
        else:
            print(f"    kept: {home}", file=sys.stderr)


def town_stage(make: Callable[[Path], AbstractAsyncContextManager[Town]]) -> Stage:
    """Return the stage of two regions under load."""

    @asynccontextmanager
    async def stage(folder: Path) -> AsyncIterator[RunOne]:
        async with make(folder) as town:
            yield lambda planned: under_load(town, planned)

    return stage


async def under_load(town: Town, planned: Planned) -> Outcome:
    """Inject a fault while a load runs, wait until it has recovered, compare."""
    outcome = Outcome(planned.fault.name, Bites(planned.times))
    healed = time.monotonic()
    try:
        async with town.load(planned.seed, within=planned.fault.within) as told:
            await until(lambda: len(told.cases) >= WARM, 30, "a load that is under way")
            outcome.bites = await planned.fault.inject(town, Random(planned.seed), planned.times)
            healed = time.monotonic()
    except (NotInTime, RuntimeError) as error:
        outcome.failure = str(error)[:1500]
    outcome.recovered = time.monotonic() - healed
    outcome.sent = len(town.told.cases)
    try:
        outcome.verdict = town.verdict()
    except Exception as error:  # noqa: BLE001 - a database that cannot be read is a finding, and the others still run
        outcome.verdict = Verdict(lost=[f"not comparable: {error!r}"])
    for sentence in outcome.verdict.sentences()[:SHOWN]:
        print(f"    {sentence}", file=sys.stderr)
    return outcome
