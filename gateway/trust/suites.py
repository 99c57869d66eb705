"""The table of signature suites, and the two kinds of key that name a suite.

Guarantees that the algorithm of a signature comes from the key entry alone, never from the message, and
that a key has one use for its whole life.  A suite that is named here but not built in is refused
with its reason; nothing pretends to sign.

    suite   key             signature of a seal                 in a token
    EdDSA   Ed25519         64 bytes, RFC 8032                  the same, RFC 8037
    ES256   ECDSA P-256     DER, SHA-256, FIPS 186-5            raw r || s, RFC 7518 §3.4
    SM2     GB/T 32918      not available in this program

Leaves to others: key files (`keys`), what bytes are signed (`dsse`), tokens (`tokens`).
"""

import hashlib
import json
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519

from gateway.case.errors import GatewayError
from gateway.case.reasons import Reason
from gateway.case.texts import Text
from gateway.trust import base64url

PrivateKey: TypeAlias = ed25519.Ed25519PrivateKey | ec.EllipticCurvePrivateKey
PublicKey: TypeAlias = ed25519.Ed25519PublicKey | ec.EllipticCurvePublicKey

_COORDINATE_BYTES = 32
_ES256 = ec.ECDSA(hashes.SHA256())


class KeyUse(StrEnum):
    """What a key may sign.  One key never has both uses."""

    SEAL = "seal"
    """Envelopes, receipts and announcements of keys."""
    TOKEN = "token"
    """Tokens of calls."""


class Suite(ABC):
    """One signature algorithm with its kind of key."""

    name: str
    """Its JOSE name: `alg` of a JWK and of a token's header.  RFC 7518 §3.1, RFC 8037 §3.1."""

    @abstractmethod
    def generate(self) -> PrivateKey:
        """Return a new private key, made with the operating system's randomness."""

    @abstractmethod
    def owns(self, key: object) -> bool:
        """Whether `key` is a private or public key of this suite."""

    @abstractmethod
    def sign(self, private: PrivateKey, message: bytes) -> bytes:
        """Return the signature over `message`.  Raises TypeError for a key of another suite."""

    @abstractmethod
    def verify(self, public: PublicKey, signature: bytes, message: bytes) -> bool:
        """Whether `signature` was made over exactly `message`.  Raises TypeError for a key of another suite."""

    @abstractmethod
    def public_to_jwk(self, public: PublicKey) -> dict[str, str]:
        """Return the required members of the key's JWK, which are also what its thumbprint covers."""

    @abstractmethod
    def public_from_jwk(self, jwk: Mapping[str, object]) -> PublicKey:
        """Read the public key of a JWK.  Raises ValueError for another kind of key or a damaged one."""


class _Ed25519(Suite):
    name = "EdDSA"

    def generate(self) -> PrivateKey:
        return ed25519.Ed25519PrivateKey.generate()

    def owns(self, key: object) -> bool:
        return isinstance(key, ed25519.Ed25519PrivateKey | ed25519.Ed25519PublicKey)

    def sign(self, private: PrivateKey, message: bytes) -> bytes:
        if not isinstance(private, ed25519.Ed25519PrivateKey):
            raise TypeError("not an Ed25519 private key")
        return private.sign(message)

    def verify(self, public: PublicKey, signature: bytes, message: bytes) -> bool:
        if not isinstance(public, ed25519.Ed25519PublicKey):
            raise TypeError("not an Ed25519 public key")
        try:
            public.verify(signature, message)
        except InvalidSignature:
            return False
        return True

    def public_to_jwk(self, public: PublicKey) -> dict[str, str]:
        if not isinstance(public, ed25519.Ed25519PublicKey):
            raise TypeError("not an Ed25519 public key")
        return {"kty": "OKP", "crv": "Ed25519", "x": base64url.encode(public.public_bytes_raw())}

    def public_from_jwk(self, jwk: Mapping[str, object]) -> PublicKey:
        _demand(jwk, kty="OKP", crv="Ed25519")
        return ed25519.Ed25519PublicKey.from_public_bytes(_coordinate(jwk, "x"))


class _P256(Suite):
    name = "ES256"

    def generate(self) -> PrivateKey:
        return ec.generate_private_key(ec.SECP256R1())

    def owns(self, key: object) -> bool:
        return isinstance(key, ec.EllipticCurvePrivateKey | ec.EllipticCurvePublicKey) and isinstance(
            key.curve, ec.SECP256R1
        )

    def sign(self, private: PrivateKey, message: bytes) -> bytes:
        if not isinstance(private, ec.EllipticCurvePrivateKey):
            raise TypeError("not a P-256 private key")
        return private.sign(message, _ES256)

    def verify(self, public: PublicKey, signature: bytes, message: bytes) -> bool:
        if not isinstance(public, ec.EllipticCurvePublicKey):
            raise TypeError("not a P-256 public key")
        try:
            public.verify(signature, message, _ES256)
        except InvalidSignature:
            return False
        return True

    def public_to_jwk(self, public: PublicKey) -> dict[str, str]:
        if not isinstance(public, ec.EllipticCurvePublicKey):
            raise TypeError("not a P-256 public key")
        numbers = public.public_numbers()
        x, y = (base64url.encode(n.to_bytes(_COORDINATE_BYTES, "big")) for n in (numbers.x, numbers.y))
        return {"kty": "EC", "crv": "P-256", "x": x, "y": y}

    def public_from_jwk(self, jwk: Mapping[str, object]) -> PublicKey:
        _demand(jwk, kty="EC", crv="P-256")
        x, y = (int.from_bytes(_coordinate(jwk, name), "big") for name in ("x", "y"))
        return ec.EllipticCurvePublicNumbers(x, y, ec.SECP256R1()).public_key()


