"""How fast a copy may go, and putting what was written on disk."""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Pace:
    """How much of the disk's time a copy may take, so that a working gateway keeps its share.

    Attributes:
        share: above 0 and at most 1; 0.5 rests as long as it works.
        rest: waits that many seconds; monotonic: seconds that only go on.
    """

    share: float
    rest: Callable[[float], None]
    monotonic: Callable[[], float]

    def during(self, work: Callable[[], T]) -> T:
        """Do a piece of work, then rest in proportion."""
        began = self.monotonic()
        done = work()
        if self.share < 1:
            self.rest((self.monotonic() - began) * (1 - self.share) / self.share)
        return done


def sync_file(file: Path) -> None:
    """Put what a file holds on disk."""
    with file.open("rb") as opened:
        os.fsync(opened.fileno())


def sync_folders(folder: Path, *, deep: bool = True) -> None:
    """Put the names in a folder, and in everything below it, on disk."""
    for path in (*(_folders_below(folder) if deep else ()), folder):
        handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _folders_below(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*"), reverse=True):
        if path.is_dir() and not path.is_symlink():
            yield path
