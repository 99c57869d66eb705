from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.case.reasons import Reason
from gateway.trust.dsse import (
    ENVELOPE_PAYLOAD,
    KEYS_PAYLOAD,
    RECEIPTS_PAYLOAD,
    pre_authentication_encoding,
    sign_payload,
    verify_signatures,
)
from gateway.trust.keys import new_key
from gateway.trust.suites import ED25519, P256, KeyUse
from tests.unit.trust.trust_build import NOW, SUITES, refused

DAY = timedelta(days=1)
SEAL = {suite.name: new_key(KeyUse.SEAL, suite, now=NOW - DAY) for suite in (ED25519, P256)}
NEXT = new_key(KeyUse.SEAL, P256, now=NOW - DAY)
TOKEN = new_key(KeyUse.TOKEN, P256, now=NOW - DAY)
PAYLOAD = "信封 示例".encode()


def registered(*keys):
    return {key.kid: key.public_part() for key in keys}


def test_the_pre_authentication_encoding_is_that_of_dsse():
    encoded = pre_authentication_encoding("http://example.com/HelloWorld", b"hello world")
    assert encoded == b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"


def test_lengths_are_counted_in_bytes():
    assert pre_authentication_encoding("通办", b"") == b"DSSEv1 6 " + "通办".encode() + b" 0 "


@given(st.tuples(st.text(max_size=20), st.binary(max_size=20)), st.tuples(st.text(max_size=20), st.binary(max_size=20)))
def test_two_payloads_never_share_an_encoding(one, other):
    assert (pre_authentication_encoding(*one) == pre_authentication_encoding(*other)) == (one == other)


def test_payload_types_are_distinct():
    assert len({ENVELOPE_PAYLOAD, RECEIPTS_PAYLOAD, KEYS_PAYLOAD}) == 3


@SUITES
def test_a_seal_names_the_key_that_proves_it(suite):
    key = SEAL[suite.name]
    signed = sign_payload(key, ENVELOPE_PAYLOAD, PAYLOAD)
    assert verify_signatures(ENVELOPE_PAYLOAD, PAYLOAD, [signed], registered(key), NOW) == key.kid


