"""The loop that keeps partners' items fresh: at start, every so often, and soon after a refusal says ours are old."""

import asyncio
import contextlib
from datetime import UTC, datetime, timedelta

from structlog.typing import FilteringBoundLogger

from gateway.app.gateway import Gateway
from gateway.telemetry import Said

ITEMS_EVERY = timedelta(minutes=15)
"""Between two questions for a partner's items; no setting, for windows everywhere rely on the same freshness."""
DOUBTED_EVERY = timedelta(minutes=1)
"""The same, while its refusals say that what we hold is old."""
LOOK_EVERY = 15.0
"""Seconds between two looks at who is due to be asked."""
LONGEST_ANSWER = 300.0
"""Seconds in which a partner has to tell all its items."""
ASKED_AT_ONCE = 8
"""Partners asked at the same time, so that some that are dead do not hold up the others."""
LONG_AGO = datetime.min.replace(tzinfo=UTC)


async def keep_items_fresh(gateway: Gateway, log: FilteringBoundLogger) -> None:
    """Ask every partner that can be asked, until cancelled; one that fails costs the others nothing."""
    if not await gateway.items.own_version():
        log.warning(Said.NO_ITEMS)
    asked: dict[str, datetime] = {}
    at_once = asyncio.Semaphore(ASKED_AT_ONCE)
    under_way: dict[str, asyncio.Task[None]] = {}

    async def ask(code: str) -> None:
        # Who trickles gives its place back, so that eight of them do not stop the rest.
        async with at_once:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LONGEST_ANSWER):
                    await _ask_for_items(code, gateway, log)

    try:
        while True:
            now = gateway.world.clock()
            doubted, refreshing = gateway.items.doubted, gateway.items.refreshing
            due = [
                partner.code
                for partner in gateway.registry.current()
                if refreshing.can_be_asked(partner.code)
                and now - asked.get(partner.code, LONG_AGO)
                >= (DOUBTED_EVERY if partner.code in doubted else ITEMS_EVERY)
            ]
            # A partner whose answer is still coming is not asked again, and holds up no other.
            due = [code for code in due if code not in under_way]
            asked |= dict.fromkeys(due, now)
            doubted.difference_update(due)
            for code in due:
                under_way[code] = asyncio.create_task(ask(code), name=f"items {code}")
                under_way[code].add_done_callback(lambda _, code=code: under_way.pop(code, None))  # type: ignore[misc]
            if under_way:
                await asyncio.wait(under_way.values(), timeout=LOOK_EVERY)
            await gateway.world.sleep(LOOK_EVERY)
    finally:
        for task in under_way.values():
            task.cancel()
        await asyncio.gather(*under_way.values(), return_exceptions=True)


async def _ask_for_items(code: str, gateway: Gateway, log: FilteringBoundLogger) -> None:
    try:
        refreshed = await gateway.items.refresh(code)
    except Exception:
        # Whatever it is: the other partners are asked, and this one again at its next turn.
        log.exception(Said.WORKER_FAILED, partner=code)
        return
    if refreshed.error:
        log.warning(Said.ITEMS_NOT_REFRESHED, partner=code, reason=refreshed.error.reason.value)
    elif refreshed.taken or refreshed.kept_out:
        log.info(Said.ITEMS_REFRESHED, partner=code, count=refreshed.taken)
    for one in refreshed.kept_out:
        log.warning(Said.ITEM_KEPT_OUT, partner=code, item=one.item, field=one.where)
