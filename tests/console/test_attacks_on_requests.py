"""What no browser sends: broken, packed, endless and slow requests.  All are told in a page of ours, and none costs the others."""

import asyncio
import re
import zlib
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
from yarl import URL

from gateway.app.console_listening import console_listening
from gateway.console.app import console_app
from gateway.console.guard import FORM_BYTES, HEADERS
from tests.console.people_build import QIANJIANG, Console, a_console

FORM = "Content-Type: application/x-www-form-urlencoded"
COOKIE = f"Cookie: tongban-{QIANJIANG}="


@pytest.fixture
async def console(tmp_path: Path) -> AsyncIterator[Console]:
    async with a_console(tmp_path) as one:
        yield one


def request(method: str, path: str, *headers: str, body: bytes = b"") -> bytes:
    head = [f"{method} {path} HTTP/1.1", "Host: x", *headers, f"Content-Length: {len(body)}", "Connection: close"]
    return "\r\n".join(head).encode("latin-1") + b"\r\n\r\n" + body


async def answer(url: str, sent: bytes) -> bytes:
    """What comes back until the other end closes."""
    where = URL(url)
    reader, writer = await asyncio.open_connection(where.host, where.port)
    try:
        writer.write(sent)
        return await asyncio.wait_for(reader.read(), 60)
    finally:
        writer.close()


CHUNKS = b"".join(b"10000\r\na=" + b"x" * 0xFFFE + b"\r\n" for _ in range(20)) + b"0\r\n\r\n"
CHUNKED = (
    f"POST /sign-in HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{FORM}\r\nTransfer-Encoding: chunked\r\n\r\n".encode()
)
MANY_FILES = b'--B\r\nContent-Disposition: form-data; name="a"; filename="f"\r\n\r\nx\r\n' * 9000 + b"--B--\r\n"
LONG = "zq9" * 4_000
ODD: dict[str, tuple[int, bytes]] = {
    "charset that is none": (400, request("POST", "/sign-in", f"{FORM}; charset=nonsense", body=b"login=a")),
    "charset that is no text": (400, request("POST", "/sign-in", f"{FORM}; charset=rot13", body=b"login=a")),
    "charset of another age": (400, request("POST", "/sign-in", f"{FORM}; charset=utf-7", body=b"login=%2BADw-")),
    "no UTF-8": (400, request("POST", "/sign-in", FORM, body=b"login=\xff\xfe")),
    "half a character": (401, request("POST", "/sign-in", FORM, body=b"login=%ED%A0%80&password=%ED%A0%80")),
    "no character": (401, request("POST", "/sign-in", FORM, body=b"login=%00&password=%00")),
    "a cookie of bytes": (303, request("GET", "/", f"{COOKIE}\xff\xfe")),
    "a token of bytes": (401, request("POST", "/sign-in", FORM, "Tongban-Page: \xff", body=b"login=a")),
    "a link of bytes": (404, request("GET", "/link/%FF%ED%A0%80")),
    "JSON": (400, request("POST", "/sign-in", "Content-Type: application/json", body=b'{"login":"a"}')),
    "no type": (400, request("POST", "/sign-in", body=b"login=a")),
    "text, as forms of other sites may send": (
        400,
        request("POST", "/sign-in", "Content-Type: text/plain", body=b"a=b"),
    ),
    "files where none are taken": (
        400,
        request("POST", "/sign-in", "Content-Type: multipart/form-data; boundary=B", body=MANY_FILES),
    ),
    "files without a boundary": (401, request("POST", "/take-in/form", "Content-Type: multipart/form-data", body=b"x")),
    "too long": (413, request("POST", "/sign-in", FORM, body=b"a=" + b"x" * FORM_BYTES)),
    "too long, its length not told": (413, CHUNKED + CHUNKS),
    "too many fields": (413, request("POST", "/sign-in", FORM, body=b"&".join(b"a%d=" % n for n in range(3000)))),
    "packed": (
        400,
        request(
            "POST", "/sign-in", FORM, "Content-Encoding: deflate", body=zlib.compress(b"login=" + b"a" * 50_000_000)
        ),
    ),
    "packed and broken": (400, request("POST", "/sign-in", FORM, "Content-Encoding: gzip", body=b"zzzz")),
    "a name no file can have": (404, request("GET", "/static/" + "a" * 5000)),
    "the folder itself": (404, request("GET", "/static/..%2fguard.py")),
    "nothing": (404, request("GET", "/static/%00")),
    "another method": (404, request("DELETE", "/sign-in")),
    "a method in a header": (404, request("GET", "/sign-out", "X-HTTP-Method-Override: POST")),
    "a method in a field": (401, request("POST", "/sign-in?_method=GET", FORM, body=b"_method=GET")),
    "an address that is too long": (400, request("GET", f"/audit?subject={LONG}")),
    "only the head": (404, request("HEAD", "/sign-in")),
}


async def test_what_no_browser_sends_is_told_in_a_page_of_ours(console: Console) -> None:
    async with console_listening(console_app(console.desk), "127.0.0.1", 0) as port:
        wrong = []
        for what, (status, sent) in ODD.items():
            said = await answer(f"http://127.0.0.1:{port}", sent)
            missing = [name for name, value in HEADERS.items() if f"{name}: {value}".encode() not in said]
            kept = b"no-store" not in said and b"/static/" not in sent
            quoted = LONG[:20].encode() in said
            if not re.match(rb"HTTP/1\.[01] %d " % status, said) or missing or b"aiohttp" in said or kept or quoted:
                wrong.append((what, status, said[:60], missing, kept, quoted))
        assert not wrong


async def test_a_form_that_trickles_is_not_waited_for(console: Console) -> None:
    head = f"POST /sign-in HTTP/1.1\r\nHost: x\r\n{FORM}\r\nContent-Length: 99\r\nConnection: close\r\n\r\n"
    async with console_listening(console_app(console.desk, form_seconds=0.2), "127.0.0.1", 0) as port:
        said = await answer(f"http://127.0.0.1:{port}", f"{head}login=".encode())
    assert said.startswith(b"HTTP/1.1 503 ")
    assert b"REQUEST_TIMEOUT" in said


async def test_a_connection_that_says_nothing_is_closed(console: Console) -> None:
    async with console_listening(console_app(console.desk), "127.0.0.1", 0, quiet=0.2) as port:
        for said in (b"", b"GET /sign-in HTTP/1.1\r\nHost: x\r\nX-Slow: "):
            assert not (await answer(f"http://127.0.0.1:{port}", said)).startswith(b"HTTP/1.1 200")


async def test_a_flood_of_connections_ends_at_the_bound_and_leaves_those_that_are_there(console: Console) -> None:
    async with console_listening(console_app(console.desk), "127.0.0.1", 0, most=3) as port:
        url = f"http://127.0.0.1:{port}"
        async with aiohttp.ClientSession() as session:
            async with session.get(f"{url}/sign-in") as one:
                assert one.status == 200
                await one.read()
            held = [await asyncio.open_connection("127.0.0.1", port) for _ in range(2)]
            with pytest.raises((ConnectionError, AssertionError)):
                assert (await answer(url, request("GET", "/sign-in"))).startswith(b"HTTP")
            async with session.get(f"{url}/sign-in") as again:
                assert again.status == 200, "the line that was open still works"
            for _, writer in held:
                writer.close()
