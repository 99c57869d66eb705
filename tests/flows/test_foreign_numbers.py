"""Three numbers of a case: ours for both, the origin's and the handler's as each wrote it, never reformatted."""

import json
from pathlib import Path
from typing import Any

import pytest

from gateway.case import events as ev
from gateway.local.canonical_out import case_content, encode
from tests.flows.local_doors import WINDOW_KEY, by, door_of
from tests.flows.regions import regions

ENSHI, QIANJIANG = "422800", "500114"
NUMBERS = [
    "11440232MB2D06811W4000117051000202010200008",
    "5000000124XKCK20230207006910415645",
    "csj 330100 0000 17",
    "ＱＪ－２０２６－０００１",
    "黔江政务〔2026〕第 0001 号",
    "  qj-1\t",
    "0000000000000000000001",
    "1e5",
    "A#7",
    "号" * 50,
]


@pytest.mark.parametrize("number", NUMBERS)
async def test_the_origins_number_arrives_and_is_shown_as_it_was_written(tmp_path: Path, number: str):
    async with regions(tmp_path, QIANJIANG, ENSHI) as both, door_of(both[QIANJIANG]) as door:
        body: dict[str, Any] = json.loads(encode(case_content(both[QIANJIANG].a_case(ENSHI))))
        body["origin_number"] = number
        headers = {**by(WINDOW_KEY), "Content-Type": "application/json"}
        answer = await door.post("/v1/cases", data=json.dumps(body), headers=headers)
        case_id = (await answer.json())["case_id"]
        await both.settle_down()
        view = await both[ENSHI].view(case_id)
        assert view.case.origin_number == view.row.origin_number == number
        async with door_of(both[ENSHI]) as there:
            seen = await (await there.get(f"/v1/cases/{case_id}", headers=by(WINDOW_KEY))).json()
            assert seen["origin_number"] == seen["case"]["origin_number"] == number
            feed = await (await there.get("/v1/feed", headers=by(WINDOW_KEY))).json()
            assert feed["items"][0]["case"]["origin_number"] == number
        again = await door.post("/v1/cases", data=json.dumps(body), headers=headers)
        assert (await again.json())["case_id"] == case_id


@pytest.mark.parametrize("number", NUMBERS)
async def test_the_handlers_number_comes_back_as_it_was_written(tmp_path: Path, number: str):
    async with regions(tmp_path, QIANJIANG, ENSHI) as both, door_of(both[QIANJIANG]) as door:
        case_id = await both[QIANJIANG].submit(both[QIANJIANG].a_case(ENSHI))
        await both.settle_down()
        await both[ENSHI].act(case_id, ev.ReceivedByHandler(number))
        await both.settle_down()
        seen = await (await door.get(f"/v1/cases/{case_id}", headers=by(WINDOW_KEY))).json()
        assert seen["handler_number"] == number
        assert seen["origin_number"].startswith(QIANJIANG)


async def test_the_three_numbers_travel_over_real_connections(tmp_path: Path):
    async with regions(tmp_path, QIANJIANG, ENSHI, wires="grpc") as both:
        case_id = await both[QIANJIANG].submit(both[QIANJIANG].a_case(ENSHI))
        await both.settle_down()
        await both[ENSHI].act(case_id, ev.ReceivedByHandler(NUMBERS[3]))
        await both.settle_down()
        row = (await both[QIANJIANG].view(case_id)).row
        assert (row.case_id, row.handler_number) == (case_id, NUMBERS[3])
        assert (await both[ENSHI].view(case_id)).row.origin_number == row.origin_number
