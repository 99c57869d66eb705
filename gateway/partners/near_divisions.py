"""Which place was probably meant by a division code that does not exist, or by a name that belongs to another code."""

from collections.abc import Iterator
from functools import lru_cache

from gateway.case.code.divisions import Divisions, DivisionStatus
from gateway.case.texts import Text

MOST = 3


def meant(code: str, within: str, divisions: Divisions) -> Text | None:
    """Return up to three divisions in force whose code differs by one digit or two swapped ones, those in a region first.

    Args:
        within: the region the code should belong to.
    """
    found = [near for near in _near(code) if _is_current(near, divisions)]
    found.sort(key=lambda near: (not divisions.belongs_to(near, within), near[:4] != code[:4], near))
    listed = ", ".join(f"{near} {divisions.named(near)}" for near in found[:MOST])
    return Text(f"是不是 {listed}?", f"did you mean {listed}?") if listed else None


def other_place(code: str, name: str, divisions: Divisions) -> str | None:
    """Return the code of the place that `name` names, if that is another one than `code` stands for."""
    places = _by_name(divisions)
    named = places.get(_plain(name))
    return named if named and named != code else None


def _near(code: str) -> Iterator[str]:
    for at, digit in enumerate(code):
        for other in "0123456789":
            if other != digit:
                yield code[:at] + other + code[at + 1 :]
        if at and code[at - 1] != digit:
            yield code[: at - 1] + digit + code[at - 1] + code[at + 1 :]


def _is_current(code: str, divisions: Divisions) -> bool:
    division = divisions.get(code)
    return division is not None and division.status is DivisionStatus.CURRENT


@lru_cache(maxsize=2)  # the list of divisions is the same for every file of a process
def _by_name(divisions: Divisions) -> dict[str, str | None]:
    """Return codes by full name, and by what is left without the province or the prefecture; None where several share it."""
    places: dict[str, str | None] = {}
    for division in divisions:
        if division.status is not DivisionStatus.CURRENT:
            continue
        code = division.code6
        for name in {
            divisions.named(code),
            division.province + division.name,
            division.prefecture + division.name,
        }:
            plain = _plain(name)
            places[plain] = code if places.get(plain, code) == code else None
    return places


def _plain(name: str) -> str:
    return "".join(name.split())
