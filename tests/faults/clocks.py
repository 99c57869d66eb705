"""Clocks that jump on one side, an hour or a year, forward or back, while the other side keeps its own."""

from datetime import timedelta
from random import Random

from tests.faults.schedule import Bites, Fault
from tests.faults.town import Town
from tests.faults.waiting import lapse

JUMPS = tuple(timedelta(hours=sign * hours) for hours in (1, 365 * 24) for sign in (1, -1))
SPELL = 1.5


async def jumps(town: Town, chance: Random, times: int) -> Bites:
    """Move one side's clock and, after a while, move it back; every jump on either side, in an order that is drawn."""
    order = [(site, by) for site in town.both for by in JUMPS]
    chance.shuffle(order)
    bites = Bites(times)
    for turn in range(times):
        site, by = order[turn % len(order)]
        before = _signs(town)
        town.move_clock(site, by)
        await lapse(SPELL * chance.uniform(0.7, 1.3))
        town.move_clock(site, timedelta())
        await lapse(SPELL)
        bites.bit += _signs(town) - before
    bites.seen = "calls and requests not believed, jumps noticed"
    return bites


def _signs(town: Town) -> int:
    logged = sum(
        town.log_lines(site, word) for site in town.both for word in ("partner.away", "caller.rejected", "clock.jumped")
    )
    return logged + town.told.refused.total()


FAULTS = (Fault(name="clock jumps of one side", family="clocks", inject=jumps, times=16, short=2, within=90.0),)
