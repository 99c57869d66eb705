"""Files that hold secrets: read only if nobody else can read them, written so that nobody else ever could.

Guarantees that a secret file is whole or absent after a crash, and never exists with a mode wider than 0600.
"""

import os
import shlex
import stat
from pathlib import Path

from gateway.case.errors import FieldFinding, GatewayError
from gateway.case.reasons import Reason
from gateway.case.texts import Text

MAX_SECRET_BYTES = 64 * 1024
_FOR_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def read_secret(file: Path, make_command: str) -> bytes:
    """Return the content of a secret file.

    Args:
        make_command: what to run when the file is missing; shown to the operator.

    Raises:
        KEY_FILE_MISSING: there is no such file.
        KEY_FILE_OPEN: group or others have any right on it.
        CONFIGURATION: it cannot be read or is larger than 64 KiB.
    """
    try:
        with file.open("rb") as opened:
            # Asked of the open file, not of the name: the name may be exchanged in between.
            if stat.S_IMODE(os.fstat(opened.fileno()).st_mode) & _FOR_OTHERS:
                raise GatewayError(Reason.KEY_FILE_OPEN, file=file, command=f"chmod 600 {shlex.quote(str(file))}")
            content = opened.read(MAX_SECRET_BYTES + 1)
    except FileNotFoundError:
        raise GatewayError(Reason.KEY_FILE_MISSING, file=file, command=make_command) from None
    except OSError as error:
        raise damaged(file, f"无法读取 ({error.strerror})", f"it cannot be read ({error.strerror})") from error
    if len(content) > MAX_SECRET_BYTES:
        raise damaged(file, "超过 64 KiB", "it is larger than 64 KiB")
    return content


def need_closed(folder: Path) -> None:
    """Refuse a folder of secrets that others may enter, list or change: they could put files of their own there.

    Raises:
        KEY_FOLDER_OPEN: with the command that mends it.
    """
    try:
        mode = stat.S_IMODE(folder.stat().st_mode)
    except OSError:
        return  # what is missing there is told by whoever looks for it
    if mode & _FOR_OTHERS:
        raise GatewayError(Reason.KEY_FOLDER_OPEN, file=folder, command=f"chmod 700 {shlex.quote(str(folder))}")


def write_secret(file: Path, content: bytes) -> None:
    """Put `content` in place of `file` in one step, mode 0600, on disk when this returns."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    unfinished = file.with_name(f".{file.name}.unfinished")
    unfinished.unlink(missing_ok=True)
    handle = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(handle, "wb") as opened:
        opened.write(content)
        opened.flush()
        os.fsync(opened.fileno())
    unfinished.replace(file)
    folder = os.open(file.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def damaged(file: Path, zh: str, en: str) -> GatewayError:
    """Return the error for a file that is there and cannot be used; never quotes its content."""
    finding = FieldFinding(
        path=str(file),
        problem=Text(zh, en),
        fix=Text("从备份恢复该文件, 或重新生成", "restore the file from backup, or make a new one"),
    )
    return GatewayError(Reason.CONFIGURATION, findings=[finding], count=1, file=file)
