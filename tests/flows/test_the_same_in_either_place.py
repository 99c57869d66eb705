"""四个一致 at work: differences block or warn as the agreement says, and are shown; codes and powers are those agreed."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest
import structlog.testing
from aiohttp import web

from gateway.app.local_door import operator_app
from gateway.case.errors import GatewayError
from gateway.case.item.definition import ItemDefinition, ItemMaterial, Need, TimeLimit
from gateway.case.item.parity import Dimension
from gateway.case.kinds import Power
from gateway.case.model import Case
from gateway.case.reasons import Reason
from gateway.case.states import State
from gateway.cli.tree import run
from gateway.flows.items.compare import Missing
from gateway.flows.submit import Submission, Submitted
from gateway.local.systems import Systems
from gateway.settings import load_divisions
from gateway.telemetry import Metrics
from tests.build import a_definition, a_digest, a_file, a_material
from tests.flows.local_doors import WINDOW_KEY, by, door_of
from tests.flows.regions import CARD, Region, Regions, regions

ENSHI, QIANJIANG = "422800", "500114"
PHOTO = b"a photograph"
PROOF = ItemMaterial("A009", "婚姻状况证明", need=Need.OPTIONAL)


def enshi(**changes: Any) -> ItemDefinition:
    """恩施州's item of the agreement; demands nothing that a bare case lacks."""
    return a_definition(**{"basic_code": CARD, "materials": (), "item_type": CARD[2:4]} | changes)


def qianjiang(**changes: Any) -> ItemDefinition:
    """黔江区's definition of the same item."""
    return enshi(**{"division": QIANJIANG} | changes)


async def published(both: Regions, ours: ItemDefinition, theirs: ItemDefinition) -> tuple[Region, Region]:
    """黔江 publishes `ours`, 恩施 `theirs`, and each learns of the other's; return 黔江 and 恩施."""
    here, there = both[QIANJIANG], both[ENSHI]
    await here.publish(ours)
    await there.publish(theirs)
    await both.ask_for_items()
    return here, there


async def submitted(region: Region, case: Case) -> Submitted:
    """The whole answer to a submission."""
    digest = bytes.fromhex(a_digest(repr(case).encode()))
    return await region.gateway.submit(Submission(region.system, case, digest))


async def refused(region: Region, case: Case) -> GatewayError:
    """What a case that is refused is refused with; nothing of it is kept."""
    with pytest.raises(GatewayError) as caught:
        await region.submit(case)
    rows = await region.gateway.database.read(lambda tx: tx.rows("SELECT case_id FROM cases"))
    assert rows == []
    return caught.value


async def test_a_serious_difference_in_a_dimension_that_blocks_keeps_the_case_here(tmp_path: Path) -> None:
    policy = {"limits": "block"}
    async with regions(tmp_path, ENSHI, QIANJIANG, parity=policy) as both:
        here, _ = await published(both, qianjiang(), enshi(promised_limit=TimeLimit(30), legal_limit=TimeLimit(45)))

        error = await refused(here, here.a_case(to=ENSHI))

    assert error.reason is Reason.PARITY_BLOCKED
    assert error.cause.zh == (
        f"事项 社会保障卡申领、补领、换领、换发 {CARD} 与恩施市时限不一致 (2 处), 协议规定不一致时不得转办"
    )
    assert [one.path for one in error.findings] == ["item", "item"]
    assert error.findings[0].problem.zh == (
        "时限: 法定时限: 我方 20 个工作日, 对方 45 个工作日 (法定时限不同: 至少一方与法律不符)"
    )


async def test_a_lesser_difference_is_told_and_does_not_block(tmp_path: Path) -> None:
    policy = {"limits": "block", "process": "allow"}
    async with regions(tmp_path, ENSHI, QIANJIANG, parity=policy) as both:
        theirs = enshi(promised_limit=TimeLimit(15), materials=(PROOF,), visits=1)
        here, there = await published(both, qianjiang(), theirs)

        answer = await submitted(here, here.a_case(to=ENSHI))
        await both.settle_down()
        state = await there.state(answer.case_id)

    assert [(one.dimension, one.count) for one in answer.warnings] == [
        (Dimension.MATERIALS, 1),
        (Dimension.LIMITS, 1),
    ]
    assert answer.warnings[0].text.zh == f"事项 社会保障卡申领、补领、换领、换发 {CARD} 与恩施市材料不一致 (1 处)"
    assert state is State.AWAITING_SIGN_OFF


