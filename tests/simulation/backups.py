"""A machine that burns down and comes back from a backup: what it may have lost then, and what it may not.

Lost is what its systems were told, and no partner had settled, between backup and restore.  Systems hand in again what they
were told in that time, as docs/ asks of them.
"""

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from gateway.store.backup import restored_life
from gateway.store.database import Transaction
from tests.simulation.inline_database import Disk


@dataclass(slots=True)
class Backup:
    """What a machine held at a moment.

    Attributes:
        at: wall time there; begun: loop time.
    """

    disk: Disk
    files: frozenset[Path]
    at: datetime
    begun: float


@dataclass(slots=True)
class Backups:
    """The backup of one machine, and the time that a restore took away."""

    code: str
    disk: Disk
    files: Path
    newest: Backup | None = None
    lost: tuple[float, float] | None = None
    lives: int = field(default=0)

    def back_up(self, at: datetime, begun: float) -> None:
        """Keep what the machine holds now."""
        held = Disk.migrated()
        held.become(self.disk)
        self.newest = Backup(held, frozenset(self._files()), at, begun)

    def restore(self, now: datetime, moment: float) -> bool:
        """Hold what the backup held, as a new life; False when there is none.  Once in a run."""
        if self.newest is None or self.lost is not None:
            return False
        self.disk.become(self.newest.disk)
        for file in self._files():
            if file not in self.newest.files:
                file.unlink()
        self.lives += 1
        made_at, life = self.newest.at, f"life-{self.code}-{self.lives}"

        def begin(tx: Transaction) -> None:
            restored_life(tx, life, made_at, f"gateway:{self.code}", now)

        self.disk.change(begin)
        self.lost = (self.newest.begun, moment)
        return True

    def may_have_lost(self, moment: float) -> bool:
        """Whether what was told at this moment may be gone."""
        return self.lost is not None and self.lost[0] <= moment <= self.lost[1]

    def _files(self) -> list[Path]:
        return [path for path in self.files.rglob("*") if path.is_file()] if self.files.is_dir() else []
