"""What a careless or hostile local system sends: every answer is a problem that says what is wrong, none is our mistake."""

import asyncio
import base64
import gzip
import json
import zlib
from pathlib import Path
from typing import Any

import pytest
from aiohttp import StreamReader
from aiohttp.base_protocol import BaseProtocol

from gateway.case.errors import GatewayError
from gateway.case.reasons import Reason
from gateway.local.batch import MOST_LINES
from gateway.local.materials import chunks_of
from tests.build import a_digest, a_file, a_material
from tests.flows.regions import pieces, regions
from tests.flows.test_the_whole_gateway import QIANJIANG, Pair, a_pair, a_request

ENSHI = "422800"


async def refused(pair: Pair, method: str, path: str, body: bytes | None = None, **headers: str) -> dict[str, Any]:
    """The problem with which the door answers."""
    site = pair.sites[QIANJIANG]
    wanted = {"Authorization": f"Bearer {site.api_key}", "Content-Type": "application/json"} | headers
    async with pair.session.request(method, site.url + path, data=body, headers=wanted) as answer:
        assert answer.content_type == "application/problem+json", await answer.text()
        content: dict[str, Any] = await answer.json()
        assert content["status"] == answer.status
        return content


def paths(problem: dict[str, Any]) -> list[str]:
    return [finding["path"] for finding in problem["findings"]]


@pytest.mark.parametrize("content", [["2026-01-01T00:00:00+00:00", "\ud800"], ["2026-01-01T00:00:00+00:00", "编号"]])
async def test_a_cursor_nobody_was_given_is_refused(tmp_path: Path, content: list[str]) -> None:
    cursor = base64.urlsafe_b64encode(json.dumps(content).encode()).decode().rstrip("=")
    async with a_pair(tmp_path) as pair:
        assert paths(await refused(pair, "GET", f"/v1/cases?cursor={cursor}")) == ["query.cursor"]


async def test_a_compressed_body_is_refused_and_not_unpacked(tmp_path: Path) -> None:
    body = json.dumps(a_request()).encode()
    async with a_pair(tmp_path) as pair:
        for method, path in (("POST", "/v1/cases"), ("PUT", f"/v1/materials/{a_digest(body)}")):
            for coding, packed in (("gzip", gzip.compress(body)), ("deflate", zlib.compress(body)), ("gzip", body)):
                problem = await refused(pair, method, path, packed, **{"Content-Encoding": coding})
                assert (problem["status"], paths(problem)) == (422, ["Content-Encoding"])
        assert (await pair.call(QIANJIANG, "GET", "/v1/cases"))[1]["cases"] == []


async def test_blank_lines_of_a_batch_count_for_nothing_and_cost_nothing(tmp_path: Path) -> None:
    one, other = (json.dumps(a_request(number)).encode() for number in ("QJ-1", "QJ-2"))
    as_lines = {"Content-Type": "application/x-ndjson"}
    async with a_pair(tmp_path) as pair:
        site = pair.sites[QIANJIANG]
        headers = as_lines | {"Authorization": f"Bearer {site.api_key}"}
        body = b"\n \r\n" + one + b"\r\n\n\n\t\n" + other + b"\n\n"
        async with pair.session.post(f"{site.url}/v1/cases/batch", data=body, headers=headers) as answer:
            lines = [json.loads(line) for line in (await answer.read()).splitlines()]
        assert [(line["line"], line["status"]) for line in lines] == [(1, 202), (2, 202)]
        again, repeated = await pair.call(QIANJIANG, "POST", "/v1/cases", one)
        assert (again, repeated["case_id"]) == (202, lines[0]["answer"]["case_id"]), "line ends are no part of a line"
        for nothing in (b"", b"\n" * 1_000_000, b"{}\n" * (MOST_LINES + 1)):
            assert paths(await refused(pair, "POST", "/v1/cases/batch", nothing, **as_lines)) == ["lines"]


async def test_an_upload_that_stands_still_ends_and_keeps_what_came() -> None:
    protocol = BaseProtocol(asyncio.get_running_loop())
    protocol.connection_made(asyncio.Transport())
    content = StreamReader(protocol, 2**16)
    content.feed_data(b"first")
    chunks = chunks_of(content, silence=0.01)
    assert await anext(chunks) == b"first"
    with pytest.raises(GatewayError) as ended:
        await anext(chunks)
    assert ended.value.reason is Reason.REQUEST_TIMEOUT
    assert ended.value.retriable


async def test_a_file_announced_in_a_wrong_size_can_still_be_uploaded(tmp_path: Path) -> None:
    content = b"scan" * 100
    async with regions(tmp_path, QIANJIANG, ENSHI) as all_regions:
        origin = all_regions[QIANJIANG]
        take = origin.gateway.transfer.take_material
        with pytest.raises(GatewayError) as wrong:
            await take(origin.system, a_digest(content), len(content) - 1, 0, pieces(content[:-1]))
        assert wrong.value.reason is Reason.MATERIAL_DIGEST
        done = await take(origin.system, a_digest(content), len(content), 0, pieces(content))
        assert (done.complete, done.size) == (True, len(content))
        later = await take(origin.system, a_digest(content), len(content) + 1, 0, pieces(content))
        assert (later.complete, later.size) == (True, len(content)), "what is proven is not announced away"
        assert await origin.submit(origin.a_case(to=ENSHI, materials=(a_material("m1", a_file(content)),)))
