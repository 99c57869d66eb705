"""Item tables in, definitions or everything that is wrong with them out.

`tongban items` and the tests ask here.  Bounds: a file 64 MiB, a sheet 100,000 rows of 256 columns, a cell 32 KiB, a
workbook 512 MiB unpacked, 20,000 findings.  Nothing raises for what is in a file, and nothing is half imported: callers
use `definitions` only where `ok`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from gateway.case.code.divisions import Divisions
from gateway.case.item.definition import ItemDefinition
from gateway.case.texts import Text
from gateway.catalogue.assembly import UNSTATED_VERSION, Assembled, Given, assembled
from gateway.catalogue.books import Book, all_joined
from gateway.catalogue.columns import sheet_kind
from gateway.catalogue.delimited import read_csv
from gateway.catalogue.json_items import read_json
from gateway.catalogue.report import Origin, Report
from gateway.catalogue.workbook import read_workbook
from gateway.files.findings import Findings, has_errors

MOST_BYTES = 64 * 1024 * 1024
SUFFIXES = (".csv", ".xlsx", ".xlsm", ".json")

_OLD_WORKBOOK = b"\xd0\xcf\x11\xe0"
_ZIP = b"PK\x03\x04"


@dataclass(frozen=True, slots=True)
class Read:
    """What the files hold.

    Attributes:
        definitions: those without an error, in file order; version 0 where the table states none.
        origins: where each of them came from.
        files: every file that was looked at.
    """

    definitions: tuple[ItemDefinition, ...]
    origins: tuple[Origin, ...]
    findings: Findings
    files: tuple[str, ...]

    @property
    def ok(self) -> bool:
        """Whether everything may be imported; nothing may otherwise."""
        return not has_errors(self.findings)


def read_items(paths: Sequence[Path], *, divisions: Divisions, given: Given | None = None) -> Read:
    """Read item tables from files and folders.

    A folder means the tables in it, not those below, and JSON only where there are no others; its CSV files belong
    together.  Workbooks stand alone.

    Args:
        given: what holds for rows that do not say it themselves.
    """
    given = given or Given()
    report = Report()
    files = [file for path in paths for file in _files(path, report)]
    fields = frozenset(
        name for name, value in (("division", given.division), ("valid_from", given.valid_from)) if value
    )
    books: dict[str, Book] = {}
    found: list[Assembled] = []
    for file in dict.fromkeys(files):
        raw = _bytes(file, report)
        if raw is None:
            continue
        name, suffix = _shown(file), file.suffix.lower()
        if suffix == ".json":
            found += read_json(raw, name, divisions, report)
            continue
        key = str(file.parent) if suffix == ".csv" else str(file)
        book = books.setdefault(key, Book(_shown(file.parent) if suffix == ".csv" else name, file.parent, fields))
        _take(book, raw, file, report)
    _report_left_out(files, report)
    for book, draft in all_joined(books.values(), report):
        whole = assembled(draft, book.folder, given, divisions, report)
        found += [whole] if whole else []
    _report_doubles(found, report)
    if not found and not report.failed:
        report.error(_shown(paths[0]) if paths else "", 0, "", _NOTHING)
    return Read(
        tuple(one.definition for one in found),
        tuple(one.origin for one in found),
        report.findings(),
        tuple(map(_shown, dict.fromkeys(files))),
    )


def _take(book: Book, raw: bytes, file: Path, report: Report) -> None:
    if file.suffix.lower() == ".csv":
        table = read_csv(raw, _shown(file), file.stem, report)
        tables = [table] if table else []
    else:
        tables = read_workbook(raw, _shown(file), report)
    for one in tables:
        book.take(one, report)


def _files(path: Path, report: Report) -> list[Path]:
    """Return the tables a path means: itself, or those in the folder."""
    try:
        if path.is_dir():
            inside = sorted(one for one in path.iterdir() if one.suffix.lower() in SUFFIXES and _is_table(one.name))
            # Beside tables, JSON is what their cells name: forms.
            inside = [one for one in inside if one.suffix.lower() != ".json"] or inside
            if not inside:
                report.error(_shown(path), 0, "", _EMPTY_FOLDER)
            return inside
    except OSError as error:
        report.error(_shown(path), 0, "", (_CLOSED.format(detail=error.strerror or ""), _CLOSED_FIX))
        return []
    return [path]


def _is_table(name: str) -> bool:
    # A spreadsheet program keeps `~$name.xlsx` beside a workbook that somebody has open.
    return not name.startswith((".", "~$", "_"))


def _bytes(file: Path, report: Report) -> bytes | None:
    name = _shown(file)
    try:
        with file.open("rb") as stream:
            raw = stream.read(MOST_BYTES + 1)
    except (OSError, ValueError) as error:
        detail = getattr(error, "strerror", None) or type(error).__name__
        report.error(name, 0, "", (_CLOSED.format(detail=detail), _CLOSED_FIX))
        return None
    said = _unfit(file.suffix.lower(), raw)
    if said:
        report.error(name, 0, "", said)
        return None
    return raw


def _unfit(suffix: str, raw: bytes) -> tuple[Text, Text] | None:
    """Return why bytes are no table of the kind their file's name promises."""
    if len(raw) > MOST_BYTES:
        return _LARGE
    if not raw.strip():
        return _EMPTY
    if raw.startswith(_OLD_WORKBOOK) or suffix in (".xls", ".et", ".ods"):
        return _OLD
    if suffix not in SUFFIXES:
        return _STRANGE_FILE
    if raw.startswith(_ZIP) and suffix in (".csv", ".json"):
        return _IS_WORKBOOK
    if suffix in (".xlsx", ".xlsm") and raw.lstrip()[:1] == b"<":
        return _WEB_PAGE
    return None


