"""Tokens of an identity provider: what makes its word about somebody believed (OpenID Connect Core 1.0 §3.1.3.7).

    id token       who signed in, for us alone, in answer to this one request
    logout token   who signed out there (OpenID Connect Back-Channel Logout 1.0 §2.6)

Guarantees that the algorithm is one of those in our settings and fits the provider's key: never `none`, never a shared secret,
never the token's choice alone.  Times are judged by `now`.  What is not proven is `Distrusted`, with the rule it breaks.

Leaves to others: where tokens and keys come from (`console.oidc_provider`), and whose account it is (`flows.people`).
"""

import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from gateway.trust import base64url

LEEWAY = timedelta(seconds=60)
"""By how much the provider's clock and ours may differ."""
OLDEST = timedelta(minutes=10)
"""How long ago a token may have been issued: it is asked for and checked at once."""
LONGEST_TOKEN = 16 * 1024
MOST_KEYS = 50
LONGEST_SUBJECT = 255
LEAST_RSA_BITS = 2048
LOGOUT_EVENT = "http://schemas.openid.net/event/backchannel-logout"
_LATEST_SECOND = 2**36
_HASHES = {"256": "sha256", "384": "sha384", "512": "sha512", "DSA": "sha512"}

Jwk = Mapping[str, Any]
Claims = Mapping[str, Any]


class Distrusted(Exception):
    """A token or key set proves nothing.

    Attributes:
        what: the rule it breaks, a stable word; never a value out of it.
    """

    def __init__(self, what: str) -> None:
        super().__init__(what)
        self.what = what


@dataclass(frozen=True, slots=True)
class Believed:
    """What a token must say to be believed.

    Attributes:
        keys: the provider's, as it publishes them now.
        algorithms: JOSE names.
        now: aware UTC.
    """

    issuer: str
    client_id: str
    algorithms: Sequence[str]
    keys: Sequence[Jwk]
    now: datetime


@dataclass(frozen=True, slots=True)
class Identity:
    """Who somebody is at the provider.

    Attributes:
        subject: names them there, for ever; may be personal, so it goes nowhere in the clear.
        session: `sid`, their session there; empty where it says none.
        acr, amr: how they proved it; empty where it says nothing.
        login: of the claim that was asked for; empty where there is none.
    """

    subject: str = field(repr=False)
    session: str = field(default="", repr=False)
    acr: str = ""
    amr: frozenset[str] = frozenset()
    login: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class SignedOutThere:
    """Who signed out at the provider: a person, one session, or both; one of the two is there.

    Attributes:
        mark: names the token, so that it counts once.
        until: from when the token is no longer believed.
    """

    subject: str = field(repr=False)
    session: str = field(repr=False)
    mark: str = field(repr=False)
    until: datetime


def keys_of(document: object) -> tuple[Jwk, ...]:
    """Return the keys of a JWK set (RFC 7517 §5) that sign; those of a kind unknown here are passed over.

    Raises:
        Distrusted: it is none, or holds more than 50.
    """
    listed = document.get("keys") if isinstance(document, dict) else None
    if not isinstance(listed, list) or len(listed) > MOST_KEYS:
        raise Distrusted("keys")
    return tuple(
        key
        for key in listed
        if isinstance(key, dict) and key.get("kty") in ("RSA", "EC", "OKP") and key.get("use", "sig") == "sig"
    )


