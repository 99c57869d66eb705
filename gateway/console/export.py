"""Tables that leave the console as files: CSV that spreadsheets open as it is, and XLSX; nothing in them is a formula.

A cell that begins like a formula gets an apostrophe in front (OWASP: CSV injection), in either format; control characters,
which XLSX cannot hold, are left out.
"""

import asyncio
import csv
import io
import re
from collections.abc import Sequence

from aiohttp import web
from openpyxl import Workbook

CSV, XLSX = "csv", "xlsx"
TYPES = {
    CSV: "text/csv",
    XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")

Table = Sequence[Sequence[str]]


def harmless(cell: str) -> str:
    """Return a cell that no spreadsheet takes for a formula."""
    cell = _CONTROL.sub("", cell)
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


async def file_of(table: Table, kind: str, name: str) -> web.Response:
    """Return the answer that a browser keeps as a file; made outside the event loop.

    Args:
        table: the first row is the heading.
        name: of the file, without its ending; ASCII.
    """
    body = await asyncio.to_thread(as_xlsx if kind == XLSX else as_csv, table)
    headers = {
        "Content-Disposition": f'attachment; filename="{name}.{kind}"',
        "Cache-Control": "no-store",
    }
    return web.Response(body=body, content_type=TYPES[kind], charset="utf-8" if kind == CSV else None, headers=headers)


def as_csv(table: Table) -> bytes:
    """Return a table as CSV (RFC 4180), in UTF-8 with the mark by which Excel knows it."""
    text = io.StringIO(newline="")
    csv.writer(text, quoting=csv.QUOTE_ALL).writerows([harmless(cell) for cell in row] for row in table)
    return text.getvalue().encode("utf-8-sig")


def as_xlsx(table: Table) -> bytes:
    """Return a table as a workbook of one sheet, every cell a text."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet("通办")
    sheet.freeze_panes = "A2"
    for row in table:
        sheet.append([harmless(cell) for cell in row])
    kept = io.BytesIO()
    book.save(kept)
    return kept.getvalue()
