"""How large and how deep a form's schema becomes when its references are followed, and which lead back to themselves.

A few lines of references that each stand twice double with every line; so the extent is computed once for each definition
and added up, never unfolded.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from gateway.case.form.schema_keywords import ONE_SCHEMA, SCHEMA_LISTS, definition_of

SCHEMA_DEPTH = 16
"""Schemas inside each other, references followed."""


@dataclass(slots=True)
class Extent:
    """Adds up schemas; `circular` names the definitions whose references lead back to them."""

    definitions: Mapping[str, object]
    circular: list[str] = field(default_factory=list)
    _known: dict[str, tuple[int, int]] = field(default_factory=dict)
    _open: list[str] = field(default_factory=list)

    def of(self, schema: object) -> tuple[int, int]:
        """Return how many schemas `schema` holds, and how deep it is."""
        inner = [self.of(one) for one in _inside(schema)]
        if isinstance(schema, dict) and isinstance(target := schema.get("$ref"), str):
            inner.append(self.of_definition(definition_of(target)))
        return 1 + sum(nodes for nodes, _ in inner), 1 + max((depth for _, depth in inner), default=0)

    def of_definition(self, name: str) -> tuple[int, int]:
        """Return the same for the definition of this name."""
        if name in self._open:
            if name not in self.circular:
                self.circular.append(name)
            return 0, 0
        if len(self._open) > SCHEMA_DEPTH:
            return 0, SCHEMA_DEPTH
        if name not in self._known:
            self._open.append(name)
            self._known[name] = self.of(self.definitions.get(name))
            self._open.pop()
        return self._known[name]


def _inside(schema: object) -> list[object]:
    """Return the schemas right inside; those in `$defs` count where they are referred to."""
    if not isinstance(schema, dict):
        return []
    found: list[object] = [schema[keyword] for keyword in sorted(ONE_SCHEMA) if keyword in schema]
    for keyword in sorted(SCHEMA_LISTS):
        listed = schema.get(keyword)
        found += listed if isinstance(listed, list) else []
    fields = schema.get("properties")
    return found + (list(fields.values()) if isinstance(fields, dict) else [])
