"""`tongban items` against a gateway that runs: real store, real door, over its control socket."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import structlog.testing
from aiohttp import web

from gateway.app.local_door import operator_app
from gateway.cli.tree import run
from gateway.local.systems import Systems
from gateway.local.systems_check import check_systems
from gateway.settings import load_divisions
from gateway.telemetry import Metrics
from tests.catalogue.item_tables import BASIC, ITEM, MATERIAL, STEP, put, table
from tests.flows.regions import regions

ENSHI = "422800"
SHIPPED = Path(__file__).parents[2] / "items"
CARD = "000120011000"
Captured = pytest.CaptureFixture[str]


@dataclass
class Running:
    """Enshi's gateway behind its control socket."""

    home: Path
    folder: Path

    async def items(self, *arguments: str) -> int:
        """Run `tongban items …` as an operator would; the command has an event loop of its own."""
        return await asyncio.to_thread(run, ["items", *arguments, "--home", str(self.home)])

    def tables(self, **changed: str | None) -> str:
        """Write one item, with some cells changed or, with None, left out."""
        row = {name: cell for name, cell in {**ITEM, **changed}.items() if cell is not None}
        return str(put(self.folder, 事项=table(row), 材料=table(MATERIAL), 环节=table(STEP)))


@pytest.fixture
async def running(tmp_path: Path) -> AsyncIterator[Running]:
    async with regions(tmp_path, ENSHI, "500114") as both:
        region = both[ENSHI]
        systems = Systems.of(check_systems(region.settings.systems, load_divisions()).systems, load_divisions())
        runner = web.AppRunner(operator_app(region.gateway, systems, Metrics()))
        await runner.setup()
        await web.UnixSite(runner, str(region.settings.control_socket)).start()
        with structlog.testing.capture_logs():
            yield Running(region.settings.home, tmp_path / "tables")
        await runner.cleanup()


async def test_the_shipped_items_are_imported_listed_and_shown(running: Running, capsys: Captured):
    assert await running.items("import", str(SHIPPED), "--json") == 0
    first = json.loads(capsys.readouterr().out)
    assert first == {"catalogue_version": 1, "added": 130, "unchanged": 0, "new_versions": 0}
    assert await running.items("import", str(SHIPPED), "--json") == 0
    again = json.loads(capsys.readouterr().out)
    assert again == {"catalogue_version": 1, "added": 0, "unchanged": 130, "new_versions": 0}

    assert await running.items("list", "--full", "--json") == 0
    assert len(json.loads(capsys.readouterr().out)["items"]) == 34
    assert await running.items("list", "--lang", "zh") == 0
    listed = capsys.readouterr().out.splitlines()
    assert len(listed) == 131
    assert any(CARD in line and "5 个工作日" in line for line in listed)

    assert await running.items("show", CARD, "--lang", "zh") == 0
    shown = capsys.readouterr().out
    for part in (
        "【示例】",
        "必要, 纸质或电子, 原件 1 份",
        "一寸免冠照片",
        "换领原因",
        "制证 (2 个工作日)",
        "工作日 8:30",
    ):
        assert part in shown
    assert await running.items("show", CARD, "--lang", "en") == 0
    assert "promised limit: 5 working days" in capsys.readouterr().out


async def test_a_version_is_never_overwritten_and_the_row_is_named(running: Running, capsys: Captured):
    assert await running.items("import", running.tables(), "--lang", "zh") == 0
    assert "新增 1 个" in capsys.readouterr().out
    assert await running.items("import", running.tables(事项名称="改名许可"), "--lang", "zh") == 1
    refused = capsys.readouterr().out
    assert "事项.csv:2: 事项!D 版本" in refused
    assert "内容不同" in refused
    assert "第 2 版" in refused
    assert await running.items("import", running.tables(事项名称="改名许可", 版本="3"), "--json") == 0
    assert json.loads(capsys.readouterr().out)["new_versions"] == 1
    assert await running.items("import", running.tables(事项名称="再改名", 版本="2"), "--lang", "zh") == 1
    assert "早于已有的第 3 版" in capsys.readouterr().out


async def test_without_a_version_the_next_is_given_where_the_content_is_new(running: Running, capsys: Captured):
    for name, expected in (("甲", (1, 0, 0)), ("甲", (0, 1, 0)), ("乙", (0, 0, 1)), ("乙", (0, 1, 0))):
        assert await running.items("import", running.tables(版本=None, 事项名称=name), "--json") == 0
        done = json.loads(capsys.readouterr().out)
        assert (done["added"], done["unchanged"], done["new_versions"]) == expected
    assert await running.items("show", BASIC, "--json") == 0
    shown = json.loads(capsys.readouterr().out)["definition"]
    assert (shown["name"], shown["version"]) == ("乙", 2)


async def test_items_of_another_region_and_tables_with_errors_are_not_imported(running: Running, capsys: Captured):
    assert await running.items("import", running.tables(区划="500114"), "--lang", "zh") == 1
    assert "事项.csv:2: 事项!C 区划" in capsys.readouterr().out
    assert await running.items("import", running.tables(行使层级="?"), "--json") == 1
    found = json.loads(capsys.readouterr().out)
    assert not found["ok"]
    assert [one["line"] for one in found["findings"]] == [2]
    assert await running.items("list", "--lang", "zh") == 0
    assert "没有事项" in capsys.readouterr().out


async def test_what_is_not_in_the_list_is_said_to_be_so(running: Running, capsys: Captured):
    await running.items("import", running.tables())
    capsys.readouterr()
    assert await running.items("show", "000117052000", "--lang", "zh") == 1
    assert "清单" in capsys.readouterr().err


async def test_a_gateway_that_does_not_run_is_told_as_such(tmp_path: Path, running: Running, capsys: Captured):
    (running.home / "gateway.yaml").exists()
    silent = Running(running.home, tmp_path / "t")
    path = next(running.home.rglob("*.sock"))
    path.unlink()
    assert await silent.items("import", silent.tables(), "--lang", "zh") == 3
    assert "没有进程在应答" in capsys.readouterr().err
