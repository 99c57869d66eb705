"""What nobody has to keep any longer is removed, a bounded piece at a time, while the gateway works.

0 steady    wall time runs as it should, and as that of partners           else: nothing is removed by time alone
1 content   of cases that ended long ago and owe nobody anything: bodies, files, names; what proves them stays
2 strays    of envelopes that belong to no case, such as refused ones
3 news      that local systems confirmed long ago; forms at a window that nobody sent
4 audit     rows that are older than anybody asks for
5 records   edits of partner files, and days compared with partners, as old as those
6 note      what was removed, in the audit

Number, state, events, receipts, digests and the log of evidence of every case stay for ever, so that a receipt can still be
proven against the digest it quotes, and a repeat still gets its first receipt.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from gateway.case.days import day_in_china
from gateway.case.errors import GatewayError
from gateway.case.reasons import Reason
from gateway.case.states import FINAL
from gateway.flows.clocks.clock_watch import ClockWatch
from gateway.store import audit, drafts, retention, retention_records
from gateway.store.cases import CaseRow
from gateway.store.database import Database, Transaction
from gateway.store.retention import Removed

CASES_AT_ONCE = 32
"""Cases whose content goes in one write: some 200 bodies, a few milliseconds in which nobody else writes."""
ROWS_AT_ONCE = 500
COUNTED_AT_MOST = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """How long each kind is kept, counted from when it last mattered.

    Attributes:
        content: of a case, after its last change once it has ended; at least 35 days, for partners that restore a backup.
        news: of the feed, after its system confirmed it.
        audit: after the act; at least three years.  Edits of partner files and compared days are kept as long.
    """

    content: timedelta
    news: timedelta
    audit: timedelta


@dataclass(frozen=True, slots=True)
class Waiting:
    """What is due now; a count of 1,000 means that many or more.

    Attributes:
        bytes: of the bodies of those cases.
        held: wall time is not to be trusted, so that nothing is removed now.
    """

    cases: int
    bytes: int
    news: int
    audit: int
    records: int
    held: bool


@dataclass(frozen=True, slots=True)
class Swept:
    """What one step removed, and whether another one has something to do."""

    cases: int = 0
    removed: Removed = field(default_factory=Removed)
    news: int = 0
    audit: int = 0
    records: int = 0
    more: bool = False
    held: bool = False


@dataclass(frozen=True, slots=True)
class Retaining:
    """The flow, bound to one gateway.

    Attributes:
        listen: asks partners what time they have, unless they were asked lately.
    """

    database: Database
    region: str
    terms: Terms
    watch: ClockWatch
    listen: Callable[[], Awaitable[None]]

    async def waiting(self) -> Waiting:
        """Return what a sweep would remove now; changes nothing."""
        now = self.watch.clock()
        held = self.watch.is_doubtful()

        def look(tx: Transaction) -> Waiting:
            cases, size = retention.waiting(tx, now - self.terms.content, COUNTED_AT_MOST)
            news = retention.waiting_news(tx, now - self.terms.news, COUNTED_AT_MOST)
            old = retention.waiting_audit(tx, now - self.terms.audit, COUNTED_AT_MOST)
            before = now - self.terms.audit
            records = retention_records.waiting_records(tx, before, day_in_china(before), COUNTED_AT_MOST)
            return Waiting(cases, size, news, old, records, held)

        return await self.database.read(look)

    async def step(self, by: str = "") -> Swept:
        """Remove one bounded piece; safe to repeat and to be killed at any moment.

        Args:
            by: who asked for it, for the audit; the gateway itself by default.
        """
        now = self.watch.clock()
        if not self.watch.has_jumped():
            await self.listen()
        if self.watch.is_doubtful():
            return Swept(held=True)
        return await self.database.write(lambda tx: self._remove(tx, by or f"gateway:{self.region}", now))

    def _remove(self, tx: Transaction, by: str, now: datetime) -> Swept:
        ended = retention.due(tx, now - self.terms.content, CASES_AT_ONCE)
        removed = Removed()
        for case_id in ended:
            removed += retention.remove_content(tx, case_id, self.region, now)
            audit.note(tx, now, by, "case.content_removed", case_id)
        strays, looked_at = retention.remove_strays(tx, now - self.terms.content, ROWS_AT_ONCE)
        drafts.forget_ended(tx, now)
        news = retention.remove_news(tx, now - self.terms.news, ROWS_AT_ONCE)
        old = retention.remove_audit(tx, now - self.terms.audit, ROWS_AT_ONCE)
        edits = retention_records.remove_edits(tx, now - self.terms.audit, ROWS_AT_ONCE)
        days = retention_records.remove_days(tx, day_in_china(now - self.terms.audit), ROWS_AT_ONCE)
        if old or news or strays.bodies or edits or days:
            counts = f"strays={strays.bodies} news={news} audit={old} edits={edits} days={days}"
            audit.note(tx, now, by, "retention.sweep", "", detail=counts)
        more = len(ended) == CASES_AT_ONCE or ROWS_AT_ONCE in (looked_at, news, old, edits, days)
        return Swept(len(ended), removed + strays, news, old, edits + days, more=more)


def need_content(tx: Transaction, row: CaseRow) -> None:
    """Let nothing more happen to a case whose content was removed.

    Raises:
        GatewayError: CONTENT_REMOVED.
    """
    if row.standing.state in FINAL and retention.swept_at(tx, row.case_id) is not None:
        raise GatewayError(Reason.CONTENT_REMOVED)
