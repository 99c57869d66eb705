"""Identifiers of electronic licences (电子证照标识), GB/T 36904-2018.

    1.2.156.3005.2 . type 21 . issuer 18 or 6 . serial . version 3 . check 1

Problems refuse an identifier.  Doubts do not: identifiers issued elsewhere are seen
with wrong check characters, and the licence may be good all the same, so staff are
told and the licence is verified at its source.  An identifier that this region issues
is refused for a wrong check character: our own bodies can correct it.

Leaves to others: whether the licence is in force (`licence_verdicts`).
"""

import re
from dataclasses import dataclass

from stdnum.iso7064 import mod_37_36

from gateway.case.code.divisions import Divisions
from gateway.case.code.organisations import uscc_problems
from gateway.case.code.problems import DIGITS, UPPER, Problem, character_problems, plain
from gateway.case.texts import Text

LICENCE_ROOT = "1.2.156.3005.2"
LONGEST_SERIAL = 38
"""So that no identifier is longer than 100 characters, which is what the exchange format carries."""


@dataclass(frozen=True, slots=True)
class LicenceId:
    """The parts of a licence identifier after its root."""

    authority: str
    """USCC of the authority that defines the licence type."""
    type_sequence: str
    issuer: str
    """USCC of the issuing body, or a six-digit division code."""
    serial: str
    version: str
    check: str

    @property
    def type_code(self) -> str:
        """Type of the licence: 21 characters."""
        return self.authority + self.type_sequence

    @property
    def issuer_division(self) -> str:
        """Six-digit division of the issuing body: the code itself, or digits 3 to 8 of its USCC (GB 32100-2015)."""
        return self.issuer if len(self.issuer) == 6 else self.issuer[2:8]

    def __str__(self) -> str:
        return f"{LICENCE_ROOT}.{self.type_code}.{self.issuer}.{self.serial}.{self.version}.{self.check}"


_LICENCE = Text("电子证照标识", "The licence identifier")
_ALLOWED = Text("数字、大写字母和“.”", "digits, capital letters and dots")
_PARTS = Text(
    "{subject}应以 1.2.156.3005.2 开头，后接 5 段：类型、颁发机构、流水号、版本、校验位",
    "{subject} is 1.2.156.3005.2 and five parts: type, issuer, serial, version, check",
)
_TYPE = Text(
    "{subject}的证照类型段应为 18 位统一社会信用代码加 3 位顺序号",
    "{subject} has a type part that is not a USCC (18) and a sequence (3)",
)
_ISSUER = Text(
    "{subject}的颁发机构段应为 18 位统一社会信用代码或 6 位行政区划码",
    "{subject} has an issuer part that is neither a USCC (18) nor a division code (6)",
)
_SERIAL = Text(
    "{subject}的流水号段应为 1 至 {longest} 位数字或大写字母",
    "{subject} has a serial part that is not 1 to {longest} digits or capital letters",
)
_VERSION = Text("{subject}的版本段应为 3 位数字", "{subject} has a version part that is not three digits")
_CHECK_FORM = Text(
    "{subject}的校验位应为 1 位数字或大写字母", "{subject} has a check part that is not one digit or capital letter"
)
_CHECK = Text(
    "{subject}校验位不正确，请核对或向颁发机构核验",
    "{subject} has a wrong check character: compare it, or verify at the issuer",
)
_AUTHORITY = Text("{subject}类型段的统一社会信用代码", "{subject} has a type part whose USCC")
_ISSUING_BODY = Text("{subject}颁发机构段的统一社会信用代码", "{subject} has an issuer part whose USCC")

_PART_FORMS = (
    ("LICENCE_TYPE", r"[0-9A-Z]{18}[0-9]{3}", _TYPE),
    ("LICENCE_ISSUER", r"[0-9A-Z]{18}|[0-9]{6}", _ISSUER),
    ("LICENCE_SERIAL", rf"[0-9A-Z]{{1,{LONGEST_SERIAL}}}", _SERIAL),
    ("LICENCE_VERSION", r"[0-9]{3}", _VERSION),
    ("LICENCE_CHECK_FORM", r"[0-9A-Z]", _CHECK_FORM),
)


def licence_id_problems(value: str) -> tuple[Problem, ...]:
    """Return what is wrong with the structure of a licence identifier, every part at once."""
    found = list(character_problems(value, _LICENCE, DIGITS | UPPER | {"."}, _ALLOWED))
    if not value:
        return tuple(found)
    parts = _parts_of(plain(value))
    if parts is None:
        found.append(Problem("LICENCE_PARTS", _PARTS.format(subject=_LICENCE)))
        return tuple(found)
    found += [
        Problem(code, text.format(subject=_LICENCE, longest=LONGEST_SERIAL))
        for part, (code, pattern, text) in zip(parts, _PART_FORMS, strict=True)
        if not re.fullmatch(pattern, part)
    ]
    return tuple(found)


def licence_id_doubts(value: str) -> tuple[Problem, ...]:
    """Return the wrong check characters of a well-formed licence identifier: its own and those of the USCCs in it."""
    if licence_id_problems(value):
        return ()
    licence = split_licence_id(value)
    return (*_authority_doubts(licence), *_issuer_doubts(licence), *_check_doubts(value))


def is_issued_within(value: str, region: str, divisions: Divisions) -> bool:
    """Whether the body that issued a licence lies in `region`; False for what is no licence identifier."""
    if licence_id_problems(value):
        return False
    return divisions.belongs_to(split_licence_id(value).issuer_division, region)


def own_licence_id_problems(value: str, region: str, divisions: Divisions) -> tuple[Problem, ...]:
    """Return what refuses an identifier at a gateway of `region`; `licence_id_doubts` are told beside it.

    Strict for ours: the check character, and the USCC of a body of ours, issuing or defining.  Whoever elsewhere defined
    the type of a licence of ours is not ours to correct.
    """
    found = list(licence_id_problems(value))
    if found or not is_issued_within(value, region, divisions):
        return tuple(found)
    licence = split_licence_id(value)
    if divisions.belongs_to(licence.authority[2:8], region):
        found += _authority_doubts(licence)
    return (*found, *_issuer_doubts(licence), *_check_doubts(value))


def _authority_doubts(licence: LicenceId) -> tuple[Problem, ...]:
    return uscc_problems(licence.authority, _AUTHORITY.format(subject=_LICENCE))


def _issuer_doubts(licence: LicenceId) -> tuple[Problem, ...]:
    if len(licence.issuer) == 6:
        return ()
    return uscc_problems(licence.issuer, _ISSUING_BODY.format(subject=_LICENCE))


def _check_doubts(value: str) -> tuple[Problem, ...]:
    # GB/T 36904-2018: ISO 7064 MOD 37,36 over the parts after the root, without dots.
    if mod_37_36.is_valid("".join(_parts_of(value) or ())):
        return ()
    return (Problem("CHECK", _CHECK.format(subject=_LICENCE)),)


def split_licence_id(value: str) -> LicenceId:
    """Return the parts of a licence identifier.  Raises ValueError if `licence_id_problems` has any."""
    parts = _parts_of(value)
    if parts is None or licence_id_problems(value):
        raise ValueError("not a licence identifier")
    kind, issuer, serial, version, check = parts
    return LicenceId(kind[:18], kind[18:], issuer, serial, version, check)


def _parts_of(value: str) -> list[str] | None:
    if not value.startswith(LICENCE_ROOT + "."):
        return None
    parts = value.removeprefix(LICENCE_ROOT + ".").split(".")
    return parts if len(parts) == len(_PART_FORMS) else None
