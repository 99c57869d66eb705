"""Certificates: what they say, who issued them, and a small authority that issues them.

A certificate names its region in one subject alternative name, the URI `tongban://region/<code>`.  Guarantees that
`issuing_chain` answers by verified signatures, not by names.  The TLS handshake itself (possession of the private
key, host name, purpose) is gRPC's; its answer is never the last word, because it trusts every partner's roots at once.

Leaves to others: whether a certificate's region is a partner (`identity`).
"""

import hashlib
import ipaddress
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from gateway.case.errors import GatewayError
from gateway.case.reasons import Reason
from gateway.case.texts import Text
from gateway.trust import base64url
from gateway.trust.secret_files import damaged, read_secret, write_secret

REGION_URI = "tongban://region/"
REGION_CODE = re.compile(r"[1-9][0-9]{5}")
CLOCKS_APART = timedelta(minutes=5)
"""How far back a new certificate starts, for partners whose clock is behind."""

_SOUND_HASHES = (hashes.SHA256, hashes.SHA384, hashes.SHA512)
_TlsKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey


@dataclass(frozen=True, slots=True)
class Certified:
    """A certificate with its private key: an authority's, or one gateway's."""

    certificate: x509.Certificate
    private: _TlsKey = field(repr=False)

    @property
    def certificate_pem(self) -> bytes:
        """The certificate in PEM."""
        return self.certificate.public_bytes(serialization.Encoding.PEM)

    @property
    def private_pem(self) -> bytes:
        """The private key in PEM, PKCS #8, not encrypted."""
        return self.private.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )

    @property
    def fingerprint(self) -> str:
        """What a token is bound to; see `fingerprint`."""
        return fingerprint(self.certificate.public_bytes(serialization.Encoding.DER))


def new_authority(
    region: str, name: str, now: datetime, days: int, *, serial: Callable[[], int] = x509.random_serial_number
) -> Certified:
    """Make a region's own certificate authority: P-256, self-signed, for leaves only.

    Args:
        region: six-digit code of the gateway.
        name: shown to people; at most 64 characters.  RFC 5280 appendix A.1 (ub-common-name).
        serial: makes a serial number of at most 159 bits.
    """
    private = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name(
        [x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, region), x509.NameAttribute(NameOID.COMMON_NAME, name)]
    )
    identifier = x509.SubjectKeyIdentifier.from_public_key(private.public_key())
    builder = (
        _begun(subject, private.public_key(), now, now + timedelta(days=days), serial)
        .issuer_name(subject)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_key_usage(authority=True), critical=True)
        .add_extension(identifier, critical=False)
    )
    return Certified(builder.sign(private, hashes.SHA256()), private)


def issue(
    authority: Certified,
    region: str,
    hosts: Iterable[str],
    now: datetime,
    days: int,
    *,
    client: bool = True,
    server: bool = True,
    serial: Callable[[], int] = x509.random_serial_number,
) -> Certified:
    """Issue a certificate that names `region` and `hosts`; it never outlives its authority.

    The authority is not asked whether it may speak for `region`: that is for the reader to check.

    Args:
        hosts: DNS names and IP addresses.
        client, server: purposes; at least one.

    Raises:
        ValueError: not a region code, or no purpose.
    """
    if not REGION_CODE.fullmatch(region):
        raise ValueError("a region code has six digits")
    purposes = [
        purpose
        for wanted, purpose in ((client, ExtendedKeyUsageOID.CLIENT_AUTH), (server, ExtendedKeyUsageOID.SERVER_AUTH))
        if wanted
    ]
    if not purposes:
        raise ValueError("a certificate is for a client, a server or both")
    private = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"tongban {region}")])
    names = [x509.UniformResourceIdentifier(REGION_URI + region), *map(as_host, hosts)]
    until = min(now + timedelta(days=days), authority.certificate.not_valid_after_utc)
    issuer_key = x509.SubjectKeyIdentifier.from_public_key(authority.private.public_key())
    builder = (
        _begun(subject, private.public_key(), now, until, serial)
        .issuer_name(authority.certificate.subject)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_key_usage(authority=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage(purposes), critical=False)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(private.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(issuer_key), critical=False)
    )
    return Certified(builder.sign(authority.private, hashes.SHA256()), private)


def save_certified(certificate_file: Path, private_file: Path, certified: Certified) -> None:
    """Write both files, the private key with mode 0600, before the certificate that needs it."""
    write_secret(private_file, certified.private_pem)
    write_secret(certificate_file, certified.certificate_pem)
    certificate_file.chmod(0o644)


