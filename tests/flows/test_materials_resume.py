"""A transfer that is cut at any byte goes on there, in every direction, and the file is what was uploaded."""

from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

from gateway.case.errors import GatewayError
from gateway.case.model import Mode
from gateway.case.reasons import Reason
from gateway.case.states import State
from gateway.flows.delivery.courier import Manifest
from gateway.store import possessions
from tests.build import a_digest, a_file, a_material
from tests.flows.regions import CARD, Region, Regions, pieces, regions

ENSHI, QIANJIANG = "422800", "500114"
KIB = 1024


def a_scan(chance: Random) -> bytes:
    return chance.randbytes(chance.randrange(1, 900 * KIB))


async def upload_in_cuts(region: Region, content: bytes, chance: Random) -> int:
    """Upload with a connection that breaks at random bytes; return in how many pieces."""
    transfer, sha256, count = region.gateway.transfer, a_digest(content), 0
    while not (state := await transfer.material_state(region.system, sha256)).complete:
        count += 1
        end = chance.randrange(state.offset, len(content) + 1)
        reached = await transfer.take_material(
            region.system, sha256, len(content), state.offset, pieces(content[state.offset : end], 70_001)
        )
        assert reached.offset == end
    return count


async def read_back(region: Region, content: bytes) -> bytes:
    size, chunks = await region.gateway.transfer.give_material(region.system, a_digest(content))
    assert size == len(content)
    return b"".join([chunk async for chunk in chunks])


@pytest.mark.parametrize("seed", range(8))
async def test_pushed_through_cuts_at_random_bytes(tmp_path: Path, seed: int) -> None:
    chance = Random(seed)
    async with regions(tmp_path, QIANJIANG, ENSHI, wires="grpc" if seed < 2 else "direct") as all_regions:
        origin, handler = all_regions[QIANJIANG], all_regions[ENSHI]
        content = a_scan(chance)
        await upload_in_cuts(origin, content, chance)
        number = await origin.submit(origin.a_case(to=ENSHI, materials=(a_material("m1", a_file(content)),)))
        tries = 0
        while await origin.state(number) is State.FORWARDED:
            tries += 1
            origin.courier.cut_after = chance.randrange(1, len(content) + 1) if tries < 6 else None
            if tries == 3 and seed >= 2:
                await all_regions.reopen(handler)
            await all_regions.pass_time(hours=5)
        assert await read_back(handler, content) == content


@pytest.mark.parametrize("seed", range(8))
async def test_pulled_through_cuts_at_random_bytes(tmp_path: Path, seed: int) -> None:
    chance = Random(seed)
    wires = "grpc" if seed < 2 else "direct"
    async with regions(tmp_path, QIANJIANG, ENSHI, wires=wires, collects=(ENSHI,)) as all_regions:
        origin, handler = all_regions[QIANJIANG], all_regions[ENSHI]
        content = a_scan(chance)
        await upload_in_cuts(origin, content, chance)
        number = await origin.submit(origin.a_case(to=ENSHI, materials=(a_material("m1", a_file(content)),)))
        collector, tries = handler.gateway.collector(), 0
        while await origin.state(number) is State.FORWARDED:
            tries += 1
            handler.courier.cut_download_after = chance.randrange(1, len(content) + 1) if tries < 6 else None
            if tries == 3:
                collector = handler.gateway.collector()  # what it remembered is gone, as with its process
                all_regions.clock.pass_time(minutes=11)
            await collector.collect(QIANJIANG, 0)
        assert await read_back(handler, content) == content


async def test_a_large_file_that_is_pulled_holds_up_no_other_case(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI, collects=(ENSHI,)) as all_regions:
        origin, handler = all_regions[QIANJIANG], all_regions[ENSHI]
        content = b"scan" * 100_000
        await origin.upload(content)
        slow = await origin.submit(origin.a_case(to=ENSHI, materials=(a_material("m1", a_file(content)),)))
        quick = await origin.submit(origin.a_case(to=ENSHI))
        handler.courier.cut_download_after = 100_000
        collector = handler.gateway.collector()
        assert await collector.collect(QIANJIANG, 0) == 2
        await collector.collect(QIANJIANG, 0)
        assert await origin.state(quick) is State.AWAITING_SIGN_OFF
        assert await origin.state(slow) is State.FORWARDED
        handler.courier.cut_download_after = None
        await collector.collect(QIANJIANG, 0)
        await collector.collect(QIANJIANG, 0)
        assert await origin.state(slow) is State.AWAITING_SIGN_OFF, (
            "it came with its files, and was not handed out again"
        )


async def test_a_pull_that_stands_still_ends_by_itself_and_keeps_what_came(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI, collects=(ENSHI,)) as all_regions:
        origin, handler = all_regions[QIANJIANG], all_regions[ENSHI]
        number = await a_case_with(all_regions, b"scan" * 100_000)
        handler.courier.stall_download_after = 100_000
        collector = handler.gateway.collector()
        collector.piece_within = 0.05
        await collector.collect(QIANJIANG, 0)
        holder = possessions.of_partner(QIANJIANG, number)
        assert await handler.gateway.files.offset(holder, a_digest(b"scan" * 100_000)) == 100_000
        handler.courier.stall_download_after = None
        await collector.collect(QIANJIANG, 0)
        await collector.collect(QIANJIANG, 0)
        assert await origin.state(number) is State.AWAITING_SIGN_OFF


