import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.cn import uscc

from gateway.case.code.organisations import USCC_ALPHABET, uscc_problems

VECTORS = json.loads((Path(__file__).parents[2] / "data/test_vectors.json").read_text("utf-8"))


def codes(value: str) -> list[str]:
    return [problem.code for problem in uscc_problems(value)]


@pytest.mark.parametrize("value", [*VECTORS["uscc"]["valid"], *VECTORS["uscc"]["synthetic"]])
def test_a_valid_code_has_no_problems(value: str):
    assert codes(value) == []


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("91370406L248941360", ["CHECK"]),
        ("1142280OMB0T00015R", ["CHARACTERS", "USCC_DIVISION"]),
        ("11422800MB0T00016R", ["ORGANISATION_CHECK", "CHECK"]),
        ("11422800MB0T00015", ["LENGTH"]),
        ("11422800mb0t00015r", ["LOWER_CASE"]),
        ("11422800MB0T0001５R", ["FULL_WIDTH"]),
        ("", ["EMPTY"]),
    ],
)
def test_every_problem_of_a_code_is_told_at_once(value: str, expected: list[str]):
    assert codes(value) == expected


def test_the_vectors_that_are_invalid_are_all_refused():
    assert all(codes(value) for value in VECTORS["uscc"]["invalid"])


def test_a_rural_collective_whose_code_begins_with_a_letter_is_accepted():
    body = "N2422801MB0T00015"
    assert codes(body + uscc.calc_check_digit(body)) == []


def test_a_wrong_organisation_code_is_seen_although_the_outer_check_fits():
    body = "11422800MB0T00016"
    assert codes(body + uscc.calc_check_digit(body)) == ["ORGANISATION_CHECK"]


@given(st.sampled_from(VECTORS["uscc"]["valid"]), st.integers(0, 17), st.sampled_from(USCC_ALPHABET))
def test_any_one_wrong_character_of_a_code_is_caught(code: str, at: int, char: str):
    wrong = code[:at] + char + code[at + 1 :]
    assert (codes(wrong) == []) == (wrong == code)


@given(st.text(max_size=30))
def test_no_input_raises(value: str):
    assert isinstance(uscc_problems(value), tuple)
