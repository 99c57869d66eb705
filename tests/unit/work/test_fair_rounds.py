"""Ninety partners in simulated time: those that are dead, trickle or never answer cost the healthy nothing."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from gateway.partners.limits import Retry
from gateway.work.places import Places
from gateway.work.rounds import Rounds
from gateway.work.signals import Signals
from tests.simulation.simulated_loop import SimulatedLoop

EPOCH = datetime(2026, 3, 2, tzinfo=UTC)
SWEEP = 15.0
MOST = 16
BLACK_HOLE = 30.0
"""What a courier's call takes to a partner that swallows everything."""
TRICKLE = 29.0
PROBE = 10.0


def in_simulated_time(story: Callable[[SimulatedLoop], Awaitable[None]]) -> None:
    loop = SimulatedLoop()
    try:
        loop.run_until_complete(story(loop))
        assert loop.broken == []
    finally:
        loop.close()


@dataclass
class Country:
    """Partners that are healthy, dead or trickle, and what rounds over them look like."""

    loop: SimulatedLoop
    dead: frozenset[str] = frozenset()
    trickling: frozenset[str] = frozenset()
    well: set[str] = field(default_factory=set)
    hinted: dict[str, float] = field(default_factory=dict)
    waits: list[tuple[float, float]] = field(default_factory=list)
    flights: Counter[str] = field(default_factory=Counter)
    under_way: int = 0
    most_under_way: int = 0
    failures: Counter[str] = field(default_factory=Counter)
    quiet_until: dict[str, float] = field(default_factory=dict)

    async def fly(self, partner: str) -> bool:
        if self.quiet_until.get(partner, 0.0) > self.loop.time():
            return False
        self.under_way += 1
        self.most_under_way = max(self.most_under_way, self.under_way)
        self.flights[partner] += 1
        hinted = self.hinted.pop(partner, None)
        if hinted is not None:
            self.waits.append((self.loop.time(), self.loop.time() - hinted))
        try:
            await self.loop.sleep(self._takes(partner))
        finally:
            self.under_way -= 1
        if partner in self.dead:
            self.well.discard(partner)
            self.failures[partner] += 1
            now = EPOCH + timedelta(seconds=self.loop.time())
            again = Retry().next_call(self.failures[partner], now, 0.5)
            self.quiet_until[partner] = (again - EPOCH).total_seconds()
        else:
            self.well.add(partner)
        return partner in self.trickling

    def _takes(self, partner: str) -> float:
        if partner in self.trickling:
            return TRICKLE
        if partner in self.dead:
            return PROBE if self.failures[partner] else BLACK_HOLE
        return 0.02

    async def carry(self, _: str) -> bool:
        return False

    async def due(self) -> list[str]:
        now = self.loop.time()
        return [one for one in sorted(self.dead | self.trickling) if self.quiet_until.get(one, 0.0) <= now]


async def two_minutes(country: Country, healthy: list[str]) -> None:
    signals = Signals()
    broken: list[BaseException] = []
    rounds = Rounds(
        fly=country.fly,
        carry=country.carry,
        due=country.due,
        signals=signals,
        most=MOST,
        every=SWEEP,
        sleep=country.loop.sleep,
        failed=lambda _, error: broken.append(error),
        doubted=lambda code: code not in country.well,
    )
    running = asyncio.ensure_future(rounds.run())
    chance = Random(4)

    async def busy(partner: str) -> None:
        """About one flight a second, at moments of its own."""
        while True:
            await country.loop.sleep(chance.uniform(0.4, 1.6))
            country.hinted.setdefault(partner, country.loop.time())
            signals.wake(partner)

    working = [asyncio.ensure_future(busy(partner)) for partner in healthy]
    await country.loop.sleep(120.0)
    for task in [*working, running]:
        task.cancel()
    await asyncio.wait([*working, running])
    assert broken == []


