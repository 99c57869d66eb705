"""What was said between the regions, in order: one leaf per sealed object, in the transaction it belongs to.

The leaf hash is that of RFC 9162 §2.1.1, SHA-256(0x00 || leaf), over a line that names the object
and the digest of its exact sealed bytes, so that a Merkle tree over the log can be built and proved later.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime

from gateway.store import bodies
from gateway.store.database import Transaction
from gateway.store.moments import to_store
from gateway.store.vault import Vault

ENVELOPE = "envelope"
RECEIPTS = "receipts"


@dataclass(frozen=True, slots=True)
class Leaf:
    """One entry of the log: which object, and the SHA-256 of its sealed bytes."""

    position: int
    kind: str
    sender: str
    object_id: str
    sealed_sha256: bytes
    leaf: bytes


def record(tx: Transaction, vault: Vault, kind: str, sender: str, object_id: str, sealed: bytes, now: datetime) -> None:
    """Keep the bytes and append their leaf to the log."""
    bodies.keep(tx, vault, sender, object_id, sealed)
    digest = hashlib.sha256(sealed).digest()
    tx.execute(
        "INSERT INTO evidence (kind, sender, object_id, sealed_sha256, leaf, at)"
        " VALUES (:kind, :sender, :object_id, :digest, :leaf, :at)",
        {
            "kind": kind,
            "sender": sender,
            "object_id": object_id,
            "digest": digest,
            "leaf": leaf_hash(kind, sender, object_id, digest),
            "at": to_store(now),
        },
    )


def leaf_hash(kind: str, sender: str, object_id: str, digest: bytes) -> bytes:
    """Return the RFC 9162 §2.1.1 hash of one entry."""
    return hashlib.sha256(b"\x00" + f"{kind} {sender} {object_id} {digest.hex()}\n".encode()).digest()


def log(tx: Transaction, after: int = 0, limit: int = 1000) -> list[Leaf]:
    """Return up to `limit` entries that follow position `after`, in order."""
    rows = tx.rows(
        "SELECT position, kind, sender, object_id, sealed_sha256, leaf FROM evidence"
        " WHERE position > :after ORDER BY position LIMIT :limit",
        {"after": after, "limit": limit},
    )
    return [Leaf(p, kind, sender, object_id, bytes(d), bytes(leaf)) for p, kind, sender, object_id, d, leaf in rows]
