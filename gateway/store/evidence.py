"""What was said between the regions, in order: one leaf per sealed object, in the transaction it belongs to.

The leaf hash is that of RFC 9162 §2.1.1, SHA-256(0x00 || leaf), over a line that names the object
and the digest of its exact sealed bytes, so that a Merkle tree over the log can be built and proved later.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from gateway.store import bodies
from gateway.store.database import Transaction
from gateway.store.moments import to_store
from gateway.store.vault import Vault

AROUND = timedelta(minutes=10)
"""How far from the moment of its event an entry is looked for."""

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


def find(tx: Transaction, sender: str, object_id: str, at: datetime) -> Leaf | None:
    """Return the entry of an object that was written at about `at`; None when there is none within ten minutes of it.

    The log is searched by halves, for it is written in the order of time; an index would cost every write.
    """
    first = _first_since(tx, to_store(at - AROUND))
    rows = tx.rows(
        "SELECT position, kind, sender, object_id, sealed_sha256, leaf FROM evidence"
        " WHERE position >= :first AND position < :last AND object_id = :object_id AND sender = :sender LIMIT 1",
        {
            "first": first,
            "last": _first_since(tx, to_store(at + AROUND)),
            "object_id": object_id,
            "sender": sender,
        },
    )
    return next((Leaf(p, kind, who, name, bytes(d), bytes(leaf)) for p, kind, who, name, d, leaf in rows), None)


def _first_since(tx: Transaction, at: int) -> int:
    """Return the position from which on entries are of `at` or later."""
    row = tx.row("SELECT MAX(position) FROM evidence", {})
    low, high = 1, (row[0] if row and row[0] else 0) + 1
    while low < high:
        middle = (low + high) // 2
        found = tx.row(
            "SELECT at FROM evidence WHERE position >= :middle ORDER BY position LIMIT 1", {"middle": middle}
        )
        if found is None or found[0] >= at:
            high = middle
        else:
            low = middle + 1
    return low
