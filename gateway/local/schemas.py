"""Pieces of JSON Schema (2020-12) of which the schemas of answers are made."""

from gateway.case.states import State

Schema = dict[str, object]

TEXT: Schema = {"type": "string"}
NUMBER: Schema = {"type": "integer"}
FLAG: Schema = {"type": "boolean"}
INSTANT: Schema = {"type": "string", "format": "date-time"}
BOTH: Schema = {"$ref": "#/components/schemas/Text"}
STATE: Schema = {"type": "string", "enum": [state.value for state in State]}


def obj(properties: Schema, *, optional: tuple[str, ...] = (), more: bool = False) -> Schema:
    """Return the schema of an object with these members, and no others unless `more`."""
    required = [name for name in properties if name not in optional]
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": more}


def list_of(items: Schema) -> Schema:
    """Return the schema of a list."""
    return {"type": "array", "items": items}


def or_null(schema: Schema) -> Schema:
    """Return the schema of a value that may be null."""
    return {"anyOf": [schema, {"type": "null"}]}
