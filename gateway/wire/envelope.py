"""What regions hand each other, as values: sealed bytes, envelopes, receipts and problems.

Frozen values without behaviour.  `gateway.wire.codec` reads and writes them; whether a seal proves anything is
for `gateway.trust.dsse`, and whether an envelope may be taken in is for the flows.
Times are aware UTC; regions are gateway codes of six digits (GB/T 2260).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum

from gateway.case.errors import FieldFinding
from gateway.case.events import Event
from gateway.case.model import Case
from gateway.case.reasons import Answer, Place
from gateway.case.texts import Text

EXCHANGE_MINOR = 0
"""Highest minor version of exchange v1 this gateway reads, and the one it writes."""


@dataclass(frozen=True, slots=True)
class Signature:
    """One signature of a seal; `keyid` is the RFC 7638 thumbprint of the key."""

    sig: bytes
    keyid: str


@dataclass(frozen=True, slots=True)
class Sealed:
    """Signed bytes and what kind of bytes they are (DSSE 1.0.2)."""

    payload: bytes
    payload_type: str
    signatures: tuple[Signature, ...]


@dataclass(frozen=True, slots=True)
class Envelope:
    """The unit of transfer: one new case, one event or one correction.

    A correction is an `Event` whose `corrects` names the event it replaces and whose `data_version` is 2 or more.

    Attributes:
        envelope_id: UUIDv7 in text form (RFC 9562 §5.7).
        case_id: co-operation number (协同编号); for a new case that of `body.number`.
        sequence: counts the sender's envelopes of this case from 1.
        case_version: position of the event in the case, given by the handler's gateway; None from the origin.
        minor: minor version of the format the sender used.
        traceparent: W3C Trace Context, empty when there is none.
    """

    envelope_id: str
    sender: str
    recipient: str
    case_id: str
    sequence: int
    sealed_at: datetime
    expires_at: datetime
    body: Case | Event
    case_version: int | None = None
    minor: int = EXCHANGE_MINOR
    traceparent: str = ""


class Outcome(Enum):
    """How an envelope was answered, for ever."""

    ACCEPTED = "accepted"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Problem:
    """An error as it travels between regions.

    Attributes:
        reason: stable word; may be one this gateway does not know, so `answer` alone decides what is done.
        place: where it happened, as seen by the side that answers.
        facts: machine-readable facts of the cause.
        findings: everything found wrong at once; empty in a status detail.
    """

    reason: str
    answer: Answer
    place: Place
    cause: Text
    fix: Text
    facts: Mapping[str, str] = field(default_factory=dict)
    findings: tuple[FieldFinding, ...] = ()


Refusal = Problem
"""The problem in a receipt whose outcome is REFUSED."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """The recipient's final answer to one envelope.

    Attributes:
        payload_sha256: digest of the answered payload, 32 bytes.
        received_at: when the recipient had stored it durably.
        case_version: position the handler's gateway gave the origin's event; None otherwise.
        refusal: set exactly when the outcome is REFUSED.
    """

    envelope_id: str
    payload_sha256: bytes
    outcome: Outcome
    received_at: datetime
    case_version: int | None = None
    refusal: Refusal | None = None


@dataclass(frozen=True, slots=True)
class LogHead:
    """Head of a region's evidence log (RFC 9162 §2.1); `root` has 32 bytes."""

    incarnation: str
    tree_size: int
    root: bytes


@dataclass(frozen=True, slots=True)
class ReceiptBatch:
    """What a recipient signs for the envelopes of one call; all of one sender."""

    batch_id: str
    issuer: str
    sender: str
    sealed_at: datetime
    receipts: tuple[Receipt, ...]
    log_head: LogHead | None = None


@dataclass(frozen=True, slots=True)
class EnvelopeAnswer:
    """Where the receipt of one envelope is, or why there is none; exactly one of the two is set.

    Attributes:
        envelope_id: empty when the envelope could not be read.
        receipt_batch_index: index into the batches of the same answer, from 0.
    """

    envelope_id: str
    receipt_batch_index: int | None = None
    problem: Problem | None = None
