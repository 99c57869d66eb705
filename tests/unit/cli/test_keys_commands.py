"""`tongban keys`: rotation, and certificates of another authority."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from cryptography import x509
from cryptography.hazmat.primitives import hashes

from gateway.case.errors import GatewayError
from gateway.case.reasons import Reason
from gateway.cli.homes import make_home
from gateway.cli.keys import keys
from gateway.cli.keys_certificates import pending_key
from gateway.settings import Settings, load_divisions, load_settings
from gateway.trust.keys import load_keys
from gateway.trust.suites import KeyUse
from gateway.trust.tls import Certified, load_certified, new_authority
from tests.unit.cli.test_homes import PLAN, secret

NOW = datetime.now(UTC)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    home = make_home(tmp_path / "enshi", PLAN, now=NOW - timedelta(days=1), divisions=load_divisions(), secret=secret)
    found, findings = load_settings(home.settings_file)
    assert found, findings
    return found


def run(settings: Settings, *words: str) -> Result:
    return CliRunner().invoke(keys, [*words, "--home", str(settings.home), "--json"], catch_exceptions=False)


def told(result: Result) -> dict:
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_rotation_makes_the_next_key_of_each_use_once(settings: Settings) -> None:
    first = told(run(settings, "rotate", "--in-days", "7"))["keys"]
    assert [one["made"] for one in first] == [True, True]
    own = load_keys(settings.keys)
    assert {one["kid"] for one in first} < {key.kid for key in own.keys}
    for one in first:
        assert timedelta(days=6) < datetime.fromisoformat(one["valid_from"]) - NOW < timedelta(days=8)
        assert len(one["digits"].split()) == 8
    for use in KeyUse:
        assert own.current(use, NOW).kid not in {one["kid"] for one in first}, "the one before signs on"
    again = told(run(settings, "rotate"))["keys"]
    assert [(one["kid"], one["made"]) for one in again] == [(one["kid"], False) for one in first]


def issued(authority: Certified, csr: bytes, days: int = 90, **changes) -> bytes:
    """What the bureau's authority makes of a request."""
    request = x509.load_pem_x509_csr(csr)
    assert request.is_signature_valid
    names = changes.get("names") or request.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    builder = (
        x509.CertificateBuilder()
        .subject_name(request.subject)
        .issuer_name(authority.certificate.subject)
        .public_key(request.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW - timedelta(days=changes.get("ago", 1)))
        .not_valid_after(NOW + timedelta(days=days))
        .add_extension(names, critical=False)
    )
    for extension in changes.get("extensions", ()):
        builder = builder.add_extension(extension, critical=False)
    return Certified(builder.sign(authority.private, hashes.SHA256()), authority.private).certificate_pem


@pytest.fixture
def bureau() -> Certified:
    return new_authority("420000", "示例 州证书机构", NOW - timedelta(days=1), 3650)


def requested(settings: Settings) -> bytes:
    return Path(told(run(settings, "request"))["file"]).read_bytes()


def files(tmp_path: Path, certificate: bytes, authority: Certified) -> tuple[str, str]:
    leaf, root = tmp_path / "leaf.pem", tmp_path / "root.pem"
    leaf.write_bytes(certificate)
    root.write_bytes(authority.certificate_pem)
    return str(leaf), str(root)


def test_a_certificate_of_the_bureau_is_requested_checked_and_put_in_place(
    settings: Settings, tmp_path: Path, bureau: Certified
) -> None:
    before = settings.tls.private_key.read_bytes()
    csr = requested(settings)
    assert settings.tls.private_key.read_bytes() == before, "nothing changes before the certificate is there"
    assert pending_key(settings).stat().st_mode & 0o777 == 0o600
    leaf, root = files(tmp_path, issued(bureau, csr), bureau)
    done = told(run(settings, "install-certificate", leaf, "--authority", root))
    assert done["authority_changed"]
    own = load_certified(settings.tls.certificate, settings.tls.private_key)
    assert own.certificate.fingerprint(hashes.SHA256()).hex() == done["sha256"]
    assert settings.tls.private_key.stat().st_mode & 0o777 == 0o600
    assert settings.tls.authority.read_bytes() == bureau.certificate_pem
    assert not pending_key(settings).exists()


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        (
            {"names": x509.SubjectAlternativeName([x509.UniformResourceIdentifier("tongban://region/500114")])},
            "subjectAltName",
        ),
        (
            {"names": x509.SubjectAlternativeName([x509.UniformResourceIdentifier("tongban://region/422800")])},
            "subjectAltName",
        ),
        ({"days": -1, "ago": 9}, "validity"),
        ({"extensions": [x509.ExtendedKeyUsage([x509.ExtendedKeyUsageOID.SERVER_AUTH])]}, "extendedKeyUsage"),
    ],
)
def test_one_that_cannot_be_used_changes_nothing(
    settings: Settings, tmp_path: Path, bureau: Certified, changes, path: str
) -> None:
    leaf, root = files(tmp_path, issued(bureau, requested(settings), **changes), bureau)
    refused(settings, path, "install-certificate", leaf, "--authority", root)


def test_one_of_another_key_or_authority_changes_nothing(settings: Settings, tmp_path: Path, bureau: Certified) -> None:
    first = requested(settings)
    requested(settings)
    leaf, root = files(tmp_path, issued(bureau, first), bureau)
    refused(settings, "subjectPublicKeyInfo", "install-certificate", leaf, "--authority", root)
    leaf, _ = files(tmp_path, issued(bureau, requested(settings)), bureau)
    refused(settings, "issuer", "install-certificate", leaf)


def refused(settings: Settings, path: str, *words: str) -> None:
    there = (settings.tls.certificate, settings.tls.private_key, settings.tls.authority)
    before = [file.read_bytes() for file in there]
    with pytest.raises(GatewayError) as caught:
        run(settings, *words)
    assert caught.value.reason is Reason.CERTIFICATE_NOT_FIT
    assert path in {one.path for one in caught.value.findings}
    assert all(one.problem.zh and one.fix.en for one in caught.value.findings)
    assert [file.read_bytes() for file in there] == before
