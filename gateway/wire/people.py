"""People, organisations and offices of a case on the wire."""

from gateway.case.model import Agent, Contact, OfficePlace, Organisation, Person, ResultDelivery
from gateway.wire import bounds
from gateway.wire.codes import CERTIFICATE_KINDS, DELIVERY_WAYS
from gateway.wire.gen.tongban.exchange.v1 import case_pb2 as pb
from gateway.wire.spot import Spot


def person_from_wire(wire: pb.Person, at: Spot) -> Person:
    """Read a natural person."""
    return Person(
        name=at.text("name", wire.name, bounds.NAME),
        certificate_kind=at.code("certificate_kind", wire.certificate_kind, CERTIFICATE_KINDS),
        certificate_number=at.text("certificate_number", wire.certificate_number, bounds.CODE),
        phone=at.text("phone", wire.phone, bounds.OPTIONAL_PHONE),
        address=at.text("address", wire.address, bounds.OPTIONAL_ADDRESS),
    )


def person_to_wire(person: Person) -> pb.Person:
    """Write a natural person."""
    return pb.Person(
        name=person.name,
        certificate_kind=CERTIFICATE_KINDS.to_wire(person.certificate_kind),
        certificate_number=person.certificate_number,
        phone=person.phone,
        address=person.address,
    )


def organisation_from_wire(wire: pb.Organisation, at: Spot) -> Organisation:
    """Read an organisation."""
    head = None
    if wire.HasField("legal_representative"):
        head = person_from_wire(wire.legal_representative, at.inside("legal_representative"))
    return Organisation(
        name=at.text("name", wire.name, bounds.TITLE),
        uscc=at.text("uscc", wire.uscc, bounds.USCC),
        legal_representative=head,
        phone=at.text("phone", wire.phone, bounds.OPTIONAL_PHONE),
        address=at.text("address", wire.address, bounds.OPTIONAL_ADDRESS),
    )


def organisation_to_wire(organisation: Organisation) -> pb.Organisation:
    """Write an organisation."""
    head = organisation.legal_representative
    return pb.Organisation(
        name=organisation.name,
        uscc=organisation.uscc,
        legal_representative=person_to_wire(head) if head else None,
        phone=organisation.phone,
        address=organisation.address,
    )


def agent_from_wire(wire: pb.Agent, at: Spot) -> Agent:
    """Read who acts for the applicant."""
    return Agent(
        person=person_from_wire(wire.person, at.must("person", wire)),
        authorisation_material_id=at.text(
            "authorisation_material_id", wire.authorisation_material_id, bounds.OPTIONAL_KEY
        ),
    )


def agent_to_wire(agent: Agent) -> pb.Agent:
    """Write who acts for the applicant."""
    return pb.Agent(person=person_to_wire(agent.person), authorisation_material_id=agent.authorisation_material_id)


def contact_from_wire(wire: pb.Contact, at: Spot) -> Contact:
    """Read somebody staff may call."""
    return Contact(
        name=at.text("name", wire.name, bounds.NAME),
        phone=at.text("phone", wire.phone, bounds.PHONE),
    )


def contact_to_wire(contact: Contact) -> pb.Contact:
    """Write somebody staff may call."""
    return pb.Contact(name=contact.name, phone=contact.phone)


def place_from_wire(wire: pb.OfficePlace, at: Spot) -> OfficePlace:
    """Read an office that takes part in a case."""
    return OfficePlace(
        division=at.division("division", wire.division),
        organisation=at.text("organisation", wire.organisation, bounds.OPTIONAL_TITLE),
        uscc=at.text("uscc", wire.uscc, bounds.OPTIONAL_USCC),
        window=at.text("window", wire.window, bounds.OPTIONAL_TITLE),
        staff_number=at.text("staff_number", wire.staff_number, bounds.OPTIONAL_CODE),
    )


def place_to_wire(place: OfficePlace) -> pb.OfficePlace:
    """Write an office that takes part in a case."""
    return pb.OfficePlace(
        division=place.division,
        organisation=place.organisation,
        uscc=place.uscc,
        window=place.window,
        staff_number=place.staff_number,
    )


def delivery_from_wire(wire: pb.ResultDelivery, at: Spot) -> ResultDelivery:
    """Read how the applicant wants the result."""
    return ResultDelivery(
        way=at.code("way", wire.way, DELIVERY_WAYS),
        recipient=at.text("recipient", wire.recipient, bounds.OPTIONAL_TITLE),
        phone=at.text("phone", wire.phone, bounds.OPTIONAL_PHONE),
        address=at.text("address", wire.address, bounds.OPTIONAL_ADDRESS),
    )


def delivery_to_wire(delivery: ResultDelivery) -> pb.ResultDelivery:
    """Write how the applicant wants the result."""
    return pb.ResultDelivery(
        way=DELIVERY_WAYS.to_wire(delivery.way),
        recipient=delivery.recipient,
        phone=delivery.phone,
        address=delivery.address,
    )
