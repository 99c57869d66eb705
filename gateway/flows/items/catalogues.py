"""What each region demands, as known here: its own catalogue, or what a partner last published.

Looking up costs a dictionary access where a region publishes nothing, and no read of the store where the item was asked
for before.  What is kept in memory is bounded: rows per region, definitions by their digest in all.

Guarantees that nothing uncommitted is ever kept: only committed reads fill the rows, and a digest names its content.
Leaves to others: what follows from a demand (`check_requirements`), keeping catalogues fresh (`refresh_items`).
"""

from dataclasses import dataclass, field
from datetime import date
from threading import Lock

from gateway.case.code.divisions import Divisions
from gateway.case.item.definition import ItemDefinition
from gateway.flows.items.in_force import NOTHING, Chosen, choose
from gateway.store import items
from gateway.store.database import Database, Transaction
from gateway.store.items import ItemRow

MOST_DEFINITIONS = 2_000
"""Decoded definitions kept; of some ten KiB each."""
MOST_CODES = 5_000
"""Basic codes of one region whose rows are kept; past it they are read anew."""


@dataclass(frozen=True, slots=True)
class Demand:
    """What a region demands for an item at a place.

    Attributes:
        definition: the version that binds; None when the item is not published there, or the stated version no longer counts.
        published: False when the region never gave us a catalogue: then the agreement's list alone holds.
        latest: the version in force on the day.
        choices: task codes between which the case has to choose.
    """

    definition: ItemDefinition | None
    published: bool
    latest: ItemDefinition | None = None
    choices: tuple[str, ...] = ()


UNPUBLISHED = Demand(None, published=False)


@dataclass(slots=True)
class _Known:
    """What is kept of one region: whether it publishes, and the rows of the codes asked for."""

    published: bool
    by_code: dict[str, tuple[ItemRow, ...]] = field(default_factory=dict)


class Catalogues:
    """Looks demands up, in every region's catalogue."""

    def __init__(self, database: Database, divisions: Divisions) -> None:
        self._database = database
        self._divisions = divisions
        self._known: dict[str, _Known] = {}
        self._forgotten: dict[str, int] = {}
        self._definitions: dict[bytes, ItemDefinition] = {}
        self._lock = Lock()

    async def demand(
        self,
        region: str,
        *,
        basic_code: str,
        division: str,
        on: date,
        version: int = 0,
        task_code: str = "",
        today: date | None = None,
    ) -> Demand:
        """Return what a region demands of an application its window received on a day.

        Args:
            region: gateway code of the handler.
            division: of the handler, 6 or 12 digits.
            on: day in Asia/Shanghai.
            version: the one the case states; 0 for none.
            today: the same as `on` unless given.
        """
        known = self._known.get(region) or await self._look(region)
        if not known.published:
            return UNPUBLISHED
        rows = known.by_code.get(basic_code)
        if rows is None:
            rows = await self._rows(region, basic_code, known)
        chosen = self._choose(rows, division, on, version, task_code, today or on)
        if chosen.latest is None:
            return Demand(None, published=True, choices=chosen.choices)
        if kept := self._kept(chosen):
            return kept
        return await self._database.read(lambda tx: self._read(tx, region, chosen))

    def demand_at(
        self,
        tx: Transaction,
        region: str,
        *,
        basic_code: str,
        division: str,
        on: date,
        version: int = 0,
        task_code: str = "",
        today: date | None = None,
    ) -> Demand:
        """Return what our own region demands, within a write; see `demand`."""
        if not items.version_of(tx, region):
            return UNPUBLISHED
        rows = items.of_code(tx, region, basic_code)
        chosen = self._choose(rows, division, on, version, task_code, today or on, ours=True)
        if chosen.latest is None:
            return Demand(None, published=True, choices=chosen.choices)
        return self._kept(chosen) or self._read(tx, region, chosen)

    def definition_at(self, tx: Transaction, region: str, row: ItemRow) -> ItemDefinition:
        """Return what a version of an item says."""
        found = self._definitions.get(row.digest)
        if found is None:
            found = items.definition(tx, region, row.key, row.version)
            if found is None:
                raise LookupError(f"version {row.version} of {row.key} is gone")
            with self._lock:
                if len(self._definitions) >= MOST_DEFINITIONS:
                    del self._definitions[next(iter(self._definitions))]
                self._definitions[row.digest] = found
        return found

    def forget(self, region: str) -> None:
        """Look a region's catalogue up anew, after an import or a refresh."""
        self._forgotten[region] = self._forgotten.get(region, 0) + 1
        self._known.pop(region, None)

    def depth(self, place: str, division: str) -> int:
        """Return how narrow a division is if it covers a place, else 0.

        One that was abolished still covers what went on under one successor, after the successor's own definition.
        """
        if not self._divisions.belongs_to(place, division):
            return 0
        return 2 * self._divisions.covering_depth(division) - (not self._divisions.is_within(place, division))

    async def _look(self, region: str) -> _Known:
        before = self._forgotten.get(region, 0)
        version = await self._database.read(lambda tx: items.version_of(tx, region))
        known = _Known(published=version > 0)
        if self._forgotten.get(region, 0) == before:
            self._known[region] = known
        return known

    async def _rows(self, region: str, basic_code: str, known: _Known) -> tuple[ItemRow, ...]:
        rows = tuple(await self._database.read(lambda tx: items.of_code(tx, region, basic_code)))
        if len(known.by_code) >= MOST_CODES:
            known.by_code.clear()
        known.by_code[basic_code] = rows
        return rows

    def _choose(
        self,
        rows: list[ItemRow] | tuple[ItemRow, ...],
        place: str,
        on: date,
        version: int,
        task_code: str,
        today: date,
        *,
        ours: bool = False,
    ) -> Chosen:
        if not rows:
            return NOTHING
        return choose(
            rows,
            depth=lambda division: self.depth(place, division),
            on=on,
            today=today,
            version=version,
            task_code=task_code,
            ours=ours,
        )

    def _kept(self, chosen: Chosen) -> Demand | None:
        """Return the demand if everything it says is in memory."""
        latest = self._definitions.get(chosen.latest.digest) if chosen.latest else None
        binds = self._definitions.get(chosen.binds.digest) if chosen.binds else None
        if latest is None or (chosen.binds and binds is None):
            return None
        return Demand(binds, published=True, latest=latest)

    def _read(self, tx: Transaction, region: str, chosen: Chosen) -> Demand:
        assert chosen.latest is not None, "something was chosen"
        return Demand(
            self.definition_at(tx, region, chosen.binds) if chosen.binds else None,
            published=True,
            latest=self.definition_at(tx, region, chosen.latest),
        )
