"""Rounds: one flight and one transfer per partner at a time, a bounded number together, hints that may all be lost."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest

from gateway.work.regular import regularly
from gateway.work.rounds import FILES_EVERY, Rounds
from gateway.work.signals import Signals

EVERY = 5.0
MANY_TURNS = 50


async def turns() -> None:
    """Let every task that can go on go on, without any time passing."""
    ready = asyncio.get_running_loop()
    for _ in range(MANY_TURNS):
        turn = ready.create_future()
        ready.call_soon(turn.set_result, None)
        await turn


@dataclass
class Naps:
    """A sleeper that wakes when it is told to."""

    asked: list[float] = field(default_factory=list)
    _waiting: list[asyncio.Event] = field(default_factory=list)

    async def __call__(self, seconds: float, /) -> None:
        nap = asyncio.Event()
        self.asked.append(seconds)
        self._waiting.append(nap)
        await nap.wait()

    async def over(self) -> None:
        """The time everybody sleeps for is over."""
        waiting, self._waiting = self._waiting, []
        for nap in waiting:
            nap.set()
        await turns()


@dataclass
class Steps:
    """Flights or transfers that last until they are landed; what they answer and raise is told beforehand."""

    started: list[str] = field(default_factory=list)
    under_way: Counter[str] = field(default_factory=Counter)
    most_of_one: Counter[str] = field(default_factory=Counter)
    most: int = 0
    more: dict[str, int] = field(default_factory=dict)
    breaks: set[str] = field(default_factory=set)
    finished: list[str] = field(default_factory=list)
    free: bool = True
    _gates: list[tuple[str, asyncio.Event]] = field(default_factory=list)

    async def __call__(self, partner: str) -> bool:
        self.started.append(partner)
        self.under_way[partner] += 1
        self.most_of_one[partner] = max(self.most_of_one[partner], self.under_way[partner])
        self.most = max(self.most, self.under_way.total())
        try:
            if not self.free:
                gate = asyncio.Event()
                self._gates.append((partner, gate))
                await gate.wait()
            if partner in self.breaks:
                raise LookupError(f"a defect in the round of {partner}")
            self.more[partner] = self.more.get(partner, 0) - 1
            self.finished.append(partner)
            return self.more[partner] >= 0
        finally:
            self.under_way[partner] -= 1

    async def land(self, *partners: str) -> None:
        """Let what is under way now come to its end; of these partners, or of all."""
        landing = [(partner, gate) for partner, gate in self._gates if not partners or partner in partners]
        self._gates = [waiting for waiting in self._gates if waiting not in landing]
        for _, gate in landing:
            gate.set()
        await turns()


@dataclass
class Work:
    """Rounds over fake steps."""

    signals: Signals = field(default_factory=Signals)
    flights: Steps = field(default_factory=lambda: Steps(free=False))
    transfers: Steps = field(default_factory=Steps)
    naps: Naps = field(default_factory=Naps)
    due: list[str] = field(default_factory=list)
    failed: list[tuple[str, str]] = field(default_factory=list)
    store_is_away: bool = False
    seconds: float = 100.0

    async def what_is_due(self) -> list[str]:
        if self.store_is_away:
            raise OSError("the store is away")
        return list(self.due)

    def rounds(self, most: int) -> Rounds:
        return Rounds(
            fly=self.flights,
            carry=self.transfers,
            due=self.what_is_due,
            signals=self.signals,
            most=most,
            every=EVERY,
            sleep=self.naps,
            failed=lambda partner, error: self.failed.append((partner, str(error))),
            monotonic=lambda: self.seconds,
        )


@asynccontextmanager
async def running(work: Work, most: int = 8) -> AsyncIterator[Rounds]:
    rounds = work.rounds(most)
    task = asyncio.create_task(rounds.run())
    await turns()
    try:
        yield rounds
    finally:
        work.flights.free = work.transfers.free = True
        task.cancel()
        await turns()
        await work.flights.land()
        await work.transfers.land()
        await asyncio.wait([task])


async def test_a_hint_starts_a_flight_and_a_transfer_at_once() -> None:
    work = Work()
    async with running(work):
        work.signals.wake("422800")
        await turns()
        assert (work.flights.started, work.transfers.started) == (["422800"], ["422800"])


async def test_hints_about_envelopes_without_files_start_a_transfer_a_second_at_most() -> None:
    work = Work(flights=Steps(free=True))
    async with running(work):
        for after, transfers in ((0.0, 1), (0.1, 1), (FILES_EVERY - 0.2, 1), (0.2, 2), (0.1, 2)):
            work.seconds += after
            work.signals.wake("422800", files=False)
            await turns()
            assert len(work.transfers.started) == transfers
        assert len(work.flights.started) == 5
        work.signals.wake("500114", files=False)
        work.signals.wake("422800", files=True)
        await turns()
        assert work.transfers.started[2:] == ["500114", "422800"], "each partner by itself, and files at once"


async def test_a_partner_has_one_flight_at_a_time_and_any_number_of_hints_during_it_start_one_more() -> None:
    work = Work()
    async with running(work):
        for _ in range(5):
            work.signals.wake("422800")
            await turns()
        assert work.flights.started == ["422800"]
        await work.flights.land()
        assert work.flights.started == ["422800"] * 2, "what came meanwhile rides on the next"
        await work.flights.land()
        assert work.flights.started == ["422800"] * 2
        assert work.flights.most_of_one["422800"] == 1


async def test_a_long_transfer_does_not_hold_up_the_flights_of_its_partner() -> None:
    work = Work(flights=Steps(), transfers=Steps(free=False))
    async with running(work):
        work.signals.wake("422800")
        await turns()
        work.signals.wake("422800")
        await turns()
        assert work.flights.finished == ["422800"] * 2
        assert work.transfers.started == ["422800"]


async def test_a_partner_whose_flight_never_ends_costs_the_others_nothing() -> None:
    work = Work()
    async with running(work):
        work.signals.wake("422800")
        await turns()
        work.signals.wake("500114")
        await turns()
        await work.flights.land("500114")
        work.signals.wake("500114")
        await turns()
        assert work.flights.started == ["422800", "500114", "500114"]


async def test_a_flight_that_leaves_something_behind_is_followed_by_another_at_once() -> None:
    work = Work(flights=Steps(more={"422800": 3}))
    async with running(work):
        work.signals.wake("422800")
        await turns()
        assert work.flights.finished == ["422800"] * 4


@pytest.mark.parametrize("most", [1, 3])
async def test_no_more_rounds_than_the_bound_are_under_way_and_all_get_their_turn(most: int) -> None:
    work = Work()
    partners = [f"4228{n:02d}" for n in range(7)]
    async with running(work, most=most):
        for partner in partners:
            work.signals.wake(partner)
        await turns()
        assert work.flights.under_way.total() == most
        for _ in partners:
            await work.flights.land()
        assert sorted(work.flights.finished) == partners
        assert work.flights.most == most


async def test_a_round_that_fails_is_told_and_stops_neither_the_others_nor_its_partners_next_one() -> None:
    work = Work(flights=Steps(breaks={"422800"}))
    async with running(work):
        work.signals.wake("422800")
        work.signals.wake("500114")
        await turns()
        assert work.failed == [("422800", "a defect in the round of 422800")]
        assert work.flights.finished == ["500114"]
        assert "422800" in work.transfers.finished, "nor the transfers of that partner"
        work.flights.breaks.clear()
        work.signals.wake("422800")
        await turns()
        assert work.flights.finished == ["500114", "422800"]


async def test_with_every_hint_lost_the_sweeper_starts_the_work_within_its_interval() -> None:
    work = Work(flights=Steps())
    async with running(work):
        assert work.flights.started == []
        work.due = ["422800", "500114"]
        await work.naps.over()
        assert sorted(work.flights.finished) == ["422800", "500114"]
        await work.naps.over()
        assert len(work.flights.finished) == 4, "again and again, as long as something is due"
        assert set(work.naps.asked) == {EVERY}


async def test_what_is_due_at_the_start_is_not_waited_for() -> None:
    work = Work(flights=Steps(), due=["422800"])
    async with running(work):
        assert work.flights.finished == ["422800"]


async def test_a_sweep_that_finds_the_store_away_is_told_and_the_next_one_finds_the_work() -> None:
    work = Work(flights=Steps(), due=["422800"], store_is_away=True)
    async with running(work):
        assert work.failed == [("", "the store is away")]
        work.store_is_away = False
        await work.naps.over()
        assert work.flights.finished == ["422800"]


async def test_stopping_waits_for_what_is_under_way_and_starts_nothing_new() -> None:
    work = Work(flights=Steps(free=False), transfers=Steps(free=False))
    task = asyncio.create_task(work.rounds(8).run())
    work.signals.wake("422800")
    await turns()
    task.cancel()
    await turns()
    assert not task.done()
    work.signals.wake("500114")
    work.due = ["500114"]
    await work.naps.over()
    await work.flights.land()
    assert not task.done(), "the transfer is under way still"
    await work.transfers.land()
    await asyncio.wait([task])
    assert task.cancelled()
    assert (work.flights.finished, work.transfers.finished) == (["422800"], ["422800"])
    assert "500114" not in work.flights.started


async def test_a_stop_lets_the_flight_that_is_out_land_and_takes_no_next_one() -> None:
    work = Work()
    work.flights.more["422800"] = 1_000
    task = asyncio.create_task(work.rounds(8).run())
    work.signals.wake("422800")
    await turns()
    work.signals.wake("422800")
    await turns()
    task.cancel()
    await turns()
    await work.flights.land()
    await turns()
    assert task.done(), "a queue that never ends must not keep the process from stopping"
    assert work.flights.finished == ["422800"]


async def test_settling_down_waits_until_no_round_is_under_way() -> None:
    work = Work(flights=Steps(more={"422800": 2}, free=False))
    async with running(work) as rounds:
        rounds.start("422800")
        settled = asyncio.create_task(rounds.settle_down())
        for _ in range(3):
            await turns()
            assert not settled.done()
            await work.flights.land()
        assert settled.done()
        assert work.flights.finished == ["422800"] * 3


async def test_what_is_done_regularly_goes_on_after_a_failure() -> None:
    naps, done, failed = Naps(), list[int](), list[str]()

    async def step() -> None:
        done.append(len(done))
        if len(done) == 1:
            raise OSError("the store is away")

    loop = asyncio.create_task(
        regularly(step, every=60.0, sleep=naps, failed=lambda who, error: failed.append(f"{who}{error}"))
    )
    await turns()
    await naps.over()
    await naps.over()
    assert (done, failed, naps.asked) == ([0, 1, 2], ["the store is away"], [60.0] * 3)
    loop.cancel()
    await asyncio.wait([loop])
    assert loop.cancelled()
