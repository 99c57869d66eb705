"""Schemas of items in the interface description, made from the definition itself."""

import copy
from typing import Any

import msgspec

from gateway.case.item.definition import ItemDefinition
from gateway.case.model import Mode
from gateway.local.schemas import FLAG, NUMBER, TEXT, Schema, list_of, obj, or_null


def _refs(name: str) -> dict[str, Any]:
    return {"$ref": f"#/components/schemas/{name}"}


def _definitions() -> dict[str, dict[str, Any]]:
    _, parts = msgspec.json.schema_components((ItemDefinition,), ref_template="#/components/schemas/{name}")
    material = copy.deepcopy(parts["ItemMaterial"])
    material["title"] = "DemandedMaterial"
    material["properties"]["licence_callable"] = {
        "type": ["boolean", "null"],
        "description": "whether its licence can be looked up here; null when that is not known",
    }
    demanded = copy.deepcopy(parts["ItemDefinition"])
    demanded["title"] = "DemandedItem"
    demanded["properties"]["form_schema"] = {"type": ["object", "null"], "description": "JSON Schema of the form"}
    demanded["properties"]["materials"] = {"type": "array", "items": _refs("DemandedMaterial")}
    parts["ItemDefinition"]["properties"]["form_schema"] = {
        "type": ["string", "object", "null"],
        "description": "JSON Schema of the form, as text or as JSON",
    }
    return {**parts, "DemandedItem": demanded, "DemandedMaterial": material}


ITEM_ANSWERS: dict[str, Schema] = {
    **_definitions(),
    "ListedItem": obj(
        {
            "basic_code": TEXT,
            "name": TEXT,
            "region": TEXT,
            "region_name": TEXT,
            "modes": {"type": "array", "items": {"type": "string", "enum": [mode.value for mode in Mode]}},
            "agreements": list_of(TEXT),
            "published": FLAG,
            "task_codes": list_of(TEXT),
            "definition": or_null(_refs("DemandedItem")),
        }
    ),
    "ItemList": obj({"items": {"type": "array", "items": _refs("ListedItem")}, "next_cursor": or_null(TEXT)}),
    "ItemImport": obj({"definitions": {"type": "array", "items": _refs("ItemDefinition"), "minItems": 1}}),
    "ItemsImported": obj({"catalogue_version": NUMBER, "added": NUMBER, "unchanged": NUMBER, "new_versions": NUMBER}),
}
