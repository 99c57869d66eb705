"""The packaged table of divisions, read once."""

from functools import cache
from importlib.resources import files

from gateway.case.code.divisions import DIVISIONS_FILE, Divisions


@cache
def load_divisions() -> Divisions:
    """Return the packaged table of divisions (GB/T 2260); the same object every time.

    Raises:
        DivisionTableError: the packaged file was damaged.
    """
    return Divisions.parse(files("gateway.case").joinpath(DIVISIONS_FILE).read_text(encoding="utf-8"))
