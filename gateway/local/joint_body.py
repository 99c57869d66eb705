"""The shape of a joint case (多地联办) in canonical JSON: what the parts have in common, once, and the parts.

Each part is judged as the case it becomes.  A material of the common list goes to the parts that name it and to no other:
a region gets what its part needs (个人信息保护法 art. 6).
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any

import msgspec
from pydantic import Field, TypeAdapter, ValidationError

from gateway.case.errors import FieldFinding
from gateway.case.form.text import check_form
from gateway.case.joint import LONGEST_NUMBER, MOST_PARTS, longest_origin_number
from gateway.case.model import Case, Channel, Contact, Material, Mode
from gateway.case.texts import Text
from gateway.flows.joint.hand_in import Part
from gateway.local.canonical_in import bad_request
from gateway.local.case_body import (
    MOST_CONTACTS,
    MOST_MATERIALS,
    AgentBody,
    ContactBody,
    DeliveryBody,
    ItemBody,
    MaterialBody,
    OfficeBody,
    OrganisationApplicant,
    PersonApplicant,
    Shape,
)
from gateway.local.cross_checks import case_checks, material_checks
from gateway.local.fields import Id, Judged, Line, OwnNumber, PastMoment
from gateway.local.findings import field_findings
from gateway.local.outline import Outline
from gateway.local.strict_json import Body, read_object

_Materials = Annotated[tuple[MaterialBody, ...], Field(max_length=MOST_MATERIALS)]


class PartBody(Shape):
    """One part: what one region decides.  `material_ids` names materials of the common list."""

    item: ItemBody
    handler: OfficeBody
    form: Annotated[dict[str, Any], Field(description="The exact characters are kept; at most 256 KiB, depth 16.")]
    material_ids: Annotated[tuple[Id, ...], Field(max_length=MOST_MATERIALS)] = ()
    materials: _Materials = ()


class JointBody(Shape):
    """One application of which several regions decide a part."""

    origin_number: OwnNumber
    channel: Channel = Channel.WINDOW
    summary: Line = ""
    applicant: Annotated[PersonApplicant | OrganisationApplicant, Field(discriminator="kind")]
    agent: AgentBody | None = None
    contacts: Annotated[tuple[ContactBody, ...], Field(max_length=MOST_CONTACTS)] = ()
    materials: _Materials = ()
    parts: Annotated[tuple[PartBody, ...], Field(min_length=1, max_length=MOST_PARTS)]
    origin: OfficeBody
    delivery: DeliveryBody
    received_at_window: PastMoment

    def parted(self, forms: Sequence[str]) -> tuple[Part, ...]:
        """Return the parts as the cases they become, still without numbers of their own."""
        return tuple(self._part(part, n, form) for n, (part, form) in enumerate(zip(self.parts, forms, strict=True)))

    def _part(self, part: PartBody, position: int, form_json: str) -> Part:
        wanted = set(part.material_ids)
        if self.agent:
            # Where the agent is named, the power of attorney goes too.
            wanted.add(self.agent.authorisation_material_id)
        common = [(f"materials[{n}]", one) for n, one in enumerate(self.materials) if one.material_id in wanted]
        own = [(f"parts[{position}].materials[{n}]", one) for n, one in enumerate(part.materials)]
        materials: tuple[Material, ...] = tuple(one.made() for _, one in (*common, *own))
        case = Case(
            number="",
            origin_number=self.origin_number,
            item=part.item.made(),
            mode=Mode.JOINT,
            applicant=self.applicant.made(),
            form_json=form_json,
            origin=self.origin.made(),
            handler=part.handler.made(),
            delivery=self.delivery.made(),
            received_at_window=self.received_at_window,
            channel=self.channel,
            summary=self.summary,
            agent=self.agent.made() if self.agent else None,
            contacts=tuple(Contact(contact.name, contact.phone) for contact in self.contacts),
            materials=materials,
        )
        return Part(case, tuple(path for path, _ in (*common, *own)))


JOINT: TypeAdapter[JointBody] = TypeAdapter(JointBody)
_OUTLINE = Outline.of(JOINT)


class _WithForm(msgspec.Struct):
    form: msgspec.Raw = msgspec.Raw()


class _WithParts(msgspec.Struct):
    parts: list[_WithForm] = []


def read_joint(raw: bytes, judged: Judged) -> tuple[str, tuple[Part, ...]]:
    """Return the application's own number and its parts.

    Raises:
        GatewayError: BAD_JSON; BAD_REQUEST with everything wrong.
    """
    body = read_object(raw)
    findings = list(body.findings)
    shape: JointBody | None = None
    try:
        shape = JOINT.validate_python(body.data, context=judged)
    except ValidationError as error:
        findings += field_findings(error, body.data, _OUTLINE)
    findings += case_checks(body.data)
    parts = [part if isinstance(part, dict) else {} for part in _list(body.data, "parts")]
    for position, part in enumerate(parts):
        findings += _part_checks(body.data, part, f"parts[{position}]")
    findings += _unused(body.data, parts)
    findings += _too_long(body.data, len(parts))
    forms = _forms(body)
    if all(parts):
        findings += _form_findings(parts, forms, findings)
    if shape is None or findings:
        raise bad_request(tuple(dict.fromkeys(findings)))
    return shape.origin_number, shape.parted(forms)


def _part_checks(data: Mapping[str, object], part: Mapping[str, object], path: str) -> Iterator[FieldFinding]:
    own = _list(part, "materials")
    for finding in material_checks(own):
        yield FieldFinding(f"{path}.{finding.path}", finding.problem, finding.fix)
    common = _ids(_list(data, "materials"))
    for position, wanted in enumerate(_list(part, "material_ids")):
        if isinstance(wanted, str) and wanted not in common:
            yield FieldFinding(
                f"{path}.material_ids[{position}]",
                Text("materials 中没有这份材料", "there is no such material in `materials`"),
                Text("核对材料编号", "check the id of the material"),
            )
    for position, own_id in enumerate(_ids(own)):
        if own_id and own_id in common:
            yield FieldFinding(
                f"{path}.materials[{position}].material_id",
                Text("与共用材料的编号相同", "a material of the common list has it too"),
                Text("每份材料一个编号; 共用的写在 material_ids", "an id of its own; common ones go into material_ids"),
            )


def _unused(data: Mapping[str, object], parts: Sequence[Mapping[str, object]]) -> Iterator[FieldFinding]:
    agent = data.get("agent")
    used: set[object] = {wanted for part in parts for wanted in _list(part, "material_ids") if isinstance(wanted, str)}
    if isinstance(agent, dict) and isinstance(agent.get("authorisation_material_id"), str):
        used.add(agent["authorisation_material_id"])
    for position, own_id in enumerate(_ids(_list(data, "materials"))):
        if own_id and own_id not in used:
            yield FieldFinding(
                f"materials[{position}]",
                Text("没有分给任何一部分", "no part names it, so it would go nowhere"),
                Text("写进有关部分的 material_ids, 或删去", "name it in material_ids of a part, or leave it out"),
            )


def _too_long(data: Mapping[str, object], parts: int) -> Iterator[FieldFinding]:
    number, longest = data.get("origin_number"), longest_origin_number(parts)
    if isinstance(number, str) and longest < len(number) <= LONGEST_NUMBER:
        yield FieldFinding(
            "origin_number",
            Text(
                "加上各部分的序号 (#1、#2 …) 后超过 50 字",
                "it has more than 50 characters with the number of the part (#1, #2 …) behind it",
            ),
            Text(f"最多 {longest} 字", f"at most {longest} characters"),
        )


def _forms(body: Body) -> list[str]:
    try:
        return [bytes(one.form).decode() for one in msgspec.json.decode(body.raw, type=_WithParts).parts]
    except (msgspec.DecodeError, RecursionError):
        return []


def _form_findings(
    parts: Sequence[Mapping[str, object]], forms: Sequence[str], found: Sequence[FieldFinding]
) -> Iterator[FieldFinding]:
    for position, part in enumerate(parts):
        path = f"parts[{position}].form"
        if any(finding.path.startswith(path) for finding in found) or not isinstance(part.get("form"), dict):
            continue
        if position >= len(forms):
            yield FieldFinding(path, Text("读不出来", "it cannot be read"), Text("减少嵌套", "nest less"))
            continue
        for finding in check_form(forms[position]):
            yield FieldFinding(path, finding.problem, finding.fix)


def _list(data: Mapping[str, object], key: str) -> list[object]:
    value = data.get(key)
    return value if isinstance(value, list) else []


def _ids(materials: Sequence[object]) -> list[str]:
    """Return the id of each, in order; empty where it has none."""
    found = [one.get("material_id") if isinstance(one, dict) else None for one in materials]
    return [own_id if isinstance(own_id, str) else "" for own_id in found]
