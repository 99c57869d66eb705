"""The audit: who, what, when, from where and why; filtered, exported, chained and verified; and altered by nobody unseen."""

import csv
import io
import re
from datetime import timedelta
from pathlib import Path

import pytest
from aiohttp.test_utils import make_mocked_request

from gateway.app.audit_sealing import audit_chain
from gateway.console.call import Call
from gateway.console.noting import page_of
from gateway.console.routes import ROUTES
from gateway.flows.audit_chain import AuditChain, Verified
from gateway.local.routes import ROUTES as LOCAL_ROUTES
from gateway.store import audit, audit_seals, retention
from gateway.store.audit import Asked
from gateway.store.database import Transaction
from tests.console.people_build import QIANJIANG, Console, a_console
from tests.console.test_operations_search import taken_in

SOURCES = {file.as_posix(): file.read_text(encoding="utf-8") for file in Path("gateway").rglob("*.py")}


def chain_of(console: Console) -> AuditChain:
    here = console.regions[QIANJIANG]
    return audit_chain(here.gateway, here.settings)


async def sealed_twice(console: Console) -> AuditChain:
    """Two heads over the audit of some acts."""
    chain = chain_of(console)
    await taken_in(console)
    assert await chain.seal()
    async with console.signed_in("window") as visitor:
        await visitor.get("/window")
    assert await chain.seal()
    assert await chain.seal() is None
    return chain


async def spoil(console: Console, *statements: str) -> None:
    """Change the store as somebody would who has the file and not the key."""

    def change(tx: Transaction) -> None:
        tx.execute("DROP TRIGGER IF EXISTS audit_stays")
        for one in statements:
            tx.execute(one)

    await console.regions[QIANJIANG].gateway.database.write(change)


async def test_an_auditor_sees_who_what_when_from_where_and_why(tmp_path: Path) -> None:
    async with a_console(tmp_path) as console:
        case_id = await taken_in(console)
        async with console.signed_in("window") as window:
            await window.get(f"/cases/{case_id}")
            await window.post(f"/cases/{case_id}/unmask", reason="核对申请人电话")
        async with console.signed_in("auditor") as visitor:
            text = await visitor.get("/audit")
            row = next(one for one in re.findall(r"<tr>.*?</tr>", text, re.DOTALL) if "查看完整信息" in one)
            for told in ("window员 (window)", "127.0.0.1", case_id, "核对申请人电话", "202"):
                assert told in row
            assert "system:window" not in text, "people first: systems are asked for"
            assert "system:window" in await visitor.get("/audit?who=all")
            person = next(p for p in await console.desk.accounts.everybody() if p.login == "window")
            text = await visitor.get(f"/audit?who=person:{person.person_id}&act=case.")
            assert "查看办件" in text
            assert re.findall(r"<td>(?:登录|打开页面)</td>", text) == []
            assert "查看办件" in await visitor.get(f"/audit?subject={case_id}")
            day = console.desk.clock().date()
            assert "查看办件" in await visitor.get(f"/audit?from={day}&to={day}")
            later = day + timedelta(days=2)
            assert "查看办件</td>" not in await visitor.get(f"/audit?from={later}&to={later}")
            await visitor.get("/audit")
            text = await visitor.post("/audit/export", kind="csv", **{"from": str(day), "to": str(day)})
            rows = list(csv.reader(io.StringIO(text.removeprefix("\ufeff"))))
            unmasked = next(one for one in rows if "case.unmasked" in one)
            assert {"window员 (window)", "127.0.0.1", "查看完整信息", case_id, "核对申请人电话"} <= set(unmasked)
            assert all("system:" not in one[2] for one in rows)


async def test_every_row_of_a_person_names_from_where_and_no_other_does(tmp_path: Path) -> None:
    async with a_console(tmp_path) as console:
        await taken_in(console)
        before = len(await console.desk.read_audit(0, "", ""))
        async with console.signed_in("operator") as visitor:
            await visitor.get("/partners")
            await visitor.get("/cases/TB1")
        async with console.visitor() as visitor:
            await visitor.sign_in("window", "Wrong-passw0rd")
        database = console.regions[QIANJIANG].gateway.database
        rows, _ = await database.read(lambda tx: audit.page(tx, Asked(), 1000))
        new = rows[: len(rows) - before]
        assert {(one.act, one.outcome, one.subject) for one in new} >= {
            ("page.opened", "done", "/partners"),
            ("page.refused", "ROLE_LACKS_RIGHT", "/cases/TB1"),
        }
        assert all(one.address == "127.0.0.1" for one in new)
        assert all(one.address == "" for one in rows if not one.actor.startswith("person:"))
        await taken_in(console)  # what comes after a request is not taken for a part of it
        (row, *_) = await console.desk.read_audit(0, "case.submit", "")
        assert row.address == ""


