"""`gateway.yaml`: what is taken, what is refused, and where the finger points."""

from datetime import timedelta
from pathlib import Path

import pytest

from gateway.files.findings import Findings
from gateway.settings import Address, Settings, load_divisions, load_settings
from gateway.settings.schema import LogFormat, LogLevel

SHORTEST = """\
region: 422800
name: 恩施土家族苗族自治州
short_name: 恩施州
peering:
  listen: 127.0.0.1:8443
  endpoints:
    - address: gateway.example.gov.cn:8443
local:
  listen: 127.0.0.1:8080
"""


def loaded(folder: Path, text: str) -> tuple[Settings | None, Findings]:
    file = folder / "gateway.yaml"
    file.write_text(text, encoding="utf-8")
    return load_settings(file)


def good(folder: Path, text: str) -> Settings:
    settings, findings = loaded(folder, text)
    assert settings is not None, findings
    return settings


def places(findings: Findings) -> list[tuple[int, str]]:
    return [(finding.line, finding.key) for finding in findings if finding.is_error]


def test_the_shortest_file_gets_every_default(tmp_path: Path) -> None:
    settings = good(tmp_path, SHORTEST)
    assert settings.region == "422800"
    assert settings.home == tmp_path
    assert settings.store_file == tmp_path / "data/store.sqlite3"
    assert settings.control_socket == tmp_path / "data/control.sock"
    assert settings.vault == tmp_path / "keys/vault.json"
    assert settings.tls.authority == tmp_path / "keys/tls/authority.crt"
    assert settings.peering.listen == Address("127.0.0.1", 8443)
    assert settings.local.tls is None
    assert not settings.local.plain_http
    assert (settings.log.level, settings.log.format) == (LogLevel.INFO, LogFormat.JSON)
    assert settings.limits.envelope_life == timedelta(days=7)
    assert settings.limits.largest_material == 2 * 1024**3
    assert settings.limits.concurrent_flights == 16
    assert settings.limits.sweep_interval == timedelta(seconds=15)


def test_an_absolute_path_stays_where_it_is(tmp_path: Path) -> None:
    settings = good(tmp_path, SHORTEST + "data: /srv/tongban\nkeys: ../secret\n")
    assert settings.data == Path("/srv/tongban")
    assert settings.keys == tmp_path / "../secret"


def test_all_mistakes_are_found_at_once_each_at_its_line(tmp_path: Path) -> None:
    settings, findings = loaded(
        tmp_path,
        "region: 42280\n"
        "name: 恩施州\n"
        "short_nam: 恩施\n"
        "peering:\n"
        "  listen: https://a:8443\n"
        "local:\n"
        "  listen: 127.0.0.1:70000\n"
        "log:\n"
        "  level: loud\n"
        "limits:\n"
        "  sweep_interval: 15\n"
        "  concurrent_flights: 0\n",
    )
    assert settings is None
    assert places(findings) == [
        (1, "region"),
        (3, "short_nam"),
        (5, "peering.listen"),
        (7, "local.listen"),
        (9, "log.level"),
        (11, "limits.sweep_interval"),
        (12, "limits.concurrent_flights"),
    ]
    assert "short_name" in findings[1].fix.en


@pytest.mark.parametrize(("code", "said"), [("422899", "does not exist"), ("422823", ""), ("500112", "abolished")])
def test_the_region_must_be_a_division_in_force(tmp_path: Path, code: str, said: str) -> None:
    settings, findings = loaded(tmp_path, SHORTEST.replace("422800", code))
    if said:
        assert places(findings) == [(1, "region")]
        assert said in findings[0].problem.en
    else:
        assert settings is not None


def test_the_local_door_needs_a_certificate_off_loopback(tmp_path: Path) -> None:
    _, findings = loaded(tmp_path, SHORTEST.replace("127.0.0.1:8080", "10.20.0.8:8080"))
    assert places(findings) == [(9, "local.listen")]


@pytest.mark.parametrize("address", ["127.0.0.1:8080", "localhost:8080", '"[::1]:8080"', "127.9.9.9:8080"])
def test_the_local_door_needs_no_certificate_on_loopback(tmp_path: Path, address: str) -> None:
    assert good(tmp_path, SHORTEST.replace("127.0.0.1:8080", address)).local.listen.is_loopback


