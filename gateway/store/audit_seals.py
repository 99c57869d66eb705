"""Heads of the chain over the audit: each rests on the one before and on every byte of the rows since.

The text of a row is its columns in order, each with its length before it, so that no two rows have the same; the database puts
the rows of a span together, for there are many and they all come one after the other.  Leaves to others: when a head is made,
and what makes it one that only this gateway can make (`flows.audit_chain`).
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime

from gateway.store.database import Transaction
from gateway.store.moments import from_store, to_store

NOTHING_BEFORE = bytes(32)
"""Head before the first."""


@dataclass(frozen=True, slots=True)
class Seal:
    """One head.

    Attributes:
        first, last: positions of the rows it covers; rows: how many those are.
        head: SHA-256 over the head before and the digest of the rows.
        mac: keyed hash over all of it.
    """

    first: int
    last: int
    rows: int
    head: bytes
    mac: bytes
    at: datetime

    @property
    def said(self) -> bytes:
        """What the keyed hash is over."""
        return f"{self.first} {self.last} {self.rows} ".encode() + self.head


@dataclass(frozen=True, slots=True)
class Span:
    """The rows of a span as they are now; `first` and `last` are 0 when there is none."""

    first: int
    last: int
    rows: int
    digest: bytes

    def head(self, before: bytes) -> bytes:
        """Return the head of the chain after these rows."""
        return hashlib.sha256(before + self.digest).digest()


def newest(tx: Transaction) -> Seal | None:
    """Return the last head."""
    rows = tx.rows(f"SELECT {_COLUMNS} FROM audit_seals ORDER BY last DESC LIMIT 1")
    return next((_seal(row) for row in rows), None)


def before(tx: Transaction, at: datetime) -> Seal | None:
    """Return the last head made before a moment."""
    rows = tx.rows(
        f"SELECT {_COLUMNS} FROM audit_seals WHERE at < :at ORDER BY last DESC LIMIT 1", {"at": to_store(at)}
    )
    return next((_seal(row) for row in rows), None)


def after(tx: Transaction, last: int, limit: int) -> list[Seal]:
    """Return up to `limit` heads after the one that ends with a position, in order."""
    rows = tx.rows(
        f"SELECT {_COLUMNS} FROM audit_seals WHERE last > :last ORDER BY last LIMIT :limit",
        {"last": last, "limit": limit},
    )
    return list(map(_seal, rows))


def add(tx: Transaction, seal: Seal) -> None:
    """Keep a head."""
    tx.execute(
        f"INSERT INTO audit_seals ({_COLUMNS}) VALUES (:first, :last, :rows, :head, :mac, :at)",
        {
            "first": seal.first,
            "last": seal.last,
            "rows": seal.rows,
            "head": seal.head,
            "mac": seal.mac,
            "at": to_store(seal.at),
        },
    )


def forget(tx: Transaction, last: int) -> None:
    """Forget the heads over rows up to a position, but for the newest of them: the chain goes on from it."""
    tx.execute(
        "DELETE FROM audit_seals WHERE last < (SELECT MAX(last) FROM audit_seals WHERE last <= :last)", {"last": last}
    )


def oldest_row(tx: Transaction) -> int:
    """Return the position of the oldest row of the audit; 0 when there is none."""
    row = tx.row("SELECT MIN(position) FROM audit")
    return row[0] if row and row[0] else 0


def newest_row(tx: Transaction) -> int:
    """Return the position of the newest row of the audit; 0 when there is none."""
    row = tx.row("SELECT MAX(position) FROM audit")
    return row[0] if row and row[0] else 0


def span(tx: Transaction, after_row: int, up_to: int) -> Span:
    """Return the rows after one position and up to another."""
    row = tx.row(_SPAN, {"after": after_row, "up_to": up_to})
    assert row is not None
    first, last, rows, text = row
    return Span(first or 0, last or 0, rows, hashlib.sha256((text or "").encode("utf-8", "surrogatepass")).digest())


def _seal(row: tuple[int, int, int, bytes, bytes, int]) -> Seal:
    first, last, rows, head, mac, at = row
    return Seal(first, last, rows, bytes(head), bytes(mac), from_store(at))


_COLUMNS = "first, last, rows, head, mac, at"
_TEXTS = ("actor", "act", "subject", "outcome", "detail", "address")
_LINE = " || ' ' || ".join(["position", "at", *(f"length({name}) || ':' || {name}" for name in _TEXTS)])
_SPAN = (
    "SELECT MIN(position), MAX(position), COUNT(*), string_agg(line, char(10)) FROM"
    f" (SELECT position, {_LINE} AS line FROM audit WHERE position > :after AND position <= :up_to ORDER BY position) AS lines"
)
