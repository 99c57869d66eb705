"""The loop that asks partners how they see us, each every few minutes, several at a time."""

import asyncio
from datetime import datetime

from structlog.typing import FilteringBoundLogger

from gateway.app.gateway import Gateway
from gateway.telemetry import Said

LOOK_EVERY = 15.0
"""Seconds between two looks at who is due to be asked."""
AT_ONCE = 8
"""Partners asked at the same time, so that some that are dead do not hold up the others."""


async def ask_standings(gateway: Gateway, log: FilteringBoundLogger) -> None:
    """Ask every partner that can be asked, until cancelled; one that fails costs the others nothing."""
    standing = gateway.standing
    not_before: dict[str, datetime] = {}
    at_once = asyncio.Semaphore(AT_ONCE)
    under_way: dict[str, asyncio.Task[None]] = {}

    async def ask(code: str) -> None:
        async with at_once:
            try:
                error = await standing.asking.ask(code)
            except Exception:
                # Whatever it is: the other partners are asked, and this one again at its next turn.
                log.exception(Said.WORKER_FAILED, worker="standing", partner=code)
                return
            if error:
                log.info(Said.PARTNER_AWAY, worker="standing", partner=code, reason=error.reason.value)
            elif not await standing.pauses(code):
                # A maintenance that was ended early: what waits for it may go.
                gateway.signals.wake(code)

    try:
        while True:
            now = gateway.world.clock()
            doubted, due = {*standing.doubted}, await standing.asking.due()
            standing.doubted -= doubted
            for code in sorted({*due, *doubted} - {*under_way}):
                if code not in doubted and now < not_before.get(code, now):
                    continue
                not_before[code] = now + standing.asking.next_wait()
                under_way[code] = asyncio.create_task(ask(code), name=f"standing {code}")
                under_way[code].add_done_callback(lambda _, code=code: under_way.pop(code, None))  # type: ignore[misc]
            if under_way:
                await asyncio.wait(under_way.values(), timeout=LOOK_EVERY)
            await gateway.world.sleep(LOOK_EVERY)
    finally:
        for task in under_way.values():
            task.cancel()
        await asyncio.gather(*under_way.values(), return_exceptions=True)
