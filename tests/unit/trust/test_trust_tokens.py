import hashlib
import hmac
import json
from dataclasses import replace
from datetime import timedelta

import jwt
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from gateway.case.reasons import Reason
from gateway.trust import base64url
from gateway.trust.keys import new_key
from gateway.trust.suites import P256, KeyUse
from gateway.trust.tokens import MAX_TOKEN_CHARACTERS, TokenMaker, bearer, verify_token
from tests.unit.trust.trust_build import (
    ENSHI,
    NOW,
    QIANJIANG,
    SUITES,
    XIANGXI,
    certificate_of,
    key_of,
    partners,
    refused,
)

SECOND = timedelta(seconds=1)
KEY = key_of(QIANJIANG, KeyUse.TOKEN)
FINGERPRINT = certificate_of(QIANJIANG).fingerprint


class _Removed:
    def __repr__(self):
        return "missing"


REMOVED = _Removed()


def claims(**changes):
    """The claims of a good token from 黔江 to 恩施, some of them changed or removed."""
    second = int(NOW.timestamp())
    good = {
        "iss": "tongban:500114",
        "aud": "tongban:422800",
        "iat": second,
        "nbf": second,
        "exp": second + 300,
        "jti": "0192f0c1-示例",
        "cnf": {"x5t#S256": FINGERPRINT},
    }
    return {name: value for name, value in {**good, **changes}.items() if value is not REMOVED}


def token(key=KEY, header=None, **changes):
    return jwt.encode(
        claims(**changes), key.private, algorithm=key.suite.name, headers={"kid": key.kid, **(header or {})}
    )


def handmade(header, payload, signature=b""):
    return ".".join(
        base64url.encode(part if isinstance(part, bytes) else json.dumps(part).encode())
        for part in (header, payload, signature)
    )


def check(text, *, now=NOW, region=QIANJIANG, certificate=FINGERPRINT, own=ENSHI, view=None, keys=None):
    view = view or partners()
    return verify_token(
        text,
        region=region,
        certificate_fingerprint=certificate,
        own_region=own,
        token_keys=view.token_keys_of(region) if keys is None else keys,
        seal_keys=view.seal_keys_of(region),
        now=now,
    )


def seconds(offset):
    return int(NOW.timestamp()) + offset


@SUITES
def test_a_token_of_the_maker_is_believed(suite):
    maker = TokenMaker(QIANJIANG, key_of(QIANJIANG, KeyUse.TOKEN, suite), FINGERPRINT, lambda: NOW, lambda: "id-1")
    verified = check(maker.token_for(ENSHI), view=partners(suite=suite))
    assert verified.kid == key_of(QIANJIANG, KeyUse.TOKEN, suite).kid
    assert verified.jti == "id-1"
    assert verified.until == NOW + timedelta(minutes=5, seconds=30)


def test_a_token_holds_what_the_format_says():
    text = TokenMaker(QIANJIANG, KEY, FINGERPRINT, lambda: NOW, lambda: "0192f0c1-示例").token_for(ENSHI)
    assert jwt.get_unverified_header(text) == {"typ": "JWT", "alg": "ES256", "kid": KEY.kid}
    assert jwt.decode(text, options={"verify_signature": False}) == claims()


def test_no_token_is_refused():
    for nothing in (None, ""):
        with refused(Reason.TOKEN_MISSING):
            check(nothing)


@pytest.mark.parametrize(
    "text",
    [
        "x",
        "a.b",
        "a.b.c",
        "é.é.é",
        "\udc80",
        "x" * (MAX_TOKEN_CHARACTERS + 1),
        handmade([], {}),
        handmade(b"[" * 1500, {}),
        handmade({"alg": "ES256", "kid": "k"}, []),
        handmade({"alg": "ES256", "kid": "k"}, b"\xff"),
        handmade({"alg": "ES256", "kid": "k"}, b'{"exp": NaN}'),
        handmade({"alg": "ES256", "kid": 5}, {"iss": "tongban:500114"}),
        handmade({"alg": "ES256"}, {"iss": "tongban:500114"}),
        handmade({"alg": "ES256", "kid": "k", "crit": ["exp"]}, {"iss": "tongban:500114"}),
        handmade({"alg": "ES256", "kid": "k", "b64": False, "crit": ["b64"]}, b""),
    ],
    ids=lambda text: ascii(text[:24]),
)
def test_what_is_no_token_is_refused(text):
    with refused(Reason.TOKEN_MALFORMED):
        check(text)


