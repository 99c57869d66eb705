"""What an item is: its codes, names, place, levels and version, each alone and against one another.

Source: GB/T 39554.1-2020 (structure of codes), GB/T 39046-2020 A.1, A.2.

Leaves to others: whether the division exists (the table of divisions).
"""

import re
from collections.abc import Iterator

from gateway.case.code.organisations import uscc_problems
from gateway.case.code.problems import Problem
from gateway.case.errors import FieldFinding
from gateway.case.item.codes import (
    ExerciseLevel,
    basic_code_doubts,
    basic_code_problems,
    handling_code_problems,
    task_code_problems,
)
from gateway.case.item.definition import ItemDefinition, ItemState
from gateway.case.texts import Text

LONGEST_NAME = 1000
"""Characters of a name, as the national aggregation tables keep it (UP_PRO_ACCEPT.task_name)."""
LONGEST_LOCAL_CODE = 50
LONGEST_TEXT = 4000
MOST_HANDLING_ITEMS = 500
MOST_BASES = 100
HIGHEST_VERSION = 999_999_999

_COMPARE = Text("照事项目录逐位核对", "compare it with the catalogue, character by character")
_RETIRED = re.compile(r"[(（\[【](?:已)?(?:取消|废止|停用|暂停|作废)")


def problems(definition: ItemDefinition) -> Iterator[FieldFinding]:
    """Yield what is wrong with codes, names, place, levels and version."""
    yield from _as_findings("basic_code", basic_code_problems(definition.basic_code))
    yield from _name_problems(definition)
    if not re.fullmatch(r"[1-8][0-9]{5}(?:[0-9]{6})?", definition.division):
        yield FieldFinding("division", *_DIVISION)
    if not 1 <= definition.version <= HIGHEST_VERSION:
        yield FieldFinding("version", *_VERSION)
    yield from _type_problems(definition)
    yield from _task_problems(definition)
    yield from _handling_problems(definition)
    for name in ("local_catalog_code", "local_task_code"):
        if len(getattr(definition, name)) > LONGEST_LOCAL_CODE:
            yield FieldFinding(name, _LOCAL_LONG.format(most=LONGEST_LOCAL_CODE), _SHORTEN)
    yield from _level_problems(definition)
    yield from _basis_problems(definition)


def doubts(definition: ItemDefinition) -> Iterator[FieldFinding]:
    """Yield what staff should know about codes, names and levels that are accepted."""
    yield from _as_findings("basic_code", basic_code_doubts(definition.basic_code))
    if definition.state is ItemState.IN_USE and _RETIRED.search(definition.name):
        yield FieldFinding("state", *_RETIRED_IN_USE)
    if not definition.legal_bases:
        yield FieldFinding("legal_bases", *_NO_BASIS)
    if not definition.service_objects:
        yield FieldFinding("service_objects", *_NO_OBJECT)
    if not definition.acceptance_levels:
        yield FieldFinding("acceptance_levels", *_NO_ACCEPTANCE)
    if definition.valid_from.year < 1990:
        yield FieldFinding("valid_from", _OLD.format(year=definition.valid_from.year), _OLD_FIX)


def _name_problems(definition: ItemDefinition) -> Iterator[FieldFinding]:
    if not definition.name.strip():
        yield FieldFinding("name", *_NAME)
    elif len(definition.name) > LONGEST_NAME:
        yield FieldFinding("name", _LONG.format(subject=_THE_NAME, most=LONGEST_NAME), _SHORTEN)
    for name, subject in _TEXTS.items():
        if len(getattr(definition, name)) > LONGEST_TEXT:
            yield FieldFinding(name, _LONG.format(subject=subject, most=LONGEST_TEXT), _SHORTEN)


def _type_problems(definition: ItemDefinition) -> Iterator[FieldFinding]:
    stated, coded = definition.item_type, definition.basic_code[2:4]
    if not re.fullmatch(r"[0-9]{2}", stated):
        yield FieldFinding("item_type", *_TYPE_SHAPE)
    # A province's own type in the code (Guangdong writes 21 for 公共服务) is told as a doubt, not refused.
    elif stated != coded and not (
        basic_code_problems(definition.basic_code) or basic_code_doubts(definition.basic_code)
    ):
        yield FieldFinding("item_type", _TYPE_DIFFERS.format(stated=stated, coded=coded), _TYPE_FIX)


def _task_problems(definition: ItemDefinition) -> Iterator[FieldFinding]:
    task = definition.task_code
    if not task:
        return
    wrong = task_code_problems(task)
    yield from _as_findings("task_code", wrong)
    if len(task) != 31:
        return
    if task[19:] != definition.basic_code:
        yield FieldFinding("task_code", *_TASK_BASIC)
    level = definition.exercise_level.value
    if task[18] != level and task[18] in "1234567":
        yield FieldFinding("exercise_level", _TASK_LEVEL.format(stated=level, coded=task[18]), _TASK_LEVEL_FIX)


