"""The loops of a gateway: flights and transfers, sweeping, collecting; each says in log and metrics how it went."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import partial

from structlog.typing import FilteringBoundLogger

from gateway.app.catching_up_loop import catch_up_with_all
from gateway.app.flying import Flying
from gateway.app.gateway import Gateway
from gateway.app.item_loop import keep_items_fresh
from gateway.app.material_flows import material_sweeper
from gateway.app.reconciling_loop import reconcile_nightly
from gateway.app.standing_loop import ask_standings
from gateway.case.errors import GatewayError
from gateway.case.reasons import Reason
from gateway.flows.delivery.collect import Collector
from gateway.partners.schema import Status
from gateway.settings import Settings
from gateway.telemetry import Metrics, Said
from gateway.work.regular import regularly
from gateway.work.rounds import Rounds

COLLECT_WAIT = 30
"""Seconds a partner may wait before it answers that it owes us nothing."""
STOPPING_PARTS = 2.0
TURNS_MISSED = 5
"""A loop that missed so many turns, and the time of one, is stuck: health says so."""
QUICK_TURN, LONG_TURN = 30.0, 180.0
"""Seconds one turn may take: a look into the store; or asking every partner, a bounded number at a time."""
HEAR_EVERY = timedelta(hours=1)
"""Partners are asked so often what time they have, although nothing is about to happen by time."""
ENDS_BY_ITSELF = "catch up"


@asynccontextmanager
async def loops(
    gateway: Gateway, settings: Settings, log: FilteringBoundLogger, metrics: Metrics
) -> AsyncIterator[Rounds]:
    """Run the loops while the block runs; at its end what is under way gets half the stopping time to finish."""

    def failed(partner: str, error: BaseException) -> None:
        log.error(Said.WORKER_FAILED, partner=partner, exc_info=error)

    flying = Flying(gateway, log, metrics, well=await gateway.delivery.in_good_standing())
    flying.wake_when_rested(await gateway.delivery.resting_shortly())

    async def swept() -> None:
        found = await gateway.sweep()
        if found.held:
            log.warning(Said.CLOCK_JUMPED)
        if found.unclaimed:
            log.warning(Said.WORKER_FAILED, reason="UNCLAIMED", count=len(found.unclaimed))

    every = settings.limits.sweep_interval.total_seconds()
    pulse = gateway.pulse
    silent = TURNS_MISSED * every
    rounds = Rounds(
        fly=pulse.stepping("fly", flying.fly),
        carry=pulse.stepping("carry", gateway.send_materials),
        due=pulse.beating("rounds", silent + QUICK_TURN, gateway.delivery.to_call),
        signals=gateway.signals,
        most=settings.limits.concurrent_flights,
        every=every,
        sleep=gateway.world.sleep,
        failed=failed,
        doubted=flying.doubted,
        broken_off=gateway.delivery.broken_off,
        monotonic=gateway.world.monotonic,
    )
    running = [
        asyncio.create_task(rounds.run(), name="rounds"),
        asyncio.create_task(
            regularly(
                pulse.beating("sweep", silent + LONG_TURN, swept), every=every, sleep=gateway.world.sleep, failed=failed
            ),
            name="sweep",
        ),
        asyncio.create_task(
            regularly(
                pulse.beating("clocks", silent + LONG_TURN, partial(tell_clocks, gateway, log)),
                every=every,
                sleep=gateway.world.sleep,
                failed=failed,
            ),
            name="clocks",
        ),
        asyncio.create_task(
            regularly(
                pulse.beating("licences", silent + LONG_TURN, partial(_recheck_licences, gateway, log)),
                every=every,
                sleep=gateway.world.sleep,
                failed=failed,
            ),
            name="licences",
        ),
    ]
    materials = regularly(
        pulse.beating("materials", silent + LONG_TURN, material_sweeper(gateway).sweep),
        every=every,
        sleep=gateway.world.sleep,
        failed=failed,
    )
    running.append(asyncio.create_task(materials, name="materials"))
    running.append(asyncio.create_task(keep_items_fresh(gateway, log), name="items"))
    running.append(asyncio.create_task(catch_up_with_all(gateway, log), name="catch up"))
    running.append(asyncio.create_task(ask_standings(gateway, log), name="standing"))
    running.append(asyncio.create_task(reconcile_nightly(gateway, log), name="reconcile"))
    if not settings.peering.endpoints:
        running.append(asyncio.create_task(_collecting(gateway, log), name="collect"))
    for task in running:
        if task.get_name() != ENDS_BY_ITSELF:
            pulse.runs_in(task.get_name(), task)
    try:
        yield rounds
    finally:
        for task in running:
            task.cancel()
        await asyncio.wait(running, timeout=settings.limits.stop_within.total_seconds() / STOPPING_PARTS)


async def tell_clocks(gateway: Gateway, log: FilteringBoundLogger) -> None:
    """Tell the clocks that ran out, one bounded round after the other until none is left."""
    await gateway.listening.listen(HEAR_EVERY)
    done = await gateway.time_limits.run_out()
    while done.more and not done.put_off:
        gateway.pulse.beat("clocks")
        done = await gateway.time_limits.run_out()
    if done.held:
        log.warning(Said.CLOCK_JUMPED)
    if done.told:
        log.info(Said.DEADLINES_PASSED, count=done.told)
    for reason in set(done.put_off):
        if reason is Reason.CATCHING_UP:
            # Expected after a restore; these clocks are told when it is over.
            log.info(Said.CATCHING_UP, worker="clocks", reason=reason.value, count=done.put_off.count(reason))
            continue
        log.error(Said.WORKER_FAILED, worker="clocks", reason=reason.value, count=done.put_off.count(reason))


async def _recheck_licences(gateway: Gateway, log: FilteringBoundLogger) -> None:
    """Ask again about licences that are 待核验, one bounded round after the other until none is due."""
    more = True
    while more:
        done = await gateway.recheck_licences()
        gateway.pulse.beat("licences")
        more = done.more
        if done.asked > done.told:
            log.warning(Said.LICENCES_PENDING, count=done.asked - done.told)


async def _collecting(gateway: Gateway, log: FilteringBoundLogger) -> None:
    """Keep one loop for each partner, those included whose file came later, until cancelled."""
    collector = gateway.collector()
    loops_of: dict[str, asyncio.Task[None]] = {}
    try:
        while True:
            for partner in gateway.registry.current():
                if partner.code not in loops_of and not partner.is_sample:
                    loop = _collect_from(partner.code, collector, gateway, log)
                    loops_of[partner.code] = asyncio.create_task(loop, name=f"collect {partner.code}")
            await gateway.world.sleep(COLLECT_WAIT)
    finally:
        for task in loops_of.values():
            task.cancel()
        await asyncio.gather(*loops_of.values(), return_exceptions=True)


async def _collect_from(code: str, collector: Collector, gateway: Gateway, log: FilteringBoundLogger) -> None:
    tries = 0
    while True:
        partner = gateway.registry.current().of(code)
        if partner is None or partner.status is not Status.ACTIVE or gateway.behind.is_behind(code):
            await gateway.world.sleep(COLLECT_WAIT)
            continue
        if await gateway.standing.pauses(code):
            # Its maintenance is no failure; an end before its time is seen when it is asked how things stand.
            await gateway.world.sleep(COLLECT_WAIT)
            continue
        try:
            await collector.collect(code, COLLECT_WAIT)
            tries = 0
        except Exception as error:
            # Whatever it is: this loop is the only way its partner reaches us, and must go on.
            if isinstance(error, GatewayError) and error.reason is Reason.MAINTENANCE:
                # No failure: it is asked until when, and left alone until then.
                gateway.standing.doubted.add(code)
                await gateway.world.sleep(COLLECT_WAIT)
                continue
            tries += 1
            if isinstance(error, GatewayError):
                log.warning(Said.PARTNER_AWAY, partner=code, reason=error.reason.value, tries=tries)
            else:
                log.exception(Said.WORKER_FAILED, partner=code)
            now = gateway.world.clock()
            due = partner.retry.next_try(tries, now, gateway.world.jitter())
            await gateway.world.sleep((due - now).total_seconds() if due else COLLECT_WAIT)
