"""What is wrong with one value, said so that the person at the window can mend it.

A check returns every problem it finds, never only the first, and never raises for
bad input.  No text repeats the value: texts end up in logs, tickets and answers,
and most values here are personal data.  Places are told by position instead.

Leaves to others: which field the value stood in (the caller adds the path).
"""

import unicodedata
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from gateway.case.texts import Text

DIGITS = frozenset("0123456789")
UPPER = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ")

_PLACES_NAMED = 5


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong with a value.

    `code` is stable and for programs; `text` is for people and never holds the value.
    """

    code: str
    text: Text


_EMPTY = Text("{subject}未填写", "{subject} is missing")
_OUTER_SPACE = Text("{subject}首尾有空格，请删除", "{subject} begins or ends with a space: remove it")
_FULL_WIDTH = Text(
    "{subject}第 {places} 位是全角字符，请改用半角（英文输入法）",
    "{subject} has full-width characters at {places}: type them in half width",
)
_MASKED = Text(
    "{subject}是带星号的脱敏内容，请填写完整内容",
    "{subject} is a masked form with asterisks: give the full value",
)
_LOWER_CASE = Text(
    "{subject}第 {places} 位是小写字母，请改为大写",
    "{subject} has lower-case letters at {places}: write them in upper case",
)
_CHARACTERS = Text(
    "{subject}第 {places} 位不是允许的字符；只能使用{allowed}",
    "{subject} has characters that are not allowed at {places}; use only {allowed}",
)
_LENGTH = Text("{subject}应为 {wanted} 位，现为 {length} 位", "{subject} has {length} characters and needs {wanted}")


def plain(value: str) -> str:
    """Return `value` as it was probably meant (half width, upper case, no outer space), to look for further problems.

    Never a replacement for the value itself.
    """
    return (value if value.isascii() else unicodedata.normalize("NFKC", value)).strip().upper()


def places_of(indexes: Iterable[int]) -> str:
    """Return positions counted from 1 for people: at most five, then an ellipsis."""
    shown = [str(index + 1) for index in indexes]
    return "、".join(shown[:_PLACES_NAMED]) + ("…" if len(shown) > _PLACES_NAMED else "")


def length_problems(value: str, subject: Text, lengths: Collection[int]) -> tuple[Problem, ...]:
    """Return a problem if the number of characters is none of `lengths`."""
    if len(value) in lengths:
        return ()
    wanted = Text("或".join(map(str, lengths)), " or ".join(map(str, lengths)))
    return (Problem("LENGTH", _LENGTH.format(subject=subject, wanted=wanted, length=len(value))),)


def character_problems(value: str, subject: Text, allowed: Collection[str], described: Text) -> tuple[Problem, ...]:
    """Return what is wrong with the characters of `value`, each kind of mistake once with the places.

    An empty value has this one problem and no other.
    """
    if not value:
        return (Problem("EMPTY", _EMPTY.format(subject=subject)),)
    if isinstance(allowed, frozenset) and allowed.issuperset(value) and value == value.strip():
        return ()
    found: list[Problem] = []
    if value != value.strip():
        found.append(Problem("OUTER_SPACE", _OUTER_SPACE.format(subject=subject)))
    first = len(value) - len(value.lstrip())
    strange = [(first + at, char) for at, char in enumerate(value.strip()) if char not in allowed]
    if any(char in "*＊" for _, char in strange):
        found.append(Problem("MASKED", _MASKED.format(subject=subject)))
        strange = [(at, char) for at, char in strange if char not in "*＊"]
    full_width = [at for at, char in strange if "\uff01" <= char <= "\uff5e"]
    if full_width:
        found.append(Problem("FULL_WIDTH", _FULL_WIDTH.format(subject=subject, places=places_of(full_width))))
    lower = [at for at, char in strange if "a" <= char <= "z" and char.upper() in allowed]
    if lower:
        found.append(Problem("LOWER_CASE", _LOWER_CASE.format(subject=subject, places=places_of(lower))))
    told = {*full_width, *lower}
    others = [at for at, _ in strange if at not in told]
    if others:
        text = _CHARACTERS.format(subject=subject, places=places_of(others), allowed=described)
        found.append(Problem("CHARACTERS", text))
    return tuple(found)
