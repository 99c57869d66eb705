"""Files of a case in the browser: pictures and PDF in the page, everything else as a download.

What a file is, its first bytes say; the name and type it came with are never believed.  Pictures are shown by `<img>`, which
runs nothing; a PDF in a frame of its own.  HTML and SVG are never shown.  Every look and every download is in the audit.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote

import structlog
from aiohttp import web

from gateway.case.code.numbers import grouped
from gateway.case.errors import GatewayError
from gateway.console.call import Call
from gateway.console.desk import Desk
from gateway.flows.people.reading_files import CaseFile
from gateway.telemetry.logs import Said

DOWNLOAD = "application/octet-stream"
PDF = "application/pdf"
HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'self'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "SAMEORIGIN",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "private, no-store",
}
_PICTURES: tuple[tuple[bytes, int, str], ...] = (
    (b"\x89PNG\r\n\x1a\n", 0, "image/png"),
    (b"\xff\xd8\xff", 0, "image/jpeg"),
    (b"GIF87a", 0, "image/gif"),
    (b"GIF89a", 0, "image/gif"),
    (b"WEBP", 8, "image/webp"),
    (b"BM", 0, "image/bmp"),
)
"""First bytes of what a browser shows as a picture, where they stand, and the type."""

_log = structlog.get_logger("tongban.console")


@dataclass(frozen=True, slots=True)
class Kind:
    """What a file is: its type where a page may show it, and what it is called."""

    media_type: str
    name: str

    @property
    def is_picture(self) -> bool:
        """Whether it is shown as a picture."""
        return self.media_type.startswith("image/")


def kind_of(head: bytes) -> Kind:
    """Return what a file is, by its first bytes."""
    for start, place, media_type in _PICTURES:
        if head[place : place + len(start)] == start and (media_type != "image/webp" or head[:4] == b"RIFF"):
            return Kind(media_type, media_type.removeprefix("image/").upper())
    if head.startswith(b"%PDF-"):
        return Kind(PDF, "PDF")
    if head.startswith(b"PK\x03\x04") and b"OFD.xml" in head:
        return Kind(DOWNLOAD, "OFD")
    return Kind(DOWNLOAD, "")


async def show_material(desk: Desk, call: Call) -> web.StreamResponse:
    """Show the page of one file: in it what can be shown, beside it the download."""
    found, case_id = await _find(desk, call)
    return desk.pages.page(
        call,
        "case_material",
        case_id=case_id,
        number=grouped(case_id),
        title=found.title,
        sha256=found.file.sha256,
        size=found.file.size,
        kind=kind_of(found.head),
        pdf=PDF,
    )


async def view_material(desk: Desk, call: Call) -> web.StreamResponse:
    """Send a picture or a PDF to be shown in a page of ours; anything else as a download."""
    found, _ = await _find(desk, call)
    kind = kind_of(found.head)
    return await _send(desk, call, found, kind.media_type, download=kind.media_type == DOWNLOAD)


async def download_material(desk: Desk, call: Call) -> web.StreamResponse:
    """Send a file to be kept."""
    found, _ = await _find(desk, call)
    return await _send(desk, call, found, DOWNLOAD, download=True)


async def _find(desk: Desk, call: Call) -> tuple[CaseFile, str]:
    case_id = call.request.match_info["case"]
    return await desk.reading_files.find(call.person.person, case_id, call.request.match_info["sha256"]), case_id


async def _send(desk: Desk, call: Call, found: CaseFile, media_type: str, *, download: bool) -> web.StreamResponse:
    case_id, size = call.request.match_info["case"], found.file.size
    headers = {**HEADERS, "Content-Type": media_type, "Content-Length": str(size)}
    how = "attachment" if download else "inline"
    headers["Content-Disposition"] = f"{how}; filename*=UTF-8''{quote(found.file.file_name, safe='')}"
    if download:
        headers["Content-Security-Policy"] = "sandbox; default-src 'none'; frame-ancestors 'none'"
    chunks = await desk.reading_files.read(call.person.person, case_id, found, download=download)
    response = web.StreamResponse(headers=headers)
    left = size
    try:
        await response.prepare(call.request)
        async for chunk in chunks:
            await response.write(chunk[:left])
            left -= len(chunk)
        if left > 0:
            raise EOFError("the file is shorter than its size")
        await response.write_eof()
    except (GatewayError, EOFError):
        # The status is gone out; breaking the connection is the only way left to say that bytes are missing.
        _log.exception(Said.INTERNAL, case_id=case_id)
        if call.request.transport:
            call.request.transport.abort()
    finally:
        closing = getattr(chunks, "aclose", None)
        if closing:
            await closing()
    return response
