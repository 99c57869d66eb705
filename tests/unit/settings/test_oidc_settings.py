"""The `console.oidc` part of gateway.yaml."""

from datetime import timedelta
from pathlib import Path

import pytest

from gateway.case.texts import Text
from gateway.cli.readiness import examine
from gateway.settings import Settings, load_divisions, load_settings
from gateway.trust.secret_files import write_secret
from tests.build import NOW

MINIMAL = """\
region: "422800"
name: 恩施州
short_name: 恩施
peering: {listen: "127.0.0.1:8443", endpoints: [{address: "127.0.0.1:8443"}]}
local: {listen: "127.0.0.1:8080"}
console:
  listen: 127.0.0.1:8090
"""
NEEDED = """\
  oidc:
    issuer: https://sso.example.invalid/realms/staff
    client_id: tongban-422800
    return_to: https://console.example.invalid:8090
"""


def loaded(folder: Path, text: str) -> tuple[Settings | None, list[str]]:
    file = folder / "gateway.yaml"
    file.write_text(MINIMAL + text, encoding="utf-8")
    settings, findings = load_settings(file)
    return settings, [one.key for one in findings]


def test_without_it_there_are_passwords_only(tmp_path: Path) -> None:
    settings, findings = loaded(tmp_path, "")
    assert settings
    assert settings.console
    assert (settings.console.oidc, findings) == (None, [])


def test_three_keys_are_enough(tmp_path: Path) -> None:
    settings, findings = loaded(tmp_path, NEEDED)
    assert settings, findings
    assert settings.console
    oidc = settings.console.oidc
    assert oidc
    assert oidc.scopes == ("openid", "profile")
    assert oidc.label == Text("统一身份认证", "single sign-on")
    assert oidc.hosts == {"sso.example.invalid"}
    assert oidc.algorithms == ("RS256", "PS256", "ES256", "EdDSA")
    assert (oidc.client_secret_file, oidc.max_age, oidc.deadline) == (None, None, timedelta(seconds=10))


def test_an_issuer_is_kept_to_the_letter_and_paths_start_at_the_folder(tmp_path: Path) -> None:
    more = (
        "    client_secret_file: keys/oidc\n    hosts: [Keys.Example.invalid]\n    scopes: [openid, email]\n"
        "    max_age: 8h\n    label: {zh: 省认证}\n"
    )
    settings, findings = loaded(tmp_path, NEEDED.replace("/staff", "/staff/") + more)
    assert settings, findings
    assert settings.console
    oidc = settings.console.oidc
    assert oidc
    assert oidc.issuer == "https://sso.example.invalid/realms/staff/"
    assert oidc.client_secret_file == tmp_path / "keys/oidc"
    assert oidc.hosts == {"sso.example.invalid", "keys.example.invalid"}
    assert oidc.scopes == ("openid", "email")
    assert oidc.max_age == timedelta(hours=8)
    assert oidc.label == Text("省认证", "single sign-on")


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        (NEEDED.replace("issuer: https://sso.example.invalid/realms/staff", "issuer: sso"), "console.oidc.issuer"),
        (NEEDED.replace("issuer: https://", "issuer: http://"), "console.oidc.issuer"),
        (NEEDED.replace("/realms/staff", "/realms?a=b"), "console.oidc.issuer"),
        (NEEDED.replace("issuer: https://", "issuer: https://user:password@"), "console.oidc.issuer"),
        ("  oidc: {}\n", "console.oidc"),
        (NEEDED.replace("8090", "8090/console"), "console.oidc.return_to"),
        (NEEDED.replace("return_to: https", "return_to: http"), "console.oidc.return_to"),
        (NEEDED + "    algorithms: [none]\n", "console.oidc.algorithms"),
        (NEEDED + "    algorithms: [HS256]\n", "console.oidc.algorithms"),
        (NEEDED + "    algorithms: []\n", "console.oidc.algorithms"),
        (NEEDED + '    scopes: ["a b"]\n', "console.oidc.scopes"),
        (NEEDED + "    max_age: 3d\n", "console.oidc.max_age"),
        (NEEDED + "    deadline: 1s\n", "console.oidc.deadline"),
        (NEEDED + "    hosts: [https://keys]\n", "console.oidc.hosts"),
        (NEEDED + "    client_secret: s3cret\n", "console.oidc.client_secret"),
        (NEEDED + "    label: {zh: ''}\n", "console.oidc.label.zh"),
    ],
    ids=range(16),
)
def test_mistakes_are_found_where_they_are(tmp_path: Path, text: str, wrong: str) -> None:
    settings, findings = loaded(tmp_path, text)
    assert settings is None
    assert findings
    assert all(key.startswith(wrong) for key in findings), findings


def test_http_to_return_to_does_not_go_with_tls(tmp_path: Path) -> None:
    text = NEEDED.replace("https://console.example.invalid:8090", "http://127.0.0.1:8090")
    assert loaded(tmp_path, text)[1] == []
    tls = "  tls: {certificate: a.crt, private_key: a.key}\n"
    assert loaded(tmp_path, tls + text)[1] == ["console.oidc.return_to"]


def test_check_finds_secrets_and_certificates_that_stop_a_start(tmp_path: Path) -> None:
    text = NEEDED + "    client_secret_file: secret\n    authority: authority.crt\n"
    settings, _ = loaded(tmp_path, text)
    assert settings

    def found() -> set[str]:
        findings = examine(settings, divisions=load_divisions(), now=NOW)
        return {Path(one.file).name for one in findings if Path(one.file).name in ("secret", "authority.crt")}

    (tmp_path / "authority.crt").write_text("no certificate", encoding="ascii")
    write_secret(tmp_path / "secret", b"\n")
    assert found() == {"secret", "authority.crt"}
    (tmp_path / "secret").chmod(0o644)
    assert found() == {"secret", "authority.crt"}
    (tmp_path / "secret").unlink()
    assert "secret" in found()
    write_secret(tmp_path / "secret", b"s3cret\n")
    assert "secret" not in found()
