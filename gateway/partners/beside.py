"""Files a partner file names (certificates, public keys), and reading any file of the folder without waiting on it.

A name is taken from the folder of the partner file, or from a version of it that was kept with everything it named.
"""

import os
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol


class Beside(Protocol):
    """Where the files are that a partner file names."""

    def read(self, name: str, most: int) -> bytes:
        """Return the content of a file, cut off after `most` bytes and one.

        Raises:
            OSError, ValueError: there is no such file, or it cannot be read.
        """
        ...


class FolderFiles:
    """Files in the folder of the partner file; remembers which were asked for, those that are missing too.

    Attributes:
        asked: every path that was asked for.
        taken: what was read, by name.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.asked: set[Path] = set()
        self.taken: dict[str, bytes] = {}

    def read(self, name: str, most: int) -> bytes:
        """Return the content of a file of the folder."""
        path = self._folder / name
        self.asked.add(path)
        content = read_regular(path, most)
        self.taken[name] = content
        return content


class KeptFiles:
    """Files that were kept with a version; `otherwise` is asked for what was not."""

    def __init__(self, kept: Mapping[str, bytes], otherwise: Beside | None = None) -> None:
        self._kept = kept
        self._otherwise = otherwise

    def read(self, name: str, most: int) -> bytes:
        """Return the content of a kept file."""
        if name in self._kept:
            return self._kept[name][: most + 1]
        if self._otherwise is None:
            raise FileNotFoundError(name)
        return self._otherwise.read(name, most)


def read_regular(path: Path, most: int) -> bytes:
    """Return the content of a regular file, cut off after `most` bytes and one; a link is followed.

    Raises:
        OSError: it cannot be read, or is no regular file: a pipe would be waited on for ever.
        ValueError: no file can have that name.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb") as stream:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(None, "no regular file")
        return stream.read(most + 1)


def is_content(path: Path, content: bytes) -> bool:
    """Whether a file has exactly this content."""
    try:
        return read_regular(path, len(content)) == content
    except (OSError, ValueError):
        return False
