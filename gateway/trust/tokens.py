"""Tokens of calls: how they are made and when they are believed.  The only module that knows these rules.

A token is a JWT (RFC 7519) with the header member `kid` and these claims, all required:

    iss, aud        `tongban:` and the six-digit code of the calling and of the called gateway
    iat, nbf, exp   seconds since 1970; exp at most 5 minutes after iat
    jti             names the token in the audit; at most 128 characters
    cnf             {"x5t#S256": …}, the fingerprint of the caller's client certificate (RFC 8705 §3.1)

Guarantees that a token counts only beside the certificate it is bound to, only from the region that certificate
names, only here, and only for minutes.  The algorithm is that of the registered key; the header's is compared
with it and never chooses it.  Times are judged by `now`, never by this machine's clock.

Leaves to others: the certificate (`identity`), and repeats within the lifetime, which are harmless because every
call is idempotent.
"""

import hmac
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import NoReturn

import jwt

from gateway.case.errors import GatewayError
from gateway.case.reasons import Reason
from gateway.case.texts import Text
from gateway.trust.suites import SUITES, KeyUse, SigningKey, Suite, VerifyKey
from gateway.trust.tls import REGION_CODE

LONGEST_LIFE = timedelta(minutes=5)
LEEWAY = timedelta(seconds=30)
RENEW_BEFORE_END = timedelta(minutes=1)
OLDER_FOR = timedelta(hours=1)
"""How long a gateway that does not know the newest key gets tokens by the one before."""
MAX_TOKEN_CHARACTERS = 4096
MAX_JTI_CHARACTERS = 128

_PREFIX = "tongban:"
_LATEST_SECOND = 2**36
_OFFERED = [name for name, suite in SUITES.items() if isinstance(suite, Suite)]
# Knows these algorithms and no other: neither `none` nor one with a shared secret can be looked up by mistake.
_JWS = jwt.PyJWS(algorithms=_OFFERED)


@dataclass(frozen=True, slots=True)
class VerifiedToken:
    """What a believed token proves.

    Attributes:
        until: aware UTC; from then on the token, or its key, is no longer believed.
    """

    kid: str
    jti: str
    until: datetime


@dataclass(frozen=True, slots=True)
class _Made:
    at: datetime
    kid: str
    token: str


class TokenMaker:
    """Makes this gateway's tokens for one client certificate, and uses each again until it nears its end.

    A token serves one audience for at most four minutes, so that one in use always has at least a minute left.

    Args:
        key: the key, or what returns those that may sign at a moment, the one to use first.
    """

    def __init__(
        self,
        own_region: str,
        key: SigningKey | Callable[[datetime], Sequence[SigningKey]],
        certificate_fingerprint: str,
        clock: Callable[[], datetime],
        new_id: Callable[[], str],
    ) -> None:
        if isinstance(key, SigningKey) and key.use is not KeyUse.TOKEN:
            raise GatewayError(Reason.TOKEN_KEY_USE, kid=key.kid)
        self._issuer = _PREFIX + own_region
        self._keys = (lambda _: (key,)) if isinstance(key, SigningKey) else key
        self._fingerprint = certificate_fingerprint
        self._clock = clock
        self._new_id = new_id
        self._made: dict[str, _Made] = {}
        self._behind: dict[str, tuple[str, datetime]] = {}

    def token_for(self, audience: str) -> str:
        """Return a token for the gateway with code `audience`.

        Raises:
            TOKEN_KEY_EXPIRED: the own key may not sign any more.
        """
        now = self._clock()
        key = self._key_for(audience, now)
        made = self._made.get(audience)
        # A clock that was set back must not leave tokens in use that look as if made in the future.
        if made and made.kid == key.kid and made.at <= now < made.at + LONGEST_LIFE - RENEW_BEFORE_END:
            return made.token
        if not key.may_sign_at(now):
            raise GatewayError(Reason.TOKEN_KEY_EXPIRED, kid=key.kid)
        token = self._make(audience, key, int(now.timestamp()))
        self._made[audience] = _Made(now, key.kid, token)
        return token

    def key_not_known(self, audience: str) -> bool:
        """The gateway `audience` does not know the key of its last token: it gets the one before for an hour.

        False when there is none, or it got it already.
        """
        now = self._clock()
        made, keys = self._made.get(audience), self._keys(now)
        if made is None or len(keys) < 2 or made.kid != keys[0].kid:
            return False
        self._behind[audience] = (keys[0].kid, now)
        return True

    def _key_for(self, audience: str, now: datetime) -> SigningKey:
        keys = self._keys(now)
        kid, since = self._behind.get(audience, ("", now))
        lags = kid == keys[0].kid and since <= now < since + OLDER_FOR
        return keys[1] if lags and len(keys) > 1 else keys[0]

    def _make(self, audience: str, key: SigningKey, second: int) -> str:
        claims = {
            "iss": self._issuer,
            "aud": _PREFIX + audience,
            "iat": second,
            "nbf": second,
            "exp": second + int(LONGEST_LIFE.total_seconds()),
            "jti": self._new_id(),
            "cnf": {"x5t#S256": self._fingerprint},
        }
        payload = json.dumps(claims, separators=(",", ":")).encode()
        return _JWS.encode(payload, key.private, key.suite.name, {"typ": "JWT", "kid": key.kid})


