"""Saved views: kept without anything about a person, run with the rights of now, renamed, removed, bounded, each person's own."""

import re
from pathlib import Path

from gateway.flows.people.saving_views import MOST_VIEWS
from tests.console.people_build import ENSHI, QIANJIANG, Console, Visitor, a_console
from tests.console.test_operations_search import taken_in


async def save(visitor: Visitor, view_name: str, /, **typed: str) -> str:
    """Search, and keep it under a name by the form that the page then has; return the id of the view."""
    await visitor.get("/search")
    text = await visitor.post("/search", **typed)
    form = text.split('action="/search/views"')[1]
    hidden = dict(re.findall(r'type="hidden" name="(?!page_token)(\w+)" value="([^"]*)"', form))
    await visitor.post("/search/views", view_name=view_name, **hidden)
    return visitor.address.rpartition("/")[2]


async def kept(console: Console) -> str:
    """All that is in the store of views, as text."""
    database = console.regions[QIANJIANG].gateway.database
    return str(await database.read(lambda tx: tx.rows("SELECT * FROM saved_views")))


async def test_a_view_is_saved_run_renamed_and_removed(tmp_path: Path) -> None:
    async with a_console(tmp_path) as console, console.signed_in("window") as visitor:
        case_id = await taken_in(console)
        view = await save(visitor, "  给恩施的  近期 ", partner=ENSHI, within="30")
        assert visitor.status == 200
        assert f"/cases/{case_id}" in visitor.text
        assert f'href="/search/views/{view}" aria-current="page">给恩施的 近期<' in visitor.text
        await visitor.get("/window")
        assert f'<a href="/search/views/{view}">给恩施的 近期</a>' in visitor.text
        await visitor.get(f"/search/views/{view}")
        await visitor.post(f"/search/views/{view}", do="rename", view_name="恩施三十天")
        assert visitor.address == f"/search/views/{view}"
        assert "恩施三十天" in visitor.text
        await visitor.post(f"/search/views/{view}", do="remove", view_name="恩施三十天")
        assert visitor.address == "/search"
        assert "恩施三十天" not in visitor.text
        await visitor.get(f"/search/views/{view}")
        assert visitor.status == 404
        assert "VIEW_UNKNOWN" in visitor.text
        await visitor.post(f"/search/views/{view}", do="remove")
        assert visitor.address == "/search"  # gone is gone
        acts = [one.act for one in reversed(await console.desk.read_audit(0, "", view))]
        assert acts == ["view.saved", "view.renamed", "view.removed"]
        (run, *_) = await console.desk.read_audit(0, "case.searched", "cases")
        assert f"view={view}" in run.detail


async def test_nothing_about_a_person_is_kept_and_the_page_says_so(tmp_path: Path) -> None:
    async with a_console(tmp_path) as console, console.signed_in("window") as visitor:
        await save(visitor, "有姓名的", partner=ENSHI, name="覃远山", id_number="11010119800101001X", number="TB500114")
        await visitor.get("/search")
        await visitor.post(
            "/search/views", view_name="硬塞的", partner=ENSHI, name="覃远山", id_number="11010119800101001X"
        )
        assert visitor.status == 200
        stored = await kept(console)
        assert "有姓名的" in stored
        assert "硬塞的" in stored
        assert "覃远山" not in stored
        assert "11010119800101001X" not in stored
        assert "TB500114" not in stored
        await visitor.get("/search")
        text = await visitor.post("/search", name="覃远山")
        assert 'action="/search/views"' not in text
        await visitor.post("/search/views", view_name="只有姓名", name="覃远山")
        assert visitor.status == 422
        assert "没有可以保存的条件" in visitor.text
        await visitor.get("/search")
        assert "编号、姓名和证件号码不保存" in await visitor.post("/search", partner=ENSHI)


async def test_names_are_bounded_and_their_own_and_so_are_views(tmp_path: Path) -> None:
    async with a_console(tmp_path) as console, console.signed_in("window") as visitor:
        first = await save(visitor, "甲", partner=ENSHI)
        assert await save(visitor, "甲", partner=ENSHI) == first  # sent twice, saved once
        for name, state, told in (
            ("", "", "没有名称"),
            ("长" * 21, "", "没有名称"),
            ("甲", "granted", "已有同名的视图"),
        ):
            await visitor.get("/search")
            text = await visitor.post("/search/views", view_name=name, partner=ENSHI, state=state)
            assert visitor.status == 422
            assert told in text
        for n in range(MOST_VIEWS - 1):
            await save(visitor, f"第{n}", partner=ENSHI)
        await visitor.get("/search")
        text = await visitor.post("/search/views", view_name="多了", partner=ENSHI)
        assert visitor.status == 422
        assert f"已有 {MOST_VIEWS} 个视图" in text
        async with console.signed_in("handler") as other:
            assert "甲" not in await other.get("/search")
            await other.get(f"/search/views/{first}")
            assert other.status == 404
            for do in ("rename", "remove"):
                await other.get("/search")
                await other.post(f"/search/views/{first}", do=do, view_name="乙")
            assert "乙" not in await kept(console)
        await visitor.get(f"/search/views/{first}")
        assert visitor.status == 200


async def test_lately_counts_days_up_to_today_and_excludes_dates(tmp_path: Path) -> None:
    async with a_console(tmp_path) as console, console.signed_in("window") as visitor:
        await taken_in(console)
        await visitor.get("/search")
        assert "共 1 件" in re.sub(r"\s+", " ", await visitor.post("/search", within="7"))
        for fields, told in (
            ({"within": "7", "from": "2026-01-01"}, "与收件日期重复"),
            ({"within": "8"}, "没有这个范围"),
        ):
            await visitor.get("/search")
            text = await visitor.post("/search", **fields)
            assert visitor.status == 422
            assert told in text
