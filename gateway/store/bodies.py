"""The exact sealed bytes of envelopes and receipt batches, encrypted at rest, apart from the log.

A body is written once and never changed.  `sender` is the gateway that sealed it, so that another region cannot
reach a body of ours by choosing its id.
"""

from collections.abc import Iterable

from gateway.case.errors import GatewayError
from gateway.case.reasons import Reason
from gateway.store.database import Transaction
from gateway.store.lots import in_lots
from gateway.store.vault import Vault

_KEPT = "SELECT object_id FROM bodies WHERE sender = :sender AND object_id IN ({ids})"


def keep(tx: Transaction, vault: Vault, sender: str, object_id: str, sealed: bytes) -> None:
    """Keep sealed bytes under (sender, object_id)."""
    tx.execute(
        "INSERT INTO bodies (sender, object_id, sealed) VALUES (:sender, :object_id, :sealed)",
        {"sender": sender, "object_id": object_id, "sealed": vault.seal(sealed, _context(sender, object_id))},
    )


def fetch(tx: Transaction, vault: Vault, sender: str, object_id: str) -> bytes:
    """Return sealed bytes exactly as they were kept.

    Raises:
        GatewayError: CONTENT_REMOVED, when they were removed because the case ended long ago.
        LookupError: there are none, which is a defect: whoever knows the id was told of it by a row beside them.
    """
    row = tx.row(
        "SELECT sealed FROM bodies WHERE sender = :sender AND object_id = :object_id",
        {"sender": sender, "object_id": object_id},
    )
    if row is None:
        raise LookupError(f"no body of {sender} under {object_id}")
    if not row[0]:
        raise GatewayError(Reason.CONTENT_REMOVED)
    return vault.open(bytes(row[0]), _context(sender, object_id))


def kept_of(tx: Transaction, sender: str, object_ids: Iterable[str]) -> set[str]:
    """Return the ids under which there is a body of a sender, of those asked for."""
    return {row[0] for row in in_lots(tx, _KEPT, {"sender": sender}, object_ids)}


def is_kept(tx: Transaction, sender: str, object_id: str) -> bool:
    """Whether there is a body under (sender, object_id)."""
    return (
        tx.row(
            "SELECT 1 FROM bodies WHERE sender = :sender AND object_id = :object_id",
            {"sender": sender, "object_id": object_id},
        )
        is not None
    )


def is_removed(tx: Transaction, sender: str, object_id: str) -> bool:
    """Whether the bytes under (sender, object_id) were removed because their case ended long ago."""
    return (
        tx.row(
            "SELECT 1 FROM bodies WHERE sender = :sender AND object_id = :object_id AND LENGTH(sealed) = 0",
            {"sender": sender, "object_id": object_id},
        )
        is not None
    )


def _context(sender: str, object_id: str) -> bytes:
    return f"bodies|{sender}|{object_id}".encode()