def bearer(authorization: str | None) -> str | None:
    """Return the token of an `authorization` value, or None if it carries none.  RFC 6750 §2.1."""
    scheme, _, token = (authorization or "").strip().partition(" ")
    return token.strip() or None if scheme.lower() == "bearer" else None


def verify_token(
    token: str | None,
    *,
    region: str,
    certificate_fingerprint: str,
    own_region: str,
    token_keys: Mapping[str, VerifyKey],
    seal_keys: Mapping[str, VerifyKey],
    now: datetime,
) -> VerifiedToken:
    """Check a token against the certificate it came with.

    Args:
        region: the region the caller's certificate proved.
        token_keys, seal_keys: that region's keys by key id; the latter only tell a wrong use from an unknown key.
        now: aware UTC; up to 30 s of difference between the clocks are forgiven.

    Raises:
        TOKEN_MISSING, TOKEN_MALFORMED, TOKEN_ALGORITHM, TOKEN_ISSUER, TOKEN_REGION, TOKEN_KEY_UNKNOWN, TOKEN_KEY_USE,
        TOKEN_KEY_DENIED, TOKEN_KEY_EXPIRED, TOKEN_SIGNATURE, TOKEN_AUDIENCE, TOKEN_NOT_YET_VALID, TOKEN_EXPIRED, TOKEN_LIFETIME,
        TOKEN_NOT_BOUND: the first that applies, in this order.
    """
    if not token:
        raise GatewayError(Reason.TOKEN_MISSING)
    header, claims = _unverified(token)
    if header.get("alg") not in _OFFERED:
        raise GatewayError(Reason.TOKEN_ALGORITHM)
    _check_issuer(claims, region)
    key = _key_of(header, token_keys, seal_keys, now)
    _check_signature(token, header, key)

    _check_audience(claims, own_region)
    expires = _check_times(claims, now)
    jti = claims.get("jti")
    if not isinstance(jti, str) or not 1 <= len(jti) <= MAX_JTI_CHARACTERS:
        _malformed("jti 缺失或过长", "jti is missing or too long")
    confirmed = claims.get("cnf")
    bound_to = confirmed.get("x5t#S256") if isinstance(confirmed, dict) else None
    if not isinstance(bound_to, str) or not hmac.compare_digest(bound_to.encode(), certificate_fingerprint.encode()):
        raise GatewayError(Reason.TOKEN_NOT_BOUND)
    until = expires + LEEWAY
    return VerifiedToken(key.kid, jti, min(until, key.accept_until) if key.accept_until else until)


