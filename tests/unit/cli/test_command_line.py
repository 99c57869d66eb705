"""How commands speak and end, whatever happens."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from gateway.case.texts import Lang
from gateway.cli.speech import language
from gateway.cli.tree import run

ROOT = Path(__file__).parents[3]
HEAVY = {"aiohttp", "apsw", "cryptography", "google", "grpc", "prometheus_client", "rich", "structlog"}


@pytest.mark.parametrize(
    ("environ", "lang"),
    [
        ({}, Lang.ZH),
        ({"LANG": "C.UTF-8"}, Lang.ZH),
        ({"LANG": "zh_CN.UTF-8"}, Lang.ZH),
        ({"LANG": "en_US.UTF-8"}, Lang.EN),
        ({"LANG": "en_US.UTF-8", "LC_ALL": "zh_CN.UTF-8"}, Lang.ZH),
        ({"LANG": "en_GB.UTF-8", "LC_ALL": ""}, Lang.EN),
    ],
)
def test_the_language_is_chinese_unless_the_locale_is_english(environ: dict[str, str], lang: Lang) -> None:
    assert language(environ) is lang


def test_help_is_quick_because_nothing_heavy_is_imported() -> None:
    code = "import sys; from gateway.cli.tree import run; run(['--help']); print(*sys.modules, file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert "init" in done.stdout
    assert not HEAVY & set(done.stderr.split())


@pytest.mark.parametrize("arguments", [["bogus"], ["init"], ["init", "x", "--region"], ["cases", "submit", "/no/such"]])
def test_wrong_usage_ends_with_two_and_names_the_help(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--lang", "zh", *arguments]) == 2
    said = capsys.readouterr()
    assert "用法不对" in said.err
    assert "--help" in said.err
    assert said.out == ""


def test_no_command_prints_the_help_and_ends_with_two(capsys: pytest.CaptureFixture[str]) -> None:
    assert run([]) == 2
    assert "partners" in capsys.readouterr().err


def test_missing_settings_are_a_finding_in_the_chosen_language(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["--lang", "en", "check", "--home", str(tmp_path)]) == 1
    assert "the file cannot be opened" in capsys.readouterr().out
    assert run(["check", "--lang", "zh", "--home", str(tmp_path)]) == 1
    assert "文件打不开" in capsys.readouterr().out


def test_findings_as_json_have_both_languages(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "gateway.yaml").write_text("region: x\n", encoding="utf-8")
    assert run(["check", "--home", str(tmp_path), "--json"]) == 1
    document = json.loads(capsys.readouterr().out)
    assert document["ok"] is False
    assert document["findings"][0]["line"] == 1
    assert set(document["findings"][0]["problem"]) == {"zh", "en"}


def test_a_gateway_that_is_not_running_ends_with_three(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    home = str(tmp_path / "home")
    assert run(["init", home, "--region", "422800", "--yes"]) == 0
    capsys.readouterr()
    assert run(["--lang", "zh", "cases", "list", "--home", home]) == 3
    said = capsys.readouterr()
    assert "网关没有运行" in said.err
    assert "tongban serve" in said.err
    assert run(["cases", "list", "--home", home, "--json"]) == 3
    assert json.loads(capsys.readouterr().out)["error"]["reason"] == "CONSOLE_OFF"


def test_an_expected_error_is_cause_and_next_step_without_a_traceback(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    home = tmp_path / "home"
    assert run(["init", str(home), "--region", "422800", "--yes"]) == 0
    capsys.readouterr()
    next((home / "keys").glob("seal-*")).unlink()
    assert run(["--lang", "en", "keys", "list", "--home", str(home)]) == 1
    said = capsys.readouterr().err
    assert "KEY_FILE_MISSING" in said
    assert "tongban keys new --use seal" in said
    assert "Traceback" not in said


def test_a_number_that_is_none_is_told_before_anybody_is_asked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    home = str(tmp_path / "home")
    assert run(["init", home, "--region", "422800", "--yes"]) == 0
    capsys.readouterr()
    assert run(["cases", "show", "TB42", "--home", home, "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["error"]["reason"] == "BAD_REQUEST"


def test_init_asks_before_it_writes(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "gateway", "init", str(tmp_path / "home"), "--region", "422800"],
        cwd=ROOT,
        input="n\n",
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 130
    assert not (tmp_path / "home").exists()
