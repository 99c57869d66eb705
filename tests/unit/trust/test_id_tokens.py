"""Tokens of an identity provider: which are believed, at the edges of each rule; the whole way is in tests/console."""

import json
from datetime import timedelta
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from gateway.trust.id_tokens import (
    LEEWAY,
    LOGOUT_EVENT,
    MOST_KEYS,
    OLDEST,
    Believed,
    Distrusted,
    Identity,
    identity_of,
    keys_of,
    signed_out_there,
)
from tests.build import NOW

ISSUER, CLIENT, NONCE = "https://sso.example/realms/staff", "tongban", "n-0S6_WzA2Mj"
SECOND = int(NOW.timestamp())
CLAIMS = {"iss": ISSUER, "aud": CLIENT, "sub": "248289761001", "nonce": NONCE, "iat": SECOND, "exp": SECOND + 300}
PRIVATE: dict[str, Any] = {
    "ES256": ec.generate_private_key(ec.SECP256R1()),
    "ES384": ec.generate_private_key(ec.SECP384R1()),
    "EdDSA": ed25519.Ed25519PrivateKey.generate(),
    "RS256": rsa.generate_private_key(65537, 2048),
}
ALGORITHMS = ("RS256", "RS384", "PS256", "ES256", "ES384", "EdDSA")


def jwk(algorithm: str, **members: Any) -> dict[str, Any]:
    kind: Any = jwt.get_algorithm_by_name(algorithm)
    made = dict(kind.to_jwk(PRIVATE[algorithm].public_key(), as_dict=True)) | {"kid": algorithm} | members
    return {name: value for name, value in made.items() if value is not None}


def signed(claims: dict[str, Any], key: str = "ES256", algorithm: str = "", **header: Any) -> str:
    kept = {name: value for name, value in claims.items() if value is not None}
    headers = {"kid": key} | header
    return jwt.PyJWS().encode(json.dumps(kept).encode(), PRIVATE[key], algorithm or key, headers=headers)


def believed(*keys: dict[str, Any], now: Any = NOW, algorithms: tuple[str, ...] = ALGORITHMS) -> Believed:
    return Believed(ISSUER, CLIENT, algorithms, keys_of({"keys": list(keys) or [jwk(name) for name in PRIVATE]}), now)


def why_not(token: str, by: Believed | None = None, **asked: Any) -> str:
    with pytest.raises(Distrusted) as told:
        identity_of(token, by or believed(), **{"nonce": NONCE} | asked)
    return told.value.what


@pytest.mark.parametrize(
    ("key", "algorithm"), [*((name, name) for name in PRIVATE), ("RS256", "RS384"), ("RS256", "PS256")]
)
def test_each_kind_of_key_is_believed(key: str, algorithm: str) -> None:
    assert identity_of(signed(CLAIMS, key, algorithm), believed(), nonce=NONCE) == Identity("248289761001")


def test_what_it_says_beside_who_is_read_as_it_is_and_nothing_odd() -> None:
    said = {"sid": "s", "acr": "gold", "amr": ["pwd", 7, "otp"], "preferred_username": "li", "email": "li@example"}
    found = identity_of(signed(CLAIMS | said), believed(), nonce=NONCE, login_claim="preferred_username")
    assert found == Identity("248289761001", "s", "gold", frozenset({"pwd", "otp"}), "li")
    odd = {"sid": 7, "acr": ["gold"], "amr": "otp", "preferred_username": True}
    found = identity_of(signed(CLAIMS | odd), believed(), nonce=NONCE, login_claim="preferred_username")
    assert found == Identity("248289761001")


@pytest.mark.parametrize(
    ("edge", "last_good", "first_bad", "rule"),
    [
        ("exp", NOW - LEEWAY + timedelta(seconds=1), NOW - LEEWAY, "token.exp"),
        ("iat", NOW + LEEWAY, NOW + LEEWAY + timedelta(seconds=1), "token.iat"),
        ("iat", NOW - OLDEST - LEEWAY, NOW - OLDEST - LEEWAY - timedelta(seconds=1), "token.iat"),
        ("nbf", NOW + LEEWAY, NOW + LEEWAY + timedelta(seconds=1), "token.nbf"),
    ],
)
def test_times_count_to_the_second(edge: str, last_good: Any, first_bad: Any, rule: str) -> None:
    claims = CLAIMS | {"iat": SECOND - 120}
    assert identity_of(signed(claims | {edge: int(last_good.timestamp())}), believed(), nonce=NONCE)
    assert why_not(signed(claims | {edge: int(first_bad.timestamp())})) == rule


