"""What a partner demands is kept fresh here.

1 describe   does it publish items, and which version of its catalogue
2 ask        for what came since the version we hold, page by page; all of it when its version went back (a restore)
3 judge      a definition that contradicts itself, or is for a place of others, is kept out and noted; the rest is taken
4 keep       every page is one transaction; whose open cases a change concerns learns it in the same one
5 close      the version of the catalogue is written last, so that what broke off begins again

A partner that cannot be asked keeps the catalogue it gave us: the failure is noted there and hurts nothing else.  A
partner without an address of its own (it only collects) cannot be asked.  Leaves to others: when to ask (`app.loops`).
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from gateway.case.code.divisions import Divisions
from gateway.case.errors import GatewayError
from gateway.case.item.definition import ItemDefinition
from gateway.case.item.rules import definition_problems
from gateway.case.reasons import Reason
from gateway.flows.delivery.courier import Courier, ItemsPage
from gateway.flows.items.catalogues import Catalogues
from gateway.flows.items.tell_changes import Change, tell_changes
from gateway.partners.partner import Partner
from gateway.partners.registry import Registry
from gateway.partners.schema import Status
from gateway.store import audit, items
from gateway.store.database import Database, Transaction

SERVED = "rpc/GetItems"
DOUBTS = frozenset(reason.value for reason in (Reason.ITEM_CHANGED, Reason.ITEM_NOT_PUBLISHED, Reason.ITEM_NOT_IN_USE))
"""Refusals of a handler that say that its catalogue is newer than what we hold."""
MOST_PAGES = 2_000
"""Of one question; a catalogue of all towns and villages of a prefecture has some 1,300."""
MOST_KEPT_OUT = 1_000
"""Definitions kept out in one question, each of which is noted; at one more the question is given up."""

ELSEWHERE = "ELSEWHERE"
"""Word for a definition that is for no place of the partner's."""
VERSION_TAKEN = "VERSION_TAKEN"
"""Word for a version that we hold with other content."""


@dataclass(frozen=True, slots=True)
class KeptOut:
    """A definition that was not taken: its basic code and where it is wrong, or a word for why."""

    item: str
    where: str


@dataclass(frozen=True, slots=True)
class Refreshed:
    """How asking a partner went.

    Attributes:
        version: of its catalogue, as held now; 0 when it publishes none.
        taken: versions of items that are new here; told: cases whose system learns of a change.
    """

    version: int
    taken: int = 0
    told: int = 0
    kept_out: tuple[KeptOut, ...] = ()
    error: GatewayError | None = None


@dataclass(frozen=True, slots=True)
class Refreshing:
    """What asking partners for their items needs."""

    region: str
    database: Database
    registry: Registry
    courier: Courier
    catalogues: Catalogues
    divisions: Divisions
    clock: Callable[[], datetime]

    def can_be_asked(self, code: str) -> bool:
        """Whether a partner has an address and is active; others keep the catalogue they gave us."""
        partner = self.registry.current().of(code)
        return partner is not None and partner.status is Status.ACTIVE and bool(partner.endpoints)

    async def refresh(self, code: str) -> Refreshed:
        """Ask one partner for what is new; safe to repeat and to be killed at any moment."""
        partner = self.registry.current().of(code)
        held = await self.database.read(lambda tx: items.version_of(tx, code))
        if partner is None or not self.can_be_asked(code):
            return Refreshed(held)
        try:
            return await self._ask(partner, held)
        except GatewayError as error:
            reason = error.reason.value
            await self.database.write(lambda tx: items.asked(tx, code, self.clock(), reason))
            return Refreshed(held, error=error)
        finally:
            self.catalogues.forget(code)

    async def _ask(self, partner: Partner, held: int) -> Refreshed:
        described = await self.courier.describe(partner)
        theirs = described.items_version if SERVED in described.features else 0
        life = await self.database.read(lambda tx: items.life_of(tx, partner.code))
        # Restored from a backup it may give the same number to other content.
        restored = bool(life) and life != described.incarnation
        if theirs == held and not restored:
            await self.database.write(lambda tx: items.asked(tx, partner.code, self.clock()))
            return Refreshed(held)
        if not theirs and SERVED not in described.features:
            # It publishes nothing any more; what cases are bound to stays.
            await self.database.write(lambda tx: _close(tx, partner.code, 0, self.clock(), described.incarnation))
            return Refreshed(0)
        taking = _Taking(self, partner, described.incarnation, anew=restored or theirs < held)
        return await taking.all(0 if taking.anew else held)


