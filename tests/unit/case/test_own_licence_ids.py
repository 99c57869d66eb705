"""Identifiers of licences: strict for those a body of our own region issued, told and not refused for others."""

import json
from pathlib import Path

import pytest
from stdnum.iso7064 import mod_37_36

from gateway.case.code.licences import (
    is_issued_within,
    licence_id_doubts,
    own_licence_id_problems,
    split_licence_id,
)
from gateway.settings import load_divisions

VECTORS = json.loads((Path(__file__).parents[2] / "data/test_vectors.json").read_text("utf-8"))
REAL = "1.2.156.3005.2.11100000MB03271699022.340100.000000016.001.9"
ENSHI, QIANJIANG = "422800", "500114"
OURS = "11422800MB0T00015R"
DIVISIONS = load_divisions()


def an_identifier(
    kind: str = f"{OURS}001", issuer: str = OURS, serial: str = "77", version: str = "001", check: str = ""
) -> str:
    right = mod_37_36.calc_check_digit(kind + issuer + serial + version)
    return f"1.2.156.3005.2.{kind}.{issuer}.{serial}.{version}.{check or right}"


def wrong_check(value: str) -> str:
    return value[:-1] + ("0" if value[-1] != "0" else "1")


def problems(value: str, region: str) -> list[str]:
    return [problem.code for problem in own_licence_id_problems(value, region, DIVISIONS)]


@pytest.mark.parametrize("value", VECTORS["licence_id"]["valid"])
@pytest.mark.parametrize("region", [ENSHI, QIANJIANG])
def test_a_real_identifier_is_right_everywhere(value: str, region: str):
    assert problems(value, region) == []


@pytest.mark.parametrize(
    ("issuer", "region", "ours"),
    [
        (OURS, ENSHI, True),
        (OURS, QIANJIANG, False),
        ("422802", ENSHI, True),
        ("500114", ENSHI, False),
        ("500114", QIANJIANG, True),
        ("340100", "340100", False),
        ("999999", ENSHI, False),
    ],
)
def test_whose_an_identifier_is_stands_in_its_issuer(issuer: str, region: str, ours: bool):
    value = an_identifier(issuer=issuer)
    assert is_issued_within(value, region, DIVISIONS) is (ours or DIVISIONS.belongs_to(issuer, region))
    assert split_licence_id(value).issuer_division == (issuer if len(issuer) == 6 else issuer[2:8])


@pytest.mark.parametrize("issuer", [OURS, "422800", "422802"])
def test_a_wrong_check_character_refuses_one_of_ours(issuer: str):
    assert problems(wrong_check(an_identifier(issuer=issuer)), ENSHI) == ["CHECK"]


@pytest.mark.parametrize("issuer", [OURS, "422800"])
def test_the_same_is_only_told_elsewhere(issuer: str):
    value = wrong_check(an_identifier(issuer=issuer))
    assert problems(value, QIANJIANG) == []
    assert [doubt.code for doubt in licence_id_doubts(value)] == ["CHECK"]


def test_the_real_example_with_a_wrong_check_character_is_told_and_not_refused():
    assert problems(wrong_check(REAL), ENSHI) == []
    assert [doubt.code for doubt in licence_id_doubts(wrong_check(REAL))] == ["CHECK"]


def test_a_wrong_code_of_a_body_of_ours_refuses_and_that_of_a_ministry_does_not():
    broken = "11422800MB0T00015X"
    assert "CHECK" in problems(an_identifier(issuer=broken), ENSHI)
    ministry = "11100000MB0327160A"
    assert problems(an_identifier(kind=f"{ministry}001"), ENSHI) == []
    assert licence_id_doubts(an_identifier(kind=f"{ministry}001"))


def test_what_is_no_identifier_is_refused_everywhere_and_nobodys():
    assert problems("1.2.3", QIANJIANG) == ["LICENCE_PARTS"]
    assert not is_issued_within("1.2.3", ENSHI, DIVISIONS)
