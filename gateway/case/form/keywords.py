"""How each keyword of a form's schema acts (JSON Schema 2020-12 validation §6, core §10), on exact numbers and within bounds.

The keywords run inside the `jsonschema` library, which walks schema and form and knows where a mistake stands; they never
put a value into a message.  Every keyword counts its steps, so that no pair of schema and form can keep the gateway busy.

Leaves to others: whether a schema may be used at all (`schema`), and the words for people (`wording`).
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import islice
from typing import Any

from jsonschema import Draft202012Validator, TypeChecker, ValidationError, validators

from gateway.case.form.formats import format_problems
from gateway.case.form.json_exact import digits_of, is_multiple, is_whole, same_key
from gateway.case.form.patterns import Pattern
from gateway.case.form.prepared import NEVER, Choices

STEPS = 100_000
_BRANCH_ERRORS = 20
"""What is kept of one branch of anyOf or oneOf; only the nearest branch is told about."""

Errors = Iterator[ValidationError]
Schema = Mapping[str, Any]


class TooManyStepsError(Exception):
    """A form cannot be checked within `STEPS`."""


@dataclass(slots=True)
class Run:
    """One check of one form.  The library hands it to every keyword in the place of its format checker."""

    today: date
    steps: int = 0

    def step(self, count: int = 1) -> None:
        """Count steps.  Raises TooManyStepsError."""
        self.steps += count
        if self.steps > STEPS:
            raise TooManyStepsError


def errors_of(schema: Any, form: object, run: Run) -> Errors:
    """Yield every mistake.  Raises TooManyStepsError."""
    found: Errors = _VALIDATOR(schema, format_checker=run).iter_errors(form)
    return found


def _error(context: list[ValidationError] | None = None, message: str = "") -> ValidationError:
    return ValidationError(message, context=context or ())


def _type(validator: Any, kinds: tuple[str, ...], value: object, _: Schema) -> Errors:
    if not any(validator.is_type(value, kind) for kind in kinds):
        yield _error()


def _properties(validator: Any, fields: Schema, value: object, _: Schema) -> Errors:
    if isinstance(value, dict):
        validator.format_checker.step(len(fields))
        for name, inner in fields.items():
            if name in value:
                yield from validator.descend(value[name], inner, path=name, schema_path=name)


def _required(validator: Any, names: list[str], value: object, _: Schema) -> Errors:
    if isinstance(value, dict):
        validator.format_checker.step(len(names))
        for name in names:
            if name not in value:
                yield _error(message=name)


def _additional(validator: Any, allowed: bool, value: object, schema: Schema) -> Errors:
    if isinstance(value, dict) and not allowed:
        validator.format_checker.step(len(value))
        if not value.keys() <= schema.get("properties", {}).keys():
            yield _error()


def _items(validator: Any, inner: Any, value: object, _: Schema) -> Errors:
    if isinstance(value, list):
        validator.format_checker.step(len(value))
        for position, one in enumerate(value):
            yield from validator.descend(one, inner, path=position)


def _choices(validator: Any, choices: Choices, value: object, _: Schema) -> Errors:
    validator.format_checker.step(_size(value))
    if same_key(value) not in choices.keys:
        yield _error()


def _unique(validator: Any, wanted: bool, value: object, _: Schema) -> Errors:
    if wanted and isinstance(value, list):
        validator.format_checker.step(_size(value))
        if len({same_key(one) for one in value}) != len(value):
            yield _error()


def _pattern(validator: Any, pattern: Pattern, value: object, _: Schema) -> Errors:
    if isinstance(value, str):
        validator.format_checker.step(len(value) * pattern.cost // 16_384)
        if not pattern.is_in(value):
            yield _error()


def _format(validator: Any, name: str, value: object, _: Schema) -> Errors:
    if isinstance(value, str) and format_problems(name, value, validator.format_checker.today):
        yield _error()


def _multiple(validator: Any, step: Decimal, value: object, _: Schema) -> Errors:
    if isinstance(value, Decimal):
        validator.format_checker.step(digits_of(value) // 256)
        if not is_multiple(value, step):
            yield _error()


def _never(_validator: Any, _said: bool, _value: object, _: Schema) -> Errors:
    yield _error()


def _measured(kind: type[str] | type[list[Any]], too: Callable[[int, int], bool]) -> Callable[..., Errors]:
    def look(_validator: Any, bound: int, value: object, _: Schema) -> Errors:
        if isinstance(value, kind) and too(len(value), bound):
            yield _error()

    return look


def _compared(too: Callable[[Decimal, Decimal], bool]) -> Callable[..., Errors]:
    def look(_validator: Any, bound: Decimal, value: object, _: Schema) -> Errors:
        if isinstance(value, Decimal) and too(value, bound):
            yield _error()

    return look


def _all_of(validator: Any, schemas: list[Any], value: object, _: Schema) -> Errors:
    validator.format_checker.step(len(schemas))
    for position, inner in enumerate(schemas):
        yield from validator.descend(value, inner, schema_path=position)


def _some_of(validator: Any, branches: list[Any], value: object) -> tuple[int, list[ValidationError]]:
    validator.format_checker.step(len(branches))
    fitting, failures = 0, []
    for position, branch in enumerate(branches):
        errors = list(islice(validator.descend(value, branch, schema_path=position), _BRANCH_ERRORS))
        fitting += not errors
        failures += errors
    return fitting, failures


def _any_of(validator: Any, branches: list[Any], value: object, _: Schema) -> Errors:
    fitting, failures = _some_of(validator, branches, value)
    if not fitting:
        yield _error(failures)


def _one_of(validator: Any, branches: list[Any], value: object, _: Schema) -> Errors:
    fitting, failures = _some_of(validator, branches, value)
    if fitting != 1:
        yield _error([] if fitting else failures)


def _if(validator: Any, condition: Any, value: object, schema: Schema) -> Errors:
    branch = "then" if validator.evolve(schema=condition).is_valid(value) else "else"
    if branch in schema:
        yield from validator.descend(value, schema[branch], schema_path=branch)


def _size(value: object) -> int:
    if isinstance(value, dict):
        return 1 + sum(map(_size, value.values()))
    return 1 + sum(map(_size, value)) if isinstance(value, list) else 1


def _counted(keyword: Callable[..., Errors]) -> Callable[..., Errors]:
    def look(validator: Any, said: Any, value: object, schema: Schema) -> Errors:
        validator.format_checker.step()
        return keyword(validator, said, value, schema)

    return look


# Each takes the checker and a value; the stubs of the library name the value alone.
_IS_TYPE: dict[str, Any] = {
    "object": lambda _, value: isinstance(value, dict),
    "array": lambda _, value: isinstance(value, list),
    "string": lambda _, value: isinstance(value, str),
    "boolean": lambda _, value: isinstance(value, bool),
    "null": lambda _, value: value is None,
    "number": lambda _, value: isinstance(value, Decimal),
    "integer": lambda _, value: isinstance(value, Decimal) and is_whole(value),
}

_KEYWORDS: dict[str, Callable[..., Errors]] = {
    "type": _type,
    "properties": _properties,
    "required": _required,
    "additionalProperties": _additional,
    "items": _items,
    "enum": _choices,
    "const": _choices,
    "uniqueItems": _unique,
    "pattern": _pattern,
    "format": _format,
    "multipleOf": _multiple,
    "minLength": _measured(str, lambda length, bound: length < bound),
    "maxLength": _measured(str, lambda length, bound: length > bound),
    "minItems": _measured(list, lambda length, bound: length < bound),
    "maxItems": _measured(list, lambda length, bound: length > bound),
    "minimum": _compared(lambda value, bound: value < bound),
    "maximum": _compared(lambda value, bound: value > bound),
    "exclusiveMinimum": _compared(lambda value, bound: value <= bound),
    "exclusiveMaximum": _compared(lambda value, bound: value >= bound),
    "allOf": _all_of,
    "anyOf": _any_of,
    "oneOf": _one_of,
    "if": _if,
    NEVER: _never,
}

_VALIDATOR: Any = validators.create(
    Draft202012Validator.META_SCHEMA,
    {name: _counted(keyword) for name, keyword in _KEYWORDS.items()},
    type_checker=TypeChecker(_IS_TYPE),
)
