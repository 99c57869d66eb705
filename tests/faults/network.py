"""What networks do: resets, black holes, one-way loss, a byte a second, broken bytes, cuts, answers that come late.

A spell hurts both lines at once unless it says otherwise, so envelopes, events and receipts of both directions meet it.
"""

from collections.abc import Awaitable, Callable, Sequence
from random import Random

from tests.faults.proxy import Harm, Proxy
from tests.faults.schedule import Bites, Fault
from tests.faults.town import Town
from tests.faults.waiting import lapse

SHORT_SPELL = 1.5
LONG_SPELL = 6.0
Inject = Callable[[Town, Random, int], Awaitable[Bites]]


def spells(begin: Callable[[Sequence[Proxy], Random], None], *, lasting: float = 0.0, reset: bool = True) -> Inject:
    """Return a fault of several spells.

    Args:
        begin: what each does to the lines.
        lasting: seconds of a spell; 0: short, or as long as is drawn when there are several.
        reset: connections of a spell are reset at its end.
    """

    async def inject(town: Town, chance: Random, times: int) -> Bites:
        lines = (town.to_handler, town.to_origin)
        before = sum(line.bitten for line in lines)
        for _ in range(times):
            begin(lines, chance)
            await lapse(lasting or (SHORT_SPELL if times == 1 else chance.uniform(0.2, LONG_SPELL)))
            for line in lines:
                line.heal(reset=reset)
            if times > 1:
                await lapse(chance.uniform(0.2, 2.0))
        return Bites(times, sum(line.bitten for line in lines) - before)

    return inject


async def resets(town: Town, chance: Random, times: int) -> Bites:
    """Break every connection off at random moments, and turn new ones away for a while."""
    bites = Bites(times)
    for _ in range(times):
        for line in (town.to_handler, town.to_origin):
            bites.bit += line.reset()
            line.refusing = chance.random() < 0.5
        await lapse(chance.uniform(0.05, 0.8))
        for line in (town.to_handler, town.to_origin):
            line.refusing = False
        await lapse(chance.uniform(0.05, 0.8))
    bites.seen = "connections reset"
    return bites


def _both_ways(harm: Harm, **how: float) -> Callable[[Sequence[Proxy], Random], None]:
    def begin(lines: Sequence[Proxy], chance: Random) -> None:
        for line in lines:
            line.onward.turn(harm, after=int(how.get("after", 0)), seconds=how.get("seconds", 0.0))
            line.back.turn(harm, after=int(how.get("after", 0)), seconds=how.get("seconds", 0.0))

    return begin


def _onward(lines: Sequence[Proxy], chance: Random) -> None:
    for line in lines:
        line.onward.turn(Harm.SWALLOW)


def _back(lines: Sequence[Proxy], chance: Random) -> None:
    for line in lines:
        line.back.turn(Harm.SWALLOW)


def _late(lines: Sequence[Proxy], chance: Random) -> None:
    for line in lines:
        line.back.turn(Harm.HOLD)


def _cut(lines: Sequence[Proxy], chance: Random) -> None:
    """New connections, which have to carry a handshake first, end after some bytes in either direction."""
    for line in lines:
        line.reset()
        line.onward.turn(Harm.CUT, after=chance.randrange(200, 30_000))
        line.back.turn(Harm.CUT, after=chance.randrange(200, 12_000))


def _slow(lines: Sequence[Proxy], chance: Random) -> None:
    for line in lines:
        line.onward.turn(Harm.DELAY, seconds=chance.uniform(0.02, 0.4))
        line.back.turn(Harm.DELAY, seconds=chance.uniform(0.02, 0.4))


def _fault(name: str, inject: Inject, times: int, *, short: int = 1, within: float = 60.0) -> Fault:
    return Fault(name=name, family="network", inject=inject, times=times, short=short, within=within)


FAULTS = (
    _fault("connection reset", resets, 30, short=3),
    _fault("black hole", spells(_both_ways(Harm.SWALLOW)), 6),
    _fault("black hole, connections kept", spells(_both_ways(Harm.SWALLOW), lasting=40, reset=False), 1, short=0),
    _fault("one-way loss, requests", spells(_onward), 6, short=0),
    _fault("one-way loss, answers", spells(_back), 6),
    _fault("one byte a second", spells(_both_ways(Harm.TRICKLE)), 6),
    _fault("corrupted bytes", spells(_both_ways(Harm.CORRUPT)), 10),
    _fault("cut after n bytes", spells(_cut), 20),
    _fault("late receipts", spells(_late, reset=False), 8),
    _fault("receipts later than the deadline", spells(_late, lasting=45, reset=False), 1, short=0),
    _fault("slow line", spells(_slow, reset=False), 4, short=0),
)
