"""A book: the tables that belong together, and which rows of the others belong to which item.

Rows name their item by basic code, task code, place, version or name: everything they give has to agree.  A row that
fits no item, or several, is reported; nothing is given to an item by its position.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from gateway.case.texts import Text
from gateway.catalogue.cells import Table
from gateway.catalogue.columns import SheetKind
from gateway.catalogue.headings import with_headings
from gateway.catalogue.records import Record, records
from gateway.catalogue.report import Report
from gateway.files.misfits import shown

_KEYS = ("task_code", "basic_code", "division", "version")
_ITEM_FIELD = {"item_name": "name"}


@dataclass(slots=True)
class Draft:
    """An item row with everything that other sheets say about the item."""

    item: Record
    parts: dict[SheetKind, list[Record]] = field(default_factory=dict)

    def of(self, kind: SheetKind) -> list[Record]:
        """Return the rows of a sheet, in their order: by 序号 where it is given, else as they stand."""
        rows = self.parts.get(kind, [])
        return sorted(rows, key=lambda row: _order(row, len(rows)))


@dataclass(slots=True)
class Book:
    """One workbook, or the CSV files of one folder.

    Attributes:
        folder: where files that its cells name are looked for.
        given: fields that the command gives for every row, such as `division`.
    """

    name: str
    folder: Path
    given: frozenset[str] = frozenset()
    items: list[Draft] = field(default_factory=list)
    has_items: bool = False
    _parts: list[tuple[SheetKind, Record]] = field(default_factory=list)
    _by: dict[tuple[str, str], list[Draft]] = field(default_factory=dict)

    def take(self, table: Table, report: Report) -> None:
        """Read a table into the book."""
        headed = with_headings(table, report, self.given)
        if headed is None:
            return
        if headed.kind is SheetKind.ITEMS:
            self.has_items = True
            _report_unplaced(headed.table, headed.row, headed.keys, self.given, report)
        for record in records(headed, report, self.given):
            if headed.kind is SheetKind.ITEMS:
                self._add(Draft(record))
            else:
                self._parts.append((headed.kind, record))

    def joined(self, report: Report) -> list[Draft]:
        """Give every row of the other sheets to its item, report those that have none, and return the items."""
        if self._parts and not self.has_items:
            report.error(self.name, 0, "", _NO_ITEMS)
            return []
        for kind, record in self._parts:
            found = self._owner(record, report)
            if found is not None:
                found.parts.setdefault(kind, []).append(record)
        return self.items

    def _add(self, draft: Draft) -> None:
        self.items.append(draft)
        for name in ("task_code", "basic_code", "name"):
            said = draft.item.raw.get(name)
            if said:
                self._by.setdefault((name, said), []).append(draft)

    def _owner(self, record: Record, report: Report) -> Draft | None:
        origin = record.origin
        said = {name: record.raw[name] for name in (*_KEYS, "item_name") if record.raw.get(name)}
        if len(said.get("basic_code", "")) == 31 and "task_code" not in said:
            # A column 事项编码 holds either code; their lengths tell them apart.
            said["task_code"] = said.pop("basic_code")
        if not {"task_code", "basic_code", "item_name"} & said.keys():
            report.error(origin.file, origin.row, origin.key("basic_code"), _NO_KEY)
            return None
        coded = {name: value for name, value in said.items() if name != "item_name"}
        fitting = list(self._fitting(coded if {"task_code", "basic_code"} & coded.keys() else said))
        if len(fitting) > 1 and "item_name" in said:
            named = [draft for draft in fitting if draft.item.raw.get("name") == said["item_name"]]
            fitting = named or fitting
        place = origin.key(next(name for name in ("basic_code", "task_code", "item_name") if record.raw.get(name)))
        if len(fitting) != 1:
            shown_key = shown(said.get("basic_code") or said.get("task_code") or said["item_name"])
            told = (_NO_OWNER, _NO_OWNER_FIX) if not fitting else (_OWNERS, _OWNERS_FIX)
            report.error(origin.file, origin.row, place, (told[0].format(key=shown_key, count=len(fitting)), told[1]))
            return None
        owner = fitting[0]
        if "item_name" in said and said["item_name"] != owner.item.raw.get("name", said["item_name"]):
            text = _OTHER_NAME.format(name=shown(owner.item.raw["name"]))
            report.warning(origin.file, origin.row, origin.key("item_name"), (text, _OTHER_NAME_FIX))
        return owner

    def _fitting(self, said: dict[str, str]) -> Iterator[Draft]:
        first = next(name for name in ("task_code", "basic_code", "item_name") if name in said)
        for draft in self._by.get((_ITEM_FIELD.get(first, first), said[first]), ()):
            raw = draft.item.raw
            others = ((_ITEM_FIELD.get(name, name), value) for name, value in said.items())
            # What the item's row leaves out cannot contradict.
            if all(raw.get(name, value) == value for name, value in others):
                yield draft


def all_joined(books: Iterable[Book], report: Report) -> Iterator[tuple[Book, Draft]]:
    """Yield every item of `books` with its parts."""
    for book in books:
        for draft in book.joined(report):
            yield book, draft


def _order(row: Record, last: int) -> int:
    value = row.values.get("order")
    return value if isinstance(value, int) else last + 1


def _report_unplaced(table: Table, row: int, keys: dict[str, str], given: frozenset[str], report: Report) -> None:
    for name, said in (("division", _NO_DIVISION), ("valid_from", _NO_VALID_FROM)):
        if name not in keys and name not in given:
            report.error(table.file, row, table.sheet, said)


_NO_ITEMS = (
    Text("没有“事项”表, 其他表无处可归", "there is no sheet 事项 for the others to belong to"),
    Text("把 事项.csv 一起给出, 或在工作簿中加上“事项”工作表", "give 事项.csv with them, or add a sheet 事项"),
)
_NO_KEY = (
    Text("这一行没有写属于哪个事项", "the row does not say to which item it belongs"),
    Text("取消合并单元格, 每一行都填写基本编码或实施编码", "split merged cells and give the code on every row"),
)
_NO_OWNER = Text("“事项”表里没有 {key}", "sheet 事项 has no {key}")
_NO_OWNER_FIX = Text(
    "核对编码、区划和版本与“事项”表一致, 或在“事项”表补上这个事项",
    "make code, place and version agree with sheet 事项, or add the item there",
)
_OWNERS = Text(
    "“事项”表里有 {count} 行是 {key}, 不知道属于哪一行", "{count} rows of sheet 事项 are {key}: which one is meant?"
)
_OWNERS_FIX = Text("再写上实施编码、区划或版本来区分", "add task code, place or version to tell them apart")
_OTHER_NAME = Text(
    "编码对应的事项名称是“{name}”, 与这里写的不同", "the item of this code is called '{name}', not as written here"
)
_OTHER_NAME_FIX = Text("核对是否填错了编码", "check whether the code is wrong")
_NO_DIVISION = (
    Text("缺少“区划”这一列", "column 区划 is missing"),
    Text("加上这一列, 或在命令中写 --division 422800", "add it, or give --division 422800"),
)
_NO_VALID_FROM = (
    Text("缺少“实施日期”这一列", "column 实施日期 is missing"),
    Text("加上这一列, 或在命令中写 --valid-from 2026-01-01", "add it, or give --valid-from 2026-01-01"),
)
