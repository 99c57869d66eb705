"""Events and corrections on the wire: who, when, why, with which documents and limits."""

from gateway.case.events import Actor, Deadline, Document, Event, Grant, Happening, Withdrawn
from gateway.case.texts import Text
from gateway.wire import bounds
from gateway.wire.codes import CLOCKS, DOCUMENT_KINDS, POWERS
from gateway.wire.gen.tongban.exchange.v1 import event_pb2, exchange_pb2
from gateway.wire.happenings import READERS, WRITERS
from gateway.wire.materials import file_from_wire, file_to_wire
from gateway.wire.spot import Spot, day_to_wire, stamp_to_wire

_STAND_IN = Withdrawn()
_TWO_REASONS = Text("更正信封与其中事件的理由不一致", "the correction and the event in it give different reasons")
_ONE_REASON = Text("两处写同样的理由，或事件中不写", "give the same reason twice, or leave it out of the event")


def event_from_wire(wire: event_pb2.Event, at: Spot) -> Event:
    """Read an event that corrects nothing."""
    return Event(
        event_id=at.uuid7("event_id", wire.event_id),
        actor=actor_from_wire(wire.actor, at.must("actor", wire)),
        occurred_at=at.time("occurred_at", wire),
        recorded_at=at.time("recorded_at", wire),
        happening=_happening_from_wire(wire, at),
        reason=at.text("reason", wire.reason, bounds.OPTIONAL_TEXT),
        documents=at.many("documents", wire.documents, bounds.DOCUMENTS, document_from_wire),
        deadlines=at.many("deadlines", wire.deadlines, bounds.DEADLINES, deadline_from_wire),
        grant=grant_from_wire(wire.grant, at.inside("grant")) if wire.HasField("grant") else None,
    )


def event_to_wire(event: Event) -> event_pb2.Event:
    """Write an event, without what it corrects."""
    name, write = WRITERS[type(event.happening)]
    wire = event_pb2.Event(
        event_id=event.event_id,
        actor=actor_to_wire(event.actor),
        occurred_at=stamp_to_wire(event.occurred_at),
        recorded_at=stamp_to_wire(event.recorded_at),
        reason=event.reason,
        documents=[document_to_wire(one) for one in event.documents],
        deadlines=[deadline_to_wire(one) for one in event.deadlines],
        grant=grant_to_wire(event.grant) if event.grant else None,
    )
    # CopyFrom sets the member even when its kind has no fields.
    getattr(wire, name).CopyFrom(write(event.happening))
    return wire


def _happening_from_wire(wire: event_pb2.Event, at: Spot) -> Happening:
    which = wire.WhichOneof("happening")
    if which is None:
        at.missing("happening")
        return _STAND_IN
    return READERS[which](getattr(wire, which), at.inside(which))


def correction_from_wire(wire: exchange_pb2.Correction, at: Spot) -> Event:
    """Read an event that corrects another.

    The value has room for one reason, so the event inside repeats that of the correction or has none.
    """
    inside = event_from_wire(wire.event, at.must("event", wire))
    if wire.event.reason not in {"", wire.reason}:
        at.wrong("event.reason", _TWO_REASONS, _ONE_REASON)
    return Event(
        event_id=inside.event_id,
        actor=inside.actor,
        occurred_at=inside.occurred_at,
        recorded_at=inside.recorded_at,
        happening=inside.happening,
        reason=at.text("reason", wire.reason, bounds.TASK),
        documents=inside.documents,
        deadlines=inside.deadlines,
        grant=inside.grant,
        corrects=at.uuid7("corrects_event_id", wire.corrects_event_id),
        data_version=at.number("data_version", wire.data_version, bounds.DATA_VERSION),
    )


def correction_to_wire(event: Event) -> exchange_pb2.Correction:
    """Write an event that corrects another; its reason stands in both places."""
    return exchange_pb2.Correction(
        corrects_event_id=event.corrects,
        data_version=event.data_version,
        reason=event.reason,
        event=event_to_wire(event),
    )


def actor_from_wire(wire: event_pb2.Actor, at: Spot) -> Actor:
    """Read who did something."""
    return Actor(
        name=at.text("name", wire.name, bounds.NAME),
        division=at.division("division", wire.division),
        staff_number=at.text("staff_number", wire.staff_number, bounds.OPTIONAL_CODE),
        organisation=at.text("organisation", wire.organisation, bounds.OPTIONAL_TITLE),
        uscc=at.text("uscc", wire.uscc, bounds.OPTIONAL_USCC),
    )


def actor_to_wire(actor: Actor) -> event_pb2.Actor:
    """Write who did something."""
    return event_pb2.Actor(
        name=actor.name,
        staff_number=actor.staff_number,
        organisation=actor.organisation,
        uscc=actor.uscc,
        division=actor.division,
    )


def document_from_wire(wire: event_pb2.Document, at: Spot) -> Document:
    """Read a document that belongs to an event."""
    return Document(
        kind=at.code("kind", wire.kind, DOCUMENT_KINDS),
        title=at.text("title", wire.title, bounds.TITLE),
        number=at.text("number", wire.number, bounds.OPTIONAL_NUMBER),
        file=file_from_wire(wire.file, at.inside("file")) if wire.HasField("file") else None,
        dated=at.day("dated", wire.dated),
    )


def document_to_wire(document: Document) -> event_pb2.Document:
    """Write a document that belongs to an event."""
    return event_pb2.Document(
        kind=DOCUMENT_KINDS.to_wire(document.kind),
        number=document.number,
        title=document.title,
        file=file_to_wire(document.file) if document.file else None,
        dated=day_to_wire(document.dated),
    )


def deadline_from_wire(wire: event_pb2.Deadline, at: Spot) -> Deadline:
    """Read one running limit."""
    return Deadline(
        clock=at.code("clock", wire.clock, CLOCKS),
        due_at=at.time("due_at", wire),
        calendar_version=at.text("calendar_version", wire.calendar_version, bounds.CODE),
        provisional=wire.provisional,
    )


def deadline_to_wire(deadline: Deadline) -> event_pb2.Deadline:
    """Write one running limit."""
    return event_pb2.Deadline(
        clock=CLOCKS.to_wire(deadline.clock),
        due_at=stamp_to_wire(deadline.due_at),
        calendar_version=deadline.calendar_version,
        provisional=deadline.provisional,
    )


def grant_from_wire(wire: event_pb2.Grant, at: Spot) -> Grant:
    """Read the power an act of the origin rests on."""
    return Grant(
        power=at.code("power", wire.power, POWERS),
        agreement_number=at.text("agreement_number", wire.agreement_number, bounds.TITLE),
    )


def grant_to_wire(grant: Grant) -> event_pb2.Grant:
    """Write the power an act of the origin rests on."""
    return event_pb2.Grant(power=POWERS.to_wire(grant.power), agreement_number=grant.agreement_number)
