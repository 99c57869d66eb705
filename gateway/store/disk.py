"""Work on the disk: in threads, waited for to its end, its errors said in our words; and how much room is left.

Nobody else may write a file that such work still writes, so a caller that is cancelled waits for the end all the same.
"""

import asyncio
import errno
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import ParamSpec, TypeVar

from gateway.case.errors import GatewayError
from gateway.case.reasons import Reason
from gateway.store.waiting import not_writable

P = ParamSpec("P")
R = TypeVar("R")

_FULL = (errno.ENOSPC, errno.EDQUOT)


async def on_disk(work: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Run `work` in a thread and wait for its end even when cancelled.

    Raises:
        DISK_FULL: the disk, or what this user may have of it, is full.
        STORE_NOT_WRITABLE: it failed otherwise.
    """

    def translated() -> R:
        with _disk_errors():
            return work(*args, **kwargs)

    running = asyncio.ensure_future(asyncio.to_thread(translated))
    cancelled: asyncio.CancelledError | None = None
    while not running.done():
        try:
            await asyncio.wait([running])
        except asyncio.CancelledError as error:
            cancelled = error
    if cancelled is not None:
        running.exception()  # looked at, so that asyncio does not complain; the cancellation goes first
        raise cancelled
    return running.result()


def free_bytes(folder: Path) -> int:
    """Return how many bytes this process may still write below `folder`, or below where it will be made."""
    while not folder.exists():
        folder = folder.parent
    there = os.statvfs(folder)
    return there.f_bavail * there.f_frsize


def unlink(path: Path) -> bool:
    """Remove a file; return whether it was there."""
    try:
        path.unlink()
    except FileNotFoundError:
        return False
    return True


def make_folders(folder: Path) -> None:
    """Make a folder and those above it, each on disk before what it holds."""
    if folder.is_dir():
        return
    make_folders(folder.parent)
    folder.mkdir(mode=0o700, exist_ok=True)
    sync_folder(folder.parent)


def sync_folder(folder: Path) -> None:
    """Make the names in a folder outlive a crash."""
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


@contextmanager
def _disk_errors() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise GatewayError(Reason.DISK_FULL) from error
        raise not_writable(error.strerror) from error
