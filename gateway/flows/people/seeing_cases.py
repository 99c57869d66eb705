"""People look at cases: only those of their own place and side, personal data masked, and every look is in the audit.

list     newest first, or the most pressing first; names masked
open     one case: 查看 is noted; a case of another place is told like one that does not exist
glance   whether a case has changed: nothing of it is shown, nothing is noted
unmask   the personal data of one case in full, for a stated reason, which is noted with it
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from gateway.case.errors import FieldFinding, GatewayError
from gateway.case.reasons import Reason
from gateway.case.staff import Person, Right
from gateway.case.states import Party
from gateway.case.texts import Text
from gateway.flows.act import OPERATOR
from gateway.flows.look import CaseView, Listed, ListedPage, Looking
from gateway.store import audit, cases, outbox
from gateway.store.case_lists import Counted, Filter
from gateway.store.cases import CaseRow
from gateway.store.database import Database, Transaction
from gateway.store.outbox import Owed

SHORTEST_REASON, LONGEST_REASON = 4, 200


@dataclass(frozen=True, slots=True)
class SeeingCases:
    """The flows, bound to one gateway."""

    database: Database
    looking: Looking
    clock: Callable[[], datetime]

    async def list(self, person: Person, wanted: Filter, limit: int) -> list[Listed]:
        """Return all cases a person may see, as far as `limit` goes."""
        own = _own(person, wanted)
        return await self.looking.list_cases(own, limit) if own else []

    async def page(self, person: Person, wanted: Filter, limit: int) -> ListedPage:
        """Return cases a person may see, after a bounded look, and where that ended before there were so many.

        Raises:
            GatewayError: ROLE_LACKS_RIGHT.
        """
        own = _own(person, wanted)
        return await self.looking.page_of_cases(own, limit) if own else ([], None)

    async def count(self, person: Person, wanted: Filter, most: int) -> Counted:
        """Return how many cases a person may see, up to `most`, after a bounded look."""
        own = _own(person, wanted)
        return await self.looking.count_cases(own, most) if own else Counted(0)

    async def open(self, person: Person, case_id: str) -> CaseView:
        """Return one case, and note that it was looked at.

        Raises:
            GatewayError: CASE_UNKNOWN, also for a case of another place or side; CONTENT_REMOVED.
        """
        view = await self._of(person, case_id)
        await self._note(person, "case.viewed", case_id)
        return view

    async def glance(self, person: Person, case_id: str, mark: Callable[[CaseRow, tuple[Owed, ...]], str]) -> str:
        """Return the mark of how a case stands, of which nothing is shown: no look that is noted.

        Raises:
            GatewayError: CASE_UNKNOWN, also for a case of another place or side.
        """

        def look(tx: Transaction) -> tuple[CaseRow | None, tuple[Owed, ...]]:
            return cases.find(tx, case_id), tuple(outbox.of_case(tx, case_id))

        row, deliveries = await self.database.read(look)
        if row is None or not may_see(person, row):
            raise GatewayError(Reason.CASE_UNKNOWN)
        return mark(row, deliveries)

    async def unmask(self, person: Person, case_id: str, reason: str) -> CaseView:
        """Return one case whose personal data may be shown in full.

        Raises:
            GatewayError: BAD_REQUEST without a reason of 4 to 200 characters; what `open` raises; ROLE_LACKS_RIGHT.
        """
        if not person.may(Right.UNMASK):
            raise GatewayError(Reason.ROLE_LACKS_RIGHT)
        reason = " ".join(reason.split())
        if not SHORTEST_REASON <= len(reason) <= LONGEST_REASON:
            raise GatewayError(Reason.BAD_REQUEST, findings=[_NO_REASON], count=1)
        view = await self._of(person, case_id)
        await self._note(person, "case.unmasked", case_id, reason)
        return view

    async def _of(self, person: Person, case_id: str) -> CaseView:
        view = await self.looking.look_at_case(OPERATOR, case_id)
        if not may_see(person, view.row):
            raise GatewayError(Reason.CASE_UNKNOWN)
        return view

    async def _note(self, person: Person, act: str, case_id: str, detail: str = "") -> None:
        now, actor = self.clock(), f"person:{person.person_id}"
        await self.database.write(lambda tx: audit.note(tx, now, actor, act, case_id, detail=detail))


def _own(person: Person, wanted: Filter) -> Filter | None:
    """Return the filter that leaves what a person may see; None when they see nothing of that side."""
    sides = sides_of(person)
    if not sides:
        raise GatewayError(Reason.ROLE_LACKS_RIGHT)
    if wanted.party:
        sides = tuple(side for side in sides if side[0] == wanted.party)
    return replace(wanted, sides=sides, party="") if sides else None


def sides_of(person: Person) -> tuple[tuple[str, str], ...]:
    """Return on which sides a person sees cases, each with the digits their place begins with."""
    rights = {Right.SEE_OWN_CASES: Party.ORIGIN, Right.SEE_THEIR_CASES: Party.HANDLER}
    return tuple((party.value, person.scope) for right, party in rights.items() if person.may(right))


def may_see(person: Person, row: CaseRow) -> bool:
    """Whether a case is one of a person's place and side."""
    place = row.origin_division if row.party is Party.ORIGIN else row.handler_division
    return any(party == row.party.value and place.startswith(digits) for party, digits in sides_of(person))


_NO_REASON = FieldFinding(
    "reason",
    Text("没有写查看原因", "there is no reason"),
    Text(
        f"{SHORTEST_REASON} 至 {LONGEST_REASON} 个字, 会记入审计",
        f"{SHORTEST_REASON} to {LONGEST_REASON} characters; the audit keeps them",
    ),
)
