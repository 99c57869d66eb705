"""Whether a proven receipt is to be believed: it must be about the bytes we sent, say something possible, and stay proof.

A signature shows who says something, not that it makes sense.  A receipt that is not believed changes nothing: the
envelope is tried again, its own case waits, and the audit tells.
"""

from collections.abc import Mapping

from gateway.case.states import Party
from gateway.store import bodies, cases, events
from gateway.store.database import Transaction
from gateway.store.outbox import Owed
from gateway.trust.vault import Vault
from gateway.wire.codec import sealed_from_bytes
from gateway.wire.envelope import Outcome, Receipt

FIRST_OF_EVENTS = 2
"""Version 1 is the new case."""


def doubt(tx: Transaction, own_region: str, owed: Owed, found: tuple[Receipt, str], kept: Mapping[str, bool]) -> str:
    """Return what is wrong with a receipt of an envelope of ours, empty when it is to be believed.

    Args:
        found: the receipt and the id of the sealed batch it came in.
        kept: what `kept_batches` says of the batches of this answer.
    """
    receipt, batch_id = found
    if receipt.payload_sha256 != owed.payload_sha256:
        return "payload_sha256"
    if not kept.get(batch_id, True):
        # Other bytes under an id that is taken could not be kept, and what is not kept proves nothing later.
        return "batch_id"
    return "case_version" if receipt.outcome is Outcome.ACCEPTED and not _may_be(tx, own_region, owed, receipt) else ""


def kept_batches(tx: Transaction, vault: Vault, partner: str, batches: Mapping[str, bytes]) -> dict[str, bool]:
    """Return which ids of sealed batches are taken here already, and whether by the very same bytes.

    The payload counts: a partner whose key was denied seals it once more with another.
    """
    return {
        batch_id: _payload(bodies.fetch(tx, vault, partner, batch_id)) == _payload(sealed)
        for batch_id, sealed in batches.items()
        if bodies.is_kept(tx, partner, batch_id)
    }


def _payload(sealed: bytes) -> tuple[str, bytes]:
    outer = sealed_from_bytes(sealed)
    return outer.payload_type, outer.payload


def _may_be(tx: Transaction, own_region: str, owed: Owed, receipt: Receipt) -> bool:
    """Whether the version a handler gave our event can be one."""
    if owed.sequence == 1:
        return True  # the new case itself, or a case whose versions we give
    row = cases.find(tx, owed.case_id)
    event = events.by_sequence(tx, owed.case_id, own_region, owed.sequence)
    if row is None or row.party is not Party.ORIGIN or event is None or event.kind == events.OPENING:
        return True
    version = receipt.case_version
    if version is None or version < FIRST_OF_EVENTS:
        return False
    other = events.by_version(tx, owed.case_id, version)
    return other is None or other.event_id == event.event_id
