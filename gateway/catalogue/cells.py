"""Cells and tables as they come from any kind of file, before anybody knows what they mean.

A cell is text, or `Odd`: something a spreadsheet keeps as other than text, where the difference matters.  A code kept as
a number has lost its first zeros and may have lost its last digits; it is shown and refused, never repaired.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from enum import Enum

MOST_ROWS = 100_000
MOST_COLUMNS = 256
MOST_CELL_BYTES = 32 * 1024


class Oddity(Enum):
    """What a spreadsheet keeps a cell as, where it is not text."""

    NUMBER = "number"
    DATE = "date"
    TIME = "time"
    FLAG = "flag"
    FORMULA = "formula"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Odd:
    """A cell that is no text.

    Attributes:
        text: what a person would see, as far as it can be told.
        number: of a NUMBER.
        day: of a DATE.
    """

    kind: Oddity
    text: str
    number: int | float = 0
    day: date | None = None


Cell = str | Odd
"""Outer space is removed; an empty cell is the empty string."""

Row = tuple[int, Sequence[Cell]]
"""A row with its number as the spreadsheet shows it, from 1."""


@dataclass(frozen=True, slots=True)
class Table:
    """One sheet of a workbook, or one CSV file.

    Attributes:
        file: as findings call it.
        sheet: the sheet's name, or the file's name without its ending.
        rows: read once, in order; empty rows are among them.
        is_text: whether marks in a text part the cells, so that one mark too many shifts them.
    """

    file: str
    sheet: str
    rows: Iterator[Row]
    is_text: bool = False


def seen(cell: Cell) -> str:
    """Return what a person sees in a cell."""
    return cell if isinstance(cell, str) else cell.text


def letters(position: int) -> str:
    """Return the letters over a column, counted from 0: A, B … Z, AA."""
    name = ""
    position += 1
    while position:
        position, rest = divmod(position - 1, 26)
        name = chr(ord("A") + rest) + name
    return name
