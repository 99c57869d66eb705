"""Kinds of fields of canonical bodies: what each must be, judged by the rules of `gateway.case`.

A validator raises `Unfit` with everything wrong with its value; no text repeats the value.
`Judged` is the validation context: the moment against which days and times are judged.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache, partial
from typing import Annotated, Any

from pydantic import AfterValidator, Field, PlainValidator, StringConstraints, WithJsonSchema
from pydantic_core.core_schema import ValidationInfo

from gateway.case.clock.calendars import Calendar, weekdays_only
from gateway.case.code.identifiers import CertificateKind, certificate_problems, phone_problems
from gateway.case.code.licences import licence_id_problems
from gateway.case.code.names import personal_name_problems
from gateway.case.code.numbers import check_case_number
from gateway.case.code.organisations import uscc_problems
from gateway.case.code.problems import Problem
from gateway.case.days import CHINA, day_in_china
from gateway.case.item.codes import basic_code_problems, handling_code_problems, task_code_problems
from gateway.case.texts import Text
from gateway.flows.materials.pieces import LARGEST_FILE
from gateway.local.words import CERTIFICATES

FUTURE_LEEWAY = timedelta(minutes=5)
"""How far a local system's clock may be ahead of ours."""

_CODES_KEPT = 2048

_MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?(Z|[+-][0-9]{2}:[0-9]{2})")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


@dataclass(frozen=True, slots=True)
class Judged:
    """What bodies are judged against: now (aware UTC), today in China, and the working days of the region."""

    now: datetime
    today: date
    calendar: Calendar

    @classmethod
    def at(cls, now: datetime, calendar: Calendar | None = None) -> "Judged":
        """Judge at this moment; without a calendar people work from Monday to Friday."""
        return cls(now, day_in_china(now), calendar or weekdays_only())


class Unfit(ValueError):
    """A value that does not fit, with every problem and its fix."""

    def __init__(self, *said: tuple[Text, Text]) -> None:
        self.said = said
        super().__init__(said[0][0].en)


_COMPARE = Text("对照证件原件核对后改正", "compare it with the certificate and correct it")
_CODE = Text("核对编码后改正", "check the code and correct it")
_RETYPE = Text("核对后改正", "check and correct it")


def _said(problems: Iterable[Problem], fix: Text) -> tuple[tuple[Text, Text], ...]:
    return tuple((problem.text, fix) for problem in problems)


# Codes of items and organisations repeat from case to case and are public; what is personal is never kept.
_uscc = lru_cache(maxsize=_CODES_KEPT)(uscc_problems)
_basic_code = lru_cache(maxsize=_CODES_KEPT)(basic_code_problems)
_task_code = lru_cache(maxsize=_CODES_KEPT)(task_code_problems)
_handling_code = lru_cache(maxsize=_CODES_KEPT)(handling_code_problems)


def _fits(find: Callable[[str], tuple[Problem, ...]], fix: Text, value: str) -> str:
    if problems := find(value):
        raise Unfit(*_said(problems, fix))
    return value


def _fits_or_empty(find: Callable[[str], tuple[Problem, ...]], fix: Text, value: str) -> str:
    return _fits(find, fix, value) if value else value


def _judged(info: ValidationInfo) -> Judged:
    assert isinstance(info.context, Judged), "bodies are judged against a moment"
    return info.context


def certificate_number(value: str, info: ValidationInfo) -> str:
    """Return the number if it fits the `certificate_kind` of the same object; judged only when that one is known."""
    kind = info.data.get("certificate_kind")
    if isinstance(kind, CertificateKind):
        judged = _judged(info)
        if problems := certificate_problems(kind, value, judged.today):
            raise Unfit(*_said(problems, _COMPARE))
    return value


def optional_certificate_number(value: str, info: ValidationInfo) -> str:
    """Return the number; an empty one is allowed."""
    return certificate_number(value, info) if value else value


def _certificate_kind(value: object) -> CertificateKind:
    kind = CERTIFICATES.get(value) if isinstance(value, str) else None
    if kind is None:
        listed = ", ".join(CERTIFICATES)
        raise Unfit(
            (
                Text("不是可用的证件类型", "this is no kind of certificate"),
                Text(f"可以写: {listed}", f"write one of: {listed}"),
            )
        )
    return kind


def read_moment(value: object) -> datetime:
    """Return the instant `value` means, in UTC (RFC 3339 with offset).  Raises Unfit."""
    if isinstance(value, str) and _MOMENT.fullmatch(value):
        try:
            # Shown in Beijing time one day: what has no such time is no instant of this age.
            return datetime.fromisoformat(value).astimezone(CHINA).astimezone(UTC)
        except (ValueError, OverflowError):
            pass
    raise Unfit(
        (
            Text("不是带时区的时刻", "this is not an instant with an offset"),
            Text("写成 2026-11-24T09:30:00+08:00 (RFC 3339)", "write 2026-11-24T09:30:00+08:00 (RFC 3339)"),
        )
    )


