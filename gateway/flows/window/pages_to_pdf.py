"""Pages that were photographed or scanned become one PDF: pure, of bytes, the same bytes for the same pages.

Each page is turned upright as its camera said and as somebody asked, made no larger than A4 at `DOTS` an inch needs, and
written anew, so that nothing else its file carried (place and time of the picture, previews, programs) comes along.

Bounds: `MOST_PAGES` pages, `MOST_DOTS` picture elements a page; beyond them `PageUnfit`.
"""

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from PIL import Image, ImageOps, ImageSequence

MOST_PAGES = 50
MOST_DOTS = 60_000_000
"""Of one page: more than any camera of a telephone makes; some 180 MB while it is worked on."""
DOTS = 200
"""Per inch of A4: what offices scan at."""
QUALITY = 85
"""Of JPEG: print stays readable, and a page takes some 300 KB."""
TURNS = (0, 90, 180, 270)

_FORMATS = ("JPEG", "PNG", "WEBP", "BMP", "GIF", "TIFF", "MPO")
_A4 = (8.27, 11.69)
_POINTS = 72
_NO_TIME = datetime(2000, 1, 1, tzinfo=UTC)
"""A PDF says when it was made; this one does not, so that the same pages make the same file."""


@dataclass(frozen=True, slots=True)
class Page:
    """One picture, and by how many degrees it is turned clockwise; one of `TURNS`."""

    picture: bytes
    turn: int = 0


class PageUnfit(Exception):
    """A page that cannot be used; `position` from 0, `too_large` or no picture that can be read."""

    def __init__(self, position: int, *, too_large: bool = False) -> None:
        super().__init__(f"page {position}")
        self.position = position
        self.too_large = too_large


def joined(pages: Sequence[Page], title: str) -> bytes:
    """Return one PDF of all pages, in their order.

    Raises:
        PageUnfit: a page is no picture, too large, or there are too many.
    """
    # Takes half a second to be imported, which no command and no other page should wait for.
    from fpdf import FPDF  # noqa: PLC0415

    made = FPDF(unit="pt")
    made.set_creation_date(_NO_TIME)
    made.set_title(title)
    made.set_auto_page_break(auto=False)
    count = 0
    for position, page in enumerate(pages):
        for jpeg, (width, height) in _upright(position, page):
            count += 1
            if count > MOST_PAGES:
                raise PageUnfit(position, too_large=True)
            size = (width * _POINTS / DOTS, height * _POINTS / DOTS)
            made.add_page(format=size)
            made.image(io.BytesIO(jpeg), x=0, y=0, w=size[0], h=size[1])
    return bytes(made.output())


def _upright(position: int, page: Page) -> Iterator[tuple[bytes, tuple[int, int]]]:
    """Yield the pictures of a page as JPEG with their size; a scan may hold several."""
    try:
        with Image.open(io.BytesIO(page.picture), formats=_FORMATS) as opened:
            several = opened.format == "TIFF"
            for frame in ImageSequence.Iterator(opened) if several else (opened,):
                if frame.width * frame.height > MOST_DOTS:
                    raise PageUnfit(position, too_large=True)
                yield _as_jpeg(frame, page.turn)
    except PageUnfit:
        raise
    except Exception:  # noqa: BLE001 - whatever a picture does to its reader, it is a picture that cannot be read
        raise PageUnfit(position) from None


def _as_jpeg(picture: Image.Image, turn: int) -> tuple[bytes, tuple[int, int]]:
    short, long = (round(side * DOTS) for side in _A4)
    if picture.format == "JPEG":
        picture.draft("RGB", (long, long))  # decodes a large picture at a part of its size
    upright = ImageOps.exif_transpose(picture)
    upright = _on_white(upright)
    if turn:
        upright = upright.rotate(-turn, expand=True)
    box = (short, long) if upright.height >= upright.width else (long, short)
    upright.thumbnail(box, Image.Resampling.LANCZOS)
    made = io.BytesIO()
    upright.save(made, "JPEG", quality=QUALITY, dpi=(DOTS, DOTS))
    return made.getvalue(), upright.size


def _on_white(picture: Image.Image) -> Image.Image:
    """Return a picture without anything to be seen through: paper is white."""
    if picture.mode == "L":
        return picture
    if picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info:
        seen = picture.convert("RGBA")
        paper = Image.new("RGB", seen.size, "white")
        paper.paste(seen, mask=seen.getchannel("A"))
        return paper
    return picture.convert("RGB")
