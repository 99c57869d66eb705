"""Seals: signatures over exact bytes and over what kind of bytes they are.

Guarantees that a payload which passes `verify_signatures` was signed, under exactly this payload type, by a key of
the sender that is registered for sealing and accepted at `now`.  The payload is never parsed here.

Source: DSSE 1.0 (github.com/secure-systems-lab/dsse), protocol.md.
Leaves to others: the message that carries payload and signatures (`wire`), whose keys count (the caller), and the
check that the payload type is the one expected in that place, which comes first.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from gateway.case.errors import GatewayError
from gateway.case.reasons import Reason
from gateway.trust.suites import KeyUse, SigningKey, VerifyKey

ENVELOPE_PAYLOAD = "application/vnd.tongban.exchange.v1.envelope+protobuf"
RECEIPTS_PAYLOAD = "application/vnd.tongban.exchange.v1.receipts+protobuf"
KEYS_PAYLOAD = "application/vnd.tongban.exchange.v1.keys+protobuf"

MAX_SIGNATURES = 4


def pre_authentication_encoding(payload_type: str, payload: bytes) -> bytes:
    """Return the bytes a seal signs: `DSSEv1 len(type) type len(payload) payload`, lengths in bytes, decimal."""
    kind = payload_type.encode()
    return b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(payload), payload)


def sign_payload(key: SigningKey, payload_type: str, payload: bytes) -> tuple[bytes, str]:
    """Seal `payload`: return the signature and the key id to put beside it.

    Raises:
        SEAL_KEY_USE: the key is one for tokens.
    """
    if key.use is not KeyUse.SEAL:
        raise GatewayError(Reason.SEAL_KEY_USE, kid=key.kid)
    return key.sign(pre_authentication_encoding(payload_type, payload)), key.kid


def verify_signatures(
    payload_type: str,
    payload: bytes,
    signatures: Sequence[tuple[bytes, str]],
    keys_for_sender: Mapping[str, VerifyKey],
    now: datetime,
) -> str:
    """Check a seal and return the key id that proves it.

    A signature whose key id is unknown is ignored, so that a sender may sign with its next key before every partner has
    registered it.  One by a key past its dates proves nothing, but does not spoil another that does: during a
    change of keys both are sent.  One by a known key that does not verify spoils the whole seal.

    Args:
        signatures: pairs of signature and key id.
        keys_for_sender: every key registered for the declared sender, of either use, by key id.
        now: aware UTC.

    Raises:
        MALFORMED_SEAL: not 1 to 4 signatures.
        SEAL_KEY_UNKNOWN: none of the key ids is registered for the sender.
        SEAL_KEY_USE: one of the keys is registered for tokens.
        SEAL_SIGNATURE: a known key did not sign these bytes under this type.
        SEAL_KEY_DENIED: every known key is on the deny list.
        SEAL_KEY_EXPIRED: every known key is outside its dates, or denied.
    """
    if not 1 <= len(signatures) <= MAX_SIGNATURES:
        raise GatewayError(Reason.MALFORMED_SEAL, count=len(signatures))
    known = [(signature, keys_for_sender[kid]) for signature, kid in signatures if kid in keys_for_sender]
    if not known:
        raise GatewayError(Reason.SEAL_KEY_UNKNOWN)
    for _, key in known:
        if key.use is not KeyUse.SEAL:
            raise GatewayError(Reason.SEAL_KEY_USE, kid=key.kid)
    signed = pre_authentication_encoding(payload_type, payload)
    for signature, key in known:
        if not key.suite.verify(key.public, signature, signed):
            raise GatewayError(Reason.SEAL_SIGNATURE, kid=key.kid)
    for _, key in known:
        if key.is_accepted_at(now):
            return key.kid
    if all(key.denied for _, key in known):
        raise GatewayError(Reason.SEAL_KEY_DENIED, kid=known[0][1].kid)
    raise GatewayError(Reason.SEAL_KEY_EXPIRED, kid=known[0][1].kid)