def _report_left_out(files: Iterable[Path], report: Report) -> None:
    """Tell which tables of a folder were not given although others of it were."""
    given = {file.resolve() for file in files if file.suffix.lower() == ".csv"}
    for folder in dict.fromkeys(file.parent for file in files if file.suffix.lower() == ".csv"):
        try:
            beside = [
                one for one in sorted(folder.glob("*.csv")) if sheet_kind(one.stem) and one.resolve() not in given
            ]
        except OSError:
            continue
        if beside:
            names = "、".join(one.name for one in beside)
            report.warning(_shown(folder), 0, "", (_BESIDE.format(names=names), _BESIDE_FIX))


def _report_doubles(found: Sequence[Assembled], report: Report) -> None:
    """Report the same version of an item twice, and a stated version beside one that is not."""
    first: dict[tuple[str, int], Assembled] = {}
    versions: dict[str, set[int]] = {}
    for one in found:
        key, version, origin = one.definition.key, one.definition.version, one.origin
        other = first.setdefault((key, version), one)
        if other is not one:
            there = f"{other.origin.file}:{other.origin.row}" if other.origin.row else other.origin.sheet
            said = _DOUBLE.format(item=one.definition.basic_code, place=there)
            report.error(origin.file, origin.row, origin.key("basic_code"), (said, _DOUBLE_FIX))
        stated = versions.setdefault(key, set())
        if other is one and stated and UNSTATED_VERSION in (version, *stated):
            report.error(origin.file, origin.row, origin.key("version"), _HALF_STATED)
        stated.add(version)


def _shown(path: Path) -> str:
    try:
        return str(path.resolve().relative_to(Path.cwd()))
    except (OSError, ValueError):
        return str(path)


_CLOSED = Text("文件打不开: {detail}", "the file cannot be opened: {detail}")
_CLOSED_FIX = Text("检查文件是否存在, 以及读取权限", "check that it exists and may be read")
_EMPTY_FOLDER = (
    Text("文件夹里没有事项表", "the folder holds no item tables"),
    Text("放入 事项.csv 等文件, 或 xlsx 工作簿", "put 事项.csv and the others there, or a workbook"),
)
_LARGE = (
    Text("文件超过 64 MiB", "the file is larger than 64 MiB"),
    Text("检查是否放错了文件; 或分成几个文件", "check that it is the right file, or split it"),
)
_EMPTY = (Text("文件是空的", "the file is empty"), Text("检查是否导出成功", "check whether the export succeeded"))
_OLD = (
    Text(
        "不是 xlsx: 旧格式工作簿 (.xls、.et、.ods), 或加了密码",
        "no xlsx: an older kind of workbook, or one with a password",
    ),
    Text("在表格软件中打开, 另存为 xlsx (不加密码)", "open it and save it as xlsx, without a password"),
)
_STRANGE_FILE = (
    Text("不认识这种文件", "this kind of file is not known"),
    Text("给出 .csv、.xlsx 或 .json", "give .csv, .xlsx or .json"),
)
_IS_WORKBOOK = (
    Text("内容是工作簿, 后缀却不是 .xlsx", "it is a workbook, though its name does not end in .xlsx"),
    Text("把后缀改为 .xlsx", "rename it to .xlsx"),
)
_WEB_PAGE = (
    Text("内容是网页或 XML, 不是 xlsx", "it is a web page or XML, not xlsx"),
    Text("在表格软件中打开, 另存为 xlsx", "open it in a spreadsheet program and save it as xlsx"),
)
_NOTHING = (
    Text("没有读到任何事项", "no item was found"),
    Text("检查“事项”表是否有数据行", "check that sheet 事项 has rows"),
)
_BESIDE = Text("同一文件夹里还有 {names}, 没有一起给出", "{names} in the same folder were not given")
_BESIDE_FIX = Text(
    "给出整个文件夹, 否则材料和环节会缺失", "give the whole folder, or materials and steps will be missing"
)
_DOUBLE = Text("事项 {item} 的同一版本已在 {place}", "this version of item {item} stands at {place} already")
_DOUBLE_FIX = Text(
    "删去一行; 确是两个版本的写不同的版本号, 不同主体的写实施编码",
    "delete one; give different versions, or the task codes of different bodies",
)
_HALF_STATED = (
    Text("同一事项有的行写了版本, 有的没写", "some rows of this item state a version and some do not"),
    Text("每一行都写版本", "state it on every row"),
)