def _handling_problems(definition: ItemDefinition) -> Iterator[FieldFinding]:
    if len(definition.handling_items) > MOST_HANDLING_ITEMS:
        yield FieldFinding("handling_items", _MOST.format(subject=_HANDLING, most=MOST_HANDLING_ITEMS), _SPLIT)
    first: dict[str, int] = {}
    for at, one in enumerate(definition.handling_items):
        path = f"handling_items[{at}].code"
        yield from _as_findings(path, handling_code_problems(one.code))
        if one.code in first:
            yield FieldFinding(path, _TWICE.format(subject=_HANDLING, number=first[one.code] + 1), _ONCE)
        first.setdefault(one.code, at)
        if not definition.task_code:
            yield FieldFinding(path, *_HANDLING_ALONE)
        elif len(one.code) == 33 and not one.code.startswith(definition.task_code):
            yield FieldFinding(path, *_HANDLING_OTHER)
        if len(one.name) > LONGEST_NAME:
            long = _LONG.format(subject=_THE_NAME, most=LONGEST_NAME)
            yield FieldFinding(f"handling_items[{at}].name", long, _SHORTEN)


def _level_problems(definition: ItemDefinition) -> Iterator[FieldFinding]:
    levels = definition.acceptance_levels
    if len(set(levels)) < len(levels):
        yield FieldFinding("acceptance_levels", *_LEVEL_TWICE)
    if ExerciseLevel.GRADED in levels:
        yield FieldFinding("acceptance_levels", *_LEVEL_GRADED)
    if _far_above(definition):
        yield FieldFinding("acceptance_levels", *_FAR_WIDER)
    if len(set(definition.service_objects)) < len(definition.service_objects):
        yield FieldFinding("service_objects", *_OBJECT_TWICE)


def _basis_problems(definition: ItemDefinition) -> Iterator[FieldFinding]:
    if len(definition.legal_bases) > MOST_BASES:
        yield FieldFinding("legal_bases", _MOST.format(subject=_BASIS, most=MOST_BASES), _SPLIT)
    for at, basis in enumerate(definition.legal_bases):
        if not basis.strip():
            yield FieldFinding(f"legal_bases[{at}]", *_BASIS_EMPTY)
        elif len(basis) > LONGEST_TEXT:
            yield FieldFinding(f"legal_bases[{at}]", _LONG.format(subject=_BASIS, most=LONGEST_TEXT), _SHORTEN)


def _is_above(level: ExerciseLevel, other: ExerciseLevel) -> bool:
    return ExerciseLevel.GRADED not in (level, other) and level.value < other.value


def _far_above(definition: ItemDefinition) -> bool:
    """Whether a province or the state takes in what a lower level decides: it has no hall for that."""
    return any(
        level in (ExerciseLevel.NATIONAL, ExerciseLevel.PROVINCE) and _is_above(level, definition.exercise_level)
        for level in definition.acceptance_levels
    )


def licence_type_problems(path: str, value: str) -> Iterator[FieldFinding]:
    """Yield what is wrong with a type code of electronic licences: USCC of its authority and three digits."""
    if not re.fullmatch(r"[0-9A-Z]{18}[0-9]{3}", value):
        yield FieldFinding(path, *_LICENCE_SHAPE)
    else:
        yield from _as_findings(path, uscc_problems(value[:18], _LICENCE_AUTHORITY))


def _as_findings(path: str, found: tuple[Problem, ...]) -> Iterator[FieldFinding]:
    for problem in found:
        yield FieldFinding(path, problem.text, _COMPARE)


_THE_NAME = Text("名称", "The name")
_HANDLING = Text("业务办理项", "The list of handling items")
_BASIS = Text("设定依据", "The legal basis")
_TEXTS = {
    "department": Text("实施主体", "The department"),
    "office_hours": Text("办公时间", "The office hours"),
    "visits_reason": Text("跑动原因", "The reason for visits"),
    "fee_basis": Text("收费依据", "The basis of the fee"),
    "result_name": Text("结果名称", "The name of the result"),
}
_LONG = Text("{subject}超过 {most} 字", "{subject} is longer than {most} characters")
_SHORTEN = Text("缩短; 详细说明放到办事指南", "shorten it; details belong in the service guide")
_MOST = Text("{subject}超过 {most} 条", "{subject} has more than {most} entries")
_SPLIT = Text("核对是否把几个事项写到了一起", "check whether several items were put into one")
_TWICE = Text("与第 {number} 个{subject}重复", "{subject} has the same entry as number {number}")
_ONCE = Text("删去重复的一个, 或改正编码", "delete one, or correct the code")
_LICENCE_AUTHORITY = Text("电子证照类型代码前 18 位统一社会信用代码", "The USCC in the licence type code (1 to 18)")

