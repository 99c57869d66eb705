"""A case made of whatever was typed, right or wrong, so that it can be held against what the handler demands.

It is never submitted: a case that is, was judged first.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from gateway.case.code.identifiers import CertificateKind
from gateway.case.model import (
    Agent,
    Applicant,
    Case,
    DeliveryWay,
    Item,
    LicenceReference,
    Material,
    MaterialFile,
    MaterialForm,
    Mode,
    OfficePlace,
    Organisation,
    Paper,
    Person,
    ResultDelivery,
)


def rough_case(data: Mapping[str, Any], form_json: str, received: datetime) -> Case:
    """Return the case; certificates and ways that nobody checked yet are of the kind that says least."""
    item, agent = data["item"], data.get("agent")
    return Case(
        number="",
        origin_number=data["origin_number"],
        item=Item(item["basic_code"], item["name"], item["task_code"], item["handling_item_code"]),
        mode=Mode(data["mode"]),
        applicant=_applicant(data["applicant"]),
        form_json=form_json,
        origin=OfficePlace(data["origin"]["division"]),
        handler=OfficePlace(data["handler"]["division"]),
        delivery=ResultDelivery(DeliveryWay.ORIGIN_WINDOW),
        received_at_window=received,
        agent=Agent(_person(agent["person"]), agent["authorisation_material_id"]) if agent else None,
        materials=tuple(_material(one) for one in data["materials"]),
    )


def _applicant(data: Mapping[str, Any]) -> Applicant:
    return Organisation(data["name"], data["uscc"]) if data["kind"] == "organisation" else _person(data)


def _person(data: Mapping[str, Any]) -> Person:
    return Person(data["name"], CertificateKind.OTHER, data["certificate_number"])


def _material(data: Mapping[str, Any]) -> Material:
    return Material(
        data["material_id"], data["name"], _form(data), data["list_code"], data["original_seen"], data.get("version", 1)
    )


def _form(data: Mapping[str, Any]) -> MaterialForm:
    if file := data.get("file"):
        return MaterialFile(file["sha256"], file["size"], file["media_type"], file["file_name"])
    if licence := data.get("licence"):
        return LicenceReference(licence["licence_id"], licence["type_code"], licence["holder"], licence["use_cause"])
    paper = data["paper"]
    return Paper(_whole(paper["originals"]), _whole(paper["copies"]))


def _whole(value: int | str) -> int:
    return value if isinstance(value, int) else 0
