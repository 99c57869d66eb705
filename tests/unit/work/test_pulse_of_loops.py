"""A loop that died, hangs or fails at every turn is seen, and one that does its work is not."""

import asyncio
from dataclasses import dataclass

import pytest

from gateway.work.pulse import Pulse


@dataclass
class Watch:
    now: float = 0.0

    def __call__(self) -> float:
        return self.now


async def good() -> bool:
    return True


async def bad() -> bool:
    raise RuntimeError


async def test_a_loop_that_does_its_work_is_not_silent_and_one_that_does_not_is():
    watch = Watch()
    pulse = Pulse(watch)
    turn = pulse.beating("sweep", 10, good)
    watch.now = 10
    assert pulse.silent() == []
    watch.now = 11
    assert pulse.silent() == ["sweep"]
    assert await turn()
    assert pulse.silent() == []


async def test_a_loop_whose_every_turn_fails_is_silent():
    watch = Watch()
    pulse = Pulse(watch)
    turn = pulse.beating("sweep", 10, bad)
    for _ in range(4):
        watch.now += 3
        with pytest.raises(RuntimeError):
            await turn()
    assert pulse.silent() == ["sweep"]


async def test_a_long_turn_that_gets_on_beats_in_its_midst():
    watch = Watch()
    pulse = Pulse(watch)
    pulse.beating("clocks", 10, good)
    for _ in range(4):
        watch.now += 9
        pulse.beat("clocks")
        assert pulse.silent() == []
    pulse.beat("nobody")


async def test_a_task_that_is_over_is_silent_at_once_though_it_beat_just_now():
    pulse = Pulse(Watch())
    never = asyncio.get_running_loop().create_future()

    async def for_ever() -> None:
        await never

    task = asyncio.create_task(for_ever(), name="items")
    pulse.runs_in("items", task)
    assert pulse.silent() == []
    task.cancel()
    await asyncio.wait([task])
    assert pulse.silent() == ["items"]


async def test_a_step_that_hangs_and_one_that_broke_off_are_known_by_partner():
    watch = Watch()
    pulse = Pulse(watch)
    let_go = asyncio.Event()

    async def hangs(_: str) -> bool:
        await let_go.wait()
        return True

    task = asyncio.create_task(pulse.stepping("fly", hangs)("422800"))
    await asyncio.wait([task], timeout=0)
    watch.now = 100
    assert pulse.hanging("fly", 99) == {"422800"}
    assert pulse.hanging("fly", 100) == pulse.hanging("carry", 0) == set()
    let_go.set()
    await task
    assert pulse.hanging("fly", 0) == set()


async def test_a_step_that_broke_off_is_remembered_until_one_gets_something_done():
    pulse = Pulse(Watch())
    outcomes: list[bool | Exception] = [RuntimeError(), False, True]

    async def step(_: str) -> bool:
        outcome = outcomes.pop(0)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    watched = pulse.stepping("fly", step)
    with pytest.raises(RuntimeError):
        await watched("422800")
    assert pulse.broken() == {"422800"}
    await watched("422800")
    assert pulse.broken() == {"422800"}, "a flight that found nothing to do proves nothing"
    await watched("422800")
    assert pulse.broken() == set()
