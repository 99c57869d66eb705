"""What happened, on the wire: the simple kinds of events, and which kind is which field.

`READERS` and `WRITERS` hold one entry per member of the oneof `Event.happening`; a test compares them
with the format and with `gateway.case.events.Happening`.
"""

from collections.abc import Callable
from typing import Any

from gateway.case.events import (
    Accepted,
    DeadlinePassed,
    Decided,
    Delivered,
    Evaluated,
    Extended,
    HandledOffline,
    Happening,
    NotAccepted,
    Note,
    ReceivedByHandler,
    Referred,
    ResultSent,
    Resumed,
    Returned,
    StepDone,
    Supplemented,
    SupplementRequested,
    Suspended,
    Voided,
    Withdrawn,
)
from gateway.wire import bounds, outcomes
from gateway.wire.codes import CLOCKS, SATISFACTIONS, STEP_KINDS, SUSPENSION_KINDS
from gateway.wire.gen.tongban.exchange.v1 import event_pb2 as pb
from gateway.wire.spot import Spot, stamp_to_wire


def received_from_wire(wire: pb.ReceivedByHandler, at: Spot) -> ReceivedByHandler:
    """Read 签收."""
    return ReceivedByHandler(at.text("handler_number", wire.handler_number, bounds.OPTIONAL_CODE))


def received_to_wire(one: ReceivedByHandler) -> pb.ReceivedByHandler:
    """Write 签收."""
    return pb.ReceivedByHandler(handler_number=one.handler_number)


def step_from_wire(wire: pb.StepDone, at: Spot) -> StepDone:
    """Read 环节."""
    return StepDone(
        kind=at.code("kind", wire.kind, STEP_KINDS),
        name=at.text("name", wire.name, bounds.TITLE),
        started_at=at.time("started_at", wire),
        ended_at=at.time("ended_at", wire),
        opinion=at.text("opinion", wire.opinion, bounds.OPTIONAL_TEXT),
    )


def step_to_wire(one: StepDone) -> pb.StepDone:
    """Write 环节."""
    return pb.StepDone(
        kind=STEP_KINDS.to_wire(one.kind),
        name=one.name,
        opinion=one.opinion,
        started_at=stamp_to_wire(one.started_at),
        ended_at=stamp_to_wire(one.ended_at),
    )


def suspended_from_wire(wire: pb.Suspended, at: Spot) -> Suspended:
    """Read 特别程序开始."""
    return Suspended(
        kind=at.code("kind", wire.kind, SUSPENSION_KINDS),
        expected_days=at.number("expected_days", wire.expected_days, bounds.DAYS),
        notice_number=at.text("notice_number", wire.notice_number, bounds.OPTIONAL_CODE),
    )


def suspended_to_wire(one: Suspended) -> pb.Suspended:
    """Write 特别程序开始."""
    return pb.Suspended(
        kind=SUSPENSION_KINDS.to_wire(one.kind), expected_days=one.expected_days, notice_number=one.notice_number
    )


def resumed_from_wire(wire: pb.Resumed, at: Spot) -> Resumed:
    """Read 特别程序结束."""
    return Resumed(at.text("result", wire.result, bounds.OPTIONAL_TEXT))


def resumed_to_wire(one: Resumed) -> pb.Resumed:
    """Write 特别程序结束."""
    return pb.Resumed(result=one.result)


def extended_from_wire(wire: pb.Extended, at: Spot) -> Extended:
    """Read 延长."""
    return Extended(
        days=at.number("days", wire.days, bounds.DAYS_FROM_ONE),
        approver=at.text("approver", wire.approver, bounds.TITLE),
        notice_number=at.text("notice_number", wire.notice_number, bounds.OPTIONAL_CODE),
    )


def extended_to_wire(one: Extended) -> pb.Extended:
    """Write 延长."""
    return pb.Extended(days=one.days, approver=one.approver, notice_number=one.notice_number)


