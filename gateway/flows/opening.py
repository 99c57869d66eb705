"""Opening what another region sealed: Sealed → Authentic → Opened.

1 authentic  right payload type, signed by a seal key of the caller's region, declared sender is the caller, we are the
             recipient; otherwise a rejection: not stored, not receipted, alarmed
2 opened     the whole content reads; otherwise a refusal that is receipted, because the sender is proven
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from gateway.case.errors import GatewayError
from gateway.case.reasons import Answer, Reason
from gateway.trust.dsse import ENVELOPE_PAYLOAD, RECEIPTS_PAYLOAD, verify_signatures
from gateway.trust.suites import VerifyKey
from gateway.wire.codec import envelope_from_bytes, receipts_from_bytes, sealed_from_bytes, sealed_to_bytes
from gateway.wire.envelope import Envelope, ReceiptBatch, Sealed
from gateway.wire.header import Header, header_from_bytes


@dataclass(frozen=True, slots=True)
class Authentic:
    """Bytes that the caller's region signed for us.  Only `authenticate` makes one.

    Attributes:
        header: who, to whom, which case and number; readable even where the body is not.
        sealed: serialised SealedEnvelope, as it is kept.
    """

    header: Header
    payload: bytes
    payload_sha256: bytes
    sealed: bytes


@dataclass(frozen=True, slots=True)
class Opened:
    """An authentic envelope that reads as a whole."""

    authentic: Authentic
    envelope: Envelope


@dataclass(frozen=True, slots=True)
class Unreadable:
    """An authentic envelope whose body does not read, and why."""

    authentic: Authentic
    error: GatewayError


def authenticate(
    sealed: Sealed, caller: str, own_region: str, keys: Mapping[str, VerifyKey], now: datetime
) -> Authentic:
    """Prove that the caller's region sealed this for us.

    Raises:
        GatewayError: PAYLOAD_TYPE, MALFORMED_SEAL, SEAL_…, MALFORMED, SENDER_NOT_CALLER, WRONG_RECIPIENT.
    """
    if sealed.payload_type != ENVELOPE_PAYLOAD:
        raise GatewayError(Reason.PAYLOAD_TYPE, expected=ENVELOPE_PAYLOAD)
    signatures = [(signature.sig, signature.keyid) for signature in sealed.signatures]
    verify_signatures(sealed.payload_type, sealed.payload, signatures, keys, now)
    header = header_from_bytes(sealed.payload)
    if header.sender != caller:
        raise GatewayError(Reason.SENDER_NOT_CALLER, caller=caller)
    if header.recipient != own_region:
        raise GatewayError(Reason.WRONG_RECIPIENT, expected=own_region)
    return Authentic(header, sealed.payload, hashlib.sha256(sealed.payload).digest(), sealed_to_bytes(sealed))


def open_envelope(authentic: Authentic) -> Opened | Unreadable:
    """Read the whole envelope.  A version we do not know is retriable, anything else wrong is final.

    Raises:
        GatewayError: VERSION_NOT_KNOWN.
    """
    try:
        return Opened(authentic, envelope_from_bytes(authentic.payload))
    except GatewayError as error:
        if error.row.answer is not Answer.FINAL:
            raise
        return Unreadable(authentic, error)


def open_receipts(
    sealed: bytes, issuer: str, own_region: str, keys: Mapping[str, VerifyKey], now: datetime, partner: str
) -> ReceiptBatch:
    """Prove and read a batch of receipts a partner sealed for our envelopes.

    Raises:
        GatewayError: PARTNER_ANSWER when it does not prove or read.
    """
    try:
        outer = sealed_from_bytes(sealed)
        if outer.payload_type != RECEIPTS_PAYLOAD:
            raise GatewayError(Reason.PAYLOAD_TYPE, expected=RECEIPTS_PAYLOAD)
        signatures = [(signature.sig, signature.keyid) for signature in outer.signatures]
        verify_signatures(outer.payload_type, outer.payload, signatures, keys, now)
        batch = receipts_from_bytes(outer.payload)
    except GatewayError as error:
        raise GatewayError(Reason.PARTNER_ANSWER, partner=partner, detail=error.reason.value) from error
    if batch.issuer != issuer or batch.sender != own_region:
        raise GatewayError(Reason.PARTNER_ANSWER, partner=partner, detail="issuer/sender")
    return batch