async def test_by_default_differences_are_told_and_equal_definitions_say_nothing(tmp_path: Path) -> None:
    async with regions(tmp_path, ENSHI, QIANJIANG) as both:
        here, there = await published(both, qianjiang(), enshi(visits=1))
        case = here.a_case(to=ENSHI)
        first, again = await submitted(here, case), await submitted(here, case)
        other_way = await submitted(there, there.a_case(to=QIANJIANG))

        assert [one.dimension for one in first.warnings] == [Dimension.PROCESS]
        assert again == replace(first, repeated=True), "a repeat is told the same"
        assert [one.dimension for one in other_way.warnings] == [Dimension.PROCESS]

        await there.publish(enshi(version=2))
        await both.ask_for_items()
        assert (await submitted(here, here.a_case(to=ENSHI))).warnings == ()


async def test_where_one_side_publishes_no_such_item_nothing_is_compared(tmp_path: Path) -> None:
    async with regions(tmp_path, ENSHI, QIANJIANG, parity={"items": "block"}) as both:
        here, there = both[QIANJIANG], both[ENSHI]
        await there.publish(enshi(visits=1))
        await both.ask_for_items()

        assert (await submitted(here, here.a_case(to=ENSHI))).warnings == ()


async def test_the_report_names_every_difference_and_what_one_side_alone_publishes(tmp_path: Path) -> None:
    item = {"name": "失业登记", "basic": "000120012000", "modes": ["online"], "directions": ["outward", "inward"]}
    card = {"name": "社会保障卡", "basic": CARD, "modes": ["entrusted"], "directions": ["outward", "inward"]}
    async with regions(tmp_path, ENSHI, QIANJIANG, items=[item, card]) as both:
        here, _ = await published(both, qianjiang(), enshi(visits=1))
        found = await here.gateway.items.comparing.compare("422801000000")
        one = await here.gateway.items.comparing.compare(ENSHI, CARD)
        with pytest.raises(GatewayError) as unknown:
            await here.gateway.items.comparing.compare(ENSHI, "000120099000")
        with pytest.raises(GatewayError) as own:
            await here.gateway.items.comparing.compare(QIANJIANG)

    assert found.partner.code == ENSHI
    assert [(compared.term.item.our_code, compared.missing) for compared in found.items] == [
        (CARD, Missing.NOBODY),
        ("000120012000", Missing.BOTH),
    ]
    assert found.items[0].comparison is not None
    assert found.items[0].comparison.score_of(Dimension.PROCESS) == 75
    assert found.score == one.score == 94
    assert len(one.items) == 1
    assert unknown.value.reason is Reason.ITEM_NOT_AGREED
    assert own.value.reason is Reason.OWN_REGION


async def test_a_local_system_reads_the_report_and_the_warnings_over_http(tmp_path: Path) -> None:
    async with regions(tmp_path, ENSHI, QIANJIANG) as both:
        here, _ = await published(both, qianjiang(), enshi(visits=1))
        async with door_of(here) as door:
            answer = await door.get("/v1/items/compare", params={"division": "422801"}, headers=by(WINDOW_KEY))
            report = await answer.json()
            wrong = await door.get("/v1/items/compare", params={"item": "x"}, headers=by(WINDOW_KEY))
            findings = (await wrong.json())["findings"]

    assert answer.status == 200
    (item,) = report["items"]
    assert report["score"] == item["comparison"]["score"] == 94
    (difference,) = item["comparison"]["differences"]
    assert difference == {
        "dimension": "process",
        "field": "visits",
        "subject": "",
        "severity": "serious",
        "ours": {"zh": "0", "en": "0"},
        "theirs": {"zh": "1", "en": "1"},
        "why": difference["why"],
    }
    assert item["policy"] == {"item": "warn", "materials": "warn", "process": "warn", "limits": "warn"}
    assert wrong.status in {400, 422}
    assert {one["path"] for one in findings} >= {"query.division", "query.item"}


