"""What events are made of: who acted, which papers belong to it, which limits run, what it rests on, what is asked."""

from dataclasses import dataclass
from datetime import date, datetime

from gateway.case.kinds import Clock, DocumentKind, Power
from gateway.case.model import MaterialFile


@dataclass(frozen=True, slots=True)
class Actor:
    """Who did something; the name is the system's for an automatic act."""

    name: str
    division: str
    staff_number: str = ""
    organisation: str = ""
    uscc: str = ""


@dataclass(frozen=True, slots=True)
class Document:
    """A notice, decision or certificate that belongs to an event."""

    kind: DocumentKind
    title: str
    number: str = ""
    file: MaterialFile | None = None
    dated: date | None = None


@dataclass(frozen=True, slots=True)
class Deadline:
    """One running limit, as the side that must act counts it."""

    clock: Clock
    due_at: datetime
    calendar_version: str
    provisional: bool = False


@dataclass(frozen=True, slots=True)
class Grant:
    """The power and the agreement an act of the origin rests on."""

    power: Power
    agreement_number: str


@dataclass(frozen=True, slots=True)
class Requirement:
    """One thing a supplement notice asks for; `form_field` is a JSON Pointer (RFC 6901)."""

    requirement_id: str
    what: str
    material_id: str = ""
    list_code: str = ""
    form_field: str = ""
