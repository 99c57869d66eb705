"""From a cell to a value, or what is wrong with the cell and what to write in its place.

Nothing is repaired: full-width digits, codes kept as numbers, formulas, numbers with a unit missing and codes of other
systems are told.  Words such as 无 and / in a cell that may be empty count as empty.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import date

from gateway.case.texts import Text
from gateway.catalogue.cells import MOST_CELL_BYTES, Cell, Odd, Oddity, seen
from gateway.catalogue.columns import Column, Holds
from gateway.catalogue.vocabularies import LEVELS
from gateway.files.misfits import Misfit, shown

_EMPTY_WORDS = frozenset({"", "无", "/", "\\", "-", "--", "—", "——", "不涉及", "暂无", "null", "n/a"})
_INVISIBLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\xad\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\uffff]"
)
FULL_WIDTH = re.compile("[０-９Ａ-Ｚａ-ｚ]")
_SCIENTIFIC = re.compile(r"[+-]?[0-9]+(?:\.[0-9]+)?[Ee][+]?[0-9]+")
_GUARDED = re.compile(r"=\"(.*)\"|'(.+)")
_SEPARATORS = re.compile(r"[;；、,，|\n]+")
_WORD_SEPARATORS = re.compile(r"[;；、,，|/／\n]+")
_BASES = re.compile(r"\n+|[;；](?=\s*(?:《|[0-9]+[.、．]|【|［|\[))")
_COMPACT_LEVELS = re.compile("[省市州县区乡镇村]{2,}")
_DAY = re.compile(
    r"([0-9]{4})(?:-([0-9]{1,2})-([0-9]{1,2})|/([0-9]{1,2})/([0-9]{1,2})|\.([0-9]{1,2})\.([0-9]{1,2})"
    r"|年([0-9]{1,2})月([0-9]{1,2})日|([0-9]{2})([0-9]{2}))(?:[ T]00:00(?::00)?)?"
)


def is_empty(cell: Cell) -> bool:
    """Whether a cell holds nothing, or a word that people write for nothing."""
    return isinstance(cell, str) and cell.lower() in _EMPTY_WORDS


def value_of(cell: Cell, column: Column) -> object:
    """Return the value of a cell that is not empty.

    Raises:
        Misfit: it cannot be taken as it stands.
    """
    _check_bounds(cell)
    return _READ[column.holds](cell, column)


def _check_bounds(cell: Cell) -> None:
    if isinstance(cell, Odd):
        if cell.kind is Oddity.FORMULA:
            raise Misfit(*_FORMULA)
        if cell.kind is Oddity.ERROR:
            raise Misfit(_CELL_ERROR.format(shown=shown(cell.text)), _CELL_ERROR_FIX)
        return
    if len(cell.encode(errors="replace")) > MOST_CELL_BYTES:
        raise Misfit(*_LARGE)
    found = _INVISIBLE.search(cell)
    if found:
        said = _HIDDEN.format(place=found.start() + 1, code=f"U+{ord(found[0]):04X}")
        raise Misfit(said, _HIDDEN_FIX)


def _code(cell: Cell, column: Column) -> str:
    if isinstance(cell, Odd):
        raise Misfit(_CODE_NUMBER.format(shown=shown(cell.text)), _SET_TO_TEXT)
    if _SCIENTIFIC.fullmatch(cell):
        raise Misfit(_CODE_SCIENTIFIC.format(shown=shown(cell)), _SET_TO_TEXT)
    guarded = _GUARDED.fullmatch(cell)
    if guarded:
        raise Misfit(_CODE_GUARDED, _PLAIN.format(shown=shown(guarded[1] or guarded[2])))
    if cell.endswith(".0") and cell[:-2].isdigit():
        raise Misfit(_CODE_NUMBER.format(shown=shown(cell)), _SET_TO_TEXT)
    if column.field == "basic_code" and re.fullmatch(r"[0-9]{7,11}", cell):
        raise Misfit(_ZEROS_LOST.format(length=len(cell)), _SET_TO_TEXT)
    if column.field == "basic_code" and column.required and len(cell) == 31:
        raise Misfit(*_TASK_CODE)
    return cell


def _codes(cell: Cell, column: Column) -> tuple[str, ...]:
    text = _code(cell, column)
    return tuple(part.strip() for part in _SEPARATORS.split(text) if part.strip())


def _text(cell: Cell, _column: Column) -> str:
    if isinstance(cell, Odd) and cell.kind in (Oddity.DATE, Oddity.TIME):
        raise Misfit(_TEXT_DATE.format(shown=shown(cell.text)), _SET_TO_TEXT)
    return seen(cell)


def _texts(cell: Cell, column: Column) -> tuple[str, ...]:
    return tuple(part.strip() for part in _BASES.split(_text(cell, column)) if part.strip())


def _word(cell: Cell, column: Column) -> object:
    return _one_word(_half_width(_word_text(cell)), column)


def _words(cell: Cell, column: Column) -> tuple[object, ...]:
    text = _half_width(_word_text(cell))
    words = column.words
    assert words is not None
    # 镇(乡、街道)级 has a separator in it and is one word.
    if words.find(text) is not None:
        return (words.find(text),)
    return tuple(_one_word(part.strip(), column) for part in _split_outside_brackets(text) if part.strip())


def _levels(cell: Cell, column: Column) -> tuple[object, ...]:
    text = seen(cell)
    if _COMPACT_LEVELS.fullmatch(text) and LEVELS.find(text) is None:
        return tuple(dict.fromkeys(_one_word(char, column) for char in text))
    return _words(cell, column)


def _one_word(said: str, column: Column) -> object:
    words = column.words
    assert words is not None
    found = words.find(said)
    if found is not None:
        return found
    problem = _NO_WORD.format(shown=shown(said))
    trap = words.trap(said)
    choice = _CHOICE.format(listed=words.listed())
    raise Misfit(problem, Text(f"{trap.zh}; {choice.zh}", f"{trap.en}; {choice.en}") if trap else choice)


def _word_text(cell: Cell) -> str:
    if isinstance(cell, Odd) and cell.kind in (Oddity.DATE, Oddity.TIME):
        raise Misfit(_NO_WORD.format(shown=shown(cell.text)), _SET_TO_TEXT)
    return seen(cell)


def _number(cell: Cell, _column: Column) -> int:
    text = _half_width(_word_text(cell)).removesuffix("次").removesuffix("份").removesuffix("级").strip()
    if not re.fullmatch(r"[0-9]{1,9}", text):
        raise Misfit(_NO_NUMBER.format(shown=shown(seen(cell))), _NUMBER_FIX)
    return int(text)


def _date(cell: Cell, _column: Column) -> date:
    if isinstance(cell, Odd) and cell.kind is Oddity.DATE and cell.day is not None:
        return cell.day
    found = _DAY.fullmatch(_half_width(seen(cell))) if not isinstance(cell, Odd) else None
    if found:
        numbers = [int(part) for part in found.groups() if part is not None]
        try:
            return date(*numbers)
        except ValueError:
            pass
    raise Misfit(_NO_DATE.format(shown=shown(seen(cell))), _DATE_FIX)


def _half_width(text: str) -> str:
    if FULL_WIDTH.search(text):
        raise Misfit(_WIDE, _WIDE_FIX.format(shown=shown(unicodedata.normalize("NFKC", text))))
    return text


def _split_outside_brackets(text: str) -> list[str]:
    """Split a list at separators, but not at those within brackets."""
    guarded = re.sub(r"[(（][^()（）]*[)）]", lambda found: _SEPARATORS.sub("\0", found[0]), text)
    return [part.replace("\0", "、") for part in _WORD_SEPARATORS.split(guarded)]


_READ: Mapping[Holds, Callable[[Cell, Column], object]] = {
    Holds.CODE: _code,
    Holds.CODES: _codes,
    Holds.TEXT: _text,
    Holds.TEXTS: _texts,
    Holds.WORD: _word,
    Holds.WORDS: _words,
    Holds.LEVELS: _levels,
    Holds.NUMBER: _number,
    Holds.DATE: _date,
    # Their readers need more than the cell: `limits` the unit, `forms` the folder.
    Holds.LIMIT: lambda cell, _: cell,
    Holds.FORM: _text,
}

_SET_TO_TEXT = Text(
    "先把整列设为文本格式, 再重新输入 (已丢失的数字找不回来)",
    "set the whole column to text first, then type it again: lost digits do not come back",
)
_FORMULA = (
    Text("单元格是公式, 公式不会计算", "the cell is a formula, and formulas are not evaluated"),
    Text("复制后选择性粘贴为数值", "copy it and paste the value in its place"),
)
_CELL_ERROR = Text("单元格是错误值 {shown}", "the cell is the error {shown}")
_CELL_ERROR_FIX = Text("改正后重新填写", "mend it and fill it in again")
_LARGE = (
    Text("单元格内容超过 32 KiB", "the cell holds more than 32 KiB"),
    Text("缩短; 表单请另存为文件, 在单元格写文件名", "shorten it; keep a form in a file and give the file's name"),
)
_HIDDEN = Text("第 {place} 个字符看不见 ({code})", "character {place} is invisible ({code})")
_HIDDEN_FIX = Text("重新输入这一格, 不要从网页粘贴", "type the cell again instead of pasting it")
_CODE_NUMBER = Text(
    "编码被存成了数字 {shown}, 开头的 0 和末尾的位数可能已丢失",
    "the code is kept as the number {shown}; its first zeros and last digits may be lost",
)
_CODE_SCIENTIFIC = Text(
    "编码变成了科学计数 {shown}, 后面的位数已丢失", "the code became {shown}: its last digits are lost"
)
_CODE_GUARDED = Text("编码前后带有引号或等号", "the code is wrapped in quotes or an equals sign")
_PLAIN = Text("只写编码本身: {shown}", "write the code alone: {shown}")
_ZEROS_LOST = Text(
    "基本编码只有 {length} 位, 开头的 0 可能被表格软件去掉了",
    "the basic code has {length} characters: a spreadsheet may have dropped its first zeros",
)
_TASK_CODE = (
    Text("这是 31 位的实施编码, 不是基本编码", "this is a task code of 31 characters, no basic code"),
    Text(
        "基本编码是它的最后 12 位; 31 位的写在“实施编码”一列",
        "the basic code is its last twelve; put the 31 under 实施编码",
    ),
)
_TEXT_DATE = Text("文字被存成了日期或时间 {shown}", "the text is kept as the date or time {shown}")
_NO_WORD = Text("不认识“{shown}”", "'{shown}' is not known")
_CHOICE = Text("可以写: {listed}", "write one of: {listed}")
_NO_NUMBER = Text("“{shown}”不是整数", "'{shown}' is no whole number")
_NUMBER_FIX = Text("只写半角整数, 如 1", "write a whole number alone, such as 1")
_NO_DATE = Text("“{shown}”不是日期", "'{shown}' is no date")
_DATE_FIX = Text("写成 2026-01-01, 或把单元格设为日期格式", "write 2026-01-01, or set the cell to a date format")
_WIDE = Text("用了全角数字或字母", "full-width digits or letters stand here")
_WIDE_FIX = Text("改成半角: {shown}", "type it half-width: {shown}")