@SUITES
@given(payload=st.binary(min_size=1, max_size=200), data=st.data())
def test_any_flipped_bit_of_the_payload_is_refused(suite, payload, data):
    key = SEAL[suite.name]
    signed = sign_payload(key, ENVELOPE_PAYLOAD, payload)
    bit = data.draw(st.integers(0, len(payload) * 8 - 1))
    altered = bytearray(payload)
    altered[bit // 8] ^= 1 << bit % 8
    with refused(Reason.SEAL_SIGNATURE):
        verify_signatures(ENVELOPE_PAYLOAD, bytes(altered), [signed], registered(key), NOW)


@SUITES
def test_any_flipped_bit_of_the_signature_is_refused(suite):
    key = SEAL[suite.name]
    signature, kid = sign_payload(key, ENVELOPE_PAYLOAD, PAYLOAD)
    for bit in range(len(signature) * 8):
        altered = bytearray(signature)
        altered[bit // 8] ^= 1 << bit % 8
        with refused(Reason.SEAL_SIGNATURE):
            verify_signatures(ENVELOPE_PAYLOAD, PAYLOAD, [(bytes(altered), kid)], registered(key), NOW)


def test_a_receipt_cannot_be_shown_as_an_envelope():
    key = SEAL["ES256"]
    signed = sign_payload(key, RECEIPTS_PAYLOAD, PAYLOAD)
    with refused(Reason.SEAL_SIGNATURE):
        verify_signatures(ENVELOPE_PAYLOAD, PAYLOAD, [signed], registered(key), NOW)


@pytest.mark.parametrize("count", [0, 5])
def test_a_seal_has_one_to_four_signatures(count):
    key = SEAL["ES256"]
    signed = sign_payload(key, ENVELOPE_PAYLOAD, PAYLOAD)
    with refused(Reason.MALFORMED_SEAL):
        verify_signatures(ENVELOPE_PAYLOAD, PAYLOAD, [signed] * count, registered(key), NOW)


def test_four_signatures_are_taken():
    keys = [*SEAL.values(), NEXT, new_key(KeyUse.SEAL, ED25519, now=NOW)]
    signed = [sign_payload(key, ENVELOPE_PAYLOAD, PAYLOAD) for key in keys]
    assert verify_signatures(ENVELOPE_PAYLOAD, PAYLOAD, signed, registered(*keys), NOW) == keys[0].kid


def test_a_seal_by_keys_nobody_registered_is_refused():
    signed = sign_payload(NEXT, ENVELOPE_PAYLOAD, PAYLOAD)
    with refused(Reason.SEAL_KEY_UNKNOWN):
        verify_signatures(ENVELOPE_PAYLOAD, PAYLOAD, [signed], registered(SEAL["ES256"]), NOW)


def test_an_unknown_key_beside_a_known_one_is_ignored():
    key = SEAL["ES256"]
    signed = [(b"by the key of next year", "not registered yet"), sign_payload(key, ENVELOPE_PAYLOAD, PAYLOAD)]
    assert verify_signatures(ENVELOPE_PAYLOAD, PAYLOAD, signed, registered(key), NOW) == key.kid


@pytest.mark.parametrize("order", [1, -1], ids=["good first", "bad first"])
def test_a_known_key_that_fails_spoils_a_good_one(order):
    key = SEAL["ES256"]
    good = sign_payload(key, ENVELOPE_PAYLOAD, PAYLOAD)
    bad = sign_payload(NEXT, ENVELOPE_PAYLOAD, b"something else")
    with refused(Reason.SEAL_SIGNATURE):
        verify_signatures(ENVELOPE_PAYLOAD, PAYLOAD, [good, bad][::order], registered(key, NEXT), NOW)


def test_a_signature_under_another_keys_id_is_refused():
    signature, _ = sign_payload(NEXT, ENVELOPE_PAYLOAD, PAYLOAD)
    key = SEAL["ES256"]
    with refused(Reason.SEAL_SIGNATURE):
        verify_signatures(ENVELOPE_PAYLOAD, PAYLOAD, [(signature, key.kid)], registered(key, NEXT), NOW)


def test_the_suite_is_that_of_the_key_entry():
    ed, p = SEAL["EdDSA"], SEAL["ES256"]
    signature, _ = sign_payload(ed, ENVELOPE_PAYLOAD, PAYLOAD)
    with refused(Reason.SEAL_SIGNATURE):
        verify_signatures(ENVELOPE_PAYLOAD, PAYLOAD, [(signature, p.kid)], registered(p, ed), NOW)


def test_a_token_key_does_not_seal():
    with refused(Reason.SEAL_KEY_USE):
        sign_payload(TOKEN, ENVELOPE_PAYLOAD, PAYLOAD)


def test_a_seal_made_with_a_token_key_is_refused():
    signature = TOKEN.sign(pre_authentication_encoding(ENVELOPE_PAYLOAD, PAYLOAD))
    with refused(Reason.SEAL_KEY_USE):
        verify_signatures(ENVELOPE_PAYLOAD, PAYLOAD, [(signature, TOKEN.kid)], registered(TOKEN), NOW)


@pytest.mark.parametrize(
    "dates", [{"accept_until": NOW - timedelta(microseconds=1)}, {"accept_from": NOW + DAY}], ids=["past", "not yet"]
)
def test_a_key_outside_its_dates_is_refused(dates):
    key = SEAL["ES256"]
    signed = sign_payload(key, ENVELOPE_PAYLOAD, PAYLOAD)
    keys = {key.kid: replace(key.public_part(), **dates)}
    with refused(Reason.SEAL_KEY_EXPIRED):
        verify_signatures(ENVELOPE_PAYLOAD, PAYLOAD, [signed], keys, NOW)


def test_a_key_is_accepted_to_the_last_moment():
    key = SEAL["ES256"]
    signed = sign_payload(key, ENVELOPE_PAYLOAD, PAYLOAD)
    keys = {key.kid: replace(key.public_part(), accept_from=NOW, accept_until=NOW)}
    assert verify_signatures(ENVELOPE_PAYLOAD, PAYLOAD, [signed], keys, NOW) == key.kid


def test_an_old_key_beside_the_new_one_proves_nothing_and_spoils_nothing():
    old = SEAL["ES256"]
    signed = [sign_payload(key, ENVELOPE_PAYLOAD, PAYLOAD) for key in (old, NEXT)]
    keys = {**registered(NEXT), old.kid: replace(old.public_part(), accept_until=NOW - DAY)}
    assert verify_signatures(ENVELOPE_PAYLOAD, PAYLOAD, signed, keys, NOW) == NEXT.kid


def test_an_old_key_that_fails_still_spoils_the_seal():
    old = SEAL["ES256"]
    signed = [sign_payload(old, ENVELOPE_PAYLOAD, b"other"), sign_payload(NEXT, ENVELOPE_PAYLOAD, PAYLOAD)]
    keys = {**registered(NEXT), old.kid: replace(old.public_part(), accept_until=NOW - DAY)}
    with refused(Reason.SEAL_SIGNATURE):
        verify_signatures(ENVELOPE_PAYLOAD, PAYLOAD, signed, keys, NOW)
