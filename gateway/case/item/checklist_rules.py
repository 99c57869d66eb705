"""What an item demands and how it runs: materials (材料) and steps (环节).

Source: GB/T 39554.2-2020 (elements of materials and steps), GB/T 36904-2018 (licence type codes).
"""

import re
import unicodedata
from collections.abc import Iterator

from gateway.case.errors import FieldFinding
from gateway.case.item.definition import ItemDefinition, ItemMaterial, MaterialKind, MaterialShape, Source, TimeLimit
from gateway.case.item.identity import LONGEST_LOCAL_CODE, LONGEST_NAME, LONGEST_TEXT, licence_type_problems
from gateway.case.item.limit_rules import LONGEST_LIMIT, exceeds, limit_text
from gateway.case.texts import Text

MOST_MATERIALS = 200
MOST_STEPS = 50
MOST_COPIES = 99


def problems(definition: ItemDefinition) -> Iterator[FieldFinding]:
    """Yield contradictions within and among materials, and steps that say nothing."""
    if len(definition.materials) > MOST_MATERIALS:
        yield FieldFinding("materials", _MOST.format(subject=_MATERIALS, most=MOST_MATERIALS), _SPLIT)
    codes: dict[str, int] = {}
    names: dict[str, int] = {}
    for at, material in enumerate(definition.materials):
        path = f"materials[{at}]"
        yield from _material_problems(path, material)
        code, name = material.list_code, _plain(material.name)
        if code and code in codes:
            yield FieldFinding(f"{path}.list_code", _CODE_TWICE.format(number=codes[code] + 1), _CODE_TWICE_FIX)
        if name and name in names:
            yield FieldFinding(f"{path}.name", _NAME_TWICE.format(number=names[name] + 1), _NAME_TWICE_FIX)
        codes.setdefault(code, at)
        names.setdefault(name, at)
    if len(definition.steps) > MOST_STEPS:
        yield FieldFinding("steps", _MOST.format(subject=_STEPS, most=MOST_STEPS), _SPLIT)
    for at, step in enumerate(definition.steps):
        if not step.name.strip():
            yield FieldFinding(f"steps[{at}].name", *_STEP_UNNAMED)
        elif len(step.name) > LONGEST_NAME:
            yield FieldFinding(f"steps[{at}].name", _LONG.format(most=LONGEST_NAME), _SHORTEN)
        if step.limit is not None and not 0 <= step.limit.amount <= LONGEST_LIMIT:
            yield FieldFinding(f"steps[{at}].limit", *_STEP_LIMIT)


def doubts(definition: ItemDefinition) -> Iterator[FieldFinding]:
    """Yield what should be looked at: no steps, steps that take longer than promised, licences of own papers."""
    if not definition.steps:
        yield FieldFinding("steps", *_NO_STEPS)
    seen: set[str] = set()
    for at, step in enumerate(definition.steps):
        name = _plain(step.name)
        if name and name in seen:
            yield FieldFinding(f"steps[{at}].name", *_STEP_TWICE)
        seen.add(name)
    yield from _step_sum(definition)
    for at, material in enumerate(definition.materials):
        own = material.source is Source.APPLICANT and material.kind is MaterialKind.OTHER
        if material.licence_type_code and own:
            yield FieldFinding(f"materials[{at}].licence_type_code", *_OWN_LICENCE)


def _material_problems(path: str, material: ItemMaterial) -> Iterator[FieldFinding]:
    if not material.list_code.strip():
        yield FieldFinding(f"{path}.list_code", *_NO_CODE)
    elif len(material.list_code) > LONGEST_LOCAL_CODE:
        yield FieldFinding(f"{path}.list_code", _LONG.format(most=LONGEST_LOCAL_CODE), _SHORTEN)
    if not material.name.strip():
        yield FieldFinding(f"{path}.name", *_NO_NAME)
    elif len(material.name) > LONGEST_NAME:
        yield FieldFinding(f"{path}.name", _LONG.format(most=LONGEST_NAME), _SHORTEN)
    if len(material.standard) > LONGEST_TEXT:
        yield FieldFinding(f"{path}.standard", _LONG.format(most=LONGEST_TEXT), _SHORTEN)
    yield from _copy_problems(path, material)
    if material.licence_type_code:
        yield from licence_type_problems(f"{path}.licence_type_code", material.licence_type_code)
        if material.kind is MaterialKind.APPLICATION:
            yield FieldFinding(f"{path}.licence_type_code", *_FORM_LICENCE)


