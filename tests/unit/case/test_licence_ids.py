import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.case.code.licences import LicenceId, licence_id_doubts, licence_id_problems, split_licence_id

VECTORS = json.loads((Path(__file__).parents[2] / "data/test_vectors.json").read_text("utf-8"))
VALID = VECTORS["licence_id"]["valid"]
ROOT = "1.2.156.3005.2"


def problems(value: str) -> list[str]:
    return [problem.code for problem in licence_id_problems(value)]


def doubts(value: str) -> list[str]:
    return [problem.code for problem in licence_id_doubts(value)]


@pytest.mark.parametrize("value", VALID)
def test_a_real_identifier_is_accepted_without_doubt_and_comes_back_from_its_parts(value: str):
    assert (problems(value), doubts(value)) == ([], [])
    assert str(split_licence_id(value)) == value


def test_an_identifier_is_split_into_its_parts():
    assert split_licence_id(VALID[0]) == LicenceId("11100000MB03271699", "022", "340100", "000000016", "001", "9")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("", ["EMPTY"]),
        ("1.2.156.3005.2", ["LICENCE_PARTS"]),
        ("1.2.156.3005.3" + VALID[0].removeprefix(ROOT), ["LICENCE_PARTS"]),
        (VALID[0].lower(), ["LOWER_CASE"]),
        (
            f"{ROOT}.1110.34010.{'1' * 51}.1.99",
            ["LICENCE_TYPE", "LICENCE_ISSUER", "LICENCE_SERIAL", "LICENCE_VERSION", "LICENCE_CHECK_FORM"],
        ),
    ],
)
def test_every_problem_of_an_identifier_is_told_at_once(value: str, expected: list[str]):
    assert problems(value) == expected


def test_an_identifier_with_problems_is_not_split_and_has_no_doubts():
    assert doubts(VALID[0] + "9") == []
    with pytest.raises(ValueError, match="not a licence identifier"):
        split_licence_id(VALID[0] + "9")


def test_a_wrong_check_character_is_a_doubt_because_real_ones_are_wrong():
    value = VALID[0][:-1] + "8"
    assert (problems(value), doubts(value)) == ([], ["CHECK"])


def test_a_wrong_code_of_the_issuing_body_is_a_doubt():
    value = VALID[1].replace(".11422800MB0T00015R.", ".11422800MB0T00015Q.")
    assert (problems(value), doubts(value)) == ([], ["CHECK", "CHECK"])


@given(st.sampled_from(VALID), st.integers(0, 60), st.sampled_from("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"))
def test_any_one_wrong_character_after_the_root_is_seen(value: str, at: int, char: str):
    at = len(ROOT) + 1 + at % (len(value) - len(ROOT) - 1)
    wrong = value[:at] + char + value[at + 1 :]
    assert (problems(wrong) + doubts(wrong) == []) == (wrong == value)
