import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.case.code.problems import Problem
from gateway.case.item.codes import (
    BasicCode,
    ExerciseLevel,
    HandlingItemCode,
    TaskCode,
    basic_code_doubts,
    basic_code_problems,
    handling_code_problems,
    split_basic_code,
    split_handling_code,
    split_task_code,
    task_code_problems,
)

VECTORS = json.loads((Path(__file__).parents[2] / "data/test_vectors.json").read_text("utf-8"))
TASK = "11440232MB2D06811W4000117051000"


def codes(problems: tuple[Problem, ...]) -> list[str]:
    return [problem.code for problem in problems]


@pytest.mark.parametrize("value", VECTORS["task_code_31"]["valid"])
def test_a_real_task_code_is_accepted_and_comes_back_from_its_parts(value: str):
    assert task_code_problems(value) == ()
    assert str(split_task_code(value)) == value


@pytest.mark.parametrize(("value", "parts"), VECTORS["task_code_31"]["split_example"].items())
def test_a_task_code_is_split_as_the_standard_says(value: str, parts: dict[str, str]):
    basic = BasicCode(
        parts["catalog_region"],
        parts["catalog_item_type"],
        parts["catalog_department"],
        parts["catalog_main"],
        parts["catalog_sub"],
    )
    assert split_task_code(value) == TaskCode(parts["uscc"], ExerciseLevel(parts["level"]), basic)
    assert str(basic) == parts["catalog"]
    assert basic.is_national


def test_a_task_code_in_a_real_case_number_is_accepted():
    assert task_code_problems(VECTORS["case_no_gd_43"]["example"][:31]) == ()


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("000117051000", []),
        ("422117051000", []),
        ("990117051000", ["ITEM_REGION"]),
        ("990017051000", ["ITEM_REGION", "ITEM_TYPE"]),
        ("003117051000", ["ITEM_TYPE"]),
        ("00011705100", ["LENGTH"]),
        ("00011705I000", ["CHARACTERS"]),
        ("９90017051000", ["FULL_WIDTH", "ITEM_REGION", "ITEM_TYPE"]),
        ("", ["EMPTY"]),
    ],
)
def test_every_problem_of_a_basic_code_is_told_at_once(value: str, expected: list[str]):
    assert codes(basic_code_problems(value)) == expected


def test_an_item_type_of_a_provinces_own_is_a_doubt_and_no_problem():
    assert codes(basic_code_doubts("442199806003")) == ["PROVINCIAL_ITEM_TYPE"]
    assert codes(basic_code_doubts("000117051000")) == []
    assert codes(basic_code_doubts("002017051000")) == []


def test_a_provincial_basic_code_is_not_shared_between_provinces():
    assert not split_basic_code("442199806003").is_national


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (TASK[:17] + "X" + TASK[18:], ["CHECK"]),
        (TASK[:18] + "8" + TASK[19:], ["ITEM_LEVEL"]),
        (TASK[:17] + "X8" + "9900" + TASK[23:], ["CHECK", "ITEM_LEVEL", "ITEM_REGION", "ITEM_TYPE"]),
        (TASK[:-1], ["LENGTH"]),
        (TASK.lower(), ["LOWER_CASE"]),
    ],
)
def test_every_problem_of_a_task_code_is_told_at_once(value: str, expected: list[str]):
    assert codes(task_code_problems(value)) == expected


def test_a_handling_item_code_is_a_task_code_and_a_sequence():
    assert handling_code_problems(TASK + "01") == ()
    assert split_handling_code(TASK + "01") == HandlingItemCode(split_task_code(TASK), "01")
    assert str(split_handling_code(TASK + "01")) == TASK + "01"
    assert codes(handling_code_problems(TASK)) == ["LENGTH"]


def test_the_sentence_says_which_part_of_the_task_code_is_wrong():
    (problem,) = task_code_problems(TASK[:17] + "X" + TASK[18:])
    assert problem.text.zh == ("事项实施编码第 1 至 18 位实施主体统一社会信用代码第 18 位校验位不正确，请逐位核对")


@pytest.mark.parametrize("split", [split_basic_code, split_task_code, split_handling_code])
def test_a_code_with_problems_is_not_split(split):
    with pytest.raises(ValueError, match="not a"):
        split("0001")


@given(st.text(alphabet="0123456789ABO４*x ", min_size=10, max_size=34))
def test_no_code_raises(value: str):
    for problems in (basic_code_problems(value), task_code_problems(value), handling_code_problems(value)):
        assert all("{" not in problem.text.zh + problem.text.en for problem in problems)
