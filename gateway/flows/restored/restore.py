"""Restoring a gateway from a backup into a folder that holds no gateway's data.

1 whole      every file of the backup has its digest
2 free       nothing is overwritten: a folder with a store is refused, a file that is there already stays
3 texts      settings and files of partners, systems, calendars
4 keys       those in the backup, if it has them and the passphrase fits; else they are put there by hand
5 store      copied under another name, brought up to date, given a new life that knows since when it is behind
6 in place   materials, then the store under its name: what ends half-way holds no store and is begun again

What then is asked of partners is the business of the gateway when it starts: `catch_up`.
"""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path, PurePosixPath

from gateway.case.code.divisions import Divisions
from gateway.case.errors import FieldFinding, GatewayError
from gateway.case.reasons import Reason
from gateway.flows.restored.backup import Tell, check_backup
from gateway.flows.restored.manifest import HOME, LOCKED_KEYS, MATERIALS, STORE, Manifest, broken
from gateway.settings import SETTINGS_NAME, Settings, load_settings
from gateway.store import backup as store
from gateway.store.migrating import migrate
from gateway.store.pace import Pace
from gateway.store.sqlite import copying
from gateway.trust.locked_files import unlock
from gateway.trust.secret_files import write_secret

_FOLDERS = ("partners", "systems", "calendars")


@dataclass(frozen=True, slots=True)
class RestoredHome:
    """What was restored.

    Attributes:
        kept: files that were there already and stayed as they were.
        keys_there: whether the keys are in place.
    """

    settings: Settings
    manifest: Manifest
    kept: tuple[Path, ...]
    keys_there: bool


def restore(
    source: Path,
    home: Path,
    *,
    passphrase: str | None,
    divisions: Divisions,
    new_id: str,
    now: datetime,
    pace: Pace,
    tell: Tell,
) -> RestoredHome:
    """Restore a backup into a folder.

    Args:
        passphrase: of the keys in the backup; None leaves them out.
        new_id: of the new life of the store.

    Raises:
        GatewayError: BACKUP_BROKEN, BACKUP_LOCKED, RESTORE_TARGET, CONFIGURATION, STORE_NEWER, STORE_NOT_WRITABLE.
    """
    manifest = check_backup(source, pace=pace, tell=tell)
    keys = unlock((source / LOCKED_KEYS).read_bytes(), passphrase) if manifest.with_keys and passphrase else {}
    settings, kept = _texts(source, home, manifest, divisions, pace)
    for path, content in keys.items():
        file = _below(home, path)
        if file.exists():
            kept.append(file)
        else:
            write_secret(file, content)
    settings.data.mkdir(mode=0o700, parents=True, exist_ok=True)
    materials = [entry for entry in manifest.files if PurePosixPath(entry.path).parts[0] == MATERIALS]
    for done, entry in enumerate(materials, 1):
        target = settings.materials / PurePosixPath(entry.path).relative_to(MATERIALS)
        if not target.exists():
            _copied(source / entry.path, target, entry.sha256, source, pace)
        tell("materials", done, len(materials))
    unfinished = settings.store_file.with_name(f".{STORE}.restoring")
    copying.remove_store(unfinished)
    stored = next(entry for entry in manifest.files if entry.path == STORE)
    _copied(source / STORE, unfinished, stored.sha256, source, pace)
    migrate(unfinished, now=now)
    store.begin_restored_life(unfinished, new_id, manifest.made_at, f"gateway:{settings.region}", now)
    copying.put_in_place(unfinished, settings.store_file)
    return RestoredHome(settings, manifest, tuple(kept), settings.vault.exists())


def _texts(
    source: Path, home: Path, manifest: Manifest, divisions: Divisions, pace: Pace
) -> tuple[Settings, list[Path]]:
    """Put the settings in place, and then, where those say so, the files of partners, systems and calendars."""
    kept: list[Path] = []
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    _put(source / HOME / SETTINGS_NAME, home / SETTINGS_NAME, kept, pace)
    settings, findings = load_settings(home / SETTINGS_NAME, divisions)
    if settings is None:
        said = [FieldFinding(f"{one.file}:{one.line}: {one.key}", one.problem, one.fix) for one in findings]
        raise GatewayError(Reason.CONFIGURATION, findings=said, count=len(said))
    if settings.store_file.exists() or settings.region != manifest.region:
        raise GatewayError(Reason.RESTORE_TARGET, folder=settings.data)
    folders = dict(zip(_FOLDERS, (settings.partners, settings.systems, settings.calendars), strict=True))
    for entry in manifest.files:
        parts = PurePosixPath(entry.path).parts
        if parts[0] == HOME and parts[1] in folders:
            _put(source / entry.path, _below(folders[parts[1]], "/".join(parts[2:])), kept, pace)
    return settings, kept


def _put(source: Path, target: Path, kept: list[Path], pace: Pace) -> None:
    if target.exists():
        kept.append(target)
    else:
        store.copy_file(source, target, pace, link=False)


def _copied(source: Path, target: Path, digest: str, folder: Path, pace: Pace) -> None:
    if store.copy_file(source, target, pace, link=False) != digest:
        raise broken(folder, source.name)


def _below(folder: Path, path: str) -> Path:
    """Return a path below a folder; a backup may name no other."""
    target = (folder / path).resolve()
    if not target.is_relative_to(folder.resolve()):
        raise broken(folder, path)
    return target
