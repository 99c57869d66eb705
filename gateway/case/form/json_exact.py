"""JSON values with exact numbers (RFC 8259): every number is a decimal, none becomes binary floating point.

Guarantees: 0.1 + 0.2 questions never arise, integers of any length are read, and equality is that of JSON Schema 2020-12
(core §4.2.2): 1 equals 1.0, neither equals true.  Work grows with the length of what is read and nothing else.

Leaves to others: what the values mean.
"""

import json
from collections.abc import Hashable
from decimal import Decimal, InvalidOperation
from typing import NoReturn

_CHUNK = 4000
"""Digits turned into an integer at a time; Python refuses to convert more than 4300 at once."""


class NumberTooLargeError(ValueError):
    """A number whose exponent no decimal holds, such as 1e99999999999999999999."""


class KeyTwiceError(ValueError):
    """A key stands twice in one object."""


def read_exact(text: str) -> object:
    """Return the JSON value in `text`; numbers are `Decimal`, also whole ones.

    Raises:
        KeyTwiceError, NumberTooLargeError: as they say.
        ValueError: no JSON, NaN and Infinity included.
        RecursionError: nested too deeply to read.
    """
    return _DECODER.decode(text)


def is_whole(number: Decimal) -> bool:
    """Whether a number is an integer, however it is written: 1.0 and 1e3 are."""
    return number == number.to_integral_value()


def is_multiple(number: Decimal, step: Decimal) -> bool:
    """Whether `number` is a whole multiple of `step`, exactly; `step` is greater than 0.

    `Decimal` arithmetic would round or give up where the quotient has more than 28 digits.
    """
    digits, exponent = _parts(number)
    step_digits, step_exponent = _parts(step)
    divisor = int(step_digits)
    shift = exponent - step_exponent
    if shift >= 0:
        return _remainder(digits, divisor) * pow(10, shift, divisor) % divisor == 0
    if not number:
        return True
    kept = digits[:shift]
    return bool(kept) and not digits[shift:].strip("0") and _remainder(kept, divisor) == 0


def digits_of(number: Decimal) -> int:
    """Return how many digits a number is written with; what work on it grows with."""
    return len(number.as_tuple().digits)


def same_key(value: object) -> Hashable:
    """Return a key that is equal for equal JSON values and different for others; quick to compare and to hash."""
    if isinstance(value, dict):
        return "object", frozenset((key, same_key(inner)) for key, inner in value.items())
    if isinstance(value, list):
        return "array", tuple(same_key(inner) for inner in value)
    return type(value).__name__, value


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise KeyTwiceError
    return made


def _number(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation:
        raise NumberTooLargeError from None


def _no_constant(_name: str) -> NoReturn:
    raise ValueError("no number of RFC 8259")


_DECODER = json.JSONDecoder(
    object_pairs_hook=_unique, parse_float=_number, parse_int=_number, parse_constant=_no_constant
)


def _parts(number: Decimal) -> tuple[str, int]:
    _, digits, exponent = number.as_tuple()
    assert isinstance(exponent, int), "JSON has neither NaN nor Infinity"
    return "".join(map(str, digits)), exponent


def _remainder(digits: str, divisor: int) -> int:
    rest = 0
    for start in range(0, len(digits), _CHUNK):
        piece = digits[start : start + _CHUNK]
        rest = (rest * pow(10, len(piece), divisor) + int(piece)) % divisor
    return rest
