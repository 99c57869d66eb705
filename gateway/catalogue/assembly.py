"""From the rows of an item to its definition, judged, with every finding at the cell it is about.

A row with bad cells gives no definition, and is judged all the same by what could be read, so that whoever mends the
table learns everything at once; what only follows from a bad cell is left out.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from gateway.case.code.divisions import Divisions
from gateway.case.errors import FieldFinding
from gateway.case.item.codes import ExerciseLevel
from gateway.case.item.definition import CaseType, HandlingItem, ItemDefinition, ItemMaterial, ItemStep
from gateway.case.item.rules import definition_doubts, definition_problems
from gateway.case.texts import Text
from gateway.catalogue.books import Draft
from gateway.catalogue.columns import SheetKind
from gateway.catalogue.forms import form_text
from gateway.catalogue.places import Places
from gateway.catalogue.records import Record
from gateway.catalogue.report import Origin, Report
from gateway.catalogue.vocabularies import STEP_KINDS
from gateway.files.misfits import Misfit, shown

UNSTATED_VERSION = 0
"""The version of a definition whose table has none: the import gives it the next one, if its content is new."""


@dataclass(frozen=True, slots=True)
class Given:
    """What a command gives for every row that does not say it itself."""

    division: str = ""
    valid_from: date | None = None


@dataclass(frozen=True, slots=True)
class Assembled:
    """A definition and the row it came from."""

    definition: ItemDefinition
    origin: Origin


_PLAIN = (
    "task_code",
    "local_catalog_code",
    "local_task_code",
    "department",
    "state",
    "acceptance_levels",
    "service_objects",
    "modes",
    "ways",
    "online_depth",
    "legal_limit",
    "promised_limit",
    "acceptance_limit",
    "special_procedures",
    "visits",
    "visits_reason",
    "fee_charged",
    "fee_basis",
    "result_name",
    "result_kind",
    "result_licence_type_code",
    "office_hours",
    "sample",
)
"""Fields a cell of the item's row fills as it is."""
_MATERIAL_FIELDS = (
    "list_code",
    "name",
    "need",
    "source",
    "shape",
    "originals",
    "copies",
    "standard",
    "licence_type_code",
    "kind",
)


def assembled(draft: Draft, folder: Path, given: Given, divisions: Divisions, report: Report) -> Assembled | None:
    """Return the definition `draft` holds; None, reported, when anything of it is wrong."""
    item = draft.item
    places = Places(item.origin)
    whole = _whole(draft, places, folder, given, report)
    _check_division(item, whole.division, divisions, report)
    judged = whole if whole.version else replace(whole, version=1)
    parts_bad = any(row.bad for rows in draft.parts.values() for row in rows)
    bad = item.bad | ({"materials", "steps", "legal_bases", "handling_items"} if parts_bad else set())
    wrong = [found for found in definition_problems(judged) if places.root(found) not in _followers(bad)]
    for found in wrong:
        report.error(*places.of(found), _said(found))
    if not bad:
        for found in definition_doubts(judged):
            report.warning(*places.of(found), _said(found))
    return None if bad or wrong else Assembled(whole, item.origin)


def _whole(draft: Draft, places: Places, folder: Path, given: Given, report: Report) -> ItemDefinition:
    """Return the definition as far as it can be read; what cannot be is marked in the row's `bad`."""
    item = draft.item
    values: Mapping[str, Any] = item.values
    basic = item.raw.get("basic_code", "")
    forms = [item] if "form_schema" in values else []
    return ItemDefinition(
        basic_code=basic,
        name=item.text("name"),
        division=values.get("division") or given.division or _lacking(item, "division", report),
        version=values.get("version", UNSTATED_VERSION),
        item_type=values.get("item_type") or basic[2:4],
        exercise_level=values.get("exercise_level", ExerciseLevel.COUNTY),
        case_type=values.get("case_type", CaseType.OTHER),
        valid_from=values.get("valid_from") or given.valid_from or _no_day(item, report),
        handling_items=_handling_items(draft, places),
        legal_bases=_legal_bases(draft, places),
        materials=_materials(draft.of(SheetKind.MATERIALS), places),
        steps=_steps(draft.of(SheetKind.STEPS), places, report),
        form_schema=_form(item, [*forms, *draft.of(SheetKind.FORMS)], folder, places, report),
        **{name: values[name] for name in _PLAIN if name in values},
    )


def _lacking(item: Record, name: str, report: Report) -> str:
    """Mark a field that neither the row nor the command gives; a missing column was reported once for all rows."""
    if name not in item.bad and name in item.origin.keys:
        report.error(item.origin.file, item.origin.row, item.origin.key(name), _EMPTY[name])
    item.bad.add(name)
    return ""


def _no_day(item: Record, report: Report) -> date:
    _lacking(item, "valid_from", report)
    return date(2000, 1, 1)


