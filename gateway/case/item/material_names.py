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

_SEALED = re.compile(r"(?:需|须|应)?(?:加盖|盖|签字|签名)[^()]{0,10}(?:章|字)?|签[字名]")
_INCHES = re.compile("[一二两三四五六](?=寸)")
_DIGITS = dict(zip("一二两三四五六", "1223456", strict=True))

_GENERIC = re.compile(r"中华人民共和国|近期|彩色|白底|第?二代|居民(?=身份证|户口)|有效(?:期内)?的?|本人的?|相关的?")
# Where two names differ in one of these, they are two materials however alike the rest is.
_CONTRASTS = frozenset("父母夫妻男女子代委托被死亡离未非无不甲乙出入旧新")
# Where one name has another of these than the other, or one of the last two rows alone, they are two materials.
_KINDS: tuple[tuple[str, ...], ...] = (
    ("驾驶", "行驶"),
    ("港澳", "台湾", "外国"),
    ("养老", "医疗", "失业", "工伤", "生育"),
    ("资格", "执业", "职称"),
    ("经营", "生产", "销售"),
    ("设立", "变更", "注销", "延续", "补领", "换领"),
    ("缴存", "贷款", "提取", "还款"),
    ("毕业", "学位", "学籍", "结业"),
    ("结婚", "离婚"),
)
_ALONE = ("配偶", "法定代表人", "法人", "经办人", "监护人", "担保人", "修正案", "补充", "授权", "委托", "注销", "变更")
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
    plain = _INCHES.sub(lambda found: _DIGITS.get(found[0], found[0]), plain)
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
    first, second = sorted(_GENERIC.sub("", name).replace("户口本", "户口簿") for name in (first, second))
    if first == second:
        return True
    matcher = SequenceMatcher(None, first, second, autojunk=False)
    differing = "".join(
        first[at:end] + second[start:stop] for kind, at, end, start, stop in matcher.get_opcodes() if kind != "equal"
    )
    if not _CONTRASTS.isdisjoint(differing) or _are_two_kinds(first, second):
        return False
    if matcher.ratio() < (_NEAR_BY_CODE if share_a_code else _NEAR):
        return False
    # Without a code that ties them, one name has to be the other with words more: 一寸照片, 一寸免冠彩色照片.
    return share_a_code or _is_shortened(first, second) or _is_shortened(second, first)


def _are_two_kinds(one: str, other: str) -> bool:
    for words in _KINDS:
        here, there = ({word for word in words if word in name} for name in (one, other))
        if here and there and here != there:
            return True
    return any((word in one) != (word in other) for word in _ALONE)


def _is_shortened(short: str, long: str) -> bool:
    """Whether the characters of `short` stand in `long` in their order."""
    rest = iter(long)
    return all(char in rest for char in short)


def likeness(one: str, other: str) -> float:
    """Return how alike two names are, from 0 to 1.  Symmetric."""
    first, second = sorted((material_key(one), material_key(other)))
    return SequenceMatcher(None, first, second, autojunk=False).ratio()


def _unless_copy(found: re.Match[str]) -> str:
    return "" if _SORT_INSIDE.search(found[1]) or _SEALED.fullmatch(found[1]) else found[0]


def _without_copy(plain: str) -> str:
    """Return a name without what stands at its end about copies; empty when nothing does, or nothing would be left."""
    found = _SORT_AT_END.search(plain)
    return plain[: found.start()].rstrip(",和及与或") if found and found.start() else ""
