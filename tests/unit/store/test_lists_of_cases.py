"""Lists of cases against the same done by hand: whichever index leads, every case that fits is listed once, in order."""

import asyncio
from datetime import UTC, datetime, timedelta
from itertools import product
from pathlib import Path
from random import Random
from types import MappingProxyType
from typing import Any

import pytest

from gateway.store import case_lists
from gateway.store.case_lists import Filter, list_page
from gateway.store.case_row import COLUMNS, NAMES, CaseRow
from gateway.store.database import Transaction
from gateway.store.migrating import migrate
from gateway.store.moments import to_store
from gateway.store.sqlite import SqliteDatabase

NOW = datetime(2026, 11, 25, 2, 0, tzinfo=UTC)
CASES = 400
LOOKED = 60
BARE: MappingProxyType[str, Any] = MappingProxyType(
    dict.fromkeys(NAMES, "")
    | dict.fromkeys(("supplement_open", "deemed", "case_version", "our_sequence", "their_sequence", "item_version"), 0)
    | dict.fromkeys(("request_sha256", "next_due", "warns_at", "overdue_at", "presses_at"))
    | {"base": "received", "private": b"", "applicant_key": b"", "name_key": b"", "changed_at": to_store(NOW)}
)


def fill(tx: Transaction) -> None:
    """Cases that differ in everything a list is narrowed by; many at the same moment."""
    chance = Random(7)
    for n in range(CASES):
        party = chance.choice(("origin", "handler"))
        own, other = chance.choice(("422801", "422802", "422823")) + "000000", "500114000000"
        row = {
            **BARE,
            "case_id": f"TB{n:04d}",
            "party": party,
            "partner": chance.choice(("500114", "433100")),
            "origin_number": f"o{n}" if party == "origin" else f"o{n % 150}",
            "handler_number": chance.choice(("", f"h{n % 90}")),
            "basic_code": chance.choice("ABC"),
            "origin_division": own if party == "origin" else other,
            "handler_division": other if party == "origin" else own,
            "state": chance.choice(("accepted", "granted", "delivered", "withdrawn")),
            "system": chance.choice(("", "one", "two")),
            "name_key": bytes([chance.randrange(6)]) * 32,
            "applicant_key": bytes([chance.randrange(40)]) * 32,
            "opened_at": to_store(NOW - timedelta(hours=chance.randrange(CASES // 2))),
        }
        tx.execute(f"INSERT INTO cases ({COLUMNS}) VALUES ({', '.join(':' + name for name in NAMES)})", row)


def fits(row: CaseRow, wanted: Filter) -> bool:
    """Whether a case belongs to a list, done by hand."""
    place = row.origin_division if row.party.value == "origin" else row.handler_division
    state = row.standing.state.value
    return all(
        (
            not wanted.sides or any(row.party.value == party and place.startswith(own) for party, own in wanted.sides),
            not wanted.state or state == wanted.state,
            not wanted.states or state in wanted.states,
            not wanted.partner or row.partner == wanted.partner,
            not wanted.basic_code or row.basic_code == wanted.basic_code,
            not wanted.systems or row.system in wanted.systems,
            not wanted.number or wanted.number in (row.case_id, row.origin_number, row.handler_number),
            not wanted.name_key or row.name_key == wanted.name_key,
            not wanted.applicant_key or row.applicant_key == wanted.applicant_key,
            not wanted.opened_from or row.opened_at >= wanted.opened_from,
            not wanted.opened_to or row.opened_at < wanted.opened_to,
        )
    )


def by_hand(rows: list[CaseRow], wanted: Filter) -> list[str]:
    """The whole list, done by hand."""
    kept = sorted(
        (one for one in rows if fits(one, wanted)), key=lambda one: (one.opened_at, one.case_id), reverse=True
    )
    return [one.case_id for one in kept]


def paged(tx: Transaction, wanted: Filter, limit: int, looked: int) -> tuple[list[str], int]:
    """The whole list, page by page, and how many pages that took."""
    found: list[str] = []
    pages = 0
    mark = None
    while True:
        page = list_page(tx, Filter(**{**_facts(wanted), "after": mark}), limit, looked=looked)
        pages += 1
        found += [row.case_id for row in page.rows]
        if len(page.rows) == limit:
            mark = (page.rows[-1].opened_at, page.rows[-1].case_id)
        elif page.reached:
            assert mark is None or page.reached < mark, "a page goes on"
            mark = page.reached
        else:
            return found, pages


def _facts(wanted: Filter) -> dict[str, Any]:
    return {name: getattr(wanted, name) for name in Filter.__slots__}


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = Path(tmp_path_factory.mktemp("lists")) / "store.db"
    migrate(path, now=NOW)

    async def put() -> None:
        database = SqliteDatabase(path, clock=lambda: NOW)
        await database.write(fill)
        await database.close()

    asyncio.run(put())
    return path


SIDES = (
    (),
    (("handler", "4228"),),
    (("origin", "422801"), ("handler", "422801")),
    (("origin", "4228"), ("handler", "4228")),
)
NARROWED = (
    {},
    {"partner": "500114"},
    {"basic_code": "A", "partner": "433100"},
    {"state": "granted"},
    {"states": ("accepted", "withdrawn")},
    {"states": ("delivered",), "basic_code": "B"},
    {"name_key": b"\x03" * 32},
    {"applicant_key": b"\x07" * 32, "state": "granted"},
    {"number": "o17"},
    {"number": "h8", "partner": "500114"},
    {"systems": ("one",)},
    {"systems": ("one", "two"), "partner": "500114"},
    {"opened_from": NOW - timedelta(hours=90), "opened_to": NOW - timedelta(hours=10)},
    {"opened_from": NOW - timedelta(hours=90), "partner": "433100", "states": ("granted", "delivered")},
)


@pytest.mark.parametrize("many", [False, True], ids=["few", "many"])
async def test_every_case_that_fits_is_listed_once_in_order(filled: Path, *, many: bool) -> None:
    """Both ways: an index that leads to few cases, and one that leads to more than a page looks through."""
    looked = LOOKED if many else CASES
    database = SqliteDatabase(filled, clock=lambda: NOW)

    def check(tx: Transaction) -> None:
        rows = case_lists.list_newest(tx, Filter(), CASES + 1)
        assert len(rows) == CASES
        longest = 0
        for sides, narrowed in product(SIDES, NARROWED):
            wanted = Filter(sides=sides, **narrowed)  # type: ignore[arg-type]
            right = by_hand(rows, wanted)
            for limit in (1000, 7):
                found, pages = paged(tx, wanted, limit, looked)
                assert found == right, (wanted, limit)
                longest = max(longest, pages if limit == 1000 else 0)
            assert [row.case_id for row in case_lists.list_newest(tx, wanted, 1000)] == right
            counted = case_lists.count(tx, wanted, 1000, looked=looked)
            assert counted.cases == len(right) or (counted.more and counted.cases < len(right)), wanted
            assert counted.more is False or many
        assert (longest > 1) is many, "the bound was met"

    try:
        await database.read(check)
    finally:
        await database.close()


async def test_a_count_ends_at_its_bound(filled: Path) -> None:
    database = SqliteDatabase(filled, clock=lambda: NOW)
    try:
        for most, more in ((10, True), (CASES, False)):
            counted = await database.read(lambda tx, most=most: case_lists.count(tx, Filter(), most))
            assert (counted.cases, counted.more) == (most, more)
    finally:
        await database.close()
