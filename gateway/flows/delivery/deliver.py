"""One turn of a partner: due envelopes go out together, and the answer is written down.

1 claim    the next try of each row, and of the partner, is written before anything leaves
2 probe    a partner that failed is asked first whether it is there (`probe`)
3 fly      one call with everything claimed; a single envelope while the last flight failed
4 settle   receipts, folding, feed; or, when the partner could not be reached, rest for the partner (`resting`)

While a full flight is out, what goes next is claimed.  It leaves as soon as every envelope of the first was receipted,
and the first is settled meanwhile: one flight is out at a time, and neither side waits while the other writes.  Nothing
of a case is in both, for what stands behind another envelope of its case is not claimed before that one is settled.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from gateway.case.errors import GatewayError
from gateway.flows.bounding import within
from gateway.flows.delivery.courier import Answers, Courier
from gateway.flows.delivery.parking import park_unreadable
from gateway.flows.delivery.probe import probe
from gateway.flows.delivery.resting import LEASE, leaves, let_rest, longest_rest
from gateway.flows.delivery.settle import Proven, Settling, prove_receipts
from gateway.flows.delivery.write_down import write_down
from gateway.partners.partner import Partner
from gateway.partners.registry import Registry
from gateway.partners.schema import Delivery, Status
from gateway.store import bodies, claims, peers
from gateway.store.database import Database, Transaction
from gateway.store.outbox import Owed
from gateway.trust.suites import VerifyKey

FLIGHT_SECONDS = 45.0
"""Overall deadline of a flight's call, above the courier's own; well within the lease."""
MOST_ENVELOPES = 64
MOST_BYTES = 3 * 1024 * 1024
FLIGHTS_A_TURN = 4
"""Most flights one after the other before the other partners have their turn."""
AHEAD = timedelta(seconds=1)
"""What is claimed while a flight is out leaves within this, or is given back: it may have been held or overtaken since."""

Batch = list[tuple[Owed, bytes]]


@dataclass(frozen=True, slots=True)
class Flight:
    """How the flights of a turn went.

    Attributes:
        more: whether another turn may follow at once.
        flights: how many there were.
        error: what went wrong; the envelopes will go again.
        away: whether the partner could not be reached.
        back: whether a probe found a partner that had failed; what waits for it may go.
        refusals: reasons for which envelopes were refused for good.
        waited: from sealing to receipt, for each envelope that was receipted.
    """

    sent: int
    settled: int
    more: bool
    error: GatewayError | None = None
    away: bool = False
    back: bool = False
    refusals: tuple[str, ...] = ()
    flights: int = 1
    waited: tuple[timedelta, ...] = ()


NOTHING = Flight(0, 0, more=False)


async def deliver(
    code: str,
    *,
    database: Database,
    registry: Registry,
    courier: Courier,
    settling: Settling,
    keys_of: Callable[[str], Mapping[str, VerifyKey]],
    clock: Callable[[], datetime],
    told: Callable[[], None],
    seconds: float = FLIGHT_SECONDS,
) -> Flight:
    """Give a partner its turn.  Safe to repeat and to be killed at any moment.

    Args:
        seconds: overall deadline of each call.
    """
    partner = _to_call(registry, code)
    if partner is None:
        return NOTHING
    left_at = clock()
    taken = await database.write(lambda tx: take_off(tx, partner, settling, left_at))
    back = taken is None
    if taken is None:
        away = await probe(partner, database=database, courier=courier, jitter=settling.jitter, clock=clock)
        if away is not None:
            return Flight(0, 0, more=False, error=away, away=True)
        left_at = clock()
        taken = await database.write(lambda tx: take_off(tx, partner, settling, left_at))
    if not taken:
        return Flight(0, 0, more=False, back=back)
    turn = _Turn(partner, database, registry, courier, settling, keys_of, clock, told, seconds, left_at + LEASE)
    return replace(await turn.fly(taken), back=back)


@dataclass(frozen=True, slots=True)
class _Turn:
    """What the flights of one turn need; one lease covers them all, so that whoever gives back gives back all."""

    partner: Partner
    database: Database
    registry: Registry
    courier: Courier
    settling: Settling
    keys_of: Callable[[str], Mapping[str, VerifyKey]]
    clock: Callable[[], datetime]
    told: Callable[[], None]
    seconds: float
    lease: datetime

    async def fly(self, taken: Batch) -> Flight:
        """Fly with what is claimed, and with what is claimed meanwhile, until a flight was not full or went wrong."""
        flown, sent, settled = 0, 0, 0
        refusals: tuple[str, ...] = ()
        waited: tuple[timedelta, ...] = ()
        call = asyncio.create_task(self._call(taken))
        try:
            while True:
                flown, sent = flown + 1, sent + len(taken)
                ahead, claimed_at = await self._claim_ahead(taken, flown)
                try:
                    answers = await call
                except GatewayError as error:
                    await self._rest(taken, ahead, error)
                    return Flight(sent, settled, False, error, True, refusals=refusals, flights=flown, waited=waited)
                now = self.clock()
                batches, keys = answers.receipt_batches, self.keys_of(self.partner.code)
                proven = prove_receipts(batches, self.partner, self.settling.region, keys, now)
                leaves_next = bool(ahead) and self._may_follow(taken, proven, claimed_at, now)
                if leaves_next:
                    call = asyncio.create_task(self._call(ahead))
                done = await self._settle(taken, proven, answers, ahead, now, leaves_next=leaves_next)
                settled += done
                refusals += tuple(receipt.refusal.reason for receipt, _ in proven.receipts.values() if receipt.refusal)
                waited += waits_of(_owed(taken), proven, now)
                self.told()
                if not leaves_next:
                    return Flight(
                        sent, settled, done > 0, proven.error, refusals=refusals, flights=flown, waited=waited
                    )
                taken = ahead
        finally:
            if not call.done():
                call.cancel()
                with suppress(asyncio.CancelledError, GatewayError):
                    await call

    async def _call(self, taken: Batch) -> Answers:
        envelopes = [sealed for _, sealed in taken]
        return await within(self.seconds, self.partner, self.courier.deliver(self.partner, envelopes))

    async def _claim_ahead(self, taken: Batch, flown: int) -> tuple[Batch, datetime]:
        """Claim what follows a full flight, and say when; the flight that is out is not to suffer if that fails."""
        now = self.clock()
        if len(taken) < MOST_ENVELOPES or flown >= FLIGHTS_A_TURN:
            return [], now
        try:
            ahead = await self.database.write(
                lambda tx: claim_ahead(tx, self.partner, self.settling, now, lease=self.lease)
            )
        except GatewayError:
            return [], now
        return ahead, now

    def _may_follow(self, taken: Batch, proven: Proven, claimed_at: datetime, now: datetime) -> bool:
        every = proven.error is None and all(owed.envelope_id in proven.receipts for owed, _ in taken)
        in_time = claimed_at <= now <= claimed_at + AHEAD
        return every and in_time and _to_call(self.registry, self.partner.code) is self.partner

    async def _settle(
        self, taken: Batch, proven: Proven, answers: Answers, ahead: Batch, now: datetime, *, leaves_next: bool
    ) -> int:
        partner, claimed, jitter = self.partner, _owed(taken), self.settling.jitter

        def settle(tx: Transaction, *, apart: bool) -> int:
            settled = self.settling.settle(tx, partner, claimed, proven, answers.answers, now, apart=apart)
            peers.reached(tx, partner.code, now)
            if leaves_next:
                # The next flight is out: as before every one, when to call again should this die.
                leaves(tx, partner, 0, jitter, now, lease=self.lease)
            else:
                claims.leave_unflown(tx, _owed(ahead), self.lease)
            return settled

        return await write_down(self.database, settle)

    async def _rest(self, taken: Batch, ahead: Batch, error: GatewayError) -> None:
        partner, claimed, jitter = self.partner, _owed(taken), self.settling.jitter

        def rest(tx: Transaction) -> None:
            claims.leave_unflown(tx, _owed(ahead), self.lease)
            let_rest(tx, partner, claimed, error, jitter, self.clock())

        await self.database.write(rest)


def waits_of(claimed: Sequence[Owed], proven: Proven, now: datetime) -> tuple[timedelta, ...]:
    """Return how long each envelope waited whose receipt came, from its sealing on."""
    return tuple(now - owed.owed_at for owed in claimed if owed.envelope_id in proven.receipts)


def _owed(batch: Batch) -> list[Owed]:
    return [owed for owed, _ in batch]


def _to_call(registry: Registry, code: str) -> Partner | None:
    partner = registry.current().of(code)
    called = partner is not None and partner.status is Status.ACTIVE and partner.delivery is Delivery.PUSH
    return partner if called else None


def take_off(tx: Transaction, partner: Partner, settling: Settling, now: datetime) -> Batch | None:
    """Claim what goes now: nothing while the partner is left in peace; None when it has to be probed first."""
    peer = peers.find(tx, partner.code)
    if not peer.suspect or peer.rests(now, longest_rest(partner)):
        return claim_batch(tx, partner, settling, now)
    leaves(tx, partner, peer.failures, settling.jitter, now)
    return None


def claim_batch(
    tx: Transaction,
    partner: Partner,
    settling: Settling,
    now: datetime,
    *,
    lease: timedelta = LEASE,
    most: int = MOST_ENVELOPES,
) -> Batch:
    """Claim what is due with its sealed bytes; nothing while the partner is left in peace.

    A partner that collects is here now, whatever happened before.
    """
    pushed = partner.delivery is Delivery.PUSH
    peer = peers.find(tx, partner.code)
    if pushed and peer.rests(now, longest_rest(partner)):
        return []
    if pushed and peer.failures:
        # Should one envelope be what makes flights fail, the others get through one by one.
        most = 1
    taken = claims.claim(tx, partner.code, now, now + lease, most, MOST_BYTES)
    batch = _with_bytes(tx, partner, taken, settling, now)
    if batch and pushed:
        leaves(tx, partner, peer.failures, settling.jitter, now)
    return batch


def claim_ahead(tx: Transaction, partner: Partner, settling: Settling, now: datetime, *, lease: datetime) -> Batch:
    """Claim what follows a flight that is out under this lease; nothing once the partner is in doubt."""
    peer = peers.find(tx, partner.code)
    if peer.failures or peer.suspect or peer.under_way_until != lease:
        return []
    taken = claims.claim(tx, partner.code, now, lease, MOST_ENVELOPES, MOST_BYTES)
    return _with_bytes(tx, partner, taken, settling, now)


def _with_bytes(tx: Transaction, partner: Partner, taken: Sequence[Owed], settling: Settling, now: datetime) -> Batch:
    return [(owed, sealed) for owed in taken if (sealed := _bytes_of(tx, partner, owed, settling, now))]


def _bytes_of(tx: Transaction, partner: Partner, owed: Owed, settling: Settling, now: datetime) -> bytes:
    """Return the sealed bytes of an envelope; one that cannot be decrypted is parked, so that it holds up its own case only."""
    try:
        return bodies.fetch(tx, settling.vault, settling.region, owed.envelope_id)
    except GatewayError as error:
        park_unreadable(tx, partner, settling.region, owed, error, settling.jitter(), now)
        return b""
