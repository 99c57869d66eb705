"""Which types of electronic licences can be called up: a CSV table, for the number of them is a fact and no code.

Columns by heading, in any order, others ignored: 证照类型代码 (21 characters), 证照名称, 可调用 (是 or 否).  The table is read
again when it changed; one with a mistake keeps the last good one in force.

Source: 恩施州 2022 政务公开年报 (51 types callable by its platform); GB/T 36904-2018 (21 characters).
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from gateway.case.texts import Text
from gateway.catalogue.cells import Cell, Table, seen
from gateway.catalogue.delimited import read_csv
from gateway.catalogue.report import Report
from gateway.files.findings import Findings
from gateway.licences.file_marks import Mark, mark_of

MAX_BYTES = 1024 * 1024
_TYPE = re.compile(r"[0-9A-Z]{18}[0-9]{3}")
_HEADINGS = {
    "证照类型代码": "code",
    "type_code": "code",
    "证照名称": "name",
    "name": "name",
    "可调用": "callable",
    "callable": "callable",
}
_ANSWERS = {"是": True, "yes": True, "否": False, "no": False}
_Said = tuple[Text, Text]


@dataclass(frozen=True, slots=True)
class TypeRow:
    """One type of licence."""

    code: str
    name: str
    callable: bool


def read_types(path: Path) -> tuple[tuple[TypeRow, ...], Findings]:
    """Return the types in a table and everything wrong with it; no types when something is."""
    report = Report()
    file = f"{path.parent.name}/{path.name}"
    try:
        with path.open("rb") as opened:
            raw = opened.read(MAX_BYTES + 1)
    except OSError as error:
        said = error.strerror or type(error).__name__
        report.error(file, 0, "", (Text(f"文件打不开: {said}", f"the file cannot be opened: {said}"), _CHECK_PATH))
        return (), report.findings()
    if len(raw) > MAX_BYTES:
        report.error(file, 0, "", _TOO_LARGE)
        return (), report.findings()
    table = read_csv(raw, file, "", report)
    rows = tuple(_rows(table, report)) if table else ()
    return (() if report.failed else rows), report.findings()


@dataclass(slots=True)
class LicenceTypes:
    """The table in force."""

    path: Path
    rows: tuple[TypeRow, ...]
    _mark: Mark = field(default=None)

    def callable_types(self) -> frozenset[str]:
        """Return the types that can be called up."""
        self._follow()
        return frozenset(row.code for row in self.rows if row.callable)

    def name_of(self, code: str) -> str:
        """Return what a type is called; its code when the table does not say."""
        self._follow()
        return next((row.name for row in self.rows if row.code == code), code)

    def _follow(self) -> None:
        mark = mark_of(self.path)
        if mark != self._mark:
            self._mark = mark
            rows, findings = read_types(self.path)
            if not any(finding.is_error for finding in findings):
                self.rows = rows


def _rows(table: Table, report: Report) -> Iterator[TypeRow]:
    places: dict[str, int] = {}
    seen_at: dict[str, int] = {}
    for number, cells in table.rows:
        if not any(cells):
            continue
        if not places:
            places = _places(number, cells, table.file, report)
            if not places:
                return
            continue
        row = _row(number, cells, places, table.file, report)
        if row and row.code in seen_at:
            first = seen_at[row.code]
            said = Text(f"{row.code} 在第 {first} 行已有", f"{row.code} stands in row {first} already")
            report.error(table.file, number, "证照类型代码", (said, _DELETE_ONE))
        elif row:
            seen_at[row.code] = number
            yield row
    if not places:
        report.error(table.file, 0, "", _EMPTY)


def _places(number: int, cells: Sequence[Cell], file: str, report: Report) -> dict[str, int]:
    places = {_HEADINGS[seen(cell)]: at for at, cell in enumerate(cells) if seen(cell) in _HEADINGS}
    lacking = [heading for heading, name in _HEADINGS.items() if name not in places and not heading.isascii()]
    for heading in lacking:
        report.error(file, number, heading, (Text(f"缺少列 {heading}", f"column {heading} is missing"), _HEADING_FIX))
    return {} if lacking else places


def _row(number: int, cells: Sequence[Cell], places: dict[str, int], file: str, report: Report) -> TypeRow | None:
    told = {name: seen(cells[at]) if at < len(cells) else "" for name, at in places.items()}
    wrong: list[tuple[str, _Said]] = []
    if not _TYPE.fullmatch(told["code"]):
        wrong.append(("证照类型代码", _CODE))
    if not told["name"]:
        wrong.append(("证照名称", _NAME))
    if told["callable"].lower() not in _ANSWERS:
        wrong.append(("可调用", _CALLABLE))
    for heading, said in wrong:
        report.error(file, number, heading, said)
    return None if wrong else TypeRow(told["code"], told["name"], _ANSWERS[told["callable"].lower()])


_CHECK_PATH = Text("检查 licences.types 的路径和读取权限", "check the path in licences.types and its rights")
_TOO_LARGE: _Said = (
    Text("文件超过 1 MiB", "the file is larger than 1 MiB"),
    Text("检查是否放错了文件", "check that it is the right file"),
)
_EMPTY: _Said = (
    Text("没有表头", "there is no heading"),
    Text("第一行写: 证照类型代码,证照名称,可调用", "write in the first row: 证照类型代码,证照名称,可调用"),
)
_HEADING_FIX = Text("第一行写: 证照类型代码,证照名称,可调用", "write in the first row: 证照类型代码,证照名称,可调用")
_DELETE_ONE = Text("删去一行", "delete one of the rows")
_CODE: _Said = (
    Text("证照类型代码应为 18 位统一社会信用代码加 3 位顺序号", "a type is a USCC (18) and a sequence (3)"),
    Text("照证照目录填写 21 位代码, 单元格设为文本", "copy all 21 characters; keep the cell as text"),
)
_NAME: _Said = (Text("没有证照名称", "the type has no name"), Text("填写证照名称", "give its name"))
_CALLABLE: _Said = (
    Text("不是“是”或“否”", "this is neither 是 nor 否"),
    Text("能调用写“是”, 不能写“否”", "write 是 if it can be called up, else 否"),
)
