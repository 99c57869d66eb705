"""What a step had claimed is given back when the step ends by an exception, as soon as the store can write it."""

import asyncio
from dataclasses import dataclass, field

from gateway.work.rounds import FLIGHT, TRANSFER, Rounds
from gateway.work.signals import Signals

ENSHI = "422800"


@dataclass
class Store:
    """Steps over a store that is away for a while; each step breaks off once.

    Attributes:
        acts: what happened, in order.
    """

    away_for: int = 2
    acts: list[str] = field(default_factory=list)
    done: asyncio.Event = field(default_factory=asyncio.Event)

    async def step(self, kind: str) -> bool:
        self.acts.append(kind)
        if self.acts.count(kind) == 1:
            raise OSError("cannot write down how it went")
        return False

    async def give_back(self, kind: str, partner: str) -> None:
        if self.away_for:
            self.away_for -= 1
            raise OSError("the store is away")
        assert partner == ENSHI
        self.acts.append(f"back: {kind}")

    async def due(self) -> list[str]:
        if {f"back: {FLIGHT}", f"back: {TRANSFER}"} <= {*self.acts}:
            self.done.set()
        return []

    async def nap(self, seconds: float, /) -> None:
        await asyncio.wait([asyncio.get_running_loop().create_future()], timeout=0)


async def test_what_a_broken_step_had_claimed_is_given_back_once_and_flies_again():
    store, signals, failed = Store(), Signals(), list[str]()
    rounds = Rounds(
        fly=lambda _: store.step(FLIGHT),
        carry=lambda _: store.step(TRANSFER),
        due=store.due,
        signals=signals,
        most=4,
        every=1.0,
        sleep=store.nap,
        failed=lambda partner, error: failed.append(str(error)),
        broken_off=store.give_back,
    )
    signals.wake(ENSHI)
    running = asyncio.create_task(rounds.run())
    async with asyncio.timeout(10):
        await store.done.wait()
    running.cancel()
    await asyncio.wait([running])
    for kind in (FLIGHT, TRANSFER):
        assert [act for act in store.acts if kind in act] == [kind, f"back: {kind}", kind], "then it is tried anew"
    assert failed.count("the store is away") == 2, "it is given back again until that succeeds"
