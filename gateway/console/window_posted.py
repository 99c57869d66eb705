"""A form with files, read as it comes: what was typed is bounded and held, files go straight to the store.

The first part is the page's token, which the guard has looked at (`guard`).  A file that could not be kept is told next to its
field; all others that came with it are kept, and so is what was typed.
"""

import asyncio
import hashlib
import json
import re
from collections.abc import AsyncIterator, Awaitable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

from aiohttp import BodyPartReader, MultipartReader

from gateway.case.errors import FieldFinding, GatewayError
from gateway.case.model import MaterialFile
from gateway.case.reasons import Reason
from gateway.case.texts import Text
from gateway.console.call import Call
from gateway.console.guard import AT_HAND, TOKEN_FIELD
from gateway.flows.people.window_files import WindowFiles
from gateway.flows.window.upload_shares import Pace

TYPED_BYTES = 1024 * 1024
"""Of all that was typed, in UTF-8; more is refused with REQUEST_TOO_LARGE."""
MOST_PARTS = 2000
MOST_FILES = 100
LONGEST_SENDING = 3600
"""Seconds in which a whole form has come; then REQUEST_TIMEOUT, and what came is kept for three days by its digest."""
LONGEST_SILENCE = 30
"""Seconds a form may stand still while it comes."""
FILE, HELD, DROP = "file.", "held.", "drop."
"""Fields of a row of materials: files that come now, files that came before, those of them that are taken off again."""

NOT_CARRIED = frozenset({TOKEN_FIELD, "do"})
"""What belongs to one sending of a form."""

Came = TypeVar("Came")
_MEDIA_TYPE = re.compile(r"[A-Za-z0-9!#$&^_.+-]{1,127}/[A-Za-z0-9!#$&^_.+-]{1,127}")
_DIGEST = re.compile(r"[0-9a-f]{64}", re.ASCII)
UNKNOWN_TYPE = "application/octet-stream"


@dataclass(slots=True)
class Posted:
    """What a form sent.

    Attributes:
        values: every field with all its values.
        problems: what is wrong with files, by their field.
    """

    values: dict[str, list[str]] = field(default_factory=dict)
    problems: list[FieldFinding] = field(default_factory=list)
    files: dict[str, list[MaterialFile]] = field(default_factory=dict)

    def one(self, name: str) -> str:
        """Return the value of a field; empty when it was not sent."""
        values = self.values.get(name, ())
        return values[0].strip() if values else ""

    def all(self, name: str) -> Sequence[str]:
        """Return all values of a field."""
        return self.values.get(name, ())

    @property
    def digest(self) -> bytes:
        """Digest of all that was sent, to know the same form again."""
        files = {row: [file.sha256 for file in listed] for row, listed in self.files.items()}
        return hashlib.sha256(repr((sorted(self.values.items()), sorted(files.items()))).encode()).digest()

    def carried(self) -> dict[str, list[str]]:
        """Return every field as the page carries it on: files that came are held, those taken off are gone."""
        rows = {name.removeprefix(HELD) for name in self.values if name.startswith(HELD)} | set(self.files)
        values = {
            name: values
            for name, values in self.values.items()
            if name not in NOT_CARRIED and not name.startswith((HELD, DROP))
        }
        return values | {f"{HELD}{row}": [as_held(file) for file in files] for row in rows if (files := self.held(row))}

    def held(self, row: str) -> tuple[MaterialFile, ...]:
        """Return the files of a row: those that came before and were not taken off, then those that came now; each once."""
        before = [file for one in self.all(f"{HELD}{row}") if (file := _held(one))]
        dropped = set(self.all(f"{DROP}{row}"))
        kept = [file for file in before if file.sha256 not in dropped] + self.files.get(row, [])
        return tuple({file.sha256: file for file in kept}.values())


def for_people(finding: FieldFinding) -> FieldFinding:
    """Return a finding with what people do about it, where the flow says what a program does."""
    if finding.path.endswith(".sha256") or finding.path.startswith("files["):
        return replace(finding, fix=_CHOOSE_AGAIN)
    if finding.path == "agent.authorisation_material_id":
        return replace(finding, fix=_HAND_IT_IN)
    return finding


def held_in(values: Mapping[str, Sequence[str]]) -> frozenset[str]:
    """Return the digests of all files that the fields of a form hold."""
    told = [one for name, listed in values.items() if name.startswith(HELD) for one in listed]
    return frozenset(file.sha256 for one in told if (file := _held(one)))


def as_held(file: MaterialFile) -> str:
    """Return a file as the page carries it on until the form is sent."""
    return json.dumps([file.sha256, file.size, file.media_type, file.file_name], ensure_ascii=False)


async def read_posted(files: WindowFiles, call: Call) -> Posted:
    """Return what a form sent; its files are kept when this returns.

    Raises:
        GatewayError: REQUEST_TOO_LARGE; REQUEST_TIMEOUT when it stood still; DISK_FULL, STORE_NOT_WRITABLE; SIGNED_OUT when the
            session ended while it came.
    """
    posted = Posted({name: list(values) for name, values in call.form.items()})
    if call.parts is None:
        return posted
    try:
        async with asyncio.timeout(LONGEST_SENDING):
            await _read(files, call, call.parts, posted)
    except TimeoutError:
        raise GatewayError(Reason.REQUEST_TIMEOUT, limit=LONGEST_SENDING) from None
    if call.still_may:
        await call.still_may()
    return posted


