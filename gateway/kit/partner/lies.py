"""Receipts that lie: a right receipt, changed in one thing and sealed again."""

from dataclasses import replace

from gateway.flows.sealing import Sealer
from gateway.kit.conformance.envelopes import seal
from gateway.kit.conformance.samples import NOWHERE
from gateway.kit.partner.script import Do
from gateway.trust.dsse import RECEIPTS_PAYLOAD
from gateway.trust.suites import SigningKey
from gateway.wire.codec import receipts_to_bytes
from gateway.wire.envelope import Receipt, ReceiptBatch

VERSIONS_AHEAD = 7


def lying(
    receipt: Receipt, lie: Do, *, sender: str, batch_id: str, other_id: str, sealer: Sealer, strange: SigningKey
) -> bytes:
    """Return a batch with this receipt alone, wrong in what `lie` says; serialised SealedEnvelope.

    Args:
        sender: whose envelope is answered.
        other_id: an envelope id that was never sent.
        strange: a seal key nobody registered.
    """
    now = receipt.received_at
    batch = ReceiptBatch(batch_id, sealer.region, sender, now, (_changed(receipt, lie, other_id),))
    if lie is Do.WRONG_REGION:
        batch = replace(batch, issuer=NOWHERE)
    keys = [] if lie is Do.UNSIGNED else [strange if lie is Do.WRONG_SIGNER else sealer.key(now)]
    return seal(receipts_to_bytes(batch), keys, RECEIPTS_PAYLOAD).SerializeToString(deterministic=True)


def _changed(receipt: Receipt, lie: Do, other_id: str) -> Receipt:
    match lie:
        case Do.WRONG_DIGEST:
            return replace(receipt, payload_sha256=bytes(32))
        case Do.OTHER_ENVELOPE:
            return replace(receipt, envelope_id=other_id)
        case Do.WRONG_VERSION:
            return replace(receipt, case_version=(receipt.case_version or 0) + VERSIONS_AHEAD)
        case _:
            return receipt
