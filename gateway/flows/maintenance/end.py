"""Maintenance is ended early, or withdrawn before it began; partners see it at their next contact."""

from datetime import datetime

from gateway.store import audit, maintenance
from gateway.store.database import Database, Transaction


async def end(by: str, *, database: Database, now: datetime) -> bool:
    """End what is announced or goes on; False when nothing was.  On disk when this returns."""

    def keep(tx: Transaction) -> bool:
        going_on = maintenance.current(tx, now)
        if going_on is None:
            return False
        maintenance.end(tx, now, by)
        audit.note(tx, now, by, "maintenance.end", going_on.id)
        return True

    return await database.write(keep)
