import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.case.reasons import Reason
from gateway.case.texts import Lang, Text
from gateway.trust import base64url
from gateway.trust.suites import ED25519, P256, KeyUse, SigningKey, VerifyKey, suite_named, thumbprint
from gateway.trust.suites import SUITES as TABLE
from tests.unit.trust.trust_build import SUITES, refused

# RFC 8037 appendix A.1 to A.3: an Ed25519 key and its thumbprint.
RFC8037_X = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"
RFC8037_THUMBPRINT = "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"
# RFC 7515 appendix A.3.1: a P-256 key.
RFC7515_P256 = {
    "kty": "EC",
    "crv": "P-256",
    "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
    "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
}


def test_the_thumbprint_is_that_of_rfc_7638():
    n = (
        "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3"
        "oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdA"
        "ZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-"
        "kEgU8awapJzKnqDKgw"
    )
    assert thumbprint({"n": n, "kty": "RSA", "e": "AQAB"}) == "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"


def test_the_thumbprint_of_an_ed25519_key_is_that_of_rfc_8037():
    public = ED25519.public_from_jwk({"kty": "OKP", "crv": "Ed25519", "x": RFC8037_X, "kid": "anything"})
    assert thumbprint(ED25519.public_to_jwk(public)) == RFC8037_THUMBPRINT


def test_the_ed25519_signature_of_rfc_8037_verifies():
    # RFC 8037 appendix A.4: the JWS signing input and its signature.
    message = b"eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc"
    signature = base64url.decode(
        "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg"
    )
    public = ED25519.public_from_jwk({"kty": "OKP", "crv": "Ed25519", "x": RFC8037_X})
    assert ED25519.verify(public, signature, message)
    assert not ED25519.verify(public, signature, message + b".")


def test_a_p256_key_survives_the_way_through_a_jwk():
    assert P256.public_to_jwk(P256.public_from_jwk(RFC7515_P256)) == RFC7515_P256


def test_a_point_off_the_curve_is_refused():
    with pytest.raises(ValueError):
        P256.public_from_jwk({**RFC7515_P256, "y": RFC7515_P256["x"]})


@pytest.mark.parametrize(
    "change", [{"kty": "RSA"}, {"crv": "P-384"}, {"x": "AAAA"}, {"x": 5}, {"x": RFC7515_P256["x"] + "="}], ids=str
)
def test_a_damaged_jwk_is_refused(change):
    with pytest.raises(ValueError):
        P256.public_from_jwk({**RFC7515_P256, **change})


def test_p256_seals_are_der_and_bound_to_every_bit():
    private = P256.generate()
    signature = P256.sign(private, b"seal")
    assert signature[0] == 0x30
    assert signature[1] == len(signature) - 2


@SUITES
@given(message=st.binary(max_size=64), bit=st.integers(0, 511))
def test_a_signature_with_any_bit_flipped_fails(suite, message, bit):
    private = _KEYS[suite.name]
    signature = bytearray(suite.sign(private, message))
    assert suite.verify(private.public_key(), bytes(signature), message)
    signature[bit // 8 % len(signature)] ^= 1 << bit % 8
    assert not suite.verify(private.public_key(), bytes(signature), message)


_KEYS = {suite.name: suite.generate() for suite in (ED25519, P256)}


@SUITES
@pytest.mark.parametrize("signature", [b"", b"\0", b"\0" * 64, b"\x30\x00", b"\xff" * 200], ids=len)
def test_rubbish_is_no_signature(suite, signature):
    assert not suite.verify(_KEYS[suite.name].public_key(), signature, b"seal")


def test_a_key_of_another_suite_is_a_programming_error():
    ed, p = _KEYS["EdDSA"], _KEYS["ES256"]
    for call in (
        lambda: ED25519.sign(p, b""),
        lambda: P256.sign(ed, b""),
        lambda: ED25519.verify(p.public_key(), b"", b""),
        lambda: P256.verify(ed.public_key(), b"", b""),
        lambda: ED25519.public_to_jwk(p.public_key()),
        lambda: P256.public_to_jwk(ed.public_key()),
        lambda: SigningKey("kid", KeyUse.SEAL, P256, ed),
        lambda: VerifyKey("kid", KeyUse.SEAL, ED25519, p.public_key()),
    ):
        with pytest.raises(TypeError):
            call()


def test_a_key_under_a_foreign_kid_does_not_exist():
    private = _KEYS["ES256"]
    for make in (
        lambda: SigningKey(RFC8037_THUMBPRINT, KeyUse.SEAL, P256, private),
        lambda: VerifyKey(RFC8037_THUMBPRINT, KeyUse.SEAL, P256, private.public_key()),
    ):
        with pytest.raises(ValueError, match="thumbprint"):
            make()


def test_a_private_key_does_not_show_in_a_repr():
    private = _KEYS["ES256"]
    kid = thumbprint(P256.public_to_jwk(private.public_key()))
    assert "private" not in repr(SigningKey(kid, KeyUse.SEAL, P256, private))


def test_sm2_is_named_in_the_table_and_refused_with_its_reason():
    assert "SM2" in TABLE
    with refused(Reason.KEY_SUITE_UNAVAILABLE) as refusal:
        suite_named("SM2")
    why = refusal.error.facts["why"]
    assert isinstance(why, Text)
    assert "SM3" in why.say(Lang.EN)
    assert "GB/T 32918" in why.say(Lang.ZH)


@pytest.mark.parametrize("name", ["", "none", "HS256", "RS256", "es256"])
def test_a_suite_outside_the_table_is_refused(name):
    with refused(Reason.KEY_SUITE_UNAVAILABLE):
        suite_named(name)


@pytest.mark.parametrize("text", ["A", "AB", "AA=", "A+/A", "AA==", "é", "A A A", "AAAA\n"])
def test_base64url_has_one_spelling(text):
    with pytest.raises(ValueError):
        base64url.decode(text)


@given(st.binary(max_size=100))
def test_base64url_round_trips(value):
    assert base64url.decode(base64url.encode(value)) == value
