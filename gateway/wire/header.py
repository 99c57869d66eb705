"""The addressing of an envelope, readable even where its body is not.

A sender that is proven gets a receipt for whatever it sealed, also when the body makes no sense here: so the header
is read on its own.  A header that does not read leaves nothing to receipt.
"""

import re
from dataclasses import dataclass
from datetime import datetime

from google.protobuf.message import DecodeError

from gateway.case.errors import FieldFinding, GatewayError
from gateway.case.reasons import Reason
from gateway.case.texts import Text
from gateway.wire.gen.tongban.exchange.v1 import exchange_pb2 as pb
from gateway.wire.spot import Faults, Spot

_UUID7 = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
_REGION = re.compile(r"[0-9]{6}")
LONGEST_CASE_ID = 64


@dataclass(frozen=True, slots=True)
class Header:
    """Who seals what for whom: envelope, regions, case and the sender's number in it; `sealed_at` where it reads."""

    envelope_id: str
    sender: str
    recipient: str
    case_id: str
    sequence: int
    sealed_at: datetime | None = None


def header_from_bytes(payload: bytes) -> Header:
    """Read the header of a serialised Envelope.

    Raises:
        GatewayError: MALFORMED with every field of the header that is wrong.
    """
    try:
        wire = pb.Envelope.FromString(payload)
    except DecodeError:
        raise GatewayError(Reason.MALFORMED, detail="payload") from None
    wrong = [
        name
        for name, is_right in (
            ("envelope_id", _UUID7.fullmatch(wire.envelope_id)),
            ("sender_region", _REGION.fullmatch(wire.sender_region)),
            ("recipient_region", _REGION.fullmatch(wire.recipient_region)),
            ("case_id", 0 < len(wire.case_id) <= LONGEST_CASE_ID),
            ("sequence", wire.sequence > 0),
        )
        if not is_right
    ]
    if wrong:
        findings = [
            FieldFinding(
                name,
                Text("信封头缺少这一项或格式不对", "missing from the header or malformed"),
                Text("按 docs/exchange-format.md 填写", "fill it in as docs/exchange-format.md says"),
            )
            for name in wrong
        ]
        raise GatewayError(Reason.MALFORMED, detail=wrong[0], findings=findings)
    sealed_at = Spot(Faults()).time_or_none("sealed_at", wire)
    return Header(wire.envelope_id, wire.sender_region, wire.recipient_region, wire.case_id, wire.sequence, sealed_at)
