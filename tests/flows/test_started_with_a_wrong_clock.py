"""A gateway that is started with a clock a year ahead, which no jump shows: partners are heard before anything ends by time."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from gateway.app.material_flows import material_sweeper
from gateway.case import events as ev
from gateway.partners.partner import Partner
from gateway.wire.description import Description
from tests.build import a_digest
from tests.fakes import DirectCourier, UnreliableCourier
from tests.flows.queue_build import deed
from tests.flows.regions import Region, Regions, regions

ENSHI, QIANJIANG = "422800", "500114"
ONE = bytes.fromhex(a_digest(b"one"))
SCAN = b"a scanned page" * 4_000


class RightTime(UnreliableCourier):
    """Partners whose clocks are right, while ours is a year ahead."""

    def __init__(self, inner: DirectCourier, all_regions: Regions) -> None:
        super().__init__(inner)
        self._right = all_regions.clock()

    async def describe(self, partner: Partner, **more: bool) -> Description:
        said = await super().describe(partner, **more)
        return replace(said, time=self._right)


async def started_a_year_ahead(all_regions: Regions, region: Region) -> None:
    """The machine comes up with a wrong clock; its partner has the right one."""
    region.courier = RightTime(DirectCourier(region.code, all_regions.gateways), all_regions)
    all_regions.clock.pass_time(days=365)
    await all_regions.reopen(region)


async def test_no_key_is_forgotten(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as both:
        origin = both[QIANJIANG]
        number = await origin.submit(origin.a_case(to=ENSHI))
        await both.settle_down()
        first = await origin.act(number, ev.Note("请加急"), idempotency_key="key", request_sha256=ONE)
        await both.settle_down()
        await started_a_year_ahead(both, origin)
        assert (await origin.gateway.sweep()).held
        again = await origin.act(number, ev.Note("请加急"), idempotency_key="key", request_sha256=ONE)
        assert (again.event_id, again.repeated) == (first.event_id, True), "done once"


async def test_no_upload_is_removed(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as both:
        origin = both[QIANJIANG]
        await origin.upload(SCAN)
        await started_a_year_ahead(both, origin)
        swept = await material_sweeper(origin.gateway).sweep()
        assert (swept.forgotten, swept.dropped) == (0, 0)
        assert (await origin.gateway.transfer.material_state(origin.system, a_digest(SCAN))).complete


async def test_no_hold_runs_out(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as both:
        origin = both[QIANJIANG]
        await origin.gateway.queue.hold(deed(partner=ENSHI), both.clock() + timedelta(days=2))
        await started_a_year_ahead(both, origin)
        await origin.gateway.sweep()
        both.clock.pass_time(days=-365)
        await both.reopen(origin)
        assert len((await origin.gateway.queue.overview()).holds) == 1
