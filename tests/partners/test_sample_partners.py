"""The sample files that come with the gateway."""

import time
from pathlib import Path

import pytest

from gateway.case.code.divisions import DivisionStatus
from gateway.partners.check import check_folder
from gateway.partners.registry import Registry
from gateway.partners.schema import Status
from tests.partners.partner_files import CARD, MEDICAL, OWN, TODAY, checked, divisions

FOLDER = Path(__file__).parents[2] / "partners"
NEIGHBOURS = [
    "420526",
    "420527",
    "420528",
    "420529",
    "429021",
    "430726",
    "430822",
    "433130",
    "500101",
    "500114",
    "500235",
    "500236",
    "500237",
    "500240",
    "500242",
    "500243",
]


def test_every_sample_is_right_alone_and_together() -> None:
    found = checked(FOLDER)

    assert found.findings == ()
    assert len(found.partners) >= 96


def test_all_samples_are_checked_within_half_a_second_of_processor_time() -> None:
    checked(FOLDER)
    begin = time.process_time()
    check_folder(FOLDER, divisions(), OWN, TODAY)

    assert time.process_time() - begin < 0.5


def test_every_sample_says_so_in_its_first_line_and_can_never_be_dialled() -> None:
    for partner in checked(FOLDER).partners:
        first = (FOLDER.parent / partner.file).read_text(encoding="utf-8").splitlines()[0]
        assert "示例" in first
        assert partner.status is Status.SAMPLE
        assert partner.keys == ()
        assert all(endpoint.host.endswith(".tongban.invalid") for endpoint in partner.endpoints)


def test_samples_are_real_places_in_force() -> None:
    for partner in checked(FOLDER).partners:
        division = divisions().get(partner.code)
        assert division is not None
        assert division.status is DivisionStatus.CURRENT
        assert partner.name.endswith(division.name)


@pytest.mark.parametrize("code", NEIGHBOURS)
def test_every_neighbour_has_a_sample(code: str) -> None:
    assert code in {partner.code for partner in checked(FOLDER).partners}


def test_every_sample_exchanges_the_social_security_card_both_ways() -> None:
    for partner in checked(FOLDER).partners:
        directions = {
            direction.value
            for agreement in partner.agreements
            for item in agreement.items
            if item.basic == CARD
            for direction in item.directions
        }
        assert directions == {"outward", "inward"}, partner.file


def test_item_codes_and_names_are_the_same_in_all_samples_and_in_the_table() -> None:
    table = (FOLDER / "_items.md").read_text(encoding="utf-8")
    names: dict[str, set[str]] = {}
    for partner in checked(FOLDER).partners:
        for agreement in partner.agreements:
            for item in agreement.items:
                names.setdefault(item.codes[0], set()).add(item.name)
    assert {CARD, MEDICAL} <= set(names)
    assert len(names) >= 10
    for code, used in names.items():
        assert len(used) == 1
        assert f"`{code}`" in table
        assert used.pop() in table


def test_samples_are_not_routed_to_unless_asked_for() -> None:
    found = checked(FOLDER)

    assert Registry(divisions()).reload(found).terms == ()
    assert len(Registry(divisions(), samples=True).reload(found).terms) > 500
