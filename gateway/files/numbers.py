"""Numbers and yes-or-no as people write them in files, read in one way only.

YAML itself reads `010` as 8, `1_000` as 1000, `12:30` as 750 and `no` as false, and its versions differ.  Here a form that
could be read in two ways is refused, and the finding says what to write instead.
"""

import re
from decimal import Decimal
from typing import Annotated

from pydantic import BeforeValidator

from gateway.case.texts import Text
from gateway.files.meant import narrow, whole_meant
from gateway.files.misfits import Misfit, shown

_WHOLE = re.compile(r"0|-?[1-9][0-9]{0,17}")
_RATIO = re.compile(r"-?(?:0|[1-9][0-9]{0,14})(?:\.[0-9]{1,6})?")
_LEADING_ZERO = re.compile(r"0[0-9]+")
_OCTAL = re.compile(r"0[0-7]+")
_FLAGS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_YES = frozenset(("yes", "y", "on", "t", "1", "是", "true", "开"))
_NO = frozenset(("no", "n", "off", "f", "0", "否", "false", "关"))


def whole(value: object) -> int:
    """Return the whole number that decimal digits mean.

    Raises:
        Misfit: anything else: leading zeros, `_` or `,` between digits, `1e3`, `0x10`, `12:30`.
    """
    if isinstance(value, int):
        return value
    text = str(value)
    if _WHOLE.fullmatch(text):
        return int(text)
    if _RATIO.fullmatch(text) and whole_meant(text) is None:
        raise Misfit(
            Text(f"“{text}”不是整数", f"'{text}' is not a whole number"), Text("写整数", "write a whole number")
        )
    raise Misfit(_not_a_number(text), _write(text, whole_meant(text)))


def ratio(value: object) -> float:
    """Return the number that `1.6` or `2` means.

    Raises:
        Misfit: anything else.
    """
    if isinstance(value, int | float):
        return float(value)
    text = str(value)
    if _RATIO.fullmatch(text):
        return float(text)
    plain = narrow(text).replace(",", ".")
    meant = Decimal(plain) if _RATIO.fullmatch(plain) else whole_meant(text)
    if meant is not None and not _RATIO.fullmatch(str(meant)):
        raise Misfit(
            Text(f"“{shown(text)}”太大", f"'{shown(text)}' is too large"),
            Text("写不超过十五位的数", "write a number of at most fifteen digits"),
        )
    raise Misfit(_not_a_number(text), _write(text, meant))


def flag(value: object) -> bool:
    """Return what `true` or `false` means.

    Raises:
        Misfit: anything else; `yes`, `no`, `on` and `off` too, because programs differ in how they read them.
    """
    if isinstance(value, bool):
        return value
    text = str(value)
    if text in _FLAGS:
        return _FLAGS[text]
    problem = Text(f"“{shown(text)}”不是是或否", f"'{shown(text)}' is neither true nor false")
    word = narrow(text)
    if word in _YES:
        raise Misfit(problem, Text("写 true", "write true"))
    if word in _NO:
        raise Misfit(problem, Text("写 false", "write false"))
    raise Misfit(problem, Text("写 true 或 false", "write true or false"))


def _not_a_number(text: str) -> Text:
    if _LEADING_ZERO.fullmatch(text) and len(text) <= 18:
        other = f", 有的程序会读成 {int(text, 8)}" if _OCTAL.fullmatch(text) else ""
        other_en = f" and is {int(text, 8)} to some programs" if other else ""
        return Text(f"“{text}”以 0 开头{other}", f"'{text}' begins with 0{other_en}")
    return Text(f"“{shown(text)}”不是数字", f"'{shown(text)}' is not a number")


def _write(text: str, meant: int | Decimal | None) -> Text:
    if meant is None:
        return Text("写半角数字", "write digits")
    if str(meant) == narrow(text):
        return Text(f"改成半角: {meant}", f"type it half-width: {meant}")
    return Text(f"写 {meant}", f"write {meant}")


WHOLE = BeforeValidator(whole)
"""Stands behind the bounds of an `int`: `Annotated[int, Field(ge=1), WHOLE]`."""
RATIO = BeforeValidator(ratio)
"""Stands behind the bounds of a `float`."""
Flag = Annotated[bool, BeforeValidator(flag)]
