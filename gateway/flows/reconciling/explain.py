"""An operator says why a day differs for good; from then on it is not told as a fault, unless it changes."""

from datetime import date, datetime

from gateway.case.errors import GatewayError
from gateway.case.reasons import Reason
from gateway.store import audit, reconciliations
from gateway.store.database import Database, Transaction

LONGEST = 500
"""Characters of an explanation; nothing personal belongs into it."""


async def explain(code: str, day: date, by: str, words: str, *, database: Database, now: datetime) -> int:
    """Keep the explanation; return how many directions it concerns.  On disk when this returns.

    Raises:
        GatewayError: NO_DIFFERENCE.
    """

    def keep(tx: Transaction) -> int:
        changed = reconciliations.explain(tx, day, code, by, words, now)
        if changed:
            audit.note(tx, now, by, "day.explained", day.isoformat(), detail=f"{code} {words}")
        return changed

    changed = await database.write(keep)
    if not changed:
        raise GatewayError(Reason.NO_DIFFERENCE, day=day.isoformat(), partner=code)
    return changed
