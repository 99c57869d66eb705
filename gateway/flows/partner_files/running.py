"""Which version of each partner's file runs, since when, and how the newest look at the folder went."""

from dataclasses import dataclass

from gateway.flows.partner_files.go_live import GoingLive, Reload
from gateway.partners.partner import Partner
from gateway.store import partner_versions as versions
from gateway.store.partner_versions import Version


@dataclass(frozen=True, slots=True)
class FileRunning:
    """One partner.

    Attributes:
        version: what runs, or ran last where the file was removed; None where no version is kept.
        held_back: whether another content stands in the folder than the one that runs.
    """

    partner: Partner
    version: Version | None
    held_back: bool
    closed: bool


@dataclass(frozen=True, slots=True)
class FilesRunning:
    """All partners, by code, and the newest reload."""

    partners: tuple[FileRunning, ...]
    reload: Reload


async def running(live: GoingLive) -> FilesRunning:
    """Return what runs."""
    kept = {one.code: one for one in await live.database.read(versions.newest)}
    snapshot = live.registry.current()
    held_back = set(live.last.held_back)
    rows = tuple(
        FileRunning(one, kept.get(one.code), one.file in held_back, one.code in snapshot.closed)
        for one in sorted(snapshot, key=lambda one: one.code)
    )
    return FilesRunning(rows, live.last)
