"""Pages of one material, each a picture that was brought before, become one PDF (多页合成一个文件).

1 read    the pictures, in the order the window gave them; all together at most `LARGEST_TOGETHER` bytes
2 join    in a thread, one joining at a time: it takes a second a page, and others go on meanwhile
3 keep    like a file that a browser sent; the pictures stay for three days unless something claims them
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field

from gateway.case.errors import FieldFinding, GatewayError
from gateway.case.model import MaterialFile
from gateway.case.reasons import Reason
from gateway.case.staff import Person
from gateway.case.texts import Text
from gateway.flows.people.window_files import WindowFiles
from gateway.flows.window.pages_to_pdf import MOST_PAGES, Page, PageUnfit, joined

LARGEST_TOGETHER = 128 * 1024**2
PDF = "application/pdf"
ENDING = ".pdf"


@dataclass(frozen=True, slots=True)
class Sheet:
    """One picture to be a page, and by how many degrees it is turned clockwise."""

    file: MaterialFile
    turn: int = 0


@dataclass(frozen=True, slots=True)
class JoiningPages:
    """The flow, bound to one gateway."""

    files: WindowFiles
    _place: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def join(self, person: Person, sheets: Sequence[Sheet], title: str) -> MaterialFile:
        """Return the PDF of all pages, kept when this returns; the same pages make the same file.

        Args:
            title: names the file.

        Raises:
            GatewayError: BAD_REQUEST naming the page that cannot be used, or that there are too many or too few;
                MATERIAL_UNKNOWN for a picture that is not there any more; MATERIAL_QUOTA, DISK_LOW, DISK_FULL.
        """
        if not sheets:
            raise _told(_NONE, _TWO)
        if len(sheets) > MOST_PAGES or sum(one.file.size for one in sheets) > LARGEST_TOGETHER:
            raise _told(_TOO_MANY, _SPLIT)
        async with self._place:
            pages = await self._read(person, sheets)
            try:
                made = await asyncio.to_thread(joined, pages, title)
            except PageUnfit as unfit:
                name = sheets[unfit.position].file.file_name
                problem = _PAGE_LARGE if unfit.too_large else _NO_PICTURE
                raise _told(problem.format(name=name), _AGAIN) from None
        sha256, size = await self.files.keep(person, _once(made))
        return MaterialFile(sha256, size, PDF, f"{title}{ENDING}")

    async def _read(self, person: Person, sheets: Sequence[Sheet]) -> list[Page]:
        left, pages = LARGEST_TOGETHER, []
        for one in sheets:
            # Of the file itself: the size that came with the form is whatever its sender wrote there.
            size, chunks = await self.files.read(person, one.file.sha256)
            left -= size
            if left < 0:
                raise _told(_TOO_MANY, _SPLIT)
            pages.append(Page(b"".join([chunk async for chunk in chunks]), one.turn))
        return pages


async def _once(content: bytes) -> AsyncIterator[bytes]:
    yield content


def _told(problem: Text, fix: Text) -> GatewayError:
    return GatewayError(Reason.BAD_REQUEST, findings=(FieldFinding("pages", problem, fix),), count=1)


_NONE = Text("没有可以合成的图片", "there is no picture to be joined")
_TWO = Text("先上传各页的照片或扫描图片", "upload a picture of each page first")
_TOO_MANY = Text(f"超过 {MOST_PAGES} 页或合计 128 MiB", f"there are more than {MOST_PAGES} pages, or 128 MiB in all")
_SPLIT = Text("分成几个文件合成", "join them to several files")
_NO_PICTURE = Text("“{name}”不是能读的图片", "“{name}” is no picture that can be read")
_PAGE_LARGE = Text("“{name}”太大", "“{name}” is too large")
_AGAIN = Text("去掉它, 重新拍照或扫描这一页 (JPEG 或 PNG)", "remove it and take this page again (JPEG or PNG)")
