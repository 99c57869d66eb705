"""Administrative divisions (GB/T 2260): which places exist, what lies in what, what replaced what.

Codes are accepted with six digits and with twelve.  The table has provinces,
prefectures and counties; a town or village (twelve digits) is known when its first
six digits are.  Codes have a history: an abolished one stays known, because older
cases and items carry it, and names its successors.

Nothing unknown lies in anything, so a code that is not in the table is never routed.

Leaves to others: reading the file.  `Divisions.parse` takes its text.
"""

import csv
import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum, IntEnum
from types import MappingProxyType

from gateway.case.problems import Problem
from gateway.case.texts import Text

DIVISIONS_FILE = "data/divisions.csv"
"""Name of the packaged table inside `gateway.case`; its text is what `Divisions.parse` takes."""


class DivisionLevel(IntEnum):
    """How narrow a division is; a greater number is narrower."""

    PROVINCE = 1
    PREFECTURE = 2
    COUNTY = 3
    TOWN = 4
    VILLAGE = 5


class DivisionStatus(Enum):
    """Whether a code is in force."""

    CURRENT = "current"
    ABOLISHED = "abolished"


@dataclass(frozen=True, slots=True)
class Division:
    """One row of the table.

    `parent` is the six-digit code above, empty for a province.  Counties of a municipality and directly
    administered counties hang under their province and have an empty `prefecture`.
    """

    code6: str
    code12: str
    name: str
    level: DivisionLevel
    parent: str
    province: str
    prefecture: str
    status: DivisionStatus
    replaced_by: tuple[str, ...]


class DivisionTableError(ValueError):
    """The table cannot be used; `findings` holds (line, what is wrong), all of them, lines counted from 1."""

    def __init__(self, findings: tuple[tuple[int, str], ...]) -> None:
        super().__init__("\n".join(f"line {line}: {problem}" for line, problem in findings))
        self.findings = findings


_LEVELS = {
    "province": DivisionLevel.PROVINCE,
    "prefecture": DivisionLevel.PREFECTURE,
    "county": DivisionLevel.COUNTY,
    "county_direct": DivisionLevel.COUNTY,
}
_STATUSES = {status.value: status for status in DivisionStatus}
_COLUMNS = ("code6", "code12", "name", "level", "parent_code6", "province", "prefecture", "status", "replaced_by")

# Statistical codes that group counties and are no divisions: 市辖区 and 县 of municipalities, directly administered
# counties of a province, and development zones counted apart (71 to 79).
_PSEUDO = re.compile(r"(?:11|12|31|50)0[12]00|[0-9]{2}9000|[0-9]{4}7[1-9]")

_SHAPE = Text("行政区划代码应为 6 位或 12 位数字", "A division code has six or twelve digits")
_IS_PSEUDO = Text(
    "行政区划代码 {code} 只用于统计，不是行政区划，请改用实际的县级或市级代码",
    "Division code {code} is for statistics and is no division: use the code of the county or prefecture",
)
_UNKNOWN = Text(
    "行政区划代码 {code} 不在区划表中，请核对；如属新设区划，请在区划表中增加",
    "Division code {code} is not in the division table: check it, or add it there if it is new",
)
_ABOLISHED = Text(
    "行政区划代码 {code}（{name}）已撤销，现为 {successors}，请选择其中之一",
    "Division code {code} ({name}) was abolished; choose from its successors: {successors}",
)


