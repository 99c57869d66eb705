"""Pinyin initials of names, as staff type them to find a thing: sbksl for 社会保障卡申领.

GB/T 2312-1980 lists its 3,755 common characters by their reading, so the place of one tells its first letter; no table of
readings is needed.  A character with several readings counts under the one it is listed by, but for the words of `_READ_OTHERWISE`.
The rarer characters are listed by radical: they stand for any letter.
"""

from functools import lru_cache

ANY = "*"
_FIRSTS = (
    (0xB0A1, "a"),
    (0xB0C5, "b"),
    (0xB2C1, "c"),
    (0xB4EE, "d"),
    (0xB6EA, "e"),
    (0xB7A2, "f"),
    (0xB8C1, "g"),
    (0xB9FE, "h"),
    (0xBBF7, "j"),
    (0xBFA6, "k"),
    (0xC0AC, "l"),
    (0xC2E8, "m"),
    (0xC4C3, "n"),
    (0xC5B6, "o"),
    (0xC5BE, "p"),
    (0xC6DA, "q"),
    (0xC8BB, "r"),
    (0xC8F6, "s"),
    (0xCBFA, "t"),
    (0xCDDA, "w"),
    (0xCEF4, "x"),
    (0xD1B9, "y"),
    (0xD4D1, "z"),
)
_LAST = 0xD7F9
_READ_OTHERWISE = {"重庆": "cq", "长沙": "cs", "长春": "cc", "厦门": "xm"}


@lru_cache(maxsize=8192)
def initials(name: str) -> str:
    """Return a letter for every character of a name: small letters and digits stay, a rare character is `*`, the rest is left out."""
    found = []
    at = 0
    while at < len(name):
        word = next((word for word in _READ_OTHERWISE if name.startswith(word, at)), "")
        if word:
            found.append(_READ_OTHERWISE[word])
            at += len(word)
            continue
        found.append(_initial(name[at]))
        at += 1
    return "".join(found)


def is_meant(asked: str, name: str) -> bool:
    """Whether what somebody typed is a part of the name or of its initials; letters in either case, spaces left out."""
    wanted = "".join(asked.split()).lower()
    if not wanted or wanted in "".join(name.split()).lower():
        return True
    if not (wanted.isascii() and wanted.isalnum()):
        return False
    letters = initials(name)
    return any(
        all(have in (ANY, want) for have, want in zip(letters[at:], wanted, strict=False))
        for at in range(len(letters) - len(wanted) + 1)
    )


def _initial(char: str) -> str:
    if char.isascii():
        return char.lower() if char.isalnum() else ""
    try:
        written = char.encode("gb2312")
    except UnicodeEncodeError:
        return ANY if char.isalpha() else ""
    if len(written) != 2:
        return ""
    code = int.from_bytes(written)
    if not _FIRSTS[0][0] <= code <= _LAST:
        return ANY if char.isalpha() else ""
    return next(letter for first, letter in reversed(_FIRSTS) if first <= code)
