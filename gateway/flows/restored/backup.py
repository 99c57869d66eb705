"""Backing a gateway up while it works, and checking a backup.

1 store      a copy as of one moment, taken while others write; settings and files of partners, systems, calendars
2 materials  the files that copy names, as hard links where the target lies on the same disk, else as copies
3 keys       none, or all of them in one file encrypted under a passphrase
4 verified   the copied store opens and is whole; the digest of every file is in the manifest
5 whole      on disk, then under its name: a target is there completely or not at all

Bounds: half of the time it rests, so that a working gateway keeps its share of the disk; memory does not grow with the size.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from gateway.case.errors import GatewayError
from gateway.case.reasons import Reason
from gateway.flows.restored.manifest import (
    HOME,
    LOCKED_KEYS,
    MATERIALS,
    NAME,
    STORE,
    Entry,
    Manifest,
    broken,
    read_manifest,
)
from gateway.settings import SETTINGS_NAME, Settings
from gateway.store import backup as store
from gateway.store.pace import Pace, sync_file, sync_folders
from gateway.store.sqlite import copying

Tell = Callable[[str, int, int], None]
"""Told of progress: which step, how much is done, how much there is."""


@dataclass(frozen=True, slots=True)
class Backup:
    """What is to be backed up.

    Attributes:
        software: name and version of the program.
        locked_keys: the keys, encrypted; None leaves them out.
        link: whether materials may be hard links.
    """

    settings: Settings
    software: str
    locked_keys: bytes | None = None
    link: bool = True


def make_backup(backup: Backup, target: Path, *, now: datetime, new_id: str, pace: Pace, tell: Tell) -> Manifest:
    """Make a backup; the folder `target` is there completely when this returns.

    Args:
        now: the moment before the first byte is read.
        new_id: makes the name of the unfinished folder one that nobody else uses.

    Raises:
        GatewayError: BACKUP_TARGET, STORE_NOT_WRITABLE, STORE_NEWER.
    """
    unfinished = target.with_name(f".{target.name}.{new_id}.unfinished")
    if target.exists():
        raise GatewayError(Reason.BACKUP_TARGET, folder=target, detail="exists")
    try:
        unfinished.mkdir(mode=0o700, parents=True)
        try:
            manifest = _fill(backup, unfinished, now, pace, tell)
            (unfinished / NAME).write_text(manifest.to_json(), "utf-8")
            sync_file(unfinished / NAME)
            sync_folders(unfinished)
            if target.exists():
                raise GatewayError(Reason.BACKUP_TARGET, folder=target, detail="exists")
            unfinished.rename(target)
            sync_folders(target.parent, deep=False)
        except BaseException:
            store.remove(unfinished)
            raise
    except OSError as error:
        raise GatewayError(Reason.BACKUP_TARGET, folder=target, detail=error.strerror) from error
    return manifest


def _fill(backup: Backup, folder: Path, now: datetime, pace: Pace, tell: Tell) -> Manifest:
    settings = backup.settings
    copied = folder / STORE
    copying.copy_store(settings.store_file, copied, pace, lambda done, of: tell("store", done, of))
    if not copying.is_sound(copied):
        raise broken(folder, STORE)
    facts = copying.read_copy(copied, store.facts_of)
    if newer := store.unknown_migrations(facts):
        raise GatewayError(Reason.STORE_NEWER, file=newer[0])
    digests = copying.read_copy(copied, store.named_files)
    entries = [_entry(folder, copied, store.digest_of(copied, pace))]
    for source, path in _texts(settings):
        target = folder / HOME / path
        entries.append(_entry(folder, target, store.copy_file(source, target, pace, link=False)))
    missing: list[str] = []
    for done, digest in enumerate(digests, 1):
        below = Path(digest[:2]) / digest[2:4] / digest
        target = folder / MATERIALS / below
        try:
            found = store.copy_file(settings.materials / below, target, pace, link=backup.link)
        except FileNotFoundError:
            missing.append(digest)
        else:
            entries.append(_entry(folder, target, found))
        tell("materials", done, len(digests))
    if backup.locked_keys is not None:
        keys = folder / LOCKED_KEYS
        keys.write_bytes(backup.locked_keys)
        sync_file(keys)
        entries.append(_entry(folder, keys, store.digest_of(keys, pace)))
    return Manifest(
        region=settings.region,
        name=settings.name,
        made_at=now,
        incarnation=facts.incarnation,
        software=backup.software,
        migrations=facts.migrations,
        cases=facts.cases,
        owed=facts.owed,
        with_keys=backup.locked_keys is not None,
        missing=tuple(missing),
        files=tuple(entries),
    )


def _texts(settings: Settings) -> Iterator[tuple[Path, Path]]:
    """Yield the files people edit, and where each lies in a backup."""
    yield settings.file, Path(SETTINGS_NAME)
    folders: Mapping[str, Path] = {
        "partners": settings.partners,
        "systems": settings.systems,
        "calendars": settings.calendars,
    }
    for name, folder in folders.items():
        for file in sorted(folder.rglob("*")) if folder.is_dir() else ():
            if file.is_file():
                yield file, Path(name) / file.relative_to(folder)


def _entry(folder: Path, file: Path, digest: str) -> Entry:
    return Entry(file.relative_to(folder).as_posix(), file.stat().st_size, digest)


def check_backup(folder: Path, *, pace: Pace, tell: Tell) -> Manifest:
    """Check that a backup is whole: every file with its digest, nothing beside them, and the store sound.

    Raises:
        GatewayError: BACKUP_BROKEN naming up to ten of the files that are not right; STORE_NEWER.
    """
    manifest = read_manifest(folder)
    expected = {entry.path: entry for entry in manifest.files}
    there = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()} - {NAME}
    wrong = [f"{path}: ?" for path in sorted(there - expected.keys())]
    for done, (path, entry) in enumerate(expected.items(), 1):
        file = folder / path
        if path not in there:
            wrong.append(f"{path}: -")
        elif file.stat().st_size != entry.bytes or store.digest_of(file, pace) != entry.sha256:
            wrong.append(f"{path}: ≠")
        tell("check", done, len(expected))
    if STORE not in expected:
        wrong.append(f"{STORE}: -")
    if wrong:
        raise broken(folder, ", ".join(wrong[:10]) + ("…" if len(wrong) > 10 else ""))
    if not copying.is_sound(folder / STORE):
        raise broken(folder, STORE)
    if newer := store.unknown_migrations(copying.read_copy(folder / STORE, store.facts_of)):
        raise GatewayError(Reason.STORE_NEWER, file=newer[0])
    return manifest
