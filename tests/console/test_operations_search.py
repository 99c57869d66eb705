"""Searching cases by whole values, taking lists along, and the audit of both; and the audit itself as a file."""

import csv
import io
import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from openpyxl import load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from gateway.case.model import Person
from gateway.console.export import as_csv, as_xlsx, harmless
from gateway.flows.people.searching import A_PIECE, MOST_EXPORTED
from gateway.store import case_lists
from gateway.store.case_lists import Filter
from gateway.store.database import Transaction
from gateway.store.migrating import migrate
from gateway.store.sqlite import SqliteDatabase
from tests.console.people_build import ENSHI, QIANJIANG, Console, Visitor, a_console

NOW = datetime(2026, 11, 25, 2, 0, tzinfo=UTC)


async def taken_in(console: Console, name: str = "覃远山") -> str:
    """A case of 黔江's window for 恩施, of an applicant with this name."""
    here = console.regions[QIANJIANG]
    case = here.a_case(ENSHI)
    assert isinstance(case.applicant, Person)
    return await here.submit(replace(case, applicant=replace(case.applicant, name=name)))


def grouped(case_id: str) -> str:
    return " ".join(case_id[at : at + 4] for at in range(0, len(case_id), 4))


async def found(visitor: Visitor, **fields: str) -> list[str]:
    await visitor.get("/search")
    text = await visitor.post("/search", **fields)
    assert visitor.status == 200, text
    return re.findall(r'href="/cases/(\w+)"', text)


async def test_a_case_is_found_by_each_of_its_whole_values(tmp_path: Path) -> None:
    async with a_console(tmp_path) as console:
        case_id = await taken_in(console, name="欧阳 秀兰")
        other = await taken_in(console, name="覃远山")
        view = await console.regions[QIANJIANG].view(case_id)
        assert isinstance(view.case.applicant, Person)
        number = view.case.applicant.certificate_number
        async with console.signed_in("window") as visitor:
            assert await found(visitor, number=grouped(case_id).lower()) == [case_id]
            assert await found(visitor, number=view.case.origin_number) == [case_id]
            assert await found(visitor, name="欧阳秀兰") == [case_id]
            assert await found(visitor, name="欧阳") == []
            assert set(await found(visitor, id_number=f" {number.lower()} ")) == {case_id, other}
            assert await found(visitor, id_number=number[:-1]) == []
            assert set(await found(visitor, item=view.row.basic_code, partner=ENSHI)) == {case_id, other}
            assert await found(visitor, partner="433100") == []
            assert set(await found(visitor, state=view.row.standing.state.value)) == {case_id, other}
            assert await found(visitor, state="granted") == []
            day = view.row.opened_at.date().isoformat()
            assert len(await found(visitor, **{"from": day, "to": day})) == 2
            assert await found(visitor, **{"from": "2001-01-01", "to": "2001-01-02"}) == []
            assert await found(visitor, name="欧阳秀兰", state="granted") == []


async def test_nobody_finds_what_they_may_not_see_and_no_search_tells_a_name(tmp_path: Path) -> None:
    async with a_console(tmp_path) as console:
        case_id = await taken_in(console, name="覃远山")
        async with console.signed_in("handler") as visitor:
            assert await found(visitor, name="覃远山") == []
            assert await found(visitor, number=case_id) == []
        async with console.signed_in("window") as visitor:
            assert await found(visitor, name="覃远山") == [case_id]
            assert "覃远山" not in re.sub(r'value="覃远山"', "", visitor.text)
        rows = await console.desk.read_audit(0, "case.searched", "cases")
        assert [one.outcome for one in rows] == ["1", "0", "0"]
        assert [one.detail for one in rows] == ["by name", "by number", "by name"]
        assert "覃远山" not in str(await console.desk.read_audit(0, "", ""))


async def test_what_cannot_be_looked_for_is_told_next_to_its_field(tmp_path: Path) -> None:
    async with a_console(tmp_path) as console, console.signed_in("window") as visitor:
        for fields, told in (
            ({"from": "yesterday"}, "不是日期"),
            ({"from": "2026-02-02", "to": "2026-02-01"}, "截止日期早于起始日期"),
            ({"state": "lost"}, "没有这个状态"),
            ({"name": "覃" * 101}, "太长"),
        ):
            await visitor.get("/search")
            text = await visitor.post("/search", **fields)
            assert visitor.status == 422
            assert re.search(rf'class="problem">{told}', text), fields


async def test_a_list_leaves_as_a_file_for_a_reason_masked_and_noted(tmp_path: Path) -> None:
    async with a_console(tmp_path) as console:
        case_id = await taken_in(console, name="覃远山")
        async with console.signed_in("window") as visitor:
            await found(visitor, name="覃远山")
            await visitor.post("/search/export", name="覃远山", reason="查", kind="csv")
            assert visitor.status == 422
            assert "没有写原因" in visitor.text
            await visitor.post("/search/export", name="覃远山", reason="月度核对", kind="csv")
            assert visitor.status == 200
            assert "attachment" in visitor.headers["Content-Disposition"]
            assert visitor.text.startswith("\ufeff") or visitor.text.startswith('"协同编号"')
            rows = list(csv.reader(io.StringIO(visitor.text.removeprefix("\ufeff"))))
            assert rows[0][0] == "协同编号"
            assert rows[1][0] == case_id
            assert rows[1][5] == "覃**"
            assert "覃远山" not in visitor.text
        (row,) = await console.desk.read_audit(0, "case.exported", "cases")
        assert (row.outcome, row.detail) == ("1", "csv by name; 月度核对")


