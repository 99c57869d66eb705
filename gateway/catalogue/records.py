"""From the rows of a table to records: every cell read, every bad cell reported with its place."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from gateway.case.item.definition import TimeUnit
from gateway.case.texts import Text
from gateway.catalogue.cells import MOST_ROWS, Cell, seen
from gateway.catalogue.columns import HEADINGS, Column, Holds
from gateway.catalogue.headings import Headed
from gateway.catalogue.limits import limit_of
from gateway.catalogue.report import Origin, Report
from gateway.catalogue.values import is_empty, value_of
from gateway.files.misfits import Misfit, shown

UNIT_OF: Mapping[str, str] = {
    "legal_limit": "legal_unit",
    "promised_limit": "promised_unit",
    "acceptance_limit": "acceptance_unit",
    "limit": "unit",
}
"""Field of a limit → field of the column that holds its unit."""

_REMARKS = ("注:", "注：", "备注", "说明", "填表", "填报", "合计", "总计", "制表")


@dataclass(slots=True)
class Record:
    """One row that was read.

    Attributes:
        values: field → value, without empty cells.
        raw: field → what a person sees, of bad cells too.
        bad: fields whose cells cannot be taken; each was reported.
    """

    origin: Origin
    values: dict[str, object] = field(default_factory=dict)
    raw: dict[str, str] = field(default_factory=dict)
    bad: set[str] = field(default_factory=set)

    def text(self, name: str) -> str:
        """Return a text field, empty where the cell is."""
        return str(self.values.get(name, ""))


def records(headed: Headed, report: Report, optional: frozenset[str] = frozenset()) -> Iterator[Record]:
    """Yield the rows of a table that hold anything, and report what is wrong in them.

    Args:
        optional: required fields that may be empty because they come from elsewhere.
    """
    table = headed.table
    count = 0
    for number, cells in headed.rows:
        if not any(seen(cell) for cell in cells):
            continue
        if _is_remark(cells):
            said = _REMARK.format(shown=shown(next(seen(cell) for cell in cells if seen(cell))))
            report.warning(table.file, number, table.sheet, (said, _REMARK_FIX))
            continue
        count += 1
        if count > MOST_ROWS:
            report.error(table.file, number, table.sheet, _TOO_MANY)
            return
        if table.is_text and any(seen(cell) for cell in cells[headed.width :]):
            said = _SHIFTED.format(width=headed.width, count=len(cells))
            report.error(table.file, number, table.sheet, (said, _SHIFTED_FIX))
            continue
        yield _record(
            headed, Origin(table.file, number, table.sheet, headed.keys, HEADINGS[headed.kind]), cells, report, optional
        )


def _record(headed: Headed, origin: Origin, cells: Sequence[Cell], report: Report, optional: frozenset[str]) -> Record:
    record = Record(origin)
    limits: list[tuple[Column, Cell]] = []
    for position, column in headed.columns.items():
        cell = cells[position] if position < len(cells) else ""
        if is_empty(cell):
            if column.required and column.field not in optional:
                record.bad.add(column.field)
                said = _EMPTY.format(heading=column.heading)
                report.error(origin.file, origin.row, origin.key(column.field), (said, _FILL_IN))
            continue
        record.raw[column.field] = seen(cell)
        if column.holds is Holds.LIMIT:
            limits.append((column, cell))
            continue
        try:
            record.values[column.field] = value_of(cell, column)
        except Misfit as misfit:
            _refuse(record, column, misfit, report)
    for column, cell in limits:
        _read_limit(record, column, cell, headed.units.get(column.field, ""), report)
    return record


def _read_limit(record: Record, column: Column, cell: Cell, heading_unit: str, report: Report) -> None:
    name = UNIT_OF[column.field]
    if name in record.bad:
        # The unit beside it was reported; without it the limit cannot be judged.
        record.bad.add(column.field)
        return
    unit = record.values.get(name)
    try:
        value_of(cell, column)
        limit = limit_of(cell, unit if isinstance(unit, TimeUnit) else None, heading_unit)
    except Misfit as misfit:
        _refuse(record, column, misfit, report)
    else:
        record.values[column.field] = limit


def _refuse(record: Record, column: Column, misfit: Misfit, report: Report) -> None:
    record.bad.add(column.field)
    origin = record.origin
    report.error(origin.file, origin.row, origin.key(column.field), (misfit.problem, misfit.fix))


def _is_remark(cells: Sequence[Cell]) -> bool:
    filled = [seen(cell) for cell in cells if seen(cell)]
    return len(filled) == 1 and filled[0].startswith(_REMARKS)


_EMPTY = Text("“{heading}”没有填写", "'{heading}' is empty")
_FILL_IN = Text("补上这一格; 合并过的单元格先取消合并, 每行都填", "fill it in; split merged cells and fill every row")
_REMARK = Text("这一行是说明, 没有读取: {shown}", "this row is a remark and was not read: {shown}")
_REMARK_FIX = Text("不是说明的, 改掉开头的字", "if it is none, change how it begins")
_SHIFTED = Text("表头有 {width} 列, 这一行有 {count} 格", "there are {width} headings and {count} cells in this row")
_SHIFTED_FIX = Text(
    "文字里的半角逗号要用英文引号括起来, 或从表格软件另存为 CSV UTF-8",
    "put texts with commas in quotes, or save the table as CSV UTF-8",
)
_TOO_MANY = (
    Text(f"超过 {MOST_ROWS} 行", f"there are more than {MOST_ROWS} rows"),
    Text("分成几个文件导入", "split it into several files"),
)
