"""What can happen to a case (办件事件); a case is the fold of its events.

The vocabulary is that of the older provincial exchange (申办 to 领取登记) with the provincial
front-database steps; each class of `Happening` is one kind of event.
"""

from dataclasses import dataclass, field
from datetime import date, datetime

from gateway.case.code.identifiers import CertificateKind
from gateway.case.event_parts import Actor, Deadline, Document, Grant, Requirement
from gateway.case.kinds import (
    Clock,
    Decision,
    ResultKind,
    Satisfaction,
    StepKind,
    SuspensionKind,
)
from gateway.case.model import DeliveryWay, Material, MaterialFile, files_among

__all__ = [
    "Accepted",
    "Actor",
    "Deadline",
    "DeadlinePassed",
    "Decided",
    "Delivered",
    "Document",
    "Evaluated",
    "Event",
    "Extended",
    "Grant",
    "HandledOffline",
    "Happening",
    "NotAccepted",
    "Note",
    "ReceivedByHandler",
    "Referred",
    "Requirement",
    "ResultSent",
    "Resumed",
    "Returned",
    "StepDone",
    "SupplementRequested",
    "Supplemented",
    "Suspended",
    "Voided",
    "Withdrawn",
]


@dataclass(frozen=True, slots=True)
class ReceivedByHandler:
    """签收: a person or system of the handler took the case."""

    handler_number: str = ""


@dataclass(frozen=True, slots=True)
class Accepted:
    """受理 (行政许可法 art. 32)."""

    acceptance_number: str = ""
    handler_number: str = ""
    promised_date: date | None = None


@dataclass(frozen=True, slots=True)
class NotAccepted:
    """不予受理 (行政许可法 art. 32); needs a reason."""

    legal_basis: str = ""
    competent_organ: str = ""


@dataclass(frozen=True, slots=True)
class SupplementRequested:
    """补正告知: everything that is missing, at once (行政许可法 art. 32).

    Attributes:
        supervisor: who approved a second notice before acceptance; empty for the first.
        notice_number: number of the notice to the applicant (一次性补正告知书).
    """

    requirements: tuple[Requirement, ...]
    respond_by: datetime | None = None
    supervisor: str = ""
    notice_number: str = ""


@dataclass(frozen=True, slots=True)
class Supplemented:
    """补正受理: carries only what was asked for; `form_json` is empty when the form did not change."""

    materials: tuple[Material, ...] = ()
    form_json: str = ""
    requirement_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class StepDone:
    """环节."""

    kind: StepKind
    name: str
    started_at: datetime
    ended_at: datetime
    opinion: str = ""


@dataclass(frozen=True, slots=True)
class Suspended:
    """特别程序开始: the clock stops (行政许可法 art. 45); needs a reason."""

    kind: SuspensionKind
    expected_days: int = 0
    notice_number: str = ""


@dataclass(frozen=True, slots=True)
class Resumed:
    """特别程序结束: the clock goes on."""

    result: str = ""


@dataclass(frozen=True, slots=True)
class Extended:
    """延长 (行政许可法 art. 42); needs a reason and an approver."""

    days: int
    approver: str
    notice_number: str = ""


@dataclass(frozen=True, slots=True)
class Decided:
    """办结: the decision; a denial needs a reason (行政许可法 art. 38).

    Attributes:
        result_licence_id: the electronic licence that is the result (GB/T 36904), empty when there is none.
    """

    decision: Decision
    document_number: str = ""
    result_kind: ResultKind = ResultKind.OTHER
    result_name: str = ""
    result_number: str = ""
    valid_from: date | None = None
    valid_to: date | None = None
    result_licence_id: str = ""


@dataclass(frozen=True, slots=True)
class Returned:
    """退件: given back without a decision; needs a reason."""

    supplement_overdue: bool = False


@dataclass(frozen=True, slots=True)
class Voided:
    """作废: entered by mistake; needs a reason."""


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """撤回 by the applicant, at either side."""


@dataclass(frozen=True, slots=True)
class ResultSent:
    """寄出: the result is on its way."""

    way: DeliveryWay
    carrier: str = ""
    tracking_number: str = ""


@dataclass(frozen=True, slots=True)
class Delivered:
    """领取登记: the result was handed over (行政许可法 art. 44)."""

    way: DeliveryWay
    recipient_name: str
    certificate_kind: CertificateKind | None = None
    certificate_number: str = ""


@dataclass(frozen=True, slots=True)
class Evaluated:
    """好差评: once per service; both regions are evaluated."""

    origin_level: Satisfaction
    handler_level: Satisfaction
    service_number: int = 1


@dataclass(frozen=True, slots=True)
class Note:
    """协商留言 between the two windows, 1 to 2,000 characters."""

    text: str


@dataclass(frozen=True, slots=True)
class Referred:
    """转报 to a higher authority."""

    to_organ: str


@dataclass(frozen=True, slots=True)
class HandledOffline:
    """线下处理 of a message that could not be handed over; needs a reason."""

    envelope_id: str


@dataclass(frozen=True, slots=True)
class DeadlinePassed:
    """超期: a clock of the handler ran out.

    Attributes:
        deemed_accepted: 视为受理: silence counts as acceptance from the day of receipt (行政许可法 art. 32).
    """

    clock: Clock
    due_at: datetime
    deemed_accepted: bool = False


Happening = (
    ReceivedByHandler
    | Accepted
    | NotAccepted
    | SupplementRequested
    | Supplemented
    | StepDone
    | Suspended
    | Resumed
    | Extended
    | Decided
    | Returned
    | Voided
    | Withdrawn
    | ResultSent
    | Delivered
    | Evaluated
    | Note
    | Referred
    | HandledOffline
    | DeadlinePassed
)


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to a case, with who, when and why.

    Attributes:
        event_id: UUIDv7 in text form (RFC 9562 §5.7).
        occurred_at: when it happened; recorded_at: when the actor's side wrote it down.
        reason: up to 2,000 characters; required for the kinds in `NEEDS_REASON`.
        corrects: id of the event this one corrects, else empty; data_version is then 2 or more.
    """

    event_id: str
    actor: Actor
    occurred_at: datetime
    recorded_at: datetime
    happening: Happening
    reason: str = ""
    documents: tuple[Document, ...] = ()
    deadlines: tuple[Deadline, ...] = ()
    grant: Grant | None = None
    corrects: str = ""
    data_version: int = field(default=1)

    def files(self) -> tuple[MaterialFile, ...]:
        """Files the event brings: its documents' and, for a supplement, its materials'."""
        found = [d.file for d in self.documents if d.file]
        if isinstance(self.happening, Supplemented):
            found += files_among(self.happening.materials)
        return tuple({f.sha256: f for f in found}.values())
