"""Whether a definition of an item (事项) can be published: contradictions refuse it, doubts are told.

Guarantees that everything wrong is found at once, that each finding names the field (`materials[2].copies`), and that
its texts are words a bureau's clerk can act on.  Pure: the same definition has the same findings everywhere.

Source: GB/T 39554.1-2020 (codes), GB/T 39554.2-2020 (elements), 行政许可法 art. 32 and 42; the consistency checks are
those auditors of item lists run.

Leaves to others: codes and levels (`item_identity`), limits (`item_limits`), other promises (`item_promises`), materials and steps
(`item_checklist`), whether places exist (the table of divisions), how versions follow one another.
"""

from gateway.case import item_checklist, item_identity, item_limits, item_promises
from gateway.case.errors import FieldFinding
from gateway.case.form_schema import schema_problems
from gateway.case.items import ItemDefinition


def definition_problems(definition: ItemDefinition) -> tuple[FieldFinding, ...]:
    """Return what forbids publishing `definition`, in the order of its fields; empty when it may be published."""
    return (
        *item_identity.problems(definition),
        *item_limits.problems(definition),
        *item_promises.problems(definition),
        *item_checklist.problems(definition),
        *(schema_problems(definition.form_schema) if definition.form_schema else ()),
    )


def definition_doubts(definition: ItemDefinition) -> tuple[FieldFinding, ...]:
    """Return what staff should look at in `definition`; nothing of it forbids publishing."""
    return (
        *item_identity.doubts(definition),
        *item_limits.doubts(definition),
        *item_promises.doubts(definition),
        *item_checklist.doubts(definition),
    )
