"""The partners folder as it is edited: which files have changed, stand still, and may be read.

The folder is looked at several times a second, not watched: a look misses nothing, costs about a millisecond for a
hundred files, and works on every file system and through links.  A changed file is read once it has stood still, so that no
half-written file is taken, however an editor saves; only what changed is read again, and what files must be together is
checked for all.

Bounds: `MOST_FILES` partner files; beyond them nothing of the folder is taken and all stays as it is.  A file that keeps
changing is not read, and told after `WRITING_TOLD`.  A storm of edits costs one read per file and `SETTLE`.
"""

import os
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path
from types import MappingProxyType

from gateway.case.code.divisions import Divisions
from gateway.case.texts import Text
from gateway.files.findings import Finding, Findings, Severity, in_order
from gateway.files.reader import MAX_BYTES
from gateway.partners.beside import FolderFiles, KeptFiles, is_content, read_regular
from gateway.partners.check import Checked, is_partner_file, no_folder, together
from gateway.partners.load import Loaded, Surroundings, load_bytes, unreadable
from gateway.partners.marks import Mark, mark_of, owner_of
from gateway.partners.redirects import Redirects
from gateway.partners.source import Source

SETTLE = 0.3
"""Seconds a changed file must stand still before it is read."""
HALF_WRITTEN = 5.0
"""Seconds instead, for what is the beginning of the version before and ends within a line."""
GONE = 1.0
"""Seconds after which a missing file counts as removed; editors that save by renaming leave a gap."""
EMPTIED = 10.0
"""Seconds instead, where no partner file is left at all: a folder that is put there anew is empty at first."""
CONFIRM = 3.0
"""Seconds after which a file that was read is read once more: some file systems keep times by the second."""
WRITING_TOLD = 10.0
MOST_FILES = 1000


@dataclass(frozen=True, slots=True)
class Seen:
    """What stands in one file on disk.

    Attributes:
        source: its bytes; None when they cannot be read.
        owner: the system user the file belongs to.
    """

    source: Source | None
    loaded: Loaded | None
    findings: Findings
    owner: str = ""
    edited_at: datetime | None = None

    @property
    def identity(self) -> str:
        """Equal for equal bytes; empty when they cannot be read."""
        return self.source.identity if self.source else ""


@dataclass(frozen=True, slots=True)
class Looked:
    """What a look at the folder found.

    Attributes:
        seen: by name as in findings; empty when the folder cannot be taken, which closes nobody.
    """

    checked: Checked
    seen: Mapping[str, Seen]

    @property
    def is_open(self) -> bool:
        """Whether anything is known of the files."""
        return bool(self.checked.files) or self.checked.is_clean


@dataclass(slots=True)
class _Entry:
    seen: Seen | None = None
    asked: frozenset[Path] = frozenset()
    mark: Mark = ()
    since: float = 0.0
    moving_since: float = 0.0
    read_mark: Mark = ()
    again_at: float | None = None
    gone_since: float | None = None
    told: bool = False

    def is_due_again(self, now: float) -> bool:
        """Whether a file that was read is to be read once more."""
        return self.again_at is not None and now >= self.again_at

    def is_long_written(self, now: float) -> bool:
        """Whether it has to be told that a file does not come to rest; once."""
        if self.told or now - self.moving_since < WRITING_TOLD:
            return False
        self.told = True
        return True


