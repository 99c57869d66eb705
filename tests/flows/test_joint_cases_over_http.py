"""Joint cases over the real local door: what a window system sends, reads and does."""

import json
from pathlib import Path
from typing import Any

from aiohttp.test_utils import TestClient
from jsonschema import Draft202012Validator

from gateway.case import events as ev
from gateway.case.kinds import Decision
from gateway.local.canonical_out import case_content, encode
from gateway.local.system_file import May
from tests.flows.joint_build import ENSHI, JOINT_ITEM, QIANJIANG, XIANGXI
from tests.flows.local_doors import WINDOW_KEY, a_system, by, door_of, on_the_wire
from tests.flows.regions import WINDOW, Region, regions

JSON = {"Content-Type": "application/json"}


def a_body(region: Region, *handlers: str, number: str = "ES-1") -> dict[str, Any]:
    case: dict[str, Any] = json.loads(encode(case_content(region.a_case(QIANJIANG))))
    common = {
        key: case[key] for key in ("channel", "applicant", "contacts", "origin", "delivery", "received_at_window")
    }
    parts = [{"item": case["item"], "handler": {"division": WINDOW[to]}, "form": case["form"]} for to in handlers]
    return {"origin_number": number, **common, "parts": parts}


async def called(door: TestClient, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any, Any]:
    data = None if body is None else json.dumps(body)
    answer = await door.request(method, path, data=data, headers={**by(WINDOW_KEY), **JSON, **headers})
    return answer.status, await answer.json(content_type=None), answer.headers


async def fits(door: TestClient, name: str, content: Any) -> None:
    described = await (await door.get("/v1/openapi.json")).json()
    schema = {"$ref": f"#/components/schemas/{name}", "components": described["components"]}
    assert [error.message for error in Draft202012Validator(schema).iter_errors(content)] == []


def deed(region: Region, **more: Any) -> dict[str, Any]:
    actor = {"name": "覃远山", "division": WINDOW[region.code]}
    return {"occurred_at": on_the_wire(region.clock()), "actor": actor, **more}


async def test_a_joint_case_from_submission_to_one_delivery(tmp_path: Path) -> None:
    async with regions(tmp_path, ENSHI, QIANJIANG, XIANGXI, items=[JOINT_ITEM]) as all_of:
        origin = all_of[ENSHI]
        async with door_of(origin) as door:
            body = a_body(origin, QIANJIANG, ENSHI, XIANGXI)
            status, opened, headers = await called(door, "POST", "/v1/joint-cases", body)
            assert status == 202
            await fits(door, "JointSubmitted", opened)
            assert headers["Location"] == f"/v1/joint-cases/{opened['case_id']}"
            assert [child["part"] for child in opened["children"]] == [1, 3]
            assert [part["part"] for part in opened["local_parts"]] == [2]
            codes = {opened["query_code"], *(child["query_code"] for child in opened["children"])}
            assert len(codes) == 3
            status, again, headers = await called(door, "POST", "/v1/joint-cases", body)
            assert (status, again, headers["Idempotency-Replayed"]) == (202, opened, "true")
            await all_of.settle_down()
            path = headers["Location"]
            early = deed(origin, way="origin_window", recipient_name="向小满")
            status, refused, _ = await called(door, "POST", f"{path}/delivered", early)
            assert (status, refused["reason"], len(refused["findings"])) == (409, "LIFECYCLE", 2)
            for child in opened["children"]:
                await all_of[child["partner"]].act(child["case_id"], ev.Accepted())
                await all_of[child["partner"]].act(child["case_id"], ev.Decided(Decision.GRANTED))
            await all_of.settle_down()
            status, done, _ = await called(door, "POST", f"{path}/delivered", early)
            assert (status, [child["became"] for child in done["children"]]) == (202, ["done", "done"])
            await fits(door, "JointActed", done)
            await all_of.settle_down()
            status, seen, _ = await called(door, "GET", path)
            assert (status, seen["state"], seen["applicant"]) == (200, "delivered", "向**")
            await fits(door, "JointCaseView", seen)
            assert "query_code" not in json.dumps(seen)
            status, listed, _ = await called(door, "GET", "/v1/joint-cases")
            assert (status, listed["joint_cases"]) == (200, [seen])
            await fits(door, "JointCaseList", listed)


