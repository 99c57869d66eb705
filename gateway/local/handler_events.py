"""Events of the handler in canonical JSON; some may be the origin's when the agreement grants the power."""

from typing import Annotated, Literal

from pydantic import Field

from gateway.case.events import (
    Accepted,
    Decided,
    Extended,
    Happening,
    NotAccepted,
    ReceivedByHandler,
    Referred,
    ResultSent,
    Resumed,
    Returned,
    StepDone,
    SupplementRequested,
    Suspended,
    Voided,
)
from gateway.case.kinds import Decision, ResultKind, StepKind, SuspensionKind
from gateway.case.model import DeliveryWay
from gateway.local.case_body import MOST_MATERIALS
from gateway.local.event_parts import EventBody, RequirementBody
from gateway.local.fields import (
    Count,
    Day,
    Flag,
    ForeignNumber,
    Line,
    Moment,
    Named,
    OptionalLicenceIdentifier,
    PastMoment,
    Positive,
    ResultNumber,
    Words,
)


class ReceivedByHandlerBody(EventBody):
    """签收."""

    event: Literal["received_by_handler"]
    handler_number: ForeignNumber = ""

    def happening(self, form_json: str) -> Happening:
        """Return the happening."""
        return ReceivedByHandler(self.handler_number)


class AcceptedBody(EventBody):
    """受理."""

    event: Literal["accepted"]
    acceptance_number: ForeignNumber = ""
    handler_number: ForeignNumber = ""
    promised_date: Day | None = None

    def happening(self, form_json: str) -> Happening:
        """Return the happening."""
        return Accepted(self.acceptance_number, self.handler_number, self.promised_date)


class NotAcceptedBody(EventBody):
    """不予受理; needs a reason."""

    event: Literal["not_accepted"]
    legal_basis: Words = ""
    competent_organ: Line = ""

    def happening(self, form_json: str) -> Happening:
        """Return the happening."""
        return NotAccepted(self.legal_basis, self.competent_organ)


class SupplementRequestedBody(EventBody):
    """补正告知: everything that is missing, at once; a second one before acceptance needs reason and supervisor."""

    event: Literal["supplement_requested"]
    requirements: Annotated[tuple[RequirementBody, ...], Field(max_length=MOST_MATERIALS)]
    respond_by: Moment | None = None
    supervisor: Line = ""
    notice_number: ForeignNumber = ""

    def happening(self, form_json: str) -> Happening:
        """Return the happening."""
        wanted = tuple(one.made() for one in self.requirements)
        return SupplementRequested(wanted, self.respond_by, self.supervisor, self.notice_number)


class StepDoneBody(EventBody):
    """环节."""

    event: Literal["step_done"]
    kind: StepKind
    name: Named
    started_at: PastMoment
    ended_at: PastMoment
    opinion: Words = ""

    def happening(self, form_json: str) -> Happening:
        """Return the happening."""
        return StepDone(self.kind, self.name, self.started_at, self.ended_at, self.opinion)


class SuspendedBody(EventBody):
    """特别程序开始; needs a reason."""

    event: Literal["suspended"]
    kind: SuspensionKind
    expected_days: Count = 0
    notice_number: ForeignNumber = ""

    def happening(self, form_json: str) -> Happening:
        """Return the happening."""
        return Suspended(self.kind, self.expected_days, self.notice_number)


class ResumedBody(EventBody):
    """特别程序结束."""

    event: Literal["resumed"]
    result: Words = ""

    def happening(self, form_json: str) -> Happening:
        """Return the happening."""
        return Resumed(self.result)


class ExtendedBody(EventBody):
    """延长; needs a reason and an approver."""

    event: Literal["extended"]
    days: Positive
    approver: Line
    notice_number: ForeignNumber = ""

    def happening(self, form_json: str) -> Happening:
        """Return the happening."""
        return Extended(self.days, self.approver, self.notice_number)


class DecidedBody(EventBody):
    """办结; a denial needs a reason."""

    event: Literal["decided"]
    decision: Decision
    document_number: ForeignNumber = ""
    result_kind: ResultKind = ResultKind.OTHER
    result_name: Line = ""
    result_number: ResultNumber = ""
    valid_from: Day | None = None
    valid_to: Day | None = None
    result_licence_id: OptionalLicenceIdentifier = ""

    def happening(self, form_json: str) -> Happening:
        """Return the happening."""
        return Decided(
            self.decision,
            self.document_number,
            self.result_kind,
            self.result_name,
            self.result_number,
            self.valid_from,
            self.valid_to,
            self.result_licence_id,
        )


class ReturnedBody(EventBody):
    """退件; needs a reason."""

    event: Literal["returned"]
    supplement_overdue: Flag = False

    def happening(self, form_json: str) -> Happening:
        """Return the happening."""
        return Returned(self.supplement_overdue)


class VoidedBody(EventBody):
    """作废; needs a reason."""

    event: Literal["voided"]

    def happening(self, form_json: str) -> Happening:
        """Return the happening."""
        return Voided()


class ResultSentBody(EventBody):
    """寄出."""

    event: Literal["result_sent"]
    way: DeliveryWay
    carrier: Line = ""
    tracking_number: ForeignNumber = ""

    def happening(self, form_json: str) -> Happening:
        """Return the happening."""
        return ResultSent(self.way, self.carrier, self.tracking_number)


class ReferredBody(EventBody):
    """转报."""

    event: Literal["referred"]
    to_organ: Named

    def happening(self, form_json: str) -> Happening:
        """Return the happening."""
        return Referred(self.to_organ)
