"""Administrative divisions (GB/T 2260): which places exist, what lies in what, what replaced what.

Codes are accepted with six digits and with twelve.  The table has provinces,
prefectures and counties; a town or village (twelve digits) is known when its first
six digits are.  Codes have a history: an abolished one stays known, because older
cases and items carry it, and names its successors.

Nothing unknown lies in anything, so a code that is not in the table is never routed.

New cases are routed by the table in force on the day they are submitted, whatever the day the window received them:
whoever took the area over decides today.  An abolished code with one successor is followed, and told; with several a
person chooses.  Codes of birth places in identity numbers are never looked up here.

Leaves to others: the shape of the file (`division_rows`), and reading it.  `Divisions.parse` takes its text.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from gateway.case.code.division_rows import Division, DivisionLevel, DivisionStatus, DivisionTableError, read_rows
from gateway.case.code.problems import Problem
from gateway.case.texts import Text

__all__ = ["DIVISIONS_FILE", "Division", "DivisionLevel", "DivisionStatus", "DivisionTableError", "Divisions"]

MOST_ANSWERS = 4096
"""Answers kept of whether a place belongs to a scope; at so many all are forgotten."""
DIVISIONS_FILE = "data/divisions.csv"
"""Name of the packaged table inside `gateway.case`; its text is what `Divisions.parse` takes."""


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


@dataclass(frozen=True, slots=True, eq=False)
class Divisions:
    """The whole table, immutable; one table is equal to itself only."""

    _rows: Mapping[str, Division] = field(repr=False)
    # What was asked before, for the cases of a day ask about the same few places.
    _belongs: dict[tuple[str, str], bool] = field(init=False, repr=False, default_factory=dict)

    @staticmethod
    def parse(text: str) -> "Divisions":
        """Return the table in the text of a CSV file with a header line.  Raises DivisionTableError, naming all lines."""
        rows = read_rows(text)
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

    def belongs_to(self, code: str, scope: str) -> bool:
        """Whether a place lies in a scope, an abolished division with one successor counted as that.

        So older cases and agreements that still carry the old code go on; one with several successors counts as itself.
        """
        question = (code, scope)
        answer = self._belongs.get(question)
        if answer is None:
            answer = self.is_within(code, scope) or self.is_within(self.followed(code), self.followed(scope))
            if len(self._belongs) >= MOST_ANSWERS:
                self._belongs.clear()
            self._belongs[question] = answer
        return answer

    def followed(self, code: str) -> str:
        """Return the code under which a place goes on: of an abolished division its one successor's, else its own."""
        division = self.get(code)
        if division is None or division.status is DivisionStatus.CURRENT:
            return code
        after = self.successors(code)
        return after[0].code6 if len(after) == 1 else code

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
    return len(code) in (6, 12) and code.isascii() and code.isdigit()