async def _read(files: WindowFiles, call: Call, parts: MultipartReader, posted: Posted) -> None:
    size = count = 0
    pace = files.pace()
    while (part := await _in_time(parts.next())) is not None:
        count += 1
        if count > MOST_PARTS or not isinstance(part, BodyPartReader):
            raise GatewayError(Reason.REQUEST_TOO_LARGE, limit=MOST_PARTS)
        name = (part.name or "").replace("%22", '"')  # HTML §4.10.21.8: how browsers write it
        if part.filename is not None:
            await _take(files, call, posted, name, _chunks(part, pace), part)
            continue
        typed = bytearray()
        async for chunk in _chunks(part, pace):
            typed += chunk
            if size + len(typed) > TYPED_BYTES:
                raise GatewayError(Reason.REQUEST_TOO_LARGE, limit=TYPED_BYTES)
        size += len(typed)
        posted.values.setdefault(name, []).append(typed.decode("utf-8", "replace"))


async def _take(
    files: WindowFiles, call: Call, posted: Posted, name: str, coming: AsyncIterator[bytes], part: BodyPartReader
) -> None:
    row = name.removeprefix(FILE)
    if sum(map(len, posted.files.values())) >= MOST_FILES:
        async for _ in coming:
            continue
        posted.problems.append(FieldFinding(name, _TOO_MANY, _SEND_AGAIN))
        return
    try:
        sha256, size = await files.keep(call.person.person, coming)
    except GatewayError as error:
        if error.reason not in _TOLD_AT_THE_FIELD:
            raise
        async for _ in coming:
            continue
        posted.problems.append(FieldFinding(name, error.cause, error.fix))
        return
    file_name = _plain(part.filename or "")
    if not size:
        if file_name:
            posted.problems.append(FieldFinding(name, _EMPTY, _CHOOSE_AGAIN))
        return  # a field in which nothing was chosen sends an empty file without a name
    declared = part.headers.get("Content-Type", "").partition(";")[0].strip()
    media_type = declared if _MEDIA_TYPE.fullmatch(declared) else UNKNOWN_TYPE
    posted.files.setdefault(row, []).append(MaterialFile(sha256, size, media_type, file_name or sha256[:12]))


async def _chunks(part: BodyPartReader, pace: Pace) -> AsyncIterator[bytes]:
    while not part.at_eof():
        yield await pace.chunk(_in_time(part.read_chunk(AT_HAND)))


async def _in_time(coming: Awaitable[Came]) -> Came:
    try:
        async with asyncio.timeout(LONGEST_SILENCE):
            return await coming
    except TimeoutError:
        raise GatewayError(Reason.REQUEST_TIMEOUT, limit=LONGEST_SILENCE) from None
    except ValueError:
        raise GatewayError(Reason.BAD_REQUEST, findings=(_BROKEN,), count=1) from None


def _held(written: str) -> MaterialFile | None:
    try:
        sha256, size, media_type, file_name = json.loads(written)
    except (ValueError, TypeError, RecursionError):
        return None
    is_one = (
        isinstance(sha256, str)
        and _DIGEST.fullmatch(sha256) is not None
        and isinstance(size, int)
        and isinstance(media_type, str)
        and _MEDIA_TYPE.fullmatch(media_type) is not None
        and isinstance(file_name, str)
    )
    return MaterialFile(sha256, size, media_type, _plain(file_name)) if is_one else None


def _plain(file_name: str) -> str:
    """Return the last part of a file's name, without what no name needs; at most 200 characters, its ending kept."""
    last = re.split(r"[/\\]", file_name)[-1]
    shown = "".join(char for char in last if char.isprintable()).strip()
    if len(shown) <= LONGEST_NAME:
        return shown
    stem, dot, ending = shown.rpartition(".")
    return f"{stem[: LONGEST_NAME - 11]}{dot}{ending[:10]}" if dot else shown[:LONGEST_NAME]


LONGEST_NAME = 200
_TOLD_AT_THE_FIELD = frozenset({Reason.MATERIAL_TOO_LARGE, Reason.MATERIAL_QUOTA, Reason.DISK_LOW, Reason.UPLOADS_BUSY})
_TOO_MANY = Text(f"一次最多 {MOST_FILES} 个文件", f"at most {MOST_FILES} files at once")
_SEND_AGAIN = Text("分几次上传", "upload them in several turns")
_EMPTY = Text("文件是空的", "the file is empty")
_CHOOSE_AGAIN = Text("重新选择文件", "choose the file again")
_HAND_IT_IN = Text("在授权委托书这一行上传或登记", "hand it in on the row of the authorisation")
_BROKEN = FieldFinding(
    "form",
    Text("提交的内容读不出来", "what was sent cannot be read"),
    Text("返回后重新提交", "go back and send it again"),
)
