"""Certificates and telephone numbers of the people a case is about.

`certificate_problems` is the one question the rest of the house asks; it knows the
rule of every kind of certificate.  Values are judged as they are and never
changed: full-width, lower-case or spaced input is told to the person who typed it.

Leaves to others: numbers of persons (`residents`), organisations (`organisations`),
names (`names`), items (`gateway.case.item.codes`), licences (`licences`); and whether the
certificate exists.
"""

import re
from collections.abc import Callable, Collection
from datetime import date
from enum import Enum

from gateway.case.code.organisations import uscc_problems
from gateway.case.code.problems import DIGITS, UPPER, Problem, character_problems, length_problems, plain
from gateway.case.code.residents import permanent_residence_problems, resident_id_problems
from gateway.case.texts import Text


class CertificateKind(Enum):
    """Kind of certificate; the value is the code of GA/T 2000.156, and `uscc` for organisations."""

    RESIDENT_ID = "111"
    TEMPORARY_RESIDENT_ID = "112"
    HOUSEHOLD_REGISTER = "113"
    PASSPORT = "414"
    TAIWAN_RESIDENT_PERMIT = "511"
    HONG_KONG_MACAO_EXIT_PERMIT = "513"
    HONG_KONG_MACAO_RESIDENT_PERMIT = "516"
    TAIWAN_EXIT_PERMIT = "517"
    PERMANENT_RESIDENCE = "553"
    OTHER = "990"
    USCC = "uscc"

    @property
    def label(self) -> Text:
        """Name of the certificate for people."""
        return _LABELS[self]


_LABELS = {
    CertificateKind.RESIDENT_ID: Text("居民身份证", "resident identity card"),
    CertificateKind.TEMPORARY_RESIDENT_ID: Text("临时居民身份证", "temporary resident identity card"),
    CertificateKind.HOUSEHOLD_REGISTER: Text("户口簿", "household register"),
    CertificateKind.PASSPORT: Text("普通护照", "passport"),
    CertificateKind.TAIWAN_RESIDENT_PERMIT: Text(
        "台湾居民来往大陆通行证", "mainland travel permit for Taiwan residents"
    ),
    CertificateKind.HONG_KONG_MACAO_EXIT_PERMIT: Text("往来港澳通行证", "exit permit for Hong Kong and Macao"),
    CertificateKind.HONG_KONG_MACAO_RESIDENT_PERMIT: Text(
        "港澳居民来往内地通行证", "mainland travel permit for Hong Kong and Macao residents"
    ),
    CertificateKind.TAIWAN_EXIT_PERMIT: Text("大陆居民往来台湾通行证", "exit permit for Taiwan"),
    CertificateKind.PERMANENT_RESIDENCE: Text("外国人永久居留身份证", "permanent residence card"),
    CertificateKind.OTHER: Text("其他证件", "other certificate"),
    CertificateKind.USCC: Text("统一社会信用代码", "unified social credit code"),
}

_NUMBER_OF = Text("{label}号码", "The number of the {label}")
_CAPITALS_AND_DIGITS = Text("大写字母和数字", "capital letters and digits")
_LETTERS_AND_DIGITS = Text("字母和数字", "letters and digits")
_ONLY_DIGITS = Text("数字", "digits")
_VISIBLE = Text("可见字符", "visible characters")
_SHAPE = Text("{subject}格式不正确，应为{form}", "{subject} has the wrong form: it is {form}")
_RANGE = Text(
    "{subject}应为 {shortest} 至 {longest} 位，现为 {length} 位",
    "{subject} has {length} characters and needs {shortest} to {longest}",
)

_LETTERS = UPPER | frozenset("abcdefghijklmnopqrstuvwxyz")
_PERMIT_FORMS = {
    CertificateKind.TAIWAN_RESIDENT_PERMIT: (r"[0-9]{8}", Text("8 位数字", "eight digits")),
    # The last two digits of older cards count the times it was issued.
    CertificateKind.HONG_KONG_MACAO_RESIDENT_PERMIT: (
        r"[HM][0-9]{8}(?:[0-9]{2})?",
        Text("H 或 M 加 8 位数字（旧证 10 位）", "H or M and eight digits (ten on older cards)"),
    ),
    # National Immigration Administration, December 2018: once C and eight digits ran out, a letter (not I, O) follows C.
    CertificateKind.HONG_KONG_MACAO_EXIT_PERMIT: (
        r"C[0-9A-HJ-NP-Z][0-9]{7}|W[0-9]{8}",
        Text(
            "C 加 8 位（第 2 位可为字母）或 W 加 8 位数字",
            "C and eight characters (the first may be a letter) or W and eight digits",
        ),
    ),
    CertificateKind.TAIWAN_EXIT_PERMIT: (r"[LT][0-9]{8}", Text("L 或 T 加 8 位数字", "L or T and eight digits")),
}

