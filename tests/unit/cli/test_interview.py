"""`tongban init` asks which region is meant, by code or by name."""

import subprocess
import sys
from pathlib import Path

import pytest

from gateway.cli.interview import regions_like
from gateway.settings import load_divisions, load_settings


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ("422800", "422800"),
        ("恩施土家族苗族自治州", "422800"),
        ("利川", "422802"),
        ("黔江", "500114"),
        ("湘西", "433100"),
    ],
)
def test_one_region_is_meant(asked: str, code: str) -> None:
    assert [one.code6 for one in regions_like(load_divisions(), asked)] == [code]


def test_a_name_that_several_have_lists_them_all() -> None:
    codes = [one.code6 for one in regions_like(load_divisions(), "恩施")]

    assert {"422800", "422801"} == set(codes)


@pytest.mark.parametrize("asked", ["", "纽约", "42", "42280", "420000"])
def test_what_is_no_prefecture_or_county_is_not_found(asked: str) -> None:
    assert regions_like(load_divisions(), asked) == []


def answers(tmp_path: Path, *lines: str) -> tuple[subprocess.CompletedProcess[str], Path]:
    home = tmp_path / "home"
    done = subprocess.run(
        [sys.executable, "-m", "gateway", "--lang", "zh", "init", str(home)],
        input="".join(f"{line}\n" for line in lines),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return done, home


def test_four_answers_make_a_gateway(tmp_path: Path) -> None:
    done, home = answers(tmp_path, "恩施", "422800", "gw.enshi.example:8443", "y", "n")

    assert done.returncode == 0, done.stderr
    assert "有 2 个地区相符" in done.stderr
    settings, findings = load_settings(home / "gateway.yaml")
    assert settings is not None, findings
    assert settings.region == "422800"
    assert [str(one.address) for one in settings.peering.endpoints] == ["gw.enshi.example:8443"]


def test_a_wrong_address_is_asked_for_again_and_none_means_dialling_out(tmp_path: Path) -> None:
    done, home = answers(tmp_path, "黔江", "http://wrong/", "", "y", "n")

    assert done.returncode == 0, done.stderr
    settings, _ = load_settings(home / "gateway.yaml")
    assert settings is not None
    assert settings.peering.endpoints == ()


def test_an_end_of_answers_leaves_nothing_behind(tmp_path: Path) -> None:
    done, home = answers(tmp_path, "黔江")

    assert done.returncode == 130
    assert not home.exists()
    assert list(tmp_path.iterdir()) == []


def test_a_script_must_name_the_region(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "gateway", "init", str(tmp_path / "home"), "--yes"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert done.returncode == 2
    assert "--region" in done.stderr