def test_a_one_time_link_that_was_refused_is_not_told_to_whoever_reads_the_audit() -> None:
    route = next(one for one in ROUTES if one.path == "/link/{token}")
    asked = make_mocked_request("GET", "/link/a", match_info={"token": "4f6cA-still_good.1"})

    assert page_of(Call(asked, "zh", None, {}), route) == "/link/…"


async def test_a_look_is_bounded_and_goes_on(tmp_path: Path) -> None:
    async with a_console(tmp_path) as console:
        database, now = console.regions[QIANJIANG].gateway.database, console.desk.clock()

        def fill(tx: Transaction) -> None:
            audit.note(tx, now, "person:1", "case.viewed", "first")
            tx.many(
                "INSERT INTO audit (at, actor, act, subject, outcome, detail) VALUES (0, 'system:x', 'a', 'b', 'done', '')",
                [{} for _ in range(audit.LOOKED_THROUGH + 10)],
            )

        await database.write(fill)
        asked = Asked(act="case.viewed")
        rows, older = await database.read(lambda tx: audit.page(tx, asked, 10))
        assert rows == []
        assert older
        again = Asked(act="case.viewed", before=older)
        rows, older = await database.read(lambda tx: audit.page(tx, again, 10))
        assert ([one.subject for one in rows], older) == (["first"], 0)
        for led in (Asked(actor="person:1"), Asked(people=True, act="case."), Asked(subject="first")):
            rows, older = await database.read(lambda tx, led=led: audit.page(tx, led, 1))
            assert rows[0].subject == "first", "an index leads past what systems did"


@pytest.mark.parametrize(
    ("asked", "index"),
    [
        (Asked(subject="x", people=True, act="a"), "audit_by_subject"),
        (Asked(actor="person:1"), "audit_by_person"),
        (Asked(people=True), "audit_of_people"),
    ],
)
async def test_what_people_did_is_found_by_an_index(tmp_path: Path, asked: Asked, index: str) -> None:
    async with a_console(tmp_path) as console:

        def explained(tx: Transaction) -> str:
            where, facts = audit._where(asked)
            sql = (
                f"SELECT * FROM audit WHERE position < :before AND {' AND '.join(where)} ORDER BY position DESC LIMIT 1"
            )
            return str(tx.rows(f"EXPLAIN QUERY PLAN {sql}", facts | {"before": 9}))

        plan = await console.regions[QIANJIANG].gateway.database.read(explained)
        assert index in plan
        assert "SCAN" not in plan
        assert "TEMP B-TREE" not in plan


async def test_a_whole_audit_is_verified_from_the_page_and_that_is_noted(tmp_path: Path) -> None:
    async with a_console(tmp_path) as console:
        chain = await sealed_twice(console)
        done = await chain.verify()
        assert done.holds
        assert done.seals == 2
        async with console.signed_in("auditor") as visitor:
            await visitor.get("/audit")
            text = await visitor.post("/audit/verify", head=done.head.upper())
            assert "审计完整, 没有改动" in text
            assert done.head in text
            assert "填写的链头在链上" in text
            await visitor.get("/audit")
            text = await visitor.post("/audit/verify", head="0" * 64)
            assert "填写的链头不在所核验的链上" in text
            tomorrow = (console.desk.clock() + timedelta(days=1)).date().isoformat()
            await visitor.get("/audit")
            assert "没有已封存的行可核验" in await visitor.post("/audit/verify", since=tomorrow)
        outcomes = [one.outcome for one in await console.desk.read_audit(0, "audit.verified", "audit")]
        assert outcomes == ["holds", "broken", "holds"]


ALTERED = {
    "a row is altered": ("UPDATE audit SET detail = 'nothing' WHERE position = 2", "改动过"),
    "an address is altered": ("UPDATE audit SET address = '10.0.0.1' WHERE position = 2", "改动过"),
    "a row is moved in time": ("UPDATE audit SET at = at + 1 WHERE position = 2", "改动过"),
    "a row is taken out": ("DELETE FROM audit WHERE position = 2", "有增或有减"),
    "the first rows are taken out": ("DELETE FROM audit WHERE position <= 2", "保存期未满"),
    "all rows are taken out": ("DELETE FROM audit", "保存期未满"),
    "the first head is taken out": ("DELETE FROM audit_seals WHERE first = 1", "保存期未满"),
    "a head is made anew": ("UPDATE audit_seals SET head = randomblob(32)", "密钥"),
    "a head is counted anew": ("UPDATE audit_seals SET rows = rows - 1 WHERE first = 1", "密钥"),
}


