"""What a gateway believes of sealed bytes: who signed, for whom, as what; a doubtful batch never spoils the sound one beside it."""

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.case.errors import GatewayError
from gateway.case.reasons import Reason
from gateway.flows.delivery.settle import prove_receipts
from gateway.flows.opening import Opened, Unreadable, authenticate, open_envelope, open_receipts
from gateway.flows.sealing import Sealer
from gateway.partners.partner import Partner
from gateway.trust.dsse import ENVELOPE_PAYLOAD, RECEIPTS_PAYLOAD, sign_payload
from gateway.trust.suites import KeyUse, VerifyKey
from gateway.wire.codec import envelope_to_bytes, receipts_to_bytes, sealed_from_bytes, sealed_to_bytes
from gateway.wire.envelope import EXCHANGE_MINOR, Envelope, ReceiptBatch, Sealed, Signature
from gateway.wire.gen.tongban.exchange.v1 import exchange_pb2
from tests.build import ENSHI, NOW, QIANJIANG, XIANGXI, a_batch, a_case, a_receipt, an_envelope, an_event, an_id
from tests.certificates import region
from tests.unit.trust.trust_build import key_of, refused

LIFE = timedelta(days=7)


def keys_of(code: str, use: KeyUse = KeyUse.SEAL) -> Mapping[str, VerifyKey]:
    public = key_of(code, use).public_part()
    return {public.kid: public}


def sealed_by(code: str, payload: bytes, kind: str = ENVELOPE_PAYLOAD) -> Sealed:
    sig, kid = sign_payload(key_of(code, KeyUse.SEAL), kind, payload)
    return Sealed(payload, kind, (Signature(sig, kid),))


def receipts_by(code: str, batch: ReceiptBatch) -> bytes:
    return sealed_to_bytes(sealed_by(code, receipts_to_bytes(batch), RECEIPTS_PAYLOAD))


def from_qianjiang(envelope: Envelope) -> Sealed:
    return sealed_by(QIANJIANG, envelope_to_bytes(envelope))


def partner() -> Partner:
    return region(ENSHI).as_partner("127.0.0.1:1")


def test_an_envelope_of_the_caller_for_us_is_authentic_and_keeps_its_exact_bytes() -> None:
    sealed = from_qianjiang(an_envelope())
    authentic = authenticate(sealed, QIANJIANG, ENSHI, keys_of(QIANJIANG), NOW)
    assert authentic.sealed == sealed_to_bytes(sealed)
    assert authentic.payload_sha256 == hashlib.sha256(sealed.payload).digest()
    assert (authentic.header.envelope_id, authentic.header.sequence) == (an_id(1000), 1)
    opened = open_envelope(authentic)
    assert isinstance(opened, Opened)
    assert opened.envelope == an_envelope()


@pytest.mark.parametrize(
    ("envelope", "caller", "reason"),
    [
        (an_envelope(sender=XIANGXI), QIANJIANG, Reason.SENDER_NOT_CALLER),
        (an_envelope(recipient=XIANGXI), QIANJIANG, Reason.WRONG_RECIPIENT),
    ],
    ids=["in another region's name", "for another region"],
)
def test_an_envelope_that_is_not_the_callers_or_not_for_us_is_rejected(
    envelope: Envelope, caller: str, reason: Reason
) -> None:
    with refused(reason):
        authenticate(from_qianjiang(envelope), caller, ENSHI, keys_of(QIANJIANG), NOW)


def test_receipts_do_not_pass_for_an_envelope_nor_an_envelope_for_receipts() -> None:
    batch = sealed_by(QIANJIANG, receipts_to_bytes(a_batch(issuer=QIANJIANG, sender=ENSHI)), RECEIPTS_PAYLOAD)
    with refused(Reason.PAYLOAD_TYPE):
        authenticate(batch, QIANJIANG, ENSHI, keys_of(QIANJIANG), NOW)
    with refused(Reason.PARTNER_ANSWER) as caught:
        open_receipts(
            sealed_to_bytes(from_qianjiang(an_envelope())), QIANJIANG, ENSHI, keys_of(QIANJIANG), NOW, "黔江区"
        )
    assert caught.error
    assert caught.error.facts["detail"] == Reason.PAYLOAD_TYPE.value


@given(place=st.integers(0, 10_000), bit=st.integers(0, 7))
def test_one_changed_bit_of_the_payload_is_one_too_many(place: int, bit: int) -> None:
    sealed = from_qianjiang(an_envelope())
    at = place % len(sealed.payload)
    changed = bytearray(sealed.payload)
    changed[at] ^= 1 << bit
    with refused(Reason.SEAL_SIGNATURE):
        authenticate(replace(sealed, payload=bytes(changed)), QIANJIANG, ENSHI, keys_of(QIANJIANG), NOW)


