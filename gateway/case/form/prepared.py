"""A schema without problems, made ready for checking many forms: references followed, patterns compiled, choices indexed.

Definitions are shared, not copied, so what is ready is no larger than what was written.
"""

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from typing import Any

from gateway.case.form.json_exact import same_key
from gateway.case.form.patterns import compile_pattern
from gateway.case.form.schema_keywords import (
    ANNOTATIONS,
    ONE_SCHEMA,
    ROOT_ONLY,
    SCHEMA_LISTS,
    SCHEMA_MAPS,
    definition_of,
)

NEVER = "never"
"""Stands for the schema `false` in a prepared schema; no schema can write it."""


@dataclass(frozen=True, slots=True)
class Choices:
    """The values of an enum or a const, in their order."""

    values: tuple[object, ...]
    keys: frozenset[Hashable]

    @staticmethod
    def of(values: list[object]) -> "Choices":
        """Return them, ready to be looked up."""
        return Choices(tuple(values), frozenset(map(same_key, values)))


_READY: Mapping[str, Callable[[Any], Any]] = {
    "enum": Choices.of,
    "const": lambda value: Choices.of([value]),
    "pattern": compile_pattern,
    "minLength": int,
    "maxLength": int,
    "minItems": int,
    "maxItems": int,
    "type": lambda said: tuple(said) if isinstance(said, list) else (said,),
}
"""What a keyword says, made ready once instead of for every form."""


def prepared(schema: object, definitions: Mapping[str, object]) -> Any:
    """Return a schema without problems as the keywords want it: references followed, patterns and choices ready."""
    known: dict[str, Any] = {}

    def prepare(one: object) -> Any:
        if not isinstance(one, dict):
            # The library names no place for a schema that is `false`, and quotes the value.
            return {} if one else {NEVER: True}
        made: dict[str, Any] = {}
        for keyword, value in one.items():
            if keyword in {"title", "description"}:
                made[keyword] = value
            elif keyword not in ANNOTATIONS | ROOT_ONLY | {"$ref"}:
                made[keyword] = _ready(keyword, value, prepare)
        if "$ref" in one:
            made["allOf"] = [*made.get("allOf", ()), follow(definition_of(one["$ref"]))]
        return made

    def follow(name: str) -> Any:
        if name not in known:
            known[name] = prepare(definitions[name])
        return known[name]

    return prepare(schema)


def _ready(keyword: str, value: Any, prepare: Callable[[object], Any]) -> Any:
    if keyword in SCHEMA_MAPS:
        return {name: prepare(inner) for name, inner in value.items()}
    if keyword in SCHEMA_LISTS:
        return [prepare(inner) for inner in value]
    if keyword in ONE_SCHEMA:
        return prepare(value)
    return _READY[keyword](value) if keyword in _READY else value
