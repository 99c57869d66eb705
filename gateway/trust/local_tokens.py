"""Tokens that local systems of this region sign themselves (RFC 7519); the other way beside an API key.

    iss, aud        as the system's file says
    iat, exp        seconds since 1970; exp at most 5 minutes after iat; nbf is heeded when it is there

Guarantees that the algorithm is the one in the file and never the message's choice, and that times are judged by `now`.
"""

import json
from datetime import UTC, datetime, timedelta

import jwt
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from gateway.trust.suites import SUITES, Suite
from gateway.trust.tokens import LEEWAY, LONGEST_LIFE, MAX_TOKEN_CHARACTERS


def is_good_local_token(
    token: str, *, issuer: str, audience: str, algorithm: str, public_key: str, now: datetime
) -> bool:
    """Whether the owner of `public_key` (PEM) signed this token for us and it is good at `now`; never raises.

    No reason is given: who guesses learns nothing.
    """
    suite = SUITES.get(algorithm)
    if not isinstance(suite, Suite) or len(token) > MAX_TOKEN_CHARACTERS or not token.isascii():
        return False
    try:
        key = load_pem_public_key(public_key.encode())
        if not suite.owns(key):
            return False
        jws = jwt.PyJWS(algorithms=[algorithm])
        claims = json.loads(jws.decode(token, key, algorithms=[algorithm]))  # type: ignore[arg-type]
    except (jwt.InvalidTokenError, ValueError, RecursionError, UnsupportedAlgorithm):
        return False
    return (
        isinstance(claims, dict)
        and claims.get("iss") == issuer
        and _meant_for(claims.get("aud"), audience)
        and _in_time(claims, now)
    )


def _meant_for(named: object, audience: str) -> bool:
    return named == audience or (isinstance(named, list) and audience in named)


def _in_time(claims: dict[str, object], now: datetime) -> bool:
    issued, begins, ends = (_moment(claims.get(name)) for name in ("iat", "nbf", "exp"))
    if issued is None or ends is None or ("nbf" in claims and begins is None):
        return False
    if not timedelta(0) < ends - issued <= LONGEST_LIFE:
        return False
    return max(issued, begins or issued) - LEEWAY <= now < ends + LEEWAY


def _moment(value: object) -> datetime | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 2**36:
        return None
    return datetime.fromtimestamp(value, UTC)
