"""Hints: each wakes whom it is for, none is lost between two looks, and a waiter that is gone leaves nothing behind."""

import asyncio

from gateway.work.signals import Signals


async def turn() -> None:
    """Let the tasks that can go on go on."""
    loop = asyncio.get_running_loop()
    for _ in range(5):
        turned = loop.create_future()
        loop.call_soon(turned.set_result, None)
        await turned


async def test_hints_given_before_anybody_waits_are_found_together_and_once() -> None:
    signals = Signals()
    for partner in ("422800", "500114", "422800"):
        signals.wake(partner)
    assert await signals.woken() == {"422800": True, "500114": True}
    waiting = asyncio.create_task(signals.woken())
    await turn()
    assert not waiting.done()
    signals.wake("433100")
    assert await waiting == {"433100": True}


async def test_files_have_to_go_first_if_any_of_the_hints_says_so() -> None:
    signals = Signals()
    signals.wake("422800", files=False)
    for files in (False, True, False):
        signals.wake("500114", files=files)
    assert await signals.woken() == {"422800": False, "500114": True}


async def test_whoever_waits_for_a_partner_is_woken_by_that_partner_only() -> None:
    signals = Signals()
    waiting = {code: asyncio.create_task(signals.something_owed(code)) for code in ("422800", "500114")}
    await turn()
    signals.wake("422800")
    await turn()
    assert waiting["422800"].done()
    assert not waiting["500114"].done()
    signals.wake("500114")
    await waiting["500114"]


async def test_news_in_the_feed_wakes_everybody_who_waits_for_it_and_a_debt_does_not() -> None:
    signals = Signals()
    waiting = [asyncio.create_task(signals.something_told()) for _ in range(3)]
    await turn()
    signals.wake("422800")
    await turn()
    assert not any(task.done() for task in waiting)
    signals.told()
    await asyncio.gather(*waiting)


async def test_a_waiter_that_was_cancelled_is_forgotten() -> None:
    signals = Signals()
    for wait in (lambda: signals.something_owed("422800"), signals.something_told):
        task = asyncio.create_task(wait())
        await turn()
        task.cancel()
        await asyncio.wait([task])
    assert not signals._told
    assert not any(signals._owed.values())
    signals.told()
    signals.wake("422800")
    assert await signals.woken() == {"422800": True}
