"""Unified social credit codes (统一社会信用代码, USCC).

A code carries two check characters, its own and that of the organisation code inside
it; both are checked.  The registering department may be a letter (N for rural
collectives, Y for others), which general-purpose validators refuse.

Leaves to others: whether the organisation exists.
"""

from stdnum.cn import uscc

from gateway.case.code.problems import DIGITS, UPPER, Problem, character_problems, length_problems, places_of, plain
from gateway.case.texts import Text

# GB 32100-2015 §4.2: digits and capital letters without I, O, S, V and Z.
USCC_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"

_USCC = Text("统一社会信用代码", "The unified social credit code")
_ALPHABET = Text("数字和大写字母（不含 I、O、S、V、Z）", "digits and capital letters other than I, O, S, V and Z")
_DIVISION = Text(
    "{subject}第 {places} 位应为数字（第 3 至 8 位是登记机关行政区划码），请检查是否把 0 写成 O、把 1 写成 I",
    "{subject} needs digits at {places} (3 to 8 are the registering place): look for O typed for 0 or I for 1",
)
_CHECK = Text(
    "{subject}第 18 位校验位不正确，请逐位核对",
    "{subject} has a wrong check character (the 18th): compare every character",
)
_ORGANISATION_CHECK = Text(
    "{subject}第 9 至 17 位组织机构代码的校验位（第 17 位）不正确",
    "{subject} holds an organisation code (9 to 17) whose check character (the 17th) is wrong",
)

_ORGANISATION_VALUES = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
_ORGANISATION_CHECKS = "0123456789X"


def uscc_problems(value: str, subject: Text = _USCC) -> tuple[Problem, ...]:
    """Return what is wrong with a unified social credit code: characters, length, place digits, both checks.

    `subject` names the code in the texts when it is part of something longer.
    """
    allowed = frozenset(USCC_ALPHABET)
    found = [
        *character_problems(value, subject, allowed, _ALPHABET),
        *(length_problems(value, subject, (18,)) if value else ()),
    ]
    meant = plain(value)
    if len(meant) != 18 or not set(meant) <= DIGITS | UPPER:
        return tuple(found)
    letters = [at for at in range(2, 8) if meant[at] not in DIGITS]
    if letters:
        text = _DIVISION.format(subject=subject, places=places_of(letters))
        found.append(Problem("USCC_DIVISION", text))
    if meant[16] != _organisation_check(meant[8:16]):
        found.append(Problem("ORGANISATION_CHECK", _ORGANISATION_CHECK.format(subject=subject)))
    # GB 32100-2015 §4.2.6; a character outside the alphabet has no value to compute with.
    if set(meant) <= allowed and meant[17] != uscc.calc_check_digit(meant[:17]):
        found.append(Problem("CHECK", _CHECK.format(subject=subject)))
    return tuple(found)


def _organisation_check(body: str) -> str:
    # GB 11714-1997 §5: letters count 10 to 35; 11 less the remainder, X for ten, 0 for eleven.
    total = sum(
        _ORGANISATION_VALUES.index(char) * weight for char, weight in zip(body, _ORGANISATION_WEIGHTS, strict=True)
    )
    return _ORGANISATION_CHECKS[-total % 11]
