"""Searching a store of a million cases: every way to search, the lists of a desk, counting, deep pages, and an export.

The rows are those of one real case, many times over, spread unevenly over ninety partners, two hundred items, every state, eight counties and
twenty thousand names: the one half of the cases is with one partner, and one state holds nearly all.  What is measured is what a page asks for
(`flows.people`): the search itself, its count on the first page, names decrypted and clocks read; the row of the audit it writes is told apart,
because it waits for the disk.  Wall time of one caller on a machine that does nothing else, and processor time, which others do not disturb.
"""

import argparse
import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial

from bench.load import submit_for
from bench.report import Figures, percentile, rounded, show
from bench.sites import HANDLER, disk_mb, pair, settled
from bench.spread import COUNTIES, ITEMS, NAMES, PARTNERS, SPACING_MS, card, fill_spread, item, name, partner
from gateway.app.calling_partners import grpc_courier
from gateway.app.opening import opened
from gateway.app.world import real_world
from gateway.case.staff import Person, Role
from gateway.case.states import State
from gateway.cli.federation import stop_all
from gateway.console.cases import A_PAGE, HANDLER_TABS, PRESSING_WITHIN
from gateway.console.export import as_csv, as_xlsx
from gateway.flows.people.searching import Searching, Sought
from gateway.flows.people.seeing_cases import SeeingCases
from gateway.settings import load_divisions, load_settings
from gateway.store.case_lists import Filter
from gateway.trust.vault import load_vault

Work = Callable[[], Awaitable[int]]


def arguments(parser: argparse.ArgumentParser) -> None:
    """Say what can be asked of this program."""
    parser.add_argument("--cases", type=int, default=0, help="cases in store; 0 for 1,000,000, short 50,000")
    parser.add_argument("--rounds", type=int, default=0, help="of each search; 0 for 100, short 20")


async def measure(asked: argparse.Namespace) -> Figures:
    """Measure, print, and return the figures."""
    count = asked.cases or (50_000 if asked.short else 1_000_000)
    rounds = asked.rounds or (20 if asked.short else 100)
    async with pair() as sites:
        await submit_for(sites.origin, HANDLER, 60.0, callers=4, rate=0, batch=1, prefix="s", most=20)
        await settled(sites.origin)
        await stop_all(sites.both)
        site, world = sites.handler, real_world()
        settings, findings = load_settings(site.folder / "gateway.yaml", load_divisions())
        if settings is None:
            raise RuntimeError(f"{site.folder}: {findings}")
        begun = time.monotonic()
        await asyncio.to_thread(fill_spread, site.store_file, load_vault(settings.vault, world.nonce), count)
        figures: Figures = {"cases": count, "loaded_in_seconds": time.monotonic() - begun}
        figures["store_mb"] = disk_mb(site.store_file)
        courier = grpc_courier(settings, world)
        async with opened(settings, world, courier_of=lambda _: courier, assign=lambda _: "zongchuang") as gateway:
            seeing = SeeingCases(gateway.database, gateway.looking, world.clock)
            searching = Searching(gateway.database, gateway.vault, seeing, world.clock)
            bench = _Bench(searching, seeing, rounds)
            rows = [await bench.timed(what, work) for what, work in bench.ways(count).items()]
            rows += [await bench.timed(what, work, 3) for what, work in bench.exports().items()]
        await courier.close()
    show(
        f"Searching {count:,} cases, milliseconds",
        ("", "found", "p50", "p99", "processor"),
        [tuple(row.values()) for row in rows],
    )
    figures["searches"] = {str(row.pop("name")): rounded(row) for row in rows}
    return rounded(figures)


