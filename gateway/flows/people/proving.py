"""What proves the messages of a case: who sealed them, that the other side has them, where they stand in the log.

1 sealed     the exact bytes are read back, and their seal is checked again, with the keys that counted when they came
2 received   the receipt for it is found, its seal is checked, and it names the digest of these bytes
3 logged     the entry of the log is found, and its leaf hash is made again from the bytes

Nothing is taken from what was noted before: it is proved anew from the bytes each time somebody looks.
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from gateway.case.errors import GatewayError
from gateway.case.texts import Text
from gateway.flows.look import CaseView
from gateway.store import bodies, evidence, inbox, outbox
from gateway.store.database import Database, Transaction
from gateway.store.events import EventRow
from gateway.trust.dsse import ENVELOPE_PAYLOAD, RECEIPTS_PAYLOAD, verify_signatures
from gateway.trust.suites import VerifyKey
from gateway.trust.vault import Vault
from gateway.wire.codec import receipts_from_bytes, sealed_from_bytes
from gateway.wire.envelope import Outcome


@dataclass(frozen=True, slots=True)
class Seal:
    """Whether a seal proves its bytes now.

    Attributes:
        by: gateway code of the region whose key it is.
        key_id: of the key that proves it, empty when none does.
        problem: why it does not; None when it does.
    """

    by: str
    key_id: str
    suite: str
    problem: Text | None


@dataclass(frozen=True, slots=True)
class ReceiptProof:
    """The signed answer to a message.

    Attributes:
        fits: whether it names the digest of the very bytes.
        version: position the handler gave the event; None where it gives none.
    """

    batch_id: str
    accepted: bool
    received_at: datetime
    version: int | None
    fits: bool
    seal: Seal


@dataclass(frozen=True, slots=True)
class Logged:
    """The entry of the log; `fits` when its leaf hash is that of the bytes."""

    position: int
    leaf: str
    fits: bool


@dataclass(frozen=True, slots=True)
class Proof:
    """What proves one message.

    Attributes:
        payload_sha256: digest of what was signed, as the receipt names it.
        sealed_sha256: digest of the whole sealed message, as the log names it.
        receipt: None while it is not answered.
        logged: None where the log has no entry near the moment of the event.
    """

    envelope_id: str
    seal: Seal
    payload_sha256: str
    sealed_sha256: str
    size: int
    receipt: ReceiptProof | None
    logged: Logged | None

    @property
    def holds(self) -> bool:
        """Whether nothing contradicts it; what is not there yet does not."""
        receipt, logged = self.receipt, self.logged
        sound = self.seal.problem is None and (logged is None or logged.fits)
        return sound and (receipt is None or (receipt.fits and receipt.seal.problem is None))


@dataclass(frozen=True, slots=True)
class Proving:
    """The flow, bound to one gateway."""

    region: str
    database: Database
    vault: Vault
    own_keys: Callable[[], Mapping[str, VerifyKey]]
    keys_of: Callable[[str], Mapping[str, VerifyKey]]

    async def prove(self, view: CaseView) -> dict[str, Proof]:
        """Return what proves each message of a case, by event id; for whoever may see the case.

        Raises:
            GatewayError: CONTENT_REMOVED.
        """
        rows = [one.row for one in view.events]
        return await self.database.read(
            lambda tx: {row.event_id: self._proof(tx, view.row.partner, row) for row in rows}
        )

    def _proof(self, tx: Transaction, partner: str, row: EventRow) -> Proof:
        raw = bodies.fetch(tx, self.vault, row.sender, row.envelope_id)
        sealed = sealed_from_bytes(raw)
        digest = hashlib.sha256(sealed.payload).digest()
        return Proof(
            envelope_id=row.envelope_id,
            seal=self._seal(raw, ENVELOPE_PAYLOAD, row.sender, row.arrived_at),
            payload_sha256=digest.hex(),
            sealed_sha256=hashlib.sha256(raw).hexdigest(),
            size=len(raw),
            receipt=self._receipt(tx, partner, row, digest),
            logged=_logged(tx, row, raw),
        )

    def _seal(self, raw: bytes, payload_type: str, by: str, at: datetime) -> Seal:
        sealed = sealed_from_bytes(raw)
        keys = self.own_keys() if by == self.region else self.keys_of(by)
        if sealed.payload_type != payload_type:
            return Seal(by, "", "", _OTHER_KIND)
        try:
            kid = verify_signatures(
                payload_type, sealed.payload, [(one.sig, one.keyid) for one in sealed.signatures], keys, at
            )
        except GatewayError as error:
            return Seal(by, "", "", error.cause)
        return Seal(by, kid, keys[kid].suite.name, None)

    def _receipt(self, tx: Transaction, partner: str, row: EventRow, digest: bytes) -> ReceiptProof | None:
        if row.sender == self.region:
            owed = outbox.find(tx, row.envelope_id)
            issuer, batch_id = partner, owed.batch_id if owed else ""
        else:
            answered = inbox.answer_to(tx, row.sender, row.envelope_id)
            issuer, batch_id = self.region, answered.batch_id if answered else ""
        if not batch_id:
            return None
        raw = bodies.fetch(tx, self.vault, issuer, batch_id)
        batch = receipts_from_bytes(sealed_from_bytes(raw).payload)
        said = next((one for one in batch.receipts if one.envelope_id == row.envelope_id), None)
        if said is None:
            return None
        return ReceiptProof(
            batch_id=batch_id,
            accepted=said.outcome is Outcome.ACCEPTED,
            received_at=said.received_at,
            version=said.case_version,
            fits=said.payload_sha256 == digest,
            seal=self._seal(raw, RECEIPTS_PAYLOAD, issuer, batch.sealed_at),
        )


def _logged(tx: Transaction, row: EventRow, raw: bytes) -> Logged | None:
    leaf = evidence.find(tx, row.sender, row.envelope_id, row.arrived_at)
    if leaf is None:
        return None
    made = evidence.leaf_hash(leaf.kind, leaf.sender, leaf.object_id, hashlib.sha256(raw).digest())
    return Logged(leaf.position, leaf.leaf.hex(), made == leaf.leaf)


_OTHER_KIND = Text("签名的不是这类内容", "the seal is over another kind of content")
