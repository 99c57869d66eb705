"""One HTTP/1.1 connection to a gateway, as bare as can be: what the load costs is not to hide what the gateway costs.

Reads only what the local door writes: a status line, headers with Content-Length, a body.
"""

import asyncio
from typing import Self

READ_BYTES = 256 * 1024


class Line:
    """A connection that sends one request at a time."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, api_key: str) -> None:
        self._reader = reader
        self._writer = writer
        self._always = f"Host: bench\r\nAuthorization: Bearer {api_key}\r\n"

    @classmethod
    async def to(cls, host: str, port: int, api_key: str) -> Self:
        """Connect."""
        reader, writer = await asyncio.open_connection(host, port, limit=READ_BYTES)
        return cls(reader, writer, api_key)

    async def call(self, method: str, path: str, body: bytes = b"", **headers: str) -> tuple[int, bytes]:
        """Send a request and return status and body of the answer; `_` in the name of a header stands for `-`."""
        lines = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
        head = f"{method} {path} HTTP/1.1\r\n{self._always}{lines}Content-Length: {len(body)}\r\n\r\n"
        self._writer.write(head.encode() + body)
        await self._writer.drain()
        return await self.answer()

    async def answer(self) -> tuple[int, bytes]:
        """Return the next answer."""
        head = (await self._reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        status = int(head.split(" ", 2)[1])
        length = 0
        for line in head.split("\r\n")[1:]:
            name, _, value = line.partition(":")
            if name.lower() == "content-length":
                length = int(value)
        return status, await self._reader.readexactly(length)

    async def close(self) -> None:
        """Close it."""
        self._writer.close()
        await self._writer.wait_closed()
