"""A console whose disk is full: pages say so and what to do, nothing is half done, operators still look, and all is well with room."""

import asyncio
import hashlib
import html
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager

import pytest

from tests.console.acts_build import hidden
from tests.console.killable_console import Killable, furnish, running
from tests.console.test_killed_in_mid_act import PHOTO, WHOLE, hidden_fields, stored
from tests.console.test_window_files import piece
from tests.console.window_build import FORM, TYPED, send
from tests.faults.disks import CONTROL_BYTES, FULL, PASS, Disk, NoCompiler, built, control_of

pytestmark = pytest.mark.slow
FULL_IS = re.compile("数据库无法写入|磁盘已满|磁盘剩余")
DO = re.compile("检查磁盘空间与权限|清理或扩充磁盘")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Killable]:
    folder = tmp_path_factory.mktemp("town")
    try:
        layer = built(folder)
    except NoCompiler as missing:
        pytest.skip(str(missing))
    made = asyncio.run(furnish(folder, 2))
    control_of(made.site).write_bytes(bytes(CONTROL_BYTES))
    made.layer = layer
    yield made
    assert made.site.process is None


@pytest.fixture
async def gateway(home: Killable) -> AsyncIterator[Killable]:
    said = {
        "LD_PRELOAD": str(home.layer),
        "DRILL_DISK_FOLDER": str(home.site.folder / "data"),
        "DRILL_DISK_CONTROL": str(control_of(home.site)),
    }
    async with running(home, **said) as one:
        yield one


@contextmanager
def full(gateway: Killable) -> Iterator[None]:
    """The disk is full while the block runs, and something met that."""
    disk = Disk(control_of(gateway.site))
    before = disk.bites
    disk.turn(FULL)
    try:
        yield
    finally:
        disk.turn(PASS)
    assert disk.bites > before


async def test_an_act_is_refused_with_cause_and_way_out_and_done_when_there_is_room(gateway: Killable) -> None:
    number = gateway.cases.pop()
    path = f"/cases/{number}/acts/received_by_handler"
    async with gateway.signed_in("handler") as visitor, gateway.signed_in("operator") as operator:
        await visitor.get(path)
        form, page = hidden(visitor), visitor.text
        with full(gateway):
            text = await visitor.post(path, **form, handler_number="QJ-1")
            assert visitor.status == 503
            assert FULL_IS.search(text), text
            assert DO.search(text), text
            await visitor.get(f"/cases/{number}")
            assert visitor.status == 503, "no case is shown to anybody without a row of it"
            assert await visitor.get("/")
            assert visitor.status == 200, "what waits can be seen"
            for looked in ("/", "/partners", "/queue", "/keys", "/systems"):
                await operator.get(looked)
                assert operator.status == 200, f"{looked}: whoever has to mend it sees what is so"
        log = (gateway.site.folder / "gateway.log").read_text(encoding="utf-8")
        assert log.count("page.not_noted") == 4
        assert "QJ-1" not in await visitor.get(f"/cases/{number}"), "nothing was half done"
        assert visitor.status == 200
        visitor.text = page
        await visitor.post(path, **form, handler_number="QJ-1")
        assert (visitor.status, visitor.address) == (200, f"/cases/{number}"), visitor.text
    await gateway.kill()
    assert stored(gateway, "SELECT COUNT(*) FROM events WHERE case_id = ?", number) == [(2,)]


async def test_an_upload_is_refused_and_what_is_typed_stays(gateway: Killable) -> None:
    content = PHOTO + b"." * 3_000_000
    sha256, size = hashlib.sha256(content).hexdigest(), len(content)
    async with gateway.signed_in("window") as visitor:
        await visitor.get(FORM)
        await send(visitor, FORM, TYPED, do="keep")
        draft = re.search(r"/take-in/form\?[^\"]*draft=[0-9a-f]+[^\"]*", visitor.text)
        assert draft
        path, page = html.unescape(draft[0]), visitor.text
        with full(gateway):
            for one in (content, PHOTO):  # spooled on disk, and in memory
                visitor.text = page
                text = await send(visitor, path, TYPED, [("file.0", "照片.jpg", one)], do="keep")
                assert visitor.status in (200, 422, 503), visitor.status
                assert FULL_IS.search(text), text
                assert DO.search(text), text
                assert "held.0" not in hidden_fields(text)
            visitor.text = page
            status, told = await piece(visitor, sha256, content[:1_000_000], f"bytes 0-999999/{size}")
            assert status == 503
            assert told["reason"] in ("STORE_NOT_WRITABLE", "DISK_FULL", "DISK_LOW")
            assert FULL_IS.search(str(told["problem"]))
            status, told = await piece(visitor, sha256, b"", f"bytes */{size}")
            assert (status, told["offset"], told["complete"]) == (200, 0, False)
            text = await send(visitor, path, WHOLE)
            assert visitor.status == 503 or "还没有上传" in text or FULL_IS.search(text)
        data = gateway.site.folder / "data"
        assert not [one.name for one in data.iterdir() if one.name.startswith("tmp")]
        text = await visitor.get(path)
        assert 'value="向小满"' in text, "the draft is as it was"
        await send(visitor, path, WHOLE, [("file.0", "照片.jpg", content)])
        assert visitor.address.endswith("/slip"), visitor.text
    await gateway.kill()
    assert stored(gateway, "SELECT COUNT(*) FROM cases WHERE party = 'origin'") == [(1,)]
