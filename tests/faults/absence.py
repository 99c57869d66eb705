"""A partner that is away for three days: the days are simulated, the queue, the back-off and the return are real.

Both sides keep the retry schedule a partner file has by default, whose waits grow to hours.  The clocks of both go on by a
step at a time while one of them is down; then it comes back.  In the long form nothing but its return tells the other: what
it asks at its start earns it a probe.  That is so at most once in a real minute, so the short form lets the longest wait
pass instead.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from random import Random

from tests.faults.schedule import Bites, Fault
from tests.faults.town import Town, query, town
from tests.faults.waiting import lapse, until

DEFAULT_RETRY = {"first_wait": "30s", "growth": "1.6", "longest_wait": "4h"}
STEPS = 6
STEP = timedelta(hours=12)
BEAT = 1.2
"""Real seconds at each step: longer than the sweeper of this drill needs to look again."""
LONG_BEAT = 12.0
"""So that more than a minute passes."""
LONGEST_WAIT = timedelta(hours=4)


@asynccontextmanager
async def patient_town(folder: Path, *, rate: float) -> AsyncIterator[Town]:
    """A town with the retry schedule that a partner file has by default."""
    async with town(folder, rate=rate, retry=DEFAULT_RETRY) as made:
        yield made


async def three_days(town: Town, chance: Random, times: int) -> Bites:
    """The handler is away for three days while cases go on being submitted to it, and comes back."""
    bites = Bites(times)
    for _ in range(times):
        begun = town.clock_of(town.origin)
        tries = _failures(town)
        await town.stop(town.handler)
        await until(
            lambda: (query(town.origin, "SELECT MAX(tries) FROM outbox WHERE settled_at IS NULL") or 0) > 0, 20, "a try"
        )
        for _ in range(STEPS):
            ahead = town.clock_of(town.origin) - begun + STEP
            for site in town.both:
                town.advance(site, STEP)
            await lapse(BEAT if times == 1 else LONG_BEAT)
        owed = query(town.origin, "SELECT COUNT(*) FROM outbox WHERE settled_at IS NULL")
        bites.bit += _failures(town) - tries
        bites.seen = f"tries in vain in {ahead.total_seconds() / 86400:.1f} days, {owed} envelopes kept"
        await town.start(town.handler)
        if times == 1:
            for site in town.both:
                town.advance(site, LONGEST_WAIT)
    return bites


def _failures(town: Town) -> int:
    return town.log_lines(town.origin, "partner.away")


FAULTS = (Fault(name="partner away for three days", family="absence", inject=three_days, times=2, within=120.0),)