async def test_a_partner_that_gives_no_byte_is_not_asked_in_a_circle(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI, collects=(ENSHI,)) as all_regions:
        origin, handler = all_regions[QIANJIANG], all_regions[ENSHI]
        content = b"scan" * 1_000
        await origin.upload(content)
        number = await origin.submit(origin.a_case(to=ENSHI, materials=(a_material("m1", a_file(content)),)))
        await origin.gateway.files.drop(a_digest(content))
        collector = handler.gateway.collector()
        came = [await collector.collect(QIANJIANG, 0) for _ in range(20)]
        assert sum(came) <= 3, "it is put off for longer each time"
        assert await origin.state(number) is State.FORWARDED


@pytest.mark.parametrize("door", ["system", "partner"])
async def test_what_was_whole_when_the_gateway_died_is_counted_and_not_sent_again(tmp_path: Path, door: str) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as all_regions:
        origin, handler = all_regions[QIANJIANG], all_regions[ENSHI]
        content = b"scan" * 50_000
        sha256 = a_digest(content)
        await origin.upload(content)
        number = await origin.submit(origin.a_case(to=ENSHI, materials=(a_material("m1", a_file(content)),)))
        region = handler if door == "partner" else origin
        other = b"other" * 50_000
        case, wanted = (number, content) if door == "partner" else ("", other)
        holder = possessions.of_partner(QIANJIANG, case) if door == "partner" else possessions.of_system(origin.system)
        await announced(region, door, case, wanted)
        with pytest.raises(ConnectionError):
            await dies_before_it_is_counted(region, holder, wanted)
        await all_regions.reopen(region)
        if door == "partner":
            origin.courier.cut_after = 0  # not a byte more goes through
            await all_regions.settle_down()
            assert await origin.state(number) is State.AWAITING_SIGN_OFF
            assert await read_back(handler, content) == content
        else:
            state = await region.gateway.transfer.material_state(origin.system, a_digest(other))
            assert (state.complete, state.offset) == (True, len(other))
        assert await region.gateway.files.offset(holder, sha256) == 0
        assert not list((region.settings.materials / "partial").iterdir())


async def announced(region: Region, door: str, case_id: str, content: bytes) -> None:
    files = ((a_digest(content), len(content)),)
    if door == "partner":
        manifest = Manifest(case_id, CARD, Mode.ENTRUSTED, "500114000000", "422801000000", files)
        await region.gateway.transfer.check_materials(QIANJIANG, manifest)
    else:
        await region.gateway.transfer.take_material(region.system, *files[0], 0, pieces(b""))


async def dies_before_it_is_counted(region: Region, holder: str, content: bytes) -> None:
    async def dies() -> None:
        raise ConnectionError

    await region.gateway.files.append(holder, a_digest(content), len(content), 0, pieces(content), dies)


async def test_a_file_that_vanished_from_the_disk_counts_as_missing_and_comes_again(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as all_regions:
        origin = all_regions[QIANJIANG]
        content = b"scan" * 5_000
        await origin.upload(content)
        await origin.gateway.files.drop(a_digest(content))
        state = await origin.gateway.transfer.material_state(origin.system, a_digest(content))
        assert (state.complete, state.offset) == (False, 0)
        await origin.upload(content)
        assert await read_back(origin, content) == content


async def test_a_file_that_is_gone_here_puts_off_its_own_case_only(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as all_regions:
        origin = all_regions[QIANJIANG]
        lost, there = b"lost" * 5_000, b"there" * 5_000
        stuck, goes = [await a_case_with(all_regions, content) for content in (lost, there)]
        await origin.gateway.files.drop(a_digest(lost))
        await origin.gateway.send_materials(ENSHI)
        await all_regions.settle_down()
        assert await origin.state(goes) is State.AWAITING_SIGN_OFF
        assert await origin.state(stuck) is State.FORWARDED
        await origin.upload(lost)
        await all_regions.pass_time(hours=5)
        assert await origin.state(stuck) is State.AWAITING_SIGN_OFF


async def a_case_with(all_regions: Regions, content: bytes) -> str:
    origin = all_regions[QIANJIANG]
    await origin.upload(content)
    return await origin.submit(origin.a_case(to=ENSHI, materials=(a_material("m1", a_file(content)),)))


async def test_a_size_that_is_too_large_is_refused_before_a_byte_moves(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as all_regions:
        origin = all_regions[QIANJIANG]
        with pytest.raises(GatewayError) as refused:
            await origin.gateway.transfer.take_material("window", a_digest(b""), 2**31 + 1, 0, pieces(b""))
        assert refused.value.reason is Reason.MATERIAL_TOO_LARGE


async def test_a_file_the_partner_will_never_take_is_refused_by_receipt_and_not_tried_until_it_expires(
    tmp_path: Path,
) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as all_regions:
        origin, handler = all_regions[QIANJIANG], all_regions[ENSHI]
        handler.gateway.about = replace(handler.gateway.about, largest_material=100 * KIB)
        number = await a_case_with(all_regions, b"scan" * 50 * KIB)
        await all_regions.settle_down()
        assert await origin.state(number) is State.REFUSED_BY_PARTNER
        [owed] = (await origin.view(number)).deliveries
        assert owed.last_reason == "MATERIAL_TOO_LARGE"
