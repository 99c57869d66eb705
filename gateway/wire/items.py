"""What a region demands for its items, as it travels between gateways; both directions.

Guarantees that a definition that is read has every required field, known codes and bounded texts and lists.

Leaves to others: contradictions within a definition (`gateway.case.item.rules`), whether places exist.

Source: GB/T 39554.2-2020 (elements of an item), GB/T 39046-2020 annex A (code tables).
"""

from collections.abc import Sequence
from datetime import date
from enum import IntEnum
from typing import TypeVar

from google.protobuf.message import Message

from gateway.case.item.codes import ExerciseLevel
from gateway.case.item.definition import (
    CaseType,
    HandlingItem,
    ItemDefinition,
    ItemMaterial,
    ItemStep,
    MaterialKind,
    MaterialShape,
    Need,
    ServiceObject,
    Source,
    TimeLimit,
    Way,
)
from gateway.case.texts import Text
from gateway.wire import bounds
from gateway.wire.codes import (
    ITEM_STATES,
    MODES,
    RESULT_KINDS,
    STEP_KINDS,
    SUSPENSION_KINDS,
    TIME_UNITS,
    Codes,
)
from gateway.wire.gen.tongban.exchange.v1 import item_pb2
from gateway.wire.spot import Spot, day_to_wire

Kind = TypeVar("Kind", bound=IntEnum)
Value = TypeVar("Value")
Number = TypeVar("Number", bound=int)

_NAMES_DIFFER = Text("名称的个数与编码的个数不符", "there are not as many names as codes")
_NOT_THE_LOWEST = Text(
    "应为受理层级中数字最大的一个，没有则为 0", "it is the greatest of the acceptance levels, or 0 without any"
)
_TOO_LONG = Text("超过 {limit} 字节", "longer than {limit} bytes")
_FIRST_DAY = date(1900, 1, 1)


def _numbers(kind: type[Kind]) -> Codes[int, Kind]:
    # The values of the tables of GB/T 39046 are the numbers themselves.
    return Codes(kind.__name__, {int(value): value for value in kind})


LEVELS: Codes[int, ExerciseLevel] = Codes("ExerciseLevel", {int(level.value): level for level in ExerciseLevel})
CASE_TYPES = _numbers(CaseType)
OBJECTS = _numbers(ServiceObject)
WAYS = _numbers(Way)
NEEDS = _numbers(Need)
SOURCES = _numbers(Source)
SHAPES = _numbers(MaterialShape)
MATERIAL_KINDS = _numbers(MaterialKind)


