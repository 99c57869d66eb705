"""Writing a file people edit so that no reader ever meets half of it: a new file beside it, on disk, then one rename.

Mode and owner of the file before are kept where this process may; a link stays a link, its target is replaced.
"""

import os
from contextlib import suppress
from pathlib import Path

_MODE = 0o640


def put_back(path: Path, content: bytes, draft: str) -> None:
    """Write `content` to `path`, by way of a hidden file beside it.

    Args:
        draft: part of the hidden file's name; whoever writes at the same time uses another.

    Raises:
        OSError: the disk failed, or this process may not write there; `path` is as it was.
    """
    target = path.resolve()
    hidden = target.with_name(f".{target.name}.{draft}.draft")
    mode, owner = _as_before(target)
    hidden.unlink(missing_ok=True)  # left by a process that died here
    descriptor = os.open(hidden, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fchmod(descriptor, mode)
            if owner:
                with suppress(PermissionError):
                    os.fchown(descriptor, *owner)
            os.fsync(descriptor)
        hidden.replace(target)
    except BaseException:
        hidden.unlink(missing_ok=True)
        raise
    folder = os.open(target.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _as_before(target: Path) -> tuple[int, tuple[int, int] | None]:
    try:
        found = target.stat()
    except FileNotFoundError:
        return _MODE, None
    return found.st_mode & 0o777, (found.st_uid, found.st_gid)
