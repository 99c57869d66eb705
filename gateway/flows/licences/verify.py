"""Verifying the electronic licences of a case at their source (证照免提交), and writing down what came of it.

1 who        of the case must hold each licence                             nobody: invalid, and nobody is asked
2 ask        all at once, a bounded number side by side, within one deadline; the same licence once
3 judge      on today's day in China; what could not be asked in time is pending (待核验), never a failure
4 record     stage, use cause, outcome, state, source, time; what is pending waits to be asked again

A source that is down, slow or odd never blocks a window.  Nothing of the applicant is sent to a source but the licence's
own identifier and the use cause: holders are compared here.

Source: GB/T 36906-2018 (use cause mandatory, at most 200 characters).
"""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from gateway.case.code.divisions import Divisions
from gateway.case.code.licences import is_issued_within
from gateway.case.days import day_in_china
from gateway.case.errors import FieldFinding
from gateway.case.licence_verdicts import (
    LONGEST_USE_CAUSE,
    Holder,
    LicenceAnswer,
    Verdict,
    Why,
    holder_of,
    invalid_text,
    judge,
    pending,
    use_cause_of,
)
from gateway.case.model import Case, LicenceCheck, LicenceReference, Material
from gateway.case.texts import Text
from gateway.store import audit, licence_checks
from gateway.store.database import Transaction
from gateway.store.licence_checks import CheckRow
from gateway.trust.vault import Vault

AT_ONCE = 8
"""Licences of one case asked about side by side."""
FIRST_WAIT = timedelta(minutes=1)
NEVER_HELPS = frozenset({Why.NOT_CALLABLE, Why.NO_SOURCE})
"""Why a licence is pending that nobody can be asked about again."""


class Stage(StrEnum):
    """When a licence was verified."""

    SUBMISSION = "submission"
    SUPPLEMENT = "supplement"
    ACCEPTANCE = "acceptance"
    DECISION = "decision"
    LATER = "later"


@dataclass(frozen=True, slots=True)
class Enquiry:
    """One question to a source.

    Attributes:
        licence_id: GB/T 36904 identifier.
        holder: who must hold it; compared where the answer is, sent nowhere.
        use_cause: why it is looked up, 1 to 200 characters.
        case_id: co-operation number, or the origin's own while there is none yet.
    """

    licence_id: str
    type_code: str
    holder: Holder
    use_cause: str
    case_id: str

    def __post_init__(self) -> None:
        if not self.use_cause.strip() or len(self.use_cause) > LONGEST_USE_CAUSE:
            raise ValueError("a licence is looked up for a use cause of 1 to 200 characters")


class LicenceSourceDown(Exception):
    """A source could not say anything about a licence now; `why` is told to staff, `source` names it."""

    def __init__(self, why: Why, source: str = "") -> None:
        super().__init__(why.value)
        self.why = why
        self.source = source


class LicenceSource(Protocol):
    """Where electronic licences are looked up; implemented in `gateway.licences`."""

    async def verify(self, enquiry: Enquiry) -> LicenceAnswer | None:
        """Return what the source says about a licence; None when it has no such licence.

        Raises:
            LicenceSourceDown: it cannot be asked, or its answer cannot be understood.
        """
        ...

    def callable_types(self) -> frozenset[str] | None:
        """Return the types (21 characters) that can be looked up; None when that is not known."""
        ...


@dataclass(frozen=True, slots=True)
class Checked:
    """One licence of a case, and what came of looking it up.

    Attributes:
        position: of the material among those looked at, from 0.
    """

    position: int
    material: Material
    reference: LicenceReference
    use_cause: str
    verdict: Verdict
    at: datetime