def test_a_body_that_does_not_read_is_refused_for_ever_though_its_sender_is_proven() -> None:
    payload = envelope_to_bytes(an_envelope(an_event(), case_id=a_case().number))
    cut = authenticate(
        sealed_by(QIANJIANG, payload + b"\xfa\x3e\x01x"), QIANJIANG, ENSHI, keys_of(QIANJIANG), NOW
    )  # field 1007, unknown
    opened = open_envelope(cut)
    assert isinstance(opened, Unreadable)
    assert opened.authentic.header.sequence == 2, "its number can still be used up"


def test_a_newer_minor_version_is_no_refusal_but_asks_to_be_tried_again() -> None:
    newer = exchange_pb2.Envelope.FromString(envelope_to_bytes(an_envelope()))
    newer.exchange_minor = EXCHANGE_MINOR + 1
    sealed = sealed_by(QIANJIANG, newer.SerializeToString())
    with refused(Reason.VERSION_NOT_KNOWN):
        open_envelope(authenticate(sealed, QIANJIANG, ENSHI, keys_of(QIANJIANG), NOW))


@pytest.mark.parametrize(
    ("batch", "signer"),
    [
        (a_batch(issuer=XIANGXI), ENSHI),
        (a_batch(sender=XIANGXI), ENSHI),
        (a_batch(), QIANJIANG),
    ],
    ids=["of another issuer", "for another sender", "signed by somebody else"],
)
def test_receipts_count_only_when_the_partner_sealed_them_for_us(batch: ReceiptBatch, signer: str) -> None:
    proven = prove_receipts([receipts_by(signer, batch)], partner(), QIANJIANG, keys_of(ENSHI), NOW)
    assert (proven.receipts, proven.batches) == ({}, {})
    assert proven.error
    assert proven.error.reason is Reason.PARTNER_ANSWER


def test_a_sound_batch_counts_beside_a_doubtful_one_and_the_doubtful_one_is_named() -> None:
    sound = receipts_by(ENSHI, a_batch())
    doubtful = receipts_by(QIANJIANG, a_batch(a_receipt(envelope_id=an_id(1002)), batch_id=an_id(2001)))
    for order in ([sound, doubtful], [doubtful, sound]):
        proven = prove_receipts(order, partner(), QIANJIANG, keys_of(ENSHI), NOW)
        assert proven.receipts == {an_id(1000): (a_receipt(), an_id(2000))}
        assert proven.batches == {an_id(2000): sound}
        assert proven.error


def test_two_batches_under_one_id_are_not_both_believed() -> None:
    first = receipts_by(ENSHI, a_batch())
    second = receipts_by(ENSHI, a_batch(a_receipt(envelope_id=an_id(1002))))
    proven = prove_receipts([first, second], partner(), QIANJIANG, keys_of(ENSHI), NOW)
    assert proven.batches == {an_id(2000): first}
    assert set(proven.receipts) == {an_id(1000)}
    assert proven.error


def test_a_seal_by_a_token_key_proves_nothing() -> None:
    sealed = from_qianjiang(an_envelope())
    token = key_of(QIANJIANG, KeyUse.TOKEN)
    sig, kid = token.suite.sign(token.private, b"anything"), token.kid
    with refused(Reason.SEAL_KEY_USE):
        authenticate(
            replace(sealed, signatures=(Signature(sig, kid),)),
            QIANJIANG,
            ENSHI,
            keys_of(QIANJIANG) | keys_of(QIANJIANG, KeyUse.TOKEN),
            NOW,
        )


def test_what_we_could_not_read_ourselves_never_leaves() -> None:
    sealer = Sealer(
        region=QIANJIANG, key=lambda _: key_of(QIANJIANG, KeyUse.SEAL), new_id=lambda: an_id(1000), life=LIFE
    )
    made = sealer.envelope(a_case(), recipient=ENSHI, case_id=a_case().number, sequence=1, now=NOW)
    assert made.expires_at == NOW + LIFE
    opened = open_envelope(authenticate(sealed_from_bytes(made.sealed), QIANJIANG, ENSHI, keys_of(QIANJIANG), NOW))
    assert isinstance(opened, Opened)
    assert opened.envelope.body == a_case()
    with pytest.raises(GatewayError) as wrong:
        sealer.envelope(
            a_case(form_json='{"a":1,"a":2}'), recipient=ENSHI, case_id=a_case().number, sequence=1, now=NOW
        )
    assert wrong.value.reason is Reason.BAD_REQUEST
    assert [finding.path for finding in wrong.value.findings] == ["new_case.form_json"]
