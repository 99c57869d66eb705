"""Keywords a form's schema may use, and what each may say (JSON Schema 2020-12, core and validation).

A closed list: a keyword that is not enforced must not look as if it were.  Annotations are taken and have no effect.

Leaves to others: references, what lies inside, and how keywords act (`schema`, `keywords`).
"""

from collections.abc import Callable
from decimal import Decimal
from urllib.parse import unquote

from gateway.case.form.formats import FORMATS
from gateway.case.form.json_exact import digits_of, is_whole
from gateway.case.form.patterns import LONGEST_PATTERN, UnfitPatternError, compile_pattern
from gateway.case.texts import Text

DIALECT = "https://json-schema.org/draft/2020-12/schema"

LARGEST_COUNT = 1_000_000
LONGEST_NUMBER = 100
"""Digits, and powers of ten, of a number in a schema."""
MOST_ENTRIES = 1000
"""Properties of an object, words of an enum."""
MOST_BRANCHES = 50

TYPES = {
    "string": Text("文字", "text"),
    "integer": Text("整数", "an integer"),
    "number": Text("数字", "a number"),
    "boolean": Text("是或否", "true or false"),
    "array": Text("列表", "a list"),
    "object": Text("一组填写项", "a group of fields"),
    "null": Text("空值", "null"),
}

ONE_SCHEMA = frozenset({"items", "if", "then", "else"})
SCHEMA_LISTS = frozenset({"allOf", "anyOf", "oneOf"})
SCHEMA_MAPS = frozenset({"properties", "$defs"})
ANNOTATIONS = frozenset(
    {"title", "description", "$comment", "default", "examples", "deprecated", "readOnly", "writeOnly"}
)
ROOT_ONLY = frozenset({"$schema", "$id", "$defs"})

_COUNT = Text("应为 0 至 1000000 的整数", "it must be an integer from 0 to 1000000")
_NUMBER = Text("应为不超过 100 位的数字", "it must be a number of at most 100 digits")
_FLAG = Text("只能是 true 或 false", "it must be true or false")
_WORDS = Text("应为不重复的文字列表", "it must be a list of texts, each once")
_SCHEMA = Text("应为 {…}、true 或 false", "it must be an object, true or false")
_SCHEMAS = Text("应为 1 至 50 个 {…} 的列表", "it must be a list of 1 to 50 schemas")
_MAP = Text("应为 {…}, 最多 1000 项", "it must be an object with at most 1000 entries")
_PATTERN = Text(
    f"正则表达式不能在线性时间内匹配 (RE2): 不能用 (?=…)、(?!…)、\\1, 不能过长或重复过多, 最多 {LONGEST_PATTERN} 字",
    "the pattern cannot be matched in linear time (RE2): no look-around, no back references, no large repeats, at most "
    f"{LONGEST_PATTERN} characters",
)
_FORMAT = Text(f"只能是 {', '.join(FORMATS)}", f"it must be one of {', '.join(FORMATS)}")


def _is_count(value: object) -> bool:
    return isinstance(value, Decimal) and 0 <= value <= LARGEST_COUNT and is_whole(value)


def _is_number(value: object) -> bool:
    return (
        isinstance(value, Decimal)
        and digits_of(value) <= LONGEST_NUMBER
        and (not value or abs(value.adjusted()) <= LONGEST_NUMBER)
    )


def _is_words(value: object) -> bool:
    return (
        isinstance(value, list)
        and len(value) <= MOST_ENTRIES
        and all(isinstance(one, str) for one in value)
        and len(set(value)) == len(value)
    )


def _is_type(value: object) -> bool:
    words = value if isinstance(value, list) else [value]
    return (
        bool(words)
        and all(isinstance(one, str) and one in TYPES for one in words)
        and len(set(map(str, words))) == len(words)
    )


def _is_schema(value: object) -> bool:
    return isinstance(value, dict | bool)


def _is_pattern(value: object) -> bool:
    try:
        return isinstance(value, str) and bool(compile_pattern(value))
    except UnfitPatternError:
        return False


def _is_annotation(_value: object) -> bool:
    return True


def _is_text(value: object) -> bool:
    return isinstance(value, str)


_IS_TEXT = (_is_text, Text("应为文字", "it must be text"))
_IS_COUNT = (_is_count, _COUNT)
_IS_NUMBER = (_is_number, _NUMBER)
_IS_SCHEMA = (_is_schema, _SCHEMA)
_IS_MAP = (lambda value: isinstance(value, dict) and len(value) <= MOST_ENTRIES, _MAP)
_IS_SCHEMAS = (
    lambda value: isinstance(value, list) and 1 <= len(value) <= MOST_BRANCHES and all(map(_is_schema, value)),
    _SCHEMAS,
)
_IS_FLAG = (lambda value: isinstance(value, bool), _FLAG)
_ANY = (_is_annotation, Text("", ""))

RULES: dict[str, tuple[Callable[[object], bool], Text]] = {
    "$schema": (lambda value: value in (DIALECT, DIALECT + "#"), Text(f"只能是 {DIALECT}", f"it must be {DIALECT}")),
    "$id": _IS_TEXT,
    "$ref": _IS_TEXT,
    "$defs": _IS_MAP,
    **dict.fromkeys(sorted(ANNOTATIONS - {"title", "description"}), _ANY),
    "title": _IS_TEXT,
    "description": _IS_TEXT,
    "type": (_is_type, Text(f"只能是 {', '.join(TYPES)}", f"it must be one of {', '.join(TYPES)}")),
    "properties": _IS_MAP,
    "required": (_is_words, _WORDS),
    "additionalProperties": _IS_FLAG,
    "enum": (
        lambda value: isinstance(value, list) and 1 <= len(value) <= MOST_ENTRIES,
        Text("应为 1 至 1000 项的列表", "it must be a list of 1 to 1000 values"),
    ),
    "const": _ANY,
    "minLength": _IS_COUNT,
    "maxLength": _IS_COUNT,
    "pattern": (_is_pattern, _PATTERN),
    "format": (lambda value: isinstance(value, str) and value in FORMATS, _FORMAT),
    "minimum": _IS_NUMBER,
    "maximum": _IS_NUMBER,
    "exclusiveMinimum": _IS_NUMBER,
    "exclusiveMaximum": _IS_NUMBER,
    "multipleOf": (
        lambda value: _is_number(value) and isinstance(value, Decimal) and value > 0,
        Text("应为大于 0 的数字", "it must be a number above 0"),
    ),
    "items": _IS_SCHEMA,
    "minItems": _IS_COUNT,
    "maxItems": _IS_COUNT,
    "uniqueItems": _IS_FLAG,
    "allOf": _IS_SCHEMAS,
    "anyOf": _IS_SCHEMAS,
    "oneOf": _IS_SCHEMAS,
    "if": _IS_SCHEMA,
    "then": _IS_SCHEMA,
    "else": _IS_SCHEMA,
}
"""Every keyword there is: whether a value may stand there, and what must stand there instead."""

PAIRS = (("minLength", "maxLength"), ("minItems", "maxItems"), ("minimum", "maximum"))
"""The first must not exceed the second."""


def definition_of(target: str) -> str:
    """Return the name of the definition a reference leads to (RFC 6901 §4, §6), empty when it leads to none."""
    name = target.removeprefix("#/$defs/")
    return "" if name == target or "/" in name else unquote(name).replace("~1", "/").replace("~0", "~")