@pytest.mark.parametrize(("statement", "told"), ALTERED.values(), ids=ALTERED.keys())
async def test_what_is_altered_in_the_store_is_found(tmp_path: Path, statement: str, told: str) -> None:
    async with a_console(tmp_path) as console:
        chain = await sealed_twice(console)
        await spoil(console, statement)
        done = await chain.verify()
        assert not done.holds
        assert told in done.broken[0].why.zh
        async with console.signed_in("auditor") as visitor:
            await visitor.get("/audit")
            text = await visitor.post("/audit/verify")
            assert "审计被改动过" in text


async def test_a_cut_off_end_is_found_by_a_head_that_was_written_down(tmp_path: Path) -> None:
    async with a_console(tmp_path) as console:
        chain = await sealed_twice(console)
        head = (await chain.verify()).head
        await spoil(
            console,
            "DELETE FROM audit WHERE position > (SELECT MIN(last) FROM audit_seals)",
            "DELETE FROM audit_seals WHERE last > (SELECT MIN(last) FROM audit_seals)",
        )
        assert (await chain.verify()).holds, "nothing in the store tells"
        assert not (await chain.verify(head=head)).holds


async def test_rows_that_were_kept_long_enough_may_go(tmp_path: Path) -> None:
    async with a_console(tmp_path) as console:
        chain = await sealed_twice(console)
        here = console.regions[QIANJIANG]
        now = here.clock()
        here.clock.pass_time(days=chain.kept.days + 1)
        await here.gateway.database.write(lambda tx: retention.remove_audit(tx, now + timedelta(hours=1), 7))
        async with console.signed_in("auditor"):
            pass
        assert await chain.seal()
        done = await chain.verify()
        assert done.holds, done.broken
        await here.gateway.database.write(lambda tx: retention.remove_audit(tx, now + timedelta(hours=1), 10_000))
        assert await here.gateway.database.read(lambda tx: len(audit_seals.after(tx, 0, 10))) == 2
        assert (await chain.verify()).holds


async def test_many_rows_are_sealed_in_pieces_and_since_a_day(tmp_path: Path) -> None:
    async with a_console(tmp_path) as console:
        here, chain = console.regions[QIANJIANG], chain_of(console)

        def many(tx: Transaction) -> None:
            for n in range(5_100):
                audit.note(tx, here.clock(), "system:x", "a", str(n), detail="“双引号”, 𠮷 12:34\n换行")

        await here.gateway.database.write(many)
        first, second = await chain.seal(), await chain.seal()
        assert first
        assert second
        assert first.rows == 5_000
        here.clock.pass_time(days=1)
        await here.gateway.database.write(many)
        while await chain.seal():
            pass
        whole: Verified = await chain.verify()
        part = await chain.verify(since=here.clock())
        assert whole.holds
        assert part.holds
        assert (whole.seals, part.seals) == (4, 2)


async def test_no_statement_changes_a_row_and_no_page_or_local_route_could(tmp_path: Path) -> None:
    async with a_console(tmp_path) as console:
        database = console.regions[QIANJIANG].gateway.database

        def change(tx: Transaction) -> None:
            with pytest.raises((Exception,)) as refused, tx.savepoint():
                tx.execute("UPDATE audit SET detail = '' WHERE position = 1")
            assert "not changed" in repr(refused.value) + repr(refused.value.__cause__)

        await database.write(change)
    writes = re.compile(
        r"(?:UPDATE|DELETE FROM|REPLACE INTO|INSERT OR \w+ INTO|INSERT INTO) audit(?:\b|_)(?!_stays)", re.ASCII
    )
    found = {(file, one) for file, text in SOURCES.items() for one in writes.findall(text)}
    assert found == {
        ("gateway/store/audit.py", "INSERT INTO audit"),
        ("gateway/store/audit_seals.py", "INSERT INTO audit_"),
        ("gateway/store/audit_seals.py", "DELETE FROM audit_"),
        ("gateway/store/retention.py", "DELETE FROM audit"),
    }
    assert not [one for one in LOCAL_ROUTES if "audit" in one.path]
