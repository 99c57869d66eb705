"""Envelopes and receipt batches of this gateway: built, sealed once, and from then on only copied."""

import hashlib
from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from gateway.case.errors import GatewayError
from gateway.case.events import Event
from gateway.case.model import Case
from gateway.case.reasons import Reason
from gateway.trust.dsse import ENVELOPE_PAYLOAD, RECEIPTS_PAYLOAD, sign_payload
from gateway.trust.suites import SigningKey
from gateway.wire.codec import envelope_read_back, receipts_to_bytes, sealed_from_bytes, sealed_to_bytes
from gateway.wire.envelope import Envelope, Receipt, ReceiptBatch, Sealed, Signature


@dataclass(frozen=True, slots=True)
class SealedObject:
    """Sealed bytes with what the store needs to know of them.

    Attributes:
        object_id: envelope id or batch id.
        payload_sha256: digest of the signed payload, which receipts quote.
        sealed: serialised SealedEnvelope, exactly as every retry sends it.
    """

    object_id: str
    payload_sha256: bytes
    sealed: bytes
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Sealer:
    """Seals in the name of one region.

    Attributes:
        region: gateway code of this region.
        key: the seal key in force at a moment.
        beside: keys that sign as well, while partners may not have the one in force yet.
        denied: ids of keys of ours that are on the deny list.
        new_id: makes a UUIDv7 (RFC 9562 §5.7).
        life: how long an envelope may be taken in.
        holds: whether nothing new may be sealed for a partner, because a restored gateway is behind with it.
    """

    region: str
    key: Callable[[datetime], SigningKey]
    new_id: Callable[[], str]
    life: timedelta
    holds: Callable[[str], bool] = lambda _: False
    beside: Callable[[datetime], Sequence[SigningKey]] = lambda _: ()
    denied: Callable[[], AbstractSet[str]] = frozenset

    def envelope(
        self,
        body: Case | Event,
        *,
        recipient: str,
        case_id: str,
        sequence: int,
        now: datetime,
        case_version: int | None = None,
        traceparent: str = "",
    ) -> SealedObject:
        """Seal one case or event for a partner.

        Raises:
            GatewayError: BAD_REQUEST with findings, for what the partner's gateway would have to refuse; CATCHING_UP.
        """
        self._need(recipient)
        envelope = Envelope(
            envelope_id=self.new_id(),
            sender=self.region,
            recipient=recipient,
            case_id=case_id,
            sequence=sequence,
            sealed_at=now,
            expires_at=now + self.life,
            body=body,
            case_version=case_version,
            traceparent=traceparent,
        )
        payload, unreadable = envelope_read_back(envelope)
        if unreadable:
            # The partner would refuse it for ever, so it must not leave.
            raise GatewayError(Reason.BAD_REQUEST, findings=unreadable, count=len(unreadable))
        return self._seal(envelope.envelope_id, ENVELOPE_PAYLOAD, payload, now, envelope.expires_at)

    def receipts(self, batch_id: str, sender: str, receipts: tuple[Receipt, ...], now: datetime) -> SealedObject:
        """Seal the receipts of one call under one signature.

        Raises:
            GatewayError: CATCHING_UP.
        """
        self._need(sender)
        batch = ReceiptBatch(batch_id=batch_id, issuer=self.region, sender=sender, sealed_at=now, receipts=receipts)
        return self._seal(batch_id, RECEIPTS_PAYLOAD, receipts_to_bytes(batch), now, now)

    def again(self, sealed: bytes, now: datetime) -> bytes:
        """Return what we sealed before, the same bytes; with a seal that counts where every key of the old one is denied.

        The payload is the same in either case, so that a receipt says what it said at first.
        """
        denied = self.denied()
        if not denied:
            return sealed
        before = sealed_from_bytes(sealed)
        if any(signature.keyid not in denied for signature in before.signatures):
            return sealed
        signature = Signature(*sign_payload(self.key(now), before.payload_type, before.payload))
        return sealed_to_bytes(replace(before, signatures=(signature,)))

    def _need(self, partner: str) -> None:
        if self.holds(partner):
            raise GatewayError(Reason.CATCHING_UP, partner=partner)

    def _seal(
        self, object_id: str, payload_type: str, payload: bytes, now: datetime, expires: datetime
    ) -> SealedObject:
        keys = (self.key(now), *self.beside(now))
        signatures = tuple(Signature(*sign_payload(key, payload_type, payload)) for key in keys)
        sealed = sealed_to_bytes(Sealed(payload, payload_type, signatures))
        return SealedObject(object_id, hashlib.sha256(payload).digest(), sealed, expires)
