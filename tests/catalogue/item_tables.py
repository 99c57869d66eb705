"""Item tables as bureaus keep them, written to a folder, and what reading them gave."""

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from openpyxl import Workbook

from gateway.catalogue.assembly import Given
from gateway.catalogue.read import Read, read_items
from gateway.files.findings import Finding, render
from gateway.settings import load_divisions

BASIC = "000117051000"
TASK = "11440232MB2D06811W4000117051000"

ITEM: Mapping[str, Any] = {
    "基本编码": BASIC,
    "事项名称": "示例许可",
    "区划": "422800",
    "版本": "1",
    "实施日期": "2026-01-01",
    "事项类型": "行政许可",
    "行使层级": "县级",
    "受理层级": "县级;镇(乡、街道)级",
    "实施编码": TASK,
    "服务对象": "自然人",
    "设定依据": "《示例条例》第一条",
    "通办方式": "异地代收代办",
    "办理形式": "窗口",
    "办件类型": "承诺件",
    "法定时限": "20个工作日",
    "承诺时限": "5个工作日",
    "到现场次数": "1",
    "跑动原因": "核验原件",
    "是否收费": "否",
    "结果名称": "许可批复",
    "结果类型": "批文",
}
MATERIAL: Mapping[str, Any] = {
    "基本编码": BASIC,
    "材料编码": "M01",
    "材料名称": "居民身份证",
    "必要性": "必要",
    "来源": "政府部门核发",
    "形式": "均可",
    "原件份数": "1",
    "复印件份数": "0",
    "受理标准": "在有效期内",
}
STEP: Mapping[str, Any] = {"基本编码": BASIC, "环节名称": "受理", "环节类型": "受理", "环节时限": "1个工作日"}

Rows = Sequence[Sequence[Any]]


def table(row: Mapping[str, Any], *more: Mapping[str, Any], **changed: Any) -> Rows:
    """Give headings and rows: `row` with some cells changed, and after it `more`."""
    first = {**row, **changed}
    heads = list(dict.fromkeys(name for one in (first, *more) for name in one))
    return [heads, *([one.get(head, "") for head in heads] for one in (first, *more))]


def csv_bytes(rows: Rows, encoding: str = "utf-8") -> bytes:
    """Give rows as a CSV file."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows(rows)
    return text.getvalue().encode(encoding)


def put(folder: Path, encoding: str = "utf-8", **tables: Rows | bytes) -> Path:
    """Write CSV files called by their sheets."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in tables.items():
        (folder / f"{name}.csv").write_bytes(rows if isinstance(rows, bytes) else csv_bytes(rows, encoding))
    return folder


def workbook(path: Path, **sheets: Rows) -> Path:
    """Write a workbook; each value keeps its type."""
    book = Workbook()
    book.remove(book.worksheets[0])
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(list(row))
    book.save(path)
    return path


def read(*paths: Path, given: Given | None = None) -> Read:
    """Read tables as the command does."""
    return read_items(paths, divisions=load_divisions(), given=given)


def told(found: Read, **where: Any) -> list[Finding]:
    """Give the findings at a place."""
    return [one for one in found.findings if all(getattr(one, name) == value for name, value in where.items())]


def said(found: Read) -> str:
    """Give the findings as they are printed."""
    return render(found.findings, "zh")
