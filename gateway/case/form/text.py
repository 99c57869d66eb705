"""The form of a case (表单): JSON text whose exact characters are kept.

`check_form` guarantees that the text is one JSON object (RFC 8259) within the bounds below and without
duplicate keys, so that every reader sees the same form.  Numbers stay text while it looks: one of any length or
precision is right, and none is turned into binary floating point.

Leaves to others: whether the fields are those of the item (its schema), and reading them.
Values are not quoted in findings, and keys only if they look like a field's: they may be personal.
"""

import json
import re
from contextlib import suppress
from json import JSONDecodeError, JSONDecoder
from typing import NoReturn

from gateway.case.errors import FieldFinding
from gateway.case.texts import Text

FORM_BYTES = 256 * 1024
"""In UTF-8."""
FORM_DEPTH = 16
"""Objects and arrays inside each other, the form itself included."""

_FIELD = "form_json"
_PLAIN_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,49}")

_TOO_LARGE = Text("表单超过 {limit} 字节", "the form exceeds {limit} bytes")
_SPLIT = Text("大的内容作为材料上传", "send large content as a material")
_NOT_JSON = Text("第 {line} 行第 {column} 个字符处不是合法 JSON", "no valid JSON at line {line}, character {column}")
_NOT_A_NUMBER = Text("含有 NaN 或 Infinity，不是合法 JSON", "NaN and Infinity are no JSON")
_WRITE_JSON = Text("改为 RFC 8259 规定的 JSON", "write JSON as RFC 8259 says")
_NOT_AN_OBJECT = Text("表单应为 JSON 对象", "the form is no JSON object")
_WRAP = Text("改为 {…} 形式的对象", "make it an object in braces")
_TOO_DEEP = Text("表单嵌套超过 {limit} 层", "the form is nested deeper than {limit}")
_FLATTEN = Text("减少嵌套", "nest less")
_TWICE = Text("同一对象中键重复: {key}", "a key stands twice in one object: {key}")
_ONCE = Text("每个键只保留一个", "keep each key once")
_NOT_SHOWN = Text("（{length} 个字符，不显示）", "({length} characters, not shown)")
_HALF_CHARACTER = Text("含有不成对的代理字符（\\ud800 至 \\udfff）", "holds half a surrogate pair (\\ud800 to \\udfff)")
_WHOLE_CHARACTERS = Text("写出完整的字符", "write whole characters")


class _KeyTwice(ValueError):
    pass


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise _KeyTwice
    return made


def _no_constant(_name: str) -> NoReturn:
    raise ValueError


_READ = JSONDecoder(object_pairs_hook=_unique, parse_float=str, parse_int=str, parse_constant=_no_constant).decode


def check_form(text: str) -> tuple[FieldFinding, ...]:
    """Return everything wrong with the text of a form; the path is `form_json`."""
    # A character takes at most four bytes, so short texts need not be measured.
    if len(text) > FORM_BYTES // 4 and len(text.encode("utf-8", "surrogatepass")) > FORM_BYTES:
        return (FieldFinding(_FIELD, _TOO_LARGE.format(limit=FORM_BYTES), _SPLIT),)
    try:
        form = _READ(text)
    except _KeyTwice:
        return tuple(
            FieldFinding(_FIELD, _TWICE.format(key=shown_key(key)), _ONCE) for key in _keys_that_stand_twice(text)
        )
    except JSONDecodeError as error:
        return (FieldFinding(_FIELD, _NOT_JSON.format(line=error.lineno, column=error.colno), _WRITE_JSON),)
    except RecursionError:
        return (FieldFinding(_FIELD, _TOO_DEEP.format(limit=FORM_DEPTH), _FLATTEN),)
    except ValueError:
        return (FieldFinding(_FIELD, _NOT_A_NUMBER, _WRITE_JSON),)
    # A text with few brackets cannot be nested deeply; most forms are let through here.
    if text.count("{") + text.count("[") > FORM_DEPTH and _is_deeper(form, FORM_DEPTH):
        return (FieldFinding(_FIELD, _TOO_DEEP.format(limit=FORM_DEPTH), _FLATTEN),)
    found = []
    if not isinstance(form, dict):
        found.append(FieldFinding(_FIELD, _NOT_AN_OBJECT, _WRAP))
    if _has_half_characters(text, form):
        found.append(FieldFinding(_FIELD, _HALF_CHARACTER, _WHOLE_CHARACTERS))
    return tuple(found)


def shown_key(key: str) -> str | Text:
    """Return a key of a form for people: as it is if it looks like a field's, else only its length."""
    return key if _PLAIN_KEY.fullmatch(key) else _NOT_SHOWN.format(length=len(key))


def _is_deeper(value: object, limit: int) -> bool:
    level = [value]
    for _ in range(limit):
        inner: list[object] = []
        for one in level:
            if isinstance(one, dict):
                inner.extend(one.values())
            elif isinstance(one, list):
                inner.extend(one)
        level = inner
    return any(isinstance(one, dict | list) for one in level)


def _has_half_characters(text: str, form: object) -> bool:
    try:
        text.encode()
        if "\\ud" in text or "\\uD" in text:
            json.dumps(form, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return True
    return False


def _keys_that_stand_twice(text: str) -> list[str]:
    twice: dict[str, None] = {}

    def note(pairs: list[tuple[str, object]]) -> dict[str, object]:
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                twice.setdefault(key)
            seen.add(key)
        return dict(pairs)

    # What else is wrong is told once the keys are right.
    with suppress(ValueError, RecursionError):
        JSONDecoder(object_pairs_hook=note, parse_float=str, parse_int=str).decode(text)
    return list(twice)
