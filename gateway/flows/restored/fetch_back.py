"""Fetching envelopes of either side back from a partner, with the receipts that answered them, each proven.

Ours prove with our keys and were sealed for the partner, theirs with theirs and for us; receipts for ours were sealed by the
partner, those for theirs by us.  So a partner can give back what was said, and nothing else.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from gateway.case.errors import GatewayError
from gateway.flows.delivery.calling_again import call_again
from gateway.flows.delivery.courier import Courier
from gateway.flows.opening import Opened, Unreadable, authenticate, open_envelope, open_receipts
from gateway.flows.restored.taking_back import Returned
from gateway.partners.partner import Partner
from gateway.store import audit
from gateway.store.database import Database, Transaction
from gateway.trust.suites import VerifyKey
from gateway.wire.codec import sealed_from_bytes
from gateway.wire.envelope import Envelope, Receipt, Sealed

Keys = Mapping[str, VerifyKey]
Found = dict[str, tuple[Receipt, str, bytes]]
"""Receipts by envelope id, with id and bytes of the sealed batch each stood in."""


@dataclass(frozen=True, slots=True)
class FetchingBack:
    """What fetching needs, bound to one gateway.

    Attributes:
        keys_of: the registered keys of a region; own_keys: ours, those out of use included.
    """

    region: str
    database: Database
    courier: Courier
    keys_of: Callable[[str], Keys]
    own_keys: Callable[[], Keys]
    clock: Callable[[], datetime]

    async def fetch(self, partner: Partner, ours: Sequence[str], theirs: Sequence[str]) -> list[Returned]:
        """Return what proves, in the order of ids; the audit names what does not.

        Raises:
            GatewayError: whatever a courier raises.
        """
        sealed = await self._envelopes(partner, [*ours, *theirs])
        now = self.clock()
        own_keys, their_keys = self.own_keys(), self.keys_of(partner.code)
        receipts: Found = {}
        if ours:
            answered = await call_again(lambda: self.courier.get_receipts(partner, ours))
            receipts |= self._receipts(answered.receipt_batches, partner.code, self.region, their_keys, partner, now)
        if theirs:
            given = await call_again(lambda: self.courier.get_receipts(partner, theirs, issued_by_us=True))
            receipts |= self._receipts(given.receipt_batches, self.region, partner.code, own_keys, partner, now)
        found: dict[str, Returned] = {}
        wrong: list[tuple[str, str]] = []
        for data in sealed:
            try:
                one = self._opened(data, partner, own_keys, their_keys, now)
            except GatewayError as error:
                wrong.append(("", error.reason.value))
                continue
            authentic = one.authentic
            envelope_id = authentic.header.envelope_id
            receipt = receipts.get(envelope_id)
            expected = ours if authentic.header.sender == self.region else theirs
            if envelope_id not in expected or receipt is None or receipt[0].payload_sha256 != authentic.payload_sha256:
                wrong.append((envelope_id, "RECEIPT"))
                continue
            if isinstance(one, Unreadable) and authentic.header.sender == self.region:
                wrong.append((envelope_id, one.error.reason.value))
                continue
            found[envelope_id] = Returned(one, *receipt)
        if wrong:
            await self.database.write(lambda tx: _note(tx, partner.code, wrong, now))
        return [found[envelope_id] for envelope_id in sorted(found)]

    def theirs(self, partner: Partner, sealed: Sealed) -> Envelope | None:
        """Return what an envelope of the partner says; None when it proves or says nothing."""
        try:
            looked = open_envelope(
                authenticate(sealed, partner.code, self.region, self.keys_of(partner.code), self.clock())
            )
        except GatewayError:
            return None
        return looked.envelope if isinstance(looked, Opened) else None

    async def _envelopes(self, partner: Partner, ids: Sequence[str]) -> list[bytes]:
        """Ask until everything came or nothing more comes; an answer holds at most 3 MiB, so they come in pieces."""
        sealed: list[bytes] = []
        left = list(ids)
        while left:
            wanted = left
            out = await call_again(lambda wanted=wanted: self.courier.get_envelopes(partner, wanted))  # type: ignore[misc]
            sealed += out.envelopes
            # Answers keep the order of the ids asked for, so what is behind the last one is still to come.
            if not out.more or not out.envelopes:
                break
            left = left[len(out.envelopes) :]
        return sealed

    def _opened(
        self, data: bytes, partner: Partner, own_keys: Keys, their_keys: Keys, now: datetime
    ) -> Opened | Unreadable:
        sealed = sealed_from_bytes(data)
        try:
            return open_envelope(authenticate(sealed, partner.code, self.region, their_keys, now))
        except GatewayError:
            # Then it has to be one of ours.
            return open_envelope(authenticate(sealed, self.region, partner.code, own_keys, now))

    def _receipts(
        self, batches: Sequence[bytes], issuer: str, sender: str, keys: Keys, partner: Partner, now: datetime
    ) -> Found:
        found: Found = {}
        for sealed in batches:
            try:
                batch = open_receipts(sealed, issuer, sender, keys, now, partner.short_name)
            except GatewayError:
                continue  # its envelopes are named as having no receipt
            found |= {receipt.envelope_id: (receipt, batch.batch_id, sealed) for receipt in batch.receipts}
        return found


def _note(tx: Transaction, code: str, wrong: Sequence[tuple[str, str]], now: datetime) -> None:
    for envelope_id, reason in wrong:
        audit.note(tx, now, f"region:{code}", "envelope.left_out", "", reason, envelope_id)