def _past(value: object, info: ValidationInfo) -> datetime:
    moment = read_moment(value)
    judged = _judged(info)
    if moment > judged.now + FUTURE_LEEWAY:
        raise Unfit(
            (
                Text("时间在将来", "the time is in the future"),
                Text("填写实际发生的时间, 并核对本机时钟", "give the time it happened, and check this system's clock"),
            )
        )
    return moment


def _day(value: object) -> date:
    if isinstance(value, str) and _DAY.fullmatch(value):
        try:
            return date.fromisoformat(value)
        except ValueError:
            pass
    raise Unfit(
        (
            Text("不是日期", "this is not a date"),
            Text("写成 2026-11-24 这样的年-月-日", "write year-month-day, such as 2026-11-24"),
        )
    )


def _schema(**facts: Any) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", **facts})


_TASK_LIKE = _schema(maxLength=33)

Line = Annotated[str, StringConstraints(max_length=200)]
Named = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Short = Annotated[str, StringConstraints(max_length=64)]
Id = Annotated[str, StringConstraints(min_length=1, max_length=64)]
ShortName = Annotated[str, StringConstraints(min_length=1, max_length=50)]
CalendarVersion = Annotated[str, StringConstraints(min_length=1, max_length=50)]
OwnNumber = Annotated[str, StringConstraints(min_length=1, max_length=50)]
ForeignNumber = Annotated[str, StringConstraints(max_length=50)]
ResultNumber = Annotated[str, StringConstraints(max_length=100)]
Address = Annotated[str, StringConstraints(max_length=500)]
Words = Annotated[str, StringConstraints(max_length=2000)]
MediaType = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9!#$&^_.+-]{1,127}/[A-Za-z0-9!#$&^_.+-]{1,127}$")]
Digest = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
DivisionCode = Annotated[str, StringConstraints(pattern=r"^[1-9][0-9]{5}([0-9]{6})?$")]
Count = Annotated[int, Field(strict=True, ge=0, le=10_000)]
Positive = Annotated[int, Field(strict=True, ge=1, le=10_000)]
DataVersion = Annotated[int, Field(strict=True, ge=1, le=10_000)]
FileSize = Annotated[int, Field(strict=True, ge=1, le=LARGEST_FILE)]
Flag = Annotated[bool, Field(strict=True)]

PersonName = Annotated[str, AfterValidator(partial(_fits, personal_name_problems, _COMPARE)), _schema(maxLength=50)]
Phone = Annotated[str, AfterValidator(partial(_fits, phone_problems, _RETYPE)), _schema(examples=["0718-0000000"])]
OptionalPhone = Annotated[str, AfterValidator(partial(_fits_or_empty, phone_problems, _RETYPE)), _schema()]
Uscc = Annotated[str, AfterValidator(partial(_fits, _uscc, _CODE)), _schema(minLength=18, maxLength=18)]
OptionalUscc = Annotated[str, AfterValidator(partial(_fits_or_empty, _uscc, _CODE)), _schema(maxLength=18)]
BasicCode = Annotated[str, AfterValidator(partial(_fits, _basic_code, _CODE)), _schema(minLength=12, maxLength=12)]
TaskCode = Annotated[str, AfterValidator(partial(_fits_or_empty, _task_code, _CODE)), _TASK_LIKE]
HandlingCode = Annotated[str, AfterValidator(partial(_fits_or_empty, _handling_code, _CODE)), _TASK_LIKE]
LicenceIdentifier = Annotated[str, AfterValidator(partial(_fits, licence_id_problems, _CODE)), _schema(maxLength=150)]
OptionalLicenceIdentifier = Annotated[
    str, AfterValidator(partial(_fits_or_empty, licence_id_problems, _CODE)), _schema(maxLength=150)
]
CaseNumber = Annotated[str, AfterValidator(partial(_fits_or_empty, check_case_number, _RETYPE)), _schema(maxLength=29)]
Certificate = Annotated[CertificateKind, PlainValidator(_certificate_kind), _schema(enum=list(CERTIFICATES))]
CertificateNumber = Annotated[str, AfterValidator(certificate_number), _schema(maxLength=50)]
OptionalCertificateNumber = Annotated[str, AfterValidator(optional_certificate_number), _schema(maxLength=50)]
Moment = Annotated[datetime, PlainValidator(read_moment), _schema(format="date-time")]
PastMoment = Annotated[datetime, PlainValidator(_past), _schema(format="date-time")]
Day = Annotated[date, PlainValidator(_day), _schema(format="date")]
