"""What waits for a security officer and for an auditor, in numbers; of nobody's cases, and nothing here changes a row.

accounts   how many are locked, have no second factor, and how many one-time links are open
audit      how far the chain goes, what came of the last verification, what was refused since a moment
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from gateway.case.errors import GatewayError
from gateway.case.reasons import Reason
from gateway.case.staff import Person, Right
from gateway.store import audit, audit_seals, console_sessions, people
from gateway.store.audit import Asked, Note, RefusedSince
from gateway.store.database import Database, Transaction


@dataclass(frozen=True, slots=True)
class AccountsGlance:
    """Accounts at one moment; `bare` have no second factor, `links` are one-time links that nobody used yet."""

    active: int
    locked: int
    bare: int
    links: int


@dataclass(frozen=True, slots=True)
class AuditGlance:
    """The audit at one moment.

    Attributes:
        sealed_at: when the last head of the chain was made; None while there is none.
        unsealed: rows since.
        verified: row of the newest verification; its outcome is `holds` or `broken`; None when there was none.
    """

    sealed_at: datetime | None
    unsealed: int
    verified: Note | None
    refused: RefusedSince


@dataclass(frozen=True, slots=True)
class AtAGlance:
    """The flows, bound to one gateway."""

    database: Database
    clock: Callable[[], datetime]

    async def accounts(self, person: Person) -> AccountsGlance:
        """Return how accounts stand.  Raises ROLE_LACKS_RIGHT."""
        _need(person, Right.GIVE_RIGHTS)
        now = self.clock()

        def look(tx: Transaction) -> AccountsGlance:
            active = [one for one in people.everybody(tx) if one.active]
            bare = sum(not one.second_factor for one in active)
            return AccountsGlance(len(active), people.locked(tx, now), bare, console_sessions.open_links(tx, now))

        return await self.database.read(look)

    async def audit(self, person: Person, since: datetime) -> AuditGlance:
        """Return how the audit stands.  Raises ROLE_LACKS_RIGHT."""
        _need(person, Right.AUDIT)

        def look(tx: Transaction) -> AuditGlance:
            seal = audit_seals.newest(tx)
            unsealed = max(audit_seals.newest_row(tx) - (seal.last if seal else 0), 0)
            verified, _ = audit.page(tx, Asked(act="audit.verified", subject="audit"), 1)
            refused = audit.refused_since(tx, since)
            return AuditGlance(seal.at if seal else None, unsealed, next(iter(verified), None), refused)

        return await self.database.read(look)


def _need(person: Person, right: Right) -> None:
    if not person.may(right):
        raise GatewayError(Reason.ROLE_LACKS_RIGHT)
