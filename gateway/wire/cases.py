"""A whole new case and its item on the wire.

What this gateway could not read itself must never leave.  `case_fits` tells that from the values, by the very bounds the
reader has; where it cannot, because something is out of the ordinary, the reader is asked.
"""

from gateway.case.form.text import check_form
from gateway.case.model import Applicant, Case, Item, Organisation, Person
from gateway.wire import bounds
from gateway.wire.codes import CERTIFICATE_KINDS, CHANNELS, MODES
from gateway.wire.gen.tongban.exchange.v1 import case_pb2 as pb
from gateway.wire.materials import material_fits, material_from_wire, material_to_wire
from gateway.wire.people import (
    Fields,
    agent_fields,
    agent_fits,
    agent_from_wire,
    contact_fields,
    contact_fits,
    contact_from_wire,
    delivery_fields,
    delivery_fits,
    delivery_from_wire,
    organisation_fields,
    organisation_fits,
    organisation_from_wire,
    person_fields,
    person_fits,
    person_from_wire,
    place_fields,
    place_fits,
    place_from_wire,
)
from gateway.wire.spot import Spot, stamp_to_wire, time_fits
from gateway.wire.texts import Texts

_STAND_IN = Person("", CERTIFICATE_KINDS.placeholder, "")
_CASE = Texts(
    origin_number=bounds.CODE,
    summary=bounds.OPTIONAL_TITLE,
    joint_parent=bounds.CASE_NUMBER,
)
_ITEM = Texts(
    basic_code=bounds.BASIC_CODE,
    name=bounds.TITLE,
    task_code=bounds.OPTIONAL_TASK_CODE,
    handling_item_code=bounds.OPTIONAL_HANDLING_ITEM_CODE,
    local_catalog_code=bounds.OPTIONAL_CODE,
    local_task_code=bounds.OPTIONAL_CODE,
)


def case_from_wire(wire: pb.Case, number: str, at: Spot) -> Case:
    """Read a case; its co-operation number stands in the envelope."""
    form_json = wire.form_json
    at.take("form_json", check_form(form_json))
    origin_number, summary, joint_parent = _CASE.read(wire, at)
    return Case(
        number=number,
        origin_number=origin_number,
        item=item_from_wire(wire.item, at.must("item", wire)),
        mode=at.code("mode", wire.mode, MODES),
        applicant=_applicant_from_wire(wire, at),
        form_json=form_json,
        origin=place_from_wire(wire.origin, at.must("origin", wire)),
        handler=place_from_wire(wire.handler, at.must("handler", wire)),
        delivery=delivery_from_wire(wire.delivery, at.must("delivery", wire)),
        received_at_window=at.time("received_at_window", wire),
        channel=at.code("channel", wire.channel, CHANNELS),
        summary=summary,
        agent=agent_from_wire(wire.agent, at.inside("agent")) if wire.HasField("agent") else None,
        contacts=at.many("contacts", wire.contacts, bounds.CONTACTS, contact_from_wire),
        materials=at.many("materials", wire.materials, bounds.MATERIALS, material_from_wire),
        joint_parent=joint_parent,
    )


def case_fits(case: Case) -> bool:
    """Whether a reader will find nothing wrong with a case whose values the format has words for."""
    applicant = case.applicant
    return (
        _CASE.fit(case)
        and _ITEM.fit(case.item)
        and (person_fits(applicant) if isinstance(applicant, Person) else organisation_fits(applicant))
        and place_fits(case.origin)
        and place_fits(case.handler)
        and delivery_fits(case.delivery)
        and time_fits(case.received_at_window)
        and len(case.contacts) <= bounds.CONTACTS.most
        and all(map(contact_fits, case.contacts))
        and (case.agent is None or agent_fits(case.agent))
        and len(case.materials) <= bounds.MATERIALS.most
        and all(map(material_fits, case.materials))
        and not check_form(case.form_json)
    )


def case_fields(case: Case) -> Fields:
    """Write a case; its co-operation number goes into the envelope."""
    applicant = case.applicant
    return {
        "origin_number": case.origin_number,
        "item": item_fields(case.item),
        "mode": MODES.to_wire(case.mode),
        "summary": case.summary,
        "person": person_fields(applicant) if isinstance(applicant, Person) else None,
        "organisation": organisation_fields(applicant) if isinstance(applicant, Organisation) else None,
        "agent": agent_fields(case.agent) if case.agent else None,
        "contacts": [contact_fields(one) for one in case.contacts],
        "form_json": case.form_json,
        "materials": [material_to_wire(one) for one in case.materials],
        "origin": place_fields(case.origin),
        "handler": place_fields(case.handler),
        "delivery": delivery_fields(case.delivery),
        "received_at_window": stamp_to_wire(case.received_at_window),
        "joint_parent": case.joint_parent,
        "channel": CHANNELS.to_wire(case.channel),
    }


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
    basic_code, name, *others = _ITEM.read(wire, at)
    return Item(basic_code, name, others[0], others[1], others[2], others[3], wire.version)


def item_fields(item: Item) -> Fields:
    """Write what is applied for."""
    return {
        "basic_code": item.basic_code,
        "task_code": item.task_code,
        "handling_item_code": item.handling_item_code,
        "local_catalog_code": item.local_catalog_code,
        "local_task_code": item.local_task_code,
        "version": item.version,
        "name": item.name,
    }
