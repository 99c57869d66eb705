"""Supplement, second notice, correction, result file and evaluation, from one local system to the other over HTTP."""

import hashlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from gateway.cli.demo_data import event, file_material
from tests.flows.test_the_whole_gateway import ENSHI, QIANJIANG, Pair, a_pair, a_request

PHOTO, SHARPER, CARD = b"a photo", b"a sharper photo", b"%PDF the card"


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def a_photo(content: bytes, version: int = 1) -> dict[str, Any]:
    return file_material("m1", "一寸免冠照片", digest(content), len(content), "照片.jpg") | {
        "version": version,
        "original_seen": False,
    }


@dataclass
class Told:
    """One case between the two regions, and how far each system has read its feed."""

    pair: Pair
    number: str
    read: dict[str, int] = field(default_factory=dict)

    async def act(self, code: str, word: str, /, **rest: Any) -> tuple[int, Any]:
        body = dict(event(word, code, datetime.now(UTC), **rest))
        return await self.pair.call(code, "POST", f"/v1/cases/{self.number}/events", body)

    async def done(self, code: str, word: str, /, **rest: Any) -> Any:
        status, answer = await self.act(code, word, **rest)
        assert status in (201, 202), answer
        return answer

    async def refused(self, code: str, word: str, /, **rest: Any) -> list[str]:
        status, answer = await self.act(code, word, **rest)
        assert (status, answer["reason"]) == (422, "BAD_REQUEST"), answer
        return [one["path"] for one in answer["findings"]]

    async def learns(self, code: str, word: str) -> Any:
        """What the system of a region reads of the next event of this kind; waits for it."""
        while True:
            item = await self.pair.next_news(code, self.read.get(code, 0))
            self.read[code] = item["position"]
            if item["kind"] == "event" and item["event"]["event"] == word:
                return item

    async def confirmed(self, code: str, event_id: str) -> None:
        """Wait for the receipt of an event of this region."""
        while True:
            item = await self.pair.next_news(code, self.read.get(code, 0))
            self.read[code] = item["position"]
            if item["kind"] == "receipt" and item["event"] and item["event"]["event_id"] == event_id:
                return

    async def upload(self, code: str, content: bytes) -> None:
        status, _ = await self.pair.call(code, "PUT", f"/v1/materials/{digest(content)}", content)
        assert status == 201

    async def seen(self, code: str) -> Any:
        status, case = await self.pair.call(code, "GET", f"/v1/cases/{self.number}")
        assert status == 200
        _, described = await self.pair.call(code, "GET", "/v1/openapi.json")
        schema = {"$ref": "#/components/schemas/CaseView", "components": described["components"]}
        assert [error.message for error in Draft202012Validator(schema).iter_errors(case)] == []
        return case


@pytest.fixture
async def told(tmp_path: Path) -> AsyncIterator[Told]:
    async with a_pair(tmp_path) as pair:
        made = Told(pair, "")
        await made.upload(QIANJIANG, PHOTO)
        request = a_request(materials=[a_photo(PHOTO)])
        status, answer = await pair.call(QIANJIANG, "POST", "/v1/cases", request)
        assert status == 202, answer
        made.number = answer["case_id"]
        assert (await pair.next_news(ENSHI))["kind"] == "case"
        await made.done(ENSHI, "received_by_handler", handler_number="ES-1")
        yield made


async def test_a_supplement_goes_round_by_field_and_version(told: Told) -> None:
    asked = [
        {"requirement_id": "r1", "what": "白底照片", "material_id": "m1"},
        {"requirement_id": "r2", "what": "核对工本费", "form_field": "/工本费"},
    ]
    await told.done(ENSHI, "supplement_requested", requirements=asked, notice_number="恩人社补〔2026〕7号")
    await told.learns(QIANJIANG, "supplement_requested")
    await told.upload(QIANJIANG, SHARPER)
    form = dict(a_request()["form"])
    answer = {"materials": [a_photo(SHARPER, 2)], "requirement_ids": ["r1", "r2"]}
    assert await told.refused(QIANJIANG, "supplemented", **answer, form=form | {"工本费": 5, "换领原因": "遗失"}) == [
        "form.换领原因"
    ]
    await told.done(QIANJIANG, "supplemented", **answer, form=form | {"工本费": 5})
    came = await told.learns(ENSHI, "supplemented")
    assert came["event"]["materials"][0]["version"] == 2
    seen = await told.seen(ENSHI)
    assert seen["form_now"]["工本费"] == 5
    assert seen["case"]["form"]["工本费"] == 0
    assert [(one["version"], one["versions"]) for one in seen["materials_now"]] == [(2, [1, 2])]
    (notice,) = seen["supplements"]
    assert [one["answered"] for one in notice["requirements"]] == [True, True]
    assert (notice["second"], notice["notice_number"]) == (False, "恩人社补〔2026〕7号")

    again = [{"requirement_id": "r3", "what": "补交户口簿", "list_code": "A009"}]
    assert await told.refused(ENSHI, "supplement_requested", requirements=again) == ["reason", "supervisor"]
    await told.done(ENSHI, "supplement_requested", requirements=again, reason="第一次漏列", supervisor="示例科长")
    assert (await told.learns(QIANJIANG, "supplement_requested"))["second_notice"] is True
    for code in (ENSHI, QIANJIANG):
        _, listed = await told.pair.call(code, "GET", "/v1/cases?second_notices=true")
        assert [one["case_id"] for one in listed["cases"]] == [told.number]


