"""`tongban check` finds everything that would stop a start."""

import socket
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from gateway.cli.homes import Plan, make_home
from gateway.cli.readiness import examine, is_running
from gateway.files.findings import Finding, Findings
from gateway.settings import Address, Settings, load_divisions, load_settings
from gateway.settings.calendars import check_calendars
from gateway.settings.settings import Endpoint

NOW = datetime(2026, 11, 20, 8, 30, tzinfo=UTC)
ANY = Address("127.0.0.1", 0)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    plan = Plan(region="422800", peering=ANY, local=ANY, endpoints=(Address("127.0.0.1", 8443),))
    home = make_home(tmp_path / "enshi", plan, now=NOW, divisions=load_divisions(), secret=bytes)
    loaded, findings = load_settings(home.settings_file)
    assert loaded is not None, findings
    publish(loaded, 2027, 2028)
    return loaded


def publish(settings: Settings, *years: int) -> None:
    """Write years into the national calendar, each with a holiday on its first Monday."""
    lines = [f"  {year}: {{holidays: [{year}-01-01..{year}-01-07]}}" for year in years]
    text = "\n".join(["name: 示例", "years:", *lines, ""])
    settings.calendars.joinpath("000000.yaml").write_text(text, encoding="utf-8")


def found(settings: Settings, now: datetime = NOW) -> Findings:
    return examine(settings, divisions=load_divisions(), now=now)


def only(findings: Findings) -> Finding:
    assert len(findings) == 1, findings
    return findings[0]


def test_a_new_home_can_start(settings: Settings) -> None:
    assert found(settings) == ()


@pytest.mark.parametrize(
    "file",
    [
        lambda own: next(own.keys.glob("seal-*")),
        lambda own: next(own.keys.glob("token-*")),
        lambda own: own.vault,
        lambda own: own.tls.private_key,
        lambda own: own.tls.certificate,
        lambda own: own.tls.authority,
    ],
)
def test_a_missing_file_is_told(settings: Settings, file: Callable[[Settings], Path]) -> None:
    file(settings).unlink()
    assert only(found(settings)).is_error


@pytest.mark.parametrize("name", ["seal", "vault", "private_key"])
def test_a_secret_others_can_read_is_told_with_the_command_that_mends_it(settings: Settings, name: str) -> None:
    files = {
        "seal": next(settings.keys.glob("seal-*")),
        "vault": settings.vault,
        "private_key": settings.tls.private_key,
    }
    files[name].chmod(0o644)
    finding = only(found(settings))
    assert finding.is_error
    assert f"chmod 600 {files[name]}" in finding.fix.en


def test_all_is_told_at_once(settings: Settings) -> None:
    settings.vault.unlink()
    settings.tls.authority.unlink()
    next(settings.keys.glob("token-*")).unlink()
    (settings.partners / "500114-黔江区.yaml").write_text("code: 1\n", encoding="utf-8")
    (settings.systems / "bad.yaml").write_text("name: Bad\n", encoding="utf-8")
    files = {Path(finding.file).name for finding in found(settings) if finding.is_error}
    assert {"vault.json", "authority.crt", "token-*.key.json", "500114-黔江区.yaml", "bad.yaml"} <= files


def test_the_certificate_must_be_of_this_region(settings: Settings) -> None:
    finding = only(found(replace(settings, region="500114")))
    assert "422800" in finding.problem.en


def test_an_endpoint_the_certificate_does_not_name_is_told(settings: Settings) -> None:
    elsewhere = (Endpoint(address=Address("gateway.example.gov.cn", 8443)),)
    finding = only(found(replace(settings, peering=replace(settings.peering, endpoints=elsewhere))))
    assert "gateway.example.gov.cn" in finding.problem.zh


def test_ends_are_warned_of_two_months_before_and_more_urgently_the_nearer_they_are(settings: Settings) -> None:
    assert found(settings, NOW + timedelta(days=300)) == ()
    early = found(settings, NOW + timedelta(days=310))
    assert len(early) == 2
    assert not any(finding.is_error for finding in early)
    assert all("tongban keys rotate --use" in finding.fix.en for finding in early)
    keys = [
        next(
            one.problem.en for one in found(settings, NOW + timedelta(days=365 - left)) if "seal key" in one.problem.en
        )
        for left in (14, 7, 1)
    ]
    assert [said.partition(":")[0] for said in keys] == ["urgent", "very urgent", "about to end"]
    late = found(settings, NOW + timedelta(days=400))
    assert all(finding.is_error for finding in late)


def test_from_november_on_the_next_year_is_missed_until_it_is_published(settings: Settings) -> None:
    assert found(settings) == ()
    settings.calendars.joinpath("000000.yaml").unlink()
    october = check_calendars(settings.calendars, load_divisions(), date(2026, 10, 31))
    assert october.findings == ()
    missed = only(found(settings))
    assert (missed.is_error, missed.key, missed.problem.zh) == (
        False,
        "years.2027",
        "2027 年日历未发布, 跨到该年的时限暂按周一至周五计算",
    )


def test_a_mistake_in_a_calendar_is_told_with_its_line(settings: Settings) -> None:
    file = settings.calendars / "422800.yaml"
    file.write_text("region: '422800'\nname: 示例\nannual:\n  - day: 02-30\n    name: x\n", encoding="utf-8")
    wrong = only(found(settings))
    assert (wrong.file, wrong.line, wrong.key) == ("calendars/422800.yaml", 4, "annual[0].day")


def test_a_port_somebody_uses_is_told(settings: Settings) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen(1)
        port = taken.getsockname()[1]
        busy = replace(settings, local=replace(settings.local, listen=Address("127.0.0.1", port)))
        finding = only(found(busy))
    assert finding.key == "local.listen"
    assert str(port) in finding.problem.en


def test_the_ports_of_a_running_gateway_are_its_own(settings: Settings) -> None:
    with socket.socket() as taken, socket.socket(socket.AF_UNIX) as control:
        taken.bind(("127.0.0.1", 0))
        taken.listen(1)
        control.bind(str(settings.control_socket))
        control.listen(1)
        assert is_running(settings.control_socket)
        address = Address("127.0.0.1", taken.getsockname()[1])
        assert found(replace(settings, local=replace(settings.local, listen=address))) == ()


def test_a_full_disk_is_told_before_the_start(settings: Settings) -> None:
    starving = replace(settings, limits=replace(settings.limits, least_free_disk=2**62))
    assert "limits.least_free_disk" in only(found(starving)).fix.en


def test_a_data_folder_that_is_a_file_is_told(settings: Settings) -> None:
    settings.data.rmdir()
    settings.data.write_text("")
    finding = only(found(settings))
    assert finding.file == str(settings.data)


def test_looking_leaves_nothing_behind(settings: Settings) -> None:
    found(settings)
    assert list(settings.data.iterdir()) == []
