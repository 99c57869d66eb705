"""What tells that a file may have changed without reading it, and whose it is."""

import os
import pwd
from collections.abc import Collection
from pathlib import Path

Mark = tuple[tuple[int, int, int, int, int] | None, ...]
"""Mode, inode, size, change time and modification time of a file and those it names; None for what is not there."""


def mark_of(path: Path, asked: Collection[Path]) -> Mark:
    """Return the mark of a file and of the files it asked for; links are followed."""
    return tuple(_stat(one) for one in (path, *sorted(asked)))


def owner_of(path: Path) -> str:
    """Return the name of the system user a file belongs to, or the number where it has no name.  Raises OSError."""
    uid = path.stat().st_uid
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def _stat(path: Path) -> tuple[int, int, int, int, int] | None:
    try:
        found = os.stat(path)  # noqa: PTH116 - several hundred of these a second; a `Path` costs three times as much
    except (OSError, ValueError):
        return None
    return found.st_mode, found.st_ino, found.st_size, found.st_ctime_ns, found.st_mtime_ns