def _copy_problems(path: str, material: ItemMaterial) -> Iterator[FieldFinding]:
    for name in ("originals", "copies"):
        if not 0 <= getattr(material, name) <= MOST_COPIES:
            yield FieldFinding(f"{path}.{name}", _COPIES.format(most=MOST_COPIES), _COPIES_FIX)
    if material.shape is MaterialShape.PAPER and material.originals == material.copies == 0:
        yield FieldFinding(f"{path}.originals", *_PAPER_NONE)
    if material.shape is MaterialShape.ELECTRONIC and (material.originals > 0 or material.copies > 0):
        yield FieldFinding(f"{path}.{'originals' if material.originals > 0 else 'copies'}", *_ELECTRONIC_PAPER)


def _step_sum(definition: ItemDefinition) -> Iterator[FieldFinding]:
    promised = definition.promised_limit
    limits = [step.limit for step in definition.steps if step.limit is not None]
    if promised is None or not limits:
        return
    for unit in dict.fromkeys(limit.unit for limit in limits):
        whole = TimeLimit(sum(limit.amount for limit in limits if limit.unit is unit), unit)
        if exceeds(whole, promised):
            said = _STEPS_LONG.format(steps=limit_text(whole), promised=limit_text(promised))
            yield FieldFinding("steps", said, _STEPS_LONG_FIX)


def _plain(name: str) -> str:
    """Return a name without what people do not see as a difference: width, spaces, book-title marks."""
    return re.sub(r"[\s《》〈〉“”\"]", "", unicodedata.normalize("NFKC", name))


_MATERIALS = Text("材料", "The list of materials")
_STEPS = Text("环节", "The list of steps")
_MOST = Text("{subject}超过 {most} 条", "{subject} has more than {most} entries")
_SPLIT = Text("核对是否把几个事项写到了一起", "check whether several items were put into one")
_LONG = Text("超过 {most} 字", "longer than {most} characters")
_SHORTEN = Text("缩短; 详细说明放到办事指南", "shorten it; details belong in the service guide")
_CODE_TWICE = Text("材料编码与第 {number} 个材料重复", "the code is that of material {number} already")
_CODE_TWICE_FIX = Text("同一事项内每个材料用不同的编码", "give each material of the item a code of its own")
_NAME_TWICE = Text("材料名称与第 {number} 个材料重复", "the name is that of material {number} already")
_NAME_TWICE_FIX = Text("删去重复的一个; 确属两份的, 在名称中区分", "delete one, or tell them apart by name")
_COPIES = Text("份数应在 0 至 {most} 之间", "the number is between 0 and {most}")
_COPIES_FIX = Text("填写整数", "give a whole number")
_NO_CODE = (
    Text("材料编码未填写", "the material has no code"),
    Text("给材料编一个事项内唯一的编码, 如 M01", "give it a code that is unique within the item, such as M01"),
)
_NO_NAME = (Text("材料名称未填写", "the material has no name"), Text("填写材料名称", "give its name"))
_PAPER_NONE = (
    Text("材料形式是纸质, 原件和复印件却都是 0 份", "it is on paper, yet no original and no copy is wanted"),
    Text("写明原件或复印件份数, 或把形式改为电子、均可", "state the number, or make the shape electronic or either"),
)
_ELECTRONIC_PAPER = (
    Text("材料形式是电子, 却要求纸质原件或复印件", "it is electronic, yet originals or copies on paper are wanted"),
    Text("份数改为 0, 或把形式改为纸质、均可", "make the number 0, or the shape paper or either"),
)
_FORM_LICENCE = (
    Text("申请表是申请人填写的, 不会有电子证照", "an application form is written by the applicant: no licence exists"),
    Text("清空证照类型代码, 或改正材料类型", "empty the licence type code, or correct the kind of material"),
)
_OWN_LICENCE = (
    Text("材料由申请人自备, 却写了电子证照类型", "the applicant makes it, yet a licence type is given"),
    Text("确认由政府部门核发的, 来源改为政府部门核发", "if an authority issues it, say so as its source"),
)
_STEP_UNNAMED = (Text("环节名称未填写", "the step has no name"), Text("填写环节名称", "give its name"))
_STEP_LIMIT = (
    Text("环节时限不在合理范围", "the limit of the step is out of range"),
    Text("核对数字", "check the number"),
)
_STEP_TWICE = (
    Text("环节名称重复", "a step of this name is there already"),
    Text("核对是否多写", "check whether it is one too many"),
)
_NO_STEPS = (
    Text("没有办理环节", "no steps are given"),
    Text("至少写明受理、审查、决定、送达", "give at least acceptance, review, decision, delivery"),
)
_STEPS_LONG = Text(
    "各环节时限合计{steps}, 长于承诺时限{promised}", "the steps take {steps} together, above the promised {promised}"
)
_STEPS_LONG_FIX = Text("调整环节时限或承诺时限", "adjust the steps or the promise")
