"""Copying the embedded store and the files it names while a gateway goes on working, and reading what a copy says.

The store is copied first, as it stood at one moment: a read keeps that moment while pages are copied in pieces.  Then the
files that copy names: files are found by the digest of their content and never change, so each is the one that was meant.

Guarantees that what is copied is on disk when a function returns.  Leaves to others: what else belongs to a backup, and
when a target counts (`flows.restored.backup`).
"""

import errno
import hashlib
import shutil
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from gateway.store import audit, incarnation
from gateway.store.database import Transaction
from gateway.store.migrating import read_migrations
from gateway.store.moments import to_store
from gateway.store.pace import Pace, sync_file
from gateway.store.sqlite.copying import write_store
from gateway.store.waiting import not_writable

CHUNK = 1024 * 1024
_NAMED = "SELECT sha256 FROM case_files UNION SELECT sha256 FROM possessions WHERE complete = 1 ORDER BY sha256"


@dataclass(frozen=True, slots=True)
class StoreFacts:
    """What a store says about itself.

    Attributes:
        migrations: names of those that ran, the last one last.
    """

    incarnation: str
    migrations: tuple[str, ...]
    cases: int
    owed: int


def facts_of(tx: Transaction) -> StoreFacts:
    """Return what a store says about itself."""
    counted = tx.row("SELECT (SELECT COUNT(*) FROM cases), (SELECT COUNT(*) FROM outbox WHERE settled_at IS NULL)")
    names = tuple(str(row[0]) for row in tx.rows("SELECT name FROM migrations ORDER BY name"))
    return StoreFacts(incarnation.current(tx), names, *(counted or (0, 0)))


def unknown_migrations(facts: StoreFacts) -> list[str]:
    """Return the migrations of a store this program does not know: a newer one made it."""
    known = {migration.name for migration in read_migrations()}
    return [name for name in facts.migrations if name not in known]


def named_files(tx: Transaction) -> list[str]:
    """Return the digests of all files a store names, in order."""
    return [str(row[0]) for row in tx.rows(_NAMED)]


def copy_file(source: Path, target: Path, pace: Pace, *, link: bool) -> str:
    """Copy a file that never changes, as a hard link where that is wanted and possible; return the SHA-256 of its bytes.

    Raises:
        FileNotFoundError: it is gone.
        STORE_NOT_WRITABLE: the disk failed.
    """
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        if link:
            try:
                target.hardlink_to(source)
                return digest_of(target, pace)
            except OSError as error:
                if error.errno not in (errno.EXDEV, errno.EPERM, errno.EMLINK, errno.ENOTSUP):
                    raise
        shutil.copyfile(source, target)
        target.chmod(0o600)
        sync_file(target)
        return digest_of(target, pace)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise not_writable(f"{target}: {error.strerror}") from error


def digest_of(file: Path, pace: Pace) -> str:
    """Return the SHA-256 of a file in hexadecimal digits."""
    digest = hashlib.sha256()
    with file.open("rb") as opened:
        while chunk := pace.during(lambda: _read_into(opened.read(CHUNK), digest.update)):
            del chunk
    return digest.hexdigest()


def remove(folder: Path) -> None:
    """Remove an unfinished target."""
    with suppress(FileNotFoundError):
        shutil.rmtree(folder)


def begin_restored_life(store: Path, new_id: str, backup_at: datetime, actor: str, now: datetime) -> None:
    """Begin a new life of a restored store; see `restored_life`."""
    write_store(store, lambda tx: restored_life(tx, new_id, backup_at, actor, now))


def restored_life(tx: Transaction, new_id: str, backup_at: datetime, actor: str, now: datetime) -> None:
    """Begin a new life: it knows since when it is behind, and its feed goes on behind all it ever told."""
    incarnation.begin_restored(tx, new_id, backup_at, now)
    last = tx.rows("SELECT COALESCE(MAX(position), 0) FROM feed")[0][0]
    # By time as well: else a second life from the same backup would tell its own news under the positions of the first.
    tx.execute(_FEED_GOES_ON, {"position": max(last + FEED_AHEAD, to_store(now)), "at": 0})
    audit.note(tx, now, actor, "store.restored", new_id, detail=backup_at.isoformat(timespec="seconds"))


FEED_AHEAD = 1_000_000_000
"""How far the positions of the feed jump at least: what was told after the backup had positions too, and systems remember
them.  They jump to the microseconds since 1970 of the restore, which stay below 2^53 for two centuries."""
_FEED_GOES_ON = (
    "INSERT INTO feed (position, system, case_id, kind, sender, envelope_id, note, at, confirmed_at)"
    " VALUES (:position, '-', '', 'restored', '', '', '', :at, :at)"
)


def _read_into(chunk: bytes, take: Callable[[bytes], object]) -> bytes:
    take(chunk)
    return chunk
