"""The loop of a restored gateway: it catches up with every partner, several at a time, and ends when it has with all."""

import asyncio
from datetime import datetime

from structlog.typing import FilteringBoundLogger

from gateway.app.gateway import Gateway
from gateway.case.errors import GatewayError
from gateway.telemetry import Said

LOOK_EVERY = 15.0
"""Seconds between two looks at who is left; also the longest until what an operator ended is heeded."""
AT_ONCE = 8
"""Partners caught up with at the same time."""


async def catch_up_with_all(gateway: Gateway, log: FilteringBoundLogger) -> None:
    """Catch up with every partner, each as soon as it can be asked; one that cannot costs the others nothing."""
    due: dict[str, datetime] = {}
    tries: dict[str, int] = {}
    at_once = asyncio.Semaphore(AT_ONCE)
    under_way: dict[str, asyncio.Task[None]] = {}

    async def one(code: str) -> None:
        async with at_once:
            days = gateway.behind.days_done.get(code, 0)
            try:
                back = await gateway.restored.catch_up(code)
            except Exception as error:
                # One that came further than the one before is no sign of a partner that is away.
                came_further = gateway.behind.days_done.get(code, 0) > days
                tries[code] = 1 if came_further else tries.get(code, 0) + 1
                due[code] = _next_try(gateway, code, tries[code])
                if isinstance(error, GatewayError):
                    log.warning(Said.CATCHING_UP, partner=code, reason=error.reason.value, tries=tries[code])
                else:
                    log.exception(Said.WORKER_FAILED, worker="catch up", partner=code)
            else:
                log.info(Said.CAUGHT_UP, partner=code, count=back.taken, dropped=back.left_out)

    try:
        while gateway.behind.restored:
            now = gateway.world.clock()
            for code in await gateway.restored.still_behind():
                if code not in under_way and due.get(code, now) <= now:
                    under_way[code] = asyncio.create_task(one(code), name=f"catch up {code}")
                    under_way[code].add_done_callback(lambda _, code=code: under_way.pop(code, None))  # type: ignore[misc]
            await gateway.world.sleep(LOOK_EVERY)
    finally:
        for task in under_way.values():
            task.cancel()
        await asyncio.gather(*under_way.values(), return_exceptions=True)


def _next_try(gateway: Gateway, code: str, tries: int) -> datetime:
    now = gateway.world.clock()
    partner = gateway.registry.current().of(code)
    due = partner.retry.next_try(tries, now, gateway.world.jitter()) if partner else None
    return due or now + (partner.retry.longest_wait if partner else now - now)
