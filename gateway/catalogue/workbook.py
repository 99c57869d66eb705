"""XLSX workbooks: bytes in, one table per visible sheet out, or what keeps the file from being read.

Nothing in a workbook is run: formulas are not evaluated (a cell with one is shown as such), macros and links to other
files are left alone.  A workbook that unpacks to more than `MOST_UNPACKED` is refused before anything is unpacked.
"""

import io
import math
import warnings
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from itertools import islice
from typing import Any

from openpyxl import load_workbook

from gateway.case.texts import Text
from gateway.catalogue.cells import MOST_COLUMNS, Cell, Odd, Oddity, Row, Table
from gateway.catalogue.report import Report

MOST_UNPACKED = 512 * 1024 * 1024
MOST_PARTS = 10_000
LAST_ROW = 1_048_576
"""Of a sheet; a row beyond it is damage."""

_AT_ONCE = 500
_Said = tuple[Text, Text]


def read_workbook(raw: bytes, file: str, report: Report) -> list[Table]:
    """Return the visible sheets of the workbook in `raw`; none, reported, when it cannot be read."""
    if not _may_be_unpacked(raw, file, report):
        return []
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            book = load_workbook(io.BytesIO(raw), read_only=True, keep_links=False)
            sheets = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"]
    except Exception:  # noqa: BLE001  a damaged workbook raises whatever its parts make of it
        report.error(file, 0, "", _DAMAGED)
        return []
    return [Table(file, sheet.title, _rows(sheet, file, report)) for sheet in sheets]


def _may_be_unpacked(raw: bytes, file: str, report: Report) -> bool:
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            parts = archive.infolist()
    except Exception:  # noqa: BLE001  the same for a damaged archive
        report.error(file, 0, "", _DAMAGED)
        return False
    if any(part.flag_bits & 1 for part in parts):
        report.error(file, 0, "", _LOCKED)
        return False
    if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > MOST_UNPACKED:
        report.error(file, 0, "", _TOO_LARGE)
        return False
    return True


def _rows(sheet: Any, file: str, report: Report) -> Iterator[Row]:
    # What a sheet says about its own size is often wrong; only its rows count.
    sheet.reset_dimensions()
    rows = iter(())
    number = 0
    blank: Any = None
    ended = damaged = False
    try:
        rows = sheet.iter_rows(max_row=LAST_ROW, max_col=MOST_COLUMNS)
    except Exception:  # noqa: BLE001  the same for a damaged sheet
        ended = damaged = True
    while not ended:
        some, ended, damaged = _some(rows)
        for cells in some:
            number += 1
            # Rows that are not there come as one and the same value, up to a million of them.
            kept = () if cells is blank else _trimmed(cells)
            blank = blank if kept else cells
            yield number, [_cell(cell.value, cell.data_type) for cell in kept]
    if damaged:
        report.error(file, number + 1, sheet.title, _DAMAGED_HERE)


def _some(rows: Iterator[Any]) -> tuple[list[Any], bool, bool]:
    """Return the next rows, whether these were the last, and whether damage ended them."""
    some: list[Any] = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            for cells in islice(rows, _AT_ONCE):
                some.append(cells)  # noqa: PERF402  what came before the damage counts
        except Exception:  # noqa: BLE001  the same: nothing after this place can be read
            return some, True, True
    return some, len(some) < _AT_ONCE, False


def _trimmed(cells: tuple[Any, ...]) -> tuple[Any, ...]:
    last = len(cells)
    while last and cells[last - 1].value is None:
        last -= 1
    return cells[:last]


def _cell(value: Any, kind: str) -> Cell:
    if value is None:
        return ""
    if kind == "f":
        return Odd(Oddity.FORMULA, str(getattr(value, "text", value)))
    if kind == "e":
        return Odd(Oddity.ERROR, str(value))
    if isinstance(value, bool):
        return Odd(Oddity.FLAG, "是" if value else "否")
    if isinstance(value, int | float):
        whole = not isinstance(value, float) or (math.isfinite(value) and value == int(value) and abs(value) < 1e15)
        return Odd(Oddity.NUMBER, str(int(value) if whole else value), int(value) if whole else value)
    if isinstance(value, date | time | timedelta):
        return _moment(value)
    return str(value).replace("_x000D_", "").strip()


def _moment(value: date | time | timedelta) -> Odd:
    if isinstance(value, datetime):
        return Odd(Oddity.DATE, value.isoformat(" "), day=value.date())
    if isinstance(value, date):
        return Odd(Oddity.DATE, value.isoformat(), day=value)
    return Odd(Oddity.TIME, str(value))


_DAMAGED: _Said = (
    Text("工作簿读不出来: 文件损坏, 或不是 xlsx", "the workbook cannot be read: damaged, or no xlsx"),
    Text("用表格软件打开后另存为 xlsx", "open it in a spreadsheet program and save it as xlsx"),
)
_DAMAGED_HERE: _Said = (
    Text("工作表从这一行起读不出来", "the sheet cannot be read from this row on"),
    Text(
        "用表格软件打开后另存为 xlsx; 不行就把数据复制到新表",
        "save it again as xlsx, or copy the data into a new sheet",
    ),
)
_LOCKED: _Said = (
    Text("工作簿有密码", "the workbook has a password"),
    Text("去掉密码后另存", "save it without a password"),
)
_TOO_LARGE: _Said = (
    Text("工作簿解压后超过 512 MiB", "the workbook unpacks to more than 512 MiB"),
    Text("删去图片、多余的行和工作表, 或分成几个文件", "remove pictures, surplus rows and sheets, or split it"),
)
