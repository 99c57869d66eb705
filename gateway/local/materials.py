"""Handlers of files: upload in pieces, state, download.

An upload goes on where it stopped: `Content-Range: bytes a-b/total` (RFC 9110 §14.4) names the piece, and every answer
tells in `Upload-Offset` where the next one begins.  Bodies are passed on as they come and never held.
"""

import asyncio
import re
from collections.abc import AsyncIterator

import structlog
from aiohttp import StreamReader, web

from gateway.case.errors import GatewayError
from gateway.case.reasons import Reason
from gateway.case.texts import Text
from gateway.flows.materials.pieces import announced
from gateway.flows.materials.transfer import MaterialState
from gateway.local import canonical_out as out
from gateway.local.door import Call, Door
from gateway.local.requests import JSON, one_finding, refuse_encoded
from gateway.telemetry.logs import Said

LONGEST_SILENCE = 30
"""Seconds an upload may stand still; then it ends, what came is kept, and the next one goes on from there."""

_DIGEST = re.compile(r"[0-9a-f]{64}")
_RANGE = re.compile(r"bytes=([0-9]{0,12})-([0-9]{0,12})")

_log = structlog.get_logger("tongban.local")


async def put_material(door: Door, call: Call) -> web.Response:
    """Take a file, or a piece of it; `bytes */total` with an empty body asks where to go on."""
    sha256 = _digest(call)
    refuse_encoded(call.request)
    piece = announced(call.request.content_length, call.request.headers.get("Content-Range"))
    if piece is None:
        return _state(await door.flows.material_state(call.system.name, sha256), 200)
    chunks = chunks_of(call.request.content)
    reached = await door.flows.take_material(call.system.name, sha256, piece.size, piece.offset, chunks)
    return _state(reached, 201 if reached.complete else 200)


async def head_material(door: Door, call: Call) -> web.Response:
    """Tell how much of a file is there, without a body."""
    state = await door.flows.material_state(call.system.name, _digest(call))
    headers = _progress(state)
    if state.complete:
        headers |= {"Content-Length": str(state.size), "Accept-Ranges": "bytes", "ETag": f'"{state.sha256}"'}
    return web.Response(status=200 if state.complete else 204, headers=headers)


async def get_material(door: Door, call: Call) -> web.StreamResponse:
    """Send a file, or the range of it that is asked for; never to be shown in a page of ours."""
    sha256 = _digest(call)
    size, bytes_from_start = await door.flows.give_material(call.system.name, sha256, 0)
    span = _span(call.request.headers.get("Range", ""), size)
    if span and span[0] > 0:
        await _close(bytes_from_start)
        size, chunks = await door.flows.give_material(call.system.name, sha256, span[0])
    else:
        chunks = bytes_from_start
    first, last = span or (0, size - 1)
    headers = {
        "Content-Type": "application/octet-stream",
        "Content-Disposition": f'attachment; filename="{sha256}"',
        "Content-Length": str(last - first + 1),
        "Content-Security-Policy": "sandbox; default-src 'none'",
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "private, no-store",
        "Accept-Ranges": "bytes",
        "ETag": f'"{sha256}"',
    }
    if span:
        headers["Content-Range"] = f"bytes {first}-{last}/{size}"
    response = web.StreamResponse(status=206 if span else 200, headers=headers)
    try:
        await response.prepare(call.request)
        await _send(response, chunks, last - first + 1)
    except BaseException as error:
        # The status is gone out; breaking the connection is the only way left to say that bytes are missing.
        if call.request.transport:
            call.request.transport.abort()
        if not isinstance(error, Exception):
            raise
        if not isinstance(error, ConnectionError):
            _log.exception(Said.INTERNAL, trace=call.trace, sha256=sha256)
    finally:
        await _close(chunks)
    return response


async def _send(response: web.StreamResponse, chunks: AsyncIterator[bytes], left: int) -> None:
    async for chunk in chunks:
        await response.write(chunk[:left])
        left -= len(chunk)
        if left <= 0:
            break
    if left > 0:
        raise EOFError("the file is shorter than its size")
    await response.write_eof()


async def chunks_of(content: StreamReader, silence: float = LONGEST_SILENCE) -> AsyncIterator[bytes]:
    """Yield a body as it comes.

    Raises:
        GatewayError: REQUEST_TIMEOUT after so many seconds of silence.
    """
    # Whoever lost its connection and comes back must not wait for the one that nobody sends on any more.
    while chunk := await _next_chunk(content, silence):
        yield chunk


async def _next_chunk(content: StreamReader, silence: float) -> bytes:
    try:
        async with asyncio.timeout(silence):
            return await content.readany()
    except TimeoutError:
        raise GatewayError(Reason.REQUEST_TIMEOUT, limit=silence) from None


async def _close(chunks: AsyncIterator[bytes]) -> None:
    closing = getattr(chunks, "aclose", None)
    if closing:
        await closing()


def _digest(call: Call) -> str:
    sha256 = call.request.match_info["sha256"]
    if not _DIGEST.fullmatch(sha256):
        raise one_finding(
            "sha256",
            Text("不是 SHA-256 摘要", "this is no SHA-256 digest"),
            Text("写 64 位小写十六进制", "write 64 lower-case hexadecimal digits"),
        )
    return sha256


def _span(header: str, size: int) -> tuple[int, int] | None:
    # RFC 9110 §14.2: a Range that is not understood or cannot be met may be ignored.
    found = _RANGE.fullmatch(header.replace(" ", ""))
    if not found or not (found[1] or found[2]):
        return None
    if not found[1]:
        first, last = max(size - int(found[2]), 0), size - 1
    else:
        first, last = int(found[1]), min(int(found[2]), size - 1) if found[2] else size - 1
    return (first, last) if first <= last else None


def _progress(state: MaterialState) -> dict[str, str]:
    return {
        "Upload-Offset": str(state.offset),
        "Upload-Complete": "?1" if state.complete else "?0",
        "Cache-Control": "no-store",
    }


def _state(state: MaterialState, status: int) -> web.Response:
    return web.Response(
        status=status, body=out.encode(out.material_state(state)), content_type=JSON, headers=_progress(state)
    )
