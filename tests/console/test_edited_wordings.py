"""Wordings of notices that are edited while the gateway runs: a good edit counts, a bad one leaves the old and is shown."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import structlog

from gateway.app.following_notices import FollowingNotices
from gateway.case.notice.kinds import NoticeKind
from gateway.settings.notice_files import SHIPPED, load_wordings
from gateway.store import audit
from gateway.store.audit import Asked, Note
from tests.console.people_build import QIANJIANG, Console, a_console

GOOD = (SHIPPED / "acceptance.yaml").read_text("utf-8")


@pytest.fixture
async def console(tmp_path: Path) -> AsyncIterator[Console]:
    async with a_console(tmp_path) as served:
        wordings = served.desk.papers.wordings
        wordings.folder = tmp_path / "notices"
        yield served


def following(console: Console) -> FollowingNotices:
    gateway = console.regions[QIANJIANG].gateway
    return FollowingNotices(gateway, console.desk.papers.wordings, structlog.get_logger("test"))


def write(console: Console, text: str, name: str = "acceptance.yaml") -> None:
    folder = console.desk.papers.wordings.folder
    assert folder
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(text, "utf-8")


async def rows(console: Console) -> list[Note]:
    asked = Asked(act="notice.worded")
    database = console.regions[QIANJIANG].gateway.database
    return (await database.read(lambda tx: audit.page(tx, asked, 10)))[0]


def title(console: Console) -> str:
    return console.desk.papers.printing.numbering.wordings[NoticeKind.ACCEPTANCE].title


async def test_a_good_edit_counts_without_a_restart_and_is_in_the_audit(console: Console) -> None:
    follows = following(console)
    assert await follows.look() is False
    assert title(console) == "受理通知书"
    write(console, GOOD.replace("title: 受理通知书", "title: 受理通知书示例"))
    assert await follows.look() is True
    assert title(console) == "受理通知书示例"
    assert await follows.look() is False
    (row,) = await rows(console)
    assert (row.actor, row.subject, row.outcome) == (f"gateway:{QIANJIANG}", "acceptance", "done")


async def test_a_bad_edit_leaves_the_old_one_and_says_where_it_is_wrong(console: Console) -> None:
    follows = following(console)
    write(console, GOOD.replace("title: 受理通知书", "title: 第一版"))
    assert await follows.look()
    write(console, GOOD.replace("title: 受理通知书", "title: 第二版\nopening: '{applicnt}'"))
    assert await follows.look() is False
    assert title(console) == "第一版"
    finding = next(one for one in console.desk.papers.wordings.findings if one.is_error)
    assert finding.file == "notices/acceptance.yaml"
    assert finding.line > 0
    async with console.signed_in("operator") as visitor:
        page = await visitor.get("/systems")
        assert "notices/acceptance.yaml" in page
        assert f"<td>{finding.line}</td>" in page
        assert "文书用语文件的问题 <strong>1</strong>" in await visitor.get("/")
    write(console, GOOD.replace("title: 受理通知书", "title: 第三版"))
    assert await follows.look()
    assert title(console) == "第三版"
    assert console.desk.papers.wordings.findings == ()
    assert [row.subject for row in await rows(console)] == ["acceptance"] * 2


async def test_one_bad_file_holds_no_other_back_and_a_removed_one_gives_way_to_the_shipped(console: Console) -> None:
    follows = following(console)
    write(console, GOOD.replace("title: 受理通知书", "title: 第一版"))
    write(console, "title: [", "denied.yaml")
    assert await follows.look()
    assert title(console) == "第一版"
    denied = console.desk.papers.wordings[NoticeKind.DENIED]
    assert denied == load_wordings(None)[0][NoticeKind.DENIED]
    folder = console.desk.papers.wordings.folder
    assert folder
    for file in ("acceptance.yaml", "denied.yaml"):
        (folder / file).unlink()
    assert await follows.look()
    assert dict(console.desk.papers.wordings) == load_wordings(None)[0]
