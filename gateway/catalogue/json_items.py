"""Definitions in JSON: a list in the shape of `ItemDefinition`, every mistake told with its place.

The shape is that of the exchange and of the local API: fields by their names, closed words by their values, days as
`2026-01-01`.  Nothing is dropped: an unknown field is a finding, with what was probably meant.
"""

import json
from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass, replace
from datetime import date
from difflib import get_close_matches
from enum import Enum
from types import NoneType, UnionType
from typing import Any, get_args, get_origin, get_type_hints

import msgspec

from gateway.case.code.divisions import Divisions
from gateway.case.item.definition import ItemDefinition
from gateway.case.item.rules import definition_doubts, definition_problems
from gateway.case.texts import Text
from gateway.catalogue.assembly import UNSTATED_VERSION, Assembled
from gateway.catalogue.cells import MOST_ROWS
from gateway.catalogue.report import Origin, Report
from gateway.files.misfits import shown

WRAPPER = "definitions"
_BAD = object()


class _KeyTwice(ValueError):
    """An object has a key twice."""


def read_json(raw: bytes, file: str, divisions: Divisions, report: Report) -> list[Assembled]:
    """Return the definitions in `raw`, without those that are wrong, which are reported."""
    listed = _listed(raw, file, report)
    found = []
    for at, one in enumerate(listed):
        place = f"[{at}]"
        if isinstance(one, dict):
            one.setdefault("version", UNSTATED_VERSION)
        definition = _read(one, ItemDefinition, place, file, report)
        if isinstance(definition, ItemDefinition) and _is_right(definition, place, file, divisions, report):
            found.append(Assembled(definition, Origin(file, 0, place)))
    return found


def _listed(raw: bytes, file: str, report: Report) -> list[Any]:
    try:
        content = json.loads(raw.decode("utf-8-sig"), object_pairs_hook=_without_doubles, parse_constant=_no_constant)
    except UnicodeDecodeError:
        report.error(file, 0, "", _NO_TEXT)
        return []
    except json.JSONDecodeError as error:
        said = _NO_JSON.format(column=error.colno, detail=error.msg)
        report.error(file, error.lineno, "", (said, _NO_JSON_FIX))
        return []
    except _KeyTwice as error:
        report.error(file, 0, "", (_DOUBLE.format(key=shown(error)), _DOUBLE_FIX))
        return []
    except (ValueError, RecursionError):
        report.error(file, 0, "", _ODD_JSON)
        return []
    if isinstance(content, dict) and WRAPPER in content:
        content = content[WRAPPER]
    if not isinstance(content, list):
        report.error(file, 1, "", _NO_LIST)
        return []
    if len(content) > MOST_ROWS:
        report.error(file, 0, "", _TOO_MANY)
        return []
    try:
        json.dumps(content, ensure_ascii=False).encode()
    except (UnicodeEncodeError, RecursionError):
        report.error(file, 0, "", _ODD_JSON)
        return []
    return content


def _is_right(definition: ItemDefinition, place: str, file: str, divisions: Divisions, report: Report) -> bool:
    """Report what contradicts itself in a definition, and return whether nothing does."""
    judged = definition if definition.version else replace(definition, version=1)
    unknown = [(f"{place}.division", (one.text, _DIVISION_FIX)) for one in divisions.problems(judged.division)]
    wrong = [(f"{place}.{one.path}", (one.problem, one.fix)) for one in definition_problems(judged)]
    for key, said in (*unknown, *wrong):
        report.error(file, 0, key, said)
    for one in definition_doubts(judged):
        report.warning(file, 0, f"{place}.{one.path}", (one.problem, one.fix))
    return not unknown and not wrong


def _read(value: Any, wanted: Any, place: str, file: str, report: Report) -> Any:
    """Return `value` as `wanted`, or `_BAD` after reporting everything wrong within it."""
    if is_dataclass(wanted):
        return _object(value, wanted, place, file, report)
    if get_origin(wanted) is UnionType:
        inner = next(one for one in get_args(wanted) if one is not NoneType)
        return None if value is None else _read(value, inner, place, file, report)
    if get_origin(wanted) is tuple:
        return _entries(value, get_args(wanted)[0], place, file, report)
    try:
        return msgspec.convert(value, wanted)
    except msgspec.ValidationError:
        report.error(file, 0, place, _misfit(value, wanted))
        return _BAD


