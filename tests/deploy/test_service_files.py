"""What is shipped to run a gateway as a service says what the program does."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from gateway.cli.tree import root
from gateway.files.quantities import duration

ROOT = Path(__file__).parents[2]
UNIT = ROOT / "deploy/systemd/tongban.service"
CONTAINER = (ROOT / "deploy/container/Containerfile").read_text(encoding="utf-8")
INSTALL = (ROOT / "docs/install.md").read_text(encoding="utf-8")

HARDENED = {
    "NoNewPrivileges": "yes",
    "ProtectSystem": "strict",
    "ProtectHome": "yes",
    "PrivateTmp": "yes",
    "PrivateDevices": "yes",
    "CapabilityBoundingSet": "",
    "RestrictNamespaces": "yes",
    "MemoryDenyWriteExecute": "yes",
    "SystemCallArchitectures": "native",
    "UMask": "0077",
    "User": "tongban",
}


def unit() -> dict[str, str]:
    lines = UNIT.read_text(encoding="utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines if "=" in line and not line.startswith(("#", " ")))


def test_the_unit_takes_away_what_a_gateway_does_not_need() -> None:
    said = unit()

    assert {name: said.get(name) for name in HARDENED} == HARDENED


def test_the_unit_waits_longer_for_a_stop_than_the_gateway_does() -> None:
    settings = (ROOT / "docs/gateway-file.md").read_text(encoding="utf-8")
    default = re.search(r"### `limits.stop_within`.*?Default 默认: `(\w+)`", settings, flags=re.DOTALL)
    assert default

    assert int(unit()["TimeoutStopSec"]) > duration(default[1]).total_seconds()
    assert unit()["Type"] == "notify"


def test_the_commands_named_there_exist() -> None:
    names = set(root.list_commands(root.make_context("tongban", ["--help"], resilient_parsing=True)))
    said = re.findall(r"bin/tongban (\w+)", UNIT.read_text(encoding="utf-8"))
    said += re.findall(r'"tongban", "(\w+)"', CONTAINER) + re.findall(
        r'^CMD \["(\w+)"\]', CONTAINER, flags=re.MULTILINE
    )

    assert set(said) == {"check", "serve", "health"}
    assert set(said) <= names


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd is not installed here")
def test_systemd_finds_nothing_wrong_with_the_unit(tmp_path: Path) -> None:
    # The program is not installed where the unit looks for it; everything else stays.
    text = UNIT.read_text(encoding="utf-8").replace("/opt/tongban/bin/tongban", "/bin/true")
    file = tmp_path / UNIT.name
    file.write_text(text, encoding="utf-8")

    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(file)], capture_output=True, text=True, timeout=60, check=False
    )

    assert [line for line in done.stderr.splitlines() if UNIT.name in line] == []


def test_the_container_runs_as_nobody_in_particular_and_keeps_data_in_its_volume() -> None:
    lines = CONTAINER.splitlines()

    assert lines.index("USER tongban") < lines.index('ENTRYPOINT ["tongban"]')
    assert "VOLUME /var/lib/tongban" in lines
    assert "--require-hashes" in CONTAINER
    assert not re.search(r"(?i)password|secret|token", CONTAINER)
    for copied in re.findall(r"^COPY (?!--from)(.+) \S+$", CONTAINER, flags=re.MULTILINE):
        for name in copied.split():
            assert (ROOT / name).exists(), name


def test_the_page_about_installing_names_the_files_that_are_shipped() -> None:
    for name in ("deploy/systemd/tongban.service", "deploy/container/Containerfile", "deploy/logrotate/tongban"):
        assert name in INSTALL
        assert (ROOT / name).exists()