@dataclass(slots=True)
class PartnerFolder:
    """One partners folder.  Used by one thread at a time."""

    folder: Path
    divisions: Divisions
    own_region: str
    redirects: Redirects
    _entries: dict[str, _Entry] = field(default_factory=dict)
    _today: date | None = None
    _closed: bool = False

    def look(self, now: float, today: date, *, at_once: bool | Collection[str] = ()) -> Looked | None:
        """Look at the folder; return what it holds when that is not what the look before found.

        Args:
            now: seconds of a clock nobody sets.
            today: in China; what ends is judged by it.
            at_once: files, by name in the folder, that are read whether they stand still or not; True for all, as at start.
        """
        try:
            names = self._names()
        except OSError:
            return self._not_taken((no_folder(self.folder),))
        if len(names) > MOST_FILES:
            return self._not_taken((_too_many(self.folder, len(names)),))
        changed = self._closed or self._today is None
        self._closed = False
        if today != self._today:
            self._today = today
            for entry in self._entries.values():
                entry.read_mark = ()
        around = self._around(today)
        for name in names:
            entry = self._entries.setdefault(name, _Entry())
            entry.gone_since = None
            changed |= self._look_at(name, entry, now, around, at_once=at_once is True or name in _names_of(at_once))
        changed |= self._forget_missing(set(names), now, at_once)
        return self._looked() if changed else None

    def would_be(self, changes: Mapping[str, Source | None], today: date, *, alone: bool = False) -> Checked:
        """Return what the folder would hold with some files changed, by name in the folder; None removes one.

        Args:
            alone: whether the changes are all there would be.
        """
        around = self._around(today)
        known = {} if alone else {name: entry.seen for name, entry in self._entries.items() if entry.seen}
        read: dict[str, tuple[Loaded | None, Findings]] = {}
        for name in sorted(known.keys() | changes.keys()):
            shown = self.shown(name)
            if name not in changes:
                read[shown] = known[name].loaded, known[name].findings
            elif source := changes[name]:
                beside = KeptFiles(source.beside, FolderFiles(self.folder))
                read[shown] = load_bytes(source.raw, name, shown, beside, around)
        return together(read)

    def shown(self, name: str) -> str:
        """Return the name of a file as findings show it."""
        return f"{self.folder.name}/{name}"

    def _around(self, today: date) -> Surroundings:
        return Surroundings(self.divisions, self.own_region, today, self.redirects)

    def _names(self) -> list[str]:
        with os.scandir(self.folder) as found:
            return sorted(one.name for one in found if is_partner_file(one.name) and _can_be_shown(one.name))

    def _not_taken(self, findings: Findings) -> Looked | None:
        if self._closed:
            return None
        self._closed = True
        return Looked(Checked((), MappingProxyType({}), findings), MappingProxyType({}))

    def _look_at(self, name: str, entry: _Entry, now: float, around: Surroundings, *, at_once: bool) -> bool:
        """Read a file if it is due; True when what is known of it changed."""
        mark = mark_of(self.folder / name, entry.asked)
        if mark != entry.mark:
            if entry.mark == entry.read_mark:
                entry.moving_since = now
            entry.mark, entry.since = mark, now
        if mark == entry.read_mark and not entry.is_due_again(now) and not at_once:
            return False
        if now - entry.since < SETTLE and not at_once:
            return entry.is_long_written(now)
        return self._read(name, entry, now, around, at_once=at_once)

    def _read(self, name: str, entry: _Entry, now: float, around: Surroundings, *, at_once: bool) -> bool:
        path, before, files = self.folder / name, entry.seen, FolderFiles(self.folder)
        try:
            raw = read_regular(path, MAX_BYTES)
            owner = owner_of(path)
        except (OSError, ValueError) as error:
            entry.again_at, entry.read_mark, entry.told = now + GONE, entry.mark, False
            entry.seen = Seen(None, None, (unreadable(self.shown(name), error),))
            return entry.seen != before
        if not at_once and _half_written(raw, before) and now - entry.since < HALF_WRITTEN:
            return False
        if entry.mark == entry.read_mark and _is_what_it_was(raw, before, self.folder):
            entry.again_at = None
            return False
        loaded, findings = load_bytes(raw, name, self.shown(name), files, around)
        source = loaded.source if loaded else Source.of(raw, files.taken)
        entry.asked = frozenset(files.asked)
        after = mark_of(path, entry.asked)
        if after[0] is None or after[:1] != entry.mark[:1]:
            entry.mark, entry.since = after, now
            return False
        entry.mark = entry.read_mark = after
        entry.again_at, entry.told = now + CONFIRM, False
        entry.seen = Seen(source, loaded, findings, owner, datetime.fromtimestamp(after[0][4] / 1e9, UTC))
        return not before or before.identity != source.identity or before.findings != findings

    def _forget_missing(self, names: set[str], now: float, at_once: bool | Collection[str]) -> bool:
        forgotten = False
        for name, entry in list(self._entries.items()):
            if name in names:
                continue
            if entry.gone_since is None:
                entry.gone_since = now
            wait = GONE if names else EMPTIED
            if at_once is True or name in _names_of(at_once) or now - entry.gone_since >= wait or entry.seen is None:
                del self._entries[name]
                forgotten = True
        return forgotten

    def _looked(self) -> Looked:
        known = {self.shown(name): entry for name, entry in sorted(self._entries.items()) if entry.seen}
        seen = {name: entry.seen for name, entry in known.items() if entry.seen}
        checked = together({name: (one.loaded, one.findings) for name, one in seen.items()})
        told = [_writing(name) for name, entry in known.items() if entry.told]
        if told:
            checked = replace(checked, findings=in_order((*checked.findings, *told)))
        return Looked(checked, MappingProxyType(seen))


def _names_of(at_once: bool | Collection[str]) -> Collection[str]:
    return () if isinstance(at_once, bool) else at_once


def _can_be_shown(name: str) -> bool:
    """Whether a name is UTF-8: what cannot be written down cannot be reported, and is no partner file."""
    return name.isprintable()


def _is_what_it_was(raw: bytes, before: Seen | None, folder: Path) -> bool:
    """Whether bytes read once more are those read before, and so are the files they name."""
    if before is None or before.source is None or before.source.raw != raw:
        return False
    return all(is_content(folder / name, content) for name, content in before.source.beside.items())


def _half_written(raw: bytes, before: Seen | None) -> bool:
    if before is None or before.loaded is None or raw.endswith(b"\n"):
        return False
    whole = before.loaded.source.raw
    return len(raw) < len(whole) and whole.startswith(raw)


def _writing(name: str) -> Finding:
    return Finding(
        name,
        0,
        "",
        Text(
            "文件一直在改动, 还没有读取; 仍按上一版运行",
            "the file keeps changing and is not read; the version before is running",
        ),
        Text(
            "停止反复写入它的程序; 文件静止后自动生效", "stop what keeps writing it; it goes live once it stands still"
        ),
        Severity.WARNING,
    )


def _too_many(folder: Path, count: int) -> Finding:
    return Finding(
        str(folder),
        0,
        "",
        Text(
            f"有 {count} 个伙伴文件, 超过 {MOST_FILES} 个; 全部照旧",
            f"{count} partner files are more than {MOST_FILES}; all stays as it is",
        ),
        Text("检查是否放错了文件", "check what was put there"),
    )
