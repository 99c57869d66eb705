"""The loop that keeps partners' items fresh: at start, every so often, and soon after a refusal says ours are old."""

import asyncio
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
ASKED_AT_ONCE = 8
"""Partners asked at the same time, so that some that are dead do not hold up the others."""
LONG_AGO = datetime.min.replace(tzinfo=UTC)


async def keep_items_fresh(gateway: Gateway, log: FilteringBoundLogger) -> None:
    """Ask every partner that can be asked, until cancelled; one that fails costs the others nothing."""
    if not await gateway.items.own_version():
        log.warning(Said.NO_ITEMS)
    asked: dict[str, datetime] = {}
    at_once = asyncio.Semaphore(ASKED_AT_ONCE)

    async def ask(code: str) -> None:
        async with at_once:
            await _ask_for_items(code, gateway, log)

    while True:
        now = gateway.world.clock()
        doubted, refreshing = gateway.items.doubted, gateway.items.refreshing
        due = [
            partner.code
            for partner in gateway.registry.current()
            if refreshing.can_be_asked(partner.code)
            and now - asked.get(partner.code, LONG_AGO) >= (DOUBTED_EVERY if partner.code in doubted else ITEMS_EVERY)
        ]
        asked |= dict.fromkeys(due, now)
        doubted.difference_update(due)
        await asyncio.gather(*(ask(code) for code in due))
        await gateway.world.sleep(LOOK_EVERY)


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
