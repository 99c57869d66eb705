"""Whether a definition of an item (事项) can be published: contradictions refuse it, doubts are told.

Guarantees that everything wrong is found at once, that each finding names the field (`materials[2].copies`), and that
its texts are words a bureau's clerk can act on.  Pure: the same definition has the same findings everywhere.

Source: GB/T 39554.1-2020 (codes), GB/T 39554.2-2020 (elements), 行政许可法 art. 32 and 42; the consistency checks are
those auditors of item lists run.

Leaves to others: codes and levels (`identity`), limits (`limit_rules`), other promises (`promises`), materials and steps
(`checklist_rules`), whether places exist (the table of divisions), how versions follow one another.
"""

from gateway.case.errors import FieldFinding
from gateway.case.form.schema import schema_problems
from gateway.case.item import checklist_rules, identity, limit_rules, promises
from gateway.case.item.definition import ItemDefinition


def definition_problems(definition: ItemDefinition) -> tuple[FieldFinding, ...]:
    """Return what forbids publishing `definition`, in the order of its fields; empty when it may be published."""
    return (
        *identity.problems(definition),
        *limit_rules.problems(definition),
        *promises.problems(definition),
        *checklist_rules.problems(definition),
        *(schema_problems(definition.form_schema) if definition.form_schema else ()),
    )


def definition_doubts(definition: ItemDefinition) -> tuple[FieldFinding, ...]:
    """Return what staff should look at in `definition`; nothing of it forbids publishing."""
    return (
        *identity.doubts(definition),
        *limit_rules.doubts(definition),
        *promises.doubts(definition),
        *checklist_rules.doubts(definition),
    )