def _handling_items(draft: Draft, places: Places) -> tuple[HandlingItem, ...]:
    item = draft.item
    found: list[HandlingItem] = []
    codes: Any = item.values.get("handling_codes", ())
    for code in codes:
        places.put(f"handling_items[{len(found)}]", item.origin, {"code": "handling_codes"})
        found.append(HandlingItem(code))
    for row in draft.of(SheetKind.HANDLING):
        code, name = row.raw.get("code", ""), row.text("handling_name")
        same = next((at for at, one in enumerate(found) if one.code == code and not one.name), None)
        if same is not None:
            # The item's row lists the code, this sheet its name.
            found[same] = HandlingItem(code, name)
            continue
        places.put(f"handling_items[{len(found)}]", row.origin, {"name": "handling_name"})
        found.append(HandlingItem(code, name))
    return tuple(found)


def _legal_bases(draft: Draft, places: Places) -> tuple[str, ...]:
    own: Any = draft.item.values.get("legal_bases", ())
    found = list(own)
    for row in draft.of(SheetKind.BASES):
        places.put(f"legal_bases[{len(found)}]", row.origin, {"": "basis"})
        number = row.text("number")
        name = row.text("basis") + (f"({number.strip('()（）')})" if number else "") + row.text("clause")
        found.append(f"{name}: {row.text('content')}" if row.text("content") else name)
    return tuple(found)


def _materials(rows: Sequence[Record], places: Places) -> tuple[ItemMaterial, ...]:
    found = []
    for at, row in enumerate(rows):
        places.put(f"materials[{at}]", row.origin)
        values: Any = {name: row.values[name] for name in _MATERIAL_FIELDS if name in row.values}
        found.append(ItemMaterial(**{"list_code": "", "name": "", **values}))
    return tuple(found)


def _steps(rows: Sequence[Record], places: Places, report: Report) -> tuple[ItemStep, ...]:
    found = []
    for at, row in enumerate(rows):
        places.put(f"steps[{at}]", row.origin, {"name": "step_name"})
        name = row.text("step_name")
        kind: Any = row.values.get("kind") or STEP_KINDS.find(name)
        limit: Any = row.values.get("limit")
        if kind is not None:
            found.append(ItemStep(kind, name, limit))
        elif not row.bad:
            row.bad.add("kind")
            said = _STEP_KIND.format(name=shown(name))
            report.error(
                row.origin.file,
                row.origin.row,
                row.origin.key("kind"),
                (said, _STEP_KIND_FIX.format(listed=STEP_KINDS.listed())),
            )
    return tuple(found)


def _form(item: Record, rows: Sequence[Record], folder: Path, places: Places, report: Report) -> str:
    if len(rows) > 1:
        report.error(rows[1].origin.file, rows[1].origin.row, rows[1].origin.key("form_schema"), _TWO_FORMS)
        item.bad.add("form_schema")
    for row in rows[:1]:
        places.put("form_schema", row.origin, {"": "form_schema"})
        if row.text("form_schema"):
            try:
                return form_text(row.text("form_schema"), folder)
            except Misfit as misfit:
                item.bad.add("form_schema")
                said = (misfit.problem, misfit.fix)
                report.error(row.origin.file, row.origin.row, row.origin.key("form_schema"), said)
    return ""


def _check_division(item: Record, division: str, divisions: Divisions, report: Report) -> None:
    if "division" in item.bad:
        return
    for problem in divisions.problems(division):
        item.bad.add("division")
        report.error(item.origin.file, item.origin.row, item.origin.key("division"), (problem.text, _DIVISION_FIX))


def _followers(bad: set[str]) -> set[str]:
    """Return the fields about which nothing can be said while those in `bad` are."""
    return bad.union(*(_FOLLOWS.get(name, ()) for name in bad))


def _said(found: FieldFinding) -> tuple[Text, Text]:
    return found.problem, found.fix


_FOLLOWS: Mapping[str, tuple[str, ...]] = {
    "basic_code": ("item_type", "task_code", "handling_items"),
    "item_type": ("legal_limit", "acceptance_limit"),
    "exercise_level": ("acceptance_levels",),
    "task_code": ("handling_items", "exercise_level"),
    "handling_codes": ("handling_items",),
    "modes": ("visits", "legal_limit"),
    "ways": ("visits",),
    "visits": ("visits_reason",),
    "fee_charged": ("fee_basis",),
    "fee_basis": ("fee_charged",),
    "result_name": ("result_kind",),
    "case_type": ("promised_limit",),
    "promised_limit": ("case_type",),
    "legal_limit": ("promised_limit",),
}
_EMPTY = {
    "division": (
        Text("“区划”没有填写", "'区划' is empty"),
        Text("补上区划代码, 或在命令中写 --division 422800", "fill it in, or give --division 422800"),
    ),
    "valid_from": (
        Text("“实施日期”没有填写", "'实施日期' is empty"),
        Text("补上日期, 或在命令中写 --valid-from 2026-01-01", "fill it in, or give --valid-from 2026-01-01"),
    ),
}
_DIVISION_FIX = Text("照区划表填写 (GB/T 2260)", "take it from the table of divisions (GB/T 2260)")
_STEP_KIND = Text("看不出环节“{name}”是哪一类", "nothing says what kind of step '{name}' is")
_STEP_KIND_FIX = Text("填写“环节类型”: {listed}", "fill in 环节类型: {listed}")
_TWO_FORMS = (
    Text("这个事项有两个表单", "the item has two forms"),
    Text("只留一个", "keep one"),
)
