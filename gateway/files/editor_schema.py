"""JSON Schema for editors: what a file may hold, with an explanation beside every key.

Made from the very shapes that files are checked against, so that editor and check cannot drift apart.  An editor sees one
value at a time; what two keys or two files must be together only the check can say.

Two readers differ: an editor reads bare `8443` as a number and `true` as a flag, here every value is text.  So where text is
wanted without a pattern, a number is right too.
"""

from collections.abc import Iterator, Mapping
from datetime import time, timedelta
from importlib.resources import files
from typing import Any

from pydantic import TypeAdapter
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from gateway.files.quantities import duration_text, size_text
from gateway.files.reader import parse
from gateway.files.tree import Tree

DIALECT = GenerateJsonSchema.schema_dialect
"""JSON Schema 2020-12."""

Part = dict[str, Any]


def editor_schema(name: str, title: str, shape: type[Any]) -> Part:
    """Return the JSON Schema of files of a shape.

    Args:
        name: of the schema, as in `schemas/<name>.schema.json`; texts about its keys are looked up by it.
    """
    schema: Part = TypeAdapter(shape).json_schema(schema_generator=_ForEditors)
    texts = key_texts(name)
    for key, part in _parts(schema, schema, ""):
        said = texts.get(key) or texts.get(key.replace("[]", ""))
        if said:
            part["description"] = said
    for part in schema.get("$defs", {}).values():
        part.pop("description", None)
    for part in _all(schema):
        # Titles are names of classes and fields again; a key may be called `title` too.
        if isinstance(part.get("title"), str):
            del part["title"]
        _loosen(part)
    head = {"$schema": DIALECT, "$id": f"urn:tongban:schema:{name}", "title": title}
    return head | {key: value for key, value in schema.items() if key not in ("title", "description")}


def key_texts(name: str) -> Mapping[str, str]:
    """Return what is said of every key of a file; empty where no page explains it."""
    source = files("gateway.files").joinpath(f"data/{name}-keys.yaml")
    if not source.is_file():
        return {}
    tree = parse(source.read_bytes(), f"{name}-keys.yaml")
    if not isinstance(tree, Tree):
        raise TypeError(f"{tree[0].file} is damaged: {tree[0].problem.en}")
    return {key: str(text).strip() for key, text in tree.data.items()}


class _ForEditors(GenerateJsonSchema):
    """Shows defaults as they are written in files: an editor puts them in when a key is completed."""

    def encode_default(self, dft: Any) -> Any:
        """Return a default as it is written."""
        if isinstance(dft, timedelta):
            return duration_text(dft)
        if isinstance(dft, time):
            return f"{dft:%H:%M}"
        return super().encode_default(dft)

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        """Return the schema of a value with a default; nothing is shown for one that may simply be left out."""
        made = super().default_schema(schema)
        default = made.get("default")
        if isinstance(default, int) and made.get("type") == "string":
            made["default"] = size_text(default)
        if default is None:
            made.pop("default", None)
        return made


def _parts(part: Part, root: Part, above: str) -> Iterator[tuple[str, Part]]:
    """Yield each key, entries of lists written `[]`, with the part that stands at it; shared parts come once each place."""
    part = _target(part, root)
    if part.get("type") == "array":
        yield from _parts(part.get("items", {}), root, f"{above}[]")
        return
    for name, inner in part.get("properties", {}).items():
        key = f"{above}.{name}" if above else name
        yield key, inner
        yield from _parts(inner, root, key)


def _target(part: Part, root: Part) -> Part:
    while True:
        if "$ref" in part:
            part = root["$defs"][str(part["$ref"]).rsplit("/", 1)[-1]]
        elif "anyOf" in part:
            part = next((member for member in part["anyOf"] if member.get("type") != "null"), part["anyOf"][0])
        else:
            return part


def _all(part: Any) -> Iterator[Part]:
    if isinstance(part, dict):
        yield part
        for inner in part.values():
            yield from _all(inner)
    elif isinstance(part, list):
        for inner in part:
            yield from _all(inner)


def _loosen(part: Part) -> None:
    """Let a number stand where any text may."""
    if part.get("type") == "string" and not {"pattern", "enum", "const", "format"} & part.keys():
        part["type"] = ["string", "number", "boolean"]
