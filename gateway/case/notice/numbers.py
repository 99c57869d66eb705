"""The number of a notice (文号): 机关代字 + 类别 + 〔年〕 + 序号 + 号, as in 恩政服受〔2026〕00123号.

Source: GB/T 9704-2012 §7.2.5: the year in 〔〕 (U+3014, U+3015), four digits.
"""

DIGITS = 5
MOST = 10**8 - 1
"""Numbers have up to eight digits (`case.event.documents`)."""


def series_of(organ: str, letters: str, year: int) -> str:
    """Return the series a number belongs to: within it running numbers go up by one."""
    return f"{organ}{letters}〔{year}〕"


def number_of(series: str, serial: int) -> str:
    """Return the number with a place in its series.  Raises ValueError for a place below 1 or above `MOST`."""
    if not 1 <= serial <= MOST:
        raise ValueError("a number of a notice has one to eight digits")
    return f"{series}{serial:0{DIGITS}d}号"
