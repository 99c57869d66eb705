"""What a body may contain, read off its JSON Schema: the keys of an object, the words of a closed list."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import TypeAdapter

Schema = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Outline:
    """The schema of one body; a path is keys, and any integer for a position in a list."""

    root: Schema

    @classmethod
    def of(cls, adapter: TypeAdapter[Any]) -> "Outline":
        """Return the outline of what an adapter reads."""
        return cls(adapter.json_schema())

    def keys(self, path: tuple[str | int, ...]) -> list[str]:
        """Return the keys an object at `path` may have; of a union, those of all its members."""
        found: dict[str, None] = {}
        for schema in self._at(path):
            found |= dict.fromkeys(schema.get("properties", {}))
        return list(found)

    def words(self, path: tuple[str | int, ...]) -> list[str]:
        """Return the words allowed at `path`, none when it is no closed list."""
        found: dict[str, None] = {}
        for schema in self._at(path):
            listed = [schema["const"]] if "const" in schema else schema.get("enum", ())
            found |= dict.fromkeys(str(word) for word in listed)
        return list(found)

    def types(self, path: tuple[str | int, ...]) -> set[str]:
        """Return the JSON types a value at `path` may have."""
        return {str(schema["type"]) for schema in self._at(path) if "type" in schema}

    def is_list(self, path: tuple[str | int, ...]) -> bool:
        """Whether a list stands at `path`."""
        return "array" in self.types(path)

    def is_object(self, path: tuple[str | int, ...]) -> bool:
        """Whether an object with known keys stands at `path`."""
        return bool(self.keys(path))

    def _at(self, path: tuple[str | int, ...]) -> list[Schema]:
        schemas = list(self._members(self.root))
        for step in path:
            inner = [
                schema.get("items") if isinstance(step, int) else schema.get("properties", {}).get(step)
                for schema in schemas
            ]
            schemas = [member for schema in inner if schema for member in self._members(schema)]
        return schemas

    def _members(self, schema: Schema) -> Iterator[Schema]:
        if "$ref" in schema:
            schema = self.root["$defs"][str(schema["$ref"]).rsplit("/", 1)[-1]]
        members = schema.get("oneOf") or schema.get("anyOf")
        if members is None:
            yield schema
            return
        for member in members:
            yield from self._members(member)
