"""Characters that look right on screen and are wrong in a file: full-width punctuation, tabs, invisible ones.

A Chinese input method writes `：` where YAML wants `:`; YAML then takes the line as text, or
fails some lines later with a message that helps nobody.  Each is named here, at its own line.
Inside text (`notes: 说明：请先电话联系`) the same characters are welcome.

Bound: structure is looked for in the first `LONGEST_LINE` characters of a line, so that no line costs more than its length.
"""

import re
import unicodedata
from collections.abc import Iterator

from gateway.case.texts import Text

Advice = tuple[Text, Text]

LONGEST_LINE = 1000

_INVISIBLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\xa0\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\uffff]"
)
_COMMENT = re.compile(r"\s*#")
_BLOCK_TEXT = re.compile(r"(?:^|[:\-]\s+)[|>][+\-0-9]*\s*(?:#.*)?$")
_COLON_AFTER_KEY = re.compile(r"^\s*(?:-\s+)*[\"']?[A-Za-z_][\w-]*[\"']?\s*：")
_QUOTED = re.compile(r"(?::\s+|-\s+|[\[{,]\s*)([“”‘’＂＇「])")
_LIST_DASH = re.compile(r"^\s*[－—–﹣]\s*\S")
_BRACKET = re.compile(r"(?::\s+|-\s+)([［｛【])")
_FLOW_COMMA = re.compile(r"(?::\s+|-\s+)[\[{][^\"'“”]*?([，、；])")
_WIDE_SPACE = re.compile(r"^[ \-]*\u3000|:\u3000")
_WIDE_AFTER_COLON = re.compile(r"^\s*[A-Za-z_][\w-]*:\u3000")
_WIDE_COMMENT = re.compile(r"^\s*＃")

_ROUNDS = 4
"""Kinds of full-width characters replaced in one line."""
_FLOW = str.maketrans(
    dict(zip("［］｛｝【】，、；：", ["[", "]", "{", "}", "[", "]", ", ", ", ", ", ", ": "], strict=True))
)
_QUOTES = str.maketrans(dict.fromkeys("“”‘’＂＇「」", '"'))

_HALF = {"：": ":", "，": ",", "；": ",", "、": ",", "［": "[", "｛": "{", "【": "[", "－": "-", "＃": "#"}


def full_width(char: str) -> Advice:
    """Return problem and fix for a full-width `char` where the structure of the file needs a half-width one."""
    if char == "\u3000":
        return (
            Text("用了全角空格", "a full-width space stands here"),
            Text("换成半角空格", "use ordinary spaces"),
        )
    half = _HALF.get(char, "-" if char in "—–﹣" else '"')
    return (
        Text(
            f"用了全角的“{char}”" if char not in "“”" else f"用了中文引号 {char}",
            f"full-width {char} where {half} belongs",
        ),
        Text(f"切换到英文输入法, 改成半角的 {half}", f"type the half-width {half}"),
    )


def scan_characters(lines: list[str]) -> Iterator[tuple[int, Text, Text]]:
    """Yield (line from 1, problem, fix) for each line with a tab or an invisible character, wherever it stands."""
    for number, line in enumerate(lines, 1):
        if "\t" in line:
            yield (
                number,
                Text("用了制表符 (Tab)", "a tab stands here"),
                Text("全部换成空格; 缩进每级两个空格", "use spaces only; two per level of indentation"),
            )
        found = _INVISIBLE.search(line)
        if found:
            code = f"U+{ord(found[0]):04X}"
            name = unicodedata.name(found[0], "control character").lower()
            yield (
                number,
                Text(
                    f"第 {found.start() + 1} 个字符看不见 ({code})",
                    f"character {found.start() + 1} is invisible ({code}, {name})",
                ),
                Text("删去这一行重新输入, 不要从网页或文档粘贴", "type the line again instead of pasting it"),
            )


def scan_structure(lines: list[str]) -> Iterator[tuple[int, Text, Text]]:
    """Yield (line from 1, problem, fix) for full-width punctuation that spoils the structure of a file YAML cannot read.

    Comments and block text (`|`, `>`) are left out.  Best effort: for a file that does parse, `spoiled`
    looks at each value instead.
    """
    for number, line in _structure(lines):
        char = _first_wrong(line)
        if char:
            yield (number, *full_width(char))


