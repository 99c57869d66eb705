import json
import os
import stat
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import TypeAdapter

from gateway.case.errors import GatewayError
from gateway.case.reasons import Reason
from gateway.partners.keys import load_key
from gateway.partners.schema import KeyEntry
from gateway.trust.keys import load_keys, new_key, partner_file_entries, public_jwks, save_key
from gateway.trust.secret_files import MAX_SECRET_BYTES, read_secret, write_secret
from gateway.trust.suites import ED25519, P256, KeyUse
from tests.unit.trust.trust_build import NOW, SUITES, refused

DAY = timedelta(days=1)


@pytest.fixture
def folder(tmp_path):
    """A folder with one key of each use."""
    for use in KeyUse:
        save_key(tmp_path / "keys", new_key(use, P256, now=NOW))
    return tmp_path / "keys"


@SUITES
def test_a_saved_key_is_loaded_as_it_was(tmp_path, suite):
    keys = [new_key(use, suite, now=NOW) for use in KeyUse]
    for key in keys:
        save_key(tmp_path, key)
    loaded = load_keys(tmp_path)
    for key in keys:
        again = loaded.current(key.use, NOW)
        assert (again.kid, again.use, again.suite) == (key.kid, key.use, key.suite)
        assert (again.valid_from, again.seal_until, again.accept_until) == (
            NOW,
            NOW + timedelta(days=365),
            NOW + timedelta(days=425),
        )
        assert key.suite.verify(key.private.public_key(), again.sign(b"message"), b"message")


def test_a_key_without_dates_is_loaded_without_dates(tmp_path):
    for use in KeyUse:
        save_key(tmp_path, new_key(use, ED25519))
    key = load_keys(tmp_path).current(KeyUse.SEAL, NOW)
    assert (key.valid_from, key.seal_until, key.accept_until) == (None, None, None)


def test_key_files_are_for_their_owner_only(tmp_path):
    before = os.umask(0)
    try:
        file = save_key(tmp_path / "keys", new_key(KeyUse.SEAL, P256))
    finally:
        os.umask(before)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert list(file.parent.iterdir()) == [file]


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o666], ids=oct)
def test_a_key_file_others_can_use_stops_the_start_and_says_what_to_run(folder, mode):
    file = next(folder.glob("seal-*"))
    file.chmod(mode)
    with refused(Reason.KEY_FILE_OPEN) as refusal:
        load_keys(folder)
    assert refusal.error.facts["command"] == f"chmod 600 {file}"
    assert str(file) in refusal.error.cause.zh


def test_a_missing_folder_says_what_to_run(tmp_path):
    with refused(Reason.KEY_FILE_MISSING) as refusal:
        load_keys(tmp_path / "nowhere")
    assert refusal.error.facts["command"] == "tongban keys new --use seal --in-days 0"


def test_a_missing_use_says_what_to_run(folder):
    next(folder.glob("token-*")).unlink()
    with refused(Reason.KEY_FILE_MISSING) as refusal:
        load_keys(folder)
    assert refusal.error.facts["command"] == "tongban keys new --use token --in-days 0"


def test_one_key_cannot_be_saved_for_both_uses(tmp_path):
    key = new_key(KeyUse.SEAL, P256)
    save_key(tmp_path, key)
    with refused(Reason.KEY_USE_MIXED):
        save_key(tmp_path, replace(key, use=KeyUse.TOKEN))
    assert len(list(tmp_path.iterdir())) == 1


def test_one_key_copied_by_hand_to_the_other_use_is_refused(folder):
    file = next(folder.glob("seal-*"))
    content = json.loads(file.read_text()) | {"use": "token"}
    write_secret(folder / file.name.replace("seal-", "token-"), json.dumps(content).encode())
    with refused(Reason.KEY_USE_MIXED):
        load_keys(folder)


def test_a_key_of_a_suite_that_is_not_built_in_is_refused(folder):
    file = next(folder.glob("seal-*"))
    write_secret(file, json.dumps(json.loads(file.read_text()) | {"suite": "SM2"}).encode())
    with refused(Reason.KEY_SUITE_UNAVAILABLE) as refusal:
        load_keys(folder)
    assert refusal.error.facts["suite"] == "SM2"


