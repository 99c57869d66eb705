"""Names of persons: accepted as written, never altered, compared by a key of their own.

A name may hold rare characters from every plane of Unicode (GB 18030-2022), the dot of
minority names (U+00B7) and Latin letters; lengths count characters and not bytes.
What is refused is what cannot be somebody's name: masks, digits, control characters,
signs of a character lost on the way, and private-use characters, which look
different on another region's screens.
"""

import re
import unicodedata

from gateway.case.code.problems import Problem, places_of
from gateway.case.texts import Text

SHORTEST_NAME = 2
LONGEST_NAME = 50

_NAME = Text("姓名", "The name")
_EMPTY = Text("{subject}未填写", "{subject} is missing")
_OUTER_SPACE = Text("{subject}首尾有空格，请删除", "{subject} begins or ends with a space: remove it")
_LENGTH = Text(
    "{subject}应为 {shortest} 至 {longest} 个字，现为 {length} 个",
    "{subject} has {length} characters and needs {shortest} to {longest}",
)
_MASKED = Text(
    "{subject}是带星号的脱敏内容，请填写全名", "{subject} is a masked form with asterisks: give the full name"
)
_LOST = Text(
    "{subject}第 {places} 个字在传输或转码中丢失（显示为问号或方框），请按证件重新录入",
    "{subject} lost a character at {places} in transfer (a question mark or box): enter it again from the certificate",
)
_PRIVATE_USE = Text(
    "{subject}第 {places} 个字使用了系统自造字编码，外地系统无法正确显示；请改用国家标准（GB 18030-2022）编码的同一个字",
    "{subject} has a private-use character at {places}, which other regions cannot show: "
    "use the GB 18030-2022 code of the same character",
)
_CHARACTERS = Text(
    "{subject}第 {places} 个字不能用于姓名（数字、符号或不可见字符），请按证件核对",
    "{subject} has a digit, symbol or invisible character at {places}: compare with the certificate",
)

_DOTS = "\u00b7\u2022\u2027\u2219\u22c5\u30fb\uff65\uff0e."
_PUNCTUATION = frozenset(_DOTS + " '\u2019-,")
_LOST_SIGNS = frozenset("?\uff1f\ufffd\u25a1\u25a0\u3013")
_MASK_SIGNS = frozenset("*\uff0a\u00d7")
_VARIATION_SELECTORS = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]")
_DOT = re.compile(f"[{re.escape(_DOTS)}]")


def personal_name_problems(value: str) -> tuple[Problem, ...]:
    """Return what is wrong with a person's name: 2 to 50 characters that can stand in a name."""
    if value.isalpha() and SHORTEST_NAME <= len(value) <= LONGEST_NAME:
        return ()  # letters of any script and nothing else, as nearly every name
    if not value.strip():
        return (Problem("EMPTY", _EMPTY.format(subject=_NAME)),)
    found: list[Problem] = []
    if value != value.strip():
        found.append(Problem("OUTER_SPACE", _OUTER_SPACE.format(subject=_NAME)))
    # A variation selector changes how the character before it is drawn; it is none by itself.
    length = len(_VARIATION_SELECTORS.sub("", value.strip()))
    if not SHORTEST_NAME <= length <= LONGEST_NAME:
        facts = {"shortest": SHORTEST_NAME, "longest": LONGEST_NAME, "length": length}
        found.append(Problem("LENGTH", _LENGTH.format(subject=_NAME, **facts)))

    places: dict[str, list[int]] = {"MASKED": [], "LOST_CHARACTER": [], "PRIVATE_USE": [], "CHARACTERS": []}
    first = len(value) - len(value.lstrip())
    for at, char in enumerate(value.strip(), start=first):
        wrong = _wrong_with(char)
        if wrong:
            places[wrong].append(at)
    texts = {"MASKED": _MASKED, "LOST_CHARACTER": _LOST, "PRIVATE_USE": _PRIVATE_USE, "CHARACTERS": _CHARACTERS}
    found += [
        Problem(code, texts[code].format(subject=_NAME, places=places_of(where)))
        for code, where in places.items()
        if where
    ]
    return tuple(found)


def name_key(value: str) -> str:
    """Return the form in which names are compared and searched; never shown, never sent.

    Every dot counts as U+00B7; width, letter case, spaces, variation selectors and
    compatibility forms do not count.
    """
    shortened = _VARIATION_SELECTORS.sub("", _DOT.sub("\u00b7", unicodedata.normalize("NFKC", value)))
    # Composed once more: folding and leaving out may put a letter and its accent side by side.
    return unicodedata.normalize("NFKC", "".join(shortened.split()).casefold())


def _wrong_with(char: str) -> str | None:
    if char in _PUNCTUATION:
        return None
    if char in _MASK_SIGNS:
        return "MASKED"
    if char in _LOST_SIGNS:
        return "LOST_CHARACTER"
    category = unicodedata.category(char)
    if category == "Co":
        return "PRIVATE_USE"
    # Newer ideographs than this Python's Unicode tables know are still names: planes 2 and 3 hold nothing else.
    ideograph = 0x20000 <= ord(char) < 0x40000 and ord(char) & 0xFFFE != 0xFFFE and category == "Cn"
    return None if category[0] in "LM" or category == "Nl" or ideograph else "CHARACTERS"