_Said = tuple[Text, Text]
_DIVISION: _Said = (
    Text("行政区划代码应为 6 位或 12 位数字", "the division code needs six or twelve digits"),
    Text("填写本事项适用的区划代码, 如 422800", "give the division the item holds for, such as 422800"),
)
_VERSION: _Said = (
    Text("版本应为 1 以上的整数", "the version needs to be a whole number from 1"),
    Text("填写 1、2、3 …, 每次修改加 1", "write 1, 2, 3 …, one more for each change"),
)
_NAME: _Said = (Text("事项名称未填写", "the item has no name"), Text("填写事项名称", "give its name"))
_TYPE_SHAPE: _Said = (
    Text("事项类型应为 2 位数字", "the item type has two digits"),
    Text("如 01 行政许可、07 行政确认、20 公共服务", "such as 01, 07 or 20"),
)
_TYPE_DIFFERS = Text(
    "事项类型写 {stated}, 但基本编码第 3、4 位是 {coded}",
    "the item type says {stated}, but characters 3 and 4 of the basic code are {coded}",
)
_TYPE_FIX = Text("两者应一致: 核对基本编码或事项类型", "both must agree: correct the basic code or the type")
_TASK_BASIC: _Said = (
    Text("实施编码第 20 至 31 位与基本编码不一致", "characters 20 to 31 of the task code are not the basic code"),
    Text(
        "实施编码 = 信用代码 18 位 + 行使层级 1 位 + 基本编码 12 位", "a task code is USCC 18, level 1, basic code 12"
    ),
)
_TASK_LEVEL = Text(
    "行使层级写 {stated}, 但实施编码第 19 位是 {coded}",
    "the level of exercise says {stated}, but the 19th character of the task code is {coded}",
)
_TASK_LEVEL_FIX = Text("两者应一致: 核对行使层级或实施编码", "both must agree: correct the level or the task code")
_HANDLING_ALONE: _Said = (
    Text("有业务办理项编码, 但没有实施编码", "there is a handling item but no task code"),
    Text("补上实施编码 (业务办理项编码的前 31 位)", "give the task code, the first 31 characters of it"),
)
_HANDLING_OTHER: _Said = (
    Text("业务办理项编码不以本事项的实施编码开头", "the handling item code does not begin with this item's task code"),
    Text("核对是否填到了别的事项下", "check whether it belongs to another item"),
)
_LOCAL_LONG = Text("地方编码超过 {most} 位", "a local code is longer than {most} characters")
_LEVEL_TWICE: _Said = (
    Text("受理层级重复", "a level of acceptance is listed twice"),
    Text("每个层级只写一次", "list each level once"),
)
_LEVEL_GRADED: _Said = (
    Text("受理层级不能写“分级管理”", "a level of acceptance cannot be 分级管理"),
    Text("写明哪几级受理, 如 市级、县级、镇(乡、街道)级", "name the levels that take it in"),
)
_FAR_FAR_WIDER: _Said = (
    Text("受理层级是省级以上, 高于行使层级", "it is taken in by province or state, above the level that exercises it"),
    Text("核对行使层级与受理层级是否填反", "check whether the two levels were swapped"),
)
_FAR_WIDER: _Said = (
    Text("受理层级是省级以上, 高于行使层级", "it is taken in by province or state, above the level that exercises it"),
    Text("核对行使层级与受理层级是否填反", "check whether the two levels were swapped"),
)
_OBJECT_TWICE: _Said = (
    Text("服务对象重复", "a service object is listed twice"),
    Text("每种对象只写一次", "list each once"),
)
_BASIS_EMPTY: _Said = (Text("设定依据是空的", "a legal basis is empty"), Text("填写或删去", "write or delete it"))
_NO_BASIS: _Said = (
    Text("没有设定依据", "no legal basis is given"),
    Text("写明法律法规名称、文号和条款", "name the law with its number and article"),
)
_NO_OBJECT: _Said = (
    Text("没有服务对象", "no service object is given"),
    Text("写明自然人、企业法人等", "say whom it serves"),
)
_NO_ACCEPTANCE: _Said = (
    Text("没有受理层级", "no level of acceptance is given"),
    Text("写明州、县、乡、村哪几级可以受理", "say at which levels it may be handed in"),
)
_RETIRED_IN_USE: _Said = (
    Text("名称注明已取消或暂停, 状态却是在用", "the name says it was cancelled or paused, the state says in use"),
    Text("核对状态一列", "check the state"),
)
_OLD = Text("实施日期是 {year} 年", "it holds from the year {year}")
_OLD_FIX = Text("核对日期, 表格软件有时会改写日期", "check the date: spreadsheets sometimes rewrite dates")
_LICENCE_SHAPE: _Said = (
    Text(
        "电子证照类型代码应为 18 位统一社会信用代码加 3 位数字", "a licence type code is a USCC (18) and three digits"
    ),
    Text("照国家政务服务平台证照目录填写, 没有则留空", "take it from the national catalogue, or leave it empty"),
)
