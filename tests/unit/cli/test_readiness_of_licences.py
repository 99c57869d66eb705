"""`tongban check` looks at what a source of licences needs."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gateway.cli.homes import Plan, make_home
from gateway.cli.readiness import examine
from gateway.files.findings import Finding
from gateway.settings import Address, Settings, load_divisions, load_settings
from gateway.settings.licences import LicenceSettings, SourceKind
from tests.licence_platform import CARD_TYPE, a_record, an_identifier, sample_file, types_file

NOW = datetime(2026, 9, 20, 8, 30, tzinfo=UTC)
ANY = Address("127.0.0.1", 0)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    plan = Plan(region="422800", peering=ANY, local=ANY, endpoints=(Address("127.0.0.1", 8443),))
    home = make_home(tmp_path / "enshi", plan, now=NOW, divisions=load_divisions(), secret=bytes)
    loaded, findings = load_settings(home.settings_file)
    assert loaded is not None, findings
    return loaded


def found(settings: Settings, licences: LicenceSettings) -> list[Finding]:
    """What is found with this source that is not found without one."""
    examined = [
        examine(own, divisions=load_divisions(), now=NOW) for own in (settings, replace(settings, licences=licences))
    ]
    return [finding for finding in examined[1] if finding not in examined[0]]


def over_http(settings: Settings, **changes: object) -> LicenceSettings:
    said = {"access_token_file": settings.keys / "licence-token", "endpoint": "https://a.invalid", "access_id": "TB"}
    return LicenceSettings(source=SourceKind.HTTP, **(said | changes))  # type: ignore[arg-type]


def test_a_token_file_must_be_there_closed_to_others_and_not_empty(settings: Settings) -> None:
    token = settings.keys / "licence-token"
    (missing,) = found(settings, over_http(settings))
    assert missing.file == str(token)
    token.write_text("", encoding="utf-8")
    token.chmod(0o640)
    (open_to_others,) = found(settings, over_http(settings))
    assert "chmod 600" in open_to_others.fix.zh
    token.chmod(0o600)
    (empty,) = found(settings, over_http(settings))
    assert "令牌" in empty.problem.zh
    token.write_text("a-secret", encoding="utf-8")
    assert found(settings, over_http(settings)) == []


def test_an_authority_that_is_no_certificate_is_told(settings: Settings, tmp_path: Path) -> None:
    token = settings.keys / "licence-token"
    token.write_text("a-secret", encoding="utf-8")
    token.chmod(0o600)
    (told,) = found(settings, over_http(settings, authority=tmp_path / "none.crt"))
    assert told.file == str(tmp_path / "none.crt")
    assert found(settings, over_http(settings, authority=settings.tls.authority)) == []


def test_mistakes_in_table_and_samples_are_told_with_their_lines(settings: Settings, tmp_path: Path) -> None:
    types, samples = tmp_path / "types.csv", tmp_path / "sample.yaml"
    types.write_text(types_file((CARD_TYPE, "居民身份证", "也许")), encoding="utf-8")
    samples.write_text(sample_file({an_identifier(): a_record(state="08")}), encoding="utf-8")
    licences = LicenceSettings(source=SourceKind.FILE, file=samples, types=types)
    assert [(Path(one.file).name, one.line, one.key) for one in found(settings, licences)] == [
        ("types.csv", 2, "可调用"),
        ("sample.yaml", 9, "licences[0].state"),
    ]
