"""What is left over is brought to an end.

Giving up takes two steps: past its expiry and five minutes more, the partner is asked for its receipt.  Only a
receipt or “never seen” is final; until the partner can be asked the fate of the envelope is unknown (送达情况不明).
"""

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from gateway.case.errors import GatewayError
from gateway.case.lifecycle import pass_on
from gateway.case.states import PASSAGES, Passage
from gateway.flows.courier import Courier
from gateway.flows.giving_up import give_up_the_rest
from gateway.flows.resealing import reseal
from gateway.flows.settle import Settling, prove_receipts
from gateway.partners.registry import Registry
from gateway.partners.schema import Status
from gateway.store import answers, audit, cases, events, feed, outbox
from gateway.store.cases import CaseRow
from gateway.store.database import Database, Transaction
from gateway.store.events import EventRow
from gateway.store.files import MaterialFiles
from gateway.store.outbox import Owed
from gateway.trust.suites import VerifyKey

AFTER_EXPIRY = timedelta(minutes=5)
CLAIM_WITHIN = timedelta(hours=1)
PARTIALS_KEPT = timedelta(days=3)
MOST = 64

NEVER_SEEN = "NEVER_SEEN"
"""Word shown for an envelope that the partner never saw; it is not a refusal."""


@dataclass(frozen=True, slots=True)
class Swept:
    """What a sweep found: envelopes brought to an end, and cases nobody claimed within an hour."""

    given_up: int
    settled: int
    unclaimed: tuple[str, ...]


async def sweep(
    *,
    database: Database,
    registry: Registry,
    courier: Courier,
    settling: Settling,
    files: MaterialFiles,
    keys_of: Callable[[str], Mapping[str, VerifyKey]],
    clock: Callable[[], datetime],
    told: Callable[[], None],
) -> Swept:
    """Bring expired envelopes to an end where the partner can be asked, and forget what is no longer needed."""
    now = clock()
    late = await database.read(lambda tx: outbox.expired(tx, now - AFTER_EXPIRY, MOST))
    by_partner: dict[str, list[Owed]] = defaultdict(list)
    for owed in late:
        by_partner[owed.partner].append(owed)
    given_up = settled = 0
    for code, owed_there in by_partner.items():
        partner = registry.current().of(code)
        if partner is None or partner.status is not Status.ACTIVE:
            continue
        try:
            recalled = await courier.get_receipts(partner, [owed.envelope_id for owed in owed_there])
        except GatewayError:
            continue
        proven = prove_receipts(recalled.receipt_batches, partner, settling.region, keys_of(code), now)
        answered = [owed for owed in owed_there if owed.envelope_id in proven.receipts]
        unseen = [owed for owed in owed_there if owed.envelope_id in recalled.never_seen]
        if answered:
            settled += await database.write(
                lambda tx, p=partner, a=answered, r=proven: settling.settle(tx, p, a, r, (), now)  # type: ignore[misc]
            )
        for owed in unseen:
            given_up += await database.write(lambda tx, o=owed: _end(tx, settling, o, now))  # type: ignore[misc]
    await database.write(lambda tx: answers.sweep(tx, now))
    await files.sweep_partials(now - PARTIALS_KEPT)
    unclaimed = await database.read(lambda tx: feed.unclaimed_since(tx, now - CLAIM_WITHIN))
    if given_up or settled:
        told()
    return Swept(given_up, settled, tuple(unclaimed))


def _end(tx: Transaction, settling: Settling, owed: Owed, now: datetime) -> bool:
    """End an envelope the partner never saw; True when it was given up."""
    row = cases.find(tx, owed.case_id)
    event = events.by_sequence(tx, owed.case_id, settling.region, owed.sequence)
    if row is None or event is None:
        raise LookupError(f"envelope {owed.envelope_id} belongs to no case")
    if event.kind == events.OPENING:
        return _give_up(tx, settling.region, row, event, owed, now)
    if event.version is None:
        # Delivered once more it gets a signed refusal, which uses its number up: what follows need not wait.
        return False
    if outbox.settle(tx, owed.envelope_id, outbox.GIVEN_UP, now, reason=NEVER_SEEN):
        reseal(tx, settling.vault, settling.sealer, row, event, now)
    return False


def _give_up(tx: Transaction, own_region: str, row: CaseRow, event: EventRow, owed: Owed, now: datetime) -> bool:
    if not outbox.settle(tx, owed.envelope_id, outbox.GIVEN_UP, now, reason=NEVER_SEEN):
        return False
    if Passage.GIVEN_UP in PASSAGES.get(row.standing.state, {}):
        cases.move(tx, replace(row, standing=pass_on(row.standing, Passage.GIVEN_UP)), now)
    events.mark(tx, event, events.GIVEN_UP, reason=NEVER_SEEN)
    give_up_the_rest(tx, row.case_id, own_region, NEVER_SEEN, now)
    feed.tell(tx, now, row.system, row.case_id, feed.NOT_HANDED_OVER, own_region, owed.envelope_id, NEVER_SEEN)
    audit.note(tx, now, f"region:{own_region}", "envelope.given_up", row.case_id, NEVER_SEEN, owed.envelope_id)
    return True
