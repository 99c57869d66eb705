"""Deny lists that were in force, so that the last good one survives a restart and a file that went missing."""

from dataclasses import dataclass
from datetime import datetime

from gateway.store.database import Transaction
from gateway.store.moments import from_store, to_store


@dataclass(frozen=True, slots=True)
class KeptList:
    """One deny list: what its file said, when it came into force, and the system user the file belonged to."""

    at: datetime
    sha256: str
    content: str
    who: str


def keep(tx: Transaction, kept: KeptList) -> None:
    """Keep a list that comes into force."""
    tx.execute(
        "INSERT INTO deny_lists (at, sha256, content, who) VALUES (:at, :sha256, :content, :who)",
        {"at": to_store(kept.at), "sha256": kept.sha256, "content": kept.content, "who": kept.who},
    )


def newest(tx: Transaction) -> KeptList | None:
    """Return the list that came into force last."""
    row = tx.row("SELECT at, sha256, content, who FROM deny_lists ORDER BY position DESC LIMIT 1")
    return None if row is None else KeptList(from_store(row[0]), *row[1:])