def load_certified(certificate_file: Path, private_file: Path) -> Certified:
    """Read a certificate and its private key and check that they belong together.

    Raises:
        KEY_FILE_MISSING, KEY_FILE_OPEN: with the command that mends it.
        CONFIGURATION: a damaged file, or a key of another certificate.
    """
    make = "tongban init"
    private_pem = read_secret(private_file, make)
    try:
        certificate = x509.load_pem_x509_certificate(certificate_file.read_bytes())
    except FileNotFoundError:
        raise GatewayError(Reason.KEY_FILE_MISSING, file=certificate_file, command=make) from None
    except (OSError, ValueError):
        raise damaged(certificate_file, "不是可用的证书", "it is not a usable certificate") from None
    try:
        private = serialization.load_pem_private_key(private_pem, password=None)
    except (ValueError, TypeError):
        # Not chained: a parser's error may quote the private key.
        raise damaged(private_file, "不是可用的私钥", "it is not a usable private key") from None
    if not isinstance(private, _TlsKey) or private.public_key() != certificate.public_key():
        raise damaged(private_file, "私钥与证书不符", "the private key is not the certificate's")
    return Certified(certificate, private)


def fingerprint(certificate_der: bytes) -> str:
    """Return `x5t#S256`: the base64url SHA-256 of the certificate's DER bytes.  RFC 8705 §3.1."""
    return base64url.encode(hashlib.sha256(certificate_der).digest())


def region_named_by(certificate: x509.Certificate) -> str:
    """Return the one region a certificate names.

    Raises:
        CERTIFICATE_REGION: it names none, several, or something that is no region code.
    """
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        uris = names.get_values_for_type(x509.UniformResourceIdentifier)
    except (x509.ExtensionNotFound, x509.DuplicateExtension, ValueError):
        uris = []
    ours = [uri for uri in uris if uri.lower().startswith("tongban:")]
    if len(ours) == 1 and ours[0].startswith(REGION_URI):
        code = ours[0].removeprefix(REGION_URI)
        if REGION_CODE.fullmatch(code):
            return code
    raise GatewayError(Reason.CERTIFICATE_REGION, expected=Text("任何一个地区", "any region"))


def issuing_chain(leaf: x509.Certificate, roots: Sequence[x509.Certificate]) -> tuple[x509.Certificate, ...] | None:
    """Return who vouches for `leaf`, nearest first, ending with a self-signed certificate; None if nobody does.

    At most one intermediate, and only one that is itself in `roots`: nothing a caller sends along is looked at.
    """
    for issuer in (root for root in roots if _issued(leaf, root, below=0)):
        if _issued(issuer, issuer, below=0):
            return (issuer,)
        for root in roots:
            if _issued(issuer, root, below=1) and _issued(root, root, below=0):
                return (issuer, root)
    return None


def issued_by(leaf: x509.Certificate, roots: Sequence[x509.Certificate]) -> bool:
    """Whether one of `roots` vouches for `leaf` by its signature, directly or through one other of them."""
    return issuing_chain(leaf, roots) is not None


def is_valid_at(certificate: x509.Certificate, now: datetime) -> bool:
    """Whether `now` (aware UTC) lies within the certificate's dates, both included.  RFC 5280 §4.1.2.5."""
    return certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc


def _is_authority(certificate: x509.Certificate, *, below: int) -> bool:
    constraints = usage = None
    try:
        for extension in certificate.extensions:
            if isinstance(extension.value, x509.BasicConstraints):
                constraints = extension.value
            elif isinstance(extension.value, x509.KeyUsage):
                usage = extension.value
    except (x509.DuplicateExtension, ValueError):
        return False
    # RFC 5280 §4.2.1.9.  §4.2.1.3 demands a key usage too, but `openssl req -x509` makes roots without one.
    if constraints is None or not constraints.ca or (usage is not None and not usage.key_cert_sign):
        return False
    return constraints.path_length is None or constraints.path_length >= below


def _issued(subject: x509.Certificate, issuer: x509.Certificate, *, below: int) -> bool:
    if not _is_authority(issuer, below=below):
        return False
    try:
        algorithm = subject.signature_hash_algorithm
        if algorithm is not None and not isinstance(algorithm, _SOUND_HASHES):
            return False
        subject.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
        return False
    return True


def _begun(
    subject: x509.Name,
    public: ec.EllipticCurvePublicKey,
    now: datetime,
    until: datetime,
    serial: Callable[[], int],
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .public_key(public)
        .serial_number(serial())
        .not_valid_before(now - CLOCKS_APART)
        .not_valid_after(until)
    )


def _key_usage(*, authority: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not authority,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=authority,
        crl_sign=authority,
        encipher_only=False,
        decipher_only=False,
    )


def as_host(host: str) -> x509.GeneralName:
    """Return a DNS name or an IP address as certificates hold it."""
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)
