"""Items as local systems read them: the handler's form, checklist, steps and limits, ready to be shown at a window.

The keys of a definition are those with which it is imported, but for two things: the schema of the form is JSON here,
and every material says whether its licence can be looked up.
"""

import msgspec
import orjson

from gateway.case.item.definition import ItemDefinition
from gateway.flows.items.look import ListedItem

Json = dict[str, object]


def item_content(listed: ListedItem, callable_licences: frozenset[str] | None) -> Json:
    """Return an item with what its handler demands.

    Args:
        callable_licences: types of licences that can be looked up here; None when that is not known.
    """
    demand = listed.demand
    definition = demand.definition
    return {
        "basic_code": listed.basic_code,
        "name": listed.name,
        "region": listed.region,
        "region_name": listed.region_name,
        "modes": [mode.value for mode in listed.modes],
        "agreements": list(listed.agreements),
        "published": demand.published,
        "task_codes": list(demand.choices),
        "definition": definition_content(definition, callable_licences) if definition else None,
    }


def definition_content(definition: ItemDefinition, callable_licences: frozenset[str] | None) -> Json:
    """Return a definition, its form schema as JSON with the exact characters it was published with."""
    content: Json = msgspec.to_builtins(definition)
    content["form_schema"] = orjson.Fragment(definition.form_schema) if definition.form_schema else None
    content["materials"] = [
        {**msgspec.to_builtins(material), "licence_callable": _callable(material.licence_type_code, callable_licences)}
        for material in definition.materials
    ]
    return content


def _callable(type_code: str, callable_licences: frozenset[str] | None) -> bool | None:
    if not type_code:
        return False
    return None if callable_licences is None else type_code in callable_licences
