"""The form of an item: JSON Schema text in the cell itself, or the name of a file beside the table."""

from pathlib import Path, PurePosixPath, PureWindowsPath

from gateway.case.form.schema import SCHEMA_BYTES
from gateway.case.texts import Text
from gateway.files.misfits import Misfit, shown

MOST_FORM_BYTES = SCHEMA_BYTES


def form_text(said: str, folder: Path) -> str:
    """Return the schema text a cell means.

    Raises:
        Misfit: a file outside `folder`, none, too large, or no UTF-8 text.
    """
    if said.startswith("{"):
        return said
    name = said.replace("\\", "/")
    if PurePosixPath(name).is_absolute() or PureWindowsPath(name).drive or ".." in PurePosixPath(name).parts:
        raise Misfit(*_OUTSIDE)
    path = folder / name
    try:
        inside = path.resolve().is_relative_to(folder.resolve())
        raw = _bytes(path) if inside else b""
    except (OSError, ValueError) as error:
        raise Misfit(_NO_FILE.format(shown=shown(said)), _NO_FILE_FIX) from error
    if not inside:
        raise Misfit(*_OUTSIDE)
    if len(raw) > MOST_FORM_BYTES:
        raise Misfit(*_LARGE)
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Misfit(_NO_TEXT.format(shown=shown(said)), _NO_TEXT_FIX) from error


def _bytes(path: Path) -> bytes:
    with path.open("rb") as stream:
        return stream.read(MOST_FORM_BYTES + 1)


_OUTSIDE = (
    Text("表单文件要放在表格所在的文件夹里", "a form's file lies within the folder of the table"),
    Text("写相对文件名, 如 forms/社会保障卡申领.json", "write a name relative to it, such as forms/card.json"),
)
_NO_FILE = Text("表单文件“{shown}”打不开", "the form's file '{shown}' cannot be opened")
_NO_FILE_FIX = Text(
    "检查文件名; 也可以把 JSON Schema 直接写在单元格里", "check the name, or write the JSON Schema into the cell"
)
_LARGE = (
    Text("表单文件超过 64 KiB", "the form's file is larger than 64 KiB"),
    Text("检查是否放错了文件", "check that it is the right file"),
)
_NO_TEXT = Text("表单文件“{shown}”不是 UTF-8 文本", "the form's file '{shown}' is no UTF-8 text")
_NO_TEXT_FIX = Text("另存为 UTF-8", "save it again as UTF-8")
