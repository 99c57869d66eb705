"""Who is calling: the region that both the certificate and the token of one connection prove.

    certificate   is there → names one region → a partner → issued by that region's authority → in date → not denied
    token         `tokens.verify_token`, with the region and fingerprint just proved

Guarantees that a `PeerIdentity` exists only where every step held at `now` against one partner snapshot.  A proof is
remembered per certificate, token and snapshot until the first of its dates runs out; the deny list is asked each time.

Leaves to others: the TLS handshake, which proves possession of the certificate's key (`peering`); what the caller
may do (`partners`).
"""

import hashlib
from collections.abc import Hashable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding

from gateway.case.errors import GatewayError
from gateway.case.reasons import Reason
from gateway.trust.suites import VerifyKey
from gateway.trust.tls import fingerprint, is_valid_at, issuing_chain, region_named_by
from gateway.trust.tokens import verify_token

MAX_REMEMBERED = 4096


class DenyList(Protocol):
    """Refused certificates: region and serial number; a refused region refuses all of its certificates."""

    def __contains__(self, certificate: object, /) -> bool:
        """Whether a certificate, a tuple of region and serial number, is refused."""


NOBODY_DENIED: DenyList = frozenset()


class PartnersView(Protocol):
    """What trust needs to know of one snapshot of the partner files.

    Regions and key ids that are not registered have no entry; no method raises for them.
    """

    @property
    def version(self) -> Hashable:
        """Equal for two views only if they answer everything alike."""

    def is_known(self, region: str) -> bool:
        """Whether there is a partner file for the gateway with code `region`."""

    def roots_of(self, region: str) -> Sequence[x509.Certificate] | None:
        """The certificates of the authorities that may speak for `region`."""

    def pinned_of(self, region: str) -> AbstractSet[str]:
        """SHA-256 fingerprints, lower-case hexadecimal; if any, only certificates with one of them are believed."""

    def token_keys_of(self, region: str) -> Mapping[str, VerifyKey]:
        """The region's keys for tokens, by key id."""

    def seal_keys_of(self, region: str) -> Mapping[str, VerifyKey]:
        """The region's keys for seals, by key id."""


@dataclass(frozen=True, slots=True)
class ProvenCertificate:
    """A certificate that its region's authority vouches for, until a moment (aware UTC)."""

    region: str
    fingerprint: str
    serial: int
    until: datetime


@dataclass(frozen=True, slots=True)
class PeerIdentity:
    """The proven caller.  Only `identify` makes one.

    Attributes:
        region: six-digit code of the calling gateway.
        kid, jti: of its token, for the audit.
        until: aware UTC; from then on it must be proved again.
    """

    region: str
    certificate_fingerprint: str
    certificate_serial: int
    kid: str
    jti: str
    until: datetime


class IdentityCache:
    """Remembers proofs: at most `limit`, of which the oldest goes first."""

    def __init__(self, limit: int = MAX_REMEMBERED) -> None:
        self._limit = limit
        self._proved: dict[tuple[bytes, Hashable], tuple[datetime, PeerIdentity]] = {}

    def __len__(self) -> int:
        return len(self._proved)

    def recall(self, key: tuple[bytes, Hashable], now: datetime) -> PeerIdentity | None:
        """Return the proof if it holds at `now`; one proved later than `now` does not, for the clock was set back."""
        found = self._proved.get(key)
        if found is None:
            return None
        proved_at, identity = found
        if proved_at <= now < identity.until:
            return identity
        del self._proved[key]
        return None

    def remember(self, key: tuple[bytes, Hashable], identity: PeerIdentity, now: datetime) -> None:
        """Keep a proof made at `now`."""
        while len(self._proved) >= self._limit:
            del self._proved[next(iter(self._proved))]
        self._proved[key] = (now, identity)


