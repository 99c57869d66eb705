"""What was done to accounts that may let somebody into them: shown to their owner, and to auditors.

A link for a password or a sign-in, an identity that was linked, a second factor that was turned off, an account that became an
auditor's: with who did it and when.  The owner is told on the first page for `TOLD_FIRST_FOR` and on that of the account for
`TOLD_FOR`; auditors see those of everybody.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from gateway.case.errors import GatewayError
from gateway.case.reasons import Reason
from gateway.case.staff import Person, Right
from gateway.store import audit, people
from gateway.store.audit import Note
from gateway.store.database import Database, Transaction

TOLD_FIRST_FOR = timedelta(days=7)
TOLD_FOR = timedelta(days=30)
MOST = 10
"""Told to one person, the newest first."""
MOST_OF_ALL = 20
ACTS = (
    "console.link",
    "console.password_chosen",
    "console.second_factor_dropped",
    "console.identity_linked",
    "console.account_shut",
)

ADDED = "console.person_added"
AT_ONCE = timedelta(minutes=1)
"""Within which the first link of an account is made, by whoever made the account."""


@dataclass(frozen=True, slots=True)
class Reset:
    """One thing that was done to an account.

    Attributes:
        by: name and login of who did it, empty for the machine itself; whom: the same of the account.
    """

    note: Note
    by: str
    whom: str


@dataclass(frozen=True, slots=True)
class Resets:
    """The flows, bound to one gateway."""

    database: Database
    clock: Callable[[], datetime]

    async def of(self, person: Person, lately: timedelta = TOLD_FOR) -> list[Reset]:
        """Return what others did to a person's account lately; what they did themselves is left out."""
        return await self._found(MOST, lately, person.person_id)

    async def of_all(self, person: Person) -> list[Reset]:
        """Return what was done to anybody's account lately.

        Raises:
            GatewayError: ROLE_LACKS_RIGHT for whoever is no auditor.
        """
        if not person.may(Right.AUDIT):
            raise GatewayError(Reason.ROLE_LACKS_RIGHT)
        return await self._found(MOST_OF_ALL, TOLD_FOR)

    async def _found(self, most: int, lately: timedelta, person_id: str = "") -> list[Reset]:
        since = self.clock() - lately

        def look(tx: Transaction) -> list[Reset]:
            added = audit.newest_of(tx, [ADDED], since, 1, subject=person_id) if person_id else []
            names = {f"person:{one.person_id}": f"{one.name} ({one.login})" for one in people.everybody(tx)}
            found = audit.newest_of(tx, ACTS, since, most, subject=person_id)
            return [
                Reset(one, names.get(one.actor, ""), names.get(f"person:{one.subject}", ""))
                for one in found
                if not person_id or (one.actor != f"person:{person_id}" and not _is_first_link(one, added))
            ]

        return await self.database.read(look)


def _is_first_link(note: Note, added: Sequence[Note]) -> bool:
    """Whether a link came with the account itself, which is nothing to be told of."""
    is_link = note.act == "console.link"
    return is_link and any(note.actor == one.actor and timedelta() <= note.at - one.at < AT_ONCE for one in added)