@pytest.mark.parametrize("name", ["none", "None", "NONE"])
def test_a_token_without_signature_is_refused(name):
    with refused(Reason.TOKEN_ALGORITHM):
        check(handmade({"alg": name, "kid": KEY.kid}, claims()))


@pytest.mark.parametrize("encoding", [Encoding.PEM, Encoding.DER], ids=["PEM", "DER"])
def test_a_token_signed_with_the_public_key_as_a_secret_is_refused(encoding):
    secret = KEY.private.public_key().public_bytes(encoding, PublicFormat.SubjectPublicKeyInfo)
    unsigned = handmade({"alg": "HS256", "typ": "JWT", "kid": KEY.kid}, claims()).rstrip(".")
    forged = f"{unsigned}.{base64url.encode(hmac.digest(secret, unsigned.encode(), hashlib.sha256))}"
    # The forgery is a good one: whoever takes the algorithm from the header believes it.
    assert (
        jwt.api_jws.PyJWS()
        .get_algorithm_by_name("HS256")
        .verify(unsigned.encode(), secret, base64url.decode(forged.rsplit(".", 1)[1]))
    )
    with refused(Reason.TOKEN_ALGORITHM):
        check(forged)


@pytest.mark.parametrize("name", ["RS256", "PS256", "ES384", "SM2", "eddsa", "", 7, None, ["ES256"]], ids=repr)
def test_an_algorithm_that_is_not_offered_is_refused(name):
    with refused(Reason.TOKEN_ALGORITHM):
        check(handmade({"alg": name, "kid": KEY.kid}, claims()))


def test_the_algorithm_is_that_of_the_registered_key():
    with refused(Reason.TOKEN_ALGORITHM):
        check(handmade({"alg": "EdDSA", "kid": KEY.kid}, claims(), b"\0" * 64))


def test_an_unknown_key_is_refused():
    with refused(Reason.TOKEN_KEY_UNKNOWN):
        check(token(new_key(KeyUse.TOKEN, P256)))


def test_another_regions_key_is_unknown_here():
    with refused(Reason.TOKEN_KEY_UNKNOWN):
        check(token(key_of(XIANGXI, KeyUse.TOKEN)))


def test_a_seal_key_signs_no_token():
    with refused(Reason.TOKEN_KEY_USE):
        check(token(key_of(QIANJIANG, KeyUse.SEAL)))


def test_a_seal_key_registered_among_token_keys_by_mistake_is_refused():
    seal = key_of(QIANJIANG, KeyUse.SEAL)
    with refused(Reason.TOKEN_KEY_USE):
        check(token(seal), keys={seal.kid: seal.public_part()})


@pytest.mark.parametrize(
    "dates", [{"accept_until": NOW - SECOND}, {"accept_from": NOW + SECOND}], ids=["past", "not yet"]
)
def test_a_key_outside_its_dates_signs_no_token(dates):
    with refused(Reason.TOKEN_KEY_EXPIRED):
        check(token(), keys={KEY.kid: replace(KEY.public_part(), **dates)})


def test_a_proof_ends_no_later_than_its_key():
    keys = {KEY.kid: replace(KEY.public_part(), accept_until=NOW + SECOND)}
    assert check(token(), keys=keys).until == NOW + SECOND


def test_a_token_signed_by_another_key_under_this_kid_is_refused():
    other = new_key(KeyUse.TOKEN, P256)
    with refused(Reason.TOKEN_SIGNATURE):
        check(token(other, header={"kid": KEY.kid}))