def identify(
    certificate_pem: bytes | None,
    token: str | None,
    partners: PartnersView,
    own_region: str,
    now: datetime,
    cache: IdentityCache,
    denied: DenyList = NOBODY_DENIED,
) -> PeerIdentity:
    """Prove who is calling.

    Args:
        certificate_pem: as the TLS handshake gave it; only its first certificate is read.
        token: as `tokens.bearer` returned it.
        now: aware UTC.

    Raises:
        CERTIFICATE_MISSING, CERTIFICATE_REGION, PARTNER_UNKNOWN, CERTIFICATE_ISSUER, CERTIFICATE_EXPIRED,
        CERTIFICATE_DENIED: see `prove_certificate`.
        TOKEN_…: see `tokens.verify_token`.
    """
    if not certificate_pem:
        raise GatewayError(Reason.CERTIFICATE_MISSING)
    key = (_digest(certificate_pem, token), partners.version)
    identity = cache.recall(key, now)
    if identity is not None:
        if (identity.region, identity.certificate_serial) in denied:
            raise GatewayError(Reason.CERTIFICATE_DENIED, region=identity.region)
        return identity
    proven = prove_certificate(certificate_pem, partners, own_region, now, denied)
    verified = verify_token(
        token,
        region=proven.region,
        certificate_fingerprint=proven.fingerprint,
        own_region=own_region,
        token_keys=partners.token_keys_of(proven.region),
        seal_keys=partners.seal_keys_of(proven.region),
        now=now,
    )
    identity = PeerIdentity(
        region=proven.region,
        certificate_fingerprint=proven.fingerprint,
        certificate_serial=proven.serial,
        kid=verified.kid,
        jti=verified.jti,
        until=min(proven.until, verified.until),
    )
    cache.remember(key, identity, now)
    return identity


def prove_certificate(
    certificate_pem: bytes | None,
    partners: PartnersView,
    own_region: str,
    now: datetime,
    denied: DenyList = NOBODY_DENIED,
) -> ProvenCertificate:
    """Prove which region a certificate speaks for; a caller's, or that of a server this gateway called.

    Raises, in this order:
        CERTIFICATE_MISSING: none, or nothing that can be read as one.
        CERTIFICATE_REGION: it does not name exactly one region.
        PARTNER_UNKNOWN: that region is no partner, or is this one.
        CERTIFICATE_ISSUER: it was not issued by an authority of that region, or it is not the one the partner
            file pins.
        CERTIFICATE_EXPIRED: it, or who issued it, is out of date at `now`.
        CERTIFICATE_DENIED: it, or its region, is on the deny list.
    """
    if not certificate_pem:
        raise GatewayError(Reason.CERTIFICATE_MISSING)
    try:
        certificate = x509.load_pem_x509_certificate(certificate_pem)
    except ValueError:
        raise GatewayError(Reason.CERTIFICATE_MISSING) from None
    region = region_named_by(certificate)
    if region == own_region or not partners.is_known(region):
        raise GatewayError(Reason.PARTNER_UNKNOWN, region=region)
    chain = issuing_chain(certificate, partners.roots_of(region) or ())
    pinned = partners.pinned_of(region)
    if chain is None or (pinned and certificate.fingerprint(SHA256()).hex() not in pinned):
        raise GatewayError(Reason.CERTIFICATE_ISSUER, region=region)
    for link in (certificate, *chain):
        if not is_valid_at(link, now):
            start, end = (f"{at:%Y-%m-%dT%H:%M:%SZ}" for at in (link.not_valid_before_utc, link.not_valid_after_utc))
            raise GatewayError(Reason.CERTIFICATE_EXPIRED, region=region, not_before=start, not_after=end)
    if (region, certificate.serial_number) in denied:
        raise GatewayError(Reason.CERTIFICATE_DENIED, region=region)
    return ProvenCertificate(
        region=region,
        fingerprint=fingerprint(certificate.public_bytes(Encoding.DER)),
        serial=certificate.serial_number,
        until=min(link.not_valid_after_utc for link in (certificate, *chain)),
    )


def _digest(certificate_pem: bytes, token: str | None) -> bytes:
    # The length keeps the two apart; surrogatepass because a token nobody has read yet may hold anything.
    return hashlib.sha256(
        b"%d:%b%b" % (len(certificate_pem), certificate_pem, (token or "").encode("utf-8", "surrogatepass"))
    ).digest()
