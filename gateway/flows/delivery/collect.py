"""For partners that can only dial out: they bring their answers and take what they are owed.

At the side that is dialled (`hand_out`):
1 settle   the receipts the partner brings
2 claim    what it is owed, for ten minutes; unanswered ones are handed out again

At the side that dials (`collect`):
1 files    pull the next piece of a file that an envelope waits for, so that no file holds up what has none
2 fetch    what the partner owes us, with our answers to what it handed out before
3 sort     what lacks files waits for them, within bounds; its later ones come after it in any case
4 receive  the others as if the partner had delivered them; the answers go with the next call
"""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from gateway.case.errors import GatewayError
from gateway.case.model import MaterialFile
from gateway.case.reasons import Reason
from gateway.flows.delivery.courier import Answers, Courier, HandedOut
from gateway.flows.delivery.deliver import MOST_ENVELOPES, Flight, claim_batch, waits_of
from gateway.flows.delivery.settle import Proven, Settling, prove_receipts
from gateway.flows.delivery.write_down import write_down
from gateway.flows.materials.transfer import Transfer
from gateway.flows.opening import Opened, authenticate, open_envelope
from gateway.partners.partner import Partner
from gateway.partners.registry import Registry
from gateway.partners.schema import Delivery, Status
from gateway.store import outbox, peers
from gateway.store.database import Database, Transaction
from gateway.store.outbox import Owed
from gateway.trust.suites import VerifyKey
from gateway.wire.codec import sealed_from_bytes
from gateway.wire.envelope import EnvelopeAnswer, Sealed
from gateway.wire.header import header_from_bytes

LEASE = timedelta(minutes=10)
LONGEST_WAIT = 50

PIECE = 64 * 1024 * 1024
PIECE_WITHIN = 20.0
"""Bytes, and seconds, of a file that are pulled between two calls; then what else the partner owes has its turn."""
MOST_WAITING = 16
"""Envelopes of one partner that wait here for their files; what comes above it is handed out again later."""

_AWAY = (Reason.PARTNER_UNREACHABLE, Reason.PARTNER_SLOW)
"""Nothing more can be pulled at this moment."""

KeysOf = Callable[[str], Mapping[str, VerifyKey]]


async def hand_out(  # noqa: PLR0913 - four facts of the call, seven things it needs
    caller: str,
    answered: Answers,
    max_envelopes: int,
    wait_seconds: int,
    *,
    database: Database,
    registry: Registry,
    settling: Settling,
    keys_of: KeysOf,
    clock: Callable[[], datetime],
    something_owed: Callable[[str], Awaitable[None]],
    told: Callable[[], None],
    flown: Callable[[Flight], None] = lambda _: None,
) -> HandedOut:
    """Settle what the partner answers and hand out what it is owed.

    Args:
        something_owed: returns when something new may be owed to a partner.
        flown: told what the receipts the partner brought have settled.

    Raises:
        GatewayError: NOT_SERVED when the agreement is that we push; PARTNER_PAUSED: its answers count, and nothing is sent.
    """
    partner = registry.current().of(caller)
    if partner is None or partner.delivery is not Delivery.COLLECT:
        raise GatewayError(Reason.NOT_SERVED, rpc="CollectEnvelopes")
    now = clock()
    proven = prove_receipts(answered.receipt_batches, partner, settling.region, keys_of(caller), now)
    most = min(max_envelopes, MOST_ENVELOPES)

    problems = [answer for answer in answered.answers if answer.problem and answer.envelope_id]

    def settle(tx: Transaction, *, apart: bool) -> Flight:
        asked = [*proven.receipts, *(answer.envelope_id for answer in problems)]
        found = [outbox.find(tx, envelope_id) for envelope_id in dict.fromkeys(asked)]
        claimed = [owed for owed in found if owed and owed.partner == caller and _is_open(owed, proven)]
        settled = settling.settle(tx, partner, claimed, proven, problems, now, apart=apart)
        peers.reached(tx, caller, now)
        # Files are pulled by the side that dials, so nothing waits for them here.
        outbox.files_are_pulled(tx, caller)
        refusals = tuple(receipt.refusal.reason for receipt, _ in proven.receipts.values() if receipt.refusal)
        return Flight(0, settled, more=False, refusals=refusals, waited=waits_of(claimed, proven, now))

    flown(await write_down(database, settle))
    told()
    if partner.status is not Status.ACTIVE:
        raise GatewayError(Reason.PARTNER_PAUSED, partner=partner.short_name)
    if most == 0:
        return HandedOut((), more=False)
    taken = await database.write(lambda tx: claim_batch(tx, partner, settling, clock(), lease=LEASE, most=most))
    if not taken and wait_seconds > 0:
        try:
            await asyncio.wait_for(something_owed(caller), min(wait_seconds, LONGEST_WAIT))
        except TimeoutError:
            return HandedOut((), more=False)
        await database.write(lambda tx: outbox.files_are_pulled(tx, caller))
        taken = await database.write(lambda tx: claim_batch(tx, partner, settling, clock(), lease=LEASE, most=most))
    return HandedOut(tuple(sealed for _, sealed in taken), more=len(taken) == most)


def _is_open(owed: Owed, proven: Proven) -> bool:
    """Whether an answer of the partner is still wanted: a receipt also for what was given up."""
    return owed.settled_at is None or (owed.outcome == outbox.GIVEN_UP and owed.envelope_id in proven.receipts)


