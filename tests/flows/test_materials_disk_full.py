"""Disks that fill up, for real: small file systems are mounted.  Nothing is corrupt, the store works on, transfers resume."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from gateway.case.errors import GatewayError
from gateway.case.reasons import Reason
from gateway.case.states import State
from gateway.store.disk import free_bytes
from gateway.store.files import MaterialFiles
from tests.build import a_digest, a_file, a_material
from tests.flows.regions import Region, pieces, regions

ENSHI, QIANJIANG = "422800", "500114"
MIB = 1024 * 1024


@contextmanager
def small_disk(folder: Path, mib: int) -> Iterator[None]:
    """A file system of so many MiB at `folder` while the block runs."""
    folder.mkdir(parents=True, exist_ok=True)
    command = ["mount", "-t", "tmpfs", "-o", f"size={mib}m", "tmpfs", str(folder)]
    try:
        done = subprocess.run(command, check=False, capture_output=True, text=True)
    except FileNotFoundError:
        pytest.skip("there is no mount command")
    if done.returncode:
        pytest.skip(f"a small file system cannot be mounted here: {done.stderr.strip()}")
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def keep_free(region: Region, least: int) -> None:
    """From now on uploads leave so many bytes of the disk."""
    gateway = region.gateway
    gateway.files = MaterialFiles(region.settings.materials, gateway.vault, least_free=least)


async def read_back(region: Region, content: bytes) -> bytes:
    _, chunks = await region.gateway.transfer.give_material(region.system, a_digest(content))
    return b"".join([chunk async for chunk in chunks])


async def test_a_full_disk_in_mid_write_stops_files_alone_and_the_transfer_goes_on_afterwards(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as all_regions:
        origin, handler = all_regions[QIANJIANG], all_regions[ENSHI]
        with small_disk(handler.settings.materials, 4):
            keep_free(handler, 0)  # so that the disk itself says it is full
            content = bytes(range(256)) * 8 * 1024
            ballast = handler.settings.materials / "ballast"
            ballast.write_bytes(bytes(3 * MIB))
            await origin.upload(content)
            stuck = await origin.submit(origin.a_case(to=ENSHI, materials=(a_material("m1", a_file(content)),)))
            free = await origin.submit(origin.a_case(to=ENSHI))
            await all_regions.settle_down()
            assert await origin.state(free) is State.AWAITING_SIGN_OFF
            assert await origin.state(stuck) is State.FORWARDED
            [owed] = (await origin.view(stuck)).deliveries
            assert owed.last_reason == "DISK_FULL", "the fault bit"
            assert 0 < free_bytes(ballast.parent) < 128 * 1024
            ballast.unlink()
            await all_regions.pass_time(hours=5)
            assert await origin.state(stuck) is State.AWAITING_SIGN_OFF
            assert await read_back(handler, content) == content


async def filled_up(region: Region) -> GatewayError:
    """Upload until that is refused; return why."""
    for n in range(100):
        try:
            await region.upload(bytes([n]) * 2 * MIB)
        except GatewayError as error:
            return error
    raise AssertionError("it never filled up")


async def test_files_leave_room_for_the_store_on_the_same_disk(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", 48):
        async with regions(tmp_path / "disk", QIANJIANG, ENSHI) as all_regions:
            origin = all_regions[QIANJIANG]
            keep_free(origin, 16 * MIB)
            refused = await filled_up(origin)
            assert refused.reason is Reason.DISK_LOW
            assert refused.retriable
            assert refused.facts["least"] == 16 * MIB
            assert 10 * MIB < free_bytes(tmp_path / "disk") < 20 * MIB
            for _ in range(20):
                await origin.submit(origin.a_case(to=ENSHI))
            await all_regions.settle_down()
            assert origin.gateway.database.figures().writable


async def test_an_upload_that_meets_the_floor_in_its_middle_keeps_what_came(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as all_regions:
        origin = all_regions[QIANJIANG]
        free = [10 * MIB]
        content, sha256 = bytes(range(256)) * 8 * 1024, a_digest(bytes(range(256)) * 8 * 1024)
        vault, folder = origin.gateway.vault, origin.settings.materials
        origin.gateway.files = MaterialFiles(folder, vault, least_free=MIB, free=lambda _: free[0])

        async def others_fill_the_disk() -> object:
            async for piece in pieces(content):
                yield piece
                free[0] -= 5 * MIB

        take = origin.gateway.transfer.take_material
        with pytest.raises(GatewayError) as refused:
            await take(origin.system, sha256, len(content), 0, others_fill_the_disk())
        assert refused.value.reason is Reason.DISK_LOW
        held = (await origin.gateway.transfer.material_state(origin.system, sha256)).offset
        assert held > 0
        with pytest.raises(GatewayError) as again:
            await take(origin.system, sha256, len(content), held, pieces(content[held:]))
        assert again.value.facts == {"free": free[0], "needed": len(content) - held, "least": MIB}
        free[0] = 10 * MIB
        assert (await take(origin.system, sha256, len(content), held, pieces(content[held:]))).complete
        assert await read_back(origin, content) == content
