"""Pages that were photographed become one PDF: upright, bounded, the same each time, and without what a camera adds."""

import io
import re

import pytest
from PIL import Image

from gateway.flows.window.pages_to_pdf import MOST_PAGES, Page, PageUnfit, joined

ORIENTATION, GPS, MAKER = 0x0112, 0x8825, 0x010F


def picture(size: tuple[int, int], kind: str = "JPEG", mode: str = "RGB", **how: object) -> bytes:
    made = io.BytesIO()
    Image.new(mode, size).save(made, kind, **how)
    return made.getvalue()


def sizes(pdf: bytes) -> list[tuple[float, float]]:
    """Width and height of each page in points; the first box is the document's own."""
    return [(float(w), float(h)) for w, h in re.findall(rb"/MediaBox \[0 0 ([0-9.]+) ([0-9.]+)\]", pdf)][1:]


def test_the_same_pages_make_the_same_file() -> None:
    pages = [Page(picture((400, 300))), Page(picture((300, 400), "PNG", "RGBA"), 90), Page(picture((64, 64), "BMP"))]
    assert joined(pages, "身份证") == joined(pages, "身份证")
    assert joined(pages, "身份证").startswith(b"%PDF-")
    assert len(sizes(joined(pages, "身份证"))) == 3


def test_a_page_is_no_larger_than_a4_and_never_made_larger() -> None:
    large, small = sizes(joined([Page(picture((6000, 4000))), Page(picture((200, 100)))], ""))
    assert max(large) <= 842.5
    assert min(large) <= 595.8
    assert small == (72.0, 36.0)


def test_a_page_stands_as_its_camera_said_and_is_turned_as_asked() -> None:
    exif = Image.Exif()
    exif[ORIENTATION] = 6  # the camera was held upright
    exif[MAKER] = "SECRET-CAMERA"
    exif.get_ifd(GPS)[1] = "N"
    lying = picture((400, 200), exif=exif)
    made = joined([Page(lying), Page(lying, 90), Page(picture((400, 200)), 270)], "")
    assert [width < height for width, height in sizes(made)] == [True, False, True]
    assert b"SECRET-CAMERA" in lying
    assert b"SECRET-CAMERA" not in made
    assert b"Exif" not in made


def test_every_page_of_a_scan_is_a_page() -> None:
    made = io.BytesIO()
    frames = [Image.new("1", (100, 150)), Image.new("L", (150, 100)), Image.new("RGB", (100, 100))]
    frames[0].save(made, "TIFF", save_all=True, append_images=frames[1:])
    assert len(sizes(joined([Page(made.getvalue())], ""))) == 3


@pytest.mark.parametrize("content", [b"", b"no picture", b"\xff\xd8\xff", picture((300, 300))[:300], b"%PDF-1.7"])
def test_what_is_no_whole_picture_is_named_by_its_place(content: bytes) -> None:
    with pytest.raises(PageUnfit) as told:
        joined([Page(picture((10, 10))), Page(content)], "")
    assert (told.value.position, told.value.too_large) == (1, False)


def test_a_picture_that_would_fill_the_memory_is_refused_before_it_is_decoded() -> None:
    with pytest.raises(PageUnfit) as told:
        joined([Page(picture((8000, 8000), "PNG", "1"))], "")
    assert told.value.too_large
    with pytest.raises(PageUnfit):
        joined([Page(picture((20000, 20000), "PNG", "1"))], "")


def test_there_are_only_so_many_pages() -> None:
    with pytest.raises(PageUnfit) as told:
        joined([Page(picture((8, 8)))] * (MOST_PAGES + 1), "")
    assert (told.value.position, told.value.too_large) == (MOST_PAGES, True)
