"""Maintenance is announced, told, answered, heeded, shown and ended: two gateways over TLS."""

import asyncio
import io
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from gateway.app.loops import COLLECT_WAIT, _collect_from
from gateway.case.errors import GatewayError
from gateway.case.reasons import Reason
from gateway.case.texts import Text
from gateway.flows.maintenance.announce import Notice
from gateway.local.deliveries_out import delivery
from gateway.store import outbox, peers
from gateway.store.peers import Circuit, PeerRow
from gateway.telemetry import make_logger
from gateway.wire.description import Maintenance
from tests.flows.regions import Region, Regions, regions

ENSHI, QIANJIANG = "422800", "500114"
WHY = Text("机房停电检修", "power works in the machine room")


async def announce(all_regions: Regions, region: Region, hours: float, after: float = 0) -> None:
    """A region announces that it pauses."""
    begins = all_regions.clock() + timedelta(hours=after)
    await region.gateway.standing.announce(Notice(begins, begins + timedelta(hours=hours), WHY, "staff:qin"))


async def peer_of(region: Region, code: str) -> PeerRow:
    """What a region knows of a partner."""
    return await region.gateway.database.read(lambda tx: peers.find(tx, code))


async def test_senders_wait_until_it_is_over_and_count_no_failure(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI, wires="grpc") as all_regions:
        origin, enshi = all_regions[QIANJIANG], all_regions[ENSHI]
        await announce(all_regions, enshi, hours=3)
        number = await origin.submit(origin.a_case(to=ENSHI))
        flight = await origin.gateway.deliver(ENSHI)
        assert flight.error
        assert flight.error.reason is Reason.MAINTENANCE
        assert "恩施州 正在维护, 预计至" in flight.error.cause.zh
        peer = await peer_of(origin, ENSHI)
        assert (peer.failures, peer.suspect) == (0, False)
        assert peer.circuit(all_regions.clock(), timedelta(hours=2)) is Circuit.CLOSED
        view = await origin.view(number)
        assert view.partner_pauses_until is not None
        told = delivery(view.deliveries[0], view.partner_pauses_until)
        assert told["partner_maintenance_until"]
        assert told["last_reason"] == "MAINTENANCE"
        # Nothing is called meanwhile, however often the loops look; its own calls and our local door go on.
        for _ in range(5):
            all_regions.clock.pass_time(minutes=30)
            assert await origin.gateway.delivery.to_call() == []
            assert (await origin.gateway.deliver(ENSHI)).sent == 0
        await origin.submit(origin.a_case(to=ENSHI))
        (seen,) = await origin.gateway.standing.both_views(ENSHI)
        assert "maintenance" in {one.word for one in seen.wrong}
        all_regions.clock.pass_time(minutes=35)
        assert await origin.gateway.delivery.to_call() == [ENSHI]
        await all_regions.settle_down()
        assert [one.outcome for one in (await origin.view(number)).deliveries] == [outbox.ACCEPTED]


async def test_it_is_told_before_it_begins_and_an_early_end_is_seen_at_the_next_question(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI, wires="grpc") as all_regions:
        origin, enshi = all_regions[QIANJIANG], all_regions[ENSHI]
        await announce(all_regions, enshi, hours=10, after=1)
        await origin.gateway.standing.asking.ask(ENSHI)
        await origin.submit(origin.a_case(to=ENSHI))
        assert await origin.gateway.delivery.to_call() == [ENSHI], "it has not begun"
        await all_regions.settle_down()
        all_regions.clock.pass_time(hours=2)
        number = await origin.submit(origin.a_case(to=ENSHI))
        assert await origin.gateway.delivery.to_call() == []
        assert (await origin.gateway.deliver(ENSHI)).flights in (0, 1)
        assert (await origin.view(number)).deliveries[0].tries == 0, "not one flight left"
        # A call of the partner itself hints at an end: it is asked at the next turn, and has none.
        await origin.gateway.heard_from(ENSHI)
        assert origin.gateway.standing.doubted == {ENSHI}
        await origin.gateway.standing.asking.ask(ENSHI)
        assert await origin.gateway.delivery.to_call() == []
        assert await enshi.gateway.standing.end_maintenance("staff:qin")
        await origin.gateway.standing.asking.ask(ENSHI)
        assert (await peer_of(origin, ENSHI)).pauses_until is None
        await all_regions.settle_down()
        assert (await origin.view(number)).deliveries[0].outcome == outbox.ACCEPTED
        assert not await enshi.gateway.standing.end_maintenance("staff:qin"), "there is nothing left to end"


