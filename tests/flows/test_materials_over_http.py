"""A local system whose line breaks at any byte, over real sockets: it goes on, up and down, and is told figures at the bounds."""

import asyncio
import hashlib
from pathlib import Path
from random import Random

import pytest
from aiohttp.test_utils import TestClient

from gateway.store.files import MaterialFiles
from tests.flows.local_doors import WINDOW_KEY, by, door_of
from tests.flows.regions import regions

ENSHI, QIANJIANG = "422800", "500114"
KIB = 1024


async def put_and_break(door: TestClient, sha256: str, content: bytes, offset: int, sent: int) -> None:
    """Announce everything from `offset` on, send so many bytes of it, and reset the connection."""
    reader, writer = await asyncio.open_connection(door.host, door.port)
    head = (
        f"PUT /v1/materials/{sha256} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {WINDOW_KEY}\r\n"
        f"Content-Range: bytes {offset}-{len(content) - 1}/{len(content)}\r\nContent-Length: {len(content) - offset}\r\n\r\n"
    )
    writer.write(head.encode() + content[offset : offset + sent])
    await writer.drain()
    writer.transport.abort()
    del reader


async def put_rest(door: TestClient, sha256: str, content: bytes, offset: int) -> tuple[int, int]:
    """Send everything from `offset` on; return the status, and where to go on."""
    span = f"bytes {offset}-{len(content) - 1}/{len(content)}"
    headers = by(WINDOW_KEY) | {"Content-Range": span}
    answer = await door.put(f"/v1/materials/{sha256}", data=content[offset:], headers=headers)
    return answer.status, int(answer.headers["Upload-Offset"])


@pytest.mark.parametrize("seed", range(4))
async def test_an_upload_and_a_download_whose_line_breaks_at_random_bytes(tmp_path: Path, seed: int) -> None:
    chance = Random(seed)
    content = chance.randbytes(chance.randrange(200 * KIB, 900 * KIB))
    sha256 = hashlib.sha256(content).hexdigest()
    async with regions(tmp_path, QIANJIANG, ENSHI) as all_regions, door_of(all_regions[QIANJIANG]) as door:
        for _ in range(5):
            head = await door.head(f"/v1/materials/{sha256}", headers=by(WINDOW_KEY))
            offset = int(head.headers["Upload-Offset"])
            await put_and_break(door, sha256, content, offset, chance.randrange(len(content) - offset))
        status, offset = await put_rest(door, sha256, content, 0)
        if status == 409:  # it waited until what was broken off had ended
            status, offset = await put_rest(door, sha256, content, offset)
        assert (status, offset) == (201, len(content))

        got = b""
        while len(got) < len(content):
            headers = by(WINDOW_KEY) | {"Range": f"bytes={len(got)}-"}
            answer = await door.get(f"/v1/materials/{sha256}", headers=headers)
            got += await answer.content.readexactly(chance.randrange(1, len(content) - len(got) + 1))
            answer.close()
        assert got == content


async def test_bounds_are_told_with_figures_and_when_to_come_again(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as all_regions:
        region = all_regions[QIANJIANG]
        region.gateway.unclaimed_materials = 512 * KIB
        async with door_of(region) as door:
            for n, status in ((1, 201), (2, 429)):
                content = bytes([n]) * 400 * KIB
                path = f"/v1/materials/{hashlib.sha256(content).hexdigest()}"
                answer = await door.put(path, data=content, headers=by(WINDOW_KEY))
                assert answer.status == status
            said = await answer.json()
            assert (said["reason"], said["retriable"]) == ("MATERIAL_QUOTA", True)
            assert "409600" in said["cause"]["en"]
            assert "524288" in said["cause"]["zh"]
            assert answer.headers["Retry-After"]

        region.gateway.files = MaterialFiles(region.settings.materials, region.gateway.vault, least_free=2**62)
        async with door_of(region) as door:
            answer = await door.put(path, data=content[:10], headers=by(WINDOW_KEY))
            assert answer.status == 429, "the bound comes first"
            path = f"/v1/materials/{hashlib.sha256(b'small').hexdigest()}"
            region.gateway.unclaimed_materials = 2**40
        async with door_of(region) as door:
            answer = await door.put(path, data=b"small", headers=by(WINDOW_KEY))
            said = await answer.json()
            assert (answer.status, said["reason"], said["retriable"]) == (503, "DISK_LOW", True)
