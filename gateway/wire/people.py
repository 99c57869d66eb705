"""People, organisations and offices of a case on the wire.

`…_fits` tells before writing whether a reader will find nothing wrong; False means that only a reader can tell.
"""

from typing import Any

from gateway.case.model import Agent, Contact, OfficePlace, Organisation, Person, ResultDelivery
from gateway.wire import bounds
from gateway.wire.codes import CERTIFICATE_KINDS, DELIVERY_WAYS
from gateway.wire.gen.tongban.exchange.v1 import case_pb2 as pb
from gateway.wire.spot import DIVISION, Spot
from gateway.wire.texts import Texts, text_fits

Fields = dict[str, Any]
"""A message as its constructor takes it.  Messages put into messages are copied, what is written so is not."""

_PERSON = Texts(
    name=bounds.NAME,
    certificate_number=bounds.CODE,
    phone=bounds.OPTIONAL_PHONE,
    address=bounds.OPTIONAL_ADDRESS,
)
_ORGANISATION = Texts(name=bounds.TITLE, uscc=bounds.USCC, phone=bounds.OPTIONAL_PHONE, address=bounds.OPTIONAL_ADDRESS)
_CONTACT = Texts(name=bounds.NAME, phone=bounds.PHONE)
_PLACE = Texts(
    organisation=bounds.OPTIONAL_TITLE,
    uscc=bounds.OPTIONAL_USCC,
    window=bounds.OPTIONAL_TITLE,
    staff_number=bounds.OPTIONAL_CODE,
)
_DELIVERY = Texts(recipient=bounds.OPTIONAL_TITLE, phone=bounds.OPTIONAL_PHONE, address=bounds.OPTIONAL_ADDRESS)


def person_from_wire(wire: pb.Person, at: Spot) -> Person:
    """Read a natural person."""
    name, number, phone, address = _PERSON.read(wire, at)
    return Person(name, at.code("certificate_kind", wire.certificate_kind, CERTIFICATE_KINDS), number, phone, address)


def person_fits(person: Person) -> bool:
    """Whether a natural person reads."""
    return _PERSON.fit(person)


def person_fields(person: Person) -> Fields:
    """Write a natural person."""
    return {
        "name": person.name,
        "certificate_kind": CERTIFICATE_KINDS.to_wire(person.certificate_kind),
        "certificate_number": person.certificate_number,
        "phone": person.phone,
        "address": person.address,
    }


def organisation_from_wire(wire: pb.Organisation, at: Spot) -> Organisation:
    """Read an organisation."""
    head = None
    if wire.HasField("legal_representative"):
        head = person_from_wire(wire.legal_representative, at.inside("legal_representative"))
    name, uscc, phone, address = _ORGANISATION.read(wire, at)
    return Organisation(name, uscc, head, phone, address)


def organisation_fits(organisation: Organisation) -> bool:
    """Whether an organisation reads."""
    head = organisation.legal_representative
    return _ORGANISATION.fit(organisation) and (head is None or person_fits(head))


def organisation_fields(organisation: Organisation) -> Fields:
    """Write an organisation."""
    head = organisation.legal_representative
    return {
        "name": organisation.name,
        "uscc": organisation.uscc,
        "legal_representative": person_fields(head) if head else None,
        "phone": organisation.phone,
        "address": organisation.address,
    }


def agent_from_wire(wire: pb.Agent, at: Spot) -> Agent:
    """Read who acts for the applicant."""
    return Agent(
        person=person_from_wire(wire.person, at.must("person", wire)),
        authorisation_material_id=at.text(
            "authorisation_material_id", wire.authorisation_material_id, bounds.OPTIONAL_KEY
        ),
    )


def agent_fits(agent: Agent) -> bool:
    """Whether who acts for the applicant reads; False where only a reader can tell."""
    return person_fits(agent.person) and text_fits(agent.authorisation_material_id, bounds.OPTIONAL_KEY)


def agent_fields(agent: Agent) -> Fields:
    """Write who acts for the applicant."""
    return {
        "person": person_fields(agent.person),
        "authorisation_material_id": agent.authorisation_material_id,
    }


def contact_from_wire(wire: pb.Contact, at: Spot) -> Contact:
    """Read somebody staff may call."""
    name, phone = _CONTACT.read(wire, at)
    return Contact(name, phone)


def contact_fits(contact: Contact) -> bool:
    """Whether somebody staff may call reads."""
    return _CONTACT.fit(contact)


def contact_fields(contact: Contact) -> Fields:
    """Write somebody staff may call."""
    return {"name": contact.name, "phone": contact.phone}


def place_from_wire(wire: pb.OfficePlace, at: Spot) -> OfficePlace:
    """Read an office that takes part in a case."""
    return OfficePlace(at.division("division", wire.division), *_PLACE.read(wire, at))


def place_fits(place: OfficePlace) -> bool:
    """Whether an office that takes part in a case reads."""
    return DIVISION.fullmatch(place.division) is not None and _PLACE.fit(place)


def place_fields(place: OfficePlace) -> Fields:
    """Write an office that takes part in a case."""
    return {
        "division": place.division,
        "organisation": place.organisation,
        "uscc": place.uscc,
        "window": place.window,
        "staff_number": place.staff_number,
    }


def delivery_from_wire(wire: pb.ResultDelivery, at: Spot) -> ResultDelivery:
    """Read how the applicant wants the result."""
    return ResultDelivery(at.code("way", wire.way, DELIVERY_WAYS), *_DELIVERY.read(wire, at))


def delivery_fits(delivery: ResultDelivery) -> bool:
    """Whether how the applicant wants the result reads."""
    return _DELIVERY.fit(delivery)


def delivery_fields(delivery: ResultDelivery) -> Fields:
    """Write how the applicant wants the result."""
    return {
        "way": DELIVERY_WAYS.to_wire(delivery.way),
        "recipient": delivery.recipient,
        "phone": delivery.phone,
        "address": delivery.address,
    }
