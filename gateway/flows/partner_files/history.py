"""What ran before: the versions of a partner's file, edits that were seen, and how two versions differ.

A difference can be asked against the file as it is on disk, which may hold an edit that did not go live.
"""

from contextlib import suppress
from dataclasses import dataclass

from gateway.case.errors import GatewayError
from gateway.case.reasons import Reason
from gateway.files.reader import MAX_BYTES
from gateway.flows.partner_files.compared import Compared, compared
from gateway.flows.partner_files.go_live import GoingLive
from gateway.flows.partner_files.keep import diff_context
from gateway.flows.partner_files.last_good import source_of
from gateway.partners.beside import FolderFiles, read_regular
from gateway.partners.changes import Change, changes
from gateway.partners.keys import MAX_PEM_BYTES
from gateway.partners.load import Loaded, load_kept
from gateway.partners.source import Source
from gateway.store import partner_versions as versions
from gateway.store.database import Transaction
from gateway.store.disk import on_disk
from gateway.store.partner_versions import Edit, Version

MOST_VERSIONS = 200
MOST_EDITS = 50
DISK = "disk"


@dataclass(frozen=True, slots=True)
class Told:
    """An edit and, of one that was refused lately, what it would have changed."""

    edit: Edit
    diff: str


@dataclass(frozen=True, slots=True)
class History:
    """What ran of a partner, the newest first.

    Attributes:
        more: older versions are not listed.
    """

    versions: tuple[Version, ...]
    edits: tuple[Told, ...]
    more: bool


@dataclass(frozen=True, slots=True)
class Difference:
    """How two versions differ.

    Attributes:
        before, after: a number, or `disk`.
        beside: files the two name whose content differs.
        changes: in plain words; None when one of the two cannot be read as a partner.
    """

    before: str
    after: str
    lines: Compared
    beside: tuple[str, ...]
    changes: tuple[Change, ...] | None


@dataclass(frozen=True, slots=True)
class Histories:
    """Reads what was kept."""

    going_live: GoingLive

    async def of_partner(self, code: str, below: int | None = None) -> History:
        """Return the versions of a partner and the edits of its file.

        Raises:
            GatewayError: VERSION_UNKNOWN when nothing of it was ever live or seen.
        """
        vault = self.going_live.vault

        def look(tx: Transaction) -> History:
            found = versions.of_partner(tx, code, MOST_VERSIONS + 1, below)
            edits = versions.edits_of(tx, code, MOST_EDITS)
            told = tuple(
                Told(one, vault.open(one.diff, diff_context(one.file)).decode() if one.diff else "") for one in edits
            )
            return History(tuple(found[:MOST_VERSIONS]), told, len(found) > MOST_VERSIONS)

        history = await self.going_live.database.read(look)
        if not history.versions and not history.edits and below is None:
            raise GatewayError(Reason.VERSION_UNKNOWN, partner=code, version="-")
        return history

    async def difference(self, code: str, before: str = "", after: str = "") -> Difference:
        """Return how two versions differ; without `after` the newest, without `before` the one in front of it.

        Args:
            before, after: a number, or `disk` for the file as it is.

        Raises:
            GatewayError: VERSION_UNKNOWN, PRIVATE_KEY_IN_FILE.
        """
        newest = await self._newest(code)
        after = after or str(newest.version)
        before = before or str(newest.version if after == DISK else int(after) - 1)
        old, new = [await self._source(code, one, newest) for one in (before, after)]
        names = (f"{newest.file} ({before})", f"{newest.file} ({after})")
        lines = await on_disk(compared, old.raw, new.raw, names)
        beside = {
            name for name in old.beside.keys() | new.beside.keys() if old.beside.get(name) != new.beside.get(name)
        }
        return Difference(before, after, lines, tuple(sorted(beside)), self._changes(old, new, newest.file))

    async def version(self, code: str, number: int) -> tuple[Version, Source]:
        """Return one version and its bytes.

        Raises:
            GatewayError: VERSION_UNKNOWN.
        """
        vault = self.going_live.vault

        def look(tx: Transaction) -> tuple[Version, Source] | None:
            found = versions.find(tx, code, number)
            return (found, source_of(tx, code, number, vault)) if found else None

        found = await self.going_live.database.read(look)
        if found is None:
            raise GatewayError(Reason.VERSION_UNKNOWN, partner=code, version=number)
        return found

    async def _newest(self, code: str) -> Version:
        found = await self.going_live.database.read(lambda tx: versions.of_partner(tx, code, 1))
        if not found:
            raise GatewayError(Reason.VERSION_UNKNOWN, partner=code, version="-")
        return found[0]

    async def _source(self, code: str, asked: str, newest: Version) -> Source:
        if asked == "0":
            return Source.of(b"", {})
        if asked != DISK:
            return (await self.version(code, int(asked)))[1]
        source = await on_disk(self._on_disk, code, newest.file)
        if source.holds_private_key:
            raise GatewayError(Reason.PRIVATE_KEY_IN_FILE, file=newest.file)
        return source

    def _on_disk(self, code: str, file: str) -> Source:
        folder = self.going_live.folder.folder
        live = self.going_live.live_of(code)
        files = FolderFiles(folder)
        path = folder / (live.partner.file.rpartition("/")[2] if live else file)
        raw = read_regular(path, MAX_BYTES) if path.exists() else b""
        for name in live.source.beside if live else ():
            with suppress(OSError, ValueError):
                files.read(name, MAX_PEM_BYTES)
        return Source.of(raw, files.taken)

    def _changes(self, old: Source, new: Source, file: str) -> tuple[Change, ...] | None:
        divisions = self.going_live.folder.divisions
        read = [load_kept(one, file, divisions) for one in (old, new)]
        was, now = read
        if not isinstance(was, Loaded) or not isinstance(now, Loaded):
            return None
        return changes(was.partner, now.partner, divisions)
