"""`tongban cases` knows joint cases, and tells progress as it may be told on the telephone."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import structlog
from aiohttp import web

from gateway.app.local_door import operator_app
from gateway.case import events as ev
from gateway.case.kinds import Decision
from gateway.cli.tree import run
from gateway.local.systems import Systems
from gateway.settings import load_divisions
from gateway.telemetry import Metrics
from tests.build import a_case_number
from tests.flows.joint_build import ENSHI, JOINT_ITEM, QIANJIANG, XIANGXI, Whole
from tests.flows.regions import Regions, regions

Captured = pytest.CaptureFixture[str]


@dataclass
class Running:
    """A joint case, one part of it denied, behind the control socket of its origin."""

    all_of: Regions
    number: str
    child: str

    async def command(self, *arguments: str) -> int:
        """Run `tongban cases …` as an operator would."""
        home = str(self.all_of[ENSHI].settings.home)
        return await asyncio.to_thread(run, ["cases", *arguments, "--home", home])


@pytest.fixture
async def running(tmp_path: Path) -> AsyncIterator[Running]:
    async with regions(tmp_path, ENSHI, QIANJIANG, XIANGXI, items=[JOINT_ITEM]) as all_of:
        whole = Whole(all_of[ENSHI])
        opened = await whole.submit(whole.part(QIANJIANG), whole.part(ENSHI), whole.part(XIANGXI))
        denied = opened.children[1].case_id
        await all_of.settle_down()
        await all_of[XIANGXI].act(denied, ev.Accepted())
        await all_of[XIANGXI].act(denied, ev.Decided(Decision.DENIED), reason="不符合条件")
        await all_of.settle_down()
        runner = web.AppRunner(operator_app(all_of[ENSHI].gateway, Systems.of((), load_divisions()), Metrics()))
        await runner.setup()
        await web.UnixSite(runner, str(all_of[ENSHI].settings.control_socket)).start()
        with structlog.testing.capture_logs():
            yield Running(all_of, opened.row.parent_id, denied)
        await runner.cleanup()


async def test_a_joint_case_is_shown_with_its_parts_and_what_must_not_be_overlooked(
    running: Running, capsys: Captured
) -> None:
    assert await running.command("show", running.number, "--lang", "zh") == 0
    shown = capsys.readouterr().out
    for said in ("联办件 TB42", "办理中", "#1", "#2", "#3", "由本地区办理", "把决定和理由送达申请人", "向**"):
        assert said in shown
    assert "向小满" not in shown
    assert await running.command("show", running.number, "--json") == 0
    assert json.loads(capsys.readouterr().out)["counts"] == {"awaiting_sign_off": 1, "denied": 1}


async def test_a_list_ends_with_the_joint_cases_and_where_each_part_stands(running: Running, capsys: Captured) -> None:
    assert await running.command("list", "--lang", "zh") == 0
    shown = capsys.readouterr().out
    assert "#1 待签收; #3 不予" in shown
    assert await running.command("list", "--state", "denied", "--lang", "zh") == 0
    assert "联办件" not in capsys.readouterr().out
    assert await running.command("list", "--json") == 0
    assert [one["case_id"] for one in json.loads(capsys.readouterr().out)["joint_cases"]] == [running.number]


@pytest.mark.parametrize("whole", [True, False])
async def test_progress_is_told_without_naming_anybody(running: Running, capsys: Captured, whole: bool) -> None:
    number = running.number if whole else running.child
    assert await running.command("progress", number.lower(), "--lang", "zh") == 0
    shown = capsys.readouterr().out
    assert "不予" in shown
    assert "下一步" in shown
    assert "向" not in shown
    assert "不符合条件" not in shown


async def test_a_number_that_is_neither_is_unknown(running: Running, capsys: Captured) -> None:
    assert await running.command("show", a_case_number(77), "--json") == 1
    assert json.loads(capsys.readouterr().out)["error"]["reason"] == "CASE_UNKNOWN"
    assert await running.command("progress", a_case_number(77), "--json") == 1
    assert json.loads(capsys.readouterr().out)["error"]["reason"] == "PROGRESS_UNKNOWN"
