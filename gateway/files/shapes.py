"""From a tree of text to a typed value, or every reason why not, each with its line.

Works for pydantic models and for plain dataclasses with `Annotated` fields.  Validation, defaults and
the JSON Schema for editors come from the one definition.

Bound: the first `MAX_ERRORS` of a file are told; what a file may hold is bounded by its shape (`max_length` of lists).
"""

from collections.abc import Iterator
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from gateway.case.texts import Text
from gateway.files.findings import Finding, Findings, KeyPath, in_order
from gateway.files.misfits import Misfit
from gateway.files.near_keys import homes_of, key_meant
from gateway.files.schema_paths import Schema, examples_at, keys_at, part_at, words_of
from gateway.files.tree import Tree, Value
from gateway.files.wording import UNKNOWN_KEY, empty_text, missing_text, one_value_text, unknown_text, wording

T = TypeVar("T")

MAX_ERRORS = 200

_ADAPTERS: dict[type[Any], TypeAdapter[Any]] = {}
_SCHEMAS: dict[type[Any], Schema] = {}


def check(tree: Tree, shape: type[T]) -> T | Findings:
    """Return the content of `tree` as a `shape`, or everything that does not fit."""
    found = validated(tree.data, shape)
    return in_order(told(tree, shape, found)) if isinstance(found, list) else found


def validated(data: Value, shape: type[T]) -> T | list[ErrorDetails]:
    """Return `data` as a `shape`, or the first `MAX_ERRORS` reasons why not, as pydantic says them."""
    try:
        fitting: T = _adapter(shape).validate_python(data)
        return fitting
    except ValidationError as error:
        return error.errors(include_url=False)[:MAX_ERRORS]


def told(tree: Tree, shape: type[Any], errors: list[ErrorDetails]) -> Iterator[Finding]:
    """Yield what pydantic said in words, each at its line; what only follows from another finding is left out."""
    schema = schema_of(shape)
    paths = [written_path(tree.data, error["loc"]) for error in errors]
    meant: set[KeyPath] = set()
    for error, path in zip(errors, paths, strict=True):
        if error["type"] in UNKNOWN_KEY:
            near = key_meant(tree.data, schema, path)
            meant |= {(*path[:-1], near)} if near else set()
            yield _at(tree, path, _unknown(tree, schema, path, near))
    for error, path in zip(errors, paths, strict=True):
        if error["type"] in UNKNOWN_KEY or _follows(error, path, meant):
            continue
        yield _at(tree, path, _said(error, path, schema))


def schema_of(shape: type[Any]) -> Schema:
    """Return the JSON Schema of a file of `shape`, as pydantic makes it."""
    if shape not in _SCHEMAS:
        _SCHEMAS[shape] = _adapter(shape).json_schema()
    return _SCHEMAS[shape]


def written_path(data: Value, loc: tuple[int | str, ...]) -> KeyPath:
    """Return `loc` without the steps that only pydantic knows, such as the member of a union."""
    path: KeyPath = ()
    value: Value = data
    for position, step in enumerate(loc):
        if isinstance(value, dict) and isinstance(step, str):
            if step in value:
                value = value[step]
            elif position < len(loc) - 1:
                continue
            path = (*path, step)
        elif isinstance(value, list) and isinstance(step, int):
            value = value[step] if step < len(value) else None
            path = (*path, step)
    return path


def _adapter(shape: type[Any]) -> TypeAdapter[Any]:
    # Building an adapter costs milliseconds; shapes are few and live as long as the process.
    if shape not in _ADAPTERS:
        _ADAPTERS[shape] = TypeAdapter(shape)
    return _ADAPTERS[shape]


def _follows(error: ErrorDetails, path: KeyPath, meant: set[KeyPath]) -> bool:
    """Whether `error` only follows from others that are told: a key misspelt, or entries that do not fit."""
    if error["type"].startswith("missing"):
        return path in meant
    return is_echo(error)


def is_echo(error: ErrorDetails) -> bool:
    """Whether a list counts as too short only because of entries that do not fit, which are told themselves."""
    return error["type"] == "too_short" and len(error["input"]) >= int(error.get("ctx", {}).get("min_length", 0))


def _at(tree: Tree, path: KeyPath, said: tuple[Text, Text]) -> Finding:
    return tree.finding(path, *said)


def _unknown(tree: Tree, schema: Schema, path: KeyPath, near: str | None) -> tuple[Text, Text]:
    first = tree.lines.get((*path[:-1], near)) if near else None
    return unknown_text(path, near, first, keys_at(schema, path[:-1]), homes_of(schema, path))


def _said(error: ErrorDetails, path: KeyPath, schema: Schema) -> tuple[Text, Text]:
    part = part_at(schema, path)
    if error["type"].startswith("missing"):
        return missing_text(path, words_of(part), examples_at(part))
    facts: dict[str, Any] = dict(error.get("ctx", {}))
    if error["input"] is None:
        return empty_text()
    misfit = facts.get("error")
    if isinstance(misfit, Misfit):
        return (
            one_value_text(error["input"])
            if isinstance(error["input"], dict) or _holds_much(error["input"], part)
            else (misfit.problem, misfit.fix)
        )
    return wording(error["type"], error["input"], facts, words_of(part))


def _holds_much(value: object, part: Schema) -> bool:
    """Whether a list stands where the shape has one value."""
    return isinstance(value, list) and part.get("type") != "array"
