"""What two regions have agreed: scopes, items, modes, directions, granted powers, limits, validity.

An agreement is a closed list.  Nothing outside it may be handled, and there is no way to write "everything".
"""

from dataclasses import dataclass, field
from datetime import date
from enum import Enum
from typing import Annotated

from pydantic import AfterValidator, Field

from gateway.case.kinds import NoticeFrom, Power
from gateway.case.model import Mode
from gateway.case.texts import Text
from gateway.files.misfits import Misfit
from gateway.files.numbers import WHOLE
from gateway.files.quantities import Day
from gateway.partners.codes import BasicCode, NationalCode, RegionCode
from gateway.partners.limits import STRICT
from gateway.partners.policies import AgreedRedirect, ParityPolicy

Name = Annotated[str, Field(min_length=1, max_length=200)]
Line = Annotated[str, Field(min_length=1, max_length=500)]


class Direction(Enum):
    """Which way a case goes, seen from this gateway."""

    OUTWARD = "outward"
    """We take the application and the partner decides."""
    INWARD = "inward"
    """The partner takes the application and we decide."""


class Payer(Enum):
    """Who pays the postage."""

    ORIGIN = "origin"
    HANDLER = "handler"
    APPLICANT = "applicant"


DIRECTION_TEXT = {
    Direction.OUTWARD: Text("本地收件、对方办理", "outward (we take it in, they decide)"),
    Direction.INWARD: Text("对方收件、本地办理", "inward (they take it in, we decide)"),
}


def _each_once(values: tuple[object, ...]) -> tuple[object, ...]:
    for position, value in enumerate(values):
        if value in values[:position]:
            name = value.value if isinstance(value, Enum) else value
            raise Misfit(Text(f"{name} 写了两次", f"{name} is listed twice"), Text("删去一处", "delete one"))
    return values


ONCE = AfterValidator(_each_once)


@dataclass(frozen=True, slots=True, kw_only=True)
class StepLimits:
    """Working days each step may take; the side that owes the step counts with its own calendar."""

    __pydantic_config__ = STRICT

    push_workdays: Annotated[int, Field(ge=0, le=5), WHOLE] = 1
    """The origin hands the electronic case over."""
    mail_workdays: Annotated[int, Field(ge=0, le=10), WHOLE] = 2
    """The origin mails paper originals."""
    recheck_workdays: Annotated[int, Field(ge=0, le=5), WHOLE] = 1
    """The handler's window checks again and passes the case to the department."""
    accept_workdays: Annotated[int, Field(ge=0, le=5), WHOLE] = 5
    """The department accepts, refuses or asks once for what is missing.  行政许可法 art. 32: five days."""
    send_result_workdays: Annotated[int, Field(ge=0, le=10), WHOLE] = 1
    """The handler sends the result.  行政许可法 art. 44: ten days."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalCodes:
    """One item that has no national code, as each side's catalogue names it."""

    __pydantic_config__ = STRICT

    ours: BasicCode
    theirs: BasicCode


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreedItem:
    """One line of an agreement's list: an item, how and which way it may go, and what is granted."""

    __pydantic_config__ = STRICT

    name: Name
    basic: NationalCode | None = None
    local: LocalCodes | None = None
    modes: Annotated[tuple[Mode, ...], Field(min_length=1, max_length=3), ONCE]
    directions: Annotated[tuple[Direction, ...], Field(min_length=1, max_length=2), ONCE]
    powers: Annotated[tuple[Power, ...], Field(max_length=20), ONCE] = ()
    limits: StepLimits = field(default_factory=StepLimits)

    @property
    def codes(self) -> tuple[str, ...]:
        """The codes a case may name this item by."""
        if self.basic:
            return (self.basic,)
        if self.local is None:
            return ()
        return tuple(dict.fromkeys((self.local.ours, self.local.theirs)))

    @property
    def our_code(self) -> str:
        """The code our catalogue has it under: the national one, or ours."""
        return self.basic or (self.local.ours if self.local else "")

    @property
    def their_code(self) -> str:
        """The code the partner's catalogue has it under: the national one, or theirs."""
        return self.basic or (self.local.theirs if self.local else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """How paper travels between the two regions."""

    __pydantic_config__ = STRICT

    paid_by: Payer = Payer.ORIGIN
    carrier: Name = "中国邮政 EMS"


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """One 通办协议: which of our divisions and which of theirs may exchange which items, and when."""

    __pydantic_config__ = STRICT

    number: Name
    title: Name
    valid_from: Day
    valid_to: Day
    our_scope: Annotated[tuple[RegionCode, ...], Field(min_length=1, max_length=500), ONCE]
    their_scope: Annotated[tuple[RegionCode, ...], Field(min_length=1, max_length=500), ONCE]
    items: Annotated[tuple[AgreedItem, ...], Field(min_length=1, max_length=2000)]
    mail: Mail = field(default_factory=Mail)
    fallback: Line | None = None
    notice_from: NoticeFrom = NoticeFrom.EARLIER
    """From whose receipt the five days of 行政许可法 art. 32 run."""
    parity: ParityPolicy = field(default_factory=ParityPolicy)
    redirects: Annotated[tuple[AgreedRedirect, ...], Field(max_length=2000)] = ()

    def is_in_force(self, on: date) -> bool:
        """Whether a new case may be opened under it on this day; both end days count."""
        return self.valid_from <= on <= self.valid_to
