import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.case.code.names import name_key, personal_name_problems


def codes(value: str) -> list[str]:
    return [problem.code for problem in personal_name_problems(value)]


@pytest.mark.parametrize(
    "value",
    [
        "张三",
        "欧阳示例",
        "买买提·吐尔逊",
        "买买提•吐尔逊",
        "古丽．阿不都",
        "王𠀀",
        "李\U00020bb7",
        "赵\U00031350",
        "刘\U000323b0",
        "陈㛃",
        "葛\U000e0100城",
        "〇〇",
        "O’Neil Mary-Jane",
        "名" * 50,
    ],
)
def test_a_name_as_it_stands_on_a_certificate_is_accepted(value: str):
    assert codes(value) == []


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("", ["EMPTY"]),
        ("　", ["EMPTY"]),
        ("张", ["LENGTH"]),
        ("名" * 51, ["LENGTH"]),
        ("张三 ", ["OUTER_SPACE"]),
        ("张**", ["MASKED"]),
        ("张？", ["LOST_CHARACTER"]),
        ("张\ufffd", ["LOST_CHARACTER"]),
        ("张\ue863", ["PRIVATE_USE"]),
        ("张三1", ["CHARACTERS"]),
        ("张\u200b三", ["CHARACTERS"]),
        ("张\t三", ["CHARACTERS"]),
        (" *?\ue8631", ["OUTER_SPACE", "MASKED", "LOST_CHARACTER", "PRIVATE_USE", "CHARACTERS"]),
    ],
)
def test_every_problem_of_a_name_is_told_at_once(value: str, expected: list[str]):
    assert codes(value) == expected


def test_a_rare_character_counts_as_one_and_a_variation_selector_as_none():
    assert codes("\U00020bb7" * 50) == []
    assert codes("葛\U000e0100") == ["LENGTH"]


@pytest.mark.parametrize("dot", ["·", "•", "．", "・", "‧", "."])
def test_every_dot_is_compared_as_the_dot_of_minority_names(dot: str):
    assert name_key(f"买买提{dot}吐尔逊") == "买买提·吐尔逊"


def test_width_case_spaces_and_compatibility_forms_do_not_count_in_comparison():
    assert name_key("Ｍａｒｙ  ＪＡＮＥ") == name_key("mary jane") == "maryjane"
    assert name_key("\uf9dd\U000e0100") == name_key("利")


def test_different_names_keep_different_keys():
    assert name_key("王\U00020bb7") != name_key("王吉")


@given(st.text(max_size=60))
def test_no_name_raises_and_the_key_of_a_key_is_the_key(value: str):
    assert all("{" not in problem.text.zh + problem.text.en for problem in personal_name_problems(value))
    assert name_key(name_key(value)) == name_key(value)
