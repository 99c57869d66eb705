"""The bytes of every release are still read, to the values they had; today's code writes the same bytes."""

import hashlib
from datetime import UTC, datetime
from typing import get_args

import pytest

from gateway.case.events import Happening
from gateway.trust.dsse import verify_signatures
from gateway.wire import codec
from tests.wire import golden_files as golden

GOLDEN = [(release, name) for release in golden.RELEASES for name in golden.names(release)]
SEALED = [(release, name) for release, name in GOLDEN if name.startswith("sealed")]
CODECS = {
    "opening": (codec.envelope_from_bytes, codec.envelope_to_bytes),
    "event": (codec.envelope_from_bytes, codec.envelope_to_bytes),
    "correction": (codec.envelope_from_bytes, codec.envelope_to_bytes),
    "receipts": (codec.receipts_from_bytes, codec.receipts_to_bytes),
    "items": (golden.items_from_bytes, golden.items_to_bytes),
    "sealed": (codec.sealed_from_bytes, codec.sealed_to_bytes),
}


def codec_of(name):
    return CODECS[name.split("_", maxsplit=1)[0]]


@pytest.mark.parametrize(("release", "name"), GOLDEN)
def test_released_bytes_read_as_the_value_they_had(release, name):
    data, description = golden.load(release, name)
    read, _ = codec_of(name)
    assert golden.described(read(data)) == description


@pytest.mark.parametrize(("release", "name"), [pair for pair in GOLDEN if pair[0] == "v1.0"])
def test_the_same_value_is_written_as_the_same_bytes(release, name):
    data, _ = golden.load(release, name)
    read, write = codec_of(name)
    assert write(read(data)) == data


@pytest.mark.parametrize(("release", "name"), SEALED)
def test_released_seals_still_verify(release, name):
    data, _ = golden.load(release, name)
    sealed = codec.sealed_from_bytes(data)
    key = golden.a_published_key()
    signatures = [(one.sig, one.keyid) for one in sealed.signatures]
    proven = verify_signatures(
        sealed.payload_type,
        sealed.payload,
        signatures,
        {key.kid: key.public_part()},
        datetime(2026, 11, 24, tzinfo=UTC),
    )
    assert proven == key.kid


def test_a_seal_holds_the_very_bytes_of_its_payload():
    sealed = codec.sealed_from_bytes(golden.load("v1.0", "sealed_opening")[0])
    opening, _ = golden.load("v1.0", "opening")
    assert sealed.payload == opening
    assert hashlib.sha256(sealed.payload).digest() == hashlib.sha256(opening).digest()


def test_every_kind_of_event_has_a_golden_file():
    kinds = {
        golden.load("v1.0", name)[1]["body"]["happening"]["is"] for name in golden.names("v1.0") if "event" in name
    }
    assert kinds == {kind.__name__ for kind in get_args(Happening)}
