"""Tokens of local systems: only what the owner of the registered key signed, for us, for minutes."""

import json
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization

from gateway.trust.keys import new_key
from gateway.trust.local_tokens import is_good_local_token
from gateway.trust.suites import ED25519, P256, KeyUse, SigningKey, Suite
from tests.build import NOW

SECOND = int(NOW.timestamp())
CLAIMS = {"iss": "zongchuang", "aud": "tongban:422800", "iat": SECOND, "exp": SECOND + 300}


def pem(key: SigningKey) -> str:
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    return key.private.public_key().public_bytes(serialization.Encoding.PEM, form).decode()


def signed(key: SigningKey, claims: dict[str, Any], algorithm: str = "") -> str:
    return jwt.PyJWS().encode(json.dumps(claims).encode(), key.private, algorithm or key.suite.name)


def is_good(token: str, key: SigningKey, **changes: Any) -> bool:
    expected = {"issuer": "zongchuang", "audience": "tongban:422800", "algorithm": key.suite.name, "now": NOW}
    return is_good_local_token(token, public_key=pem(key), **(expected | changes))


@pytest.fixture(params=[P256, ED25519], ids=["ES256", "EdDSA"])
def key(request: pytest.FixtureRequest) -> SigningKey:
    suite: Suite = request.param
    return new_key(KeyUse.TOKEN, suite)


def test_a_token_of_the_system_is_believed(key: SigningKey) -> None:
    assert is_good(signed(key, CLAIMS), key)
    assert is_good(signed(key, CLAIMS | {"aud": ["other", "tongban:422800"]}), key)


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "another"},
        {"aud": "tongban:500114"},
        {"aud": None},
        {"exp": SECOND - 31, "iat": SECOND - 300},
        {"iat": SECOND + 31, "exp": SECOND + 300},
        {"nbf": SECOND + 31},
        {"nbf": "soon"},
        {"exp": SECOND + 301},
        {"exp": SECOND},
        {"exp": True},
        {"iat": None},
    ],
    ids=lambda changes: " ".join(f"{name}={value}" for name, value in changes.items()),
)
def test_a_claim_that_is_not_as_it_must_be_is_not_believed(key: SigningKey, changes: dict[str, Any]) -> None:
    assert not is_good(signed(key, CLAIMS | changes), key)


def test_a_token_signed_by_somebody_else_is_not_believed(key: SigningKey) -> None:
    assert not is_good(signed(new_key(KeyUse.TOKEN, key.suite), CLAIMS), key)


def test_the_message_never_chooses_the_algorithm(key: SigningKey) -> None:
    unsigned = jwt.encode(CLAIMS, None, algorithm="none")
    assert not is_good(unsigned, key)
    with_public_key_as_secret = jwt.PyJWS().encode(json.dumps(CLAIMS).encode(), pem(key)[30:90], "HS256")
    assert not is_good(with_public_key_as_secret, key)
    other = {"ES256": "EdDSA", "EdDSA": "ES256"}[key.suite.name]
    assert not is_good(signed(key, CLAIMS), key, algorithm=other)
    assert not is_good(signed(key, CLAIMS), key, algorithm="HS256")


@pytest.mark.parametrize("token", ["", "a.b.c", "x" * 5000, "é.é.é", "eyJhbGciOiJFUzI1NiJ9.W10.AA"])
def test_what_is_no_token_is_not_believed(key: SigningKey, token: str) -> None:
    assert not is_good(token, key)
