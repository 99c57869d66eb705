"""Whether a file changed since it was last looked at."""

from pathlib import Path

Mark = tuple[int, int, int] | None
"""When it was written, its size, and which file it is; None for one that is not there."""


def mark_of(path: Path) -> Mark:
    """Return the mark of a file as it is now."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino
