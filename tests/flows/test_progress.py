"""Progress without login (进度查询): a number and its code tell where a case stands, and nothing about anybody."""

import asyncio
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp.test_utils import TestClient
from jsonschema import Draft202012Validator

from gateway.app.joint_flows import JointFlows
from gateway.case import events as ev
from gateway.case.code.numbers import grouped
from gateway.case.code.query_codes import shown_code
from gateway.case.errors import GatewayError
from gateway.case.kinds import Decision
from gateway.case.model import DeliveryWay
from gateway.case.progress import Progress, Side, who_is_next
from gateway.case.reasons import Reason
from gateway.case.states import State
from gateway.flows.progress import Enquiry
from gateway.flows.query_codes import query_code_of
from gateway.local.canonical_out import case_content, encode
from gateway.local.door import ENQUIRIES
from gateway.local.progress import CODE_HEADER
from tests.build import a_case_number
from tests.flows.joint_build import ENSHI, JOINT_ITEM, QIANJIANG, XIANGXI, Whole
from tests.flows.local_doors import LINE_KEY, WINDOW_KEY, by, door_of
from tests.flows.regions import Region, regions

WRONG = "AAAAAAAAAA"


def code_of(region: Region, number: str) -> str:
    return query_code_of(region.gateway.vault, number)


async def ask(region: Region, number: str, code: str | None, *, trusted: bool = False) -> Progress:
    return await JointFlows(region.gateway).enquiries.answer(Enquiry(number, code, trusted))


async def refusal(region: Region, number: str, code: str | None, *, trusted: bool = False) -> Reason:
    with pytest.raises(GatewayError) as refused:
        await ask(region, number, code, trusted=trusted)
    return refused.value.reason