def as_meant(lines: list[str]) -> list[str]:
    """Return a file with tabs, invisible characters and full-width punctuation replaced by what was meant.

    As many lines as before.  Only for finding more mistakes: what was meant is guessed, and never put to use.
    """
    meant = [_INVISIBLE.sub("", line.replace("\t", "  ")) for line in lines]
    for number, line in _structure(meant):
        if len(meant[number - 1]) <= LONGEST_LINE:
            meant[number - 1] = _half_width(line)
    return meant


def _structure(lines: list[str]) -> Iterator[tuple[int, str]]:
    """Yield number and beginning of each line that is neither a comment nor block text."""
    block_indent: int | None = None
    for number, line in enumerate(lines, 1):
        indent = len(line) - len(line.lstrip(" "))
        if block_indent is not None:
            if not line.strip() or indent > block_indent:
                continue
            block_indent = None
        if _COMMENT.match(line):
            continue
        yield number, line[:LONGEST_LINE]
        if _BLOCK_TEXT.search(line[:LONGEST_LINE]):
            block_indent = indent


def _half_width(line: str) -> str:
    """Return a line with the full-width characters of its structure replaced."""
    for _ in range(_ROUNDS):
        char = _first_wrong(line)
        if not char:
            break
        line = _replaced(line, char)
    return line


def _replaced(line: str, char: str) -> str:
    """Return a line with the full-width `char` of its structure replaced, wherever that is what it means."""
    if char == "：":
        return line.replace(char, ": ", 1)
    if char == "\u3000":
        return line.replace(char, "  ")
    if char == "＃":
        return line.replace(char, "#", 1)
    if char in "［｛【，、；":
        return line.translate(_FLOW)
    if char in "－—–﹣":
        return line.replace(char, "- ", 1)
    return line.translate(_QUOTES)


def _first_wrong(line: str) -> str | None:
    if _WIDE_SPACE.search(line):
        return "\u3000"
    if _WIDE_COMMENT.match(line):
        return "＃"
    if _COLON_AFTER_KEY.match(line):
        return "："
    if _LIST_DASH.match(line):
        return line.strip()[0]
    for pattern in (_QUOTED, _BRACKET, _FLOW_COMMA):
        found = pattern.search(line)
        if found:
            return found[1]
    return None


def spoiled_key(key: str) -> str | None:
    """Return the full-width character that spoils an unquoted `key`, or None."""
    if key.isascii():
        return None
    return next((char for char in key if char in "：，；“”‘’＂＇\u3000［｛"), None)


def spoiled(value: str, *, in_flow: bool, own_line: bool) -> str | None:
    """Return the full-width character by which unquoted `value` was meant as structure, or None.

    Args:
        in_flow: whether it stands inside `[...]` or `{...}`, where `，` was meant to separate.
        own_line: whether its line starts with it (after list dashes), where `key：` was meant as a key.
    """
    if value.isascii():
        return None
    if value != value.strip("\u3000"):
        return "\u3000"
    if value[:1] == "＃" or _is_wrapped(value):
        return value[0]
    comma = next((char for char in value if char in "，；"), None)
    if in_flow and comma:
        return comma
    lines = value.split("\n") if own_line else value.split("\n")[1:]
    return next((char for char in map(_meant_as_line, lines) if char), None)


def _is_wrapped(value: str) -> bool:
    """Whether full-width quotes or brackets stand around the whole of `value`, where half-width ones were meant."""
    ends, inner = value[:1] + value[-1:], set(value[1:-1])
    quoted = ends in ("“”", "””", "““", "‘’", "＂＂", "＇＇", "「」") and inner.isdisjoint("“”‘’")
    listed = ends in ("［］", "｛｝", "【】") and not inner.isdisjoint("，、,")
    return quoted or listed


def _meant_as_line(line: str) -> str | None:
    """Return what kept `line` from being a key or an entry of its own, or None."""
    if _WIDE_AFTER_COLON.match(line):
        return "\u3000"
    if _COLON_AFTER_KEY.match(line):
        return "："
    return line.strip()[0] if _LIST_DASH.match(line) else None
