"""A local system hands over one application of which several regions decide a part (多地联办).

1 prepare    every part as the case it becomes: route, agreement, what its handler demands; all findings at once
2 repeat     the same again gets the same answer; another body under the same number is refused
3 open       the whole and every part that is sent, each an ordinary case that names the whole
4 keep       all of it with the audit rows: one transaction, so that nothing is half opened
5 wake       a hint for every region that is owed something

A part this region decides itself is not sent: it is told, and handled as any case of ours.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from gateway.case.code.numbers import make_case_number
from gateway.case.errors import FieldFinding, GatewayError
from gateway.case.joint import Child, Joint, derive, part_number
from gateway.case.joint_findings import PartError, all_at_once
from gateway.case.model import Case
from gateway.case.reasons import Reason
from gateway.case.texts import Text
from gateway.flows.items.parity_checks import ParityWarning
from gateway.flows.open_case import CaseOpening, Prepared, applicant_key
from gateway.flows.query_codes import query_code_of
from gateway.flows.restored.hand_in_again import find_again, handed_in_again
from gateway.flows.submit import notes_about
from gateway.store import answers, audit, cases, joint
from gateway.store.cases import CaseRow
from gateway.store.database import Database, Transaction
from gateway.store.joint import JointRow, LocalPart
from gateway.trust.vault import Vault


@dataclass(frozen=True, slots=True)
class Part:
    """One part as the case it becomes, still without numbers.

    Attributes:
        materials: where each of its materials stands in the application, as a path.
    """

    case: Case
    materials: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class JointSubmission:
    """One application in parts.

    Attributes:
        origin_number: the system's own number of the whole.
        request_sha256: digest of the request, to know the same again.
    """

    system: str
    origin_number: str
    parts: tuple[Part, ...]
    request_sha256: bytes
    idempotency_key: str = ""
    traceparent: str = ""


@dataclass(frozen=True, slots=True)
class JointOpened:
    """The answer; the same for a repeat but for where the parts stand and `repeated`.

    Attributes:
        query_code: with which the applicant may see how the whole fares.
        child_codes: those of the parts, in the order of `children`; notes: what was done otherwise than it says.
        warnings: in what the definitions of an item differ now, with the place of the part, counted from 1.
    """

    row: JointRow
    joint: Joint
    children: tuple[CaseRow, ...]
    query_code: str
    child_codes: tuple[str, ...]
    repeated: bool
    notes: tuple[Text, ...] = ()
    warnings: tuple[tuple[int, ParityWarning], ...] = ()


async def submit_joint(
    submission: JointSubmission,
    *,
    database: Database,
    opening: CaseOpening,
    clock: Callable[[], datetime],
    wake: Callable[[str], None],
) -> JointOpened:
    """Take over a joint case; when this returns the whole and every part are on disk.  Safe to repeat.

    Raises:
        GatewayError: CASE_TAKEN, KEY_REUSED; what is wrong with any part, all of it, as `all_at_once` says.
    """
    now = clock()
    own_region = opening.sealer.region
    local = tuple(
        LocalPart(position, part.case.handler.division, part.case.item.basic_code, part.case.item.name)
        for position, part in enumerate(submission.parts, 1)
        if opening.divisions.belongs_to(part.case.handler.division, own_region)
    )
    # A repeat gets its answer before anything is asked of anybody.
    if stands := await database.read(lambda tx: _earlier(tx, submission, opening)):
        return stands
    prepared, wrong = await _prepare_all(opening, submission, {part.position for part in local}, now)

    def take(tx: Transaction) -> JointOpened:
        if earlier := _earlier(tx, submission, opening):
            return earlier
        if wrong:
            raise all_at_once(wrong)
        if not prepared:
            raise _nothing_to_send(own_region)
        parent_id = _came_back(tx, opening, submission, prepared) or make_case_number(own_region, now, opening.draw)
        rows = _open_all(tx, opening, submission, prepared, parent_id, now)
        row = _whole(submission, local, opening.vault, parent_id, now)
        joint.add(tx, row)
        if submission.idempotency_key:
            answers.remember(
                tx, submission.system, submission.idempotency_key, submission.request_sha256, parent_id, now
            )
        actor = f"system:{submission.system}"
        audit.note(tx, now, actor, "joint.submit", parent_id, detail=f"{len(rows)}+{len(local)}")
        for child in rows:
            audit.note(tx, now, actor, "case.submit", child.case_id, detail=child.partner)
        return _opened(row, rows, opening, repeated=False)

    done = await database.write(take)
    for partner in dict.fromkeys(child.partner for child in done.children):
        wake(partner)
    return replace(done, warnings=tuple((at + 1, warning) for at, one in prepared for warning in one.warnings))


async def _prepare_all(
    opening: CaseOpening, submission: JointSubmission, at_home: set[int], now: datetime
) -> tuple[list[tuple[int, Prepared]], list[PartError]]:
    prepared: list[tuple[int, Prepared]] = []
    wrong: list[PartError] = []
    away = [(n, part) for n, part in enumerate(submission.parts) if n + 1 not in at_home]
    # Side by side, so that a slow source of licences is waited for once.
    ready = await asyncio.gather(*(opening.prepare(part.case, now) for _, part in away), return_exceptions=True)
    for (position, part), one in zip(away, ready, strict=True):
        if isinstance(one, GatewayError):
            wrong.append(PartError(position, part.materials, one))
        elif isinstance(one, BaseException):
            raise one
        else:
            prepared.append((position, one))
    return prepared, wrong


def _open_all(
    tx: Transaction,
    opening: CaseOpening,
    submission: JointSubmission,
    prepared: list[tuple[int, Prepared]],
    parent_id: str,
    now: datetime,
) -> list[CaseRow]:
    rows: list[CaseRow] = []
    wrong: list[PartError] = []
    for position, one in prepared:
        number = part_number(submission.origin_number, position + 1)
        if cases.find_of_system(tx, submission.system, number):
            raise GatewayError(Reason.CASE_TAKEN, system=submission.system)
        case = replace(one.case, origin_number=number, joint_parent=parent_id)
        if opening.restored and (again := _again(tx, opening, submission, case, now)):
            rows.append(again)
            continue
        try:
            row = opening.open_case(
                tx,
                replace(one, case=case),
                system=submission.system,
                now=now,
                request_sha256=submission.request_sha256,
                traceparent=submission.traceparent,
            )
        except GatewayError as error:
            wrong.append(PartError(position, submission.parts[position].materials, error))
        else:
            rows.append(row)
    if wrong:
        raise all_at_once(wrong)
    return rows


def _came_back(
    tx: Transaction, opening: CaseOpening, submission: JointSubmission, prepared: list[tuple[int, Prepared]]
) -> str:
    """Return the number of the whole, where a part of it came back after a restore."""
    for position, one in prepared if opening.restored else ():
        case = replace(one.case, origin_number=part_number(submission.origin_number, position + 1))
        if found := find_again(tx, opening.vault, opening.sealer.region, case):
            return found.joint_parent
    return ""


def _again(
    tx: Transaction, opening: CaseOpening, submission: JointSubmission, case: Case, now: datetime
) -> CaseRow | None:
    it = submission
    return handed_in_again(tx, opening.vault, opening.sealer.region, it.system, case, it.request_sha256, now)


def _earlier(tx: Transaction, submission: JointSubmission, opening: CaseOpening) -> JointOpened | None:
    key = submission.idempotency_key
    if key and (used := answers.earlier(tx, submission.system, key)):
        row = joint.find(tx, used.subject)
        if used.request_sha256 != submission.request_sha256 or row is None:
            raise GatewayError(Reason.KEY_REUSED)
    else:
        row = joint.find_of_system(tx, submission.system, submission.origin_number)
    if row is None:
        if cases.find_of_system(tx, submission.system, submission.origin_number):
            raise GatewayError(Reason.CASE_TAKEN, system=submission.system)
        return None
    if row.request_sha256 != submission.request_sha256:
        raise GatewayError(Reason.CASE_TAKEN, system=submission.system)
    return _opened(row, joint.children(tx, row.parent_id), opening, repeated=True)


def _opened(row: JointRow, children: list[CaseRow], opening: CaseOpening, *, repeated: bool) -> JointOpened:
    return JointOpened(
        row=row,
        joint=whole_of(row, children),
        children=tuple(children),
        query_code=query_code_of(opening.vault, row.parent_id),
        child_codes=tuple(query_code_of(opening.vault, child.case_id) for child in children),
        repeated=repeated,
        notes=tuple(note for child in children for note in notes_about(child, opening.divisions)),
    )


def whole_of(row: JointRow, children: list[CaseRow]) -> Joint:
    """Return where a joint case stands as a whole."""
    return derive([Child(child.case_id, child.standing) for child in children], withdrawn=row.withdrawn_at is not None)


def private_name_context(parent_id: str) -> bytes:
    """Return the place for which the applicant's name in a joint case's row is encrypted."""
    return f"joint_cases|private|{parent_id}".encode()


def _whole(
    submission: JointSubmission, local: tuple[LocalPart, ...], vault: Vault, parent_id: str, now: datetime
) -> JointRow:
    case = submission.parts[0].case
    return JointRow(
        parent_id=parent_id,
        system=submission.system,
        origin_number=submission.origin_number,
        title="、".join(dict.fromkeys(part.case.item.name for part in submission.parts)),
        origin_division=case.origin.division,
        delivery_way=case.delivery.way.value,
        request_sha256=submission.request_sha256,
        applicant_key=applicant_key(vault, case),
        private=vault.seal(case.applicant.name.encode(), private_name_context(parent_id)),
        opened_at=now,
        local_parts=local,
    )


def _nothing_to_send(own_region: str) -> GatewayError:
    finding = FieldFinding(
        "parts",
        Text(
            f"各部分都由本地区 ({own_region}) 办理, 没有一部分属于其他地区",
            f"this region ({own_region}) decides every part; none belongs to another region",
        ),
        Text("在本地系统直接办理, 不用多地联办", "handle it in the local system; it is no joint case"),
    )
    return GatewayError(Reason.BAD_REQUEST, findings=(finding,), count=1)
