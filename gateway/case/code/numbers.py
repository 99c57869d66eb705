"""Co-operation numbers (协同编号): what both regions quote when they speak of one case.

    TB 422800 20261124 83JQY0UP7A2C M        29 characters, stored and sent without spaces
    |  |      |        |            check character
    |  |      |        twelve random characters
    |  |      day of birth in Asia/Shanghai
    |  gateway that opened the case
    fixed

The alphabet is that of the unified social credit code: digits and capitals without
I, O, S, V and Z, so that nothing is misread over the telephone.

The check character is computed over all 28 characters before it, `TB` included, as GB
32100 does: the i-th character (from 0) has the weight 3^i mod 31, and the weighted
values and the check together are 0 mod 31.  31 is prime and the weights of the 28
characters differ, so every single wrong character and every exchange of two
different characters, neighbours or not, is caught.

Leaves to others: uniqueness (a unique index on both sides) and where chance comes from.
"""

import re
import unicodedata
from collections.abc import Callable
from datetime import date, datetime
from functools import lru_cache
from operator import mul

from gateway.case.code.organisations import USCC_ALPHABET
from gateway.case.code.problems import DIGITS, Problem, character_problems, length_problems
from gateway.case.days import day_in_china
from gateway.case.texts import Text

CASE_NUMBER_LENGTH = 29

_PREFIX = "TB"
_PAIRS = tuple(first + second for first in USCC_ALPHABET for second in USCC_ALPHABET)
_SIX = len(_PAIRS) ** 3
"""How many six random characters there are; two draws of them cost a sixth of twelve draws of one."""
_GROUP = 4
_VALUES = {char: value for value, char in enumerate(USCC_ALPHABET)}
_WEIGHTS = tuple(pow(3, at, 31) for at in range(CASE_NUMBER_LENGTH - 1))
_FORM = re.compile(rf"TB[0-9]{{14}}[{USCC_ALPHABET}]{{13}}")

_NUMBER = Text("协同编号", "The co-operation number")
_ALPHABET = Text("数字和大写字母（不含 I、O、S、V、Z）", "digits and capital letters other than I, O, S, V and Z")
_NO_PREFIX = Text("{subject}应以 TB 开头", "{subject} begins with TB")
_GATEWAY = Text("{subject}第 3 至 8 位应为 6 位行政区划码", "{subject} needs a six-digit gateway code at 3 to 8")
_DATE = Text("{subject}第 9 至 16 位不是有效日期", "{subject} holds no valid date at 9 to 16")
_CHECK = Text(
    "{subject}校验位不正确，可能有一位写错或两位写反，请逐位核对",
    "{subject} has a wrong check character: one character is wrong or two are exchanged",
)


def make_case_number(gateway_code: str, now: datetime, draw: Callable[[int], int]) -> str:
    """Return a new co-operation number.

    Args:
        gateway_code: six digits, the code of the gateway that opens the case.
        now: aware time; the number carries its day in Asia/Shanghai.
        draw: returns an unpredictable number from 0 to n-1 for n; called twice, for six characters each.

    Raises:
        ValueError: a gateway code that is not six digits, or a naive time.
    """
    if len(gateway_code) != 6 or not set(gateway_code) <= DIGITS:
        raise ValueError("a gateway code has six digits")
    if now.tzinfo is None:
        raise ValueError("the time of a case number must be aware")
    day = day_in_china(now).isoformat().replace("-", "")
    body = f"{_PREFIX}{gateway_code}{day}{_six_characters(draw(_SIX))}{_six_characters(draw(_SIX))}"
    return body + _check_character(body)


def _six_characters(number: int) -> str:
    rest, third = divmod(number, len(_PAIRS))
    first, second = divmod(rest, len(_PAIRS))
    return _PAIRS[first] + _PAIRS[second] + _PAIRS[third]


def check_case_number(text: str) -> tuple[Problem, ...]:
    """Return what is wrong with a co-operation number in its stored form."""
    if _FORM.fullmatch(text) and _is_sound(text):
        return ()
    found = [
        *character_problems(text, _NUMBER, frozenset(USCC_ALPHABET), _ALPHABET),
        *(length_problems(text, _NUMBER, (CASE_NUMBER_LENGTH,)) if text else ()),
    ]
    if text and not text.startswith(_PREFIX):
        found.append(Problem("CASE_NUMBER_PREFIX", _NO_PREFIX.format(subject=_NUMBER)))
    if len(text) != CASE_NUMBER_LENGTH:
        return tuple(found)
    if not set(text[2:8]) <= DIGITS:
        found.append(Problem("CASE_NUMBER_GATEWAY", _GATEWAY.format(subject=_NUMBER)))
    if not _is_day(text[8:16]):
        found.append(Problem("CASE_NUMBER_DATE", _DATE.format(subject=_NUMBER)))
    if set(text) <= set(USCC_ALPHABET) and text[-1] != _check_character(text[:-1]):
        found.append(Problem("CHECK", _CHECK.format(subject=_NUMBER)))
    return tuple(found)


@lru_cache(maxsize=2048)
def _is_sound(text: str) -> bool:
    """Whether the day and the check character of what has the right form are right; asked several times for each case."""
    return _is_day(text[8:16]) and text[-1] == _check_character(text[:-1])


def gateway_of(number: str) -> str:
    """Return the code of the gateway that made a number.  Raises ValueError if the number does not check."""
    if check_case_number(number):
        raise ValueError("not a co-operation number")
    return number[2:8]


def grouped(number: str) -> str:
    """Return the number in groups of four, as it is shown and printed."""
    return " ".join(number[at : at + _GROUP] for at in range(0, len(number), _GROUP))


def ungrouped(shown: str) -> str:
    """Return the stored form of a number in groups: spaces and hyphens are left out, nothing else changes."""
    return "".join(char for char in shown if not char.isspace() and unicodedata.category(char) != "Pd")


def read_case_number(typed: str) -> str:
    """Return the stored form of a number that a person typed or read aloud.

    Spaces, hyphens, lower case and full width do not matter, and O and I, which no
    number has, are read as 0 and 1.  What is still wrong then is for
    `check_case_number` to tell.
    """
    plain = ungrouped(unicodedata.normalize("NFKC", typed)).upper()
    return plain.replace("O", "0").replace("I", "1")


def _is_day(yyyymmdd: str) -> bool:
    if not set(yyyymmdd) <= DIGITS:
        return False
    try:
        date(int(yyyymmdd[:4]), int(yyyymmdd[4:6]), int(yyyymmdd[6:]))
    except ValueError:
        return False
    return True


def _check_character(body: str) -> str:
    # GB 32100-2015 §4.2.6, the same rule over a longer body.
    return USCC_ALPHABET[-sum(map(mul, map(_VALUES.__getitem__, body), _WEIGHTS)) % 31]