async def test_a_case_is_told_from_the_window_to_the_delivery(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as both:
        origin, handler = both[QIANJIANG], both[ENSHI]
        number = await origin.submit(origin.a_case(ENSHI))
        code = code_of(origin, number)
        first = await ask(origin, number, code)
        assert (first.state, first.next_side) == ("forwarded", Side.ORIGIN)
        assert first.milestones.reached_handler is None
        assert first.items == ("社会保障卡申领、补领、换领、换发",)
        assert (first.origin.name, first.handler and first.handler.name) == (
            "重庆市黔江区",
            "湖北省恩施土家族苗族自治州恩施市",
        )
        await both.settle_down()
        taken_in = both.clock()
        for happening in (
            ev.ReceivedByHandler(),
            ev.Accepted(),
            ev.Decided(Decision.GRANTED),
            ev.ResultSent(DeliveryWay.MAIL, "邮政特快专递 张三", "1234567890123"),
        ):
            await both.pass_time(hours=1)
            await handler.act(number, happening)
        await both.settle_down()
        then = await ask(origin, number, code)
        assert then.state == "awaiting_delivery"
        assert then.milestones.reached_handler == taken_in
        assert then.milestones.accepted == taken_in + timedelta(hours=2)
        assert then.milestones.decided == taken_in + timedelta(hours=3)
        assert then.milestones.result_sent == taken_in + timedelta(hours=4)
        assert then.milestones.delivered is None


async def test_a_repeat_of_a_submission_gets_the_same_code(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as both:
        origin = both[QIANJIANG]
        case = origin.a_case(ENSHI)
        number = await origin.submit(case)
        assert await origin.submit(case) == number
        await both.reopen(origin)
        assert (await ask(origin, number, code_of(origin, number))).number == number


async def test_however_number_and_code_are_typed_they_are_understood(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as both:
        origin = both[QIANJIANG]
        number = await origin.submit(origin.a_case(ENSHI))
        code = code_of(origin, number)
        seen = await ask(origin, grouped(number).lower(), f" {shown_code(code).lower()} ")
        assert seen.number == number


async def test_an_unknown_number_and_a_wrong_code_are_one_answer(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as both:
        origin = both[QIANJIANG]
        number = await origin.submit(origin.a_case(ENSHI))
        unknown = a_case_number(999)
        assert await refusal(origin, number, WRONG) is Reason.PROGRESS_UNKNOWN
        assert await refusal(origin, unknown, WRONG) is Reason.PROGRESS_UNKNOWN
        assert await refusal(origin, unknown, code_of(origin, unknown)) is Reason.PROGRESS_UNKNOWN
        for nonsense in ("不是编号", "", "\ud800", "TB" * 40):
            assert await refusal(origin, nonsense, "") is Reason.PROGRESS_UNKNOWN
        assert await refusal(origin, number, None) is Reason.PROGRESS_UNKNOWN
        assert await refusal(origin, number, "é\ud800") is Reason.PROGRESS_UNKNOWN


@pytest.mark.parametrize("exists", [True, False])
async def test_five_wrong_codes_lock_a_number_whether_it_exists_or_not(tmp_path: Path, exists: bool) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as both:
        origin = both[QIANJIANG]
        known = await origin.submit(origin.a_case(ENSHI))
        number = known if exists else a_case_number(999)
        told = [await refusal(origin, number, WRONG) for _ in range(7)]
        assert told == [Reason.PROGRESS_UNKNOWN] * 5 + [Reason.PROGRESS_LOCKED] * 2
        assert await refusal(origin, number, code_of(origin, number)) is Reason.PROGRESS_LOCKED
        other = await origin.submit(origin.a_case(ENSHI))
        assert (await ask(origin, other, code_of(origin, other))).number == other
        assert (await ask(origin, known, None, trusted=True)).number == known
        both.clock.pass_time(minutes=15)
        if exists:
            assert (await ask(origin, number, code_of(origin, number))).number == number
        else:
            assert await refusal(origin, number, WRONG) is Reason.PROGRESS_UNKNOWN


async def test_guesses_sent_all_at_once_are_counted_one_by_one(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as both:
        origin = both[QIANJIANG]
        number = await origin.submit(origin.a_case(ENSHI))
        told = await asyncio.gather(*(refusal(origin, number, WRONG) for _ in range(50)))
        assert told.count(Reason.PROGRESS_UNKNOWN) == 5


async def test_a_case_from_elsewhere_is_told_to_the_12345_line_only(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as both:
        origin, handler = both[QIANJIANG], both[ENSHI]
        number = await origin.submit(origin.a_case(ENSHI))
        await both.settle_down()
        for code in (code_of(origin, number), code_of(handler, number)):
            assert await refusal(handler, number, code) is Reason.PROGRESS_UNKNOWN
        seen = await ask(handler, number, None, trusted=True)
        assert (seen.state, seen.next_side) == ("awaiting_sign_off", Side.HANDLER)
        assert seen.milestones.reached_handler == both.clock()


async def test_the_code_of_a_whole_tells_its_parts_and_that_of_a_part_only_the_part(tmp_path: Path) -> None:
    async with regions(tmp_path, ENSHI, QIANJIANG, XIANGXI, items=[JOINT_ITEM]) as all_of:
        origin = all_of[ENSHI]
        whole = Whole(origin)
        opened = await whole.submit(whole.part(QIANJIANG), whole.part(XIANGXI))
        seen = await ask(origin, opened.row.parent_id, opened.query_code)
        assert [part.number for part in seen.parts] == [child.case_id for child in opened.children]
        assert (seen.state, seen.handler) == ("forwarded", None)
        part = await ask(origin, opened.children[1].case_id, opened.child_codes[1])
        assert part.parts == ()
        assert await refusal(origin, opened.row.parent_id, opened.child_codes[0]) is Reason.PROGRESS_UNKNOWN


def test_in_every_state_somebody_or_nobody_is_next_and_it_is_said_in_both_languages() -> None:
    for state in State:
        side, step = who_is_next(state)
        assert isinstance(side, Side)
        assert step.zh
        assert step.en


# Over HTTP.


async def submitted(door: TestClient, region: Region) -> tuple[str, str]:
    body = a_body(region)
    headers = {**by(WINDOW_KEY), "Content-Type": "application/json"}
    answer = await door.post("/v1/cases", data=json.dumps(body), headers=headers)
    content = await answer.json()
    assert answer.status == 202, content
    return content["case_id"], content["query_code"]


def a_body(region: Region) -> dict[str, Any]:
    return dict(json.loads(encode(case_content(region.a_case(ENSHI)))))


async def told(door: TestClient, method: str, **call: Any) -> tuple[int, dict[str, Any], dict[str, str]]:
    answer = await door.request(method, "/v1/progress", **call)
    return answer.status, await answer.json(content_type=None), dict(answer.headers)


async def test_an_app_asks_without_login_with_the_code_in_a_header_or_in_the_body(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as both, door_of(both[QIANJIANG]) as door:
        number, code = await submitted(door, both[QIANJIANG])
        status, content, headers = await told(door, "GET", params={"number": number}, headers={CODE_HEADER: code})
        assert (status, content["state"], headers["Cache-Control"]) == (200, "forwarded", "no-store")
        described = await (await door.get("/v1/openapi.json")).json()
        schema = {"$ref": "#/components/schemas/Progress", "components": described["components"]}
        assert [error.message for error in Draft202012Validator(schema).iter_errors(content)] == []
        assert (await told(door, "POST", json={"number": number, "code": code}))[1] == content


async def test_the_answer_holds_nothing_personal(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as both, door_of(both[QIANJIANG]) as door:
        number, code = await submitted(door, both[QIANJIANG])
        await both.settle_down()
        await both[ENSHI].act(number, ev.Accepted("利人社受〔2026〕00123号"), reason="申请人向小满材料齐全")
        await both[ENSHI].act(number, ev.Decided(Decision.GRANTED, "利人社许〔2026〕17号"))
        await both[ENSHI].act(number, ev.ResultSent(DeliveryWay.MAIL, "邮政", "1000000000001"))
        await both.settle_down()
        _, content, _ = await told(door, "GET", params={"number": number}, headers={CODE_HEADER: code})
        shown = json.dumps(content, ensure_ascii=False)
        case = both[QIANJIANG].a_case(ENSHI)
        secrets = ("向小满", "422801199001010026", "13900000000", "示例", "〔2026〕", "1000000000001", "覃远山", "S001")
        assert [secret for secret in (*secrets, case.summary, code) if secret in shown] == []


async def test_a_code_in_the_address_is_refused(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as both, door_of(both[QIANJIANG]) as door:
        number, code = await submitted(door, both[QIANJIANG])
        status, content, _ = await told(door, "GET", params={"number": number, "code": code})
        assert (status, [finding["path"] for finding in content["findings"]]) == (422, ["query.code"])
        assert code not in json.dumps(content)


async def test_an_enquiry_without_a_code_says_where_to_put_it(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as both, door_of(both[QIANJIANG]) as door:
        number, _ = await submitted(door, both[QIANJIANG])
        status, content, _ = await told(door, "GET", params={"number": number})
        assert (status, [one["path"] for one in content["findings"]]) == (422, [f"headers.{CODE_HEADER}"])
        status, content, _ = await told(door, "POST", json={"number": number})
        assert (status, [one["path"] for one in content["findings"]]) == (422, ["code"])
        status, content, _ = await told(door, "POST", json={"nummer": number})
        assert (status, content["reason"]) == (422, "BAD_REQUEST")


async def test_unknown_and_wrong_look_the_same_over_the_wire(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as both, door_of(both[QIANJIANG]) as door:
        number, _ = await submitted(door, both[QIANJIANG])
        seen = []
        for asked in (number, a_case_number(999), "TB1"):
            status, content, headers = await told(door, "GET", params={"number": asked}, headers={CODE_HEADER: WRONG})
            del content["trace"]
            seen.append((status, content, sorted(headers)))
        assert seen[0] == seen[1] == seen[2]
        assert (seen[0][0], seen[0][1]["reason"]) == (404, "PROGRESS_UNKNOWN")


async def test_one_address_that_asks_too_often_is_told_when_to_come_back(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as both, door_of(both[QIANJIANG]) as door:
        number, code = await submitted(door, both[QIANJIANG])
        call = {"params": {"number": number}, "headers": {CODE_HEADER: code}}
        assert [(await told(door, "GET", **call))[0] for _ in range(ENQUIRIES)] == [200] * ENQUIRIES
        status, content, headers = await told(door, "GET", **call)
        assert (status, content["reason"], headers["Retry-After"]) == (429, "PROGRESS_LOCKED", "60")
        forwarded = {**call["headers"], "X-Forwarded-For": "198.51.100.9", "Forwarded": "for=198.51.100.9"}
        assert (await told(door, "GET", params=call["params"], headers=forwarded))[0] == 429
        assert (await told(door, "GET", params={"number": number}, headers=by(LINE_KEY)))[0] == 200
        both.clock.pass_time(minutes=1)
        assert (await told(door, "GET", **call))[0] == 200


async def test_the_12345_line_asks_without_a_code_and_other_systems_may_not(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as both, door_of(both[QIANJIANG]) as door:
        number, code = await submitted(door, both[QIANJIANG])
        call = {"params": {"number": number}}
        assert (await told(door, "GET", **call, headers=by(LINE_KEY)))[0] == 200
        assert (await told(door, "POST", json={"number": number}, headers=by(LINE_KEY)))[0] == 200
        status, content, _ = await told(door, "GET", **call, headers={**by(WINDOW_KEY), CODE_HEADER: code})
        assert (status, content["reason"]) == (403, "LOCAL_NOT_ALLOWED")
        status, content, _ = await told(door, "GET", **call, headers=by("wrong"))
        assert (status, content["reason"]) == (401, "LOCAL_UNAUTHENTICATED")
        assert (await told(door, "GET", **call, headers={**by(LINE_KEY), CODE_HEADER: WRONG}))[0] == 404


async def test_codes_are_neither_audited_nor_logged(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as both, door_of(both[QIANJIANG]) as door:
        number, code = await submitted(door, both[QIANJIANG])
        await told(door, "GET", params={"number": number}, headers={CODE_HEADER: code})
        await told(door, "GET", params={"number": number}, headers={CODE_HEADER: WRONG})
        kept = await both[QIANJIANG].gateway.database.read(
            lambda tx: [tx.rows(f"SELECT * FROM {table}") for table in ("audit", "cases", "answers", "feed", "events")]
        )
        assert code not in repr(kept)
    out = capsys.readouterr()
    assert code not in out.out + out.err
