"""A local system, or a person, does something to a case: 签收, 受理, 补正, 办结 and the rest.

0 before     what others have to be asked first, outside any transaction
1 find       the case, if it is this system's to act on; the same request again gets the same answer
2 may        the party may do it, or the agreement grants the power
3 complete   the event says what its kind has to say, and its files are here
4 possible   the lifecycle allows it now, our own unanswered events counted; a correction moves nothing.  To a case that
             reached nobody nothing is done but withdrawing it, which ends it here (`withdraw_here`)
5 fitting    it agrees with what happened before: supplements, corrections, evaluations
6 keep       event, version, envelope, evidence, audit (`recording`): all of 1 to 6 is one transaction
7 wake       a hint that something is owed
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from msgspec import structs

from gateway.case.errors import FieldFinding, GatewayError
from gateway.case.event.demands import event_findings
from gateway.case.event.documents import document_doubts, document_problems
from gateway.case.event.results import handing_doubts, handing_findings
from gateway.case.events import Actor, Deadline, Document, Event, Grant, Happening, ReceivedByHandler
from gateway.case.kinds import POWER_NAMES
from gateway.case.lifecycle import Standing, advance
from gateway.case.reasons import Reason
from gateway.case.states import Party, State
from gateway.case.texts import Text
from gateway.flows.clocks.timing import Timing
from gateway.flows.delivery.withdraw_here import end_here, is_nowhere, refuse_what_reaches_nobody
from gateway.flows.history_checks import HistoryChecks
from gateway.flows.past import report
from gateway.flows.reading import read_event
from gateway.flows.recording import record
from gateway.flows.retention import need_content
from gateway.flows.sealing import Sealer
from gateway.store import answers, audit, cases, events, feed, possessions
from gateway.store.cases import CaseRow
from gateway.store.database import Database, Transaction
from gateway.trust.vault import Vault

ALL = 2**62
"""A position behind every entry of a feed."""

OPERATOR = "*"
"""System name of an operator at this machine, who may act on every case."""


@dataclass(frozen=True, slots=True)
class Act:
    """What is done to a case, by whom.

    Attributes:
        if_match: the case version the caller has seen; None when it does not ask.
        request_sha256: digest of the request, to know the same again.
        corrects: id of the event this one corrects (更正), in any of its versions.
        data_version: the version the caller means to make; 0 when it leaves that to the gateway.
        by: actor of the audit; empty for the system itself.  Of an act by somebody else than the system in charge, such
            as `person:<id>`, that system learns through its feed.
        holder: who uploaded the files of the act, a system or a person (`possessions.uploader`); empty for `system`.
    """

    system: str
    case_id: str
    actor: Actor
    happening: Happening
    occurred_at: datetime
    reason: str = ""
    documents: tuple[Document, ...] = ()
    deadlines: tuple[Deadline, ...] = ()
    if_match: int | None = None
    request_sha256: bytes = b""
    idempotency_key: str = ""
    traceparent: str = ""
    corrects: str = ""
    data_version: int = 0
    by: str = ""
    holder: str = ""

    @property
    def actor_of_audit(self) -> str:
        """Who did it, as the audit names them."""
        return self.by or f"system:{self.system}"


@dataclass(frozen=True, slots=True)
class Acted:
    """The answer to an act; `case_version` is None while the handler has not confirmed it (待对方确认).

    Attributes:
        doubts: what may be wrong with the event, told and not refused.
    """

    event_id: str
    case_id: str
    state: State
    case_version: int | None
    repeated: bool
    doubts: tuple[FieldFinding, ...] = ()


DoAct = Callable[[Act], Awaitable[Acted]]

Ready = Callable[[Transaction, CaseRow, Event, datetime], Event | None]
"""What a step before wants done in the transaction of the event; it may refuse, or return the event completed.  It may run again."""
Before = Callable[[Act], Awaitable[Ready | None]]
"""A step outside any transaction, before the write: it may wait for others.  None when the act is not its business."""


async def act(
    deed: Act,
    *,
    database: Database,
    vault: Vault,
    sealer: Sealer,
    timing: Timing,
    clock: Callable[[], datetime],
    wake: Callable[[str], None],
    checks: HistoryChecks,
    before: Sequence[Before] = (),
) -> Acted:
    """Record an event and owe it to the other region; on disk when this returns.  Safe to repeat with a key.

    Args:
        before: what has to be asked elsewhere first, such as a source of licences.

    Raises:
        GatewayError: CASE_UNKNOWN, STALE, LIFECYCLE, NOT_THE_HANDLER, KEY_REUSED, EVALUATED_ALREADY, CONTENT_REMOVED,
            BAD_REQUEST with findings.
    """
    readied = [ready for step in before if (ready := await step(deed))]
    now = clock()

    def take(tx: Transaction) -> tuple[Acted, str]:
        row = _case_of(tx, deed)
        if earlier := _earlier(tx, deed, row):
            return earlier, row.partner
        if deed.if_match is not None and deed.if_match != row.case_version:
            raise GatewayError(Reason.STALE, version=row.case_version)
        need_content(tx, row)
        event = _event(tx, checks, deed, row, sealer.new_id(), now)
        _refuse_if(_incomplete(tx, deed, event, row))
        refuse_what_reaches_nobody(tx, sealer.region, row, event)
        if not event.corrects:
            advance(_projected(tx, vault, row), event.happening)
        _refuse_if(checks.findings(tx, row, event, row.party))
        for ready in readied:
            event = ready(tx, row, event, now) or event
        by = deed.actor_of_audit
        report(tx, vault, row, event, by, now)
        told = {"traceparent": deed.traceparent, "uploaded_by": deed.holder}
        kept = record(tx, vault, sealer, timing, row, event, by=by, now=now, **told)
        if is_nowhere(row):
            kept = end_here(tx, sealer.region, timing, kept.row, now, by)
        if deed.idempotency_key:
            answers.remember(tx, deed.system, deed.idempotency_key, deed.request_sha256, event.event_id, now)
        _tell_who_is_in_charge(tx, deed, row, sealer.region, event.event_id, now)
        doubts = (*document_doubts(event), *handing_doubts(event))
        done = Acted(event.event_id, row.case_id, kept.row.standing.state, kept.version, repeated=False, doubts=doubts)
        return done, row.partner

    done, partner = await database.write(take)
    wake(partner)
    return done


def _tell_who_is_in_charge(tx: Transaction, deed: Act, row: CaseRow, region: str, event_id: str, now: datetime) -> None:
    if not deed.by or row.system in (feed.UNCLAIMED, feed.CONSOLE):
        return
    made = events.by_id(tx, row.case_id, event_id)
    assert made is not None, "it was kept just now"
    feed.tell(tx, now, row.system, row.case_id, feed.EVENT, region, made.envelope_id)


def _case_of(tx: Transaction, deed: Act) -> CaseRow:
    row = cases.find(tx, deed.case_id)
    if row is None or (deed.system not in (row.system, OPERATOR) and row.system != feed.UNCLAIMED):
        raise GatewayError(Reason.CASE_UNKNOWN)
    if row.system == feed.UNCLAIMED and deed.system != OPERATOR:
        if not isinstance(deed.happening, ReceivedByHandler):
            raise GatewayError(Reason.CASE_UNKNOWN)
        feed.hand_to(tx, deed.system, row.case_id)
        return structs.replace(row, system=deed.system)
    return row


def _earlier(tx: Transaction, deed: Act, row: CaseRow) -> Acted | None:
    used = answers.earlier(tx, deed.system, deed.idempotency_key) if deed.idempotency_key else None
    if used is None:
        return None
    found = events.by_id(tx, row.case_id, used.subject)
    if used.request_sha256 != deed.request_sha256 or found is None:
        raise GatewayError(Reason.KEY_REUSED)
    return Acted(found.event_id, row.case_id, row.standing.state, found.version, repeated=True)


def _event(tx: Transaction, checks: HistoryChecks, deed: Act, row: CaseRow, event_id: str, now: datetime) -> Event:
    power = checks.power(tx, row, deed.happening, row.party)
    if power is not None and power not in row.powers:
        raise GatewayError(Reason.NOT_THE_HANDLER, power=POWER_NAMES[power])
    event = Event(
        event_id=event_id,
        actor=deed.actor,
        occurred_at=deed.occurred_at,
        recorded_at=now,
        happening=deed.happening,
        reason=deed.reason,
        documents=deed.documents,
        deadlines=deed.deadlines if row.party is Party.HANDLER and not deed.corrects else (),
        grant=Grant(power, row.agreement) if power is not None else None,
    )
    if not deed.corrects:
        return event
    first, version = checks.versioned(tx, row, deed.happening, deed.corrects)
    return replace(event, corrects=first, data_version=deed.data_version or version)


def _incomplete(tx: Transaction, deed: Act, event: Event, row: CaseRow) -> list[FieldFinding]:
    findings = [*event_findings(event), *document_problems(event), *handing_findings(event, row.party)]
    holder = possessions.of_system(deed.holder or deed.system)
    for file in possessions.missing(tx, holder, event.files()):
        if possessions.size_in_case(tx, deed.case_id, file.sha256) == file.size:
            continue
        findings.append(
            FieldFinding(
                f"files[{file.sha256[:12]}…]",
                Text("这份文件还没有上传", "this file is not uploaded"),
                Text("先用 PUT /v1/materials/{sha256} 上传", "upload it with PUT /v1/materials/{sha256} first"),
            )
        )
    return findings


def _refuse_if(findings: Sequence[FieldFinding]) -> None:
    if findings:
        raise GatewayError(Reason.BAD_REQUEST, findings=findings, count=len(findings))


def _projected(tx: Transaction, vault: Vault, row: CaseRow) -> Standing:
    """The standing with our own unanswered events counted, so that a clerk cannot withdraw twice."""
    standing = row.standing
    if row.party is Party.HANDLER:
        return standing
    if standing.state in (State.FORWARDED, State.UNDELIVERABLE):
        standing = Standing.at(State.AWAITING_SIGN_OFF)
    for waiting in events.pending(tx, row.case_id):
        if waiting.kind == events.OPENING:
            continue
        event = read_event(tx, vault, waiting)
        try:
            standing = standing if event.corrects else advance(standing, event.happening)
        except GatewayError:
            # What the handler did since may have overtaken it; the receipt will say so.
            continue
    return standing


async def claim_case(
    system: str, case_id: str, *, database: Database, clock: Callable[[], datetime], by: str = ""
) -> None:
    """Put a local system in charge of a case nobody received; its feed entries go to that system.

    Args:
        by: actor of the audit; empty for the system itself.

    Raises:
        GatewayError: CASE_UNKNOWN, also when another system is in charge.
    """
    now = clock()

    def take(tx: Transaction) -> None:
        row = cases.find(tx, case_id)
        if row is None or row.system not in (system, feed.UNCLAIMED):
            raise GatewayError(Reason.CASE_UNKNOWN)
        if row.system == system:
            return
        feed.hand_to(tx, system, case_id)
        if system == feed.CONSOLE:
            feed.confirm(tx, system, ALL, now)
        cases.move(tx, structs.replace(row, system=system), now)
        audit.note(tx, now, by or f"system:{system}", "case.claim", case_id)

    await database.write(take)
