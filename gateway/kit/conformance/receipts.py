"""Proving a batch of receipts as section 8 of the format says, step by step, so that what is wrong is named.

`flows.opening` proves the same for the gateway's own work and says only that it does not hold.
"""

from collections.abc import Container, Mapping
from datetime import datetime

from gateway.case.errors import GatewayError
from gateway.case.texts import Text
from gateway.kit.conformance.verdicts import Failed
from gateway.trust.dsse import RECEIPTS_PAYLOAD, verify_signatures
from gateway.trust.suites import VerifyKey
from gateway.wire.codec import receipts_from_bytes
from gateway.wire.envelope import ReceiptBatch
from gateway.wire.gen.tongban.exchange.v1 import exchange_pb2

_TYPE = Text(
    "回执批次的 payload_type 应为 {wanted}, 现为 {came}", "the payload_type of receipts is {wanted}, not {came}"
)
_SEAL = Text("回执的签名不成立: {why}", "the seal of the receipts does not prove: {why}")
_READ = Text("回执批次读不通: {why}", "the batch of receipts does not read: {why}")
_NAMES = Text(
    "回执应由 {issuer} 签给 {sender}, 现写 {came_issuer} 给 {came_sender}",
    "the receipts are to be of {issuer} for {sender} and say {came_issuer} for {came_sender}",
)
_DIGEST = Text(
    "信封 {id} 的回执写的摘要不是所发载荷的 SHA-256",
    "the receipt of envelope {id} has a digest that is not the SHA-256 of the payload that was sent",
)


def prove(sealed: bytes, *, issuer: str, sender: str, keys: Mapping[str, VerifyKey], now: datetime) -> ReceiptBatch:
    """Return the proven batch.

    Args:
        sealed: serialised SealedEnvelope.
        keys: those registered for the issuer, of either use.

    Raises:
        Failed: naming the first thing that is wrong.
    """
    outer = exchange_pb2.SealedEnvelope.FromString(sealed)
    if outer.payload_type != RECEIPTS_PAYLOAD:
        raise Failed(_TYPE.format(wanted=RECEIPTS_PAYLOAD, came=outer.payload_type[:100]))
    signatures = [(one.sig, one.keyid) for one in outer.signatures]
    try:
        verify_signatures(outer.payload_type, outer.payload, signatures, keys, now)
    except GatewayError as error:
        raise Failed(_SEAL.format(why=error.cause)) from None
    try:
        batch = receipts_from_bytes(outer.payload)
    except GatewayError as error:
        paths = ", ".join(finding.path for finding in error.findings[:5]) or error.reason.value
        raise Failed(_READ.format(why=paths)) from None
    if (batch.issuer, batch.sender) != (issuer, sender):
        raise Failed(_NAMES.format(issuer=issuer, sender=sender, came_issuer=batch.issuer, came_sender=batch.sender))
    return batch


def match(batch: ReceiptBatch, sent: Container[tuple[str, bytes]]) -> None:
    """Compare the digests of a proven batch with those of what was sent: pairs of envelope id and payload digest.

    Raises:
        Failed: a receipt of something that was not sent in these bytes.
    """
    for receipt in batch.receipts:
        if (receipt.envelope_id, receipt.payload_sha256) not in sent:
            raise Failed(_DIGEST.format(id=receipt.envelope_id))
