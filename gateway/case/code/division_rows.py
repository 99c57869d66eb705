"""The table of divisions as a file has it: rows, what each must be, and how they hang together.

A row has `code6, code12, name, level, parent_code6, province, prefecture, status, replaced_by`; `valid_from` and `valid_to`
are the days (Asia/Shanghai) from which a code holds and on which it ended, where they are known.  Other columns are
for people.  Whether a code is in force is what `status` says: the days tell people when, and decide nothing.
"""

import csv
import io
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import Enum, IntEnum


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
    valid_from: date | None = None
    valid_to: date | None = None


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
_DAYS = ("valid_from", "valid_to")


def read_rows(text: str) -> dict[str, Division]:
    """Return the rows of a CSV file with a header line, by code.  Raises DivisionTableError, naming all lines."""
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
    return rows


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
    wrong += [f"{column} is no day, such as 2025-11-06" for column in _DAYS if not _is_day(record.get(column) or "")]
    return wrong


def _is_day(text: str) -> bool:
    try:
        return not text or date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


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
        valid_from=_day(record.get("valid_from")),
        valid_to=_day(record.get("valid_to")),
    )


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


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
