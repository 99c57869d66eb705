"""Notices as PDF, set by Typst; the one module that knows it, read only where the extra `pdf` is installed.

PDF/A-2b (ISO 19005-2): fonts are in the file, so that it looks the same in ten years.  The same copy of the same notice
is the same bytes: no clock is read.  What a case says enters as data and is set as text, never read as markup.

Bounds: one PDF is made at a time, in a thread; `MOST_WAITING` wait, a further one is told PDF_BUSY.
"""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

from gateway.case.errors import GatewayError
from gateway.case.notice.sheet import Sheet
from gateway.case.reasons import Reason
from gateway.console.progress_code import code_svg

SHIPPED = Path(__file__).parent / "papers" / "notice.typ"
OWN_NAME = "notice.typ"
STANDARD: Final = "a-2b"
MOST_WAITING = 16
FAMILIES = (
    "FangSong",
    "Noto Serif CJK SC",
    "Source Han Serif SC",
    "SimSun",
    "Noto Sans CJK SC",
    "Source Han Sans SC",
    "Noto Serif SC",
    "Noto Sans SC",
    "SimSun-ExtB",
    "SimSun-ExtG",
)
"""Fonts with Chinese characters, the first that is there before the others; a character one lacks is taken from the next."""


def is_installed() -> bool:
    """Whether the extra `pdf` is installed."""
    return find_spec("typst") is not None and find_spec("segno") is not None


class NoticePdfs:
    """Makes PDFs of notices.

    Args:
        fonts: a folder of fonts beside those of the machine; None for none.
        own: a folder whose `notice.typ` takes the place of the layout that ships; None for none.
        is_installed: whether the extra is there.
        system_fonts: whether the fonts of the machine count.
    """

    def __init__(
        self, fonts: Path | None, own: Path | None, *, is_installed: bool = True, system_fonts: bool = True
    ) -> None:
        self._fonts_at = fonts
        self._layout = own / OWN_NAME if own and (own / OWN_NAME).is_file() else SHIPPED
        self.is_installed = is_installed
        self._system_fonts = system_fonts
        self._turn = asyncio.Lock()
        self._waiting = 0
        self._fonts: Any = None
        self._families: tuple[str, ...] = ()

    def need(self) -> None:
        """Raise PDF_EXTRA_MISSING where the extra is not installed, before anything is counted."""
        if not self.is_installed:
            raise GatewayError(Reason.PDF_EXTRA_MISSING)

    async def make(self, sheet: Sheet, at: datetime) -> bytes:
        """Return a notice as PDF/A-2b.

        Args:
            at: when the copy was made; stands in the file as its date.

        Raises:
            GatewayError: PDF_EXTRA_MISSING, PDF_FONT_MISSING, PDF_CHARACTER_MISSING, PDF_BUSY.
        """
        self.need()
        if self._waiting >= MOST_WAITING:
            raise GatewayError(Reason.PDF_BUSY)
        self._waiting += 1
        try:
            async with self._turn:
                return await asyncio.to_thread(self._set, sheet, at)
        finally:
            self._waiting -= 1

    def _set(self, sheet: Sheet, at: datetime) -> bytes:
        import typst  # noqa: PLC0415 - an extra: read where it is wanted

        if self._fonts is None:
            folders: list[Any] = [str(self._fonts_at)] if self._fonts_at else []
            self._fonts = typst.Fonts(self._system_fonts, False, folders)
            there = frozenset(self._fonts.families())
            self._families = tuple(one for one in FAMILIES if one in there)
        if not self._families:
            raise GatewayError(Reason.PDF_FONT_MISSING)
        setter = typst.Compiler(input=self._layout, root=self._layout.parent, font_paths=self._fonts)
        data = json.dumps(self._data(sheet), ensure_ascii=False)
        try:
            made = setter.compile(format="pdf", sys_inputs={"sheet": data}, pdf_standards=STANDARD, timestamp=at)
        except typst.TypstError:
            # What it says may quote the notice, which is personal.
            raise GatewayError(Reason.PDF_CHARACTER_MISSING) from None
        assert isinstance(made, bytes), "one PDF is asked for"
        return made

    def _data(self, sheet: Sheet) -> Mapping[str, Any]:
        return {
            **asdict(sheet),
            "fonts": self._families,
            "qr": code_svg(sheet.link) if sheet.link else "",
        }
