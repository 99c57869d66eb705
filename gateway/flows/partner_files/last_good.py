"""What ran before this process: the last good version of each file, and the partners whose file was removed.

Without it a file that is wrong at start would have no version to run on, and a removed one would not be known to open cases.
"""

from dataclasses import dataclass

from gateway.case.code.divisions import Divisions
from gateway.case.errors import GatewayError
from gateway.case.reasons import Reason
from gateway.flows.partner_files.keep import content_context
from gateway.partners.load import Loaded, load_kept
from gateway.partners.partner import Partner
from gateway.partners.source import Source
from gateway.store import partner_versions as versions
from gateway.store.database import Database, Transaction
from gateway.store.partner_versions import REMOVED, Version
from gateway.store.vault import Vault


@dataclass(frozen=True, slots=True)
class LastGood:
    """What ran before.

    Attributes:
        live: by file name in the folder.
        unusable: versions this program cannot read any more.
        seen: identity last seen of each file, by its name in the folder.
    """

    live: dict[str, Loaded]
    closed: tuple[Partner, ...]
    unusable: tuple[Version, ...]
    seen: dict[str, str]


async def last_good(database: Database, vault: Vault, folder: str, divisions: Divisions) -> LastGood:
    """Return what ran before this process.

    Args:
        folder: name of the partners folder, as findings show it.
    """

    def look(tx: Transaction) -> tuple[list[tuple[Version, Source | None]], dict[str, str]]:
        ended = (one for one in versions.newest(tx) if one.ended_at is None or one.ended_why == REMOVED)
        return [(one, _readable(tx, one, vault)) for one in ended], versions.seen(tx)

    kept, seen = await database.read(look)
    live: dict[str, Loaded] = {}
    closed: list[Partner] = []
    unusable: list[Version] = []
    for version, source in kept:
        loaded = load_kept(source, f"{folder}/{version.file}", divisions) if source else None
        if loaded is None:
            unusable.append(version)
        elif version.ended_at is None:
            live[version.file] = loaded
        else:
            closed.append(loaded.partner)
    return LastGood(live, tuple(closed), tuple(unusable), seen)


def _readable(tx: Transaction, version: Version, vault: Vault) -> Source | None:
    """Return the bytes of a version; None when the storage key they were sealed with is gone, which must not stop a start."""
    try:
        return source_of(tx, version.code, version.version, vault)
    except GatewayError as error:
        if error.reason in (Reason.VAULT_KEY_UNKNOWN, Reason.VAULT_TAMPERED):
            return None
        raise


def source_of(tx: Transaction, code: str, version: int, vault: Vault) -> Source:
    """Return the bytes of a version that was kept."""
    opened = {
        name: vault.open(sealed, content_context(sha256))
        for name, (sha256, sealed) in versions.contents(tx, code, version).items()
    }
    return Source.of(opened.pop(""), opened)