@dataclass(frozen=True, slots=True)
class Divisions:
    """The whole table, immutable."""

    _rows: Mapping[str, Division] = field(repr=False)

    @staticmethod
    def parse(text: str) -> "Divisions":
        """Return the table in the text of a CSV file with a header line.  Raises DivisionTableError, naming all lines."""
        reader = csv.DictReader(io.StringIO(text.removeprefix("\ufeff")))
        missing = [column for column in _COLUMNS if column not in (reader.fieldnames or ())]
        if missing:
            raise DivisionTableError(((1, f"columns are missing: {', '.join(missing)}"),))
        rows: dict[str, Division] = {}
        lines: dict[str, int] = {}
        findings: list[tuple[int, str]] = []
        for record in reader:
            line = reader.line_num
            wrong = _wrong_with(record)
            if not wrong and record["code6"] in rows:
                wrong = [f"code6 stands on line {lines[record['code6']]} already"]
            if wrong:
                findings += [(line, problem) for problem in wrong]
            else:
                division = _division_of(record)
                rows[division.code6], lines[division.code6] = division, line
        findings += _broken_links(rows, lines)
        if not rows and not findings:
            findings.append((1, "the table has no rows"))
        if findings:
            raise DivisionTableError(tuple(sorted(findings)))
        return Divisions(MappingProxyType(rows))

    def __iter__(self) -> Iterator[Division]:
        return iter(self._rows.values())

    def __len__(self) -> int:
        return len(self._rows)

    def get(self, code: str) -> Division | None:
        """Return the division of a code; for a town or village the row above it; None if it is not known.

        Towns lie in a county, or in a prefecture that has none (441900); none lies in a province.
        """
        division = self._rows.get(code[:6]) if _is_code(code) else None
        if division is not None and division.level is DivisionLevel.PROVINCE and code[6:].strip("0"):
            return None
        return division

    def problems(self, code: str) -> tuple[Problem, ...]:
        """Return why a code cannot be dealt with: shape, pseudo-code, not in the table, abolished."""
        if not _is_code(code):
            return (Problem("DIVISION_SHAPE", _SHAPE),)
        if self.is_pseudo(code):
            return (Problem("DIVISION_PSEUDO", _IS_PSEUDO.format(code=code)),)
        division = self.get(code)
        if division is None:
            return (Problem("DIVISION_UNKNOWN", _UNKNOWN.format(code=code)),)
        if division.status is DivisionStatus.ABOLISHED:
            successors = ", ".join(f"{after.code6} {after.name}" for after in self.successors(code))
            text = _ABOLISHED.format(code=code, name=division.name, successors=successors)
            return (Problem("DIVISION_ABOLISHED", text),)
        return ()

    def named(self, code: str) -> str:
        """Return the full name for people, province first; a town or village shows its code after its county.

        A code that is not known is returned as it is.
        """
        division = self.get(code)
        if division is None:
            return code
        above = dict.fromkeys((division.province, division.prefecture, division.name))
        name = "".join(above)
        return name if self.covering_depth(code) <= DivisionLevel.COUNTY else f"{name}({code})"

    def successors(self, code: str) -> tuple[Division, ...]:
        """Return the divisions in force that took a code's area over, in the order of the table's `replaced_by`.

        A division in force is its own successor; an unknown code has none.  More than one means that a
        person must choose.
        """
        division = self.get(code)
        if division is None:
            return ()
        if division.status is DivisionStatus.CURRENT:
            return (division,)
        return tuple(dict.fromkeys(after for next_code in division.replaced_by for after in self.successors(next_code)))

    def is_within(self, code: str, scope: str) -> bool:
        """Whether the place `code` lies in the place `scope` or is the same; both must be known."""
        place, area = self.get(code), self.get(scope)
        if place is None or area is None:
            return False
        if not scope[6:].strip("0"):
            return any(above.code6 == area.code6 for above in self._upwards(place))
        wide = 9 if scope.endswith("000") else 12
        return code.ljust(12, "0")[:wide] == scope[:wide]

    def covering_depth(self, scope: str) -> DivisionLevel:
        """Return how narrow a scope is, so that of several the narrowest can win.  Raises ValueError if unknown."""
        division = self.get(scope)
        if division is None:
            raise ValueError(f"division code {scope} is not in the table")
        if not scope[6:].strip("0"):
            return division.level
        return DivisionLevel.TOWN if scope.endswith("000") else DivisionLevel.VILLAGE

    def is_pseudo(self, code: str) -> bool:
        """Whether a code only groups others in statistics and so can be nobody's partner."""
        return _is_code(code) and code[:6] not in self._rows and _PSEUDO.fullmatch(code[:6]) is not None

    def _upwards(self, division: Division) -> Iterator[Division]:
        yield division
        while division.parent:
            division = self._rows[division.parent]
            yield division


def _is_code(code: str) -> bool:
    return re.fullmatch(r"[0-9]{6}(?:[0-9]{6})?", code) is not None


def _wrong_with(record: Mapping[str, str | None]) -> list[str]:
    short = [column for column in _COLUMNS if record[column] is None]
    if short:
        return [f"the line ends before {short[0]}"]
    wrong = []
    code6, code12 = record["code6"] or "", record["code12"] or ""
    if not re.fullmatch(r"[1-8][0-9]{5}", code6):
        wrong.append("code6 needs six digits")
    elif code12 != code6 + "000000":
        wrong.append("code12 needs to be code6 and six zeros")
    if not record["name"]:
        wrong.append("name is empty")
    if record["level"] not in _LEVELS:
        wrong.append(f"level is none of {', '.join(_LEVELS)}")
    if (record["level"] == "province") == bool(record["parent_code6"]):
        wrong.append("parent_code6 is empty for a province and for nothing else")
    if record["status"] not in _STATUSES:
        wrong.append(f"status is none of {', '.join(_STATUSES)}")
    if (record["status"] == "abolished") != bool(record["replaced_by"]):
        wrong.append("replaced_by is given for an abolished code and for nothing else")
    return wrong


def _division_of(record: Mapping[str, str]) -> Division:
    return Division(
        code6=record["code6"],
        code12=record["code12"],
        name=record["name"],
        level=_LEVELS[record["level"]],
        parent=record["parent_code6"],
        province=record["province"],
        prefecture=record["prefecture"],
        status=_STATUSES[record["status"]],
        replaced_by=tuple(part.strip() for part in record["replaced_by"].split(";") if part.strip()),
    )


def _broken_links(rows: Mapping[str, Division], lines: Mapping[str, int]) -> list[tuple[int, str]]:
    broken = []
    for code, division in rows.items():
        above = rows.get(division.parent)
        if division.parent and (above is None or above.level >= division.level):
            broken.append((lines[code], f"parent_code6 {division.parent} is no wider division of this table"))
        for after in division.replaced_by:
            if after not in rows:
                broken.append((lines[code], f"replaced_by {after} is not in this table"))
            elif _leads_back(code, after, rows):
                broken.append((lines[code], f"replaced_by {after} leads back to this code"))
    return broken


def _leads_back(code: str, after: str, rows: Mapping[str, Division]) -> bool:
    seen: set[str] = set()
    waiting = [after]
    while waiting:
        at = waiting.pop()
        if at == code:
            return True
        if at in rows and at not in seen:
            seen.add(at)
            waiting += rows[at].replaced_by
    return False