HUBEI, CHONGQING = "422014120000", "502014120000"


def mapped(folder: Path) -> None:
    """Let both regions' files map the two provincial codes, each from its own side."""
    for ours, theirs in ((ENSHI, QIANJIANG), (QIANJIANG, ENSHI)):
        (file,) = (folder / ours / "partners").glob(f"{theirs}-*.yaml")
        codes = {ENSHI: HUBEI, QIANJIANG: CHONGQING}
        local = f"local: {{ours: '{codes[ours]}', theirs: '{codes[theirs]}'}}"
        file.write_text(file.read_text(encoding="utf-8").replace(f"basic: '{CARD}'", local), encoding="utf-8")


@pytest.mark.parametrize(
    ("origin", "handler", "own", "its"), [(QIANJIANG, ENSHI, CHONGQING, HUBEI), (ENSHI, QIANJIANG, HUBEI, CHONGQING)]
)
@pytest.mark.parametrize("written", ["own", "its"])
async def test_a_case_carries_the_handlers_code_and_keeps_the_origins_both_ways(
    tmp_path: Path, origin: str, handler: str, own: str, its: str, written: str
) -> None:
    async with regions(tmp_path, ENSHI, QIANJIANG) as both:
        mapped(tmp_path)
        for region in both.all.values():
            await both.reopen(region)
        here, there = both[origin], both[handler]
        await there.publish(a_definition(basic_code=its, division=handler, materials=(), item_type=its[2:4]))
        await here.publish(a_definition(basic_code=own, division=origin, materials=(), item_type=own[2:4], visits=1))
        await both.ask_for_items()
        case = here.a_case(to=handler)
        task = f"11422800MB0T00015R3{own}"
        item = replace(
            case.item, basic_code=own if written == "own" else its, task_code=task if written == "own" else ""
        )

        answer = await submitted(here, replace(case, item=item))
        await both.settle_down()
        seen, kept = await there.view(answer.case_id), await here.view(answer.case_id)

    assert seen.case.item.basic_code == its
    assert seen.case.item.local_catalog_code == own
    assert seen.case.item.task_code == ""
    assert seen.case.item.local_task_code == (task if written == "own" else "")
    assert seen.row.basic_code == its
    assert seen.row.item_version == 1, "the handler found its own item"
    assert seen.row.standing.state is State.AWAITING_SIGN_OFF
    assert kept.case.item == seen.case.item
    assert [one.dimension for one in answer.warnings] == [Dimension.PROCESS], "each side is compared by its own code"


async def test_a_mapping_that_only_one_side_writes_is_refused_by_the_other(tmp_path: Path) -> None:
    async with regions(tmp_path, ENSHI, QIANJIANG) as both:
        (file,) = (tmp_path / QIANJIANG / "partners").glob("422800-*.yaml")
        local = f"local: {{ours: '{CHONGQING}', theirs: '{HUBEI}'}}"
        file.write_text(file.read_text(encoding="utf-8").replace(f"basic: '{CARD}'", local), encoding="utf-8")
        await both.reopen(both[QIANJIANG])
        here = both[QIANJIANG]
        case = here.a_case(to=ENSHI)
        number = await here.submit(replace(case, item=replace(case.item, basic_code=CHONGQING)))
        await both.settle_down()

        assert await here.state(number) is State.REFUSED_BY_PARTNER


