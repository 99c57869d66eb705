"""Licences as systems and staff see them: settings to source, answers over HTTP, the feed, the page of a case."""

import json
from pathlib import Path
from typing import Any

import pytest

from gateway.app.local_door import local_flows
from gateway.app.opening import opened
from gateway.case import events as ev
from gateway.case.errors import GatewayError
from gateway.case.item.definition import ItemMaterial
from gateway.case.reasons import Reason
from gateway.cli.case_licences import licence_lines
from gateway.flows.items.look import ItemsWanted
from gateway.local.canonical_out import case_view, encode, feed_item
from gateway.local.item_out import item_content
from gateway.settings import load_divisions, load_settings
from gateway.store import feed
from gateway.telemetry import Metrics
from tests.build import NOW, a_definition, a_happening
from tests.fakes import FakeClock
from tests.flows.licence_build import ENSHI, QIANJIANG, callable_types, sources
from tests.flows.regions import CARD, a_world
from tests.flows.test_the_whole_gateway import a_pair, a_request
from tests.licence_platform import BOOK_TYPE, CARD_TYPE, a_record, an_identifier, sample_file, types_file


def connected(folder: Path, **records: dict[str, str]) -> str:
    """Settings of a file and a table of types; the file holds these licences by their serial."""
    path, types = folder / "licences.yaml", folder / "types.csv"
    held = {an_identifier(serial): record for serial, record in records.items()}
    path.write_text(sample_file(held), encoding="utf-8")
    types.write_text(types_file((CARD_TYPE, "居民身份证", "是"), (BOOK_TYPE, "居民户口簿", "否")), encoding="utf-8")
    return f"licences:\n  source: file\n  file: {path}\n  types: {types}\n  deadline: 2s\n"


def quoted(serial: str, **changes: Any) -> dict[str, Any]:
    said = {
        "licence_id": an_identifier(serial),
        "type_code": CARD_TYPE,
        "holder": "向小满",
        "use_cause": "社会保障卡换领",
        "check": "valid",
        "checked_at": "2026-01-01T00:00:00Z",
    }
    return {"material_id": "m1", "name": "身份证", "licence": said | changes}


async def test_a_window_sees_what_was_verified_and_why_it_was_refused(tmp_path: Path) -> None:
    settings = connected(tmp_path, **{"1": a_record(), "2": a_record(valid_to="2020-10-01")})
    async with a_pair(tmp_path, more_settings=settings) as pair:
        status, said = await pair.call(QIANJIANG, "POST", "/v1/cases", a_request("QJ-1", materials=[quoted("1")]))
        assert status == 202, said
        (licence,) = said["licences"]
        assert licence["material_id"] == "m1"
        assert (licence["check"]["outcome"], licence["check"]["state"]) == ("valid", "01")

        status, problem = await pair.call(QIANJIANG, "POST", "/v1/cases", a_request("QJ-2", materials=[quoted("2")]))
        assert (status, problem["reason"]) == (422, "LICENCE_INVALID")
        assert problem["findings"][0]["problem"]["zh"] == "电子证照“居民身份证”已于 2020-10-01 失效"

        status, seen = await pair.call(QIANJIANG, "GET", f"/v1/cases/{said['case_id']}")
        (material,) = seen["materials_now"]
        (check,) = material["licence_checks"]
        assert (check["stage"], check["outcome"], check["valid_to"], check["source"]) == (
            "submission",
            "valid",
            "2036-01-01",
            "file",
        )
        assert check["state_name"]["zh"] == "有效"
        assert (material["licence_doubts"], seen["case"]["materials"][0]["licence"]["check"]) == ([], "valid")
        assert "licence_checks" not in seen["case"]["materials"][0], "what is read can be submitted"


