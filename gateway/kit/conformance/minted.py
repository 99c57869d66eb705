"""Tokens as a check wants them: right ones, and wrong in exactly one thing.

`trust.tokens` makes none that is wrong, so they are put together here from header and claims.
"""

import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from gateway.kit.conformance.identity import Identity
from gateway.trust import base64url
from gateway.trust.suites import SigningKey

LIFE = 300
"""Seconds; the longest life a token may have."""
_HALF = 32


def claims_for(identity: Identity, audience: str, second: int, jti: str) -> dict[str, Any]:
    """Return the claims of a right token for the gateway with code `audience`, made in this second since 1970."""
    return {
        "iss": f"tongban:{identity.region}",
        "aud": f"tongban:{audience}",
        "iat": second,
        "nbf": second,
        "exp": second + LIFE,
        "jti": jti,
        "cnf": {"x5t#S256": identity.certified.fingerprint},
    }


def signed(key: SigningKey, claims: Mapping[str, Any], **header: str) -> str:
    """Return the token of these claims; `header` changes what the header says, not how it is signed."""
    head = {"typ": "JWT", "kid": key.kid, "alg": key.suite.name} | header
    said = _said(head, claims)
    signature = key.sign(said.encode())
    if isinstance(key.private, ec.EllipticCurvePrivateKey):
        # RFC 7518 §3.4: in a token the raw halves, not DER.
        signature = b"".join(half.to_bytes(_HALF) for half in decode_dss_signature(signature))
    return f"{said}.{base64url.encode(signature)}"


def unsigned(key: SigningKey, claims: Mapping[str, Any]) -> str:
    """Return a token that says it needs no signature (`alg: none`)."""
    return _said({"typ": "JWT", "kid": key.kid, "alg": "none"}, claims) + "."


def signed_with_public_key(key: SigningKey, claims: Mapping[str, Any]) -> str:
    """Return a token with a shared-secret signature whose secret is the public key, which everybody knows."""
    said = _said({"typ": "JWT", "kid": key.kid, "alg": "HS256"}, claims)
    secret = json.dumps(key.suite.public_to_jwk(key.private.public_key())).encode()
    return f"{said}.{base64url.encode(hmac.digest(secret, said.encode(), hashlib.sha256))}"


def _said(header: Mapping[str, Any], claims: Mapping[str, Any]) -> str:
    parts = (json.dumps(part, separators=(",", ":")).encode() for part in (header, claims))
    return ".".join(base64url.encode(part) for part in parts)
