"""Acceptance, supplements, decision and delivery on the wire: the kinds of events that make an outcome."""

from gateway.case.events import (
    Accepted,
    Decided,
    Delivered,
    NotAccepted,
    Requirement,
    ResultSent,
    Supplemented,
    SupplementRequested,
)
from gateway.case.form.text import check_form
from gateway.wire import bounds
from gateway.wire.codes import CERTIFICATE_KINDS, DECISIONS, DELIVERY_WAYS, RESULT_KINDS
from gateway.wire.gen.tongban.exchange.v1 import event_pb2 as pb
from gateway.wire.materials import material_from_wire, material_to_wire
from gateway.wire.spot import Spot, day_to_wire, stamp_or_none


def accepted_from_wire(wire: pb.Accepted, at: Spot) -> Accepted:
    """Read 受理."""
    return Accepted(
        acceptance_number=at.text("acceptance_number", wire.acceptance_number, bounds.OPTIONAL_CODE),
        handler_number=at.text("handler_number", wire.handler_number, bounds.OPTIONAL_CODE),
        promised_date=at.day("promised_date", wire.promised_date),
    )


def accepted_to_wire(one: Accepted) -> pb.Accepted:
    """Write 受理."""
    return pb.Accepted(
        handler_number=one.handler_number,
        acceptance_number=one.acceptance_number,
        promised_date=day_to_wire(one.promised_date),
    )


def not_accepted_from_wire(wire: pb.NotAccepted, at: Spot) -> NotAccepted:
    """Read 不予受理."""
    return NotAccepted(
        legal_basis=at.text("legal_basis", wire.legal_basis, bounds.OPTIONAL_TEXT),
        competent_organ=at.text("competent_organ", wire.competent_organ, bounds.OPTIONAL_TITLE),
    )


def not_accepted_to_wire(one: NotAccepted) -> pb.NotAccepted:
    """Write 不予受理."""
    return pb.NotAccepted(legal_basis=one.legal_basis, competent_organ=one.competent_organ)


def requested_from_wire(wire: pb.SupplementRequested, at: Spot) -> SupplementRequested:
    """Read 补正告知."""
    return SupplementRequested(
        requirements=at.many("requirements", wire.requirements, bounds.REQUIREMENTS, requirement_from_wire),
        respond_by=at.time_or_none("respond_by", wire),
        supervisor=at.text("supervisor", wire.supervisor, bounds.OPTIONAL_TITLE),
        notice_number=at.text("notice_number", wire.notice_number, bounds.OPTIONAL_CODE),
    )


def requested_to_wire(one: SupplementRequested) -> pb.SupplementRequested:
    """Write 补正告知."""
    return pb.SupplementRequested(
        requirements=[requirement_to_wire(requirement) for requirement in one.requirements],
        respond_by=stamp_or_none(one.respond_by),
        supervisor=one.supervisor,
        notice_number=one.notice_number,
    )


def requirement_from_wire(wire: pb.Requirement, at: Spot) -> Requirement:
    """Read one thing a supplement notice asks for."""
    return Requirement(
        requirement_id=at.text("requirement_id", wire.requirement_id, bounds.KEY),
        what=at.text("what", wire.what, bounds.TASK),
        material_id=at.text("material_id", wire.material_id, bounds.OPTIONAL_KEY),
        list_code=at.text("list_code", wire.list_code, bounds.OPTIONAL_CODE),
        form_field=at.text("form_field", wire.form_field, bounds.POINTER),
    )


def requirement_to_wire(one: Requirement) -> pb.Requirement:
    """Write one thing a supplement notice asks for."""
    return pb.Requirement(
        requirement_id=one.requirement_id,
        material_id=one.material_id,
        list_code=one.list_code,
        form_field=one.form_field,
        what=one.what,
    )


def supplemented_from_wire(wire: pb.Supplemented, at: Spot) -> Supplemented:
    """Read 补正受理."""
    if wire.form_json:
        at.take("form_json", check_form(wire.form_json))
    return Supplemented(
        materials=at.many("materials", wire.materials, bounds.MATERIALS, material_from_wire),
        form_json=wire.form_json,
        requirement_ids=at.many("requirement_ids", wire.requirement_ids, bounds.REQUIREMENTS, _key),
    )


def _key(value: str, at: Spot) -> str:
    return at.text("", value, bounds.KEY)


def supplemented_to_wire(one: Supplemented) -> pb.Supplemented:
    """Write 补正受理."""
    return pb.Supplemented(
        materials=[material_to_wire(material) for material in one.materials],
        form_json=one.form_json,
        requirement_ids=one.requirement_ids,
    )


def decided_from_wire(wire: pb.Decided, at: Spot) -> Decided:
    """Read 办结."""
    return Decided(
        decision=at.code("decision", wire.decision, DECISIONS),
        document_number=at.text("document_number", wire.document_number, bounds.OPTIONAL_CODE),
        result_kind=at.code("result_kind", wire.result_kind, RESULT_KINDS),
        result_name=at.text("result_name", wire.result_name, bounds.OPTIONAL_TITLE),
        result_number=at.text("result_number", wire.result_number, bounds.OPTIONAL_NUMBER),
        valid_from=at.day("valid_from", wire.valid_from),
        valid_to=at.day("valid_to", wire.valid_to),
        result_licence_id=at.text("result_licence_id", wire.result_licence_id, bounds.OPTIONAL_NUMBER),
    )


def decided_to_wire(one: Decided) -> pb.Decided:
    """Write 办结."""
    return pb.Decided(
        decision=DECISIONS.to_wire(one.decision),
        document_number=one.document_number,
        result_kind=RESULT_KINDS.to_wire(one.result_kind),
        result_name=one.result_name,
        result_number=one.result_number,
        valid_from=day_to_wire(one.valid_from),
        valid_to=day_to_wire(one.valid_to),
        result_licence_id=one.result_licence_id,
    )


def sent_from_wire(wire: pb.ResultSent, at: Spot) -> ResultSent:
    """Read 寄出."""
    return ResultSent(
        way=at.code("way", wire.way, DELIVERY_WAYS),
        carrier=at.text("carrier", wire.carrier, bounds.OPTIONAL_TITLE),
        tracking_number=at.text("tracking_number", wire.tracking_number, bounds.OPTIONAL_CODE),
    )


def sent_to_wire(one: ResultSent) -> pb.ResultSent:
    """Write 寄出."""
    return pb.ResultSent(way=DELIVERY_WAYS.to_wire(one.way), carrier=one.carrier, tracking_number=one.tracking_number)


def delivered_from_wire(wire: pb.Delivered, at: Spot) -> Delivered:
    """Read 领取登记."""
    kind = None
    if wire.HasField("certificate_kind"):
        kind = at.code("certificate_kind", wire.certificate_kind, CERTIFICATE_KINDS)
    return Delivered(
        way=at.code("way", wire.way, DELIVERY_WAYS),
        recipient_name=at.text("recipient_name", wire.recipient_name, bounds.TITLE),
        certificate_kind=kind,
        certificate_number=at.text("certificate_number", wire.certificate_number, bounds.OPTIONAL_CODE),
    )


def delivered_to_wire(one: Delivered) -> pb.Delivered:
    """Write 领取登记."""
    kind = one.certificate_kind
    return pb.Delivered(
        way=DELIVERY_WAYS.to_wire(one.way),
        recipient_name=one.recipient_name,
        certificate_kind=CERTIFICATE_KINDS.to_wire(kind) if kind else None,
        certificate_number=one.certificate_number,
    )
