"""A dry run: what going live would do, before it does; nothing is changed.

1 check     the folder as it would be, as a reload checks it
2 compare   partners new, changed and removed; routes gained and lost
3 count     open cases and waiting envelopes of every partner that changes
4 call      new and changed addresses are called, as the partner's file would have it
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from gateway.case.days import day_in_china
from gateway.case.texts import Text
from gateway.files.findings import Findings
from gateway.flows.partner_files.go_live import GoingLive
from gateway.partners.changes import Change, changes
from gateway.partners.check import Checked, check_folder
from gateway.partners.partner import Partner
from gateway.partners.registry import Prepared
from gateway.partners.route_changes import RouteGroup, route_changes
from gateway.partners.schema import Status
from gateway.partners.snapshot import Partners
from gateway.partners.source import Source
from gateway.store import backlog, open_cases
from gateway.store.database import Transaction
from gateway.store.open_cases import OpenCases

MOST_CALLED = 20
"""Partners that are called at the most; of the rest it is said that they were not."""
AT_ONCE = 5
CALL_SECONDS = 15.0
EXAMPLES = 5
NEW, CHANGED, REMOVED = "new", "changed", "removed"


@dataclass(frozen=True, slots=True)
class Called:
    """How calling a partner went, as its file would have it.

    Attributes:
        passed: None when it was not called.
        said: what happened, step by step.
    """

    code: str
    addresses: tuple[str, ...]
    passed: bool | None
    said: tuple[Text, ...]


class Calling(Protocol):
    """Tests the connection to a partner that may not be live yet; leaves no case and disturbs no connection that is up."""

    async def __call__(self, partner: Partner) -> Called:
        """Return how it went; every failure is an answer."""


@dataclass(frozen=True, slots=True)
class Touched:
    """A partner that would change.

    Attributes:
        what: NEW, CHANGED or REMOVED.
        owed: envelopes waiting for it.
        examples: co-operation numbers of some of its open cases.
        stranded: open cases of items for which a route is lost; they go on, new ones are refused.
    """

    code: str
    name: str
    what: str
    file: str
    changes: tuple[Change, ...]
    open: OpenCases
    owed: int
    examples: tuple[str, ...]
    stranded: int


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """What going live would do.

    Attributes:
        held_back: files that would not go live, or not in the version in the folder.
        names: of divisions in the routes, by code.
    """

    files: int
    findings: Findings
    held_back: tuple[str, ...]
    touched: tuple[Touched, ...]
    unchanged: int
    gained: tuple[RouteGroup, ...]
    lost: tuple[RouteGroup, ...]
    names: Mapping[str, str]
    called: tuple[Called, ...]


@dataclass(frozen=True, slots=True)
class Rehearsing:
    """Tries changes out."""

    going_live: GoingLive
    call: Calling

    async def rehearse(
        self, files: Mapping[str, Source | None] | None, *, whole: bool = False, calling: bool = True
    ) -> Rehearsal:
        """Return what would happen.

        Args:
            files: what would be put into the folder, by name; None for the folder as it is on disk.
            whole: whether that is all there would be in it.
            calling: whether new and changed addresses are called.
        """
        live = self.going_live
        today = day_in_china(live.clock())
        async with live.lock:
            before = live.registry.current()
            checked, prepared = await asyncio.to_thread(self._prepared, files, whole=whole)
        gained, lost = route_changes(before, prepared.snapshot, today)
        touched = await live.database.read(lambda tx: self._touched(tx, before, prepared, lost))
        pairs = {code for group in (*gained, *lost) for pair in group.pairs for code in pair}
        new = [prepared.snapshot.of(one.code) for one in touched if one.what != REMOVED]
        dialled = [one for one in new if one and _is_dialled_anew(before.of(one.code), one)]
        return Rehearsal(
            files=len(checked.files),
            findings=prepared.findings,
            held_back=prepared.held_back,
            touched=touched,
            unchanged=sum(1 for one in prepared.snapshot if one.code not in {each.code for each in touched}),
            gained=gained,
            lost=lost,
            names={code: live.folder.divisions.named(code) for code in pairs},
            called=await self._called(dialled) if calling else (),
        )

    def _prepared(self, files: Mapping[str, Source | None] | None, *, whole: bool) -> tuple[Checked, Prepared]:
        folder, today = self.going_live.folder, day_in_china(self.going_live.clock())
        if files is None:
            checked = check_folder(folder.folder, folder.divisions, folder.own_region, today, folder.redirects)
        else:
            checked = folder.would_be(files, today, alone=whole)
        return checked, self.going_live.registry.prepare(checked)

    def _touched(
        self, tx: Transaction, before: Partners, prepared: Prepared, lost: Sequence[RouteGroup]
    ) -> tuple[Touched, ...]:
        after, divisions = prepared.snapshot, self.going_live.folder.divisions
        found = []
        for code in sorted({partner.code for partner in (*before, *after)}):
            old, new = before.of(code), after.of(code)
            was_closed, is_closed = code in before.closed, code in after.closed
            if old and new and old.digest == new.digest and was_closed == is_closed:
                continue
            what = REMOVED if is_closed or new is None else NEW if old is None or was_closed else CHANGED
            partner = new or old
            assert partner, "a code stands in one of the two"
            items = {group.item for group in lost if group.partner == code}
            opened = open_cases.of_partner(tx, code)
            found.append(
                Touched(
                    code=code,
                    name=partner.short_name,
                    what=what,
                    file=partner.file,
                    changes=changes(old, new, divisions) if old and new and what is CHANGED else (),
                    open=opened,
                    owed=backlog.waiting(tx, code)[0],
                    examples=tuple(open_cases.examples(tx, code, items, EXAMPLES)),
                    stranded=sum(count for item, count in opened.by_item.items() if item in items),
                )
            )
        return tuple(found)

    async def _called(self, partners: Sequence[Partner]) -> tuple[Called, ...]:
        turn = asyncio.Semaphore(AT_ONCE)

        async def one(partner: Partner) -> Called:
            async with turn:
                try:
                    async with asyncio.timeout(CALL_SECONDS):
                        return await self.call(partner)
                except TimeoutError:
                    return _answered(
                        partner,
                        False,
                        Text(f"{CALL_SECONDS:.0f} 秒内没有结果", f"no result within {CALL_SECONDS:.0f} s"),
                    )

        called = await asyncio.gather(*(one(partner) for partner in partners[:MOST_CALLED]))
        most = Text(f"一次最多测试 {MOST_CALLED} 个", f"at most {MOST_CALLED} are called at a time")
        return (*called, *(_answered(partner, None, most) for partner in partners[MOST_CALLED:]))


def _is_dialled_anew(old: Partner | None, new: Partner) -> bool:
    if new.status is not Status.ACTIVE or not new.endpoints:
        return False
    return old is None or (old.status, old.endpoints, old.roots, old.pinned, old.keys) != (
        new.status,
        new.endpoints,
        new.roots,
        new.pinned,
        new.keys,
    )


def _answered(partner: Partner, passed: bool | None, said: Text) -> Called:
    return Called(partner.code, tuple(one.address for one in partner.endpoints), passed, (said,))
