"""A file comes in pieces: how one announces itself, the same at every HTTP door (RFC 9110 §14.4).

`Content-Range: bytes first-last/total` names a piece, `bytes */total` without a body asks where to go on; a file without it comes
whole.
"""

import re
from dataclasses import dataclass

from gateway.case.errors import FieldFinding, GatewayError
from gateway.case.reasons import Reason
from gateway.case.texts import Text

LARGEST_FILE = 2 * 1024**3
_PIECE = re.compile(r"bytes (?:([0-9]{1,10})-([0-9]{1,10})|\*)/([0-9]{1,10}|\*)")


@dataclass(frozen=True, slots=True)
class Piece:
    """What an upload announces: `length` bytes from `offset` on, of a file of `size` bytes."""

    offset: int
    length: int
    size: int


def announced(length: int | None, content_range: str | None) -> Piece | None:
    """Return the piece that a request brings; None when it asks where to go on.

    Args:
        length: of its body, None when it does not say.
        content_range: the header as it came, None when there is none.

    Raises:
        GatewayError: BAD_REQUEST.
    """
    if length is None:
        raise _wrong(
            "Content-Length",
            Text("缺少 Content-Length", "Content-Length is missing"),
            Text("写明本次发送的字节数, 不要用分块传输", "say how many bytes follow; no chunked transfer coding"),
        )
    if content_range is None:
        return _bounded(Piece(0, length, length))
    found = _PIECE.fullmatch(content_range.strip())
    if found and found[1] is None and length == 0:
        return None
    if found and found[1] is not None and found[3] != "*":
        first, last, size = int(found[1]), int(found[2]), int(found[3])
        if last - first + 1 == length and last < size:
            return _bounded(Piece(first, length, size))
    raise _wrong(
        "Content-Range",
        Text("与 Content-Length 不符或写法不对", "it does not fit Content-Length or is not written as it must be"),
        Text("写 bytes 起-止/总字节数, 如 bytes 0-1048575/3000000", "write bytes first-last/total"),
    )


def _bounded(piece: Piece) -> Piece:
    if 1 <= piece.size <= LARGEST_FILE:
        return piece
    raise _wrong(
        "Content-Length",
        Text("文件为空或超过 2 GiB", "the file is empty or larger than 2 GiB"),
        Text("核对文件; 大文件请拆分", "check the file; split a large one"),
    )


def _wrong(path: str, problem: Text, fix: Text) -> GatewayError:
    return GatewayError(Reason.BAD_REQUEST, findings=(FieldFinding(path, problem, fix),), count=1)
