"""The `console.notices` part of `gateway.yaml`, and `console.progress_url`: what papers for applicants need beside the case."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, ConfigDict, Field

from gateway.case.notice.numbers import MOST
from gateway.case.texts import Text
from gateway.files.misfits import Misfit, shown
from gateway.files.numbers import WHOLE

NUMBER = "{number}"
RECONSIDER, SUE = "有管辖权的行政复议机关", "有管辖权的人民法院"
_ORGAN = re.compile(r"[㐀-䶿一-鿿\U00020000-\U0003ffff]{1,20}")


def progress_url(text: str) -> str:
    """Return the address of a progress page, with `{number}` where the number of a case goes.

    Raises:
        Misfit: no https address, no or another place in it, or longer than 300 characters, which a small QR code does not hold.
    """
    parts = urlsplit(text.replace(NUMBER, "TB"))
    braces = text.replace(NUMBER, "", 1)
    good = parts.scheme == "https" and parts.hostname and not parts.username and text.isascii() and len(text) <= 300
    if good and NUMBER in text and not set(braces) & set('{}"<> \\^`'):
        return text
    raise Misfit(
        Text(f"“{shown(text)}”不是进度查询页的地址", f"'{shown(text)}' is no address of a progress page"),
        Text("写成 https://…?number={number}", "write it like https://…?number={number}"),
    )


def _organ(text: str) -> str:
    if _ORGAN.fullmatch(text):
        return text
    raise Misfit(
        Text(f"“{shown(text)}”不是机关代字", f"'{shown(text)}' is no abbreviation of an organ"),
        Text("写 1 至 20 个汉字, 如 恩政服", "write 1 to 20 Chinese characters, such as 恩政服"),
    )


ProgressUrl = Annotated[str, AfterValidator(progress_url)]
Name = Annotated[str, Field(min_length=1, max_length=200)]


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticesEntry:
    """Papers for applicants: their numbers, wording and fonts; docs/documents.md."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    organ: Annotated[str, AfterValidator(_organ)] | None = None
    """机关代字; without it this gateway gives no numbers."""
    begin_at: Annotated[int, Field(ge=1, le=MOST), WHOLE] = 1
    """The lowest running number that is given; raised after a restore, or where a register on paper goes on."""
    folder: Annotated[str, Field(min_length=1, max_length=1000)] = "notices"
    """Wordings of your own."""
    fonts: Annotated[str, Field(min_length=1, max_length=1000)] | None = None
    """A folder of fonts beside those of the machine."""
    reconsider: Name = RECONSIDER
    """行政复议机关, as notices of a refusal name it."""
    sue: Name = SUE
    """人民法院."""


@dataclass(frozen=True, slots=True)
class PaperSettings:
    """What papers need; paths are absolute."""

    organ: str = ""
    begin_at: int = 1
    folder: Path | None = None
    fonts: Path | None = None
    reconsider: str = RECONSIDER
    sue: str = SUE
    progress_url: str = ""


def resolved_papers(said: NoticesEntry, url: str | None, home: Path) -> PaperSettings:
    """Return the part with its paths resolved."""
    return PaperSettings(
        organ=said.organ or "",
        begin_at=said.begin_at,
        folder=home / said.folder,
        fonts=home / said.fonts if said.fonts else None,
        reconsider=said.reconsider,
        sue=said.sue,
        progress_url=url or "",
    )