async def test_an_original_is_seen_only_with_the_power_to_verify_it(tmp_path: Path) -> None:
    item = {
        "name": "社会保障卡",
        "basic": CARD,
        "modes": ["entrusted"],
        "directions": ["outward", "inward"],
        "powers": ["deliver_result"],
    }
    async with regions(tmp_path, ENSHI, QIANJIANG, items=[item]) as both:
        here = both[QIANJIANG]
        await here.upload(PHOTO)
        seen = a_material(form=a_file(PHOTO), original_seen=True)

        error = await refused(here, here.a_case(to=ENSHI, materials=(seen,)))
        sent = await submitted(here, here.a_case(to=ENSHI, materials=(replace(seen, original_seen=False),)))

    assert error.reason is Reason.REQUIREMENTS_NOT_MET
    assert [one.path for one in error.findings] == ["materials[0].original_seen"]
    assert sent.warnings == ()


async def test_the_handler_refuses_an_original_seen_without_its_grant(tmp_path: Path) -> None:
    async with regions(tmp_path, ENSHI, QIANJIANG) as both:
        (file,) = (tmp_path / ENSHI / "partners").glob("500114-*.yaml")
        file.write_text(file.read_text(encoding="utf-8").replace("- verify_originals\n", ""), encoding="utf-8")
        await both.reopen(both[ENSHI])
        here = both[QIANJIANG]
        await here.upload(PHOTO)
        case = here.a_case(to=ENSHI, materials=(a_material(form=a_file(PHOTO), original_seen=True),))
        number = await here.submit(case)
        await both.settle_down()
        view = await here.view(number)

    assert view.row.standing.state is State.REFUSED_BY_PARTNER
    assert Power.VERIFY_ORIGINALS in view.row.powers, "the origin's file grants it, the handler's does not"


async def test_an_item_agreed_to_go_elsewhere_is_refused_with_where_to_go(tmp_path: Path) -> None:
    rows = [{"item": "失业登记", "to": "国家社会保险公共服务平台"}]
    async with regions(tmp_path, ENSHI, QIANJIANG, redirects=rows) as both:
        here = both[QIANJIANG]
        case = here.a_case(to=ENSHI)
        error = await refused(here, replace(case, item=replace(case.item, basic_code="000120012000", name="失业 登记")))

    assert error.reason is Reason.REDIRECTED
    assert "国家社会保险公共服务平台" in error.cause.zh
    assert "示例通办协" in error.cause.zh


def in_files(folder: Path, *sides: ItemDefinition) -> list[str]:
    """Write each definition into a JSON table of its own."""
    paths = []
    for number, definition in enumerate(sides):
        path = folder / f"side{number}.json"
        content: Mapping[str, Any] = msgspec.to_builtins(definition)
        path.write_text(json.dumps({"definitions": [content]}, ensure_ascii=False), encoding="utf-8")
        paths.append(str(path))
    return paths


def test_two_tables_are_compared_without_a_gateway(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = in_files(tmp_path, qianjiang(), enshi(visits=1, promised_limit=TimeLimit(15)))

    assert run(["items", "compare", "--files", *files, "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["score"] == 92
    assert run(["items", "compare", "--files", *files, "--lang", "zh"]) == 0
    shown = capsys.readouterr().out
    for words in ("到现场次数", "我方", "对方", "严重", "一地不用跑, 另一地要到现场", "15 个工作日"):
        assert words in shown


async def test_the_command_asks_the_running_gateway(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    async with regions(tmp_path, ENSHI, QIANJIANG) as both:
        here, _ = await published(both, qianjiang(), enshi(visits=1))
        runner = web.AppRunner(operator_app(here.gateway, Systems.of((), load_divisions()), Metrics()))
        await runner.setup()
        await web.UnixSite(runner, str(here.settings.control_socket)).start()

        async def compare(*arguments: str) -> int:
            command = ["items", "compare", *arguments, "--lang", "zh", "--home", str(here.settings.home)]
            with structlog.testing.capture_logs():
                return await asyncio.to_thread(run, command)

        assert await compare(ENSHI) == 0
        summary = capsys.readouterr().out
        assert await compare("422801", CARD) == 0
        detail = capsys.readouterr().out
        assert await compare(ENSHI, "--all", "--json") == 0
        report = json.loads(capsys.readouterr().out)
        assert await compare("110000") == 1
        assert await compare() == 2
        await runner.cleanup()

    assert "一致度 94" in summary
    assert "到现场次数" in detail
    assert report["score"] == 94
