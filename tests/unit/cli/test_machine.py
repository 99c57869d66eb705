"""`tongban check` says what the machine lacks."""

import resource
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import apsw
import pytest

from gateway.cli.homes import Plan, make_home
from gateway.cli.machine import disk_kind, examine_machine
from gateway.files.findings import Severity
from gateway.settings import Address, Settings, load_divisions, load_settings
from gateway.store.migrating import migrate

NOW = datetime(2026, 11, 20, 8, 30, tzinfo=UTC)
ANY = Address("127.0.0.1", 0)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    plan = Plan(region="422800", peering=ANY, local=ANY, endpoints=(Address("127.0.0.1", 8443),))
    home = make_home(tmp_path / "enshi", plan, now=NOW, divisions=load_divisions(), secret=bytes)
    loaded, findings = load_settings(home.settings_file)
    assert loaded is not None, findings
    return loaded


@pytest.fixture
def few_files() -> Iterator[None]:
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (512, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, before)


def mounts(folder: Path, *lines: str) -> Path:
    file = folder / "mountinfo"
    file.write_text("\n".join(("22 1 254:0 / / rw shared:1 - ext4 /dev/vda rw", *lines, "")), encoding="utf-8")
    return file


def test_a_sound_machine_has_nothing_to_mend(settings: Settings) -> None:
    assert list(examine_machine(settings, NOW)) == []


def test_a_clock_that_was_never_set_stops_a_start(settings: Settings) -> None:
    (found,) = examine_machine(settings, datetime(1970, 1, 1, 0, 5, tzinfo=UTC))

    assert "1970-01-01" in found.problem.zh
    assert "set-ntp" in found.fix.zh
    assert found.is_error


def test_a_network_disk_stops_a_start(settings: Settings, tmp_path: Path) -> None:
    listed = mounts(tmp_path, f"40 22 0:40 / {tmp_path} rw - nfs4 filer:/export rw")

    (found,) = examine_machine(settings, NOW, listed)

    assert found.key == "data"
    assert "nfs4" in found.problem.en


def test_the_nearest_mount_tells_the_kind_of_disk(tmp_path: Path) -> None:
    local = tmp_path / "a b" / "local"
    local.mkdir(parents=True)
    listed = mounts(
        tmp_path,
        f"40 22 0:40 / {tmp_path} rw - nfs4 filer:/export rw",
        f"41 40 0:41 / {str(local).replace(' ', chr(92) + '040')} rw shared:7 master:1 - xfs /dev/vdb rw",
    )

    assert disk_kind(local / "not yet" / "there", listed) == "xfs"
    assert disk_kind(tmp_path / "a b", listed) == "nfs4"
    assert disk_kind(Path("/"), listed) == "ext4"
    assert disk_kind(local, tmp_path / "no such list") == ""


def test_too_few_open_files_are_warned_about(settings: Settings, few_files: None) -> None:
    (found,) = examine_machine(settings, NOW)

    assert found.severity is Severity.WARNING
    assert "512" in found.problem.zh
    assert "LimitNOFILE" in found.fix.en


def test_a_store_of_a_newer_program_stops_a_start(settings: Settings) -> None:
    migrate(settings.store_file, now=NOW)
    assert list(examine_machine(settings, NOW)) == []
    connection = apsw.Connection(str(settings.store_file))
    connection.execute("INSERT INTO migrations VALUES ('9999_pre_of_tomorrow.sql', 'x', 0)")
    connection.close()

    (found,) = examine_machine(settings, NOW)

    assert "9999_pre_of_tomorrow.sql" in found.problem.zh
    assert found.is_error
