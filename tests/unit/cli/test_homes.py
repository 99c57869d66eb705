"""The folder of a new gateway: complete, closed to others, never overwritten."""

import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509

from gateway.case.errors import GatewayError
from gateway.case.reasons import Reason
from gateway.cli.homes import Home, Plan, make_home
from gateway.local.systems_check import check_systems
from gateway.settings import Address, Settings, load_divisions, load_settings
from gateway.trust.keys import load_keys
from gateway.trust.suites import ED25519, KeyUse
from gateway.trust.tls import issued_by, load_certified, region_named_by
from gateway.trust.vault import load_vault

NOW = datetime(2026, 11, 20, 8, 30, tzinfo=UTC)
PLAN = Plan(region="422800", peering=Address("127.0.0.1", 8443), endpoints=(Address("127.0.0.1", 8443),))


def secret(count: int) -> bytes:
    return bytes(range(count))


def made(folder: Path, plan: Plan = PLAN) -> tuple[Home, Settings]:
    home = make_home(folder, plan, now=NOW, divisions=load_divisions(), secret=secret)
    settings, findings = load_settings(home.settings_file)
    assert settings is not None, findings
    return home, settings


def test_a_new_home_has_all_a_gateway_needs(tmp_path: Path) -> None:
    _, settings = made(tmp_path / "enshi")
    own = load_keys(settings.keys)
    for use in KeyUse:
        assert own.current(use, NOW).suite.name == "ES256"
    vault = load_vault(settings.vault, lambda: bytes(12))
    assert vault.open(vault.seal(b"x", b"here"), b"here") == b"x"
    leaf = load_certified(settings.tls.certificate, settings.tls.private_key).certificate
    roots = x509.load_pem_x509_certificates(settings.tls.authority.read_bytes())
    assert region_named_by(leaf) == "422800"
    assert issued_by(leaf, roots)
    assert leaf.not_valid_after_utc == NOW + timedelta(days=397)
    assert settings.name == "恩施土家族苗族自治州"
    for folder in (settings.data, settings.partners, settings.systems, settings.calendars):
        assert folder.is_dir()


def test_nobody_else_can_read_its_secrets(tmp_path: Path) -> None:
    _, settings = made(tmp_path / "enshi")
    assert stat.S_IMODE(settings.keys.stat().st_mode) == 0o700
    for file in settings.keys.rglob("*"):
        if file.is_file() and file.suffix != ".crt":
            assert stat.S_IMODE(file.stat().st_mode) == 0o600, file


def test_the_sample_system_is_registered_by_the_digest_of_its_key_only(tmp_path: Path) -> None:
    home, settings = made(tmp_path / "enshi")
    checked = check_systems(settings.systems, load_divisions())
    assert checked.is_clean, checked.findings
    (system,) = checked.systems
    assert system.keys == {home.system.sha256}
    assert system.can_call
    everything = b"".join(file.read_bytes() for file in home.folder.rglob("*") if file.is_file())
    assert home.system.api_key.encode() not in everything
    assert home.system.api_key not in repr(home)


def test_a_folder_with_content_is_refused_and_left_alone(tmp_path: Path) -> None:
    folder = tmp_path / "enshi"
    made(folder)
    before = {file: file.read_bytes() for file in folder.rglob("*") if file.is_file()}
    with pytest.raises(GatewayError) as caught:
        made(folder)
    assert caught.value.reason is Reason.CONFIGURATION
    assert {file: file.read_bytes() for file in folder.rglob("*") if file.is_file()} == before


def test_an_empty_folder_is_filled(tmp_path: Path) -> None:
    (tmp_path / "enshi").mkdir()
    made(tmp_path / "enshi")


@pytest.mark.parametrize(
    ("plan", "key"),
    [
        (Plan(region="422899"), "region"),
        (Plan(region="42"), "region"),
        (Plan(region="422800", short_name="一二三四五六七八九十一二三四五六七八九十一"), "short_name"),
        (Plan(region="422800", local=Address("127.0.0.1", 8443), peering=Address("127.0.0.1", 8443)), "local.listen"),
    ],
)
def test_a_plan_that_cannot_be_is_refused_and_leaves_nothing(tmp_path: Path, plan: Plan, key: str) -> None:
    with pytest.raises(GatewayError) as caught:
        made(tmp_path / "enshi", plan)
    assert [finding.path for finding in caught.value.findings] == [key]
    assert list(tmp_path.iterdir()) == []


def test_a_local_door_off_loopback_gets_a_certificate(tmp_path: Path) -> None:
    _, settings = made(tmp_path / "enshi", Plan(region="422800", local=Address("10.20.0.8", 8080)))
    assert settings.local.tls is not None
    leaf = load_certified(settings.local.tls.certificate, settings.local.tls.private_key).certificate
    names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert "10.20.0.8" in [str(address) for address in names.get_values_for_type(x509.IPAddress)]


def test_the_suite_can_be_chosen(tmp_path: Path) -> None:
    _, settings = made(tmp_path / "enshi", Plan(region="422800", suite=ED25519))
    assert {key.suite.name for key in load_keys(settings.keys).keys} == {"EdDSA"}


def test_names_with_quotes_survive(tmp_path: Path) -> None:
    name = '恩施 "州": #1 \\ {x}'
    assert made(tmp_path / "enshi", Plan(region="422800", name=name))[1].name == name
