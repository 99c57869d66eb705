import json
import stat
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.case.reasons import Reason
from gateway.trust.secret_files import write_secret
from gateway.trust.vault import OVERHEAD_BYTES, Vault, add_vault_key, load_vault, new_vault_file
from tests.unit.trust.trust_build import refused

KEYS = {1: bytes(range(32)), 7: bytes(range(32, 64))}
CONTEXT = b"cases|applicant|0192f0c1"


def nonces():
    numbers = count(1)
    return lambda: next(numbers).to_bytes(12, "big")


def vault(keys=KEYS, primary=1, lookup=1):
    return Vault(keys, primary, lookup, nonces())


@given(plaintext=st.binary(max_size=300), context=st.binary(max_size=40))
def test_what_was_sealed_opens_in_its_place(plaintext, context):
    sealed = vault().seal(plaintext, context)
    assert len(sealed) == len(plaintext) + OVERHEAD_BYTES
    assert vault().open(sealed, context) == plaintext


def test_the_layout_is_algorithm_key_nonce_ciphertext_tag():
    sealed = vault(primary=7).seal(b"", b"")
    assert sealed[:17] == b"\x01" + b"\0\0\0\x07" + b"\0" * 11 + b"\x01"
    assert len(sealed) == 17 + 16


def test_the_ciphertext_is_that_of_aes_256_gcm():
    # NIST GCM test case 14: all-zero key, nonce and one block; with additional data only the tag differs.
    sealed = Vault({1: bytes(32)}, 1, 1, lambda: bytes(12)).seal(bytes(16), b"")
    assert sealed[17:33].hex() == "cea7403d4d606b6e074ec5d3baf39d18"