def test_plain_http_off_loopback_is_possible_only_when_written(tmp_path: Path) -> None:
    text = SHORTEST.replace("127.0.0.1:8080", "0.0.0.0:8080")
    assert places(loaded(tmp_path, text)[1]) == [(9, "local.listen")]
    assert good(tmp_path, text + "  plain_http: true\n").local.plain_http


def test_plain_http_beside_a_certificate_is_a_contradiction(tmp_path: Path) -> None:
    text = SHORTEST + "  tls: {certificate: a.crt, private_key: a.key}\n  plain_http: true\n"
    assert places(loaded(tmp_path, text)[1]) == [(11, "local.plain_http")]


def test_the_two_doors_cannot_share_an_address(tmp_path: Path) -> None:
    assert places(loaded(tmp_path, SHORTEST.replace("8080", "8443"))[1]) == [(9, "local.listen")]
    assert good(tmp_path, SHORTEST.replace("127.0.0.1:8080", "127.0.0.1:0").replace("127.0.0.1:8443", "127.0.0.1:0"))


@pytest.mark.parametrize("address", ["0.0.0.0:8443", '"[::]:8443"', "gateway.example.gov.cn:0", "300.1.1.1:8443", "a"])
def test_an_endpoint_is_something_partners_can_dial(tmp_path: Path, address: str) -> None:
    _, findings = loaded(tmp_path, SHORTEST.replace("gateway.example.gov.cn:8443", address))
    assert places(findings) == [(7, "peering.endpoints[0].address")]


def test_an_endpoint_listed_twice_is_found(tmp_path: Path) -> None:
    twice = "    - address: gateway.example.gov.cn:8443\n"
    _, findings = loaded(tmp_path, SHORTEST.replace(twice, twice * 2))
    assert places(findings) == [(8, "peering.endpoints[1].address")]


def test_a_gateway_without_endpoints_is_warned_and_runs(tmp_path: Path) -> None:
    text = SHORTEST.replace("  endpoints:\n    - address: gateway.example.gov.cn:8443\n", "")
    settings, findings = loaded(tmp_path, text)
    assert settings is not None
    assert [(finding.key, finding.is_error) for finding in findings] == [("peering.endpoints", False)]


def test_two_folders_cannot_be_one(tmp_path: Path) -> None:
    _, findings = loaded(tmp_path, SHORTEST + "partners: files\nsystems: ./files\n")
    assert places(findings) == [(11, "systems")]
    _, findings = loaded(tmp_path, SHORTEST + "data: keys\n")
    assert places(findings) == [(10, "data")]


def test_a_folder_too_deep_for_a_socket_is_found_before_the_start(tmp_path: Path) -> None:
    _, findings = loaded(tmp_path, SHORTEST + f"data: {'d' * 110}\n")
    assert places(findings) == [(10, "data")]
    assert "107" in findings[0].fix.en


def test_full_width_digits_are_named_as_such(tmp_path: Path) -> None:
    _, findings = loaded(tmp_path, SHORTEST.replace("127.0.0.1:8443", "127.0.0.1:8443".replace("8", "８")))
    assert places(findings) == [(5, "peering.listen")]
    assert "127.0.0.1:8443" in findings[0].fix.zh


def test_a_missing_file_is_a_finding(tmp_path: Path) -> None:
    settings, findings = load_settings(tmp_path / "gateway.yaml")
    assert settings is None
    assert [finding.line for finding in findings] == [0]


def test_the_packaged_divisions_are_read_once() -> None:
    assert load_divisions() is load_divisions()
    assert load_divisions().named("422802") == "湖北省恩施土家族苗族自治州利川市"


@pytest.mark.parametrize("text", ["127.0.0.1:8443", "[::1]:8443", "gateway.example.gov.cn:443"])
def test_an_address_is_shown_as_it_is_written(text: str) -> None:
    from gateway.settings.addresses import parse_address

    assert str(parse_address(text)) == text
