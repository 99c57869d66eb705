"""One field of a form that people act with: what it is called, what fits into it, and what was typed as a value.

Times are typed and shown in Asia/Shanghai.  Nothing that does not fit is changed or cut: it is told, and what was typed stays.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import Enum

from gateway.case.code.licences import licence_id_problems
from gateway.case.days import CHINA
from gateway.case.errors import FieldFinding
from gateway.case.texts import Text
from gateway.console.typed_times import day_from, moment_from

LINE, NUMBER, LONG_NUMBER, WORDS = 200, 50, 100, 2000
"""Most characters of a title, of somebody's own number, of a certificate's, of a text."""
MOST_DAYS = 3650


class Shape(Enum):
    """How a field is shown and read."""

    LINE = "text"
    WORDS = "words"
    DAY = "date"
    MOMENT = "datetime-local"
    COUNT = "number"
    CHOICE = "choice"
    FLAG = "flag"
    LICENCE = "licence"


Choice = tuple[object, Text]
"""A value and what it is called."""


@dataclass(frozen=True, slots=True)
class Field:
    """One field.

    Attributes:
        name: of the attribute of the happening it fills.
        most: characters; for a count the highest number.
        initial: what stands in it at first; `now` is the moment the form is shown.
    """

    name: str
    label: Text
    shape: Shape = Shape.LINE
    required: bool = False
    most: int = LINE
    hint: Text | None = None
    choices: tuple[Choice, ...] = ()
    initial: str = ""


class Misfit(Exception):
    """What was typed does not fit."""

    def __init__(self, problem: Text, fix: Text) -> None:
        self.problem, self.fix = problem, fix
        super().__init__(problem.en)


def read(field: Field, typed: str) -> object:
    """Return the value that was typed; None when there is none.

    Raises:
        Misfit: it is required and missing, or does not fit.
    """
    typed = typed.replace("\r\n", "\n").strip()
    if not typed:
        if field.required:
            raise Misfit(_MISSING, _CHOOSE if field.choices else _FILL)
        return None
    if field.shape is Shape.FLAG:
        return True
    if field.choices:
        return _chosen(field, typed)
    if field.shape in _READERS:
        return _READERS[field.shape](field, typed)
    return text(typed, field.most, lines=field.shape is Shape.WORDS)


def finding(field: Field, misfit: Misfit) -> FieldFinding:
    """Return what is told next to a field."""
    return FieldFinding(field.name, misfit.problem, misfit.fix)


def shown(value: object) -> str:
    """Return a value as it stands in its field."""
    if isinstance(value, bool):
        return "yes" if value else ""
    if isinstance(value, datetime):
        return value.astimezone(CHINA).strftime("%Y-%m-%dT%H:%M")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Enum):
        return str(value.value)
    return "" if value is None else str(value)


def text(typed: str, most: int, *, lines: bool) -> str:
    """Return a text.  Raises Misfit when it is too long or holds what cannot be seen."""
    if len(typed) > most:
        raise Misfit(
            Text(f"有 {len(typed)} 个字, 最多 {most} 个", f"it has {len(typed)} characters, {most} at the most"),
            Text("缩短后再提交", "shorten it"),
        )
    if not all(one.isprintable() or (lines and one in "\n\t") for one in typed):
        raise Misfit(Text("有不可见的字符", "there is a character that cannot be seen"), _RETYPE)
    return typed


def _chosen(field: Field, typed: str) -> object:
    for value, _ in field.choices:
        if shown(value) == typed:
            return value
    raise Misfit(Text("没有这个选项", "there is no such choice"), _CHOOSE)


def _day(_: Field, typed: str) -> date:
    try:
        return day_from(typed)
    except ValueError:
        raise Misfit(Text("不是日期", "this is no date"), Text("写成 2026-11-24", "write it like 2026-11-24")) from None


def _moment(_: Field, typed: str) -> datetime:
    try:
        said = moment_from(typed)
    except ValueError:
        said = None
    if said is None or said.tzinfo is not None:
        form = Text("写成 2026-11-24T09:30, 北京时间", "write it like 2026-11-24T09:30, Beijing time")
        raise Misfit(Text("不是时间", "this is no time"), form)
    return said.replace(tzinfo=CHINA).astimezone(UTC)


def _count(field: Field, typed: str) -> int:
    if not (typed.isascii() and typed.isdigit() and len(typed) <= 5 and 0 <= int(typed) <= field.most):
        fix = Text(f"写 0 至 {field.most} 的整数", f"write a whole number from 0 to {field.most}")
        raise Misfit(Text("不是可用的数", "this number does not fit"), fix)
    return int(typed)


def _licence(_: Field, typed: str) -> str:
    problems = licence_id_problems(typed)
    if problems:
        raise Misfit(problems[0].text, _RETYPE)
    return typed


_READERS = {Shape.DAY: _day, Shape.MOMENT: _moment, Shape.COUNT: _count, Shape.LICENCE: _licence}
_MISSING = Text("没有填写", "it is missing")
_FILL = Text("必须填写", "it has to be given")
_CHOOSE = Text("从列出的选项中选一个", "choose one of those listed")
_RETYPE = Text("核对后重新输入", "check it and type it again")
