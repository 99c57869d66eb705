"""A certificate from another authority than our own: what we ask it for, and whether what it issued can be used.

Leaves to others: carrying the request to the authority, and putting the files in place (`cli.keys_certificates`).
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from gateway.case.errors import FieldFinding, GatewayError
from gateway.case.texts import Text
from gateway.trust.tls import (
    REGION_URI,
    as_host,
    is_valid_at,
    issuing_chain,
    region_named_by,
)

BOTH_PURPOSES = (ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.SERVER_AUTH)


def new_request(region: str, hosts: Iterable[str]) -> tuple[bytes, bytes]:
    """Return a request (PKCS #10, RFC 2986) in PEM for a certificate that names `region` and `hosts`, and its private key.

    The key is new: P-256, made with the operating system's randomness, in PEM, PKCS #8, not encrypted.
    """
    private = ec.generate_private_key(ec.SECP256R1())
    names = [x509.UniformResourceIdentifier(REGION_URI + region), *map(as_host, dict.fromkeys(hosts))]
    request = (
        x509.CertificateSigningRequestBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"tongban {region}")]))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.ExtendedKeyUsage(BOTH_PURPOSES), critical=False)
        .sign(private, hashes.SHA256())
    )
    pem = private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return request.public_bytes(serialization.Encoding.PEM), pem


def misfits(
    certificate: x509.Certificate,
    authority: Sequence[x509.Certificate],
    region: str,
    hosts: Iterable[str],
    now: datetime,
) -> Iterator[FieldFinding]:
    """Yield everything for which a certificate that names us could not be used; nothing for a good one.

    Args:
        authority: what partners have, or are to have, as the roots of this region.
        hosts: every host partners may use for us.
        now: aware UTC.
    """
    again = Text("请机构照申请重新签发", "have it issued anew for the request")
    try:
        named = region_named_by(certificate)
    except GatewayError:
        named = ""
    if named != region:
        said = named or "-"
        yield FieldFinding(
            "subjectAltName",
            Text(f"指明的地区是 {said}, 不是 {region}", f"it names region {said}, not {region}"),
            again,
        )
    missing = [host for host in dict.fromkeys(hosts) if host not in names_on(certificate)]
    if missing:
        listed = ", ".join(missing)
        yield FieldFinding("subjectAltName", Text(f"缺少主机名: {listed}", f"it lacks host names: {listed}"), again)
    if lacking := _purposes_missing(certificate):
        yield FieldFinding("extendedKeyUsage", Text(f"缺少用途: {lacking}", f"it is not for {lacking}"), again)
    for link in (certificate, *(issuing_chain(certificate, authority) or ())):
        if not is_valid_at(link, now):
            span = f"{link.not_valid_before_utc:%Y-%m-%d} – {link.not_valid_after_utc:%Y-%m-%d}"
            yield FieldFinding("validity", Text(f"不在有效期内: {span}", f"not valid now: {span}"), again)
    if issuing_chain(certificate, authority) is None:
        yield FieldFinding(
            "issuer",
            Text(
                "不是所给机构签发的, 或机构证书链不全",
                "it was not issued by the authority given, or its chain is not whole",
            ),
            Text(
                "用 --authority 给出机构证书: 根证书, 有中间机构的一并放入",
                "give the authority's certificates with --authority: the root, and the intermediate if there is one",
            ),
        )


def names_on(certificate: x509.Certificate) -> frozenset[str]:
    """Return the hosts a certificate names."""
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (x509.ExtensionNotFound, x509.DuplicateExtension, ValueError):
        return frozenset()
    addresses = (str(address) for address in names.get_values_for_type(x509.IPAddress))
    return frozenset((*names.get_values_for_type(x509.DNSName), *addresses))


def _purposes_missing(certificate: x509.Certificate) -> str:
    try:
        usage = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound:
        return ""
    except (x509.DuplicateExtension, ValueError):
        return "clientAuth, serverAuth"
    words = {ExtendedKeyUsageOID.CLIENT_AUTH: "clientAuth", ExtendedKeyUsageOID.SERVER_AUTH: "serverAuth"}
    return ", ".join(word for purpose, word in words.items() if purpose not in usage)
