"""四个一致: whether two regions demand and promise the same for one item."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.case.item.definition import (
    CaseType,
    HandlingItem,
    ItemDefinition,
    ItemMaterial,
    ItemStep,
    MaterialShape,
    Need,
    ServiceObject,
    Source,
    TimeLimit,
    TimeUnit,
    Way,
)
from gateway.case.item.differences import PENALTY, Difference, mean
from gateway.case.item.parity import Comparison, Dimension, Severity, compare, partner_score
from gateway.case.kinds import StepKind, SuspensionKind
from tests.build import a_definition

SERIOUS, MINOR, NOTE = Severity.SERIOUS, Severity.MINOR, Severity.NOTE
ID_CARD = ItemMaterial("A010", "居民身份证", originals=1)
DAYS, CALENDAR = TimeUnit.WORKING_DAY, TimeUnit.CALENDAR_DAY


def differ(ours: dict[str, Any], theirs: dict[str, Any]) -> list[tuple[str, str, Severity]]:
    found = compare(a_definition(**ours), a_definition(**theirs))
    return [(one.dimension.value, one.field, one.severity) for one in found.differences]


def one_field(name: str, ours: Any, theirs: Any) -> list[tuple[str, str, Severity]]:
    return differ({name: ours}, {name: theirs})


def materials(ours: list[ItemMaterial], theirs: list[ItemMaterial]) -> list[tuple[str, str, Severity]]:
    found = differ({"materials": tuple(ours)}, {"materials": tuple(theirs)})
    assert {dimension for dimension, _, _ in found} <= {"materials"}
    return [(field, severity.value, severity) for _, field, severity in found]


@pytest.mark.parametrize(
    ("name", "ours", "theirs", "expected"),
    [
        ("name", "社会保障卡申领、补领、换领、换发", "《社会保障卡申领,补领,换领,换发》", []),
        ("name", "社会保障卡申领、补领、换领、换发", "社会保障卡申领、补领、换领", [("item", "name", NOTE)]),
        ("name", "社会保障卡申领、补领、换领、换发", "失业登记", [("item", "name", MINOR)]),
        ("basic_code", "000120011000", "000120011001", [("item", "basic_code", SERIOUS)]),
        ("basic_code", "422014120000", "502014120000", [("item", "basic_code", NOTE)]),
        ("item_type", "01", "20", [("item", "item_type", SERIOUS)]),
        ("item_type", "07", "20", [("item", "item_type", MINOR)]),
        ("service_objects", (ServiceObject.PERSON,), (ServiceObject.ENTERPRISE,), [("item", "service_objects", SERIOUS)]),
        (
            "service_objects",
            (ServiceObject.PERSON, ServiceObject.OTHER),
            (ServiceObject.PERSON,),
            [("item", "service_objects", MINOR)],
        ),
        ("service_objects", (ServiceObject.PERSON,), (), [("item", "service_objects", NOTE)]),
        ("legal_bases", ("《社会保险法》第五十八条",), ("社会保险法 第五十八条",), []),
        ("legal_bases", ("《社会保险法》",), ("《社会保险法》", "《某省条例》"), [("item", "legal_bases", NOTE)]),
        ("legal_bases", ("《社会保险法》",), ("《某省条例》",), [("item", "legal_bases", MINOR)]),
        (
            "handling_items",
            (HandlingItem("x01", "补领"), HandlingItem("x02", "换领")),
            (HandlingItem("y05", "换领"),),
            [("item", "handling_items", MINOR)],
        ),
        ("handling_items", (HandlingItem("x01", "补领"),), (HandlingItem("y09", "补领"),), []),
        ("handling_items", (HandlingItem("x01", "补领"),), (), [("item", "handling_items", NOTE)]),
        ("visits", 0, 1, [("process", "visits", SERIOUS)]),
        ("visits", None, 1, [("process", "visits", NOTE)]),
        ("visits", None, 0, [("process", "visits", NOTE)]),
        ("visits", 1, 2, [("process", "visits", MINOR)]),
        ("ways", (Way.WINDOW,), (Way.WEB,), [("process", "ways", SERIOUS)]),
        ("ways", (Way.WINDOW, Way.WEB), (Way.WEB,), [("process", "ways", MINOR)]),
        ("online_depth", 3, 4, [("process", "online_depth", MINOR)]),
        ("online_depth", 0, 4, [("process", "online_depth", NOTE)]),
        ("legal_limit", TimeLimit(20), TimeLimit(45), [("limits", "legal_limit", SERIOUS)]),
        ("legal_limit", TimeLimit(20), None, [("limits", "legal_limit", MINOR)]),
        ("promised_limit", TimeLimit(10), TimeLimit(15), [("limits", "promised_limit", MINOR)]),
        ("promised_limit", TimeLimit(10), TimeLimit(25), [("limits", "promised_limit", SERIOUS)]),
        ("promised_limit", TimeLimit(10), TimeLimit(10, CALENDAR), [("limits", "promised_limit", MINOR)]),
        ("promised_limit", TimeLimit(0), TimeLimit(0, CALENDAR), []),
        ("acceptance_limit", TimeLimit(2), TimeLimit(5), [("limits", "acceptance_limit", MINOR)]),
        ("acceptance_limit", TimeLimit(2), TimeLimit(6), [("limits", "acceptance_limit", SERIOUS)]),
        ("acceptance_limit", TimeLimit(2), None, [("limits", "acceptance_limit", NOTE)]),
        ("case_type", CaseType.IMMEDIATE, CaseType.PROMISED, [("limits", "case_type", MINOR)]),
        ("special_procedures", (SuspensionKind.HEARING,), (), [("limits", "special_procedures", MINOR)]),
        (
            "special_procedures",
            (SuspensionKind.HEARING,),
            (SuspensionKind.APPRAISAL,),
            [("limits", "special_procedures", NOTE)],
        ),
        ("office_hours", "9-17", "8-16", []),
        ("department", "人社局", "人力社保局", []),
    ],
)  # fmt: skip
def test_a_field_weighs_what_its_rule_says(
    name: str, ours: Any, theirs: Any, expected: list[tuple[str, str, Severity]]
) -> None:
    assert one_field(name, ours, theirs) == expected
    assert one_field(name, theirs, ours) == expected


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"need": Need.OPTIONAL}, [("need", "serious", SERIOUS)]),
        ({"source": Source.GOVERNMENT}, [("source", "minor", MINOR)]),
        ({"shape": MaterialShape.PAPER}, [("shape", "minor", MINOR)]),
        ({"originals": 0}, [("originals", "serious", SERIOUS)]),
        ({"originals": 2}, [("originals", "minor", MINOR)]),
        ({"copies": 1}, [("copies", "minor", MINOR)]),
        ({"standard": "清晰"}, [("standard", "note", NOTE)]),
        ({"licence_type_code": "x" * 21}, [("licence_type_code", "minor", MINOR)]),
        ({"list_code": "Z01"}, []),
        ({"name": "《居民身份证》（原件）"}, []),
        ({"name": "身份证"}, [("name", "note", NOTE)]),
    ],
)
def test_a_material_on_both_sides_is_compared_field_by_field(
    changes: dict[str, Any], expected: list[tuple[str, str, Severity]]
) -> None:
    assert materials([ID_CARD], [replace(ID_CARD, **changes)]) == expected


def test_a_required_material_that_one_side_demands_alone_is_serious_and_another_is_not() -> None:
    extra = ItemMaterial("B1", "婚姻状况证明")

    assert materials([ID_CARD], [ID_CARD, extra]) == [("material", "serious", SERIOUS)]
    assert materials([ID_CARD, replace(extra, need=Need.LATER)], [ID_CARD]) == [("material", "minor", MINOR)]


def test_materials_are_paired_by_name_before_codes_because_each_region_numbers_its_own_list() -> None:
    photo = ItemMaterial("A020", "免冠照片")
    swapped = [replace(ID_CARD, list_code="A020"), replace(photo, list_code="A010")]

    assert materials([ID_CARD, photo], swapped) == []


def test_materials_of_two_people_are_never_taken_for_one() -> None:
    father, mother = (ItemMaterial("A1", f"{who}居民身份证") for who in ("父亲", "母亲"))

    assert [severity for _, _, severity in materials([father], [mother])] == [SERIOUS, SERIOUS]


def test_a_licence_type_pairs_materials_of_different_names() -> None:
    ours = ItemMaterial("A1", "学历证明", licence_type_code="x" * 21)

    assert materials([ours], [replace(ours, name="毕业证书", list_code="B9")]) == [("name", "note", NOTE)]


def test_steps_are_known_by_what_they_are_and_not_by_what_they_are_called() -> None:
    def steps(*names: tuple[StepKind, str]) -> tuple[ItemStep, ...]:
        return tuple(ItemStep(kind, name) for kind, name in names)

    review, decide = (StepKind.REVIEW, "审查"), (StepKind.DECISION, "决定")
    assert one_field("steps", steps(review, decide), steps((StepKind.REVIEW, "审核"), decide)) == []
    assert one_field("steps", steps(review, decide), steps(decide, review)) == [("process", "steps.order", NOTE)]
    assert one_field("steps", steps(review, review, decide), steps(review, decide)) == [("process", "steps", MINOR)]
    assert one_field("steps", steps(decide, (StepKind.OTHER, "听证")), steps(decide)) == [("process", "steps", MINOR)]
    assert one_field("steps", (ItemStep(*decide, TimeLimit(3)),), (ItemStep(*decide, TimeLimit(5)),)) == [
        ("process", "steps.limit", MINOR)
    ]


def test_scores_are_what_the_formula_says() -> None:
    worse = compare(a_definition(), a_definition(visits=1, promised_limit=TimeLimit(15), online_depth=0))

    assert [worse.score_of(dimension) for dimension in Dimension] == [100, 100, 73, 92]
    assert worse.score == 91
    assert mean([100, 73]) == 87
    assert partner_score([worse, compare(a_definition(), a_definition())]) == 96
    assert partner_score([]) == 100


NAMES = st.sampled_from(
    ["居民身份证", "身份证", "户口簿", "户口本", "父亲居民身份证", "照片", "申请表", "社保卡申请表", ""]
)
LIMITS = st.none() | st.builds(TimeLimit, st.sampled_from([0, 5, 10, 20, 30]), st.sampled_from(TimeUnit))
MATERIALS = st.builds(
    ItemMaterial,
    st.sampled_from(["A1", "A2", "A3"]),
    NAMES,
    st.sampled_from(Need),
    st.sampled_from(Source),
    st.sampled_from(MaterialShape),
    st.integers(0, 2),
    st.integers(0, 2),
    st.sampled_from(["", "清晰"]),
    st.sampled_from(["", "T1", "T2"]),
)
DEFINITIONS = st.builds(
    ItemDefinition,
    basic_code=st.sampled_from(["000120011000", "422014120000", "502014120000"]),
    name=NAMES,
    division=st.just("422800"),
    version=st.just(1),
    item_type=st.sampled_from(["01", "07", "20"]),
    exercise_level=st.just(a_definition().exercise_level),
    case_type=st.sampled_from(CaseType),
    valid_from=st.just(date(2026, 1, 1)),
    handling_items=st.lists(st.builds(HandlingItem, st.sampled_from(["01", "02"]), NAMES), max_size=2).map(tuple),
    service_objects=st.lists(st.sampled_from(ServiceObject), max_size=3).map(tuple),
    legal_bases=st.lists(st.sampled_from(["《甲法》", "乙法", "丙条例"]), max_size=2).map(tuple),
    ways=st.lists(st.sampled_from(Way), max_size=3).map(tuple),
    online_depth=st.integers(0, 4),
    materials=st.lists(MATERIALS, max_size=4).map(tuple),
    steps=st.lists(
        st.builds(ItemStep, st.sampled_from(StepKind), st.sampled_from(["审查", "听证", "决定"]), LIMITS), max_size=4
    ).map(tuple),
    legal_limit=LIMITS,
    promised_limit=LIMITS,
    acceptance_limit=LIMITS,
    special_procedures=st.lists(st.sampled_from(SuspensionKind), max_size=2).map(tuple),
    visits=st.integers(0, 2),
    visits_reason=st.sampled_from(["", "核验原件"]),
)


@given(DEFINITIONS)
def test_a_definition_is_the_same_as_itself(one: ItemDefinition) -> None:
    found = compare(one, one)

    assert found.differences == ()
    assert found.score == 100


def sides(found: Comparison, *, swap: bool = False) -> list[tuple[Any, ...]]:
    def key(one: Difference) -> tuple[Any, ...]:
        ours, theirs = (one.theirs, one.ours) if swap else (one.ours, one.theirs)
        return one.dimension.value, one.field, one.subject, one.severity.value, ours.zh, theirs.zh

    return sorted(map(key, found.differences))


@given(DEFINITIONS, DEFINITIONS)
def test_swapping_the_sides_swaps_the_differences_and_nothing_else(one: ItemDefinition, other: ItemDefinition) -> None:
    there, back = compare(one, other), compare(other, one)

    assert sides(there) == sides(back, swap=True)
    assert there.score == back.score
    assert there.differences == compare(one, other).differences


@given(DEFINITIONS, DEFINITIONS)
def test_scores_are_between_0_and_100_and_every_difference_says_why_in_both_languages(
    one: ItemDefinition, other: ItemDefinition
) -> None:
    found = compare(one, other)

    assert 0 <= found.score <= 100
    for difference in found.differences:
        assert difference.why.zh
        assert difference.why.en
        assert difference.ours != difference.theirs or difference.field == "material"
        assert found.score_of(difference.dimension) <= 100 - PENALTY[difference.severity]