async def test_withdrawing_says_what_became_of_each_part(tmp_path: Path) -> None:
    async with regions(tmp_path, ENSHI, QIANJIANG, XIANGXI, items=[JOINT_ITEM]) as all_of:
        origin = all_of[ENSHI]
        async with door_of(origin) as door:
            _, opened, _ = await called(door, "POST", "/v1/joint-cases", a_body(origin, QIANJIANG, XIANGXI))
            await all_of.settle_down()
            first = opened["children"][0]["case_id"]
            await all_of[QIANJIANG].act(first, ev.NotAccepted(), reason="不属于本机关职权")
            await all_of.settle_down()
            path = f"/v1/joint-cases/{opened['case_id']}/withdraw"
            status, done, _ = await called(door, "POST", path, deed(origin, reason="申请人撤回"))
            assert (status, [child["became"] for child in done["children"]]) == (202, ["stays", "done"])
            assert done["attention"][0]["state"] == "not_accepted"
            await all_of.settle_down()
            status, done, _ = await called(door, "POST", path, deed(origin))
            assert [child["became"] for child in done["children"]] == ["stays", "already"]
            assert done["state"] == "not_granted"


async def test_everything_wrong_with_the_parts_is_told_with_its_place(tmp_path: Path) -> None:
    async with regions(tmp_path, ENSHI, QIANJIANG, items=[JOINT_ITEM]) as both, door_of(both[ENSHI]) as door:
        body = a_body(both[ENSHI], QIANJIANG, QIANJIANG, QIANJIANG)
        body["parts"][1]["handler"]["division"] = "330100"
        body["parts"][2]["item"] = {"basic_code": "002014020000", "name": "未约定的事项"}
        status, told, _ = await called(door, "POST", "/v1/joint-cases", body)
        assert (status, told["reason"]) == (422, "BAD_REQUEST")
        assert [one["path"] for one in told["findings"]] == ["parts[1].handler.division", "parts[2].item.basic_code"]
        _, listed, _ = await called(door, "GET", "/v1/cases")
        assert listed["cases"] == []


async def test_pages_of_joint_cases_follow_one_another(tmp_path: Path) -> None:
    async with regions(tmp_path, ENSHI, QIANJIANG, items=[JOINT_ITEM]) as both, door_of(both[ENSHI]) as door:
        made = []
        for n in range(3):
            body = a_body(both[ENSHI], QIANJIANG, number=f"ES-{n}")
            made.append((await called(door, "POST", "/v1/joint-cases", body))[1]["case_id"])
            both.clock.pass_time(seconds=1)
        _, first, _ = await called(door, "GET", "/v1/joint-cases?limit=2")
        _, second, _ = await called(door, "GET", f"/v1/joint-cases?limit=2&cursor={first['next_cursor']}")
        seen = [one["case_id"] for one in (*first["joint_cases"], *second["joint_cases"])]
        assert seen == list(reversed(made))
        assert second["next_cursor"] is None
        status, _, _ = await called(door, "GET", "/v1/joint-cases?cursor=x")
        assert status == 422


async def test_a_body_of_a_deed_is_judged_like_any_other(tmp_path: Path) -> None:
    async with regions(tmp_path, ENSHI, QIANJIANG, items=[JOINT_ITEM]) as both, door_of(both[ENSHI]) as door:
        _, opened, _ = await called(door, "POST", "/v1/joint-cases", a_body(both[ENSHI], QIANJIANG))
        path = f"/v1/joint-cases/{opened['case_id']}"
        status, told, _ = await called(door, "POST", f"{path}/delivered", deed(both[ENSHI], recipient="x"))
        assert status == 422
        assert {one["path"] for one in told["findings"]} == {"way", "recipient"}
        status, told, _ = await called(door, "POST", f"{path}/withdraw", deed(both[ENSHI], colour="x"))
        assert [one["path"] for one in told["findings"]] == ["colour"]
        status, told, _ = await called(door, "GET", "/v1/joint-cases/TB1")
        assert (status, told["reason"]) == (404, "CASE_UNKNOWN")


async def test_permissions_of_ordinary_cases_hold_for_wholes_too(tmp_path: Path) -> None:
    reader = a_system("window", WINDOW_KEY, May.READ)
    async with regions(tmp_path, ENSHI, QIANJIANG, items=[JOINT_ITEM]) as both, door_of(both[ENSHI], reader) as door:
        for path in ("", "/TB1/withdraw", "/TB1/delivered"):
            status, told, _ = await called(door, "POST", f"/v1/joint-cases{path}", {})
            assert (status, told["reason"]) == (403, "LOCAL_NOT_ALLOWED")
        assert (await called(door, "GET", "/v1/joint-cases"))[0] == 200