async def test_a_result_flows_back_is_corrected_handed_over_and_evaluated_once(told: Told) -> None:
    await told.done(ENSHI, "accepted", acceptance_number="恩人社受〔2026〕00123号")
    await told.upload(ENSHI, CARD)
    card = {
        "kind": "result",
        "title": "电子社会保障卡",
        "file": {"sha256": digest(CARD), "size": len(CARD), "media_type": "application/pdf", "file_name": "卡.pdf"},
    }
    decided = {"decision": "granted", "result_kind": "certificate", "documents": [card]}
    assert await told.refused(ENSHI, "decided", **decided, document_number="恩人社许[2026]17号") == ["document_number"]
    assert await told.refused(ENSHI, "decided", **decided, result_licence_id="1.2.3") == ["result_licence_id"]
    year = datetime.now(UTC).year
    first = await told.done(ENSHI, "decided", **decided, document_number=f"恩人社许〔{year - 1}〕17号")
    assert [one["path"] for one in first["doubts"]] == ["document_number"]
    await told.learns(QIANJIANG, "decided")
    async with told.pair.session.get(
        f"{told.pair.sites[QIANJIANG].url}/v1/materials/{digest(CARD)}",
        headers={"Authorization": f"Bearer {told.pair.sites[QIANJIANG].api_key}"},
    ) as file:
        assert await file.read() == CARD

    better = decided | {"document_number": f"恩人社许〔{year}〕17号"}
    wrong = better | {"decision": "denied"}
    assert await told.refused(ENSHI, "decided", **wrong, corrects=first["event_id"], reason="年份写错") == ["decision"]
    assert await told.refused(ENSHI, "decided", **better, data_version=2, reason="年份写错") == ["data_version"]
    second = await told.done(ENSHI, "decided", **better, corrects=first["event_id"], reason="年份写错")
    came = await told.learns(QIANJIANG, "decided")
    assert (came["event"]["corrects"], came["event"]["data_version"]) == (first["event_id"], 2)
    assert came["state"] == "granted"

    taken = await told.done(QIANJIANG, "delivered", way="origin_window", recipient_name="向小满")
    assert [one["path"] for one in taken["doubts"]] == ["certificate_number"]
    await told.learns(ENSHI, "delivered")
    levels = {"origin_level": "satisfied", "handler_level": "very_satisfied"}
    judged = await told.done(QIANJIANG, "evaluated", **levels)
    await told.confirmed(QIANJIANG, judged["event_id"])
    status, problem = await told.act(QIANJIANG, "evaluated", **levels)
    assert (status, problem["reason"]) == (422, "EVALUATED_ALREADY")
    for code in (ENSHI, QIANJIANG):
        seen = await told.seen(code)
        assert seen["state"] == "delivered"
        assert seen["result"]["documents"][0]["sha256"] == digest(CARD)
        assert seen["result"]["delivered_with"] == [taken["event_id"]]
        (old,) = [one for one in seen["events"] if one.get("event_id") == first["event_id"]]
        assert old["corrected_by"] == [second["event_id"]]


async def test_a_refusal_tells_the_remedies(told: Told) -> None:
    await told.done(ENSHI, "not_accepted", reason="不属于本机关职权范围", competent_organ="示例机关")
    await told.learns(QIANJIANG, "not_accepted")
    assert "60 日" in (await told.seen(QIANJIANG))["result"]["remedies"]["zh"]