@dataclass(frozen=True, slots=True)
class _Bench:
    searching: Searching
    seeing: SeeingCases
    rounds: int

    def ways(self, count: int) -> dict[str, Work]:
        """Return everything that is measured, each by what somebody asks for."""
        region, county = _person("422800000000"), _person(COUNTIES[7])
        now = datetime.now(UTC)
        begins, ends = now - timedelta(days=60), now - timedelta(days=30)
        deep = (now - timedelta(milliseconds=SPACING_MS * count * 0.9), "")
        asked = {
            "number of the case": Sought(number="TB422800"),
            "number the origin gave": Sought(number=f"bulk-{count // 3 * 3 - 2}"),
            "a name many have": Sought(name=name(0)),
            "a name few have": Sought(name=name(NAMES - 5)),
            "certificate number": Sought(id_number=card(count // 2)),
            "item, common": Sought(basic_code=item(0)),
            "item, rare": Sought(basic_code=item(ITEMS - 1)),
            "partner, half of all": Sought(partner=partner(0)),
            "partner, rare": Sought(partner=partner(PARTNERS - 1)),
            "state, nearly all": Sought(state=State.DELIVERED.value),
            "state, few": Sought(state=State.SUSPENDED.value),
            "thirty days": Sought(opened_from=begins, opened_to=ends),
            "everything": Sought(),
            "partner and item": Sought(partner=partner(3), basic_code=item(5)),
            "partner and item, rare both": Sought(partner=partner(80), basic_code=item(180)),
            "partner and state": Sought(partner=partner(0), state=State.SUSPENDED.value),
            "partner, item, state, days": Sought(
                partner=partner(0), basic_code=item(0), state=State.DELIVERED.value, opened_from=begins, opened_to=ends
            ),
            "name and partner": Sought(name=name(0), partner=partner(2)),
            "nothing has it": Sought(partner=partner(1), basic_code=item(1), state=State.VOIDED.value),
        }
        found: dict[str, Work] = {what: partial(self._search, region, sought) for what, sought in asked.items()}
        found["everything, deep page"] = partial(self._search, region, Sought(), deep)
        found["partner, deep page"] = partial(self._search, region, Sought(partner=partner(0)), deep)
        found["smallest county: everything"] = partial(self._search, county, Sought())
        found["smallest county: common item"] = partial(self._search, county, Sought(basic_code=item(0)))
        found["smallest county: rare partner"] = partial(self._search, county, Sought(partner=partner(60)))
        for who, person in (("region", region), ("smallest county", county)):
            for tab in HANDLER_TABS.values():
                wanted = Filter(
                    party="handler",
                    states=tuple(state.value for state in tab.states),
                    due_before=now + PRESSING_WITHIN if tab.pressing else None,
                )
                found[f"desk of the {who}: {tab.title.zh}"] = partial(self._desk, person, wanted)
        return found

    def exports(self) -> dict[str, Work]:
        """Return the exports: of some ten thousand rows."""
        region = _person("422800000000")
        now = datetime.now(UTC)
        sought = Sought(opened_from=now - timedelta(milliseconds=SPACING_MS * 14_500))
        return {f"export as {kind}": partial(self._export, region, sought, kind) for kind in ("csv", "xlsx")}

    async def timed(self, what: str, work: Work, rounds: int = 0) -> Figures:
        """Return how long it takes, the first time apart: it reads what is not in memory yet."""
        found = await work()
        waits: list[float] = []
        cpu = time.process_time()
        for _ in range(rounds or self.rounds):
            begun = time.perf_counter()
            await work()
            waits.append(1000 * (time.perf_counter() - begun))
        spent = 1000 * (time.process_time() - cpu) / len(waits)
        return {
            "name": what,
            "found": found,
            "p50_ms": percentile(waits, 50.0),
            "p99_ms": percentile(waits, 99.0),
            "cpu_ms": spent,
        }

    async def _search(self, person: Person, sought: Sought, after: tuple[datetime, str] | None = None) -> int:
        found = await self.searching.search(person, sought, A_PAGE + 1, after)
        return found.counted.cases if found.counted else len(found.cases)

    async def _desk(self, person: Person, wanted: Filter) -> int:
        found, _ = await self.seeing.page(person, wanted, A_PAGE + 1)
        return len(found)

    async def _export(self, person: Person, sought: Sought, kind: str) -> int:
        found = await self.searching.export(person, sought, "核对数据", kind)
        table = [[row.case_id, row.item_name, name, row.standing.state.value] * 3 for row, name, _ in found]
        await asyncio.to_thread(as_xlsx if kind == "xlsx" else as_csv, table)
        return len(found)


def _person(division: str) -> Person:
    return Person("bench", "bench", "示例", "S001", "政务服务中心", division, frozenset({Role.HANDLER}))
