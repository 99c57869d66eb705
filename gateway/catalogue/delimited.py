"""CSV files: bytes in, one table out, or what keeps the file from being read.

Read as UTF-8, with or without a byte-order mark, and as GB18030 (with GBK in it), which Chinese editions of
spreadsheets write; the latter is told, because a damaged file may pass for it.  Rows are counted as spreadsheets count
them: a quoted line break does not begin a row.
"""

import csv
import io
from collections.abc import Iterator

from gateway.case.texts import Text
from gateway.catalogue.cells import Cell, Row, Table
from gateway.catalogue.report import Report

_BYTE_ORDER_MARKS = (b"\xff\xfe", b"\xfe\xff")
_Said = tuple[Text, Text]


def read_csv(raw: bytes, file: str, sheet: str, report: Report) -> Table | None:
    """Return the table in `raw`; None, reported, when it cannot be one."""
    text = _decoded(raw, file, report)
    if text is None:
        return None
    first = text.lstrip("\n\r").split("\n", 1)[0]
    if "," not in first:
        for mark, said in (("\t", _TABS), ("，", _WIDE_COMMAS), (";", _SEMICOLONS), ("；", _WIDE_COMMAS)):
            if mark in first:
                report.error(file, 1, sheet, said)
                return None
    return Table(file, sheet, _rows(text, file, sheet, report), is_text=True)


def _rows(text: str, file: str, sheet: str, report: Report) -> Iterator[Row]:
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    number = 0
    while True:
        try:
            cells: list[Cell] = [cell.strip() for cell in next(reader)]
        except StopIteration:
            return
        except csv.Error as error:
            said = _BROKEN.format(line=reader.line_num, detail=str(error))
            report.error(file, number + 1, sheet, (said, _BROKEN_FIX))
            return
        number += 1
        yield number, cells


def _decoded(raw: bytes, file: str, report: Report) -> str | None:
    if raw.startswith(_BYTE_ORDER_MARKS):
        report.error(file, 0, "", _UTF16)
        return None
    if b"\0" in raw:
        report.error(file, 0, "", _BINARY)
        return None
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        broken_at = raw.count(b"\n", 0, error.start) + 1
    if _is_damaged_utf8(raw):
        report.error(file, broken_at, "", _DAMAGED)
        return None
    try:
        text = raw.decode("gb18030")
    except UnicodeDecodeError:
        report.error(file, broken_at, "", _NO_TEXT)
        return None
    report.warning(file, 0, "", _GBK)
    return text


def _is_damaged_utf8(raw: bytes) -> bool:
    """Whether most of what is not ASCII is right UTF-8: GBK text never is."""
    text = raw.decode("utf-8", errors="replace")
    broken = text.count("\ufffd")
    return sum(char > "\x7f" for char in text) - broken > 4 * broken


_TABS: _Said = (
    Text("列是用制表符分隔的, 不是逗号", "columns are separated by tabs, not by commas"),
    Text("在表格软件中另存为“CSV UTF-8 (逗号分隔)”或 xlsx", "save it as CSV UTF-8 (comma delimited) or as xlsx"),
)
_WIDE_COMMAS: _Said = (
    Text("列是用全角标点分隔的", "columns are separated by full-width punctuation"),
    Text("改成半角逗号, 或在表格软件中另存为 CSV UTF-8", "use half-width commas, or save it as CSV UTF-8"),
)
_SEMICOLONS: _Said = (
    Text("列是用分号分隔的, 不是逗号", "columns are separated by semicolons, not by commas"),
    Text("在表格软件中另存为“CSV UTF-8 (逗号分隔)”或 xlsx", "save it as CSV UTF-8 (comma delimited) or as xlsx"),
)
_BROKEN = Text(
    "从这一行起读不下去: 引号不成对 (文件第 {line} 行附近)",
    "it cannot be read from this row on: quotes do not match (near line {line} of the file; {detail})",
)
_BROKEN_FIX = Text(
    "检查这一行的英文引号; 单元格内的引号要写成两个",
    "check the quotes of this row; a quote within a cell is written twice",
)
_UTF16: _Said = (
    Text("文件是 UTF-16 (Unicode 文本) 编码", "the file is encoded in UTF-16"),
    Text("另存为“CSV UTF-8 (逗号分隔)”或 xlsx", "save it as CSV UTF-8 (comma delimited) or as xlsx"),
)
_BINARY: _Said = (
    Text("这不是 CSV 文本", "this is no CSV text"),
    Text("检查是否放错了文件; 表格文件的后缀应为 .xlsx", "check that it is the right file; workbooks end in .xlsx"),
)
_DAMAGED: _Said = (
    Text("这里有损坏的字符 (不是完整的 UTF-8)", "damaged characters stand here (no whole UTF-8)"),
    Text("重新导出; 不要用会截断文字的程序处理", "export it again"),
)
_NO_TEXT: _Said = (
    Text("这里不是文本 (既不是 UTF-8 也不是 GBK)", "this is no text (neither UTF-8 nor GBK)"),
    Text("检查是否放错了文件, 或文件已损坏", "check that it is the right file and not damaged"),
)
_GBK: _Said = (
    Text("文件是 GBK (GB18030) 编码, 已按此读取", "the file is encoded in GBK (GB18030) and was read as such"),
    Text("核对生僻字; 以后另存为“CSV UTF-8”", "check rare characters; save it as CSV UTF-8 next time"),
)