async def test_every_call_but_the_description_is_turned_away(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI, wires="grpc") as all_regions:
        origin, enshi = all_regions[QIANJIANG], all_regions[ENSHI]
        await announce(all_regions, enshi, hours=3)
        (partner,) = origin.gateway.registry.current()
        said = await origin.courier.describe(partner)
        assert said.maintenance is not None
        assert said.maintenance.reason == WHY
        ids = ["01a212dd-4608-7002-8000-000000000006"]
        for call in (
            lambda: origin.courier.get_receipts(partner, ids),
            lambda: origin.courier.get_envelopes(partner, ids),
            lambda: origin.courier.get_items(partner, 0),
        ):
            with pytest.raises(GatewayError) as refused:
                await call()
            assert refused.value.reason is Reason.MAINTENANCE
            assert int(str(refused.value.facts["retry_after_seconds"])) == 3 * 3600


async def test_a_week_is_the_farthest_and_what_a_partner_says_beyond_is_heeded_for_a_week(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as all_regions:
        origin = all_regions[QIANJIANG]
        now = all_regions.clock()
        for begins, ends in (
            (now, now + timedelta(days=8)),
            (now + timedelta(hours=2), now + timedelta(hours=1)),
            (now - timedelta(days=2), now - timedelta(days=1)),
        ):
            with pytest.raises(GatewayError) as refused:
                await origin.gateway.standing.announce(Notice(begins, ends, WHY, "staff:qin"))
            assert refused.value.reason is Reason.MAINTENANCE_TIMES
        (partner,) = origin.gateway.registry.current()
        said = await origin.courier.describe(partner)

        endless = replace(said, maintenance=Maintenance(now, now + timedelta(days=3650), WHY))
        for note in origin.gateway.described:
            await note(partner, endless)
        until = (await peer_of(origin, ENSHI)).pauses_until
        assert until is not None
        assert timedelta(days=7) <= until - now <= timedelta(days=7, minutes=2)


async def test_it_is_audited_and_the_newest_takes_the_place_of_what_was_announced(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as all_regions:
        origin = all_regions[QIANJIANG]
        await announce(all_regions, origin, hours=3)
        await announce(all_regions, origin, hours=1)
        _, found = await origin.gateway.standing.announced(10)
        assert [one.ended_at is None for one in found].count(True) == 1
        acts = await origin.gateway.database.read(
            lambda tx: tx.rows("SELECT act, actor FROM audit WHERE act LIKE 'maintenance.%' ORDER BY position")
        )
        assert acts == [("maintenance.announce", "staff:qin")] * 2
        said = await origin.gateway.describe(ENSHI)
        assert said.maintenance is not None
        assert said.maintenance.until == all_regions.clock() + timedelta(hours=1)


async def test_a_region_that_only_dials_out_waits_as_well_and_counts_no_failure(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI, wires="grpc", collects=(QIANJIANG,)) as all_regions:
        origin, enshi = all_regions[QIANJIANG], all_regions[ENSHI]
        await announce(all_regions, enshi, hours=3)
        log = io.StringIO()
        looks: list[set[str]] = []

        async def sleep(seconds: float) -> None:
            assert seconds == COLLECT_WAIT
            looks.append({*origin.gateway.standing.doubted})
            if len(looks) == 1:
                await origin.gateway.standing.asking.ask(ENSHI)
                origin.courier.down.add(ENSHI)
            elif len(looks) == 3:
                raise asyncio.CancelledError

        origin.gateway.world = replace(origin.gateway.world, sleep=sleep)
        logger = make_logger(region="", level="info", style="json", stream=log, clock=all_regions.clock)
        with pytest.raises(asyncio.CancelledError):
            await _collect_from(ENSHI, origin.gateway.collector(), origin.gateway, logger)
        assert looks[0] == {ENSHI}, "who says that it is in maintenance is asked until when"
        assert log.getvalue() == "", "a line that is cut meanwhile is not even noticed: nobody calls"
