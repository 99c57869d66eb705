"""Finding the row of headings in a table, and what each column is.

Titles, remarks and merged banners may stand above it.  A heading nobody knows is told, with what was probably meant; a
column that has to be there and is not is told once for the whole table.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import chain, islice

from gateway.case.texts import Text
from gateway.catalogue.cells import Cell, Row, Table, letters, seen
from gateway.catalogue.columns import COLUMNS, IGNORED, Column, Holds, SheetKind, named, plain_heading, sheet_kind
from gateway.catalogue.report import Report
from gateway.catalogue.vocabularies import UNITS

DEEPEST_HEADING = 20
"""Rows among which the headings are looked for."""
_FEWEST = 2
_SHOWN = 12


@dataclass(frozen=True, slots=True)
class Headed:
    """A table whose columns are known.

    Attributes:
        row: number of the row of headings.
        columns: position of each column, from 0.
        keys: field → how findings name its column, such as `事项!F 承诺时限`.
        units: field of a limit → unit written in its heading, such as `承诺时限(工作日)`.
        width: columns up to the last heading.
        rows: those below the headings.
    """

    kind: SheetKind
    table: Table
    row: int
    columns: dict[int, Column]
    keys: dict[str, str]
    units: dict[str, str]
    width: int
    rows: Iterator[Row]

    def has(self, field: str) -> bool:
        """Whether there is a column for `field`."""
        return field in self.keys


def with_headings(table: Table, report: Report, optional: frozenset[str] = frozenset()) -> Headed | None:
    """Return `table` with its columns known; None for an empty or strange table, reported where it matters.

    Args:
        optional: fields that come from elsewhere, so that their columns may be missing.
    """
    top = list(islice(table.rows, DEEPEST_HEADING))
    if not any(seen(cell) for _, cells in top for cell in cells):
        return None
    kind, at = _placed(sheet_kind(table.sheet), top)
    if kind is None:
        report.warning(table.file, 0, table.sheet, (_STRANGE_SHEET, _STRANGE_SHEET_FIX.format(names=_NAMES)))
        return None
    if at is None:
        wanted = "、".join(column.heading for column in COLUMNS[kind] if column.required)
        report.error(table.file, 1, table.sheet, (_NO_HEADINGS, _NO_HEADINGS_FIX.format(wanted=wanted)))
        return None
    row, cells = top[at]
    width = max(position + 1 for position, cell in enumerate(cells) if seen(cell))
    headed = Headed(kind, table, row, {}, {}, {}, width, chain(top[at + 1 :], table.rows))
    _name_columns(headed, cells, report)
    _report_missing(headed, report, optional)
    return headed


def _placed(kind: SheetKind | None, top: Sequence[Row]) -> tuple[SheetKind | None, int | None]:
    """Return which sheet it is and where among `top` its headings are.

    Headings decide, and a name counts like two of them: `事项清单(含依据)` holds items.
    """
    best: tuple[float, SheetKind | None, int | None] = (0, kind, None)
    for candidate in SheetKind:
        known = named(candidate)
        for at, (_, cells) in enumerate(top):
            count = len({known[plain].field for cell in cells if (plain := plain_heading(seen(cell))) in known})
            if count < _FEWEST:
                continue
            # Of two sheets that share these headings the smaller one is meant.
            score = count + (2 if candidate is kind else 0) + count / (10 * len(known))
            if score > best[0]:
                best = (score, candidate, at)
    return best[1], best[2]


def _name_columns(headed: Headed, cells: Sequence[Cell], report: Report) -> None:
    known = named(headed.kind)
    table = headed.table
    strange: list[str] = []
    for position, cell in enumerate(cells):
        heading, plain = " ".join(seen(cell).split()), plain_heading(seen(cell))
        if not plain:
            continue
        key = f"{table.sheet}!{letters(position)} {heading}"
        column = known.get(plain)
        if column is None:
            near = get_close_matches(plain, known, 1, 0.72)
            if near:
                said = (_STRANGE.format(heading=heading), _MEANT.format(near=known[near[0]].heading))
                report.warning(table.file, headed.row, key, said)
            elif plain not in IGNORED:
                strange.append(heading)
        elif headed.has(column.field):
            report.error(
                table.file,
                headed.row,
                key,
                (_TWICE.format(other=headed.keys[column.field], heading=heading), _TWICE_FIX),
            )
        else:
            headed.columns[position] = column
            headed.keys[column.field] = f"{table.sheet}!{letters(position)} {column.heading}"
            if column.holds is Holds.LIMIT and (unit := _unit_in(heading)):
                headed.units[column.field] = unit
    if strange:
        listed = "、".join(strange[:_SHOWN]) + ("…" if len(strange) > _SHOWN else "")
        said = (_UNREAD.format(count=len(strange), listed=listed), _UNREAD_FIX)
        report.warning(table.file, headed.row, table.sheet, said)


def _report_missing(headed: Headed, report: Report, optional: frozenset[str]) -> None:
    table = headed.table
    for column in COLUMNS[headed.kind]:
        if column.required and not headed.has(column.field) and column.field not in optional:
            others = "、".join(column.aliases) or "-"
            said = (_MISSING.format(heading=column.heading), _MISSING_FIX.format(heading=column.heading, others=others))
            report.error(table.file, headed.row, table.sheet, said)
    if headed.kind is not SheetKind.ITEMS and not any(
        headed.has(key) for key in ("basic_code", "task_code", "item_name")
    ):
        report.error(table.file, headed.row, table.sheet, _NO_KEY)


def _unit_in(heading: str) -> str:
    """Return the unit a heading names in brackets: `承诺时限(工作日)`, `法定时限（单位：自然日）`."""
    for inner in re.findall(r"[(\[【](.*?)[)\]】]", unicodedata.normalize("NFKC", heading)):
        said: str = inner.removeprefix("单位").strip(": ")
        if UNITS.find(said) or UNITS.trap(said):
            return said
    return ""


_NAMES = "、".join(kind.value for kind in SheetKind)
_STRANGE_SHEET = Text("不认识这张表, 没有读取", "this sheet is not known and was not read")
_STRANGE_SHEET_FIX = Text("需要读取的表命名为 {names}", "name sheets that are to be read {names}")
_NO_HEADINGS = Text(
    f"前 {DEEPEST_HEADING} 行里没有表头", f"there are no headings among the first {DEEPEST_HEADING} rows"
)
_NO_HEADINGS_FIX = Text("写一行表头, 至少有: {wanted}", "write a row of headings with at least: {wanted}")
_STRANGE = Text("不认识“{heading}”这一列, 没有读取", "column '{heading}' is not known and was not read")
_MEANT = Text("是不是“{near}”? 是就改名, 不是可以不管", "did you mean '{near}'? Rename it then, or leave it")
_UNREAD = Text("有 {count} 列没有读取: {listed}", "{count} columns were not read: {listed}")
_UNREAD_FIX = Text("确认其中没有需要的内容", "make sure that nothing in them is needed")
_TWICE = Text("“{heading}”与 {other} 是同一列", "'{heading}' is the same column as {other}")
_TWICE_FIX = Text("只保留一列", "keep one of them")
_MISSING = Text("缺少“{heading}”这一列", "column '{heading}' is missing")
_MISSING_FIX = Text("加上这一列, 表头写 {heading} (也认: {others})", "add it, headed {heading} (also known: {others})")
_NO_KEY = (
    Text("看不出每一行属于哪个事项", "nothing says to which item a row belongs"),
    Text("加上“基本编码”或“实施编码”一列", "add a column 基本编码 or 实施编码"),
)
