"""A whole new case and its item on the wire."""

from gateway.case.form.text import check_form
from gateway.case.model import Applicant, Case, Item, Organisation, Person
from gateway.wire import bounds
from gateway.wire.codes import CERTIFICATE_KINDS, CHANNELS, MODES
from gateway.wire.gen.tongban.exchange.v1 import case_pb2 as pb
from gateway.wire.materials import material_from_wire, material_to_wire
from gateway.wire.people import (
    agent_from_wire,
    agent_to_wire,
    contact_from_wire,
    contact_to_wire,
    delivery_from_wire,
    delivery_to_wire,
    organisation_from_wire,
    organisation_to_wire,
    person_from_wire,
    person_to_wire,
    place_from_wire,
    place_to_wire,
)
from gateway.wire.spot import Spot, stamp_to_wire

_STAND_IN = Person("", CERTIFICATE_KINDS.placeholder, "")


def case_from_wire(wire: pb.Case, number: str, at: Spot) -> Case:
    """Read a case; its co-operation number stands in the envelope."""
    at.take("form_json", check_form(wire.form_json))
    return Case(
        number=number,
        origin_number=at.text("origin_number", wire.origin_number, bounds.CODE),
        item=item_from_wire(wire.item, at.must("item", wire)),
        mode=at.code("mode", wire.mode, MODES),
        applicant=_applicant_from_wire(wire, at),
        form_json=wire.form_json,
        origin=place_from_wire(wire.origin, at.must("origin", wire)),
        handler=place_from_wire(wire.handler, at.must("handler", wire)),
        delivery=delivery_from_wire(wire.delivery, at.must("delivery", wire)),
        received_at_window=at.time("received_at_window", wire),
        channel=at.code("channel", wire.channel, CHANNELS),
        summary=at.text("summary", wire.summary, bounds.OPTIONAL_TITLE),
        agent=agent_from_wire(wire.agent, at.inside("agent")) if wire.HasField("agent") else None,
        contacts=at.many("contacts", wire.contacts, bounds.CONTACTS, contact_from_wire),
        materials=at.many("materials", wire.materials, bounds.MATERIALS, material_from_wire),
        joint_parent=at.text("joint_parent", wire.joint_parent, bounds.CASE_NUMBER),
    )


def case_to_wire(case: Case) -> pb.Case:
    """Write a case; its co-operation number goes into the envelope."""
    applicant = case.applicant
    return pb.Case(
        origin_number=case.origin_number,
        item=item_to_wire(case.item),
        mode=MODES.to_wire(case.mode),
        summary=case.summary,
        person=person_to_wire(applicant) if isinstance(applicant, Person) else None,
        organisation=organisation_to_wire(applicant) if isinstance(applicant, Organisation) else None,
        agent=agent_to_wire(case.agent) if case.agent else None,
        contacts=[contact_to_wire(one) for one in case.contacts],
        form_json=case.form_json,
        materials=[material_to_wire(one) for one in case.materials],
        origin=place_to_wire(case.origin),
        handler=place_to_wire(case.handler),
        delivery=delivery_to_wire(case.delivery),
        received_at_window=stamp_to_wire(case.received_at_window),
        joint_parent=case.joint_parent,
        channel=CHANNELS.to_wire(case.channel),
    )


def _applicant_from_wire(wire: pb.Case, at: Spot) -> Applicant:
    which = wire.WhichOneof("applicant")
    if which == "person":
        return person_from_wire(wire.person, at.inside("person"))
    if which == "organisation":
        return organisation_from_wire(wire.organisation, at.inside("organisation"))
    at.missing("applicant")
    return _STAND_IN


def item_from_wire(wire: pb.Item, at: Spot) -> Item:
    """Read what is applied for; whether its codes check is for others."""
    return Item(
        basic_code=at.text("basic_code", wire.basic_code, bounds.BASIC_CODE),
        name=at.text("name", wire.name, bounds.TITLE),
        task_code=at.text("task_code", wire.task_code, bounds.OPTIONAL_TASK_CODE),
        handling_item_code=at.text("handling_item_code", wire.handling_item_code, bounds.OPTIONAL_HANDLING_ITEM_CODE),
        local_catalog_code=at.text("local_catalog_code", wire.local_catalog_code, bounds.OPTIONAL_CODE),
        local_task_code=at.text("local_task_code", wire.local_task_code, bounds.OPTIONAL_CODE),
        version=wire.version,
    )


def item_to_wire(item: Item) -> pb.Item:
    """Write what is applied for."""
    return pb.Item(
        basic_code=item.basic_code,
        task_code=item.task_code,
        handling_item_code=item.handling_item_code,
        local_catalog_code=item.local_catalog_code,
        local_task_code=item.local_task_code,
        version=item.version,
        name=item.name,
    )