def test_when_they_signed_in_there_counts_where_it_is_asked_for() -> None:
    hour = timedelta(hours=1)
    for ago, good in ((3600 + 60, True), (3600 + 61, False), (-60, True), (-61, False)):
        token = signed(CLAIMS | {"auth_time": SECOND - ago})
        if good:
            assert identity_of(token, believed(), nonce=NONCE, max_age=hour)
        else:
            assert why_not(token, max_age=hour) == "id_token.auth_time"
    assert why_not(signed(CLAIMS), max_age=hour) == "id_token.auth_time"


def test_a_key_counts_for_its_kind_and_its_algorithm_alone() -> None:
    assert why_not(signed(CLAIMS), believed(jwk("ES256", alg="ES384"))) == "token.kid"
    assert why_not(signed(CLAIMS), believed(jwk("ES256", use="enc"))) == "token.kid"
    assert why_not(signed(CLAIMS, kid="another")) == "token.kid"
    assert why_not(signed(CLAIMS, "RS256"), believed(jwk("ES256", kid="RS256"))) == "token.kid"
    assert why_not(signed(CLAIMS, "ES256"), believed(algorithms=("RS256",))) == "token.alg"
    assert why_not(signed(CLAIMS), believed(jwk("ES384", kid="ES256"))) == "token.signature"
    assert why_not(signed(CLAIMS), believed(jwk("ES256", x="AAAA"))) == "token.signature"
    assert why_not(signed(CLAIMS), believed({"kty": "oct", "k": "AAAA", "kid": "ES256"})) == "token.kid"


def test_without_a_name_each_key_of_the_kind_is_tried() -> None:
    other = jwk("ES256", kid="other", x=jwk("ES256")["y"], y=jwk("ES256")["x"])
    token = jwt.PyJWS().encode(json.dumps(CLAIMS).encode(), PRIVATE["ES256"], "ES256")
    assert identity_of(token, believed(other, jwk("ES256", kid=None)), nonce=NONCE)
    assert why_not(token, believed(other)) == "token.signature"


@pytest.mark.parametrize("header", [{"crit": ["x"], "x": 1}, {"b64": False, "crit": ["b64"]}])
def test_a_header_that_must_be_understood_and_is_not(header: dict[str, Any]) -> None:
    token = signed(CLAIMS)
    head, payload, signature = token.split(".")
    made = jwt.utils.base64url_encode(json.dumps({"alg": "ES256", "kid": "ES256"} | header).encode()).decode()
    assert head != made
    assert why_not(f"{made}.{payload}.{signature}") in ("token.form", "token.signature")


def test_claims_that_are_no_object_prove_nothing() -> None:
    for content in (b"[]", b"null", b"{", b"[" * 4000 + b"]" * 4000):
        token = jwt.PyJWS().encode(content, PRIVATE["ES256"], "ES256", headers={"kid": "ES256"})
        assert why_not(token) == "token.signature"


@pytest.mark.parametrize("document", [None, [], {}, {"keys": {}}, {"keys": [jwk("ES256")] * (MOST_KEYS + 1)}])
def test_a_key_set_that_is_none_is_refused(document: object) -> None:
    with pytest.raises(Distrusted, match="keys"):
        keys_of(document)


def test_keys_of_an_unknown_kind_are_passed_over() -> None:
    assert keys_of({"keys": [7, {}, {"kty": "SM2"}, {"kty": "oct"}, jwk("ES256")]}) == (jwk("ES256"),)


def test_a_logout_token_is_no_id_token_and_the_other_way_round() -> None:
    logout = CLAIMS | {"nonce": None, "events": {LOGOUT_EVENT: {}}, "jti": "j"}
    found = signed_out_there(signed(logout, typ="logout+jwt"), believed())
    assert (found.subject, found.session, found.mark) == ("248289761001", "", "j")
    assert found.until <= NOW + OLDEST + LEEWAY
    assert why_not(signed(logout)) == "id_token.nonce"
    for claims, typ in ((CLAIMS, "JWT"), (logout, "at+jwt"), (logout | {"nonce": NONCE}, "logout+jwt")):
        with pytest.raises(Distrusted):
            signed_out_there(signed(claims, typ=typ), believed())


def test_nothing_of_a_token_is_shown_by_an_identity() -> None:
    shown = repr(identity_of(signed(CLAIMS | {"sid": "secret-sid"}), believed(), nonce=NONCE))
    assert "248289761001" not in shown
    assert "secret-sid" not in shown
