"""The bytes printed in docs/exchange-format.md are those the code makes, and anybody's library can check them."""

import hashlib
import json
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from gateway.trust.dsse import ENVELOPE_PAYLOAD, RECEIPTS_PAYLOAD, verify_signatures
from gateway.trust.suites import KeyUse
from gateway.wire.codec import envelope_from_bytes, receipts_from_bytes, sealed_from_bytes
from gateway.wire.envelope import Outcome
from gateway.wire.gen.tongban.exchange.v1 import exchange_pb2 as pb
from tests.docs import worked_example
from tests.docs.marked_parts import DOCS, part

TEXT = (DOCS / "exchange-format.md").read_text("utf-8")
HEX = re.compile(r"^(payload|PAE|signature|SealedEnvelope|SHA-256)[^\n]*:\n\n```text\n([0-9a-f\n]+)```", re.MULTILINE)


def printed(name: str) -> dict[str, bytes]:
    """Return the bytes of a story as a reader of the page copies them."""
    return {what: bytes.fromhex(digits) for what, digits in HEX.findall(part(TEXT, name))}


def printed_keys() -> dict[str, dict[str, str]]:
    """Return the example keys as printed, by what they are for."""
    keys = {}
    for paragraph in part(TEXT, "keys").strip("`\n").removeprefix("text\n").split("\n\n"):
        title, *lines = paragraph.splitlines()
        keys[title.split(",")[0]] = dict(re.split(r"  +", line.strip(), maxsplit=1) for line in lines)
    return keys


@pytest.mark.parametrize("name", worked_example.PARTS)
def test_the_printed_part_is_what_the_code_makes(name):
    assert part(TEXT, name) == worked_example.PARTS[name]().strip(), "run `make docs`"


@pytest.mark.parametrize(
    ("story", "whose", "kind"),
    [
        ("envelope", "seal key of the sender", "application/vnd.tongban.exchange.v1.envelope+protobuf"),
        ("receipts", "seal key of the recipient", "application/vnd.tongban.exchange.v1.receipts+protobuf"),
    ],
)
def test_a_reader_with_a_library_of_their_own_can_check_every_printed_byte(story, whose, kind):
    there, key = printed(story), printed_keys()[whose]
    payload = there["payload"]
    assert there["SHA-256"] == hashlib.sha256(payload).digest()
    assert there["PAE"] == f"DSSEv1 {len(kind)} {kind} {len(payload)} ".encode() + payload
    public = Ed25519PublicKey.from_public_bytes(bytes.fromhex(key["public (32 bytes)"]))
    public.verify(there["signature"], there["PAE"])
    with pytest.raises(InvalidSignature):
        public.verify(there["signature"], there["PAE"][:-1] + b"\x00")
    sealed = pb.SealedEnvelope.FromString(there["SealedEnvelope"])
    assert (sealed.payload, sealed.payload_type) == (payload, kind)
    assert [(one.sig, one.keyid) for one in sealed.signatures] == [(there["signature"], key["kid"])]
    assert there["signature"].hex() in there["SealedEnvelope"].hex()


@pytest.mark.parametrize("whose", ["seal key of the sender", "seal key of the recipient", "token key of the sender"])
def test_the_printed_key_ids_are_thumbprints_of_the_printed_keys(whose):
    key = printed_keys()[whose]
    private = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(key["private (32 bytes)"]))
    public = private.public_key().public_bytes_raw()
    assert public.hex() == key["public (32 bytes)"]
    canonical = f'{{"crv":"Ed25519","kty":"OKP","x":"{unpadded(public)}"}}'
    assert key["RFC 7638 input"] == canonical
    assert key["kid"] == unpadded(hashlib.sha256(canonical.encode()).digest())


def test_the_printed_receipt_answers_the_printed_envelope():
    envelope = envelope_from_bytes(printed("envelope")["payload"])
    batch = receipts_from_bytes(printed("receipts")["payload"])
    (receipt,) = batch.receipts
    assert (batch.issuer, batch.sender) == (envelope.recipient, envelope.sender)
    assert receipt.envelope_id == envelope.envelope_id
    assert receipt.payload_sha256 == printed("envelope")["SHA-256"]
    assert (receipt.outcome, receipt.case_version) == (Outcome.ACCEPTED, 4)
    assert envelope.case_version is None, "an envelope of the origin carries no version"


def test_the_gateway_itself_believes_the_printed_seals():
    keys = {
        key.kid: key.public_part()
        for key in (worked_example.a_key(whose, KeyUse.SEAL) for whose in ("sender", "recipient"))
    }
    for story, kind in (("envelope", ENVELOPE_PAYLOAD), ("receipts", RECEIPTS_PAYLOAD)):
        sealed = sealed_from_bytes(printed(story)["SealedEnvelope"])
        signatures = [(one.sig, one.keyid) for one in sealed.signatures]
        assert verify_signatures(kind, sealed.payload, signatures, keys, worked_example.NOW) in keys


def test_the_printed_token_verifies_and_says_what_is_printed():
    said = part(TEXT, "token")
    token = re.search(r"```text\n(\S+)\n```", said)[1]
    head, body, signature = token.split(".")
    key = printed_keys()["token key of the sender"]
    public = Ed25519PublicKey.from_public_bytes(bytes.fromhex(key["public (32 bytes)"]))
    public.verify(decoded(signature), f"{head}.{body}".encode())
    assert f"{decoded(head).decode()}\n{decoded(body).decode()}" in said
    claims = json.loads(decoded(body))
    assert json.loads(decoded(head))["kid"] == key["kid"]
    assert claims["exp"] - claims["iat"] <= 300
    assert claims["cnf"]["x5t#S256"] == unpadded(hashlib.sha256(b"").digest())


def unpadded(data: bytes) -> str:
    """Base64url without padding."""
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def decoded(text: str) -> bytes:
    """Bytes of base64url without padding."""
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))
