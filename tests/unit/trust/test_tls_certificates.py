import ssl
import stat
from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from gateway.case.reasons import Reason
from gateway.trust import base64url
from gateway.trust.tls import (
    Certified,
    fingerprint,
    is_valid_at,
    issue,
    issued_by,
    issuing_chain,
    load_certified,
    new_authority,
    region_named_by,
    save_certified,
)
from tests.unit.trust.trust_build import ENSHI, NOW, QIANJIANG, authority_of, certificate_of, refused

DAY = timedelta(days=1)


def extension(certificate, kind):
    return certificate.extensions.get_extension_for_class(kind).value


def forged(signer, issuer_name, *, uris=(), ca=None, usage=True, hash_algorithm=None, not_after=NOW + DAY):
    """A certificate no well-behaved authority would issue."""
    private = ec.generate_private_key(ec.SECP256R1())
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "forged")]))
        .issuer_name(issuer_name)
        .public_key(private.public_key())
        .serial_number(7)
        .not_valid_before(NOW - DAY)
        .not_valid_after(not_after)
    )
    if uris:
        names = x509.SubjectAlternativeName([x509.UniformResourceIdentifier(uri) for uri in uris])
        builder = builder.add_extension(names, critical=False)
    if ca is not None:
        builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=ca), critical=True)
        bits = [False, False, False, False, False, usage, True, False, False]
        builder = builder.add_extension(x509.KeyUsage(*bits), critical=True)
    return Certified(builder.sign(signer or private, hash_algorithm or hashes.SHA256()), private)


def test_a_gateways_certificate_names_its_region_and_hosts():
    leaf = issue(authority_of(ENSHI), ENSHI, ["gw.enshi.invalid", "127.0.0.1", "::1"], NOW, 90)
    names = extension(leaf.certificate, x509.SubjectAlternativeName)
    assert names.get_values_for_type(x509.UniformResourceIdentifier) == ["tongban://region/422800"]
    assert names.get_values_for_type(x509.DNSName) == ["gw.enshi.invalid"]
    assert [str(address) for address in names.get_values_for_type(x509.IPAddress)] == ["127.0.0.1", "::1"]
    assert region_named_by(leaf.certificate) == ENSHI
    assert leaf.certificate.not_valid_after_utc == NOW + 90 * DAY
    assert is_valid_at(leaf.certificate, NOW)
    assert not is_valid_at(leaf.certificate, NOW - DAY)
    assert not is_valid_at(leaf.certificate, NOW + 91 * DAY)


@pytest.mark.parametrize(
    ("client", "server", "purposes"),
    [
        (True, True, [ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.SERVER_AUTH]),
        (True, False, [ExtendedKeyUsageOID.CLIENT_AUTH]),
        (False, True, [ExtendedKeyUsageOID.SERVER_AUTH]),
    ],
)
def test_a_certificate_states_its_purposes(client, server, purposes):
    leaf = issue(authority_of(ENSHI), ENSHI, ["localhost"], NOW, 90, client=client, server=server)
    assert list(extension(leaf.certificate, x509.ExtendedKeyUsage)) == purposes


def test_a_certificate_without_purpose_or_region_is_not_issued():
    with pytest.raises(ValueError):
        issue(authority_of(ENSHI), ENSHI, [], NOW, 90, client=False, server=False)
    for region in ("", "4228", "４２２８００", "422800\n"):
        with pytest.raises(ValueError):
            issue(authority_of(ENSHI), region, [], NOW, 90)


def test_a_certificate_never_outlives_its_authority():
    authority = new_authority(ENSHI, "示例", NOW, 10)
    assert issue(authority, ENSHI, [], NOW, 90).certificate.not_valid_after_utc == NOW + 10 * DAY


def test_serial_numbers_can_be_given():
    assert issue(authority_of(ENSHI), ENSHI, [], NOW, 90, serial=lambda: 42).certificate.serial_number == 42


def test_openssl_accepts_what_the_authority_issues(tmp_path):
    # The standard library judges by the real clock, so these are dated far around it.
    authority = new_authority(ENSHI, "示例", NOW - 3650 * DAY, 36500)
    leaf = issue(authority, ENSHI, ["localhost"], NOW - 3650 * DAY, 36000)
    save_certified(tmp_path / "gateway.crt", tmp_path / "gateway.key", leaf)
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(tmp_path / "gateway.crt", tmp_path / "gateway.key")
    client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    client.load_cert_chain(tmp_path / "gateway.crt", tmp_path / "gateway.key")
    for context in (server, client):
        context.load_verify_locations(cadata=authority.certificate_pem.decode())
        context.verify_mode = ssl.CERT_REQUIRED
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    at_client = client.wrap_bio(to_client, to_server, server_hostname="localhost")
    at_server = server.wrap_bio(to_server, to_client, server_side=True)
    pending = [at_client, at_server]
    for _ in range(6):
        for side in list(pending):
            try:
                side.do_handshake()
                pending.remove(side)
            except ssl.SSLWantReadError:
                continue
    assert pending == []
    assert fingerprint(at_server.getpeercert(binary_form=True)) == leaf.fingerprint


