"""Codes of service items (GB/T 39554.1-2020): basic 12, task 31, handling item 33.

    handling item 33 = task 31 + sequence 2
    task 31          = USCC of the implementing body 18 + level 1 + basic 12
    basic 12         = region 2 + type 2 + department 2 + main item 3 + sub-item 3

Only a national basic code (region 00) means the same in two provinces.  GB/T 39046-2020
prints shorter lengths for two of these fields; the 12 and 31 characters in use count.

Problems refuse a code.  Doubts do not: provinces use item types beyond the national
table, and those are told to staff only.
"""

from dataclasses import dataclass
from enum import Enum

from gateway.case.code.organisations import USCC_ALPHABET, uscc_problems
from gateway.case.code.problems import DIGITS, Problem, character_problems, length_problems, plain
from gateway.case.texts import Text


class ExerciseLevel(Enum):
    """Level of government that exercises a power (行使层级), GB/T 39046-2020 A.2."""

    NATIONAL = "1"
    PROVINCE = "2"
    PREFECTURE = "3"
    COUNTY = "4"
    TOWN = "5"
    VILLAGE = "6"
    GRADED = "7"


@dataclass(frozen=True, slots=True)
class BasicCode:
    """The five parts of a basic code (基本编码), 12 characters."""

    region: str
    item_type: str
    department: str
    main: str
    sub: str

    def __str__(self) -> str:
        return self.region + self.item_type + self.department + self.main + self.sub

    @property
    def is_national(self) -> bool:
        """Whether the code stands in the national catalogue, so that both sides share it."""
        return self.region == "00"


@dataclass(frozen=True, slots=True)
class TaskCode:
    """The three parts of a task code (实施编码), 31 characters."""

    implementer: str
    level: ExerciseLevel
    basic: BasicCode

    def __str__(self) -> str:
        return f"{self.implementer}{self.level.value}{self.basic}"


@dataclass(frozen=True, slots=True)
class HandlingItemCode:
    """A task code and the sequence of the handling item in it (业务办理项编码), 33 characters."""

    task: TaskCode
    sequence: str

    def __str__(self) -> str:
        return f"{self.task}{self.sequence}"


_BASIC = Text("事项基本编码", "The basic item code")
_TASK = Text("事项实施编码", "The task code")
_HANDLING = Text("业务办理项编码", "The handling item code")
_IMPLEMENTER = Text(
    "{subject}第 1 至 18 位实施主体统一社会信用代码",
    "{subject} begins with an implementing body's USCC (1 to 18), which",
)
_ALPHABET = Text("数字和大写字母（不含 I、O、S、V、Z）", "digits and capital letters other than I, O, S, V and Z")
_REGION = Text(
    "{subject}中的地区码（基本编码第 1、2 位）应为 00（国家）或省级代码",
    "{subject} has a region (the first two characters of the basic code) that is neither 00 nor a province",
)
_TYPE = Text(
    "{subject}中的事项类型（基本编码第 3、4 位）应为 01 至 29 之一",
    "{subject} has an item type (characters 3 and 4 of the basic code) outside 01 to 29",
)
_TYPE_DOUBT = Text(
    "{subject}中的事项类型不在国家标准代码表内，是省级扩展代码，请与对方确认含义",
    "{subject} has an item type beyond the national table: a province's own, ask what it means there",
)
_LEVEL = Text("{subject}第 19 位行使层级应为 1 至 7", "{subject} needs a level from 1 to 7 as its 19th character")

# GB/T 2260: the first two digits of every province.
_PROVINCES = frozenset(
    str(number)
    for block in ((11, 16), (21, 24), (31, 38), (41, 47), (50, 55), (61, 66), (71, 72), (81, 83))
    for number in range(*block)
)
# GB/T 39046-2020 A.1, and the range in which provinces add their own.
_NATIONAL_TYPES = frozenset(f"{number:02d}" for number in (*range(1, 11), 20))
_KNOWN_TYPES = frozenset(f"{number:02d}" for number in range(1, 30))


def basic_code_problems(value: str) -> tuple[Problem, ...]:
    """Return what is wrong with a basic code: characters, length, region, item type."""
    return (*_outer_problems(value, _BASIC, 12), *_basic_problems(value, 0, 12, _BASIC))


def basic_code_doubts(value: str) -> tuple[Problem, ...]:
    """Return what staff should know about a basic code that is accepted: an item type of a province's own."""
    if basic_code_problems(value) or value[2:4] in _NATIONAL_TYPES:
        return ()
    return (Problem("PROVINCIAL_ITEM_TYPE", _TYPE_DOUBT.format(subject=_BASIC)),)


def task_code_problems(value: str) -> tuple[Problem, ...]:
    """Return what is wrong with a task code, all parts at once, both check characters of the USCC included."""
    return (*_outer_problems(value, _TASK, 31), *_task_problems(value, 31, _TASK))


def handling_code_problems(value: str) -> tuple[Problem, ...]:
    """Return what is wrong with a handling item code, all parts at once."""
    return (*_outer_problems(value, _HANDLING, 33), *_task_problems(value, 33, _HANDLING))


def split_basic_code(value: str) -> BasicCode:
    """Return the parts of a basic code.  Raises ValueError if `basic_code_problems` has any."""
    if basic_code_problems(value):
        raise ValueError("not a basic item code")
    return BasicCode(value[:2], value[2:4], value[4:6], value[6:9], value[9:])


def split_task_code(value: str) -> TaskCode:
    """Return the parts of a task code.  Raises ValueError if `task_code_problems` has any."""
    if task_code_problems(value):
        raise ValueError("not a task code")
    return TaskCode(value[:18], ExerciseLevel(value[18]), split_basic_code(value[19:]))


def split_handling_code(value: str) -> HandlingItemCode:
    """Return the parts of a handling item code.  Raises ValueError if `handling_code_problems` has any."""
    if handling_code_problems(value):
        raise ValueError("not a handling item code")
    return HandlingItemCode(split_task_code(value[:31]), value[31:])


def _outer_problems(value: str, subject: Text, length: int) -> tuple[Problem, ...]:
    return (
        *character_problems(value, subject, frozenset(USCC_ALPHABET), _ALPHABET),
        *(length_problems(value, subject, (length,)) if value else ()),
    )


def _basic_problems(value: str, start: int, length: int, subject: Text) -> tuple[Problem, ...]:
    meant = plain(value)
    if len(meant) != length:
        return ()
    region, item_type = meant[start : start + 2], meant[start + 2 : start + 4]
    found = []
    if region != "00" and region not in _PROVINCES:
        found.append(Problem("ITEM_REGION", _REGION.format(subject=subject)))
    if item_type not in _KNOWN_TYPES:
        found.append(Problem("ITEM_TYPE", _TYPE.format(subject=subject)))
    return tuple(found)


def _task_problems(value: str, length: int, subject: Text) -> tuple[Problem, ...]:
    meant = plain(value)
    if len(meant) != length:
        return ()
    told = {"CHARACTERS", "FULL_WIDTH", "LOWER_CASE", "MASKED"}
    inner = uscc_problems(meant[:18], _IMPLEMENTER.format(subject=subject))
    level = () if meant[18] in DIGITS - set("089") else (Problem("ITEM_LEVEL", _LEVEL.format(subject=subject)),)
    return (
        *(problem for problem in inner if problem.code not in told),
        *level,
        *_basic_problems(value, 19, length, subject),
    )
