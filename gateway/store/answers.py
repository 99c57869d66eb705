"""Idempotency keys of local systems: what a request with that key did.

Kept for seven days at least, and until `sweep` forgets them, which it does not while the clock is in doubt: by a clock that
jumped a key would else be forgotten in the middle of a request that is repeated.  The answer is made again from the subject,
which never changes.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from gateway.store.database import Transaction
from gateway.store.moments import to_store

KEPT_FOR = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Earlier:
    """What an earlier request with the same key was and did."""

    request_sha256: bytes
    subject: str


def earlier(tx: Transaction, system: str, key: str) -> Earlier | None:
    """Return what a request with this key did, unless it is forgotten."""
    row = tx.row(
        "SELECT request_sha256, subject FROM answers WHERE system = :system AND key = :key",
        {"system": system, "key": key},
    )
    return None if row is None else Earlier(bytes(row[0]), row[1])


def remember(tx: Transaction, system: str, key: str, request_sha256: bytes, subject: str, now: datetime) -> None:
    """Remember what the request did; a key that was there is taken anew."""
    tx.execute(
        "INSERT INTO answers (system, key, request_sha256, subject, at) VALUES (:system, :key, :digest, :subject, :at)"
        " ON CONFLICT (system, key) DO UPDATE SET request_sha256 = :digest, subject = :subject, at = :at",
        {"system": system, "key": key, "digest": request_sha256, "subject": subject, "at": to_store(now)},
    )


def are_old(tx: Transaction, now: datetime) -> bool:
    """Whether there are keys older than seven days."""
    found = tx.row("SELECT 1 FROM answers WHERE at <= :until LIMIT 1", {"until": to_store(now - KEPT_FOR)})
    return found is not None


def sweep(tx: Transaction, now: datetime) -> int:
    """Forget keys older than seven days; return how many."""
    return tx.changed("DELETE FROM answers WHERE at <= :until", {"until": to_store(now - KEPT_FOR)})