@dataclass(slots=True)
class Awaiting:
    """An envelope that waits here for its files."""

    sealed: Sealed
    envelope_id: str
    case_id: str
    files: list[MaterialFile]


@dataclass(slots=True)
class Collector:
    """Collects from partners; remembers the answers that go with the next call, and what waits for files.

    What is lost with the process does no harm: the envelope is handed out again, gets its first receipt, and its files
    go on where they stopped.
    """

    registry: Registry
    courier: Courier
    transfer: Transfer
    region: str
    keys_of: KeysOf
    receive: Callable[[list[Sealed], str], Awaitable[Answers]]
    clock: Callable[[], datetime]
    piece_within: float = PIECE_WITHIN
    _answers: dict[str, Answers] = field(default_factory=dict)
    _waiting: dict[str, list[Awaiting]] = field(default_factory=lambda: defaultdict(list))

    async def collect(self, code: str, wait_seconds: int) -> int:
        """Fetch and take in what a partner owes us; return how many envelopes came or went on.

        Raises:
            GatewayError: the partner could not be reached or answered wrongly.
        """
        partner = self.registry.current().of(code)
        if partner is None or partner.status is not Status.ACTIVE:
            return 0
        whole = await self._pull_next(partner)
        ready = [one.sealed for one in whole]
        went_on = len(ready)
        answered = self._answers.get(code, Answers((), ()))
        idle = not (ready or self._waiting[code] or answered.answers or answered.receipt_batches)
        most = MOST_ENVELOPES - went_on
        try:
            out = await self.courier.collect(partner, answered, most, wait_seconds if idle else 0)
        except GatewayError:
            self._waiting[code][:0] = whole  # Their files are here: they need not be handed out again.
            raise
        self._answers.pop(code, None)
        for one in out.envelopes:
            sealed = sealed_from_bytes(one)
            lacking = self._lacking(partner, sealed)
            if lacking is None or not await self._must_wait(partner, lacking):
                ready.append(sealed)
        if ready:
            self._answers[code] = _named(await self.receive(ready, code), ready)
        return len(out.envelopes) + went_on

    async def _must_wait(self, partner: Partner, new: Awaiting) -> bool:
        """Whether the envelope waits for files; small ones come at once, and what lacks nothing does not wait."""
        waiting = self._waiting[partner.code]
        if any(one.envelope_id == new.envelope_id for one in waiting) or len(waiting) >= MOST_WAITING:
            return True
        if not waiting and await self._pulled(partner, new):
            return False
        waiting.append(new)
        return True

    async def _pull_next(self, partner: Partner) -> list[Awaiting]:
        """Pull a piece for the envelope that waits longest; return those that wait for nothing any more."""
        waiting = self._waiting[partner.code]
        ready: list[Awaiting] = []
        for _ in range(len(waiting)):
            first = waiting.pop(0)
            if not await self._pulled(partner, first):
                waiting.append(first)
                break
            ready.append(first)
        return ready

    async def _pulled(self, partner: Partner, awaiting: Awaiting) -> bool:
        """Pull one piece; True when nothing more is to be pulled, be it that everything is here or that it cannot come."""
        while awaiting.files:
            file = awaiting.files[0]
            try:
                if not await self._pull(partner, awaiting.case_id, file):
                    return False
            except GatewayError as error:
                # `receive` says which files are missing, and that envelope comes again; the others need not wait.
                return error.reason not in _AWAY
            awaiting.files.pop(0)
        return True

    async def _pull(self, partner: Partner, case_id: str, file: MaterialFile) -> bool:
        def piece(offset: int) -> AsyncIterator[bytes]:
            chunks = self.courier.get_material(partner, case_id, file.sha256, offset)
            return _piece(chunks, asyncio.get_running_loop().time() + self.piece_within)

        return await self.transfer.pull_material(partner.code, case_id, file, piece)

    def _lacking(self, partner: Partner, sealed: Sealed) -> Awaiting | None:
        """Return the files an envelope names; None when there are none, or when it is not one to believe."""
        keys = self.keys_of(partner.code)
        try:
            looked = open_envelope(authenticate(sealed, partner.code, self.region, keys, self.clock()))
        except GatewayError:
            return None  # `receive` says why
        if not isinstance(looked, Opened) or not looked.envelope.body.files():
            return None
        envelope = looked.envelope
        return Awaiting(sealed, envelope.envelope_id, envelope.case_id, list(envelope.body.files()))


async def _piece(chunks: AsyncIterator[bytes], end: float) -> AsyncIterator[bytes]:
    """Yield chunks until a piece is full or its time is over, however slowly they come."""
    taken = 0
    try:
        while taken < PIECE:
            async with asyncio.timeout_at(end):
                chunk = await anext(chunks)
            yield chunk
            taken += len(chunk)
    except (StopAsyncIteration, TimeoutError):
        return


def _named(answers: Answers, sealed: Sequence[Sealed]) -> Answers:
    """Return the answers, each with the id its envelope claims.

    One that is not authentic is answered without: whoever delivers knows by its place which it was, and the side that hands
    out does not.  Nothing is believed for it; the other side looks it up among what it owes us.
    """
    named = (_with_id(answer, one) for answer, one in zip(answers.answers, sealed, strict=True))
    return replace(answers, answers=tuple(named))


def _with_id(answer: EnvelopeAnswer, sealed: Sealed) -> EnvelopeAnswer:
    if answer.envelope_id:
        return answer
    try:
        return replace(answer, envelope_id=header_from_bytes(sealed.payload).envelope_id)
    except GatewayError:
        return answer