@dataclass(slots=True)
class _Taking:
    """One question to one partner, with what was taken so far."""

    rooms: Refreshing
    partner: Partner
    incarnation: str
    anew: bool
    seen: set[tuple[str, int]] = field(default_factory=set)
    changes: list[Change] = field(default_factory=list)
    kept_out: list[KeptOut] = field(default_factory=list)

    async def all(self, since: int) -> Refreshed:
        """Take page after page, then write the version."""
        token = ""
        for _ in range(MOST_PAGES):
            page = await self.rooms.courier.get_items(self.partner, since, token)
            await self._take(page)
            if len(self.kept_out) > MOST_KEPT_OUT:
                raise GatewayError(Reason.PARTNER_ANSWER, partner=self.partner.short_name, detail="items")
            if not page.next_page_token:
                return await self._end(page.items_version)
            token = page.next_page_token
        raise GatewayError(Reason.PARTNER_ANSWER, partner=self.partner.short_name, detail="next_page_token")

    async def _end(self, version: int) -> Refreshed:
        code, now = self.partner.code, self.rooms.clock()

        def end(tx: Transaction) -> int:
            if self.anew:
                for key, number in items.names(tx, code) - self.seen:
                    items.remove(tx, code, key, number)
            _close(tx, code, version, now, self.incarnation)
            return (
                0
                if self.anew
                else tell_changes(tx, self.partner, self.rooms.region, self.changes, self.rooms.catalogues.depth, now)
            )

        told = await self.rooms.database.write(end)
        return Refreshed(version, len(self.changes), told, tuple(self.kept_out))

    async def _take(self, page: ItemsPage) -> None:
        code = self.partner.code
        # Schemas of forms are compiled to be judged: too much for the loop that everything else waits for.
        good, kept_out = await asyncio.to_thread(self._judge, page)
        now = self.rooms.clock()

        def keep(tx: Transaction) -> tuple[list[Change], list[KeptOut]]:
            taken, clashes = [], []
            for definition in good:
                if self.anew:
                    _drop_other(tx, code, definition)
                try:
                    if items.add(tx, code, definition, page.items_version, now):
                        taken.append(
                            Change(definition.key, definition.basic_code, definition.version, definition.state)
                        )
                except items.VersionTaken:
                    clashes.append(KeptOut(definition.basic_code, VERSION_TAKEN))
            for one in (*kept_out, *clashes):
                audit.note(tx, now, f"region:{code}", "item.kept_out", one.item, "refused", one.where)
            return taken, clashes

        taken, clashes = await self.rooms.database.write(keep)
        self.rooms.catalogues.forget(code)
        self.seen |= {(definition.key, definition.version) for definition in good}
        self.changes += taken
        self.kept_out += [*kept_out, *clashes]

    def _judge(self, page: ItemsPage) -> tuple[list[ItemDefinition], list[KeptOut]]:
        good: list[ItemDefinition] = []
        out = [KeptOut(one.key, one.findings[0].path) for one in page.broken]
        for definition in page.items:
            problems = definition_problems(definition)
            if problems:
                known = definition.basic_code.isascii() and definition.basic_code.isalnum()
                out.append(KeptOut(definition.basic_code if known else "", problems[0].path))
            elif not self._is_theirs(definition.division):
                out.append(KeptOut(definition.basic_code, ELSEWHERE))
            else:
                good.append(definition)
        return good, out

    def _is_theirs(self, division: str) -> bool:
        divisions, code = self.rooms.divisions, self.partner.code
        return divisions.belongs_to(division, code) or divisions.is_within(code, division)


def _close(tx: Transaction, code: str, version: int, now: datetime, incarnation: str) -> None:
    items.changed(tx, code, version, now, incarnation)
    items.asked(tx, code, now)
    audit.note(tx, now, f"region:{code}", "items.refreshed", code, detail=str(version))


def _drop_other(tx: Transaction, region: str, definition: ItemDefinition) -> None:
    for row in items.of_key(tx, region, definition.key):
        if row.version == definition.version and row.digest != items.digest_of(definition):
            items.remove(tx, region, row.key, row.version)