@pytest.mark.parametrize(
    "change",
    [
        {"private": "-----BEGIN PRIVATE KEY-----\nMOCKSECRET\n-----END PRIVATE KEY-----\n"},
        {"private": None},
        {"use": "both"},
        {"suite": "EdDSA"},
        {"kid": "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"},
        {"accept_until": "2026-11-24T02:00:00"},
        {"seal_until": 5},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_damaged_key_file_is_named_and_its_content_is_not_quoted(folder, change):
    file = next(folder.glob("seal-*"))
    write_secret(file, json.dumps(json.loads(file.read_text()) | change).encode())
    with refused(Reason.CONFIGURATION) as refusal:
        load_keys(folder)
    (finding,) = refusal.error.findings
    assert finding.path == str(file)
    assert "SECRET" not in f"{finding} {refusal.error}"
    assert refusal.error.__cause__ is None


@pytest.mark.parametrize("content", [b"", b"[]", b"not json", b"\xff", b"[" * 60_000], ids=lambda c: repr(c[:8]))
def test_a_file_that_holds_no_key_is_refused(folder, content):
    write_secret(next(folder.glob("seal-*")), content)
    with refused(Reason.CONFIGURATION):
        load_keys(folder)


def test_a_secret_file_beyond_its_bound_is_refused(tmp_path):
    write_secret(tmp_path / "secret", b"x" * (MAX_SECRET_BYTES + 1))
    with refused(Reason.CONFIGURATION):
        read_secret(tmp_path / "secret", "make it")


def test_a_folder_in_place_of_a_secret_file_is_refused(tmp_path):
    with refused(Reason.CONFIGURATION):
        read_secret(tmp_path, "make it")


def test_what_a_crash_left_unfinished_does_not_stop_the_next_write(tmp_path):
    (tmp_path / ".secret.unfinished").write_bytes(b"half")
    (tmp_path / ".secret.unfinished").chmod(0o666)
    write_secret(tmp_path / "secret", b"whole")
    assert read_secret(tmp_path / "secret", "make it") == b"whole"
    assert [file.name for file in tmp_path.iterdir()] == ["secret"]


def test_the_newest_key_that_may_sign_signs(tmp_path):
    old = new_key(KeyUse.SEAL, P256, now=NOW - 10 * DAY)
    coming = new_key(KeyUse.SEAL, P256, now=NOW + DAY)
    for key in (coming, old, new_key(KeyUse.TOKEN, P256, now=NOW)):
        save_key(tmp_path, key)
    keys = load_keys(tmp_path)
    assert keys.current(KeyUse.SEAL, NOW).kid == old.kid
    assert keys.current(KeyUse.SEAL, NOW + DAY).kid == coming.kid


def test_a_key_past_its_signing_date_signs_nothing_and_is_still_accepted(tmp_path):
    for use in KeyUse:
        save_key(tmp_path, new_key(use, P256, now=NOW, seal_for=DAY, accept_after=DAY))
    keys = load_keys(tmp_path)
    assert keys.current(KeyUse.SEAL, NOW + DAY).seal_until == NOW + DAY
    later = NOW + DAY + timedelta(seconds=1)
    assert all(key.public_part().is_accepted_at(later) for key in keys.keys)
    with refused(Reason.KEY_NOT_IN_FORCE):
        keys.current(KeyUse.SEAL, later)


def test_with_a_clock_set_back_the_clock_is_named_before_a_new_key_is(tmp_path):
    for use in KeyUse:
        save_key(tmp_path, new_key(use, P256, now=NOW, seal_for=DAY, accept_after=DAY))
    with refused(Reason.KEY_NOT_IN_FORCE) as refusal:
        load_keys(tmp_path).current(KeyUse.SEAL, NOW - 365 * DAY)
    cause, fix = refusal.error.cause.en, refusal.error.fix.en
    assert (NOW - 365 * DAY).strftime("%Y-%m-%d") in cause
    assert NOW.strftime("%Y-%m-%d") in cause
    assert fix.index("clock") < fix.index("tongban keys new --use seal")


@SUITES
def test_what_is_exported_is_what_a_partner_file_takes(tmp_path, suite):
    key = new_key(KeyUse.SEAL, suite, now=NOW)
    (written,) = json.loads(json.dumps(partner_file_entries([key])))
    registered = load_key(TypeAdapter(KeyEntry).validate_python(written), tmp_path)
    assert (registered.kid, registered.use.value) == (key.kid, "seal")
    assert (registered.valid_from, registered.seal_until, registered.accept_until) == (
        key.valid_from,
        key.seal_until,
        key.accept_until,
    )
    assert suite.verify(registered.public, key.sign(b"message"), b"message")


@SUITES
def test_the_exported_jwk_set_holds_use_and_dates_and_no_secret(suite):
    key = new_key(KeyUse.TOKEN, suite, now=NOW)
    (jwk,) = json.loads(json.dumps(public_jwks([key])))["keys"]
    assert "d" not in jwk
    assert (jwk["kid"], jwk["use"], jwk["alg"]) == (key.kid, "token", suite.name)
    assert jwk["valid_from"] == "2026-11-24T02:00:00Z"
    assert jwk["seal_until"] == "2027-11-24T02:00:00Z"
    assert jwk["accept_until"] == "2028-01-23T02:00:00Z"
    assert suite.public_from_jwk(jwk) == key.private.public_key()


def test_a_key_without_dates_is_exported_without_dates():
    (jwk,) = public_jwks([new_key(KeyUse.TOKEN, P256)])["keys"]
    assert not {"valid_from", "seal_until", "accept_until"} & set(jwk)


@pytest.mark.parametrize("mode", [0o750, 0o701, 0o777])
def test_a_folder_others_may_enter_is_refused_with_the_command_that_mends_it(tmp_path: Path, mode: int) -> None:
    folder = tmp_path / "keys"
    for use in KeyUse:
        save_key(folder, new_key(use, P256, now=NOW))
    folder.chmod(mode)
    with pytest.raises(GatewayError) as caught:
        load_keys(folder)
    assert caught.value.reason is Reason.KEY_FOLDER_OPEN
    assert f"chmod 700 {folder}" in caught.value.fix.en
    folder.chmod(0o700)
    assert len(load_keys(folder).keys) == 2
