"""Events in canonical JSON, told apart by `event`; here those both sides may make, and the union of all.

The fields of a kind stand beside the common ones, so that a finding has the same path wherever it was found.
"""

from typing import Annotated, Any, Literal

from pydantic import Field

from gateway.case.events import Delivered, Evaluated, Happening, Note, Supplemented, Withdrawn
from gateway.case.kinds import Satisfaction
from gateway.case.model import DeliveryWay
from gateway.local.case_body import MOST_MATERIALS, MaterialBody
from gateway.local.event_parts import EventBody
from gateway.local.fields import Certificate, Id, Named, OptionalCertificateNumber, Positive, Words
from gateway.local.handler_events import (
    AcceptedBody,
    DecidedBody,
    ExtendedBody,
    NotAcceptedBody,
    ReceivedByHandlerBody,
    ReferredBody,
    ResultSentBody,
    ResumedBody,
    ReturnedBody,
    StepDoneBody,
    SupplementRequestedBody,
    SuspendedBody,
    VoidedBody,
)


class SupplementedBody(EventBody):
    """补正受理: only what was asked for; `form` only when it changed."""

    event: Literal["supplemented"]
    materials: Annotated[tuple[MaterialBody, ...], Field(max_length=MOST_MATERIALS)] = ()
    form: dict[str, Any] | None = None
    requirement_ids: Annotated[tuple[Id, ...], Field(max_length=MOST_MATERIALS)] = ()

    def happening(self, form_json: str) -> Happening:
        """Return the happening."""
        return Supplemented(tuple(one.made() for one in self.materials), form_json, tuple(self.requirement_ids))


class WithdrawnBody(EventBody):
    """撤回."""

    event: Literal["withdrawn"]

    def happening(self, form_json: str) -> Happening:
        """Return the happening."""
        return Withdrawn()


class DeliveredBody(EventBody):
    """领取登记."""

    event: Literal["delivered"]
    way: DeliveryWay
    recipient_name: Named
    certificate_kind: Certificate | None = None
    certificate_number: OptionalCertificateNumber = ""

    def happening(self, form_json: str) -> Happening:
        """Return the happening."""
        return Delivered(self.way, self.recipient_name, self.certificate_kind, self.certificate_number)


class EvaluatedBody(EventBody):
    """好差评."""

    event: Literal["evaluated"]
    origin_level: Satisfaction
    handler_level: Satisfaction
    service_number: Positive = 1

    def happening(self, form_json: str) -> Happening:
        """Return the happening."""
        return Evaluated(self.origin_level, self.handler_level, self.service_number)


class NoteBody(EventBody):
    """协商留言."""

    event: Literal["note"]
    text: Words

    def happening(self, form_json: str) -> Happening:
        """Return the happening."""
        return Note(self.text)


AnyEvent = Annotated[
    ReceivedByHandlerBody
    | AcceptedBody
    | NotAcceptedBody
    | SupplementRequestedBody
    | SupplementedBody
    | StepDoneBody
    | SuspendedBody
    | ResumedBody
    | ExtendedBody
    | DecidedBody
    | ReturnedBody
    | VoidedBody
    | WithdrawnBody
    | ResultSentBody
    | DeliveredBody
    | EvaluatedBody
    | NoteBody
    | ReferredBody,
    Field(discriminator="event"),
]
