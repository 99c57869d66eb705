"""Which life of the store this is; a restore from backup begins a new one."""

from datetime import datetime

from gateway.store.database import Transaction
from gateway.store.moments import to_store


def begin(tx: Transaction, new_id: str, now: datetime) -> str:
    """Return the current incarnation; begin one if there is none."""
    row = tx.row("SELECT id FROM incarnation ORDER BY began_at DESC LIMIT 1")
    if row is not None:
        return str(row[0])
    tx.execute("INSERT INTO incarnation (id, began_at) VALUES (:id, :at)", {"id": new_id, "at": to_store(now)})
    return new_id


def current(tx: Transaction) -> str:
    """Return the current incarnation; empty before the first start."""
    row = tx.row("SELECT id FROM incarnation ORDER BY began_at DESC LIMIT 1")
    return "" if row is None else str(row[0])