def _unverified(token: str) -> tuple[Mapping[str, object], Mapping[str, object]]:
    if len(token) > MAX_TOKEN_CHARACTERS or not token.isascii():
        _malformed(f"超过 {MAX_TOKEN_CHARACTERS} 个字符或含非 ASCII 字符", "it is too long or not ASCII")
    try:
        parts = _JWS.decode_complete(token, options={"verify_signature": False})
        claims = json.loads(parts["payload"], parse_constant=_no_number)
    except (jwt.InvalidTokenError, ValueError, RecursionError):
        _malformed("不是 JWT", "it is not a JWT")
    if not isinstance(claims, dict):
        _malformed("声明不是 JSON 对象", "its claims are not a JSON object")
    return parts["header"], claims


def _check_issuer(claims: Mapping[str, object], region: str) -> None:
    issuer = claims.get("iss")
    if not isinstance(issuer, str) or not issuer.startswith(_PREFIX):
        raise GatewayError(Reason.TOKEN_ISSUER)
    code = issuer.removeprefix(_PREFIX)
    if not REGION_CODE.fullmatch(code):
        raise GatewayError(Reason.TOKEN_ISSUER)
    if code != region:
        raise GatewayError(Reason.TOKEN_REGION, region=region)


def _key_of(
    header: Mapping[str, object],
    token_keys: Mapping[str, VerifyKey],
    seal_keys: Mapping[str, VerifyKey],
    now: datetime,
) -> VerifyKey:
    kid = header.get("kid")
    if not isinstance(kid, str):
        _malformed("头部缺少 kid", "its header has no kid")
    key = token_keys.get(kid) or seal_keys.get(kid)
    if key is None:
        raise GatewayError(Reason.TOKEN_KEY_UNKNOWN)
    if key.use is not KeyUse.TOKEN:
        raise GatewayError(Reason.TOKEN_KEY_USE, kid=kid)
    if key.denied:
        raise GatewayError(Reason.TOKEN_KEY_DENIED, kid=kid)
    if not key.is_accepted_at(now):
        raise GatewayError(Reason.TOKEN_KEY_EXPIRED, kid=kid)
    return key


def _check_signature(token: str, header: Mapping[str, object], key: VerifyKey) -> None:
    if header.get("alg") != key.suite.name:
        raise GatewayError(Reason.TOKEN_ALGORITHM)
    try:
        _JWS.decode_complete(token, key.public, algorithms=[key.suite.name])
    except jwt.InvalidTokenError:
        raise GatewayError(Reason.TOKEN_SIGNATURE, kid=key.kid) from None


def _check_audience(claims: Mapping[str, object], own_region: str) -> None:
    expected = _PREFIX + own_region
    # RFC 7519 §4.1.3 allows a list; a token good for several gateways is refused.
    if claims.get("aud") not in (expected, [expected]):
        raise GatewayError(Reason.TOKEN_AUDIENCE, expected=own_region)


def _check_times(claims: Mapping[str, object], now: datetime) -> datetime:
    issued, begins, expires = (_second(claims, name) for name in ("iat", "nbf", "exp"))
    leeway, current = int(LEEWAY.total_seconds()), now.timestamp()
    if max(issued, begins) > current + leeway:
        raise GatewayError(Reason.TOKEN_NOT_YET_VALID, leeway=leeway)
    if expires + leeway <= current:
        raise GatewayError(Reason.TOKEN_EXPIRED, leeway=leeway)
    if expires - issued > LONGEST_LIFE.total_seconds():
        raise GatewayError(Reason.TOKEN_LIFETIME)
    return datetime.fromtimestamp(expires, UTC)


def _second(claims: Mapping[str, object], name: str) -> int | float:
    value = claims.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < _LATEST_SECOND:
        _malformed(f"{name} 缺失或不是秒数", f"{name} is missing or not a number of seconds")
    return value


def _no_number(_: str) -> NoReturn:
    raise ValueError("not JSON")


def _malformed(zh: str, en: str) -> NoReturn:
    raise GatewayError(Reason.TOKEN_MALFORMED, detail=Text(zh, en))
