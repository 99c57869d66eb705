"""Whatever two mistakes a file has, both are told at once, each as if it were alone, and nothing is told that is not wrong."""

from itertools import combinations
from pathlib import Path

import pytest

from tests.partners import test_broken_partner_files, test_partner_file_rules
from tests.partners.partner_files import a_partner, checked, put

GOOD = a_partner()
CHANGES: dict[str, tuple[str, str]] = {
    **{name: case[0] for name, case in test_broken_partner_files.CASES.items()},
    **{name: case[0] for name, case in test_partner_file_rules.CASES.items()},
    **{name: (old, new) for name, (old, new, _) in test_partner_file_rules.SHORT.items()},
}
ANOTHER_FILE = {"own county as partner", "everything instead of a list"}
"""What makes it the file of another region altogether, or a list another list."""
ONE_CAUSE = {("kid of another key", "algorithm of another kind")}
"""Two signs of one wrong key."""

CAUSES = {one for one, _ in ONE_CAUSE}
PARTS = 6

Told = frozenset[tuple[str, str]]


def told(text: str, folder: Path) -> Told:
    """Return key and problem of all findings; spoiled characters without the key, which shows only when YAML can read on."""
    put(folder, text)
    found = checked(folder)
    assert len(found.partners) == found.is_clean
    keys = (("" if "full-width" in one.problem.en else one.key, one.problem.en) for one in found.findings)
    return frozenset(keys)


def lines_touched(change: tuple[str, str]) -> set[int]:
    first = GOOD[: GOOD.index(change[0])].count("\n")
    return set(range(first, first + change[0].count("\n") + 1))


PAIRS = [
    (one, two)
    for one, two in combinations(CHANGES, 2)
    if not {one, two} & ANOTHER_FILE
    and (one, two) not in ONE_CAUSE
    and not lines_touched(CHANGES[one]) & lines_touched(CHANGES[two])
]


@pytest.mark.parametrize("part", [0, *(pytest.param(part, marks=pytest.mark.slow) for part in range(1, PARTS))])
def test_any_two_mistakes_are_told_at_once_each_as_if_it_were_alone(tmp_path: Path, part: int) -> None:
    folder = tmp_path / "partners"
    alone = {name: told(GOOD.replace(*change, 1), folder) for name, change in CHANGES.items()}
    wrong = []
    for one, two in PAIRS[part::PARTS]:
        assert CHANGES[two][0] in GOOD.replace(*CHANGES[one], 1)
        found = told(GOOD.replace(*CHANGES[one], 1).replace(*CHANGES[two], 1), folder)
        missing, invented = (alone[one] | alone[two]) - found, found - (alone[one] | alone[two])
        if missing or invented:
            wrong.append((one, two, sorted(missing), sorted(invented)))

    assert len(PAIRS) > 600
    assert wrong == []


def test_every_mistake_of_the_list_together_is_told(tmp_path: Path) -> None:
    folder, text, expected = tmp_path / "partners", GOOD, set[tuple[str, str]]()
    taken: set[int] = set()
    for name, change in CHANGES.items():
        if name not in ANOTHER_FILE | CAUSES and not lines_touched(change) & taken and change[0] in text:
            expected |= told(GOOD.replace(*change, 1), folder)
            taken |= lines_touched(change)
            text = text.replace(*change, 1)

    assert len(expected) > 12
    assert expected <= told(text, folder)
