"""What was typed at 我要收件 becomes a case: canonical data to be judged, and where each finding about it belongs on the page.

Rows of materials are those of the handler's list, `0` on, then those off the list, `x1` on.  One row may bring several files,
a licence and paper: each is a material of its own under the row's code.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from gateway.case.code.identifiers import CertificateKind
from gateway.case.days import day_in_china
from gateway.case.errors import FieldFinding
from gateway.case.item.definition import ItemMaterial
from gateway.case.item.material_names import material_key
from gateway.case.model import DeliveryWay
from gateway.case.staff import Person
from gateway.console.window_answers import form_text
from gateway.console.window_fields import PREFIX, Field, Shape, fields_of
from gateway.console.window_posted import Posted
from gateway.console.window_rough import rough_case
from gateway.flows.people.window_offers import Demanded
from gateway.flows.people.window_taking import Typed

OPEN_FOR = timedelta(hours=24)
"""How long after a form was opened its time still stands for the receipt of the application."""
OFF_LIST = ("x1", "x2", "x3")
FREE = "说明"
"""The one field of a form whose item has no schema."""
AUTHORISATIONS = ("授权委托书", "委托书")

CERTIFICATES: Mapping[str, CertificateKind] = {
    "resident_id": CertificateKind.RESIDENT_ID,
    "temporary_id": CertificateKind.TEMPORARY_RESIDENT_ID,
    "household_book": CertificateKind.HOUSEHOLD_REGISTER,
    "passport": CertificateKind.PASSPORT,
    "taiwan_permit": CertificateKind.TAIWAN_RESIDENT_PERMIT,
    "hong_kong_macao_permit": CertificateKind.HONG_KONG_MACAO_RESIDENT_PERMIT,
    "exit_hong_kong_macao": CertificateKind.HONG_KONG_MACAO_EXIT_PERMIT,
    "exit_taiwan": CertificateKind.TAIWAN_EXIT_PERMIT,
    "foreign_resident": CertificateKind.PERMANENT_RESIDENCE,
    "other": CertificateKind.OTHER,
}
"""Kinds of certificates a person shows, the usual one first, by their words in canonical data."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the materials.

    Attributes:
        entry: of the handler's list; None for one off the list.
        positions: of its materials in the case.
    """

    key: str
    entry: ItemMaterial | None
    name: str
    positions: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Draft:
    """A form as it was sent, and what it makes."""

    typed: Typed
    rows: tuple[Row, ...]
    fields: tuple[Field, ...]


def form_fields(demanded: Demanded) -> tuple[Field, ...]:
    """Return the fields of the item's form; one for free text where it has no schema."""
    schema = demanded.definition.form_schema if demanded.definition else ""
    if not schema:
        return (Field(FREE, FREE, Shape.TEXT, required=False, longest=2000),)
    return fields_of(schema)


def draft_of(demanded: Demanded, person: Person, region: str, posted: Posted, now: datetime) -> Draft:
    """Return what a form makes."""
    fields = form_fields(demanded)
    form_json, wrong = form_text(fields, posted.all)
    opened = opened_at(posted, now)
    materials, rows = _materials(demanded, posted)
    data: dict[str, Any] = {
        "origin_number": own_number(posted.one("form_token"), opened),
        "item": _item(demanded, posted),
        "mode": demanded.mode.value,
        "channel": "window",
        "summary": posted.one("summary"),
        "applicant": _applicant(posted),
        "contacts": list(_contacts(posted)),
        "materials": materials,
        "origin": {
            "division": person.division,
            "organisation": person.organisation,
            "window": posted.one("window"),
            "staff_number": person.staff_number,
        },
        "handler": {"division": demanded.division.ljust(12, "0")},
        "delivery": {
            "way": posted.one("delivery.way"),
            "recipient": posted.one("delivery.recipient"),
            "phone": posted.one("delivery.phone"),
            "address": posted.one("delivery.address"),
        },
        "received_at_window": opened.isoformat(timespec="seconds"),
    }
    if posted.one("has_agent"):
        data["agent"] = {"person": _person(posted, "agent"), "authorisation_material_id": _authorisation(rows)}
    findings = (*wrong, *posted.problems)
    return Draft(Typed(data, form_json, rough_case(data, form_json, opened), findings), rows, fields)


def opened_at(posted: Posted, now: datetime) -> datetime:
    """Return when the form was opened, which is when the window received the application; now for one that is too old."""
    try:
        opened = datetime.fromisoformat(posted.one("opened_at"))
    except ValueError:
        return now
    return opened if opened.tzinfo and now - OPEN_FOR <= opened <= now else now


def own_number(token: str, opened: datetime) -> str:
    """Return this window's own number of a case: the day and what was made with the form, so that one form makes one case."""
    return f"SJ{day_in_china(opened):%Y%m%d}-{token.upper()}"


def name_of(rows: Sequence[Row], key: str) -> str:
    """Return what the material of a row is called; the row's own key where nobody said, empty where there is no such row."""
    return next((row.name or row.key for row in rows if row.key == key), "")


def by_place(findings: Sequence[FieldFinding], draft: Draft) -> dict[str, list[FieldFinding]]:
    """Return what is wrong under the name of the field it is shown next to; what has no place is under `""`."""
    found: dict[str, list[FieldFinding]] = {}
    for finding in findings:
        found.setdefault(_place(finding, draft), []).append(finding)
    return found