def test_the_fingerprint_is_the_sha256_of_the_der():
    leaf = certificate_of(ENSHI)
    assert base64url.decode(leaf.fingerprint) == leaf.certificate.fingerprint(hashes.SHA256())
    assert fingerprint(leaf.certificate.public_bytes(Encoding.DER)) == leaf.fingerprint


@pytest.mark.parametrize(
    "uris",
    [
        (),
        ("https://example.invalid/",),
        ("tongban://region/422800", "tongban://region/500114"),
        ("tongban://region/422800", "TONGBAN://region/422800"),
        ("tongban://region/4228",),
        ("tongban://region/422800/",),
        ("tongban://region/422800\n",),
        ("Tongban://region/422800",),
        ("tongban://REGION/422800",),
    ],
    ids=repr,
)
def test_a_certificate_that_does_not_name_exactly_one_region_is_refused(uris):
    certificate = forged(None, authority_of(ENSHI).certificate.subject, uris=uris).certificate
    with refused(Reason.CERTIFICATE_REGION):
        region_named_by(certificate)


def test_a_foreign_uri_beside_the_region_does_no_harm():
    uris = ("spiffe://example.invalid/x", "tongban://region/422800")
    assert region_named_by(forged(None, authority_of(ENSHI).certificate.subject, uris=uris).certificate) == ENSHI


def test_a_leaf_is_issued_by_its_authority_and_by_no_other():
    leaf, root, other = (
        certificate_of(ENSHI).certificate,
        authority_of(ENSHI).certificate,
        authority_of(QIANJIANG).certificate,
    )
    assert issuing_chain(leaf, [other, root]) == (root,)
    assert not issued_by(leaf, [other])
    assert not issued_by(leaf, [])


def test_the_name_of_the_authority_proves_nothing():
    real = authority_of(ENSHI)
    impostor = new_authority(ENSHI, f"示例 {ENSHI}", NOW - DAY, 3650)
    assert impostor.certificate.subject == real.certificate.subject
    leaf = issue(impostor, ENSHI, [], NOW, 90)
    assert leaf.certificate.issuer == real.certificate.subject
    assert not issued_by(leaf.certificate, [real.certificate])


def test_a_gateways_certificate_cannot_issue_another():
    gateway = certificate_of(ENSHI)
    leaf = issue(gateway, ENSHI, [], NOW, 1)
    assert not issued_by(leaf.certificate, [gateway.certificate, authority_of(ENSHI).certificate])


def test_a_certificate_authority_without_the_right_to_sign_certificates_issues_nothing():
    root = forged(None, x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "forged")]), ca=0, usage=False)
    leaf = issue(root, ENSHI, [], NOW, 1)
    assert not issued_by(leaf.certificate, [root.certificate])


def root_with(*extensions):
    """A self-signed certificate with just these extensions."""
    private = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "root")])
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(private.public_key())
        .serial_number(6)
        .not_valid_before(NOW - DAY)
        .not_valid_after(NOW + DAY)
    )
    for value in extensions:
        builder = builder.add_extension(value, critical=True)
    return Certified(builder.sign(private, hashes.SHA256()), private)


def test_a_root_without_key_usage_as_openssl_makes_it_is_an_authority():
    root = root_with(x509.BasicConstraints(ca=True, path_length=None))
    assert issued_by(issue(root, ENSHI, [], NOW, 1).certificate, [root.certificate])


def test_a_self_signed_certificate_that_does_not_say_it_is_an_authority_is_none():
    for root in (root_with(), root_with(x509.BasicConstraints(ca=False, path_length=None))):
        leaf = issue(root, ENSHI, [], NOW, 1).certificate
        leaf.verify_directly_issued_by(root.certificate)
        assert not issued_by(leaf, [root.certificate])


def test_an_authority_whose_extensions_cannot_be_read_vouches_for_nothing():
    unreadable = x509.UnrecognizedExtension(x509.KeyUsage.oid, b"\xff")
    root = root_with(x509.BasicConstraints(ca=True, path_length=None), unreadable)
    assert not issued_by(issue(root, ENSHI, [], NOW, 1).certificate, [root.certificate])


