"""The `licences` part of gateway.yaml."""

from datetime import timedelta
from pathlib import Path

import pytest

from gateway.settings import Settings, load_settings
from gateway.settings.licences import LicenceSettings, SourceKind

MINIMAL = """\
region: "422800"
name: 恩施州
short_name: 恩施
peering: {listen: "127.0.0.1:8443", endpoints: [{address: "127.0.0.1:8443"}]}
local: {listen: "127.0.0.1:8080"}
"""
HTTP = """\
  source: http
  endpoint: https://licences.example.invalid/CertShare/
  access_id: TB
  access_token_file: keys/licence-token
"""


def loaded(folder: Path, licences: str) -> tuple[Settings | None, list[str]]:
    file = folder / "gateway.yaml"
    file.write_text(MINIMAL + (f"licences:\n{licences}" if licences else ""), encoding="utf-8")
    settings, findings = load_settings(file)
    return settings, [one.key for one in findings]


def test_nothing_is_connected_unless_it_is_written(tmp_path: Path) -> None:
    settings, findings = loaded(tmp_path, "")
    assert settings
    assert (settings.licences, findings) == (LicenceSettings(), [])
    assert settings.licences.source is SourceKind.NONE


def test_paths_start_at_the_folder_and_the_address_has_no_closing_slash(tmp_path: Path) -> None:
    settings, findings = loaded(tmp_path, HTTP + "  types: licences/types.csv\n  deadline: 5s\n")
    assert settings, findings
    licences = settings.licences
    assert licences.endpoint == "https://licences.example.invalid/CertShare"
    assert licences.access_token_file == tmp_path / "keys/licence-token"
    assert licences.types == tmp_path / "licences/types.csv"
    assert licences.deadline == timedelta(seconds=5)


@pytest.mark.parametrize(
    ("licences", "wrong"),
    [
        ("  source: file\n", ["licences.source"]),
        ("  source: http\n", ["licences.source"] * 3),
        ("  source: oracle\n", ["licences.source"]),
        ("  deadline: 30s\n", ["licences.deadline"]),
        ("  deadline: 0s\n", ["licences.deadline"]),
        (HTTP.replace("https://", "http://"), ["licences.endpoint"]),
        (HTTP.replace("https://", "https://user:password@"), ["licences.endpoint"]),
        (HTTP.replace("/CertShare/", "/CertShare?token=1"), ["licences.endpoint"]),
        (HTTP.replace("https://", "ftp://"), ["licences.endpoint"]),
        (HTTP.replace("https://licences.example.invalid", "https://"), ["licences.endpoint"]),
    ],
)
def test_what_a_source_needs_is_asked_for(tmp_path: Path, licences: str, wrong: list[str]) -> None:
    settings, findings = loaded(tmp_path, licences)
    assert settings is None
    assert findings == wrong


@pytest.mark.parametrize("host", ["127.0.0.1:9000", "localhost:9000", "[::1]:9000"])
def test_plain_http_is_for_this_machine_alone(tmp_path: Path, host: str) -> None:
    settings, findings = loaded(tmp_path, HTTP.replace("https://licences.example.invalid", f"http://{host}"))
    assert settings, findings


@pytest.mark.parametrize(
    "address", ["https://someone:secret@licences.example.invalid", "https://licences.example.invalid/?token=secret"]
)
def test_a_secret_in_an_address_is_not_shown(tmp_path: Path, address: str) -> None:
    file = tmp_path / "gateway.yaml"
    file.write_text(
        MINIMAL + f"licences:\n{HTTP.replace('https://licences.example.invalid/CertShare/', address)}", encoding="utf-8"
    )
    settings, findings = load_settings(file)
    assert settings is None
    assert "secret" not in repr(findings)