def _place(finding: FieldFinding, draft: Draft) -> str:
    path = finding.path
    if path.startswith(PREFIX):
        return next((one.name for one in draft.fields if _is_of(path, one.name)), "form")
    if path.startswith("materials["):
        position = path[10 : path.index("]")]
        return next((f"row.{row.key}" for row in draft.rows if position in map(str, row.positions)), "materials")
    if path == "materials":
        named = (row for row in draft.rows if row.entry and f"“{row.entry.name}”" in finding.problem.zh)
        return next((f"row.{row.key}" for row in named), "materials")
    if path.startswith("file."):
        return f"row.{path.removeprefix('file.')}"
    if path == "agent.authorisation_material_id":
        return next((f"row.{row.key}" for row in draft.rows if _is_authorisation(row)), "has_agent")
    kind = draft.typed.data["applicant"]["kind"]
    for canonical, here in (("applicant.", f"{kind}."), ("agent.person.", "agent."), ("contacts[0].", "contact.")):
        if path.startswith(canonical):
            return f"{here}{path.removeprefix(canonical)}"
    return path if path in _PLACES else ""


def _is_of(path: str, name: str) -> bool:
    return path == name or path.startswith((f"{name}.", f"{name}["))


def _item(demanded: Demanded, posted: Posted) -> dict[str, Any]:
    definition = demanded.definition
    return {
        "basic_code": demanded.item.basic_code,
        "name": definition.name if definition else demanded.item.name,
        "task_code": demanded.task_code,
        "handling_item_code": posted.one("item.handling_item_code"),
        "version": definition.version if definition else 0,
    }


def _applicant(posted: Posted) -> dict[str, Any]:
    if posted.one("applicant.kind") != "organisation":
        return {"kind": "person", **_person(posted, "person")}
    return {
        "kind": "organisation",
        "name": posted.one("organisation.name"),
        "uscc": posted.one("organisation.uscc"),
        "phone": posted.one("organisation.phone"),
        "address": posted.one("organisation.address"),
    }


def _person(posted: Posted, prefix: str) -> dict[str, Any]:
    names = ("name", "certificate_kind", "certificate_number", "phone", "address")
    return {name: posted.one(f"{prefix}.{name}") for name in names}


def _contacts(posted: Posted) -> Iterator[dict[str, Any]]:
    name, phone = posted.one("contact.name"), posted.one("contact.phone")
    if name or phone:
        yield {"name": name, "phone": phone}


def _materials(demanded: Demanded, posted: Posted) -> tuple[list[dict[str, Any]], tuple[Row, ...]]:
    entries = demanded.definition.materials if demanded.definition else ()
    rows: list[tuple[str, ItemMaterial | None, str]] = [
        (str(at), entry, entry.name) for at, entry in enumerate(entries)
    ]
    rows += [(key, None, posted.one(f"name.{key}")) for key in OFF_LIST]
    made: list[dict[str, Any]] = []
    listed: list[Row] = []
    for key, entry, name in rows:
        first = len(made)
        for form in _forms(posted, key, demanded):
            base = {"material_id": f"M{len(made) + 1:02d}", "name": name, "list_code": entry.list_code if entry else ""}
            made.append({**base, "original_seen": bool(posted.one(f"seen.{key}")), **form})
        listed.append(Row(key, entry, name, tuple(range(first, len(made)))))
    return made, tuple(listed)


def _forms(posted: Posted, key: str, demanded: Demanded) -> Iterator[dict[str, Any]]:
    for file in posted.held(key):
        described = {"sha256": file.sha256, "size": file.size, "media_type": file.media_type}
        yield {"file": {**described, "file_name": file.file_name}}
    licence = licence_chosen(posted, key)
    if licence:
        entries = demanded.definition.materials if demanded.definition else ()
        type_code = entries[int(key)].licence_type_code if key.isdigit() else posted.one(f"licence_type.{key}")
        holder = _applicant(posted)["name"]
        yield {
            "licence": {
                "licence_id": licence,
                "type_code": type_code,
                "holder": holder,
                "use_cause": demanded.item.name,
            }
        }
    originals, copies = posted.one(f"originals.{key}"), posted.one(f"copies.{key}")
    if originals.strip("0") or copies.strip("0"):
        yield {"paper": {"originals": _count(originals), "copies": _count(copies)}}


def licence_chosen(posted: Posted, key: str) -> str:
    """Return the licence of a row: the one chosen among those found, else the one that was typed."""
    return posted.one(f"found.{key}") or posted.one(f"licence.{key}")


def _count(typed: str) -> int | str:
    return int(typed or 0) if (typed or "0").isdecimal() and len(typed) < 6 else typed


def _authorisation(rows: Sequence[Row]) -> str:
    return next((f"M{row.positions[0] + 1:02d}" for row in rows if row.positions and _is_authorisation(row)), "")


def _is_authorisation(row: Row) -> bool:
    return material_key(row.name).endswith(AUTHORISATIONS)


WAYS = (DeliveryWay.ORIGIN_WINDOW, DeliveryWay.MAIL, DeliveryWay.ELECTRONIC, DeliveryWay.HANDLER_WINDOW)
_PLACES = frozenset(
    {
        *(f"delivery.{name}" for name in ("way", "recipient", "phone", "address")),
        "summary",
        "item.handling_item_code",
        "form",
        "applicant",
    }
)