def p99(waits: list[float]) -> float:
    return sorted(waits)[len(waits) * 99 // 100]


NINETY = [f"{420000 + n}" for n in range(90)]
DEAD, TRICKLING, HEALTHY = NINETY[:30], NINETY[30:35], NINETY[35:]


def test_thirty_dead_and_five_trickling_of_ninety_partners_leave_the_wait_of_the_others_flat() -> None:
    waits: dict[str, list[tuple[float, float]]] = {}

    async def with_them(loop: SimulatedLoop) -> None:
        # The hardest moment is the first one: all were well until now, and all go bad at once.
        country = Country(loop, frozenset(DEAD), frozenset(TRICKLING), well=set(NINETY))
        await two_minutes(country, HEALTHY)
        waits["with"] = country.waits
        assert min(country.flights[one] for one in HEALTHY) > 80
        assert min(country.flights[one] for one in DEAD) > 1, "nor are the dead forgotten"
        assert min(country.flights[one] for one in TRICKLING) > 2

    async def without_them(loop: SimulatedLoop) -> None:
        country = Country(loop, well=set(NINETY))
        await two_minutes(country, HEALTHY)
        waits["without"] = country.waits

    in_simulated_time(with_them)
    in_simulated_time(without_them)
    alone, together = ([wait for _, wait in waits[how]] for how in ("without", "with"))
    assert p99(together) <= p99(alone) * 1.05 + 0.001
    assert max(together) < 2.0, "even while all of them go bad at once"
    assert max(wait for at, wait in waits["with"] if at > BLACK_HOLE) <= max(alone) * 1.05 + 0.001


def test_partners_nobody_has_reached_yet_wait_for_one_another_and_for_nobody_else() -> None:
    async def story(loop: SimulatedLoop) -> None:
        country = Country(loop, frozenset(DEAD), well=set(HEALTHY))
        await two_minutes(country, HEALTHY)
        assert max(wait for _, wait in country.waits) < 0.05
        assert min(country.flights[one] for one in DEAD) > 1

    in_simulated_time(story)


def test_no_more_than_the_bound_are_under_way_whatever_they_do() -> None:
    async def story(loop: SimulatedLoop) -> None:
        places = Places(MOST)
        under_way = most = 0

        async def slow() -> None:
            nonlocal under_way, most
            async with places.one(doubted=False):
                under_way += 1
                most = max(most, under_way)
                await loop.sleep(1000.0)
                under_way -= 1

        await asyncio.gather(*(slow() for _ in range(500)))
        assert most == 4 * MOST <= places.bound

    in_simulated_time(story)


def test_the_doubted_have_a_quarter_of_the_places_and_leave_the_rest_to_the_trusted() -> None:
    async def story(loop: SimulatedLoop) -> None:
        places = Places(MOST, patience=3600.0)
        inside: Counter[bool] = Counter()

        async def stay(*, doubted: bool) -> None:
            async with places.one(doubted=doubted):
                inside[doubted] += 1
                await loop.sleep(60.0)

        tasks = [asyncio.ensure_future(stay(doubted=True)) for _ in range(50)]
        tasks += [asyncio.ensure_future(stay(doubted=False)) for _ in range(50)]
        await loop.sleep(1.0)
        assert inside == {True: MOST // 4, False: MOST}
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
        async with places.one(doubted=True), places.one(doubted=False):
            assert loop.time() == pytest.approx(1.0), "who gave up waiting holds no place"

    in_simulated_time(story)


def test_partners_that_always_have_more_take_turns() -> None:
    async def story(loop: SimulatedLoop) -> None:
        flights: Counter[str] = Counter()

        async def fly(partner: str) -> bool:
            flights[partner] += 1
            await loop.sleep(0.1)
            return True

        async def nothing(_: str) -> bool:
            return False

        async def due() -> list[str]:
            return NINETY

        rounds = Rounds(
            fly=fly,
            carry=nothing,
            due=due,
            signals=Signals(),
            most=4,
            every=SWEEP,
            sleep=loop.sleep,
            failed=lambda _, error: pytest.fail(str(error)),
        )
        running = asyncio.ensure_future(rounds.run())
        await loop.sleep(90.0)
        running.cancel()
        await asyncio.wait([running])
        assert max(flights.values()) - min(flights.values()) <= 1

    in_simulated_time(story)


def test_a_flight_that_hangs_is_broken_off_and_its_partner_flies_again() -> None:
    async def story(loop: SimulatedLoop) -> None:
        begun: list[float] = []
        failed: list[str] = []

        async def fly(_: str) -> bool:
            begun.append(loop.time())
            if len(begun) == 1:
                await loop.create_future()
            return False

        async def nothing(_: str) -> bool:
            return False

        async def due() -> list[str]:
            return ["422800"]

        rounds = Rounds(
            fly=fly,
            carry=nothing,
            due=due,
            signals=Signals(),
            most=1,
            every=SWEEP,
            sleep=loop.sleep,
            failed=lambda partner, error: failed.append(f"{partner} {type(error).__name__}"),
        )
        running = asyncio.ensure_future(rounds.run())
        await loop.sleep(200.0)
        running.cancel()
        await asyncio.wait([running])
        assert failed == ["422800 TimeoutError"]
        assert begun[1] <= 150.0 + SWEEP

    in_simulated_time(story)
