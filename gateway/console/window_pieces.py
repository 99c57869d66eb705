"""A page with scripts sends a file in pieces and goes on where a cut line ended it; and what was brought can be looked at.

The same words as at the local door (`docs/local-api.md`): `Content-Range` names the piece, `Upload-Offset` says where the next
one begins, `bytes */total` without a body asks for that.  Answers are JSON, for a script reads them.
"""

import asyncio
import re
from collections.abc import AsyncIterator

from aiohttp import StreamReader, web

from gateway.case.errors import GatewayError
from gateway.case.reasons import Reason
from gateway.console.call import Call
from gateway.console.desk import Desk
from gateway.console.guard import STATUSES
from gateway.console.materials_view import DOWNLOAD, kind_of
from gateway.console.materials_view import HEADERS as FILE_HEADERS
from gateway.console.window_drafts import LONGEST_TOKEN
from gateway.console.window_posted import LONGEST_SILENCE, held_in
from gateway.flows.materials.pieces import announced
from gateway.flows.materials.transfer import MaterialState
from gateway.flows.people.reading_files import HEAD_BYTES
from gateway.flows.window.upload_shares import Pace

_DIGEST = re.compile(r"[0-9a-f]{64}", re.ASCII)
FORM_OF = "form"


async def take_piece(desk: Desk, call: Call) -> web.StreamResponse:
    """Take a piece of a file, or tell where it has to go on."""
    request, files = call.request, desk.window.files
    try:
        sha256 = _digest(call)
        piece = announced(request.content_length, request.headers.get("Content-Range"))
        if piece is None:
            return _state(await files.standing(call.person.person, sha256))
        chunks = _chunks(request.content, files.pace())
        return _state(await files.take_piece(call.person.person, sha256, piece, chunks))
    except GatewayError as error:
        first = error.findings[0] if error.findings else None
        cause, fix = (first.problem, first.fix) if first else (error.cause, error.fix)
        status = STATUSES.get(error.row.family, 500)
        said = {"problem": f"{cause.say(call.lang)}: {fix.say(call.lang)}", "reason": error.reason.value}
        return web.json_response(said, status=status, headers=_NEVER_KEPT)


async def show_brought(desk: Desk, call: Call) -> web.StreamResponse:
    """Show a picture or a PDF that was brought with a form of this person; anything else is a download."""
    sha256, person = _digest(call), call.person.person
    token = call.request.query.get(FORM_OF, "")[:LONGEST_TOKEN]
    draft = await desk.window.drafts.find(person, token) if token else None
    if draft is None or sha256 not in held_in(draft.values):
        raise GatewayError(Reason.MATERIAL_UNKNOWN)
    size, chunks = await desk.window.files.look(person, sha256)
    head = b""
    async for chunk in chunks:
        head += chunk
        if len(head) >= min(HEAD_BYTES, size):
            break
    kind = kind_of(head)
    headers = {**FILE_HEADERS, "Content-Type": kind.media_type, "Content-Length": str(size)}
    if kind.media_type == DOWNLOAD:
        headers["Content-Disposition"] = "attachment"
    response = web.StreamResponse(headers=headers)
    await response.prepare(call.request)
    await response.write(head)
    try:
        async for chunk in chunks:
            await response.write(chunk)
        await response.write_eof()
    except GatewayError:
        # The status is gone out; breaking the connection is the only way left to say that bytes are missing.
        if call.request.transport:
            call.request.transport.abort()
    return response


def _digest(call: Call) -> str:
    sha256 = call.request.match_info["sha256"]
    if not _DIGEST.fullmatch(sha256):
        raise GatewayError(Reason.MATERIAL_UNKNOWN)
    return sha256


async def _chunks(content: StreamReader, pace: Pace) -> AsyncIterator[bytes]:
    while chunk := await pace.chunk(_next(content)):
        yield chunk


async def _next(content: StreamReader) -> bytes:
    try:
        async with asyncio.timeout(LONGEST_SILENCE):
            return await content.readany()
    except TimeoutError:
        raise GatewayError(Reason.REQUEST_TIMEOUT, limit=LONGEST_SILENCE) from None


def _state(state: MaterialState) -> web.Response:
    said = {"offset": state.offset, "complete": state.complete, "sha256": state.sha256}
    progress = {"Upload-Offset": str(state.offset), "Upload-Complete": "?1" if state.complete else "?0"}
    return web.json_response(said, headers=progress | _NEVER_KEPT)


_NEVER_KEPT = {"Cache-Control": "no-store"}