@dataclass(frozen=True, slots=True)
class Unavailable:
    """A suite that partners may name and this program cannot compute."""

    name: str
    why: Text


ED25519: Suite = _Ed25519()
P256: Suite = _P256()
SM2 = Unavailable(
    "SM2",
    Text(
        "本程序未内置 SM2/SM3 (GB/T 32918) 签名, 双方须先约定名称与标识串",
        "SM2 with SM3 (GB/T 32918) is not built in; both sides must first agree on its name and identifier string",
    ),
)

SUITES: Mapping[str, Suite | Unavailable] = {row.name: row for row in (ED25519, P256, SM2)}


def suite_named(name: str) -> Suite:
    """Return the suite called `name`.  Raises KEY_SUITE_UNAVAILABLE for one that is unknown or not built in."""
    row = SUITES.get(name)
    if isinstance(row, Suite):
        return row
    why = row.why if row else Text("没有这个套件", "there is no such suite")
    raise GatewayError(Reason.KEY_SUITE_UNAVAILABLE, suite=name, why=why)


def thumbprint(required_members: Mapping[str, str]) -> str:
    """Return the base64url SHA-256 of a JWK's required members, and of nothing else.  RFC 7638 §3."""
    canonical = json.dumps(dict(required_members), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return base64url.encode(hashlib.sha256(canonical.encode()).digest())


@dataclass(frozen=True, slots=True)
class VerifyKey:
    """A public key as registered for one region.

    Attributes:
        kid: RFC 7638 thumbprint of `public`.
        accept_from, accept_until: aware UTC, both included; None means no such bound.
        denied: whether it is on the deny list: nothing it signed is accepted.
    """

    kid: str
    use: KeyUse
    suite: Suite
    public: PublicKey
    accept_from: datetime | None = None
    accept_until: datetime | None = None
    denied: bool = False

    def __post_init__(self) -> None:
        if not self.suite.owns(self.public):
            raise TypeError(f"the key is not one of suite {self.suite.name}")
        if self.kid != thumbprint(self.suite.public_to_jwk(self.public)):
            raise ValueError("kid is not the RFC 7638 thumbprint of the key")

    def is_accepted_at(self, now: datetime) -> bool:
        """Whether a signature by this key is accepted at `now`."""
        return (
            not self.denied
            and (self.accept_from is None or self.accept_from <= now)
            and (self.accept_until is None or now <= self.accept_until)
        )


@dataclass(frozen=True, slots=True)
class SigningKey:
    """One of this gateway's own keys.

    Attributes:
        kid: RFC 7638 thumbprint of the public part.
        valid_from, seal_until: between them, both included, it signs; aware UTC; None means no such bound.
        accept_until: until then partners accept what it signed; later than `seal_until` by at least the
            longest life of an envelope, so that what is under way still arrives.
    """

    kid: str
    use: KeyUse
    suite: Suite
    private: PrivateKey = field(repr=False)
    valid_from: datetime | None = None
    seal_until: datetime | None = None
    accept_until: datetime | None = None

    def __post_init__(self) -> None:
        if not self.suite.owns(self.private):
            raise TypeError(f"the key is not one of suite {self.suite.name}")
        if self.kid != thumbprint(self.suite.public_to_jwk(self.private.public_key())):
            raise ValueError("kid is not the RFC 7638 thumbprint of the key")

    def may_sign_at(self, now: datetime) -> bool:
        """Whether something new may be signed with this key at `now`."""
        return (self.valid_from is None or self.valid_from <= now) and (
            self.seal_until is None or now <= self.seal_until
        )

    def sign(self, message: bytes) -> bytes:
        """Return the signature of a seal over `message`."""
        return self.suite.sign(self.private, message)

    def public_part(self) -> VerifyKey:
        """Return the half of the key that partners register."""
        public = self.private.public_key()
        return VerifyKey(self.kid, self.use, self.suite, public, self.valid_from, self.accept_until)


def _demand(jwk: Mapping[str, object], **members: str) -> None:
    for name, value in members.items():
        if jwk.get(name) != value:
            raise ValueError(f"{name} of the key is not {value}")


def _coordinate(jwk: Mapping[str, object], name: str) -> bytes:
    text = jwk.get(name)
    value = base64url.decode(text) if isinstance(text, str) else b""
    if len(value) != _COORDINATE_BYTES:
        raise ValueError(f"{name} of the key is not {_COORDINATE_BYTES} bytes long")
    return value
