"""A layer under SQLite that counts syncs and breaks on demand."""

import threading
from dataclasses import dataclass, field

import apsw


@dataclass
class Disk:
    """What happens on the disk below one database.

    Attributes:
        syncs: syncs of the write-ahead log so far.
        fails: what breaks now: "write", "sync", both or nothing.
    """

    syncs: int = 0
    fails: frozenset[str] = frozenset()
    code: type[apsw.Error] = apsw.IOError
    lock: threading.Lock = field(default_factory=threading.Lock)

    def meet(self, act: str) -> None:
        if act in self.fails:
            raise self.code(f"the test broke this {act}")


class FaultyFile(apsw.VFSFile):
    def __init__(self, disk: Disk, name: apsw.URIFilename | str | None, flags: list[int]) -> None:
        super().__init__("", name, flags)
        self._disk = disk
        self._is_log = bool(flags[0] & apsw.SQLITE_OPEN_WAL)

    def xWrite(self, data: bytes, offset: int) -> None:  # noqa: N802 - apsw's name
        self._disk.meet("write")
        super().xWrite(data, offset)

    def xSync(self, flags: int) -> None:  # noqa: N802
        self._disk.meet("sync")
        super().xSync(flags)
        if self._is_log:
            with self._disk.lock:
                self._disk.syncs += 1


class FaultyDisk(apsw.VFS):
    """SQLite's usual file layer, watched by a `Disk`; stays registered while it is referred to."""

    def __init__(self, name: str) -> None:
        super().__init__(name, "")
        self.disk = Disk()

    def xOpen(self, name: apsw.URIFilename | str | None, flags: list[int]) -> apsw.VFSFile:  # noqa: N802
        return FaultyFile(self.disk, name, flags)