def test_altered_claims_are_refused():
    header, _, signature = token().split(".")
    altered = base64url.encode(json.dumps(claims(jti="another")).encode())
    with refused(Reason.TOKEN_SIGNATURE):
        check(f"{header}.{altered}.{signature}")


def test_a_seals_kind_of_signature_is_no_tokens():
    unsigned = handmade({"alg": "ES256", "kid": KEY.kid}, claims()).rstrip(".")
    with refused(Reason.TOKEN_SIGNATURE):
        check(f"{unsigned}.{base64url.encode(KEY.sign(unsigned.encode()))}")


def test_a_key_sent_along_in_the_header_is_not_looked_at():
    other = new_key(KeyUse.TOKEN, P256)
    jwk = other.suite.public_to_jwk(other.private.public_key())
    with refused(Reason.TOKEN_KEY_UNKNOWN):
        check(token(other, header={"jwk": jwk, "jku": "https://example.invalid/keys"}))


@pytest.mark.parametrize(
    "audience",
    ["tongban:433100", "422800", "", REMOVED, None, ["tongban:422800", "tongban:433100"], {"tongban:422800": 1}],
    ids=["another", "no prefix", "empty", "missing", "null", "two", "an object"],
)
def test_a_token_for_another_audience_is_refused(audience):
    with refused(Reason.TOKEN_AUDIENCE):
        check(token_of_any(aud=audience))


def test_an_audience_may_be_a_list_of_one():
    assert check(token(aud=["tongban:422800"])).kid == KEY.kid


@pytest.mark.parametrize("issuer", ["500114", "tongban:", "tongban:5001", "tongban:500114 ", "", REMOVED], ids=ascii)
def test_an_issuer_that_is_no_gateway_is_refused(issuer):
    with refused(Reason.TOKEN_ISSUER):
        check(token(iss=issuer))


def test_an_issuer_that_is_no_text_is_refused():
    with refused(Reason.TOKEN_ISSUER):
        check(handmade({"alg": "ES256", "kid": KEY.kid}, claims(iss=["tongban:500114"])))


def test_a_token_of_another_region_than_the_certificates_is_refused():
    with refused(Reason.TOKEN_REGION):
        check(token(key_of(XIANGXI, KeyUse.TOKEN), iss="tongban:433100"))
    with refused(Reason.TOKEN_REGION):
        check(token(iss="tongban:433100"))


def test_a_token_is_believed_for_thirty_seconds_past_its_end():
    assert check(token(), now=NOW + timedelta(seconds=329, milliseconds=999)).kid == KEY.kid
    with refused(Reason.TOKEN_EXPIRED) as refusal:
        check(token(), now=NOW + timedelta(seconds=330))
    assert refusal.error.retriable


@pytest.mark.parametrize("name", ["iat", "nbf"])
def test_a_token_is_believed_thirty_seconds_before_its_start(name):
    assert check(token(**{name: seconds(30), "exp": seconds(60)})).kid == KEY.kid
    with refused(Reason.TOKEN_NOT_YET_VALID):
        check(token(**{name: seconds(31), "exp": seconds(60)}))


@pytest.mark.parametrize(
    "times",
    [{"exp": seconds(301)}, {"iat": seconds(-1)}, {"iat": 1}],
    ids=["ends late", "began early", "began in 1970"],
)
def test_a_token_that_lives_longer_than_five_minutes_is_refused(times):
    with refused(Reason.TOKEN_LIFETIME):
        check(token(**times))


@pytest.mark.parametrize("value", [REMOVED, "1795485600", True, 0, -5, 10**30, 1e300, [1]], ids=ascii)
@pytest.mark.parametrize("name", ["iat", "nbf", "exp"])
def test_a_time_that_is_no_number_of_seconds_is_refused(name, value):
    with refused(Reason.TOKEN_MALFORMED):
        check(token_of_any(**{name: value}))