def test_any_flipped_bit_is_refused():
    sealed = vault().seal("张三 示例".encode(), CONTEXT)
    for bit in range(len(sealed) * 8):
        altered = bytearray(sealed)
        altered[bit // 8] ^= 1 << bit % 8
        in_key_id = 1 <= bit // 8 <= 4
        with refused(Reason.VAULT_KEY_UNKNOWN if in_key_id else Reason.VAULT_TAMPERED):
            vault().open(bytes(altered), CONTEXT)


def test_a_value_moved_to_another_place_is_refused():
    sealed = vault().seal(b"value", CONTEXT)
    for elsewhere in (b"", CONTEXT + b"0", b"cases|agent|0192f0c1"):
        with refused(Reason.VAULT_TAMPERED):
            vault().open(sealed, elsewhere)


def test_a_key_id_exchanged_for_another_known_one_is_refused():
    sealed = vault().seal(b"value", CONTEXT)
    with refused(Reason.VAULT_TAMPERED):
        vault().open(sealed[:1] + (7).to_bytes(4, "big") + sealed[5:], CONTEXT)


@pytest.mark.parametrize("length", [0, 1, 17, 32])
def test_a_value_cut_short_is_refused(length):
    sealed = vault().seal(b"", CONTEXT)
    with refused(Reason.VAULT_TAMPERED):
        vault().open(sealed[:length], CONTEXT)


def test_a_value_under_a_key_that_is_gone_is_refused():
    sealed = vault(primary=7).seal(b"value", CONTEXT)
    with refused(Reason.VAULT_KEY_UNKNOWN):
        vault({1: KEYS[1]}).open(sealed, CONTEXT)


def test_after_a_change_of_keys_old_values_open_and_are_known_to_be_old():
    old, new = vault(primary=1), vault(primary=7)
    before, after = old.seal(b"value", CONTEXT), new.seal(b"value", CONTEXT)
    assert new.open(before, CONTEXT) == new.open(after, CONTEXT) == b"value"
    assert new.needs_resealing(before)
    assert not new.needs_resealing(after)


def test_equal_values_are_sealed_differently():
    one = vault()
    assert one.seal(b"value", CONTEXT) != one.seal(b"value", CONTEXT)


def test_a_nonce_of_another_length_is_a_programming_error():
    with pytest.raises(ValueError, match="nonce"):
        Vault(KEYS, 1, 1, lambda: b"short").seal(b"", b"")


@pytest.mark.parametrize(
    ("keys", "primary", "lookup"),
    [({1: b"short"}, 1, 1), (KEYS, 2, 1), (KEYS, 1, 2), ({0: KEYS[1]}, 0, 0), ({2**32: KEYS[1]}, 2**32, 2**32)],
)
def test_keys_that_cannot_work_are_refused(keys, primary, lookup):
    with pytest.raises(ValueError):
        Vault(keys, primary, lookup, nonces())


def test_a_look_up_hash_outlives_a_change_of_keys():
    assert vault(primary=1).lookup(b"value") == vault(primary=7).lookup(b"value")
    assert vault(lookup=1).lookup(b"value") != vault(lookup=7).lookup(b"value")


def test_a_look_up_hash_tells_values_and_purposes_apart():
    one = vault()
    hashes = {one.lookup(value, purpose) for value in (b"", b"a", b"ab") for purpose in (b"", b"a", b"ab")}
    assert len(hashes) == 9
    assert {len(found) for found in hashes} == {32}


def test_the_look_up_hash_stays_what_it_is():
    # Rows in stores depend on it: HKDF-SHA-256 of the key (RFC 5869), then HMAC-SHA-256.
    import hashlib
    import hmac

    extracted = hmac.digest(bytes(32), KEYS[1], hashlib.sha256)
    derived = hmac.digest(extracted, b"tongban vault lookup v1\x01", hashlib.sha256)
    assert vault().lookup(b"value", b"number") == hmac.digest(derived, b"\0\0\0\x06numbervalue", hashlib.sha256)


def test_a_storage_key_file_is_made_once_and_for_its_owner_only(tmp_path):
    file = tmp_path / "keys" / "vault.json"
    new_vault_file(file)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    before = file.read_bytes()
    with pytest.raises(FileExistsError):
        new_vault_file(file)
    assert file.read_bytes() == before
    sealed = load_vault(file, nonces()).seal(b"value", CONTEXT)
    assert load_vault(file, nonces()).open(sealed, CONTEXT) == b"value"


def test_an_added_key_seals_and_the_old_one_opens(tmp_path):
    file = tmp_path / "vault.json"
    new_vault_file(file)
    old = load_vault(file, nonces())
    sealed, found = old.seal(b"value", CONTEXT), old.lookup(b"value")
    assert add_vault_key(file) == 2
    new = load_vault(file, nonces())
    assert new.open(sealed, CONTEXT) == b"value"
    assert new.needs_resealing(sealed)
    assert new.lookup(b"value") == found


def test_a_missing_storage_key_says_what_to_run(tmp_path):
    with refused(Reason.KEY_FILE_MISSING) as refusal:
        load_vault(tmp_path / "vault.json", nonces())
    assert refusal.error.facts["command"] == "tongban init"


def test_a_storage_key_others_can_read_is_refused(tmp_path):
    file = tmp_path / "vault.json"
    new_vault_file(file)
    file.chmod(0o640)
    with refused(Reason.KEY_FILE_OPEN):
        load_vault(file, nonces())


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b'{"primary": 1, "lookup": 1, "keys": []}',
        b'{"primary": 1, "lookup": 1, "keys": {}}',
        b'{"primary": 1, "lookup": 1, "keys": {"1": "AAAA"}}',
        json.dumps({"primary": 2, "lookup": 1, "keys": {"1": "A" * 43}}).encode(),
    ],
    ids=repr,
)
def test_a_damaged_storage_key_file_is_refused(tmp_path, content):
    write_secret(tmp_path / "vault.json", content)
    with refused(Reason.CONFIGURATION):
        load_vault(tmp_path / "vault.json", nonces())