def two_levels(path_length):
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "forged")])
    root = forged(None, name, ca=path_length)
    private = ec.generate_private_key(ec.SECP256R1())
    middle_certificate = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "middle")]))
        .issuer_name(name)
        .public_key(private.public_key())
        .serial_number(8)
        .not_valid_before(NOW - DAY)
        .not_valid_after(NOW + DAY)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(x509.KeyUsage(False, False, False, False, False, True, True, False, False), critical=True)
        .sign(root.private, hashes.SHA256())
    )
    middle = Certified(middle_certificate, private)
    return root.certificate, middle.certificate, issue(middle, ENSHI, [], NOW, 1).certificate


def test_an_intermediate_counts_only_if_it_and_its_root_are_registered():
    root, middle, leaf = two_levels(path_length=1)
    assert issuing_chain(leaf, [root, middle]) == (middle, root)
    assert issuing_chain(leaf, [middle, root]) == (middle, root)
    assert not issued_by(leaf, [root])
    assert not issued_by(leaf, [middle])


def test_a_root_that_allows_no_intermediate_is_taken_at_its_word():
    root, middle, leaf = two_levels(path_length=0)
    assert not issued_by(leaf, [root, middle])


def test_an_unsound_hash_vouches_for_nothing():
    # cryptography refuses to make a SHA-1 signature; SHA-224 stands for what is not on the list.
    root = authority_of(ENSHI)
    leaf = forged(root.private, root.certificate.subject, hash_algorithm=hashes.SHA224()).certificate
    leaf.verify_directly_issued_by(root.certificate)
    assert not issued_by(leaf, [root.certificate])


def test_an_authority_with_an_rsa_key_is_an_authority():
    private = rsa.generate_private_key(65537, 2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "RSA 示例")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(private.public_key())
        .serial_number(9)
        .not_valid_before(NOW - DAY)
        .not_valid_after(NOW + DAY)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(x509.KeyUsage(False, False, False, False, False, True, True, False, False), critical=True)
        .sign(private, hashes.SHA256())
    )
    leaf = issue(Certified(certificate, private), ENSHI, [], NOW, 1)
    assert issued_by(leaf.certificate, [certificate])


def test_a_certificate_is_saved_and_loaded_with_its_key(tmp_path):
    files = tmp_path / "tls" / "gateway.crt", tmp_path / "tls" / "gateway.key"
    save_certified(*files, certificate_of(ENSHI))
    assert stat.S_IMODE(files[1].stat().st_mode) == 0o600
    loaded = load_certified(*files)
    assert loaded.certificate == certificate_of(ENSHI).certificate
    assert loaded.private_pem == certificate_of(ENSHI).private_pem


def test_a_private_key_others_can_read_is_refused(tmp_path):
    files = tmp_path / "gateway.crt", tmp_path / "gateway.key"
    save_certified(*files, certificate_of(ENSHI))
    files[1].chmod(0o644)
    with refused(Reason.KEY_FILE_OPEN):
        load_certified(*files)


@pytest.mark.parametrize("missing", [0, 1], ids=["certificate", "key"])
def test_a_missing_certificate_or_key_says_what_to_run(tmp_path, missing):
    files = tmp_path / "gateway.crt", tmp_path / "gateway.key"
    save_certified(*files, certificate_of(ENSHI))
    files[missing].unlink()
    with refused(Reason.KEY_FILE_MISSING) as refusal:
        load_certified(*files)
    assert refusal.error.facts["file"] == files[missing]


@pytest.mark.parametrize("damaged", [0, 1], ids=["certificate", "key"])
def test_a_damaged_certificate_or_key_is_named(tmp_path, damaged):
    files = tmp_path / "gateway.crt", tmp_path / "gateway.key"
    save_certified(*files, certificate_of(ENSHI))
    files[damaged].write_bytes(b"rubbish")
    with refused(Reason.CONFIGURATION) as refusal:
        load_certified(*files)
    assert refusal.error.findings[0].path == str(files[damaged])


def test_the_key_of_another_certificate_is_refused(tmp_path):
    files = tmp_path / "gateway.crt", tmp_path / "gateway.key"
    save_certified(*files, certificate_of(ENSHI))
    files[0].write_bytes(certificate_of(QIANJIANG).certificate_pem)
    with refused(Reason.CONFIGURATION):
        load_certified(*files)


def test_a_private_key_does_not_show_in_the_repr():
    assert "private" not in repr(certificate_of(ENSHI))
