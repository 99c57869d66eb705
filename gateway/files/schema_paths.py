"""Looking things up in the JSON Schema of a file: which keys and words are allowed where."""

from collections.abc import Iterator, Mapping
from typing import Any

from gateway.files.findings import KeyPath

Schema = Mapping[str, Any]


def part_at(root: Schema, path: KeyPath) -> Schema:
    """Return the part of `root` that describes `path`, or an empty one."""
    schema = resolved(root, root)
    for step in path:
        if isinstance(step, int):
            schema = schema.get("items", {})
        else:
            schema = schema.get("properties", {}).get(step) or schema.get("additionalProperties") or {}
        schema = resolved(schema if isinstance(schema, Mapping) else {}, root)
    return schema


def keys_at(root: Schema, path: KeyPath) -> list[str]:
    """Return the keys a mapping at `path` may have."""
    return list(part_at(root, path).get("properties", {}))


def words_of(part: Schema) -> list[str]:
    """Return the words allowed where `part` describes a closed list."""
    if "const" in part:
        return [str(part["const"])]
    return [str(word) for word in part.get("enum", ())]


def examples_at(part: Schema) -> list[str]:
    """Return how a value may look, as far as the shape says."""
    return [str(example) for example in part.get("examples", ())]


def parts(root: Schema) -> Iterator[tuple[str, Schema]]:
    """Yield every key with the part that describes it; entries of lists are written `[]`, as in `agreements[].items[].name`."""
    yield from _below(root, root, "")


def resolved(schema: Schema, root: Schema) -> Schema:
    """Return a part with references followed and, of a choice, the first that is not null."""
    while True:
        if "$ref" in schema:
            schema = root["$defs"][str(schema["$ref"]).rsplit("/", 1)[-1]]
            continue
        members = schema.get("anyOf") or schema.get("allOf")
        if not members:
            return schema
        schema = next((member for member in members if member.get("type") != "null"), members[0])


def _below(schema: Schema, root: Schema, above: str) -> Iterator[tuple[str, Schema]]:
    schema = resolved(schema, root)
    if schema.get("type") == "array":
        yield from _below(schema.get("items", {}), root, above + "[]")
        return
    for name, part in schema.get("properties", {}).items():
        key = f"{above}.{name}" if above else name
        yield key, part
        yield from _below(part, root, key)
    more = schema.get("additionalProperties")
    if isinstance(more, Mapping):
        yield from _below(more, root, f"{above}.*" if above else "*")
