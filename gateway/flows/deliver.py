"""One flight: due envelopes of one partner go out together, and the answer is written down.

1 claim    the next try of each row, and of the partner, is written before anything leaves
2 fly      one call with everything claimed
3 settle   receipts, folding, feed; or, when the partner could not be reached, back-off for the partner
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from gateway.case.errors import GatewayError
from gateway.flows.courier import Courier
from gateway.flows.settle import Settling, prove_receipts
from gateway.partners.partner import Partner
from gateway.partners.registry import Registry
from gateway.partners.schema import Delivery, Status
from gateway.store import bodies, outbox, peers
from gateway.store.database import Database, Transaction
from gateway.store.outbox import Owed
from gateway.trust.suites import VerifyKey

LEASE = timedelta(seconds=60)
"""Longer than a flight may take; a row claimed by a process that died is due again after it."""
MOST_ENVELOPES = 64
MOST_BYTES = 3 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Flight:
    """How a flight went.

    Attributes:
        more: whether another may follow at once.
        refusals: reasons for which envelopes were refused for good.
    """

    sent: int
    settled: int
    more: bool
    error: GatewayError | None = None
    refusals: tuple[str, ...] = ()


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
) -> Flight:
    """Fly once to a partner.  Safe to repeat and to be killed at any moment."""
    partner = registry.current().of(code)
    if partner is None or partner.status is not Status.ACTIVE or partner.delivery is not Delivery.PUSH:
        return NOTHING
    taken = await database.write(lambda tx: claim_batch(tx, partner, settling, clock()))
    if not taken:
        return NOTHING
    try:
        answers = await courier.deliver(partner, [sealed for _, sealed in taken])
    except GatewayError as error:
        failure = error
        await database.write(lambda tx: let_rest(tx, partner, [owed for owed, _ in taken], failure, settling, clock()))
        return Flight(len(taken), 0, more=False, error=error)
    now = clock()
    proven = prove_receipts(answers.receipt_batches, partner, settling.region, keys_of(code), now)
    claimed = [owed for owed, _ in taken]
    settled = await database.write(lambda tx: settling.settle(tx, partner, claimed, proven, answers.answers, now))
    told()
    refusals = tuple(receipt.refusal.reason for receipt, _ in proven.receipts.values() if receipt.refusal)
    return Flight(len(taken), settled, more=settled > 0, error=proven.error, refusals=refusals)


def claim_batch(
    tx: Transaction,
    partner: Partner,
    settling: Settling,
    now: datetime,
    *,
    lease: timedelta = LEASE,
    most: int = MOST_ENVELOPES,
) -> list[tuple[Owed, bytes]]:
    """Claim what is due with its sealed bytes; nothing while the partner is left in peace."""
    peer = peers.find(tx, partner.code)
    if peer.quiet_until > now:
        return []
    taken = outbox.claim(tx, partner.code, now, now + lease, most, MOST_BYTES)
    if taken:
        next_flight = partner.retry.next_try(peer.failures + 1, now, settling.jitter())
        peers.keep_quiet(tx, partner.code, next_flight or now + partner.retry.longest_wait)
    return [(owed, bodies.fetch(tx, settling.vault, settling.region, owed.envelope_id)) for owed in taken]


def let_rest(
    tx: Transaction,
    partner: Partner,
    claimed: list[Owed],
    error: GatewayError,
    settling: Settling,
    now: datetime,
) -> None:
    """The partner could not be reached: it rests, its envelopes are due as soon as it is back."""
    failures = peers.find(tx, partner.code).failures + 1
    until = partner.retry.next_try(failures, now, settling.jitter()) or now + partner.retry.longest_wait
    peers.failed(tx, partner.code, now, until, error.reason.value)
    for owed in claimed:
        outbox.put_off(tx, owed.envelope_id, now, error.reason.value)
