"""Until when a partner is in maintenance, as it told: for those who wait for something from it."""

from datetime import datetime

from gateway.store import peers
from gateway.store.database import Transaction


def pause_of(tx: Transaction, code: str, now: datetime) -> datetime | None:
    """Return the end of the maintenance a partner is in; None when it is in none."""
    peer = peers.find(tx, code)
    return peer.pauses_until if peer.pauses(now) else None