@pytest.mark.parametrize("value", [REMOVED, "", 5, "x" * 129], ids=["missing", "empty", "number", "too long"])
def test_a_token_without_a_usable_jti_is_refused(value):
    with refused(Reason.TOKEN_MALFORMED):
        check(token_of_any(jti=value))


def token_of_any(**changes):
    """A well-signed token whose claims PyJWT would not write."""
    payload = json.dumps(claims(**changes)).encode()
    return jwt.PyJWS().encode(payload, KEY.private, "ES256", {"kid": KEY.kid})


def test_broken_seconds_are_read():
    assert check(token_of_any(iat=seconds(0) + 0.5, exp=seconds(300) + 0.25)).until == NOW + timedelta(seconds=330.25)


@pytest.mark.parametrize(
    "bound",
    [
        REMOVED,
        None,
        FINGERPRINT,
        {},
        {"x5t#S256": None},
        {"x5t#S256": "é"},
        {"x5t#S256": FINGERPRINT + "="},
        {"jkt": FINGERPRINT},
        {"x5t#S256": certificate_of(XIANGXI).fingerprint},
    ],
    ids=[
        "missing",
        "null",
        "text",
        "empty",
        "null inside",
        "not ASCII",
        "padded",
        "another method",
        "another certificate",
    ],
)
def test_a_token_not_bound_to_the_presented_certificate_is_refused(bound):
    with refused(Reason.TOKEN_NOT_BOUND):
        check(token_of_any(cnf=bound))


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("Bearer abc", "abc"),
        ("bearer  abc ", "abc"),
        ("Basic abc", None),
        ("Bearer", None),
        ("Bearer ", None),
        ("abc", None),
        ("", None),
        (None, None),
    ],
)
def test_a_bearer_token_is_read_from_the_authorization(value, expected):
    assert bearer(value) == expected


class Clock:
    def __init__(self):
        self.now = NOW

    def __call__(self):
        return self.now


def made_by(clock):
    ids = iter(range(1000))
    return TokenMaker(QIANJIANG, KEY, FINGERPRINT, clock, lambda: f"id-{next(ids)}")


def test_a_token_is_used_again_while_a_minute_is_left():
    clock = Clock()
    maker = made_by(clock)
    first = maker.token_for(ENSHI)
    clock.now = NOW + timedelta(minutes=4) - SECOND
    assert maker.token_for(ENSHI) == first
    clock.now = NOW + timedelta(minutes=4)
    second = maker.token_for(ENSHI)
    assert second != first
    assert check(second, now=clock.now).jti == "id-1"


def test_each_audience_has_a_token_of_its_own():
    maker = made_by(Clock())
    assert maker.token_for(ENSHI) != maker.token_for(XIANGXI)
    with refused(Reason.TOKEN_AUDIENCE):
        check(maker.token_for(XIANGXI))


def test_a_clock_that_was_set_back_gets_a_new_token():
    clock = Clock()
    maker = made_by(clock)
    maker.token_for(ENSHI)
    clock.now = NOW - timedelta(hours=1)
    assert check(maker.token_for(ENSHI), now=clock.now).jti == "id-1"


def test_a_key_past_its_signing_date_makes_no_token():
    clock = Clock()
    key = new_key(KeyUse.TOKEN, P256, now=NOW, seal_for=timedelta(minutes=2))
    maker = TokenMaker(QIANJIANG, key, FINGERPRINT, clock, lambda: "id")
    maker.token_for(ENSHI)
    clock.now = NOW + timedelta(minutes=5)
    with refused(Reason.TOKEN_KEY_EXPIRED):
        maker.token_for(ENSHI)


def test_a_seal_key_makes_no_tokens():
    with refused(Reason.TOKEN_KEY_USE):
        TokenMaker(QIANJIANG, key_of(QIANJIANG, KeyUse.SEAL), FINGERPRINT, lambda: NOW, lambda: "id")
