"""Envelopes arrive from another region.  Safe to repeat: the same bytes get the first receipt.

1 authentic   signer = declared sender = proven caller, we are the recipient        rejection: not stored
2 opened      it reads as a whole                                                   refusal
3 repeat      (sender, envelope id) answered before: the first batch, byte for byte; other bytes: conflict
4 in turn     what goes before it in its case was answered                          retriable
5 in time     not past its expiry                                                   refusal
6 permitted   agreement, party, lifecycle (`taking_in`)                             refusal or a retriable answer
7 taken in    case or event, inbox, evidence, audit, feed                           receipt
8 sealed      one signature for all receipts of the call

Steps 3 to 8 are one transaction: a receipt leaves only after what it promises is on disk.

A call whose envelopes are all taken in, as nearly all are, has one savepoint.  As soon as one is not, all is undone and done
again with a savepoint for each: that costs a call twice its time at most, and saves a quarter of it otherwise, for SQLite copies
every page that is changed once for each savepoint.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext, suppress
from dataclasses import dataclass, field
from datetime import datetime

from gateway.case.errors import GatewayError
from gateway.case.reasons import Answer, Reason
from gateway.flows.delivery.courier import Answers
from gateway.flows.opening import Authentic, Opened, Unreadable, authenticate, open_envelope
from gateway.flows.sealing import Sealer
from gateway.flows.taking_in import TakingIn
from gateway.store import audit, bodies, evidence, inbox
from gateway.store.database import Database, Transaction
from gateway.store.inbox import Answered
from gateway.trust.suites import VerifyKey
from gateway.trust.vault import Vault
from gateway.wire.codec import problem_of
from gateway.wire.envelope import EnvelopeAnswer, Outcome, Receipt, Sealed
from gateway.wire.header import Header

Looked = Opened | Unreadable | GatewayError


@dataclass(slots=True)
class _Batches:
    """Receipt batches of one answer, each once; the new one, with the receipts made now, is sealed last."""

    new_id: str
    ids: list[str] = field(default_factory=list)
    sealed: dict[str, bytes] = field(default_factory=dict)
    receipts: list[Receipt] = field(default_factory=list)

    def index_of(self, batch_id: str) -> int:
        if batch_id not in self.ids:
            self.ids.append(batch_id)
        return self.ids.index(batch_id)


@dataclass(frozen=True, slots=True)
class _Call:
    """What answering the envelopes of a call needs, and what was answered.

    Attributes:
        apart: whether each envelope has a savepoint of its own.
        known: answers to envelopes of the call, by id, those given now included.
        bodies: ids under which the caller has a body here.
    """

    caller: str
    vault: Vault
    rooms: TakingIn
    now: datetime
    apart: bool
    batches: _Batches
    known: dict[str, Answered]
    bodies: set[str]


LOOKED_AT_A_TIME = 8
"""Envelopes whose signatures are checked before others get their turn: a full call of them would hold up everybody for some 15 ms."""


class _NotTogether(Exception):
    """One of the envelopes cannot be taken in; nothing of the others is to be undone for it."""


async def receive(
    sealed: Sequence[Sealed],
    caller: str,
    *,
    database: Database,
    vault: Vault,
    sealer: Sealer,
    keys_of: Callable[[str], Mapping[str, VerifyKey]],
    taking_in: Callable[[], TakingIn],
    clock: Callable[[], datetime],
    told: Callable[[], None],
) -> Answers:
    """Take in a batch of envelopes of one proven caller; one answer each, in order.

    Args:
        caller: gateway code the connection has proven.
        keys_of: the registered keys of a region, of either use.
        taking_in: what decides and stores, bound to the partner snapshot of this moment.
        told: a hint that the feed has something new.
    """
    now = clock()
    keys = keys_of(caller)
    looked = []
    for place, one in enumerate(sealed, 1):
        looked.append(_look(one, caller, sealer.region, keys, now))
        if place % LOOKED_AT_A_TIME == 0:
            await asyncio.sleep(0)
    rooms = taking_in()

    ids = {one.authentic.header.envelope_id for one in looked if not isinstance(one, GatewayError)}

    def take_all(tx: Transaction) -> Answers:
        if not any(isinstance(one, Unreadable) for one in looked):
            with suppress(_NotTogether), tx.savepoint():
                return take_each(tx, apart=False)
        return take_each(tx, apart=True)

    def take_each(tx: Transaction, *, apart: bool) -> Answers:
        batches = _Batches(sealer.new_id())
        # Proven, so the sender of each is the caller.
        known, kept = inbox.answers_to(tx, caller, ids), bodies.kept_of(tx, caller, ids)
        call = _Call(caller, vault, rooms, now, apart, batches, known, kept)
        answers = [_answer(tx, call, one) for one in looked]
        if batches.receipts:
            made = sealer.receipts(batches.new_id, caller, tuple(batches.receipts), now)
            evidence.record(tx, vault, evidence.RECEIPTS, sealer.region, made.object_id, made.sealed, now)
            batches.sealed[batches.new_id] = made.sealed
        for batch_id in batches.ids:
            if batch_id not in batches.sealed:
                first = bodies.fetch(tx, vault, sealer.region, batch_id)
                batches.sealed[batch_id] = sealer.again(first, now)
        return Answers(tuple(batches.sealed[batch_id] for batch_id in batches.ids), tuple(answers))

    answered = await database.write(take_all)
    told()
    return answered


def _look(sealed: Sealed, caller: str, own_region: str, keys: Mapping[str, VerifyKey], now: datetime) -> Looked:
    try:
        return open_envelope(authenticate(sealed, caller, own_region, keys, now))
    except GatewayError as error:
        return error


def _answer(tx: Transaction, call: _Call, looked: Looked) -> EnvelopeAnswer:
    now, batches = call.now, call.batches
    if isinstance(looked, GatewayError):
        audit.note(tx, now, f"region:{call.caller}", "envelope.rejected", "", looked.reason.value)
        return EnvelopeAnswer("", None, problem_of(looked))
    authentic = looked.authentic
    header = authentic.header
    earlier = call.known.get(header.envelope_id)
    if earlier is not None and earlier.outcome != inbox.NEVER_SEEN:
        if earlier.payload_sha256 == authentic.payload_sha256:
            return EnvelopeAnswer(header.envelope_id, batches.index_of(earlier.batch_id), None)
        return _conflict(tx, header, now)
    if header.envelope_id in call.bodies:
        # The id of a batch of receipts it sealed for us.
        return _conflict(tx, header, now)
    try:
        with tx.savepoint() if call.apart else nullcontext():
            # Before anything is folded: folding reads the events back from their envelopes.
            _keep(tx, call.vault, authentic, now)
            receipt = _take(tx, looked, call.rooms, declared_never_seen=earlier is not None, now=now)
    except GatewayError as error:
        if not call.apart:
            raise _NotTogether from error
        if error.row.answer is not Answer.FINAL:
            return EnvelopeAnswer(header.envelope_id, None, problem_of(error))
        _keep(tx, call.vault, authentic, now)
        receipt = _refuse(tx, looked, call.rooms, error, now)
    outcome = inbox.ACCEPTED if receipt.outcome is Outcome.ACCEPTED else inbox.REFUSED
    inbox.remember(
        tx,
        header.sender,
        header.envelope_id,
        authentic.payload_sha256,
        outcome,
        batches.new_id,
        now,
        header.sealed_at,
    )
    call.known[header.envelope_id] = Answered(authentic.payload_sha256, outcome, batches.new_id)
    batches.receipts.append(receipt)
    return EnvelopeAnswer(header.envelope_id, batches.index_of(batches.new_id), None)


def _conflict(tx: Transaction, header: Header, now: datetime) -> EnvelopeAnswer:
    reason = Reason.ENVELOPE_ID_CONFLICT
    audit.note(tx, now, f"region:{header.sender}", "envelope.rejected", header.envelope_id, reason.value)
    return EnvelopeAnswer(header.envelope_id, None, problem_of(GatewayError(reason)))


def _keep(tx: Transaction, vault: Vault, authentic: Authentic, now: datetime) -> None:
    header = authentic.header
    evidence.record(tx, vault, evidence.ENVELOPE, header.sender, header.envelope_id, authentic.sealed, now)


def _take(
    tx: Transaction, looked: Opened | Unreadable, rooms: TakingIn, *, declared_never_seen: bool, now: datetime
) -> Receipt:
    rooms.need_turn(tx, looked.authentic.header)
    if isinstance(looked, Unreadable):
        raise looked.error
    envelope = looked.envelope
    late = now >= envelope.expires_at
    if late or declared_never_seen:
        rooms.need_new(tx, envelope)
    if declared_never_seen:
        raise GatewayError(Reason.DECLARED_NEVER_SEEN)
    if late:
        raise GatewayError(Reason.EXPIRED, expires_at=envelope.expires_at.isoformat(timespec="seconds"))
    version = rooms.take(tx, envelope, now)
    return _receipt(looked.authentic, Outcome.ACCEPTED, now, version=version)


def _refuse(
    tx: Transaction, looked: Opened | Unreadable, rooms: TakingIn, error: GatewayError, now: datetime
) -> Receipt:
    rooms.refuse(tx, looked.authentic.header, looked.envelope if isinstance(looked, Opened) else None, error, now)
    return _receipt(looked.authentic, Outcome.REFUSED, now, error=error)


def _receipt(
    authentic: Authentic,
    outcome: Outcome,
    now: datetime,
    *,
    version: int | None = None,
    error: GatewayError | None = None,
) -> Receipt:
    return Receipt(
        envelope_id=authentic.header.envelope_id,
        payload_sha256=authentic.payload_sha256,
        outcome=outcome,
        received_at=now,
        case_version=version,
        refusal=problem_of(error) if error else None,
    )
