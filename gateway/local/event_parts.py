"""What events in canonical JSON have in common: who, when, why, documents and limits."""

from abc import ABC, abstractmethod
from typing import Annotated

from pydantic import Field

from gateway.case.events import Actor, Deadline, Document, Happening, Requirement
from gateway.case.kinds import Clock, DocumentKind
from gateway.local.case_body import FileBody, Shape
from gateway.local.fields import (
    CalendarVersion,
    DataVersion,
    Day,
    DivisionCode,
    Flag,
    ForeignNumber,
    Id,
    Line,
    Moment,
    Named,
    OptionalUscc,
    PastMoment,
    ResultNumber,
    Short,
    ShortName,
    Words,
)

MOST_DOCUMENTS = 50


class ActorBody(Shape):
    """Who did it."""

    name: ShortName
    division: DivisionCode
    staff_number: ForeignNumber = ""
    organisation: Line = ""
    uscc: OptionalUscc = ""

    def made(self) -> Actor:
        """Return the actor."""
        return Actor(self.name, self.division, self.staff_number, self.organisation, self.uscc)


class DocumentBody(Shape):
    """A notice, decision or certificate."""

    kind: DocumentKind
    title: Named
    number: ResultNumber = ""
    file: FileBody | None = None
    dated: Day | None = None

    def made(self) -> Document:
        """Return the document."""
        return Document(self.kind, self.title, self.number, self.file.made() if self.file else None, self.dated)


class DeadlineBody(Shape):
    """A running limit, as the handler counts it."""

    clock: Clock
    due_at: Moment
    calendar_version: CalendarVersion
    provisional: Flag = False

    def made(self) -> Deadline:
        """Return the deadline."""
        return Deadline(self.clock, self.due_at, self.calendar_version, self.provisional)


class EventBody(Shape, ABC):
    """What every event has.

    `corrects` makes it a correction (更正) of the event with that id: the whole event as it should have been.
    """

    occurred_at: PastMoment
    actor: ActorBody
    corrects: Short = ""
    data_version: DataVersion | None = None
    reason: Words = ""
    documents: Annotated[tuple[DocumentBody, ...], Field(max_length=MOST_DOCUMENTS)] = ()
    deadlines: Annotated[tuple[DeadlineBody, ...], Field(max_length=MOST_DOCUMENTS)] = ()

    @abstractmethod
    def happening(self, form_json: str) -> Happening:
        """Return what happened; `form_json` is the exact text of `form`, empty when there is none."""


class RequirementBody(Shape):
    """One thing a supplement notice asks for."""

    requirement_id: Id
    what: Annotated[Words, Field(min_length=1)]
    material_id: Short = ""
    list_code: ForeignNumber = ""
    form_field: Line = ""

    def made(self) -> Requirement:
        """Return the requirement."""
        return Requirement(self.requirement_id, self.what, self.material_id, self.list_code, self.form_field)