@dataclass(frozen=True, slots=True)
class Verifying:
    """What verifying needs, bound to one gateway.

    Attributes:
        source: None where none is connected; every licence is pending then.
        deadline: for all licences of a case together.
        type_name: what a type of licence is called, for a source that does not say.
    """

    region: str
    divisions: Divisions
    source: LicenceSource | None
    deadline: timedelta
    clock: Callable[[], datetime]
    type_name: Callable[[str], str] = str

    def callable_types(self) -> frozenset[str] | None:
        """Return the types that can be looked up; None when that is not known."""
        return self.source.callable_types() if self.source else None

    async def verify(self, case: Case, materials: Sequence[Material]) -> tuple[Checked, ...]:
        """Return every licence among `materials` with its verdict, within the deadline.  Never raises for a source."""
        asked: dict[int, Enquiry] = {}
        verdicts: dict[int, Verdict] = {}
        licences = licences_among(materials)
        callable_types = self.callable_types() if licences else None
        for position, _, reference in licences:
            holder = holder_of(case, reference)
            if holder is None:
                verdicts[position] = Verdict(LicenceCheck.INVALID, Why.ANOTHER_HOLDER)
            elif self.source is None:
                verdicts[position] = pending(Why.NO_SOURCE)
            elif callable_types is not None and reference.type_code not in callable_types:
                verdicts[position] = pending(Why.NOT_CALLABLE)
            else:
                asked[position] = _enquiry(case, reference, holder)
        verdicts |= await self._ask(asked)
        now = self.clock()
        return tuple(
            Checked(
                position,
                material,
                reference,
                use_cause_of(case, reference),
                self._named(verdicts[position], reference),
                now,
            )
            for position, material, reference in licences
        )

    def _named(self, verdict: Verdict, reference: LicenceReference) -> Verdict:
        return verdict if verdict.name else replace(verdict, name=self.type_name(reference.type_code))

    async def _ask(self, asked: dict[int, Enquiry]) -> dict[int, Verdict]:
        if self.source is None or not asked:
            return {}
        room = asyncio.Semaphore(AT_ONCE)
        tasks = {
            enquiry: asyncio.create_task(self._one(self.source, enquiry, room))
            for enquiry in dict.fromkeys(asked.values())
        }
        try:
            await asyncio.wait(tasks.values(), timeout=self.deadline.total_seconds())
        finally:
            late = [task for task in tasks.values() if not task.done()]
            for task in late:
                task.cancel()
        await asyncio.gather(*late, return_exceptions=True)
        return {
            position: pending(Why.TIMED_OUT) if tasks[enquiry].cancelled() else tasks[enquiry].result()
            for position, enquiry in asked.items()
        }

    async def _one(self, source: LicenceSource, enquiry: Enquiry, room: asyncio.Semaphore) -> Verdict:
        ours = is_issued_within(enquiry.licence_id, self.region, self.divisions)
        try:
            async with room:
                answer = await source.verify(enquiry)
            return judge(answer, day_in_china(self.clock()), ours=ours)
        except LicenceSourceDown as down:
            return pending(down.why, down.source)
        except Exception:  # noqa: BLE001 - whatever a source does, the window goes on and the licence is pending
            return pending(Why.ODD_ANSWER)


def licences_among(materials: Sequence[Material]) -> list[tuple[int, Material, LicenceReference]]:
    """Return the materials that refer to a licence, each with its position from 0."""
    return [
        (position, material, material.form)
        for position, material in enumerate(materials)
        if isinstance(material.form, LicenceReference)
    ]


def invalid_findings(checks: Iterable[Checked], fix: Text) -> tuple[FieldFinding, ...]:
    """Return a finding for every licence that is not valid."""
    return tuple(
        FieldFinding(f"materials[{one.position}].licence", invalid_text(one.verdict), fix)
        for one in checks
        if one.verdict.check is LicenceCheck.INVALID
    )


def all_said(findings: Sequence[FieldFinding]) -> Text:
    """Return what the findings say, in one sentence."""
    return Text("; ".join(one.problem.zh for one in findings), "; ".join(one.problem.en for one in findings))


def record_checks(
    tx: Transaction, vault: Vault, case_id: str, stage: Stage, checks: Iterable[Checked], *, by: str, now: datetime
) -> None:
    """Write down verifications of a case; what is pending waits to be asked again, unless asking never helps.

    Args:
        by: who had it done, for the audit.
    """
    checks = tuple(checks)
    note_checks(tx, case_id, stage, checks, by=by, now=now)
    for one in checks:
        verdict, material = one.verdict, one.material
        why = verdict.why.value if verdict.why else ""
        row = CheckRow(
            case_id=case_id,
            material_id=material.material_id,
            version=material.version,
            stage=stage.value,
            use_cause=one.use_cause,
            outcome=verdict.check.value,
            licence_state=verdict.state.value if verdict.state else "",
            valid_to=verdict.valid_to.isoformat() if verdict.valid_to else "",
            source=verdict.source,
            detail=why,
            at=one.at,
        )
        licence_checks.add(tx, vault, row)
        if verdict.check is not LicenceCheck.PENDING or verdict.why in NEVER_HELPS:
            licence_checks.settle(tx, case_id, material.material_id)
        elif stage is not Stage.LATER:
            licence_checks.wait(tx, case_id, material.material_id, material.version, now + FIRST_WAIT)


def note_checks(
    tx: Transaction, subject: str, stage: Stage, checks: Iterable[Checked], *, by: str, now: datetime
) -> None:
    """Leave the trace of verifications in the audit, those of an application that was not taken among them.

    Args:
        subject: co-operation number, or the origin's own number where there will be none.
    """
    for one in checks:
        why = one.verdict.why.value if one.verdict.why else ""
        audit.note(tx, now, by, "licence.verify", subject, one.verdict.check.value, f"{stage.value} {why}".strip())


def _enquiry(case: Case, reference: LicenceReference, holder: Holder) -> Enquiry:
    return Enquiry(
        licence_id=reference.licence_id,
        type_code=reference.type_code,
        holder=holder,
        use_cause=use_cause_of(case, reference),
        case_id=case.number or case.origin_number,
    )
