"""Numbers of natural persons: resident identity numbers and permanent residence cards.

The first six digits are never compared with today's division table: a number keeps
the code of the place that issued it, and that place may since have been abolished.

Leaves to others: whether the number exists and belongs to the applicant.
"""

import re
from datetime import date
from enum import Enum
from operator import mul

from gateway.case.code.problems import DIGITS, UPPER, Problem, character_problems, length_problems, plain
from gateway.case.texts import Text

_RESIDENT_ID = Text("公民身份号码", "The resident identity number")
_PERMANENT = Text("外国人永久居留身份证号码", "The permanent residence card number")
_DIGITS_AND_X = Text("数字和末位的大写 X", "digits, and X as the last character")
_CAPITALS_AND_DIGITS = Text("大写字母和数字", "capital letters and digits")

_X_PLACE = Text("{subject}中的 X 只能在第 18 位", "{subject} may have X only as its 18th character")
_FIRST_DIGIT = Text(
    "{subject}首位应为 1 至 8；首位为 9 的是外国人永久居留身份证，请改选证件类型 553",
    "{subject} begins with 1 to 8; a number beginning with 9 belongs to a permanent residence card: "
    "choose certificate kind 553",
)
_NOT_NINE = Text(
    "{subject}（18 位）首位应为 9；首位为 1 至 8 的是公民身份号码，请改选证件类型 111",
    "{subject} of 18 characters begins with 9; one beginning with 1 to 8 is a resident identity number: "
    "choose certificate kind 111",
)
_BIRTH_DATE = Text(
    "{subject}中的出生日期不是有效日期，请核对第 {places} 位",
    "{subject} holds a birth date that does not exist: check characters {places}",
)
_BIRTH_FUTURE = Text("{subject}中的出生日期晚于今天", "{subject} holds a birth date after today")
_CHECK = Text("{subject}校验位不正确，请逐位核对", "{subject} has a wrong check character: compare every digit")
_NEW_CARD = Text(
    "{subject}（18 位）应为 17 位数字加 1 位校验位",
    "{subject} of 18 characters has seventeen digits and a check character",
)
_OLD_CARD = Text(
    "{subject}（15 位）应为 3 个大写字母加 12 位数字",
    "{subject} of 15 characters has three capital letters and twelve digits",
)

_EARLIEST_YEAR = 1800
_OLD_FORM = re.compile(r"[0-9]{15}")
_FORM = re.compile(r"[0-9]{17}[0-9X]")
_ALLOWED = DIGITS | {"X"}
_FIRST_DIGITS = "12345678"
_WEIGHTS = tuple(pow(2, place, 11) for place in range(17, 0, -1))
_CHECKS = "10X98765432"
"""GB 11643-1999 §4.1.4: the check character by the weighted sum of the seventeen digits modulo 11."""


class ResidentIdForm(Enum):
    """Which kind of number stands in a resident identity field."""

    CURRENT = "current"
    """18 characters, GB 11643-1999."""
    RESIDENCE_PERMIT = "residence_permit"
    """18 characters beginning with 81, 82 or 83: residents of Hong Kong, Macao and Taiwan."""
    OLD = "old"
    """15 digits, GB 11643-1989, found in archives; two-digit year, no check character."""


def resident_id_form(value: str) -> ResidentIdForm | None:
    """Return the form of a number by its shape alone, None if it has none of them."""
    if _OLD_FORM.fullmatch(value):
        return ResidentIdForm.OLD
    if not _FORM.fullmatch(value):
        return None
    return ResidentIdForm.RESIDENCE_PERMIT if value[:2] in ("81", "82", "83") else ResidentIdForm.CURRENT


def resident_id_problems(value: str, today: date) -> tuple[Problem, ...]:
    """Return what is wrong with a resident identity number or a residence permit number.

    `today` is the day in Asia/Shanghai.  The old 15-digit form is accepted.
    """
    # GB 11643-1999 §4: six digits of place, eight of birth date, three in sequence, one check character.
    if (
        _FORM.fullmatch(value)
        and value[0] in _FIRST_DIGITS
        and not _date_problems(value[6:14], "7-14", today, _RESIDENT_ID)
        and not _check_problems(value, _RESIDENT_ID)
    ):
        return ()
    found = [
        *character_problems(value, _RESIDENT_ID, _ALLOWED, _DIGITS_AND_X),
        *(length_problems(value, _RESIDENT_ID, (18, 15)) if value else ()),
    ]
    meant = plain(value)
    form = resident_id_form(meant)
    if form is None:
        if "X" in meant[:-1] or (len(meant) == 15 and "X" in meant):
            found.append(Problem("X_PLACE", _X_PLACE.format(subject=_RESIDENT_ID)))
        return tuple(found)
    if meant[0] not in _FIRST_DIGITS:
        found.append(Problem("FIRST_DIGIT", _FIRST_DIGIT.format(subject=_RESIDENT_ID)))
    if form is ResidentIdForm.OLD:
        # Sequences 996 to 999 meant a birth in 18yy; the same days exist in both centuries.
        found += _date_problems("19" + meant[6:12], "7-12", today, _RESIDENT_ID)
    else:
        found += _date_problems(meant[6:14], "7-14", today, _RESIDENT_ID) + _check_problems(meant, _RESIDENT_ID)
    return tuple(found)


def permanent_residence_problems(value: str, today: date) -> tuple[Problem, ...]:
    """Return what is wrong with the number of a foreigner's permanent residence card.

    Both editions are accepted: 2023 (18 characters, begins with 9, checked as GB 11643) and 2017 (15 characters).
    """
    found = [
        *character_problems(value, _PERMANENT, DIGITS | UPPER, _CAPITALS_AND_DIGITS),
        *(length_problems(value, _PERMANENT, (18, 15)) if value else ()),
    ]
    meant = plain(value)
    if len(meant) == 15 and not re.fullmatch(r"[A-Z]{3}[0-9]{12}", meant):
        found.append(Problem("SHAPE", _OLD_CARD.format(subject=_PERMANENT)))
    if len(meant) == 18:
        if not meant.startswith("9"):
            found.append(Problem("FIRST_DIGIT", _NOT_NINE.format(subject=_PERMANENT)))
        if re.fullmatch(r"[0-9]{17}[0-9X]", meant):
            found += _date_problems(meant[6:14], "7-14", today, _PERMANENT) + _check_problems(meant, _PERMANENT)
        else:
            found.append(Problem("SHAPE", _NEW_CARD.format(subject=_PERMANENT)))
    return tuple(found)


def _date_problems(yyyymmdd: str, places: str, today: date, subject: Text) -> list[Problem]:
    try:
        born = date(int(yyyymmdd[:4]), int(yyyymmdd[4:6]), int(yyyymmdd[6:]))
    except ValueError:
        born = date.min
    if born.year < _EARLIEST_YEAR:
        return [Problem("BIRTH_DATE", _BIRTH_DATE.format(subject=subject, places=places))]
    if born > today:
        return [Problem("BIRTH_DATE_IN_FUTURE", _BIRTH_FUTURE.format(subject=subject))]
    return []


def _check_problems(number: str, subject: Text) -> list[Problem]:
    # The same as ISO 7064 MOD 11-2.
    right = _CHECKS[sum(map(mul, _WEIGHTS, map(int, number[:17]))) % 11] == number[17]
    return [] if right else [Problem("CHECK", _CHECK.format(subject=subject))]
