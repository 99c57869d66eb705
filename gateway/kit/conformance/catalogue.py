"""All checks, in the order in which they are made."""

from collections.abc import Sequence

from gateway.kit.conformance import (
    asking,
    bounding,
    calls_proven,
    connection,
    describing,
    disbelieving,
    files,
    handling,
    order,
    refusing,  # noqa: F401  adds its checks to the chapter of `disbelieving`
    taking_in,
    winding_up,
)
from gateway.kit.conformance.check import Chapter, Check

CHAPTERS: tuple[Chapter, ...] = (
    connection.CHAPTER,
    calls_proven.CHAPTER,
    describing.CHAPTER,
    taking_in.CHAPTER,
    disbelieving.CHAPTER,
    order.CHAPTER,
    files.CHAPTER,
    asking.CHAPTER,
    handling.CHAPTER,
    winding_up.CHAPTER,
    bounding.CHAPTER,
)


def checks() -> list[Check]:
    """Return every check in order."""
    return [check for chapter in CHAPTERS for check in chapter]


def chosen(only: Sequence[str]) -> list[Check]:
    """Return the checks named: by number, by chapter, or all where none is named.

    Raises:
        LookupError: with a name that is no check's.
    """
    everything = checks()
    numbers = {check.number for check in everything}
    chapters = {str(chapter.number) for chapter in CHAPTERS}
    for name in only:
        if name not in numbers | chapters:
            raise LookupError(name)
    if not only:
        return everything
    return [check for check in everything if check.number in only or check.number.split(".")[0] in only]
