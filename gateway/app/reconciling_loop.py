"""The loop that reconciles every night with every partner, a few at a time, and goes on by day where it could not.

A partner that is away, rests or is in maintenance is tried again every quarter of an hour; the report of the day says so.
"""

import asyncio
from datetime import date, datetime, timedelta

from structlog.typing import FilteringBoundLogger

from gateway.app.gateway import Gateway
from gateway.case.days import day_in_china
from gateway.case.errors import GatewayError
from gateway.case.reasons import Reason
from gateway.flows.delivery.resting import longest_rest
from gateway.flows.standing.ask import can_be_asked
from gateway.partners.partner import Partner
from gateway.partners.schema import Status
from gateway.store import peers
from gateway.store.reconciliations import Compared, Outcome
from gateway.telemetry import Said

LOOK_EVERY = 60.0
"""Seconds between two looks at what is due."""
AGAIN_AFTER = timedelta(minutes=15)
AT_ONCE = 4
"""Partners compared with at the same time; the days of one go one after the other."""
LONGEST_DAY = 600.0
"""Seconds of one day with one partner; what was repaired stays, the next try goes on."""
NIGHTLY = "gateway:nightly"
"""Actor of the audit."""


async def reconcile_nightly(gateway: Gateway, log: FilteringBoundLogger) -> None:
    """Reconcile what is due, until cancelled; one partner that fails costs the others nothing."""
    again: dict[str, datetime] = {}
    done_on: dict[str, date] = {}
    at_once = asyncio.Semaphore(AT_ONCE)
    under_way: dict[str, asyncio.Task[None]] = {}

    async def one(partner: Partner) -> None:
        async with at_once:
            try:
                if await reconcile_due(gateway, log, partner):
                    done_on[partner.code] = day_in_china(gateway.world.clock())
                else:
                    again[partner.code] = gateway.world.clock() + AGAIN_AFTER
            except Exception:
                again[partner.code] = gateway.world.clock() + AGAIN_AFTER
                log.exception(Said.WORKER_FAILED, worker="reconcile", partner=partner.code)

    try:
        while True:
            # A start has better things to do than to look back at days.
            await gateway.world.sleep(LOOK_EVERY)
            now = gateway.world.clock()
            for partner in gateway.registry.current():
                code = partner.code
                waits = again.get(code)
                # A moment far ahead was written by a clock that ran ahead.
                put_off = waits is not None and now < waits <= now + AGAIN_AFTER
                if partner.is_sample or code in under_way or put_off or done_on.get(code) == day_in_china(now):
                    continue
                under_way[code] = asyncio.create_task(one(partner), name=f"reconcile {code}")
                under_way[code].add_done_callback(lambda _, code=code: under_way.pop(code, None))  # type: ignore[misc]
    finally:
        for task in under_way.values():
            task.cancel()
        await asyncio.gather(*under_way.values(), return_exceptions=True)


async def reconcile_due(gateway: Gateway, log: FilteringBoundLogger, partner: Partner) -> bool:
    """Reconcile every day that is due with a partner; False when something is left to be tried again later."""
    code, flows = partner.code, gateway.reconciling
    days = await flows.due(partner)
    if not days:
        return False
    if reason := await _why_not(gateway, partner):
        await flows.not_asked(code, days[0], reason)
        # Whoever cannot be asked at all needs no second look today: the report says so.
        return reason == Reason.PARTNER_NOT_ASKABLE.value
    for day in days:
        try:
            async with asyncio.timeout(LONGEST_DAY):
                compared = await flows.reconcile_day(code, day, NIGHTLY)
        except (GatewayError, TimeoutError) as error:
            word = error.reason.value if isinstance(error, GatewayError) else Reason.PARTNER_SLOW.value
            log.warning(Said.NOT_RECONCILED, partner=code, day=day.isoformat(), reason=word)
            # A gateway that serves no comparing is not asked again today.
            return word == Reason.NOT_SERVED.value
        _tell(log, compared)
    return True


async def _why_not(gateway: Gateway, partner: Partner) -> str:
    """Return the reason word why a partner is not asked now; empty when it is."""
    if not can_be_asked(partner):
        paused = partner.status is not Status.ACTIVE
        return Reason.PARTNER_PAUSED.value if paused else Reason.PARTNER_NOT_ASKABLE.value
    now = gateway.world.clock()
    peer = await gateway.database.read(lambda tx: peers.find(tx, partner.code))
    if peer.pauses(now):
        return Reason.MAINTENANCE.value
    return peer.last_reason if peer.suspect and peer.rests(now, longest_rest(partner)) else ""


def _tell(log: FilteringBoundLogger, compared: list[Compared]) -> None:
    for one in compared:
        if one.outcome is Outcome.EQUAL:
            continue
        say = log.warning if one.outcome is Outcome.DIFFERS else log.info
        say(
            Said.RECONCILED,
            partner=one.partner,
            day=one.day.isoformat(),
            direction=one.direction,
            state=one.outcome.value,
            count=one.differences,
        )
