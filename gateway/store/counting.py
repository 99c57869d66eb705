"""With which calendars the running clocks were last counted, so that a start does not count them all again for nothing."""

from gateway.store.database import Transaction


def is_counted_anew(tx: Transaction, calendars: str) -> bool:
    """Note the calendars now counted with; return whether they are others than last time."""
    row = tx.row("SELECT calendars FROM counted_with")
    if row is not None and row[0] == calendars:
        return False
    tx.execute("DELETE FROM counted_with")
    tx.execute("INSERT INTO counted_with (calendars) VALUES (:calendars)", {"calendars": calendars})
    return True
