"""Slow uploads cost whoever sends them, and nobody else; they end by a least pace, in the gateway's own time."""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest

from gateway.case.errors import GatewayError
from gateway.case.reasons import Reason
from gateway.flows.window.upload_shares import EACH, LEAST, LOOKED_AT, PIECES, TOTAL, WAITING, Pace, UploadShares
from tests.build import a_digest
from tests.console.people_build import TOKEN, Console, Visitor
from tests.console.window_build import FORM, TYPED, a_window, hidden, send, the_item
from tests.faults.waiting import lapse

BOUNDARY = "----a-slow-line"
SIZE = 200_000
PATIENCE = 20


@pytest.fixture
async def console(tmp_path: Path) -> AsyncIterator[Console]:
    async with a_window(tmp_path, the_item()) as one:
        yield one


DROP = b"y" * 64
"""What a slow line brings at a time; less would be silence (`window_posted.LONGEST_SILENCE`)."""


async def until(holds: Callable[[], bool], *writers: asyncio.StreamWriter) -> None:
    """Wait until something holds; meanwhile these lines bring a little."""
    async with asyncio.timeout(PATIENCE):
        while not holds():
            for writer in writers:
                writer.write(DROP)
            await lapse(0.01)


def head(visitor: Visitor, path: str, length: int, **more: str) -> bytes:
    """The head of a request as a browser with this session sends it."""
    host = visitor.url.removeprefix("http://")
    cookies = "; ".join(f"{one.key}={one.value}" for one in visitor.session.cookie_jar)
    lines = [f"POST {path} HTTP/1.1", f"Host: {host}", f"Cookie: {cookies}", f"Content-Length: {length}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in more.items()]
    return "\r\n".join([*lines, "", ""]).encode()


def token_of(visitor: Visitor) -> str:
    found = TOKEN.search(visitor.text)
    assert found
    return found[1]


def form_with_a_file(visitor: Visitor) -> bytes:
    """A form up to the first byte of its file."""
    kind = f"multipart/form-data; boundary={BOUNDARY}"
    parts = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="page_token"\r\n\r\n{token_of(visitor)}\r\n'
    parts += f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file.0"; filename="a.jpg"\r\n\r\nx'
    return head(visitor, FORM, SIZE, Content_Type=kind) + parts.encode()


@asynccontextmanager
async def connected(visitor: Visitor) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    host, _, port = visitor.url.removeprefix("http://").partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    try:
        yield reader, writer
    finally:
        writer.transport.abort()


async def trickled(
    console: Console, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, began: Awaitable[None]
) -> tuple[bytes, int]:
    """Send a drop every 25 seconds of the gateway's time until it answers; return the answer and how many were sent."""
    await began
    answer, sent = asyncio.ensure_future(reader.readuntil(b"\r\n\r\n")), 0
    while not answer.done():
        sent += 1
        assert sent < 40, "it takes what trickles in for ever"
        console.regions.clock.pass_time(seconds=25)
        writer.write(DROP)
        await asyncio.wait((answer,), timeout=0.1)
    said = answer.result()
    length = re.search(rb"Content-Length: (\d+)", said)
    return said + await reader.readexactly(int(length[1]) if length else 0), sent


async def test_slow_uploads_of_one_person_keep_nobody_else_waiting(console: Console) -> None:
    shares = console.desk.window.files.shares
    async with console.signed_in("window") as slow, AsyncExitStack() as lines:
        await slow.get(FORM)
        writers: list[asyncio.StreamWriter] = []
        for _ in range(EACH + 4):
            _, writer = await lines.enter_async_context(connected(slow))
            writer.write(form_with_a_file(slow))
            writers.append(writer)
        await until(lambda: shares.under_way == EACH, *writers)
        async with console.signed_in("window") as same_room, console.signed_in("operator"):
            assert same_room.status == 200, "and pages go on"
        assert shares.under_way == EACH, "the others of theirs wait for the first two"
        person = next(one for one in await console.desk.accounts.everybody() if one.login == "handler")
        async with asyncio.timeout(PATIENCE):
            for n in range(3):
                _, size = await console.desk.window.files.keep(person, _content(b"a page %d" % n))
                assert size == 8
    await until(lambda: shares.under_way == 0)


async def test_a_form_that_trickles_in_is_ended_and_told_why(console: Console) -> None:
    shares = console.desk.window.files.shares
    async with console.signed_in("window") as visitor:
        await visitor.get(FORM)
        async with connected(visitor) as (reader, writer):
            writer.write(form_with_a_file(visitor))
            answer, sent = await trickled(console, reader, writer, until(lambda: shares.under_way == 1, writer))
        assert answer.startswith(b"HTTP/1.1 503")
        assert "上传太慢".encode() in answer
        assert sent < 10
        await until(lambda: shares.under_way == 0)
        await send(visitor, FORM, {**TYPED, "copies.1": "1"}, [("file.0", "照片.jpg", b"good")])
        assert visitor.address.endswith("/slip"), "the session is as good as before"


async def test_a_piece_that_trickles_in_is_ended_and_what_came_stays(console: Console) -> None:
    digest = a_digest(b"slow")
    said = {
        "Tongban_Page": "",
        "Content_Type": "application/octet-stream",
        "Content_Range": f"bytes 0-{SIZE - 1}/{SIZE}",
    }
    person = next(one for one in await console.desk.accounts.everybody() if one.login == "window")
    files = console.desk.window.files

    async def announced() -> None:
        while (await files.standing(person, digest)).size is None:
            await lapse(0.01)

    async with console.signed_in("window") as visitor:
        await visitor.get(FORM)
        said["Tongban_Page"] = token_of(visitor)
        async with connected(visitor) as (reader, writer):
            writer.write(head(visitor, f"/take-in/files/{digest}", SIZE, **said))
            answer, sent = await trickled(console, reader, writer, announced())
    assert answer.startswith(b"HTTP/1.1 503")
    assert json.loads(answer.partition(b"\r\n\r\n")[2])["reason"] == "UPLOAD_SLOW"
    assert 0 < (await files.standing(person, digest)).offset <= sent * len(DROP)


async def test_when_all_places_are_taken_the_file_is_told_and_the_form_stays(console: Console) -> None:
    shares = console.desk.window.files.shares
    async with console.signed_in("window") as visitor:
        await visitor.get(FORM)
        async with AsyncExitStack() as taken:
            for n in range(TOTAL):
                await taken.enter_async_context(shares.place(f"somebody {n // EACH}"))
            await send(visitor, FORM, TYPED, [("file.0", "照片.jpg", b"good")], do="keep")
            assert "同时上传的文件太多: 稍等几秒, 再传这个文件" in visitor.text
            assert 'value="向小满"' in visitor.text, "what was typed is kept"
            assert "held.0" not in hidden(visitor.text)
        await send(visitor, FORM, TYPED, [("file.0", "照片.jpg", b"good")], do="keep")
        assert hidden(visitor.text)["held.0"]


async def test_one_person_has_their_share_and_a_bound_behind_it() -> None:
    shares, opened = UploadShares(), asyncio.Event()

    async def one() -> None:
        async with shares.place("somebody"):
            await opened.wait()

    waiting = [asyncio.create_task(one()) for _ in range(EACH + WAITING)]
    await until(lambda: shares.under_way == EACH)
    with pytest.raises(GatewayError) as told:
        await one()
    assert told.value.reason is Reason.UPLOADS_BUSY
    assert told.value.row.answer.name == "RETRIABLE"
    async with shares.place("somebody else"):
        assert shares.under_way == EACH + 1
    opened.set()
    await asyncio.gather(*waiting)
    assert (shares.under_way, shares._shares) == (0, {})


@pytest.mark.parametrize(("a_second", "ends"), [(LEAST // LOOKED_AT, False), (LEAST // LOOKED_AT - 1, True)])
async def test_the_pace_counts_the_time_the_sender_was_waited_for(a_second: int, ends: bool) -> None:
    now = 0.0
    pace = Pace(lambda: now)

    async def coming(seconds: float, content: bytes) -> bytes:
        nonlocal now
        now += seconds
        return content

    told = None
    for _ in range(3 * LOOKED_AT):
        now += 1000  # what the gateway itself takes
        try:
            await pace.chunk(coming(1, bytes(a_second)))
        except GatewayError as error:
            told = error.reason
            break
    assert told is (Reason.UPLOAD_SLOW if ends else None)


async def _content(content: bytes) -> AsyncIterator[bytes]:
    yield content


async def test_pieces_of_one_person_come_a_few_at_a_time_and_a_further_one_may_come_again(console: Console) -> None:
    shares = console.desk.window.files.shares
    people = {one.login: one.person_id for one in await console.desk.accounts.everybody()}
    said = {"Content_Type": "application/octet-stream", "Content_Range": f"bytes 0-{SIZE - 1}/{SIZE}"}
    async with console.signed_in("window") as visitor, AsyncExitStack() as lines:
        await visitor.get(FORM)
        said["Tongban_Page"] = token_of(visitor)

        async def a_piece(n: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
            reader, writer = await lines.enter_async_context(connected(visitor))
            writer.write(head(visitor, f"/take-in/files/{a_digest(b'%d' % n)}", SIZE, **said))
            return reader, writer

        held = [await a_piece(n) for n in range(PIECES)]
        await until(lambda: shares.pieces_of(people["window"]) == PIECES, *(writer for _, writer in held))
        reader, _ = await a_piece(PIECES)
        answer = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), PATIENCE)
        assert answer.startswith(b"HTTP/1.1 429"), "which static/window.js takes for come again"
        length = re.search(rb"Content-Length: (\d+)", answer)
        body = json.loads(await reader.readexactly(int(length[1]) if length else 0))
        assert body["reason"] == "UPLOADS_BUSY"
        assert "稍等几秒" in body["problem"]
        question = f"bytes */{SIZE}", a_digest(b"0")
        headers = {"Tongban-Page": said["Tongban_Page"], "Content-Range": question[0]}
        async with visitor.session.post(f"{visitor.url}/take-in/files/{question[1]}", headers=headers) as where:
            assert where.status == 200, "where to go on can be asked all the same"
        with shares.piece(people["handler"]):
            assert shares.pieces_of(people["handler"]) == 1, "nobody else is kept waiting"
        held[0][1].transport.abort()
        await until(lambda: shares.pieces_of(people["window"]) == PIECES - 1, *(writer for _, writer in held[1:]))
        reader, writer = await a_piece(PIECES)
        await until(lambda: shares.pieces_of(people["window"]) == PIECES, *(one for _, one in held[1:]), writer)
    await until(lambda: not shares.pieces_of(people["window"]))
    assert shares._pieces == {}
