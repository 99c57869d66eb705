"""Files nobody needs go, files somebody needs stay, and what waits for a case is bounded."""

import asyncio
import os
from copy import copy
from pathlib import Path

import pytest

from gateway.app.material_flows import material_sweeper
from gateway.case.errors import GatewayError
from gateway.case.model import Mode
from gateway.case.reasons import Reason
from gateway.case.states import State
from gateway.flows.delivery.courier import Manifest
from gateway.flows.materials.sweep import SHELVES, SHELVES_AT_ONCE, MaterialSweeper, SweptMaterials
from gateway.store import possessions
from tests.build import a_digest, a_file, a_material
from tests.flows.regions import CARD, Region, pieces, regions

ENSHI, QIANJIANG = "422800", "500114"
SCAN = b"a scanned page" * 10_000
KIB = 1024


async def sweep_until_a_file_goes(sweeper: MaterialSweeper) -> SweptMaterials:
    """Sweep until a folder had a file to drop, or every folder was looked through."""
    for _ in range(SHELVES // SHELVES_AT_ONCE):
        swept = await sweeper.sweep()
        if swept.dropped:
            return swept
    return SweptMaterials()


async def announce(region: Region, case_id: str, *files: tuple[str, int]) -> None:
    manifest = Manifest(case_id, CARD, Mode.ENTRUSTED, "500114000000", "422801000000", files)
    await region.gateway.transfer.check_materials(QIANJIANG, manifest)


def bound(region: Region, limit: int) -> None:
    """From now on so many bytes may wait for a case."""
    region.gateway.unclaimed_materials = limit


async def test_what_no_case_claims_goes_after_three_days_and_what_one_claims_stays(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as all_regions:
        origin, handler = all_regions[QIANJIANG], all_regions[ENSHI]
        await origin.upload(SCAN)
        await origin.upload(b"never mentioned")
        await origin.gateway.transfer.take_material(origin.system, a_digest(b"half"), 4, 0, pieces(b"ha"))
        number = await origin.submit(origin.a_case(to=ENSHI, materials=(a_material("m1", a_file(SCAN)),)))
        await all_regions.settle_down()
        sweeper = material_sweeper(origin.gateway)
        all_regions.clock.pass_time(days=2)
        assert await sweeper.sweep() == SweptMaterials()
        all_regions.clock.pass_time(days=2)
        swept = await sweeper.sweep()
        assert (swept.forgotten, swept.dropped) == (3, 1), "two uploads and what became a case's; one file"
        assert not await origin.gateway.files.has(a_digest(b"never mentioned"))
        for region in (origin, handler):
            await material_sweeper(region.gateway).sweep()
            _, chunks = await region.gateway.transfer.give_material(region.system, a_digest(SCAN))
            assert b"".join([chunk async for chunk in chunks]) == SCAN
        assert await handler.state(number) is State.AWAITING_SIGN_OFF


async def test_a_system_that_used_a_file_long_ago_uploads_it_again_for_another_case(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as all_regions:
        origin = all_regions[QIANJIANG]
        await origin.upload(SCAN)
        materials = (a_material("m1", a_file(SCAN)),)
        await origin.submit(origin.a_case(to=ENSHI, materials=materials))
        all_regions.clock.pass_time(days=4)
        await material_sweeper(origin.gateway).sweep()
        with pytest.raises(GatewayError) as refused:
            await origin.submit(origin.a_case(to=ENSHI, materials=materials))
        assert refused.value.reason is Reason.BAD_REQUEST
        await origin.upload(SCAN)
        await origin.submit(origin.a_case(to=ENSHI, materials=materials))


async def test_what_a_crash_left_without_a_row_is_found_in_its_folder_and_goes(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as all_regions:
        origin = all_regions[QIANJIANG]
        await origin.upload(SCAN)
        left = b"left behind"
        await origin.gateway.files.append("nobody", a_digest(left), len(left), 0, pieces(left))
        for path in origin.settings.materials.rglob("*"):
            os.utime(path, (0, all_regions.clock().timestamp()))
        all_regions.clock.pass_time(days=1)
        swept = await sweep_until_a_file_goes(material_sweeper(origin.gateway))
        assert swept == SweptMaterials(dropped=1)
        assert await origin.gateway.files.has(a_digest(SCAN)), "it is announced, and within its time"


async def test_nothing_goes_by_time_alone_while_the_clock_has_jumped(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as all_regions:
        origin = all_regions[QIANJIANG]
        await origin.upload(SCAN)
        sweeper = material_sweeper(origin.gateway)
        await sweeper.sweep()
        all_regions.clock.jump(days=365)
        assert await sweeper.sweep() == SweptMaterials()
        assert await origin.gateway.files.has(a_digest(SCAN))


async def test_a_file_that_is_uploaded_again_at_the_moment_it_goes_stays(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as all_regions:
        origin = all_regions[QIANJIANG]
        await origin.upload(SCAN)
        all_regions.clock.pass_time(days=4)
        sweeper = material_sweeper(origin.gateway)
        # Another system hands in the same bytes while they go; whoever comes first, nobody is told of a file that is not there.
        await asyncio.gather(
            sweeper.sweep(),
            origin.gateway.transfer.take_material("other", a_digest(SCAN), len(SCAN), 0, pieces(SCAN)),
        )
        assert await origin.gateway.files.has(a_digest(SCAN))
        size, _ = await origin.gateway.transfer.give_material("other", a_digest(SCAN))
        assert size == len(SCAN)


async def test_a_system_has_a_bound_on_what_waits_and_room_again_once_cases_claim_it(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as all_regions:
        origin = all_regions[QIANJIANG]
        bound(origin, 1024 * KIB)
        first, second, third = (bytes([n]) * 400 * KIB for n in (1, 2, 3))
        await origin.upload(first)
        await origin.upload(second)
        with pytest.raises(GatewayError) as refused:
            await origin.upload(third)
        assert refused.value.reason is Reason.MATERIAL_QUOTA
        assert refused.value.retriable
        assert refused.value.facts == {"waiting": 800 * KIB, "asked": 400 * KIB, "limit": 1024 * KIB}
        await origin.upload(second)
        with pytest.raises(GatewayError):
            await origin.gateway.transfer.take_material("window", a_digest(b"1"), 1024 * KIB, 0, pieces(b""))
        await origin.submit(origin.a_case(to=ENSHI, materials=(a_material("m1", a_file(first)),)))
        await origin.upload(third)


async def test_one_system_does_not_use_up_the_room_of_another(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as all_regions:
        origin = all_regions[QIANJIANG]
        bound(origin, 512 * KIB)
        await origin.upload(bytes(500 * KIB))
        other = copy(origin)
        other.system = "another"
        await other.upload(b"x" * 500 * KIB)
        with pytest.raises(GatewayError) as refused:
            await other.upload(b"y" * KIB)
        assert refused.value.facts["asked"] == 256 * KIB, "small files count for 256 KiB, or rows had no bound"


async def test_announcing_a_file_larger_than_before_counts_as_much_more(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as all_regions:
        origin = all_regions[QIANJIANG]
        bound(origin, 1024 * KIB)
        take = origin.gateway.transfer.take_material
        await take("window", a_digest(b"a"), 300 * KIB, 0, pieces(b""))
        await take("window", a_digest(b"b"), 300 * KIB, 0, pieces(b""))
        with pytest.raises(GatewayError) as refused:
            await take("window", a_digest(b"b"), 900 * KIB, 0, pieces(b""))
        assert refused.value.facts == {"waiting": 600 * KIB, "asked": 600 * KIB, "limit": 1024 * KIB}


async def test_a_partner_has_a_bound_but_one_case_alone_may_go_above_it(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as all_regions:
        origin, handler = all_regions[QIANJIANG], all_regions[ENSHI]
        bound(handler, 512 * KIB)
        large, small = bytes(900 * KIB), b"small" * KIB
        await origin.upload(large)
        await origin.upload(small)
        blocks = await origin.submit(origin.a_case(to=ENSHI, materials=(a_material("m1", a_file(large)),)))
        waits = await origin.submit(origin.a_case(to=ENSHI, materials=(a_material("m1", a_file(small)),)))
        free = await origin.submit(origin.a_case(to=ENSHI))
        origin.courier.cut_after = 100_000
        await all_regions.settle_down()
        assert await handler.gateway.files.offset(possessions.of_partner(QIANJIANG, blocks), a_digest(large)) > 0
        with pytest.raises(GatewayError) as refused:
            await announce(handler, waits, (a_digest(small), len(small)))
        assert refused.value.reason is Reason.MATERIAL_QUOTA
        origin.courier.cut_after = None
        for _ in range(4):
            await all_regions.pass_time(hours=5)
        for number in (blocks, waits, free):
            assert await origin.state(number) is State.AWAITING_SIGN_OFF


async def test_at_the_bound_the_partner_is_told_the_figures_and_its_other_cases_go(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as all_regions:
        origin, handler = all_regions[QIANJIANG], all_regions[ENSHI]
        bound(handler, 512 * KIB)
        taken = await origin.submit(origin.a_case(to=ENSHI))
        await all_regions.settle_down()
        await announce(handler, taken, (a_digest(b"announced and never sent"), 500 * KIB))
        await origin.upload(SCAN)
        waits = await origin.submit(origin.a_case(to=ENSHI, materials=(a_material("m1", a_file(SCAN)),)))
        free = await origin.submit(origin.a_case(to=ENSHI))
        await all_regions.settle_down()
        assert await origin.state(free) is State.AWAITING_SIGN_OFF
        assert await origin.state(waits) is State.FORWARDED
        [owed] = [one for one in (await origin.view(waits)).deliveries if one.settled_at is None]
        assert owed.last_reason == "MATERIAL_QUOTA"
        all_regions.clock.pass_time(days=3, hours=1)
        await material_sweeper(handler.gateway).sweep()
        await all_regions.pass_time(hours=5)
        assert await origin.state(waits) is State.AWAITING_SIGN_OFF
