"""Time limits as tables write them: `20个工作日`, `20` with a unit beside it, `即办`.

A unit is never assumed and never converted: 天 may be either kind of day, and a month has no fixed number of them.
"""

import re

from gateway.case.item.definition import TimeLimit, TimeUnit
from gateway.case.texts import Text
from gateway.catalogue.cells import Cell, Odd, Oddity, seen
from gateway.catalogue.values import FULL_WIDTH
from gateway.catalogue.vocabularies import UNITS
from gateway.files.misfits import Misfit, shown

_AT_ONCE = re.compile(r"(?:即办件?|即时(?:办结|办理)?|当场(?:办结|办理)?|立即(?:办结|办理)?|马上办)")
_WRITTEN = re.compile(r"(?P<amount>[0-9]{1,6})\s*(?P<unit>[^0-9\s][^0-9]{0,7}?)?(?:之内|以内|内)?")


def limit_of(cell: Cell, unit: TimeUnit | None, heading_unit: str) -> TimeLimit:
    """Return the limit in a cell that is not empty.

    Args:
        unit: of the column beside it, None where it is empty or missing.
        heading_unit: written in the heading, such as `承诺时限(工作日)`; empty where there is none.

    Raises:
        Misfit: no limit, no unit, two units, or a unit that is not kept.
    """
    text = seen(cell)
    if isinstance(cell, Odd) and cell.kind is not Oddity.NUMBER:
        raise Misfit(_NO_LIMIT.format(shown=shown(text)), _LIMIT_FIX)
    if FULL_WIDTH.search(text):
        raise Misfit(_WIDE, _LIMIT_FIX)
    if _AT_ONCE.fullmatch(text):
        return TimeLimit(0)
    found = _WRITTEN.fullmatch(text)
    if not found:
        raise Misfit(_NO_LIMIT.format(shown=shown(text)), _LIMIT_FIX)
    amount = int(found["amount"])
    units = {one for one in (_unit(found["unit"] or ""), unit or _unit(heading_unit)) if one is not None}
    if len(units) > 1:
        raise Misfit(_TWO_UNITS.format(shown=shown(text)), _ONE_UNIT)
    if amount == 0:
        return TimeLimit(0, *units)
    if not units:
        raise Misfit(_NO_UNIT.format(shown=shown(text)), _UNIT_FIX)
    return TimeLimit(amount, *units)


def _unit(said: str) -> TimeUnit | None:
    said = said.strip().strip("()（）").strip()
    if not said:
        return None
    found = UNITS.find(said)
    if isinstance(found, TimeUnit):
        return found
    raise Misfit(_STRANGE_UNIT.format(shown=shown(said)), UNITS.trap(said) or _UNIT_FIX)


_NO_LIMIT = Text("“{shown}”不是时限", "'{shown}' is no limit")
_LIMIT_FIX = Text(
    "写成 20个工作日、24小时 或 即办 (半角整数)", "write 20个工作日, 24小时 or 即办, in half-width digits"
)
_WIDE = Text("时限用了全角数字", "the limit has full-width digits")
_TWO_UNITS = Text("时限“{shown}”里的单位与单位列不同", "the unit in '{shown}' is not that of the column beside it")
_ONE_UNIT = Text("单位只写一处, 或改成一致", "write the unit once, or make both agree")
_NO_UNIT = Text("时限“{shown}”没有写单位", "the limit '{shown}' has no unit")
_UNIT_FIX = Text("写明 工作日、自然日 或 小时", "say 工作日, 自然日 or 小时")
_STRANGE_UNIT = Text("时限单位“{shown}”不采用", "the unit '{shown}' is not taken")