def evaluated_from_wire(wire: pb.Evaluated, at: Spot) -> Evaluated:
    """Read 好差评."""
    return Evaluated(
        origin_level=at.code("origin_level", wire.origin_level, SATISFACTIONS),
        handler_level=at.code("handler_level", wire.handler_level, SATISFACTIONS),
        service_number=at.number("service_number", wire.service_number, bounds.COUNT_FROM_ONE),
    )


def evaluated_to_wire(one: Evaluated) -> pb.Evaluated:
    """Write 好差评."""
    return pb.Evaluated(
        origin_level=SATISFACTIONS.to_wire(one.origin_level),
        handler_level=SATISFACTIONS.to_wire(one.handler_level),
        service_number=one.service_number,
    )


def passed_from_wire(wire: pb.DeadlinePassed, at: Spot) -> DeadlinePassed:
    """Read 超期."""
    return DeadlinePassed(
        clock=at.code("clock", wire.clock, CLOCKS),
        due_at=at.time("due_at", wire),
        deemed_accepted=wire.deemed_accepted,
    )


def passed_to_wire(one: DeadlinePassed) -> pb.DeadlinePassed:
    """Write 超期."""
    return pb.DeadlinePassed(
        clock=CLOCKS.to_wire(one.clock), due_at=stamp_to_wire(one.due_at), deemed_accepted=one.deemed_accepted
    )


READERS: dict[str, Callable[[Any, Spot], Happening]] = {
    "received_by_handler": received_from_wire,
    "accepted": outcomes.accepted_from_wire,
    "not_accepted": outcomes.not_accepted_from_wire,
    "supplement_requested": outcomes.requested_from_wire,
    "supplemented": outcomes.supplemented_from_wire,
    "step_done": step_from_wire,
    "suspended": suspended_from_wire,
    "resumed": resumed_from_wire,
    "extended": extended_from_wire,
    "decided": outcomes.decided_from_wire,
    "returned": lambda wire, _: Returned(supplement_overdue=wire.supplement_overdue),
    "voided": lambda _wire, _at: Voided(),
    "withdrawn": lambda _wire, _at: Withdrawn(),
    "result_sent": outcomes.sent_from_wire,
    "delivered": outcomes.delivered_from_wire,
    "evaluated": evaluated_from_wire,
    "note": lambda wire, at: Note(at.text("text", wire.text, bounds.TASK)),
    "referred": lambda wire, at: Referred(at.text("to_organ", wire.to_organ, bounds.TITLE)),
    "handled_offline": lambda wire, at: HandledOffline(at.uuid7("envelope_id", wire.envelope_id)),
    "deadline_passed": passed_from_wire,
}

WRITERS: dict[type[Happening], tuple[str, Callable[[Any], Any]]] = {
    ReceivedByHandler: ("received_by_handler", received_to_wire),
    Accepted: ("accepted", outcomes.accepted_to_wire),
    NotAccepted: ("not_accepted", outcomes.not_accepted_to_wire),
    SupplementRequested: ("supplement_requested", outcomes.requested_to_wire),
    Supplemented: ("supplemented", outcomes.supplemented_to_wire),
    StepDone: ("step_done", step_to_wire),
    Suspended: ("suspended", suspended_to_wire),
    Resumed: ("resumed", resumed_to_wire),
    Extended: ("extended", extended_to_wire),
    Decided: ("decided", outcomes.decided_to_wire),
    Returned: ("returned", lambda one: pb.Returned(supplement_overdue=one.supplement_overdue)),
    Voided: ("voided", lambda _: pb.Voided()),
    Withdrawn: ("withdrawn", lambda _: pb.Withdrawn()),
    ResultSent: ("result_sent", outcomes.sent_to_wire),
    Delivered: ("delivered", outcomes.delivered_to_wire),
    Evaluated: ("evaluated", evaluated_to_wire),
    Note: ("note", lambda one: pb.Note(text=one.text)),
    Referred: ("referred", lambda one: pb.Referred(to_organ=one.to_organ)),
    HandledOffline: ("handled_offline", lambda one: pb.HandledOffline(envelope_id=one.envelope_id)),
    DeadlinePassed: ("deadline_passed", passed_to_wire),
}
