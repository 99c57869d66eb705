"""Whether a case meets what an item demands: mode, applicant, form, materials; every gap at once.

Guarantees: the same case and definition give the same findings in the same order; texts name the field or material and the
place, as window staff speak, and never what somebody filled in.

Leaves to others: which definition binds, and whether the item may be handled at all (`flows.items.check_requirements`); what the
agreement grants is told by `power_gaps`.
"""

from collections.abc import Iterator

from gateway.case.days import day_in_china
from gateway.case.errors import FieldFinding
from gateway.case.form.schema import form_problems
from gateway.case.item.definition import ItemDefinition, ServiceObject
from gateway.case.item.material_gaps import Terms, material_gaps
from gateway.case.item.words import MODE_TEXT, OBJECT_TEXT
from gateway.case.kinds import Power
from gateway.case.model import Case, Organisation
from gateway.case.texts import Text

_ORGANISATIONS = frozenset(ServiceObject) - {ServiceObject.PERSON}
# GB 32100-2015 §4.2: the registering department and the kind of organisation; a code that says less may be any of them.
_BY_USCC = {
    "11": frozenset({ServiceObject.AGENCY, ServiceObject.OTHER}),
    "12": frozenset({ServiceObject.INSTITUTION, ServiceObject.OTHER}),
    "51": frozenset({ServiceObject.SOCIAL_ORGANISATION, ServiceObject.OTHER}),
    "52": frozenset({ServiceObject.SOCIAL_ORGANISATION, ServiceObject.OTHER}),
    "53": frozenset({ServiceObject.SOCIAL_ORGANISATION, ServiceObject.OTHER}),
    "91": frozenset({ServiceObject.ENTERPRISE, ServiceObject.OTHER}),
    # 个体工商户 counts as a natural person in some lists and as an organisation in others.
    "92": frozenset({ServiceObject.PERSON, ServiceObject.ENTERPRISE, ServiceObject.OTHER}),
    "93": frozenset({ServiceObject.ENTERPRISE, ServiceObject.OTHER}),
}


def gaps(
    case: Case,
    definition: ItemDefinition,
    *,
    place: Text,
    callable_types: frozenset[str] | None = None,
    powers: frozenset[Power] | None = None,
) -> tuple[FieldFinding, ...]:
    """Return everything in which a case falls short of a definition; empty when it meets it.

    Args:
        place: short name of the place that demands, such as 利川市.
        callable_types: types of electronic licences that can be looked up; None when that is not known.
        powers: what the agreement lets the window do; None when no agreement is looked at.
    """
    return (
        *_mode(case, definition, place),
        *_applicant(case, definition, place),
        *_handling_item(case, definition, place),
        *form_problems(case.form_json, definition.form_schema, today=day_in_china(case.received_at_window)),
        *material_gaps(case, definition, Terms(place, callable_types, powers)),
    )


def power_gaps(case: Case, powers: frozenset[Power], place: Text) -> tuple[FieldFinding, ...]:
    """Return what the window did in the handler's name without being granted it: 原件核验权 for every original seen."""
    if Power.VERIFY_ORIGINALS in powers:
        return ()
    problem = Text(
        "协议没有授予原件核验权, “{name}”不能登记为已由收件地核验原件",
        "the agreement does not let the window verify originals, so “{name}” cannot be entered as seen there",
    )
    fix = Text("去掉 original_seen; 需要原件时邮寄给{place}", "leave original_seen out; mail originals {place} needs")
    return tuple(
        FieldFinding(
            f"materials[{position}].original_seen",
            problem.format(name=material.list_code or f"materials[{position}]"),
            fix.format(place=place),
        )
        for position, material in enumerate(case.materials)
        if material.original_seen
    )


def _mode(case: Case, definition: ItemDefinition, place: Text) -> Iterator[FieldFinding]:
    if definition.modes and case.mode not in definition.modes:
        offered = definition.modes
        yield FieldFinding(
            "mode",
            Text("{place}的“{item}”不能以{mode}方式办理", "{place} does not handle “{item}” {mode}").format(
                place=place, item=definition.name, mode=MODE_TEXT[case.mode]
            ),
            Text("可以选: {modes}", "choose from: {modes}").format(modes=_listed(MODE_TEXT[mode] for mode in offered)),
        )


def _applicant(case: Case, definition: ItemDefinition, place: Text) -> Iterator[FieldFinding]:
    if not definition.service_objects:
        return
    is_organisation = isinstance(case.applicant, Organisation)
    fitting = (
        _BY_USCC.get(case.applicant.uscc[:2], _ORGANISATIONS)
        if isinstance(case.applicant, Organisation)
        else frozenset({ServiceObject.PERSON})
    )
    if fitting.isdisjoint(definition.service_objects):
        yield FieldFinding(
            "applicant",
            Text(
                "{place}的“{item}”只面向{objects}, 本件申请人是{kind}",
                "{place} offers “{item}” to {objects} only, not to {kind}",
            ).format(
                place=place,
                item=definition.name,
                objects=_listed(OBJECT_TEXT[one] for one in definition.service_objects),
                kind=Text("组织", "this kind of organisation")
                if is_organisation
                else Text("自然人", "natural persons"),
            ),
            Text("核对申请人类型和事项", "check the kind of applicant and the item"),
        )


def _handling_item(case: Case, definition: ItemDefinition, place: Text) -> Iterator[FieldFinding]:
    codes = [one.code for one in definition.handling_items]
    given = case.item.handling_item_code
    if given and codes and given not in codes:
        listed = ", ".join(f"{one.code} {one.name}".strip() for one in definition.handling_items[:20])
        yield FieldFinding(
            "item.handling_item_code",
            Text("{place}的“{item}”没有这个业务办理项", "“{item}” of {place} has no such handling item").format(
                place=place, item=definition.name
            ),
            Text(f"可以写: {listed}", f"write one of: {listed}"),
        )


def _listed(texts: Iterator[Text]) -> Text:
    listed = tuple(texts)
    return Text("、".join(one.zh for one in listed), ", ".join(one.en for one in listed))
