"""A local system, or a person, does something to a case: 签收, 受理, 补正, 办结 and the rest.

1 find       the case, if it is this system's to act on; the same request again gets the same answer
2 may        the party may do it, or the agreement grants the power
3 possible   the lifecycle allows it now, our own unanswered events counted
4 sequence   the handler's gateway gives the version and folds; at the origin the event waits for the receipt
5 keep       event, envelope, evidence, audit: one transaction
6 wake       a hint that something is owed
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime

from gateway.case.demands import event_findings
from gateway.case.errors import FieldFinding, GatewayError
from gateway.case.events import Actor, Deadline, Document, Event, Grant, Happening, ReceivedByHandler
from gateway.case.lifecycle import Standing, advance, needed_power
from gateway.case.reasons import Reason
from gateway.case.states import Party, State
from gateway.case.texts import Text
from gateway.flows.folding import after
from gateway.flows.owing import event_row, owe_envelope
from gateway.flows.reading import read_event
from gateway.flows.sealing import Sealer
from gateway.store import answers, audit, cases, events, feed, possessions
from gateway.store.cases import CaseRow
from gateway.store.database import Database, Transaction
from gateway.trust.vault import Vault

OPERATOR = "*"
"""System name of an operator at this machine, who may act on every case."""


@dataclass(frozen=True, slots=True)
class Act:
    """What is done to a case, by whom.

    Attributes:
        if_match: the case version the caller has seen; None when it does not ask.
        request_sha256: digest of the request, to know the same again.
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


@dataclass(frozen=True, slots=True)
class Acted:
    """The answer to an act; `case_version` is None while the handler has not confirmed it (待对方确认)."""

    event_id: str
    case_id: str
    state: State
    case_version: int | None
    repeated: bool


DoAct = Callable[[Act], Awaitable[Acted]]


async def act(
    deed: Act,
    *,
    database: Database,
    vault: Vault,
    sealer: Sealer,
    clock: Callable[[], datetime],
    wake: Callable[[str], None],
) -> Acted:
    """Record an event and owe it to the other region; on disk when this returns.  Safe to repeat with a key.

    Raises:
        GatewayError: CASE_UNKNOWN, STALE, LIFECYCLE, NOT_THE_HANDLER, KEY_REUSED, BAD_REQUEST with findings.
    """
    now = clock()

    def take(tx: Transaction) -> tuple[Acted, str]:
        row = _case_of(tx, deed)
        if earlier := _earlier(tx, deed, row, now):
            return earlier, row.partner
        if deed.if_match is not None and deed.if_match != row.case_version:
            raise GatewayError(Reason.STALE, version=row.case_version)
        event = _event(deed, row, sealer.new_id(), now)
        _check(tx, deed, event)
        advance(_projected(tx, vault, row), event.happening)
        sequence = row.our_sequence + 1
        version = row.case_version + 1 if row.party is Party.HANDLER else None
        made = sealer.envelope(
            event,
            recipient=row.partner,
            case_id=row.case_id,
            sequence=sequence,
            case_version=version,
            now=now,
            traceparent=deed.traceparent,
        )
        events.add(
            tx,
            event_row(
                row.case_id,
                event,
                envelope_id=made.object_id,
                sender=sealer.region,
                sequence=sequence,
                version=version,
                standing=events.PENDING if version is None else events.FOLDED,
                now=now,
            ),
        )
        moved = row if version is None else after(row, event, version)
        cases.move(tx, replace(moved, our_sequence=sequence), now)
        owe_envelope(
            tx, vault, made, row=row, own_region=sealer.region, sequence=sequence, files=event.files(), now=now
        )
        if deed.idempotency_key:
            answers.remember(tx, deed.system, deed.idempotency_key, deed.request_sha256, event.event_id, now)
        name = type(event.happening).__name__
        audit.note(tx, now, f"system:{deed.system}", f"case.act.{name}", row.case_id, detail=event.event_id)
        done = Acted(event.event_id, row.case_id, moved.standing.state, version, repeated=False)
        return done, row.partner

    done, partner = await database.write(take)
    wake(partner)
    return done


def _case_of(tx: Transaction, deed: Act) -> CaseRow:
    row = cases.find(tx, deed.case_id)
    if row is None or (deed.system not in (row.system, OPERATOR) and row.system != feed.UNCLAIMED):
        raise GatewayError(Reason.CASE_UNKNOWN)
    if row.system == feed.UNCLAIMED and deed.system != OPERATOR:
        if not isinstance(deed.happening, ReceivedByHandler):
            raise GatewayError(Reason.CASE_UNKNOWN)
        feed.hand_to(tx, deed.system, row.case_id)
        return replace(row, system=deed.system)
    return row


def _earlier(tx: Transaction, deed: Act, row: CaseRow, now: datetime) -> Acted | None:
    used = answers.earlier(tx, deed.system, deed.idempotency_key, now) if deed.idempotency_key else None
    if used is None:
        return None
    found = events.by_id(tx, row.case_id, used.subject)
    if used.request_sha256 != deed.request_sha256 or found is None:
        raise GatewayError(Reason.KEY_REUSED)
    return Acted(found.event_id, row.case_id, row.standing.state, found.version, repeated=True)


def _event(deed: Act, row: CaseRow, event_id: str, now: datetime) -> Event:
    power = needed_power(deed.happening, row.party)
    if power is not None and power not in row.powers:
        raise GatewayError(Reason.NOT_THE_HANDLER, power=power.value)
    return Event(
        event_id=event_id,
        actor=deed.actor,
        occurred_at=deed.occurred_at,
        recorded_at=now,
        happening=deed.happening,
        reason=deed.reason,
        documents=deed.documents,
        deadlines=deed.deadlines if row.party is Party.HANDLER else (),
        grant=Grant(power, row.agreement) if power is not None else None,
    )


def _check(tx: Transaction, deed: Act, event: Event) -> None:
    findings = list(event_findings(event))
    holder = possessions.of_system(deed.system)
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
        try:
            standing = advance(standing, read_event(tx, vault, waiting).happening)
        except GatewayError:
            # What the handler did since may have overtaken it; the receipt will say so.
            continue
    return standing


async def claim_case(system: str, case_id: str, *, database: Database, clock: Callable[[], datetime]) -> None:
    """Put a local system in charge of a case nobody received; its feed entries go to that system.

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
        cases.move(tx, replace(row, system=system), now)
        audit.note(tx, now, f"system:{system}", "case.claim", case_id)

    await database.write(take)