async def test_pages_and_exports_go_on_where_the_one_before_stopped(tmp_path: Path) -> None:
    async with a_console(tmp_path) as console:
        made = [await taken_in(console) for _ in range(52)]
        async with console.signed_in("window") as visitor:
            first = await found(visitor)
            assert len(first) == 50
            hidden = dict(re.findall(r'name="(after_\w+)" value="([^"]*)"', visitor.text))
            text = await visitor.post("/search", **hidden)
            rest = re.findall(r'href="/cases/(\w+)"', text)
            assert sorted(first + rest) == sorted(made)
        assert A_PIECE < MOST_EXPORTED


async def test_older_cases_get_their_name_and_removed_ones_do_not(tmp_path: Path) -> None:
    async with a_console(tmp_path) as console:
        case_id, gone = await taken_in(console, name="覃远山"), await taken_in(console, name="覃远山")
        database = console.regions[QIANJIANG].gateway.database

        def as_before(tx: Transaction) -> None:
            tx.execute("UPDATE cases SET name_key = x''")
            tx.execute("UPDATE cases SET private = x'' WHERE case_id = :id", {"id": gone})

        await database.write(as_before)
        async with console.signed_in("window") as visitor:
            assert await found(visitor, name="覃远山") == []
            assert await console.desk.searching.name_some() == 1
            assert await console.desk.searching.name_some() == 0
            assert await found(visitor, name="覃远山") == [case_id]


DESK = (("origin", "500114"),)
REGION = (("handler", "4228"),)
SORTED = "USE TEMP B-TREE FOR ORDER BY"


@pytest.mark.parametrize(
    ("wanted", "along", "index", "sorts"),
    [
        (Filter(number="1"), "keyed", "cases_by_origin_number", True),
        (Filter(number="1"), "keyed", "cases_by_handler_number", True),
        (Filter(name_key=b"1"), "name_key", "cases_by_name", False),
        (Filter(applicant_key=b"1"), "applicant_key", "cases_by_applicant", False),
        (Filter(name_key=b"1", state="granted", partner=ENSHI, opened_from=NOW), "name_key", "cases_by_name", False),
        (Filter(partner=ENSHI), "partner", "cases_by_partner", False),
        (Filter(partner=ENSHI, basic_code="1", states=("granted", "denied")), "partner", "cases_by_partner", False),
        (Filter(partner=ENSHI, basic_code="1", opened_from=NOW, opened_to=NOW), "basic_code", "cases_by_code", False),
        (Filter(partner=ENSHI, after=(NOW, "TB")), "partner", "cases_by_partner", False),
        (Filter(state="granted", partner=ENSHI), "state", "cases_by_state", False),
        (Filter(partner=ENSHI, state="granted"), "county", "cases_by_county", False),
        (Filter(opened_from=NOW, opened_to=NOW), "", "cases_by_opening", False),
        (Filter(), "", "cases_by_opening", False),
        (Filter(due_before=NOW), "", "cases_by_pressing", False),
    ],
)
async def test_each_way_to_search_is_led_by_its_index(
    tmp_path: Path, wanted: Filter, along: str, index: str, *, sorts: bool
) -> None:
    """The plan is that of an empty store, on which SQLite would rather read everything: nothing is left to its guesses."""
    path = tmp_path / "store.db"
    migrate(path, now=NOW)
    database = SqliteDatabase(path, clock=lambda: NOW)
    try:
        for sides in (DESK, REGION):
            if along == "county" and sides is REGION:
                continue
            sql, facts = case_lists.statement(wanted, sides, along, 51, floor=None if sorts else (NOW, "TB"))
            plan = await database.read(
                lambda tx, sql=sql, facts=facts: str(tx.rows(f"EXPLAIN QUERY PLAN {sql}", facts))
            )
            assert index in plan, plan
            assert "SCAN cases" not in plan or index == "cases_by_opening", plan
            assert (SORTED in plan) is sorts, plan
    finally:
        await database.close()


async def test_an_auditor_takes_the_audit_along_and_that_is_noted(tmp_path: Path) -> None:
    async with a_console(tmp_path) as console:
        await taken_in(console)
        day = console.desk.clock().date().isoformat()
        async with console.signed_in("auditor") as visitor:
            await visitor.get("/audit")
            text = await visitor.post(
                "/audit/export", kind="csv", who="all", act="case.submit", **{"from": day, "to": day}
            )
            rows = list(csv.reader(io.StringIO(text.removeprefix("\ufeff"))))
            assert visitor.status == 200
            assert [row[5] for row in rows[1:]] == ["case.submit"]
            await visitor.get("/audit")
            text = await visitor.post("/audit/export", kind="csv", act="", subject="", **{"from": day, "to": day})
            acts = [row[5] for row in csv.reader(io.StringIO(text))]
            assert "audit.exported" in acts
            assert "auditor员 (auditor)" in text
            for days in ({"from": "", "to": day}, {"from": "2026-02-02", "to": "2026-02-01"}):
                await visitor.get("/audit")
                await visitor.post("/audit/export", kind="csv", **days)
                assert visitor.status == 422


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠"])
def test_no_cell_is_a_formula(start: str) -> None:
    evil = f"{start}cmd|' /C calc'!A0"
    assert harmless(evil) == f"'{evil}"
    (row,) = csv.reader(io.StringIO(as_csv([[evil, 'a"b,c\nd']]).decode("utf-8-sig"), newline=""))
    assert row == [f"'{evil}", 'a"b,c\nd']
    sheet = load_workbook(io.BytesIO(as_xlsx([["名"], [evil], ["\x00\x1b[2J安"]]))).active
    assert isinstance(sheet, Worksheet)
    cells = [cell for (cell,) in sheet.iter_rows()]
    assert all(cell.data_type == "s" for cell in cells)
    assert cells[2].value == "[2J安"