def definition_from_wire(wire: item_pb2.ItemDefinition, at: Spot) -> ItemDefinition:
    """Read a definition."""
    valid_from = at.day("valid_from", wire.valid_from)
    if not wire.valid_from:
        at.missing("valid_from")
    if len(wire.form_schema_json.encode()) > bounds.FORM_SCHEMA_BYTES:
        at.wrong("form_schema_json", _TOO_LONG.format(limit=bounds.FORM_SCHEMA_BYTES))
    levels = _codes(at, "acceptance_levels", wire.acceptance_levels, LEVELS)
    if wire.acceptance_level != max(wire.acceptance_levels, default=0):
        at.wrong("acceptance_level", _NOT_THE_LOWEST)
    return ItemDefinition(
        basic_code=at.text("basic_code", wire.basic_code, bounds.BASIC_CODE),
        name=at.text("name", wire.name, bounds.ITEM_NAME),
        division=at.division("division", wire.division),
        version=at.number("version", wire.version, bounds.ITEM_VERSION),
        item_type=at.text("item_type", wire.item_type, bounds.ITEM_TYPE),
        exercise_level=at.code("exercise_level", wire.exercise_level, LEVELS),
        case_type=at.code("case_type", wire.case_type, CASE_TYPES),
        valid_from=valid_from or _FIRST_DAY,
        task_code=at.text("task_code", wire.task_code, bounds.OPTIONAL_TASK_CODE),
        handling_items=_handling_items(wire, at),
        local_catalog_code=at.text("local_catalog_code", wire.local_catalog_code, bounds.OPTIONAL_CODE),
        local_task_code=at.text("local_task_code", wire.local_task_code, bounds.OPTIONAL_CODE),
        department=at.text("department", wire.department, bounds.OPTIONAL_ITEM_TEXT),
        state=at.code("state", wire.state, ITEM_STATES),
        acceptance_levels=levels,
        service_objects=_codes(at, "service_objects", wire.service_objects, OBJECTS),
        legal_bases=at.many("legal_bases", wire.legal_bases, bounds.LEGAL_BASES, _basis),
        modes=_codes(at, "modes", wire.modes, MODES),
        ways=_codes(at, "ways", wire.ways, WAYS),
        online_depth=at.number("online_depth", wire.online_depth, bounds.ONLINE_DEPTH),
        materials=at.many("materials", wire.materials, bounds.ITEM_MATERIALS, _material_from_wire),
        form_schema=wire.form_schema_json,
        steps=at.many("steps", wire.steps, bounds.STEPS, _step_from_wire),
        legal_limit=_limit_from_wire(wire, "legal_limit", at),
        promised_limit=_limit_from_wire(wire, "promised_limit", at),
        acceptance_limit=_limit_from_wire(wire, "acceptance_limit", at),
        special_procedures=_codes(at, "special_procedures", wire.special_procedures, SUSPENSION_KINDS),
        visits=at.number("visits", wire.visits, bounds.VISITS) if wire.visits_stated or wire.visits else None,
        visits_reason=at.text("visits_reason", wire.visits_reason, bounds.OPTIONAL_ITEM_TEXT),
        fee_charged=wire.fee_charged,
        fee_basis=at.text("fee_basis", wire.fee_basis, bounds.OPTIONAL_ITEM_TEXT),
        result_name=at.text("result_name", wire.result_name, bounds.OPTIONAL_ITEM_TEXT),
        result_kind=at.code("result_kind", wire.result_kind, RESULT_KINDS),
        result_licence_type_code=at.text(
            "result_licence_type_code", wire.result_licence_type_code, bounds.OPTIONAL_LICENCE_TYPE
        ),
        office_hours=at.text("office_hours", wire.office_hours, bounds.OPTIONAL_ITEM_TEXT),
        sample=wire.sample,
    )


def definition_to_wire(definition: ItemDefinition) -> item_pb2.ItemDefinition:
    """Write a definition."""
    levels = [LEVELS.to_wire(level) for level in definition.acceptance_levels]
    names = [one.name for one in definition.handling_items]
    return item_pb2.ItemDefinition(
        basic_code=definition.basic_code,
        task_code=definition.task_code,
        handling_item_codes=[one.code for one in definition.handling_items],
        handling_item_names=names if any(names) else [],
        local_catalog_code=definition.local_catalog_code,
        local_task_code=definition.local_task_code,
        name=definition.name,
        version=definition.version,
        state=ITEM_STATES.to_wire(definition.state),
        item_type=definition.item_type,
        exercise_level=LEVELS.to_wire(definition.exercise_level),
        acceptance_level=max(levels, default=0),
        acceptance_levels=levels,
        service_objects=[int(one) for one in definition.service_objects],
        legal_bases=definition.legal_bases,
        case_type=int(definition.case_type),
        form_schema_json=definition.form_schema,
        materials=[_material_to_wire(one) for one in definition.materials],
        steps=[_step_to_wire(one) for one in definition.steps],
        legal_limit=_limit_to_wire(definition.legal_limit),
        promised_limit=_limit_to_wire(definition.promised_limit),
        acceptance_limit=_limit_to_wire(definition.acceptance_limit),
        visits=definition.visits or 0,
        visits_stated=definition.visits is not None,
        visits_reason=definition.visits_reason,
        fee_charged=definition.fee_charged,
        fee_basis=definition.fee_basis,
        result_name=definition.result_name,
        result_kind=RESULT_KINDS.to_wire(definition.result_kind),
        result_licence_type_code=definition.result_licence_type_code,
        division=definition.division,
        modes=[MODES.to_wire(mode) for mode in definition.modes],
        department=definition.department,
        ways=[int(way) for way in definition.ways],
        online_depth=definition.online_depth,
        special_procedures=[SUSPENSION_KINDS.to_wire(kind) for kind in definition.special_procedures],
        office_hours=definition.office_hours,
        valid_from=day_to_wire(definition.valid_from),
        sample=definition.sample,
    )


