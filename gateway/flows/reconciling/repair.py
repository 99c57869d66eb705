"""What the partner has settled and this gateway has not is settled here, by what both once sealed and nothing else.

    not settled here, still owed      its receipt is asked for again, proven, and settles the envelope as on any day (`settle`)
    not settled here, given up        the envelope and its receipt come back and are taken back as after a restore
    or gone from this store           (`restored.taking_back`): same id, bytes, sequence, version, receipt
    not held here                     likewise, with the files it names; the receipt is one this gateway sealed itself

Safe to repeat and to be killed at any moment.  What does not prove stays a difference.  What only the partner lacks is sent
again by the outbox, the same bytes, or fetched by the partner when it compares.

Bounds: 64 receipts and 32 envelopes a call, 2,048 envelopes a turn; the next turn goes on.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from gateway.case.errors import GatewayError
from gateway.case.reasons import Reason
from gateway.flows.delivery.calling_again import call_again
from gateway.flows.delivery.courier import Courier
from gateway.flows.delivery.deliver import MOST_ENVELOPES
from gateway.flows.delivery.settle import Settling, prove_receipts
from gateway.flows.materials.pull_all import pull_all
from gateway.flows.materials.transfer import Transfer
from gateway.flows.reconciling.compare import NOT_HELD_HERE, NOT_SETTLED_HERE, Differing
from gateway.flows.restored.fetch_back import FetchingBack
from gateway.flows.restored.taking_back import Returned, TakingBack
from gateway.partners.partner import Partner
from gateway.store import audit, outbox
from gateway.store.database import Database, Transaction
from gateway.store.outbox import Owed
from gateway.trust.suites import VerifyKey

AT_ONCE = 32
MOST = 2_048


@dataclass(frozen=True, slots=True)
class Repairing:
    """The flow, bound to one gateway.

    Attributes:
        taking_back: what writes, bound to the partner snapshot of this moment.
        told: called when a local system has something to learn.
    """

    database: Database
    courier: Courier
    settling: Settling
    keys_of: Callable[[str], Mapping[str, VerifyKey]]
    transfer: Transfer
    fetching: FetchingBack
    taking_back: Callable[[], TakingBack]
    clock: Callable[[], datetime]
    told: Callable[[], None]

    async def repair(self, partner: Partner, differing: Sequence[Differing]) -> bool:
        """Settle what can be settled; True when anything was tried.

        Raises:
            GatewayError: whatever a courier raises; what was repaired so far stays.
        """
        wanted = [one for one in differing if one.kind in (NOT_SETTLED_HERE, NOT_HELD_HERE)][:MOST]
        if not wanted:
            return False
        ids = [one.envelope_id for one in wanted if one.kind == NOT_SETTLED_HERE]
        owed = await self.database.read(lambda tx: _still_owed(tx, partner.code, ids))
        for start in range(0, len(owed), MOST_ENVELOPES):
            await self._settle(partner, owed[start : start + MOST_ENVELOPES])
        settled = {one.envelope_id for one in owed}
        rest = [one for one in wanted if one.envelope_id not in settled]
        for start in range(0, len(rest), AT_ONCE):
            await self._bring_back_each(partner, rest[start : start + AT_ONCE])
        self.told()
        return True

    async def _settle(self, partner: Partner, owed: Sequence[Owed]) -> None:
        ids = [one.envelope_id for one in owed]
        recalled = await call_again(lambda: self.courier.get_receipts(partner, ids))
        now, keys = self.clock(), self.keys_of(partner.code)
        proven = prove_receipts(recalled.receipt_batches, partner, self.settling.region, keys, now)
        answered = [one for one in owed if one.envelope_id in proven.receipts]

        def settle(tx: Transaction) -> None:
            for one in answered:
                audit.note(
                    tx, now, f"region:{partner.code}", "envelope.reconciled", one.case_id, detail=one.envelope_id
                )
            self.settling.settle(tx, partner, answered, proven, (), now)

        if answered:
            await self.database.write(settle)

    async def _bring_back_each(self, partner: Partner, lost: Sequence[Differing]) -> None:
        """Bring envelopes back; one that the partner cannot give back costs the others nothing."""
        try:
            await self._bring_back(partner, lost)
        except GatewayError as error:
            if error.reason is not Reason.PARTNER_FAILED:
                raise
            for one in lost if len(lost) > 1 else ():
                await self._bring_back_each(partner, [one])

    async def _bring_back(self, partner: Partner, lost: Sequence[Differing]) -> None:
        ours = [one.envelope_id for one in lost if one.kind == NOT_SETTLED_HERE]
        theirs = [one.envelope_id for one in lost if one.kind == NOT_HELD_HERE]
        returned = await self.fetching.fetch(partner, ours, theirs)
        for one in returned:
            await self._pull_files(partner, one)
        taking, now = self.taking_back(), self.clock()

        def take(tx: Transaction) -> None:
            for one in returned:
                taking.take(tx, partner, one, now)

        await self.database.write(take)

    async def _pull_files(self, partner: Partner, returned: Returned) -> None:
        if returned.envelope is not None and returned.accepted:
            files = returned.envelope.body.files()
            await pull_all(self.transfer, self.courier, partner, returned.header.case_id, files)


def _still_owed(tx: Transaction, partner: str, ids: Sequence[str]) -> list[Owed]:
    found = [outbox.find(tx, envelope_id) for envelope_id in ids]
    return [one for one in found if one is not None and one.partner == partner and one.settled_at is None]