async def test_the_file_of_settings_is_where_a_gateway_learns_its_source(tmp_path: Path) -> None:
    async with sources(tmp_path / "both") as given:
        region = given[ENSHI]
        await given.both.opens[ENSHI].aclose()
        file = region.settings.file
        file.write_text(file.read_text("utf-8") + connected(tmp_path, **{"1": a_record()}), encoding="utf-8")
        settings, findings = load_settings(file, load_divisions())
        assert settings, findings

        async def open_again() -> frozenset[str] | None:
            world = a_world(FakeClock(NOW), 99)
            async with opened(
                settings, world, courier_of=lambda _: region.courier, assign=lambda _: "window"
            ) as gateway:
                return gateway.callable_types()

        assert await open_again() == {CARD_TYPE}
        (tmp_path / "types.csv").write_text("证照类型代码,证照名称,可调用\n123,,也许\n", encoding="utf-8")
        with pytest.raises(GatewayError) as told:
            await open_again()
        assert told.value.reason is Reason.CONFIGURATION
        assert len(told.value.findings) == 3


async def test_the_feed_and_the_page_tell_what_became_of_a_pending_licence(tmp_path: Path) -> None:
    async with sources(tmp_path) as given:
        given.break_down(QIANJIANG)
        number = await given.submit()
        region = given[QIANJIANG]
        given.hold(QIANJIANG, licence=a_record(state="07", revoked_at="2026-11-02"))
        given.both.clock.pass_time(minutes=1)
        await region.gateway.recheck_licences()
        items = await region.gateway.looking.read_feed(region.system, 0, 100)
        (told,) = [feed_item(item) for item in items if item.kind == feed.LICENCE]
        assert (told["case_id"], told["licence"], told["reason"]) == (
            number,
            {"material_id": "m1", "outcome": "invalid"},
            "",
        )
        seen = case_view(await region.view(number))
        lines = [line.zh for line in licence_lines(seen)]
        assert [line.split(": ", 1)[1] for line in lines] == [
            "待核验, 证照文件有误, 来源 file",
            "无效, 状态不是“有效”, 状态 07 吊销, 有效期至 2036-01-01, 来源 file",
        ]
        assert all("收件时" in line or "复核" in line for line in lines)


async def test_pending_licences_survive_a_restart(tmp_path: Path) -> None:
    async with sources(tmp_path) as given:
        given.break_down(QIANJIANG)
        number = await given.submit()
        await given.both.reopen(given[QIANJIANG])
        given.connect(QIANJIANG)
        given.hold(QIANJIANG, licence=a_record())
        given.both.clock.pass_time(minutes=1)
        assert (await given[QIANJIANG].gateway.recheck_licences()).told == 1
        assert (await given.outcomes(QIANJIANG, number))[-1] == ("later", "valid", "")


async def test_the_list_of_items_says_which_licences_can_be_called(tmp_path: Path) -> None:
    async with sources(tmp_path) as given:
        demanded = (
            ItemMaterial("B001", "居民身份证", licence_type_code=CARD_TYPE),
            ItemMaterial("B002", "居民户口簿", licence_type_code=BOOK_TYPE),
            ItemMaterial("B003", "申请表"),
        )
        await given[ENSHI].publish(a_definition(basic_code=CARD, item_type="01", materials=demanded))
        await given.both.ask_for_items()
        flows = local_flows(given[QIANJIANG].gateway, Metrics())

        async def callable_now() -> list[bool | None]:
            found = await flows.find_item(ItemsWanted(division="422801", item=CARD))
            content = json.loads(encode(item_content(found, flows.callable_licences())))
            return [one["licence_callable"] for one in content["definition"]["materials"]]

        assert await callable_now() == [None, None, False], "nobody knows without a table"
        given.connect(QIANJIANG, callable_types(tmp_path))
        assert await callable_now() == [True, False, False]


async def test_the_acceptance_is_refused_in_words_a_handler_can_act_on(tmp_path: Path) -> None:
    async with sources(tmp_path) as given:
        number = await given.submit()
        given.hold(ENSHI, licence=a_record(state="04"))
        with pytest.raises(GatewayError) as told:
            await given[ENSHI].act(number, a_happening(ev.Accepted))
        assert "电子证照“居民身份证”的状态为“注销” (04)" in told.value.cause.zh
        assert "一次性告知" in told.value.fix.zh