def _entries(value: Any, wanted: Any, place: str, file: str, report: Report) -> Any:
    if not isinstance(value, list):
        report.error(file, 0, place, _NO_ENTRIES)
        return _BAD
    entries = tuple(_read(one, wanted, f"{place}[{at}]", file, report) for at, one in enumerate(value))
    return _BAD if any(entry is _BAD for entry in entries) else entries


def _object(value: Any, wanted: Any, place: str, file: str, report: Report) -> Any:
    if not isinstance(value, dict):
        report.error(file, 0, place, _NO_OBJECT)
        return _BAD
    known = {one.name: one for one in fields(wanted)}
    for name in value.keys() - known.keys():
        near = get_close_matches(name, known, 1)
        fix = _MEANT.format(near=near[0]) if near else _KNOWN.format(names=", ".join(known))
        report.error(file, 0, f"{place}.{shown(name)}", (_STRANGE, fix))
    types = get_type_hints(wanted)
    read = {name: _read(value[name], types[name], f"{place}.{name}", file, report) for name in known if name in value}
    missing = [one.name for one in known.values() if one.default is MISSING and one.name not in value]
    for name in missing:
        report.error(file, 0, f"{place}.{name}", (_MISSING.format(name=name), _ADD))
    if missing or value.keys() - known.keys() or any(one is _BAD for one in read.values()):
        return _BAD
    return wanted(**read)


def _misfit(value: Any, wanted: Any) -> tuple[Text, Text]:
    said = _MISFIT.format(shown=shown(json.dumps(value, ensure_ascii=False)))
    if isinstance(wanted, type) and issubclass(wanted, Enum):
        listed = ", ".join(str(one.value) for one in wanted)
        return said, _CHOICE.format(listed=listed)
    return said, _FORMS.get(wanted, _TEXT)


def _without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise _KeyTwice(key)
        found[key] = value
    return found


def _no_constant(said: str) -> Any:
    raise ValueError(said)


_MISFIT = Text("{shown} 不合要求", "{shown} does not fit")
_CHOICE = Text("可以写: {listed}", "write one of: {listed}")
_TEXT = Text("这里写文字 (带引号)", "this is text, in quotes")
_FORMS: Mapping[Any, Text] = {
    int: Text("这里写整数, 不带引号", "this is a whole number, without quotes"),
    bool: Text("这里写 true 或 false", "this is true or false"),
    date: Text("写成 2026-01-01", "write 2026-01-01"),
}
_STRANGE = Text("不认识这一项", "this field is not known")
_MEANT = Text("是不是 {near}?", "did you mean {near}?")
_KNOWN = Text("这里可以有: {names}", "known here: {names}")
_MISSING = Text("缺少 {name}", "{name} is missing")
_ADD = Text("补上这一项", "add it")
_DIVISION_FIX = Text("照区划表填写 (GB/T 2260)", "take it from the table of divisions (GB/T 2260)")
_NO_ENTRIES = (Text("这里应是列表 [...]", "this is a list [...]"), Text("用方括号括起来", "put it in square brackets"))
_NO_OBJECT = (
    Text("这里应是对象 {...}", "this is an object {...}"),
    Text("照 docs/items.md 的例子写", "follow docs/items.md"),
)
_NO_LIST = (
    Text("最外层应是列表 [...]", "the outermost level is a list [...]"),
    Text("每个事项写成列表中的一个对象", "make each item an object in a list"),
)
_NO_TEXT = (Text("文件不是 UTF-8 文本", "the file is no UTF-8 text"), Text("另存为 UTF-8", "save it as UTF-8"))
_NO_JSON = Text("第 {column} 个字符处不是 JSON", "no JSON at character {column} ({detail})")
_NO_JSON_FIX = Text("检查引号、逗号和括号", "check quotes, commas and brackets")
_DOUBLE = Text("同一对象里“{key}”写了两次", "'{key}' stands twice in one object")
_DOUBLE_FIX = Text("只留一个", "keep one")
_ODD_JSON = (
    Text(
        "JSON 嵌套太深, 或有 NaN、半个字符等不允许的值",
        "the JSON is nested too deeply, or has values such as NaN or half a character",
    ),
    Text("检查是否放错了文件", "check that it is the right file"),
)
_TOO_MANY = (
    Text(f"超过 {MOST_ROWS} 个事项", f"there are more than {MOST_ROWS} items"),
    Text("分成几个文件导入", "split it into several files"),
)
