"""Cases of ours that came back from a partner after a restore, until a local system hands them in again or claims them."""

from datetime import datetime

from gateway.store.database import Transaction
from gateway.store.moments import to_store

MOST = 20
"""Cases looked at under one number; that many systems do not use the same one."""


def under(tx: Transaction, origin_number: str) -> list[str]:
    """Return the cases of no system under a number of the origin's, the oldest first."""
    rows = tx.rows(
        # The plus leaves the index of the few that came back, not that of all cases of no system.
        "SELECT opened_at, case_id FROM cases WHERE origin_number = :number AND party = 'origin' AND system = ''"
        " ORDER BY +opened_at, case_id LIMIT :limit",
        {"number": origin_number, "limit": MOST},
    )
    return [str(row[1]) for row in rows]


def give_to(tx: Transaction, case_id: str, system: str, request_sha256: bytes, now: datetime) -> None:
    """Put the system in charge that handed the case in, with its request, to know the same again."""
    tx.execute(
        "UPDATE cases SET system = :system, request_sha256 = :digest, changed_at = :now"
        " WHERE case_id = :id AND system = ''",
        {"system": system, "digest": request_sha256, "now": to_store(now), "id": case_id},
    )
