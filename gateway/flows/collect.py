"""For partners that can only dial out: they bring their answers and take what they are owed.

At the side that is dialled (`hand_out`):
1 settle   the receipts the partner brings
2 claim    what it is owed, for ten minutes; unanswered ones are handed out again

At the side that dials (`collect`):
1 fetch    what the partner owes us, with our answers to what it handed out before
2 files    pull the files of each envelope first
3 receive  as if the partner had delivered it; the answers go with the next call
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from gateway.case.errors import GatewayError
from gateway.case.model import MaterialFile
from gateway.case.reasons import Reason
from gateway.flows.courier import Answers, Courier, HandedOut
from gateway.flows.deliver import MOST_ENVELOPES, claim_batch
from gateway.flows.opening import Opened, authenticate, open_envelope
from gateway.flows.settle import Settling, prove_receipts
from gateway.flows.transfer import KEPT_WITHOUT_CASE
from gateway.partners.partner import Partner
from gateway.partners.registry import Registry
from gateway.partners.schema import Delivery, Status
from gateway.store import outbox, possessions
from gateway.store.database import Database, Transaction
from gateway.store.files import MaterialFiles
from gateway.trust.suites import VerifyKey
from gateway.wire.codec import sealed_from_bytes
from gateway.wire.envelope import Sealed

LEASE = timedelta(minutes=10)
LONGEST_WAIT = 50

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
) -> HandedOut:
    """Settle what the partner answers and hand out what it is owed.

    Args:
        something_owed: returns when something new may be owed to a partner.

    Raises:
        GatewayError: NOT_SERVED when the agreement is that we push.
    """
    partner = registry.current().of(caller)
    if partner is None or partner.delivery is not Delivery.COLLECT:
        raise GatewayError(Reason.NOT_SERVED, rpc="CollectEnvelopes")
    now = clock()
    proven = prove_receipts(answered.receipt_batches, partner, settling.region, keys_of(caller), now)
    most = min(max_envelopes, MOST_ENVELOPES)

    def settle(tx: Transaction) -> None:
        ids = [*proven.receipts, *(answer.envelope_id for answer in answered.answers if answer.problem)]
        found = [outbox.find(tx, envelope_id) for envelope_id in dict.fromkeys(ids)]
        claimed = [owed for owed in found if owed and owed.partner == caller and owed.settled_at is None]
        problems = [answer for answer in answered.answers if answer.problem]
        settling.settle(tx, partner, claimed, proven, problems, now)
        # Files are pulled by the side that dials, so nothing waits for them here.
        outbox.files_are_pulled(tx, caller)

    await database.write(settle)
    told()
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


@dataclass(slots=True)
class Collector:
    """Collects from partners; remembers the answers that go with the next call.

    Answers lost with the process do no harm: the envelope is handed out again and gets its first receipt.
    """

    database: Database
    registry: Registry
    courier: Courier
    files: MaterialFiles
    region: str
    keys_of: KeysOf
    receive: Callable[[list[Sealed], str], Awaitable[Answers]]
    clock: Callable[[], datetime]
    _answers: dict[str, Answers] = field(default_factory=dict)

    async def collect(self, code: str, wait_seconds: int) -> int:
        """Fetch and take in what a partner owes us; return how many envelopes came.

        Raises:
            GatewayError: the partner could not be reached or answered wrongly.
        """
        partner = self.registry.current().of(code)
        if partner is None or partner.status is not Status.ACTIVE:
            return 0
        answered = self._answers.get(code, Answers((), ()))
        wait = 0 if answered.answers or answered.receipt_batches else wait_seconds
        out = await self.courier.collect(partner, answered, MOST_ENVELOPES, wait)
        self._answers.pop(code, None)
        if not out.envelopes:
            return 0
        sealed = [sealed_from_bytes(one) for one in out.envelopes]
        for one in sealed:
            try:
                await self._pull_files(partner, one)
            except GatewayError as error:
                # `receive` says which files are missing, and that envelope comes again; the others need not wait.
                if error.reason in _AWAY:
                    break
        self._answers[code] = await self.receive(sealed, code)
        return len(sealed)

    async def _pull_files(self, partner: Partner, sealed: Sealed) -> None:
        now = self.clock()
        try:
            looked = open_envelope(authenticate(sealed, partner.code, self.region, self.keys_of(partner.code), now))
        except GatewayError:
            return  # `receive` says why
        if isinstance(looked, Opened):
            for file in looked.envelope.body.files():
                await self._pull(partner, looked.envelope.case_id, file, now)

    async def _pull(self, partner: Partner, case_id: str, file: MaterialFile, now: datetime) -> None:
        holder = possessions.of_partner(partner.code, case_id)

        def announce(tx: Transaction) -> possessions.Possession | None:
            possessions.announce(tx, holder, file.sha256, file.size, now, now + KEPT_WITHOUT_CASE)
            return possessions.find(tx, holder, file.sha256)

        found = await self.database.write(announce)
        if found and found.complete:
            return
        offset = await self.files.offset(holder, file.sha256)
        chunks = self.courier.get_material(partner, case_id, file.sha256, offset)
        if await self.files.append(holder, file.sha256, file.size, offset, chunks) == file.size:
            await self.database.write(lambda tx: possessions.complete(tx, holder, file.sha256, file.size))