def identity_of(
    token: str,
    believed: Believed,
    *,
    nonce: str,
    access_token: str = "",
    max_age: timedelta | None = None,
    login_claim: str = "",
) -> Identity:
    """Return who signed in.

    Args:
        nonce: what the request carried.
        access_token: what came beside it; `at_hash` is compared where both are there.
        max_age: how long ago they may have proved it; None for any time.

    Raises:
        Distrusted: with the rule that is broken.
    """
    header, claims = _signed(token, believed)
    _need_meant_for_us(claims, believed)
    _need_in_time(claims, believed.now)
    said = claims.get("nonce")
    if not isinstance(said, str) or not hmac.compare_digest(said.encode(), nonce.encode()):
        raise Distrusted("id_token.nonce")
    if "at_hash" in claims and access_token:
        digest = hashlib.new(_HASHES[header["alg"][-3:]], access_token.encode()).digest()
        if claims["at_hash"] != base64url.encode(digest[: len(digest) // 2]):
            raise Distrusted("id_token.at_hash")
    if max_age is not None:
        proved = _moment(claims.get("auth_time"))
        if proved is None or not believed.now - max_age - LEEWAY <= proved <= believed.now + LEEWAY:
            raise Distrusted("id_token.auth_time")
    amr = claims.get("amr", [])
    login = claims.get(login_claim) if login_claim else ""
    return Identity(
        subject=_subject(claims.get("sub")),
        session=_word(claims.get("sid", "")),
        acr=_word(claims.get("acr", "")),
        amr=frozenset(one for one in amr if isinstance(one, str)) if isinstance(amr, list) else frozenset(),
        login=login if isinstance(login, str) else "",
    )


def signed_out_there(token: str, believed: Believed) -> SignedOutThere:
    """Return who signed out at the provider.

    Raises:
        Distrusted: with the rule that is broken; an id token is no logout token.
    """
    header, claims = _signed(token, believed)
    _need_meant_for_us(claims, believed)
    until = _need_in_time(claims, believed.now)
    events = claims.get("events")
    if not isinstance(events, dict) or not isinstance(events.get(LOGOUT_EVENT), dict) or "nonce" in claims:
        raise Distrusted("logout_token.events")
    if str(header.get("typ", "logout+jwt")).lower().removeprefix("application/") not in ("logout+jwt", "jwt"):
        raise Distrusted("logout_token.typ")
    subject = _subject(claims["sub"]) if "sub" in claims else ""
    session, mark = _word(claims.get("sid", "")), _word(claims.get("jti"))
    if not mark or not (subject or session):
        raise Distrusted("logout_token.sub")
    return SignedOutThere(subject, session, mark, until + LEEWAY)


def _signed(token: str, believed: Believed) -> tuple[dict[str, Any], Claims]:
    """Return header and claims of a token that one of the keys signed."""
    if len(token) > LONGEST_TOKEN or not token.isascii():
        raise Distrusted("token.size")
    jws = jwt.PyJWS(algorithms=list(believed.algorithms))
    try:
        header = jws.get_unverified_header(token)
    except (jwt.InvalidTokenError, ValueError, RecursionError):
        raise Distrusted("token.form") from None
    algorithm = header.get("alg")
    if not isinstance(algorithm, str) or algorithm not in believed.algorithms:
        raise Distrusted("token.alg")
    fitting = [key for key in believed.keys if _fits(key, algorithm, header.get("kid"))]
    if not fitting:
        raise Distrusted("token.kid")
    for key in fitting:
        try:
            public = jwt.PyJWK(dict(key), algorithm=algorithm).key
            if isinstance(public, RSAPublicKey) and public.key_size < LEAST_RSA_BITS:
                continue
            claims = json.loads(jws.decode(token, public, algorithms=[algorithm]))
        except (jwt.PyJWTError, ValueError, TypeError, KeyError, RecursionError):
            continue
        if isinstance(claims, dict):
            return header, claims
    raise Distrusted("token.signature")


def _fits(key: Jwk, algorithm: str, kid: object) -> bool:
    kind = {"R": "RSA", "P": "RSA"}.get(algorithm[0], "OKP" if algorithm == "EdDSA" else "EC")
    if kid is not None and key.get("kid") != kid:
        return False
    return bool(key["kty"] == kind and key.get("alg", algorithm) == algorithm)


def _need_meant_for_us(claims: Claims, believed: Believed) -> None:
    if claims.get("iss") != believed.issuer:
        raise Distrusted("token.iss")
    audience = claims.get("aud")
    named = [audience] if isinstance(audience, str) else audience
    if not isinstance(named, list) or believed.client_id not in named:
        raise Distrusted("token.aud")
    # A token for several is ours only if the provider says that we asked for it (Core §3.1.3.7, 4 and 5).
    authorised = claims.get("azp", believed.client_id if len(named) == 1 else None)
    if authorised != believed.client_id:
        raise Distrusted("token.azp")


def _need_in_time(claims: Claims, now: datetime) -> datetime:
    """Return when a token ends."""
    issued, begins, ends = (_moment(claims.get(name)) for name in ("iat", "nbf", "exp"))
    if ends is None or now >= ends + LEEWAY:
        raise Distrusted("token.exp")
    if issued is None or not now - OLDEST - LEEWAY <= issued <= now + LEEWAY:
        raise Distrusted("token.iat")
    if "nbf" in claims and (begins is None or begins > now + LEEWAY):
        raise Distrusted("token.nbf")
    return min(ends, issued + OLDEST)


def _subject(value: object) -> str:
    if isinstance(value, str) and value and len(value) <= LONGEST_SUBJECT and value.isascii() and value.isprintable():
        return value
    raise Distrusted("token.sub")


def _word(value: object) -> str:
    return value if isinstance(value, str) and len(value) <= LONGEST_SUBJECT else ""


def _moment(value: object) -> datetime | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < _LATEST_SECOND:
        return None
    return datetime.fromtimestamp(value, UTC)
