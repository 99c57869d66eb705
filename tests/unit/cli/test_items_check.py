"""`tongban items check`: no gateway, every finding, and exit codes a script can rely on."""

import json
from pathlib import Path

import pytest

from gateway.cli.tree import run
from tests.catalogue.item_tables import ITEM, MATERIAL, STEP, put, table, workbook

SHIPPED = Path(__file__).parents[3] / "items"
Captured = pytest.CaptureFixture[str]


def test_the_shipped_items_pass_and_are_counted(capsys: Captured):
    assert run(["items", "check", str(SHIPPED), "--lang", "zh"]) == 0
    assert "130 个事项, 其中 34 个有完整定义" in capsys.readouterr().out
    assert run(["items", "check", str(SHIPPED), "--lang", "en"]) == 0
    assert "130 items, 34 of them fully defined" in capsys.readouterr().out


def test_errors_are_printed_with_their_place_and_end_with_one(tmp_path: Path, capsys: Captured):
    path = workbook(tmp_path / "清单.xlsx", 事项=table(ITEM, 办件类型="即办件"), 材料=table(MATERIAL), 环节=table(STEP))
    assert run(["items", "check", str(path), "--lang", "zh"]) == 1
    said = capsys.readouterr().out
    assert "清单.xlsx:2: 事项!N 办件类型: 办件类型是即办件, 承诺时限却是5 个工作日" in said
    assert "怎么改: " in said
    assert run(["items", "check", str(path), "--lang", "en"]) == 1
    assert "it is decided at once (即办件), yet the promised limit is 5 working days" in capsys.readouterr().out


def test_findings_are_one_document_in_json_and_warnings_refuse_nothing(tmp_path: Path, capsys: Captured):
    folder = put(tmp_path, 事项=table(ITEM, 服务对象=""), 环节=table(STEP))
    assert run(["items", "check", str(folder), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["ok"]
    assert [(one["line"], one["severity"]) for one in found["findings"]] == [(2, "warning")]
    assert set(found["findings"][0]["problem"]) == {"zh", "en"}


def test_place_and_day_may_be_given_on_the_command_line(tmp_path: Path, capsys: Captured):
    row = {name: cell for name, cell in ITEM.items() if name not in ("区划", "实施日期")}
    folder = str(put(tmp_path, 事项=table(row), 环节=table(STEP)))
    assert run(["items", "check", folder, "--lang", "zh"]) == 1
    assert "--division 422800" in capsys.readouterr().out
    assert run(["items", "check", folder, "--division", "422800", "--valid-from", "2026-01-01"]) == 0
    assert run(["items", "check", folder, "--division", "500105", "--valid-from", "2026-01-01", "--lang", "zh"]) == 1
    assert "已撤销" in capsys.readouterr().out


def test_a_file_that_is_not_there_is_wrong_usage(tmp_path: Path):
    assert run(["items", "check", str(tmp_path / "nichts.csv")]) == 2