_MOBILE = Text("手机号码", "The mobile number")
_PHONE = Text("联系电话", "The telephone number")
_MOBILE_FORM = Text("1 开头、第 2 位为 3 至 9 的 11 位数字", "eleven digits beginning with 13 to 19")
_PHONE_CHARACTERS = Text("数字、连字符“-”和开头的“+”", "digits, hyphens and a plus sign at the beginning")
_PHONE_FORM = Text(
    "11 位手机号、带区号的固定电话（如 0718-0000000，可带分机）、400/800 号码、5 位服务号码或“+”加国家代码的号码",
    "an 11-digit mobile number, a fixed line with its area code (0718-0000000, an extension may follow), "
    "a 400 or 800 number, a five-digit service number, or + and a country code",
)
_IN_PHONES = DIGITS | {"+", "-"}
_PHONE_FORMS = re.compile(
    r"1[3-9][0-9]{9}"
    r"|0[1-9][0-9]{1,2}-?[0-9]{7,8}(?:-[0-9]{1,6})?"
    r"|[48]00-?[0-9]{3}-?[0-9]{4}"
    r"|1[0-9]{4}|9[56][0-9]{3}"
    r"|\+[1-9][0-9]{6,14}"
)


def certificate_problems(kind: CertificateKind, value: str, today: date) -> tuple[Problem, ...]:
    """Return what is wrong with the number of a certificate of this kind.

    `today` is the day in Asia/Shanghai; births after it are refused.
    """
    return _RULES[kind](kind, value, today)


def mobile_problems(value: str) -> tuple[Problem, ...]:
    """Return what is wrong with a mobile number of the mainland: eleven digits, no country code."""
    return (
        *character_problems(value, _MOBILE, DIGITS, _ONLY_DIGITS),
        *(length_problems(value, _MOBILE, (11,)) if value else ()),
        *_shape_problems(value, _MOBILE, r"1[3-9][0-9]{9}", _MOBILE_FORM, lengths=(11,)),
    )


def phone_problems(value: str) -> tuple[Problem, ...]:
    """Return what is wrong with a contact number: mobile, fixed line, service number or a number abroad."""
    found = character_problems(value, _PHONE, _IN_PHONES, _PHONE_CHARACTERS)
    if found or _PHONE_FORMS.fullmatch(value):
        return found
    return (Problem("SHAPE", _SHAPE.format(subject=_PHONE, form=_PHONE_FORM)),)


def _shape_problems(
    value: str, subject: Text, pattern: str, form: Text, lengths: Collection[int] | None = None
) -> tuple[Problem, ...]:
    # Judged on what was meant, so that a full-width number of the wrong form is told both things at once.
    meant = plain(value)
    if not meant or (lengths is not None and len(meant) not in lengths) or re.fullmatch(pattern, meant):
        return ()
    return (Problem("SHAPE", _SHAPE.format(subject=subject, form=form)),)


def _range_problems(value: str, subject: Text, shortest: int, longest: int) -> tuple[Problem, ...]:
    if not value or shortest <= len(value) <= longest:
        return ()
    facts = {"shortest": shortest, "longest": longest, "length": len(value)}
    return (Problem("LENGTH", _RANGE.format(subject=subject, **facts)),)


def _resident(kind: CertificateKind, value: str, today: date) -> tuple[Problem, ...]:
    return resident_id_problems(value, today)


def _household(kind: CertificateKind, value: str, today: date) -> tuple[Problem, ...]:
    # Most systems record the holder's resident number here, some the number of the household.
    if len(plain(value)) in (15, 18):
        return resident_id_problems(value, today)
    subject = _NUMBER_OF.format(label=kind.label)
    return (
        *character_problems(value, subject, DIGITS | _LETTERS | {"-"}, _LETTERS_AND_DIGITS),
        *_range_problems(value, subject, 1, 30),
    )


def _passport(kind: CertificateKind, value: str, today: date) -> tuple[Problem, ...]:
    subject = _NUMBER_OF.format(label=kind.label)
    return (
        *character_problems(value, subject, DIGITS | _LETTERS, _LETTERS_AND_DIGITS),
        *_range_problems(value, subject, 5, 18),
    )


def _permit(kind: CertificateKind, value: str, today: date) -> tuple[Problem, ...]:
    subject = _NUMBER_OF.format(label=kind.label)
    pattern, form = _PERMIT_FORMS[kind]
    return (
        *character_problems(value, subject, DIGITS | UPPER, _CAPITALS_AND_DIGITS),
        *_shape_problems(value, subject, pattern, form),
    )


def _permanent(kind: CertificateKind, value: str, today: date) -> tuple[Problem, ...]:
    return permanent_residence_problems(value, today)


def _other(kind: CertificateKind, value: str, today: date) -> tuple[Problem, ...]:
    subject = _NUMBER_OF.format(label=kind.label)
    visible = frozenset(char for char in value if char.isprintable() and not char.isspace() and char not in "*＊")
    return (*character_problems(value, subject, visible, _VISIBLE), *_range_problems(value, subject, 1, 50))


def _organisation(kind: CertificateKind, value: str, today: date) -> tuple[Problem, ...]:
    return uscc_problems(value)


_RULES: dict[CertificateKind, Callable[[CertificateKind, str, date], tuple[Problem, ...]]] = {
    CertificateKind.RESIDENT_ID: _resident,
    CertificateKind.TEMPORARY_RESIDENT_ID: _resident,
    CertificateKind.HOUSEHOLD_REGISTER: _household,
    CertificateKind.PASSPORT: _passport,
    CertificateKind.PERMANENT_RESIDENCE: _permanent,
    CertificateKind.OTHER: _other,
    CertificateKind.USCC: _organisation,
    **dict.fromkeys(_PERMIT_FORMS, _permit),
}
