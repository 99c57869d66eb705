"""The form of an item as fields of a page, made from its JSON Schema (docs/form-schema.md).

Strings, numbers, choices, dates, yes or no, and lists of simple values have fields of their own; whatever else a schema asks for
is a field that takes JSON text.

Leaves to others: what was typed (`window_answers`), and whether the form meets the schema (`gateway.case.form`).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from gateway.console.window_json import plain, read_object, written

PREFIX = "form."
MOST_FIELDS = 1000
"""What a schema may list (`gateway.case.form`)."""
LONG_TEXT = 100

_NESTED = ("allOf", "anyOf", "oneOf")


class Shape(Enum):
    """How a field looks."""

    LINE = "line"
    TEXT = "text"
    NUMBER = "number"
    DATE = "date"
    MOMENT = "moment"
    CHOICE = "choice"
    YES_NO = "yes_no"
    LIST = "list"
    CHOICES = "choices"
    JSON = "json"


@dataclass(frozen=True, slots=True)
class Field:
    """One field.

    Attributes:
        key: in the form.
        options: what may be chosen, each as JSON text and as it is shown.
        numbers: entries of a list are numbers.
    """

    key: str
    title: str
    shape: Shape
    required: bool
    hint: str = ""
    options: tuple[tuple[str, str], ...] = ()
    longest: int = 0
    numbers: bool = False

    @property
    def name(self) -> str:
        """Name of the field in the page, and the path of findings about it."""
        return f"{PREFIX}{self.key}"


def fields_of(schema_text: str) -> tuple[Field, ...]:
    """Return the fields of a form, in the order of its schema; none for a schema that is empty or no object."""
    schema = read_object(schema_text)
    definitions = schema.get("$defs", {})
    required = set(_required(schema))
    listed = dict(_properties(schema, definitions))
    return tuple(_field(key, rule, key in required) for key, rule in list(listed.items())[:MOST_FIELDS])


def _properties(schema: Mapping[str, Any], definitions: Mapping[str, Any], depth: int = 0) -> Iterator[tuple[str, Any]]:
    seen: set[str] = set()
    for key, rule in schema.get("properties", {}).items():
        seen.add(key)
        yield key, _followed(rule, definitions)
    inner = [one for word in _NESTED for one in schema.get(word, ())]
    inner += [schema[word] for word in ("then", "else") if word in schema]
    for one in inner if depth < 4 else ():
        followed = _followed(one, definitions)
        for key, rule in _properties(followed, definitions, depth + 1):
            if key not in seen:
                seen.add(key)
                yield key, rule


def _required(schema: Mapping[str, Any]) -> Iterator[str]:
    yield from schema.get("required", ())
    for one in schema.get("allOf", ()):
        if isinstance(one, dict):
            yield from one.get("required", ())


def _followed(rule: Any, definitions: Mapping[str, Any]) -> dict[str, Any]:
    """Return a schema with its reference followed; what stands beside the reference goes before."""
    if not isinstance(rule, dict):
        return {}
    for _ in range(16):
        target = rule.get("$ref")
        if not isinstance(target, str):
            break
        inner = definitions.get(target.removeprefix("#/$defs/"))
        beside = {key: value for key, value in rule.items() if key != "$ref"}
        rule = {**(inner if isinstance(inner, dict) else {}), **beside}
    items = rule.get("items")
    return {**rule, "items": _followed(items, definitions)} if isinstance(items, dict) and "$ref" in items else rule


def _field(key: str, rule: Mapping[str, Any], required: bool) -> Field:
    title, hint = str(rule.get("title") or key), str(rule.get("description") or "")
    options = _options(rule)
    if options:
        return Field(key, title, Shape.CHOICE, required, hint, options)
    kind, shape = _kind(rule), _FORMATS.get(str(rule.get("format")), Shape.LINE)
    longest = rule.get("maxLength") if isinstance(rule.get("maxLength"), int) else 0
    if kind == "array":
        return _list_field(key, title, rule, required, hint)
    if kind == "string":
        long = shape is Shape.LINE and (longest or 0) > LONG_TEXT
        return Field(key, title, Shape.TEXT if long else shape, required, hint, longest=longest or 0)
    if kind in ("integer", "number"):
        return Field(key, title, Shape.NUMBER, required, hint)
    return Field(key, title, Shape.YES_NO if kind == "boolean" else Shape.JSON, required, hint)


def _list_field(key: str, title: str, rule: Mapping[str, Any], required: bool, hint: str) -> Field:
    entries = rule.get("items")
    entry: Mapping[str, Any] = entries if isinstance(entries, dict) else {}
    options = _options(entry)
    if options:
        return Field(key, title, Shape.CHOICES, required, hint, options)
    kind = _kind(entry)
    if kind in ("string", "integer", "number"):
        return Field(key, title, Shape.LIST, required, hint, numbers=kind != "string")
    return Field(key, title, Shape.JSON, required, hint or _example(entry))


def _example(entry: Mapping[str, Any]) -> str:
    """Return how entries of a list are written, where they have keys."""
    keys = list(entry.get("properties", {}))[:6]
    return f"[{{{', '.join(f'{written(key)}: …' for key in keys)}}}, …]" if keys else ""


def _options(rule: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    listed = [rule["const"]] if "const" in rule else rule.get("enum", ())
    if not listed or any(isinstance(one, dict | list) for one in listed):
        return ()
    return tuple((written(one), plain(one)) for one in listed if one is not None)


def _kind(rule: Mapping[str, Any]) -> str:
    kinds = rule.get("type")
    listed = [one for one in (kinds if isinstance(kinds, list) else [kinds]) if one not in (None, "null")]
    if not listed and ("format" in rule or "pattern" in rule or "maxLength" in rule):
        return "string"
    if len(listed) > 1 and set(listed) <= {"string", "integer", "number"}:
        return "string" if "string" in listed else "number"  # as people type it; a text keeps zeros at the front
    return str(listed[0]) if len(listed) == 1 else ""


_FORMATS = {"date": Shape.DATE, "date-time": Shape.MOMENT}
