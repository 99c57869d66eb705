"""From a tree of text to a typed value, or every reason why not, each with its line.

Works for pydantic models and for plain dataclasses with `Annotated` fields.  Validation, defaults and
the JSON Schema for editors come from the one definition.
"""

from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from gateway.case.texts import Text
from gateway.files.findings import Finding, Findings, KeyPath, in_order, key_text
from gateway.files.misfits import Misfit
from gateway.files.tree import Tree, Value
from gateway.files.wording import UNKNOWN_KEY, missing_text, unknown_text, wording

T = TypeVar("T")

Schema = Mapping[str, Any]

_ADAPTERS: dict[type[Any], TypeAdapter[Any]] = {}


def check(tree: Tree, shape: type[T]) -> T | Findings:
    """Return the content of `tree` as a `shape`, or everything that does not fit."""
    try:
        fitting: T = _adapter(shape).validate_python(tree.data)
        return fitting
    except ValidationError as error:
        return in_order(_findings(tree, schema_of(shape), error.errors(include_url=False)))


def schema_of(shape: type[Any]) -> Schema:
    """Return the JSON Schema of a file of `shape`."""
    return _adapter(shape).json_schema()


def _adapter(shape: type[Any]) -> TypeAdapter[Any]:
    # Building an adapter costs milliseconds; shapes are few and live as long as the process.
    if shape not in _ADAPTERS:
        _ADAPTERS[shape] = TypeAdapter(shape)
    return _ADAPTERS[shape]


def _findings(tree: Tree, schema: Schema, errors: list[ErrorDetails]) -> Iterator[Finding]:
    paths = [_written_path(tree, error["loc"]) for error in errors]
    meant: set[KeyPath] = set()
    for error, path in zip(errors, paths, strict=True):
        if error["type"] in UNKNOWN_KEY:
            near = _near(tree, schema, path)
            meant |= {(*path[:-1], near)} if near else set()
            yield _at(tree, path, unknown_text(path, near, _known(schema, path[:-1])))
    for error, path in zip(errors, paths, strict=True):
        if error["type"] in UNKNOWN_KEY or _follows(error, path, meant):
            continue
        yield _at(tree, path, _said(error, path, schema))


def _follows(error: ErrorDetails, path: KeyPath, meant: set[KeyPath]) -> bool:
    """Whether `error` only follows from others that are told: a key misspelt, or entries that do not fit."""
    if error["type"].startswith("missing"):
        return path in meant
    if error["type"] == "too_short":
        return len(error["input"]) >= int(error.get("ctx", {}).get("min_length", 0))
    return False


def _at(tree: Tree, path: KeyPath, said: tuple[Text, Text]) -> Finding:
    return Finding(tree.file, tree.line(path), key_text(path), *said)


def _said(error: ErrorDetails, path: KeyPath, schema: Schema) -> tuple[Text, Text]:
    if error["type"].startswith("missing"):
        return missing_text(path)
    facts: dict[str, Any] = dict(error.get("ctx", {}))
    misfit = facts.get("error")
    if isinstance(misfit, Misfit):
        return misfit.problem, misfit.fix
    return wording(error["type"], error["input"], facts, _words(_at_path(schema, path, schema)))


def _written_path(tree: Tree, loc: tuple[int | str, ...]) -> KeyPath:
    """Return `loc` without the steps that only pydantic knows, such as the member of a union."""
    path: KeyPath = ()
    value: Value = tree.data
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


def _near(tree: Tree, schema: Schema, path: KeyPath) -> str | None:
    """Return the key of the shape that was probably meant at `path` and is not there yet."""
    present = {step[-1] for step in tree.lines if step and step[:-1] == path[:-1]}
    candidates = [name for name in _known(schema, path[:-1]) if name not in present]
    close = get_close_matches(str(path[-1]).lower().replace("-", "_"), candidates, n=1, cutoff=0.6)
    return close[0] if close else None


def _known(schema: Schema, path: KeyPath) -> list[str]:
    return list(_at_path(schema, path, schema).get("properties", {}))


def _words(schema: Schema) -> list[str]:
    """Return the words allowed where `schema` describes a closed list."""
    if "const" in schema:
        return [str(schema["const"])]
    return [str(word) for word in schema.get("enum", ())]


def _at_path(schema: Schema, path: KeyPath, root: Schema) -> Schema:
    """Return the part of `root` that describes `path`, or an empty one."""
    schema = _resolved(schema, root)
    for step in path:
        if isinstance(step, int):
            schema = schema.get("items", {})
        else:
            schema = schema.get("properties", {}).get(step) or schema.get("additionalProperties") or {}
        schema = _resolved(schema if isinstance(schema, Mapping) else {}, root)
    return schema


def _resolved(schema: Schema, root: Schema) -> Schema:
    while True:
        if "$ref" in schema:
            schema = root["$defs"][str(schema["$ref"]).rsplit("/", 1)[-1]]
            continue
        members = schema.get("anyOf") or schema.get("allOf")
        if not members:
            return schema
        schema = next((member for member in members if member.get("type") != "null"), members[0])
