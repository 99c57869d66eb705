"""Idempotency keys of local systems: what a request with that key did.

Kept for seven days.  The answer is made again from the subject, which never changes.
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


def earlier(tx: Transaction, system: str, key: str, now: datetime) -> Earlier | None:
    """Return what a request with this key did within the last seven days."""
    row = tx.row(
        "SELECT request_sha256, subject FROM answers WHERE system = :system AND key = :key AND at > :since",
        {"system": system, "key": key, "since": to_store(now - KEPT_FOR)},
    )
    return None if row is None else Earlier(bytes(row[0]), row[1])


def remember(tx: Transaction, system: str, key: str, request_sha256: bytes, subject: str, now: datetime) -> None:
    """Remember what the request did; a key older than seven days is taken anew."""
    tx.execute(
        "INSERT INTO answers (system, key, request_sha256, subject, at) VALUES (:system, :key, :digest, :subject, :at)"
        " ON CONFLICT (system, key) DO UPDATE SET request_sha256 = :digest, subject = :subject, at = :at",
        {"system": system, "key": key, "digest": request_sha256, "subject": subject, "at": to_store(now)},
    )


def sweep(tx: Transaction, now: datetime) -> int:
    """Forget keys older than seven days; return how many."""
    return tx.changed("DELETE FROM answers WHERE at <= :until", {"until": to_store(now - KEPT_FOR)})
