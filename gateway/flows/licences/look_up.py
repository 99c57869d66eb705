"""Which electronic licences of a kind somebody holds, looked up at the window while they stand there (证照调用).

1 who     the number of the holder's certificate, or the code of the organisation               else told next to its field
2 ask     the register, within one deadline; it is sent number, kind and use cause, and nothing else
3 judge   each licence on today's day in China, as `verify` does; somebody else's is left out
4 note    that it was looked up, for which form, what came of it: never the number, never what was found

A register that is away, slow or odd never blocks a window: its word is told, and a file can be uploaded instead.  What was
chosen is verified again when the application is sent (`licences.at_window`).
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Protocol

from gateway.case.days import day_in_china
from gateway.case.errors import GatewayError
from gateway.case.licence_verdicts import (
    LONGEST_USE_CAUSE,
    WHY_TEXTS,
    Holder,
    LicenceAnswer,
    Why,
    invalid_text,
    judge,
)
from gateway.case.model import LicenceCheck
from gateway.case.reasons import Reason
from gateway.case.staff import Person, Right
from gateway.case.texts import Text
from gateway.flows.licences.verify import LicenceSourceDown
from gateway.store import audit
from gateway.store.database import Database

MOST_FOUND = 20
"""Licences of one kind that are shown of one holder; a register that tells more is asked by the identifier instead."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """One question to a register.

    Attributes:
        type_code: 21 characters (GB/T 36904).
        use_cause: why it is looked up, 1 to 200 characters.
    """

    holder: Holder
    type_code: str
    use_cause: str


@dataclass(frozen=True, slots=True)
class HeldLicence:
    """A licence that a register has of the holder."""

    licence_id: str
    issuer: str
    answer: LicenceAnswer


class LicenceRegister(Protocol):
    """Where the licences of a holder are looked up; implemented in `gateway.licences`."""

    async def held_by(self, wanted: Wanted) -> tuple[HeldLicence, ...]:
        """Return the licences of a kind that a holder has, in no order.

        Raises:
            LicenceSourceDown: it cannot be asked, or its answer cannot be understood.
        """
        ...


@dataclass(frozen=True, slots=True)
class FoundLicence:
    """A licence as the window is told of it.

    Attributes:
        problem: why it cannot stand in for a document; None for one that can.
        valid_to: last day in force; None for one without end.
    """

    licence_id: str
    name: str
    issuer: str
    valid_from: date | None
    valid_to: date | None
    problem: Text | None


@dataclass(frozen=True, slots=True)
class LookedUp:
    """What came of looking.

    Attributes:
        licences: those that count first.
        word: what the window is told when none of them counts; None when one does.
        source: which register said so; empty when it could not be asked.
    """

    licences: tuple[FoundLicence, ...] = ()
    word: Text | None = None
    source: str = ""


@dataclass(frozen=True, slots=True)
class LookingUp:
    """The flow, bound to one gateway.

    Attributes:
        register: the one that is connected now; None where none is.
        deadline: how long the window waits.
    """

    database: Database
    register: Callable[[], LicenceRegister | None]
    deadline: timedelta
    clock: Callable[[], datetime]

    @property
    def is_connected(self) -> bool:
        """Whether there is a register to be asked."""
        return self.register() is not None

    async def look_up(self, person: Person, wanted: Wanted, subject: str) -> LookedUp:
        """Return the licences of a holder; never raises for a register.

        Args:
            subject: the window's own number of the form, which names it in the audit.

        Raises:
            GatewayError: ROLE_LACKS_RIGHT.
        """
        if not person.may(Right.TAKE_IN):
            raise GatewayError(Reason.ROLE_LACKS_RIGHT)
        wanted = Wanted(wanted.holder, wanted.type_code, wanted.use_cause.strip()[:LONGEST_USE_CAUSE])
        done, outcome = await self._ask(wanted)
        now, actor = self.clock(), f"person:{person.person_id}"
        detail = f"type={wanted.type_code} found={len(done.licences)}"
        await self.database.write(lambda tx: audit.note(tx, now, actor, "licence.looked_up", subject, outcome, detail))
        return done

    async def _ask(self, wanted: Wanted) -> tuple[LookedUp, str]:
        register = self.register()
        if register is None:
            return _down(Why.NO_SOURCE)
        try:
            async with asyncio.timeout(self.deadline.total_seconds()):
                held = await register.held_by(wanted)
        except TimeoutError:
            return _down(Why.TIMED_OUT)
        except LicenceSourceDown as down:
            return _down(down.why)
        except Exception:  # noqa: BLE001 - whatever a register does, the window goes on
            return _down(Why.ODD_ANSWER)
        return self._judged(held)

    def _judged(self, held: Sequence[HeldLicence]) -> tuple[LookedUp, str]:
        today = day_in_china(self.clock())
        found = []
        for one in held[:MOST_FOUND]:
            verdict = judge(one.answer, today, ours=False)
            if verdict.why is Why.ANOTHER_HOLDER:
                continue
            problem = invalid_text(verdict) if verdict.check is LicenceCheck.INVALID else None
            answer = one.answer
            found.append(
                FoundLicence(one.licence_id, answer.name, one.issuer, answer.valid_from, answer.valid_to, problem)
            )
        found.sort(key=lambda one: (one.problem is not None, one.licence_id))
        source = next((one.answer.source for one in held), "")
        if not found:
            return LookedUp((), _NONE, source), "none"
        if all(one.problem for one in found):
            return LookedUp(tuple(found), _NONE_COUNTS, source), "invalid"
        return LookedUp(tuple(found), None, source), "found"


def _down(why: Why) -> tuple[LookedUp, str]:
    said = WHY_TEXTS[why]
    return LookedUp((), Text(f"{said.zh}: {_UPLOAD.zh}", f"{said.en}: {_UPLOAD.en}")), why.value


_UPLOAD = Text("稍后再查, 填写证照标识, 或上传文件", "look it up later, type the identifier, or upload a file instead")
_NONE = Text(
    "没有查到这类证照: 核对证件号码, 或上传文件", "no such licence is found: check the number, or upload a file"
)
_NONE_COUNTS = Text(
    "查到的证照都不能使用: 请申请人提供有效证照, 或上传文件",
    "none of those found counts: ask for a licence in force, or upload a file",
)
