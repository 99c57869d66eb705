"""A store of the days when everybody at the console shared one holder: it opens, its drafts work, and its files count as missing."""

import html
import json
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gateway.app.console_door import desk
from gateway.app.console_listening import console_listening
from gateway.app.material_flows import material_sweeper
from gateway.console.app import console_app
from gateway.store.feed import CONSOLE
from tests.build import a_digest
from tests.console.people_build import TOKEN, Console, Visitor
from tests.console.window_build import FORM, TYPED, a_window, send, the_item

OLD = b"\xff\xd8\xff a photograph of before"
HERE = "500114"


@pytest.fixture
async def console(tmp_path: Path) -> AsyncIterator[Console]:
    async with a_window(tmp_path, the_item()) as one:
        yield one


async def _bytes(content: bytes) -> AsyncIterator[bytes]:
    yield content


async def uploaded_then(console: Console) -> None:
    """Keep a file as the console did then, under the name of the console itself."""
    transfer = console.regions[HERE].gateway.transfer
    await transfer.take_material(CONSOLE, a_digest(OLD), len(OLD), 0, _bytes(OLD))
    half = transfer.take_material(CONSOLE, a_digest(b"half"), 4, 0, _bytes(b"ha"))
    assert not (await half).complete


async def standing(visitor: Visitor, content: bytes) -> dict[str, object]:
    found = TOKEN.search(visitor.text)
    assert found
    headers = {"Tongban-Page": found[1], "Content-Range": f"bytes */{len(content)}"}
    async with visitor.session.post(f"{visitor.url}/take-in/files/{a_digest(content)}", headers=headers) as answer:
        assert answer.status == 200
        return dict(await answer.json())


async def test_files_of_then_count_as_missing_and_lapse_and_what_is_brought_again_stays(console: Console) -> None:
    await uploaded_then(console)
    here, held = console.regions[HERE], json.dumps([a_digest(OLD), len(OLD), "image/jpeg", "照片.jpg"])
    async with console.signed_in("window") as visitor:
        await visitor.get(FORM)
        await send(visitor, FORM, {**TYPED, "copies.1": "1", "held.0": held}, do="keep")
        draft = re.search(r"/take-in/form\?[^\"]*draft=[0-9a-f]+[^\"]*", visitor.text)
        assert draft, "a draft that names such a file is kept"
        await console.regions.reopen(here)
        served = desk(here.gateway, here.settings)
        async with console_listening(console_app(served), "127.0.0.1", 0) as port:
            visitor.url = f"http://127.0.0.1:{port}"
            path = html.unescape(draft[0])
            await visitor.get(path)
            assert visitor.status == 200
            assert 'value="向小满"' in visitor.text, "the draft is as it was"
            for content in (OLD, b"half"):
                assert (await standing(visitor, content))["offset"] == 0, "and begins anew"
            await send(visitor, path, {**TYPED, "copies.1": "1"})
            assert visitor.status == 422
            assert "的文件还没有上传: 重新选择文件" in visitor.text
            await send(
                visitor, path, {**TYPED, "copies.1": "1", "drop.0": a_digest(OLD)}, [("file.0", "照片.jpg", OLD)]
            )
            assert visitor.address.endswith("/slip"), visitor.text
            console.regions.clock.pass_time(days=3, hours=1)
            assert (await material_sweeper(here.gateway).sweep()).forgotten >= 2
            assert await here.gateway.files.has(a_digest(OLD)), "the case has it"
            assert not await here.gateway.files.has(a_digest(b"half"))
    rows = await here.gateway.database.read(
        lambda tx: tx.rows("SELECT holder FROM possessions WHERE holder = :holder", {"holder": f"system:{CONSOLE}"})
    )
    assert rows == []


async def test_nothing_of_then_outlives_its_days_where_nobody_comes_back(console: Console) -> None:
    await uploaded_then(console)
    here = console.regions[HERE]
    console.regions.clock.pass_time(days=3, hours=1)
    assert (await material_sweeper(here.gateway).sweep()).forgotten == 2
    console.regions.clock.pass_time(days=1)
    await material_sweeper(here.gateway).sweep()
    assert not await here.gateway.files.has(a_digest(OLD))
