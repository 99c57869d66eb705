"""Definitions of items as they are imported, read strictly: unknown keys, wrong types and unknown words are told.

The shape is that of `gateway.case.item.definition`.  Of every definition the first thing that does not fit is told, and every key
that is not known; what it says is judged by the flow.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from difflib import get_close_matches
from typing import get_args, get_type_hints

import msgspec
import orjson

from gateway.case.errors import FieldFinding
from gateway.case.item.definition import ItemDefinition
from gateway.case.texts import Text
from gateway.files.misfits import shown
from gateway.local.canonical_in import bad_request
from gateway.local.findings import quoted
from gateway.local.strict_json import Number, read_object

MOST_FINDINGS = 1_000
DEFINITIONS = "definitions"

_AT = re.compile(r" - at `\$\.?(?P<path>[^`]*)`$")
_MISSING = re.compile(r"Object missing required field `(?P<name>\w+)`")
_WORD = re.compile(r"Invalid enum value (?P<value>.+)")
_TYPES = re.compile(r"Expected `(?P<wanted>[^`]+)`, got `(?P<got>[^`]+)`")


def read_definitions(raw: bytes) -> tuple[ItemDefinition, ...]:
    """Return the definitions in `{"definitions": […]}`.

    Raises:
        GatewayError: BAD_JSON; BAD_REQUEST with the findings.
    """
    body = read_object(raw, exact_numbers=True)
    others = [key for key in body.data if key != DEFINITIONS]
    findings = [*body.findings, *(FieldFinding(quoted(key), *_unknown(key, (DEFINITIONS,))) for key in others)]
    listed = body.data.get(DEFINITIONS)
    if not isinstance(listed, list) or not listed:
        findings.append(FieldFinding(DEFINITIONS, *_NONE))
        raise bad_request(tuple(findings))
    definitions = []
    for nth, one in enumerate(listed):
        place = f"{DEFINITIONS}[{nth}]"
        unknown = list(_unknown_keys(one, ItemDefinition, place))
        findings += unknown
        try:
            definitions.append(msgspec.convert(_plain(one), ItemDefinition))
        except msgspec.ValidationError as error:
            findings.append(_finding(str(error), place))
        if len(findings) >= MOST_FINDINGS:
            break
    if findings:
        raise bad_request(tuple(findings))
    return tuple(definitions)


def _plain(one: object) -> object:
    """Return a definition with its whole numbers as numbers and its form schema as text."""
    if not isinstance(one, dict):
        return one
    plain = _numbers(one)
    assert isinstance(plain, dict)
    schema = one.get("form_schema")
    if isinstance(schema, dict):
        # Numbers of a schema keep their characters.
        option = orjson.OPT_PASSTHROUGH_SUBCLASS
        plain["form_schema"] = orjson.dumps(schema, default=_exact, option=option).decode()
    elif schema is None:
        plain.pop("form_schema", None)
    return plain


def _exact(number: Number) -> orjson.Fragment:
    return orjson.Fragment(str(number))


def _numbers(value: object) -> object:
    if isinstance(value, Number):
        return int(value) if re.fullmatch(r"-?[0-9]{1,18}", value) else float(value)
    if isinstance(value, dict):
        return {key: _numbers(inner) for key, inner in value.items()}
    return [_numbers(inner) for inner in value] if isinstance(value, list) else value


def _unknown_keys(value: object, kind: type, place: str) -> Iterator[FieldFinding]:
    if not isinstance(value, Mapping):
        return
    known = _parts(kind)
    for key, inner in value.items():
        if key not in known:
            yield FieldFinding(f"{place}.{quoted(key)}", *_unknown(key, tuple(known)))
            continue
        part = known[key]
        if part is None:
            continue
        listed = inner if isinstance(inner, list) else None
        if listed is None:
            yield from _unknown_keys(inner, part, f"{place}.{key}")
        else:
            for nth, one in enumerate(listed):
                yield from _unknown_keys(one, part, f"{place}.{key}[{nth}]")


def _parts(kind: type) -> dict[str, type | None]:
    """Return the fields of a dataclass, each with the dataclass it holds or lists, if it does."""
    hints = get_type_hints(kind)
    return {one.name: next(_classes(hints[one.name]), None) for one in fields(kind)}


def _classes(hint: object) -> Iterator[type]:
    if isinstance(hint, type) and is_dataclass(hint):
        yield hint
    for inner in get_args(hint):
        yield from _classes(inner)


def _unknown(key: str, known: tuple[str, ...]) -> tuple[Text, Text]:
    near = get_close_matches(key, known, n=1)
    meant = near[0] if near else ", ".join(known[:20])
    return Text("没有这个键", "there is no such key"), Text(f"可以写: {meant}", f"write: {meant}")


def _finding(said: str, place: str) -> FieldFinding:
    at = _AT.search(said)
    path = f"{place}.{at['path']}" if at and at["path"] else place
    if found := _MISSING.search(said):
        return FieldFinding(f"{path}.{found['name']}", *_ABSENT)
    if found := _WORD.search(said):
        value = shown(found["value"])
        return FieldFinding(path, _NO_WORD.format(value=value), _SEE)
    if found := _TYPES.search(said):
        return FieldFinding(path, _OTHER_TYPE.format(wanted=found["wanted"], got=found["got"]), _SEE)
    return FieldFinding(path, _OTHER, _SEE)


_NONE = (
    Text("没有事项定义", "there are no definitions"),
    Text('写成 {"definitions": […]}, 至少一个', 'write {"definitions": […]} with one at least'),
)
_ABSENT = (Text("缺少这一项", "it is missing"), Text("补上这一项", "supply it"))
_NO_WORD = Text("{value} 不在可选范围", "{value} is not one of the allowed values")
_OTHER_TYPE = Text("应为 {wanted}, 现为 {got}", "it needs to be {wanted} and is {got}")
_OTHER = Text("格式不对", "malformed")
_SEE = Text("照接口说明 ItemDefinition 填写", "fill it in as ItemDefinition in the interface description says")
