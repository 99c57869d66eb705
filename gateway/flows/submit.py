"""A local system hands over an application that another region decides.

1 prepare    find the partner by the handler's division; refuse what no agreement covers and what the handler's list
             does not have, or what does not meet its requirements (`check_requirements`); verify its licences
2 repeat     the same again gets the same answer; another body under the same number is refused
3 open       files, co-operation number, sealed envelope, case, event, evidence (`open_case`)
4 keep       all of it with the audit row: one transaction
5 wake       a hint that something is owed
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from gateway.case.code.divisions import Divisions
from gateway.case.errors import GatewayError
from gateway.case.model import Case
from gateway.case.reasons import Reason
from gateway.case.states import State
from gateway.case.texts import Text
from gateway.flows.items.parity_checks import ParityWarning
from gateway.flows.licences.verify import Stage, licences_among
from gateway.flows.open_case import CaseOpening, Prepared
from gateway.flows.query_codes import query_code_of
from gateway.flows.restored.hand_in_again import handed_in_again
from gateway.store import answers, audit, cases, joint, licence_checks
from gateway.store.cases import CaseRow
from gateway.store.database import Database, Transaction
from gateway.store.licence_checks import CheckRow


@dataclass(frozen=True, slots=True)
class Submission:
    """What a local system hands over.

    Attributes:
        system: name of the local system.
        case: the case, still without a number; `origin_number` is the system's own.
        request_sha256: digest of the request, to know the same again.
        by: actor of the audit, such as `person:<id>`; empty for the system itself.
        holder: who uploaded its files, such as a person (`possessions.uploader`); empty for `system`.
    """

    system: str
    case: Case
    request_sha256: bytes
    idempotency_key: str = ""
    traceparent: str = ""
    by: str = ""
    holder: str = ""


@dataclass(frozen=True, slots=True)
class Submitted:
    """The answer to a submission; the same for a repeat but for `repeated`.

    Attributes:
        query_code: with which the applicant may see how the case fares; kept nowhere, shown to the system alone.
        notes: what was done otherwise than the request says, such as an abolished division followed.
        warnings: in what the two sides' definitions of the item differ now; empty once the case could not be sent again.
        licences: what came of looking up its electronic licences when it was submitted.
    """

    case_id: str
    state: State
    opened_at: datetime
    partner: str
    repeated: bool
    query_code: str = ""
    notes: tuple[Text, ...] = ()
    warnings: tuple[ParityWarning, ...] = ()
    licences: tuple[CheckRow, ...] = ()


Submit = Callable[[Submission], Awaitable[Submitted]]


class Wake(Protocol):
    """Hints that something is owed to a partner."""

    def __call__(self, partner: str, /, *, files: bool) -> None:
        """Say so, and whether files have to go before it."""


async def submit(
    submission: Submission,
    *,
    database: Database,
    opening: CaseOpening,
    clock: Callable[[], datetime],
    wake: Wake,
) -> Submitted:
    """Take over a case; when this returns it is on disk and will be handed over.  Safe to repeat.

    Raises:
        GatewayError: CASE_TAKEN, KEY_REUSED, and what `CaseOpening.prepare` and `CaseOpening.open_case` raise.
    """
    now = clock()
    # Nobody is asked about somebody's licence again for an answer that stands.
    if licences_among(submission.case.materials):
        look = database.write if opening.restored else database.read  # what came back is given to its system
        earlier = await look(lambda tx: _earlier(tx, submission, opening, now))
        if earlier:
            return earlier
    prepared = await _prepared_or_error(opening, submission.case, now)

    def take(tx: Transaction) -> Submitted:
        if earlier := _earlier(tx, submission, opening, now):
            return earlier
        if isinstance(prepared, GatewayError):
            raise prepared
        row = opening.open_case(
            tx,
            prepared,
            system=submission.system,
            now=now,
            request_sha256=submission.request_sha256,
            traceparent=submission.traceparent,
            holder=submission.holder,
        )
        if submission.idempotency_key:
            answers.remember(
                tx, submission.system, submission.idempotency_key, submission.request_sha256, row.case_id, now
            )
        by = submission.by or f"system:{submission.system}"
        audit.note(tx, now, by, "case.submit", row.case_id, detail=row.partner)
        return _submitted(tx, row, opening, repeated=False, verified=bool(prepared.licences))

    done = await database.write(take)
    wake(done.partner, files=bool(submission.case.files()))
    told = () if isinstance(prepared, GatewayError) else prepared.warnings
    return replace(done, warnings=told) if told else done


async def _prepared_or_error(opening: CaseOpening, case: Case, now: datetime) -> Prepared | GatewayError:
    # A repeat is answered as before whatever agreements and catalogues say today, so a refusal waits.
    try:
        return await opening.prepare(case, now)
    except GatewayError as error:
        return error


def _earlier(tx: Transaction, submission: Submission, opening: CaseOpening, now: datetime) -> Submitted | None:
    key = submission.idempotency_key
    if key and (used := answers.earlier(tx, submission.system, key)):
        if used.request_sha256 != submission.request_sha256:
            raise GatewayError(Reason.KEY_REUSED)
        row = cases.find(tx, used.subject)
    else:
        row = cases.find_of_system(tx, submission.system, submission.case.origin_number)
    if row is None:
        if joint.find_of_system(tx, submission.system, submission.case.origin_number):
            raise GatewayError(Reason.CASE_TAKEN, system=submission.system)
        row = _came_back(tx, submission, opening, now)
        return _submitted(tx, row, opening, repeated=True) if row else None
    if row.request_sha256 != submission.request_sha256:
        raise GatewayError(Reason.CASE_TAKEN, system=submission.system)
    return _submitted(tx, row, opening, repeated=True)


def _came_back(tx: Transaction, submission: Submission, opening: CaseOpening, now: datetime) -> CaseRow | None:
    if not opening.restored:
        return None
    it = submission
    return handed_in_again(tx, opening.vault, opening.sealer.region, it.system, it.case, it.request_sha256, now)


def _submitted(
    tx: Transaction, row: CaseRow, opening: CaseOpening, *, repeated: bool, verified: bool = True
) -> Submitted:
    return Submitted(
        case_id=row.case_id,
        state=row.standing.state,
        opened_at=row.opened_at,
        partner=row.partner,
        repeated=repeated,
        query_code=query_code_of(opening.vault, row.case_id),
        notes=notes_about(row, opening.divisions),
        licences=_verified(tx, opening, row.case_id) if verified else (),
    )


def _verified(tx: Transaction, opening: CaseOpening, case_id: str) -> tuple[CheckRow, ...]:
    rows = licence_checks.of_case(tx, opening.vault, case_id)
    return tuple(row for row in rows if row.stage == Stage.SUBMISSION.value)


UNCHECKED = Text(
    "对方没有公布事项清单, 或还没有取到: 表单和材料没有按办理地的要求核对",
    "the handler publishes no items, or they are not fetched yet: form and materials were not held against its list",
)


def notes_about(row: CaseRow, divisions: Divisions) -> tuple[Text, ...]:
    """Return what was done with a case otherwise than its request says; the same for a repeat."""
    place, now = divisions.get(row.handler_division), divisions.get(divisions.followed(row.handler_division))
    unchecked = () if row.item_version else (UNCHECKED,)
    if place is None or now is None or place == now:
        return unchecked
    day = place.valid_to.isoformat() if place.valid_to else ""
    return (
        *unchecked,
        Text(
            f"{place.code6} {place.name}已{f'于 {day} ' if day else ''}撤销, 由 {now.code6} {now.name}办理",
            f"{place.code6} {place.name} was abolished{f' on {day}' if day else ''}; {now.code6} {now.name} handles it",
        ),
    )