def definition_bytes(definition: ItemDefinition) -> int:
    """Return how many bytes a definition takes on the wire."""
    return definition_to_wire(definition).ByteSize()


def _codes(at: Spot, name: str, values: Sequence[Number], table: Codes[Number, Value]) -> tuple[Value, ...]:
    at.items(name, values, bounds.FEW_CODES)
    return tuple(at.code(f"{name}[{nth}]", one, table) for nth, one in enumerate(values[: bounds.FEW_CODES.most]))


def _basis(value: str, at: Spot) -> str:
    return at.text("", value, bounds.ITEM_TEXT)


def _handling_items(wire: item_pb2.ItemDefinition, at: Spot) -> tuple[HandlingItem, ...]:
    codes, names = wire.handling_item_codes, wire.handling_item_names
    at.items("handling_item_codes", codes, bounds.HANDLING_ITEMS)
    if names and len(names) != len(codes):
        at.wrong("handling_item_names", _NAMES_DIFFER)
        names = []  # type: ignore[assignment]  # read as absent: what is wrong was noted
    return tuple(
        HandlingItem(
            at.text(f"handling_item_codes[{nth}]", code, bounds.HANDLING_ITEM_CODE),
            at.text(f"handling_item_names[{nth}]", names[nth], bounds.OPTIONAL_ITEM_NAME) if names else "",
        )
        for nth, code in enumerate(codes[: bounds.HANDLING_ITEMS.most])
    )


def _material_from_wire(wire: item_pb2.ItemMaterial, at: Spot) -> ItemMaterial:
    return ItemMaterial(
        list_code=at.text("list_code", wire.list_code, bounds.CODE),
        name=at.text("name", wire.name, bounds.ITEM_NAME),
        need=at.code("need", wire.need, NEEDS),
        source=at.code("source", wire.source, SOURCES),
        shape=at.code("form", wire.form, SHAPES),
        originals=at.number("originals", wire.originals, bounds.ITEM_COPIES),
        copies=at.number("copies", wire.copies, bounds.ITEM_COPIES),
        standard=at.text("standard", wire.standard, bounds.OPTIONAL_ITEM_TEXT),
        licence_type_code=at.text("licence_type_code", wire.licence_type_code, bounds.OPTIONAL_LICENCE_TYPE),
        kind=at.code("kind", wire.kind, MATERIAL_KINDS),
    )


def _material_to_wire(material: ItemMaterial) -> item_pb2.ItemMaterial:
    return item_pb2.ItemMaterial(
        list_code=material.list_code,
        name=material.name,
        need=int(material.need),
        source=int(material.source),
        form=int(material.shape),
        originals=material.originals,
        copies=material.copies,
        standard=material.standard,
        licence_type_code=material.licence_type_code,
        kind=int(material.kind),
    )


def _step_from_wire(wire: item_pb2.ItemStep, at: Spot) -> ItemStep:
    return ItemStep(
        kind=at.code("kind", wire.kind, STEP_KINDS),
        name=at.text("name", wire.name, bounds.ITEM_NAME),
        limit=_limit_from_wire(wire, "limit", at),
    )


def _step_to_wire(step: ItemStep) -> item_pb2.ItemStep:
    return item_pb2.ItemStep(kind=STEP_KINDS.to_wire(step.kind), name=step.name, limit=_limit_to_wire(step.limit))


def _limit_from_wire(wire: Message, name: str, at: Spot) -> TimeLimit | None:
    if not wire.HasField(name):
        return None
    limit: item_pb2.TimeLimit = getattr(wire, name)
    place = at.inside(name)
    return TimeLimit(
        place.number("amount", limit.amount, bounds.LIMIT_AMOUNT), place.code("unit", limit.unit, TIME_UNITS)
    )


def _limit_to_wire(limit: TimeLimit | None) -> item_pb2.TimeLimit | None:
    if limit is None:
        return None
    return item_pb2.TimeLimit(amount=limit.amount, unit=TIME_UNITS.to_wire(limit.unit))
