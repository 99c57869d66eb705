"""An auditor looks at what everybody did, takes rows of it along, and has the chain over it verified; nothing here changes a row.

look     who, what, when, from where, to what, with which outcome and reason; the newest first
export   the rows of some days, at most 50,000: never a part of what was asked; that they were taken along is a row too
verify   the chain over the rows (`flows.audit_chain`); what came of it is a row too
opened   a page was opened, or refused: for pages that keep no row of their own
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from gateway.case.errors import FieldFinding, GatewayError
from gateway.case.reasons import Reason
from gateway.case.staff import Person, Right
from gateway.case.texts import Text
from gateway.flows.audit_chain import AuditChain, Verified
from gateway.store import audit
from gateway.store.audit import Asked, Note
from gateway.store.database import Database

MOST_ROWS = 50_000
OPENED, REFUSED = "page.opened", "page.refused"


@dataclass(frozen=True, slots=True)
class Auditing:
    """The flows, bound to one gateway."""

    database: Database
    chain: AuditChain
    clock: Callable[[], datetime]

    async def look(self, person: Person, asked: Asked, limit: int) -> tuple[list[Note], int]:
        """Return rows, the newest first, and the position to go on before; 0 when there are no more.

        Raises:
            GatewayError: ROLE_LACKS_RIGHT.
        """
        _need_auditor(person)
        return await self.database.read(lambda tx: audit.page(tx, asked, limit))

    async def export(self, person: Person, asked: Asked) -> list[Note]:
        """Return the rows of a span, in order, and note that they were taken along.

        Raises:
            GatewayError: ROLE_LACKS_RIGHT; BAD_REQUEST when there are more than 50,000.
        """
        _need_auditor(person)
        rows = await self.database.read(lambda tx: audit.between(tx, asked, MOST_ROWS + 1))
        if len(rows) > MOST_ROWS:
            raise GatewayError(Reason.BAD_REQUEST, findings=[_TOO_MANY], count=1)
        said = [f"{name}={at.isoformat()}" for name, at in (("from", asked.first), ("before", asked.last)) if at]
        named = (("act", asked.act), ("subject", asked.subject), ("who", asked.actor or "people" * asked.people))
        said += [f"{name}={value}" for name, value in named if value]
        await self._note(person, "audit.exported", "audit", str(len(rows)), " ".join(said))
        return rows

    async def verify(self, person: Person, since: datetime | None, head: str) -> Verified:
        """Return what came of looking through the chain, and note it.

        Raises:
            GatewayError: ROLE_LACKS_RIGHT.
        """
        _need_auditor(person)
        done = await self.chain.verify(since, head)
        outcome = "holds" if done.holds else "broken"
        await self._note(person, "audit.verified", "audit", outcome, f"rows={done.rows} head={done.head}")
        return done

    async def opened(self, person: Person, page: str, refused: str = "") -> None:
        """Note that somebody opened a page, or for which reason they did not get to see it."""
        await self._note(person, REFUSED if refused else OPENED, page, refused or "done", "")

    async def _note(self, person: Person, act: str, subject: str, outcome: str, detail: str) -> None:
        now, actor = self.clock(), f"person:{person.person_id}"
        await self.database.write(lambda tx: audit.note(tx, now, actor, act, subject, outcome, detail))


def _need_auditor(person: Person) -> None:
    if not person.may(Right.AUDIT):
        raise GatewayError(Reason.ROLE_LACKS_RIGHT)


_TOO_MANY = FieldFinding(
    "to",
    Text(f"超过 {MOST_ROWS:,} 行", f"more than {MOST_ROWS:,} rows"),
    Text("缩小日期范围, 分几次导出", "take fewer days, and export in parts"),
)
