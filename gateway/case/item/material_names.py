"""Names of materials as two regions, or a clerk and a list, write them: when they mean the same, and when they may.

Keys are for comparison only, never shown and never sent.  Which copy is meant (原件, 复印件) is no part of a name: counts say it.
"""

import re
import unicodedata
from difflib import SequenceMatcher

_LIST_NUMBER = re.compile(r"^[\s(]*[0-9]{1,2}[)\].、:](?![0-9])|^[①-⑳]")
_DOTS = re.compile("[\u00b7\u2022\u2027\u2219\u22c5\u30fb\uff65\uff0e.]")
_QUOTES = re.compile("[《》〈〉«»<>‹›「」『』“”\"'‘’]")
_COMMAS = re.compile("[,、;/]")
_NOT_NAMED = re.compile(r"[\s()\[\]{}【】〔〕_\-—~]")
_COUNT = r"[0-9一二两三四五六七八九十壹贰叁]{1,3}"
_SORT = rf"(?:原件|复印件|扫描件|影印件|照片件|电子件|电子版|纸质版|纸质件|一式{_COUNT}份|各?{_COUNT}[份张套])"
_SORT_INSIDE = re.compile(_SORT)
_SORT_AT_END = re.compile(rf"{_SORT}$")
_IN_BRACKETS = re.compile(r"[(\[【〔]([^()\[\]【】〔〕]{1,30})[)\]】〕]")

_GENERIC = re.compile(r"中华人民共和国|第?二代|居民(?=身份证|户口)|有效(?:期内)?的?|本人的?|相关的?")
# Where two names differ in one of these, they are two materials however alike the rest is.
_CONTRASTS = frozenset("父母夫妻男女子代委托被死亡离未非无不甲乙出入旧新")
_NEAR = 0.66
_NEAR_BY_CODE = 0.5


def material_key(name: str) -> str:
    """Return the form in which names of materials are compared.

    Width, spaces, brackets, quotation and book-title marks, kinds of dots and commas, a list number in front and what says
    “original” or “copy” at the end do not count.
    """
    plain = _LIST_NUMBER.sub("", name.strip())
    plain = _LIST_NUMBER.sub("", unicodedata.normalize("NFKC", _DOTS.sub("\u00b7", plain)).strip())
    plain = "".join(_COMMAS.sub(",", _QUOTES.sub("", plain)).split()).strip(",·")
    plain = _IN_BRACKETS.sub(_unless_copy, plain) or plain
    while shorter := _without_copy(plain):
        plain = shorter
    return _NOT_NAMED.sub("", plain).casefold()


def may_be_same(one: str, other: str, *, share_a_code: bool = False) -> bool:
    """Whether two names that are not the same probably mean one material; a person has to look.  Symmetric.

    Args:
        share_a_code: whether their lists give both the same code, so that less likeness is enough.
    """
    first, second = sorted((material_key(one), material_key(other)))
    if not first or first == second:
        return False
    if _GENERIC.sub("", first) == _GENERIC.sub("", second):
        return True
    matcher = SequenceMatcher(None, first, second, autojunk=False)
    differing = "".join(
        first[at:end] + second[start:stop] for kind, at, end, start, stop in matcher.get_opcodes() if kind != "equal"
    )
    if not _CONTRASTS.isdisjoint(differing) or matcher.ratio() < (_NEAR_BY_CODE if share_a_code else _NEAR):
        return False
    if share_a_code:
        return True
    return first in second or second in first or first[:2] == second[:2] or first[-4:] == second[-4:]


def likeness(one: str, other: str) -> float:
    """Return how alike two names are, from 0 to 1.  Symmetric."""
    first, second = sorted((material_key(one), material_key(other)))
    return SequenceMatcher(None, first, second, autojunk=False).ratio()


def _unless_copy(found: re.Match[str]) -> str:
    return "" if _SORT_INSIDE.search(found[1]) else found[0]


def _without_copy(plain: str) -> str:
    """Return a name without what stands at its end about copies; empty when nothing does, or nothing would be left."""
    found = _SORT_AT_END.search(plain)
    return plain[: found.start()].rstrip(",和及与或") if found and found.start() else ""
