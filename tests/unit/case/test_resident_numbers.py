import json
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.iso7064 import mod_11_2

from gateway.case.code.residents import (
    ResidentIdForm,
    permanent_residence_problems,
    resident_id_form,
    resident_id_problems,
)

TODAY = date(2026, 11, 24)
VECTORS = json.loads((Path(__file__).parents[2] / "data/test_vectors.json").read_text("utf-8"))


def codes(value: str, today: date = TODAY) -> list[str]:
    return [problem.code for problem in resident_id_problems(value, today)]


def numbered(body: str) -> str:
    return body + mod_11_2.calc_check_digit(body)


@pytest.mark.parametrize("value", VECTORS["resident_id"]["valid"])
def test_a_valid_resident_number_has_no_problems(value: str):
    assert resident_id_problems(value, TODAY) == ()


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("110105194912310021", ["CHECK"]),
        ("42280119900230001X", ["BIRTH_DATE", "CHECK"]),
        ("4228011990010100", ["LENGTH"]),
        ("42280119900230002X", ["BIRTH_DATE", "CHECK"]),
        ("92280119900230002X", ["FIRST_DIGIT", "BIRTH_DATE", "CHECK"]),
        ("", ["EMPTY"]),
        ("11010519491231002x", ["LOWER_CASE"]),
        (" 422801199001010018", ["OUTER_SPACE", "LENGTH"]),
        ("４22801199001010018", ["FULL_WIDTH"]),
        ("４２２８０１１９９００２３０００２x", ["FULL_WIDTH", "LOWER_CASE", "BIRTH_DATE", "CHECK"]),
        ("422***********0018", ["MASKED"]),
        ("4228011990X1010018", ["X_PLACE"]),
        ("42280119900101001A", ["CHARACTERS"]),
        ("422801900230001", ["BIRTH_DATE"]),
        ("42280190010100X", ["X_PLACE"]),
    ],
)
def test_every_problem_of_a_resident_number_is_told_at_once(value: str, expected: list[str]):
    assert codes(value) == expected


def test_the_vectors_that_are_invalid_are_all_refused():
    assert all(codes(value) for value in VECTORS["resident_id"]["invalid"])


def test_full_width_digits_are_refused_with_their_places():
    (problem,) = resident_id_problems("42280119900101００18", TODAY)
    assert (problem.code, problem.text.zh) == (
        "FULL_WIDTH",
        "公民身份号码第 15、16 位是全角字符，请改用半角（英文输入法）",
    )


@pytest.mark.parametrize("place", ["500105", "500112", "512301", "510215"])
def test_a_number_keeps_the_code_of_an_abolished_place(place: str):
    assert codes(numbered(place + "19900101001")) == []


@pytest.mark.parametrize("prefix", ["810000", "820000", "830000"])
def test_residence_permits_of_hong_kong_macao_and_taiwan_are_accepted(prefix: str):
    number = numbered(prefix + "19900101001")
    assert (codes(number), resident_id_form(number)) == ([], ResidentIdForm.RESIDENCE_PERMIT)


def test_an_old_number_of_fifteen_digits_is_accepted_as_the_old_form():
    assert codes("422801900101001") == []
    assert resident_id_form("422801900101001") is ResidentIdForm.OLD
    assert resident_id_form("422801199001010018") is ResidentIdForm.CURRENT
    assert resident_id_form("4228011990010100") is None


def test_a_birth_after_the_day_given_is_refused_and_on_that_day_accepted():
    number = numbered("42280120261124001")
    assert codes(number, date(2026, 11, 23)) == ["BIRTH_DATE_IN_FUTURE"]
    assert codes(number, date(2026, 11, 24)) == []


@pytest.mark.parametrize(
    ("day", "expected"), [("20240229", []), ("20230229", ["BIRTH_DATE"]), ("19000229", ["BIRTH_DATE"])]
)
def test_the_twenty_ninth_of_february_exists_in_leap_years_only(day: str, expected: list[str]):
    assert codes(numbered(f"422801{day}001")) == expected


@given(st.sampled_from(VECTORS["resident_id"]["valid"]), st.integers(0, 17), st.sampled_from("0123456789X"))
def test_any_one_wrong_character_of_a_resident_number_is_caught(number: str, at: int, char: str):
    wrong = number[:at] + char + number[at + 1 :]
    assert (codes(wrong) == []) == (wrong == number)


@given(st.sampled_from(VECTORS["resident_id"]["valid"]), st.integers(0, 16))
def test_two_exchanged_neighbours_of_a_resident_number_are_caught(number: str, at: int):
    wrong = number[:at] + number[at + 1] + number[at] + number[at + 2 :]
    assert (codes(wrong) == []) == (wrong == number)


@given(st.text(max_size=40))
def test_no_input_raises_and_no_text_holds_the_number(value: str):
    for problem in (*resident_id_problems(value, TODAY), *permanent_residence_problems(value, TODAY)):
        assert len(value) < 6 or value not in problem.text.zh + problem.text.en
        assert "{" not in problem.text.zh + problem.text.en


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (numbered("91112419810803002"), []),
        ("CAN110081080310", []),
        (numbered("42280119900101001"), ["FIRST_DIGIT"]),
        ("91112419811303002X", ["BIRTH_DATE", "CHECK"]),
        ("CA1110081080310", ["SHAPE"]),
        ("9AN110081080310222", ["SHAPE"]),
        ("8AN11008108031022＊", ["MASKED", "FIRST_DIGIT", "SHAPE"]),
        ("can110081080310", ["LOWER_CASE"]),
        ("CAN11008108031", ["LENGTH"]),
        ("", ["EMPTY"]),
    ],
)
def test_both_editions_of_the_permanent_residence_card_are_judged(value: str, expected: list[str]):
    assert [problem.code for problem in permanent_residence_problems(value, TODAY)] == expected
