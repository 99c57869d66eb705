"""The trace an envelope belongs to, read on its own: for telemetry, before anything of the envelope is believed."""

import re
from dataclasses import dataclass

from google.protobuf.message import DecodeError

from gateway.wire.gen.tongban.exchange.v1 import exchange_pb2 as pb

_ID = re.compile(r"[0-9A-Za-z-]{1,64}")


@dataclass(frozen=True, slots=True)
class Traced:
    """Which envelope of which case, and the traceparent it carries; all empty where it does not read."""

    envelope_id: str = ""
    case_id: str = ""
    traceparent: str = ""


UNREADABLE = Traced()


def traced_in(payload: bytes) -> Traced:
    """Return what a serialised Envelope says of its trace.  Never raises."""
    try:
        wire = pb.Envelope.FromString(payload)
    except DecodeError:
        return UNREADABLE
    return Traced(_id(wire.envelope_id), _id(wire.case_id), wire.traceparent[:200])


def traced_in_sealed(sealed: bytes) -> Traced:
    """Return the same of a serialised SealedEnvelope."""
    try:
        return traced_in(pb.SealedEnvelope.FromString(sealed).payload)
    except DecodeError:
        return UNREADABLE


def _id(text: str) -> str:
    """Return what has the form of an id; anything else is nobody's to repeat."""
    return text if _ID.fullmatch(text) else ""
