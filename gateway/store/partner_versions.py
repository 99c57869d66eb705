"""Versions of partner files that were ever live, and edits that were seen on disk.

A version is never changed and never deleted; only its end is written when another takes its place.  Contents are kept once
each, sealed by the caller.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from gateway.store.database import Transaction
from gateway.store.moments import from_store, to_store

REPLACED, REMOVED = "replaced", "removed"
LIVE, REFUSED = "live", "refused"
DIFFS_KEPT = 50
"""Diffs of refused edits kept for each file; of older ones the row remains."""
_COLUMNS = "code, version, file, sha256, identity, digest, live_at, ended_at, ended_why, how, who, edited_at"
_EDIT = "at, file, code, sha256, who, outcome, version, findings, diff"


@dataclass(frozen=True, slots=True)
class Version:
    """One version of one partner's file.

    Attributes:
        version: 1, 2, 3 … of each partner; 0 before it is kept.
        file: name in the partners folder.
        sha256: of the file; identity: of the file and all it names; digest: of what it says.
        ended_at: when another took its place or the file was removed; None while it is live.
        ended_why: REPLACED or REMOVED.
        how: `start`, `edit`, `rollback`, or the command that wrote the file.
        who: system user.
    """

    code: str
    file: str
    sha256: str
    identity: str
    digest: str
    live_at: datetime
    how: str
    who: str
    edited_at: datetime
    version: int = 0
    ended_at: datetime | None = None
    ended_why: str = ""


@dataclass(frozen=True, slots=True)
class Edit:
    """A change of a file that was seen on disk.

    Attributes:
        sha256: empty for a file that was removed or cannot be read.
        outcome: LIVE, REFUSED or REMOVED.
        diff: sealed; of a refused edit.
    """

    at: datetime
    file: str
    code: str
    sha256: str
    who: str
    outcome: str
    version: int | None
    findings: int
    diff: bytes | None


def begin(tx: Transaction, version: Version, files: Mapping[str, str]) -> int:
    """Keep a version that goes live now; return its number.

    Args:
        files: SHA-256 of the contents it consists of, by name; the file itself is ''.
    """
    row = tx.row(
        "SELECT COALESCE(MAX(version), 0) + 1 FROM partner_versions WHERE code = :code", {"code": version.code}
    )
    number = int(row[0]) if row else 1
    tx.execute(
        "INSERT INTO partner_versions (code, version, file, sha256, identity, digest, live_at, how, who, edited_at)"
        " VALUES (:code, :version, :file, :sha256, :identity, :digest, :live_at, :how, :who, :edited_at)",
        {
            "code": version.code,
            "version": number,
            "file": version.file,
            "sha256": version.sha256,
            "identity": version.identity,
            "digest": version.digest,
            "live_at": to_store(version.live_at),
            "how": version.how,
            "who": version.who,
            "edited_at": to_store(version.edited_at),
        },
    )
    tx.many(
        "INSERT INTO partner_version_files (code, version, name, sha256) VALUES (:code, :version, :name, :sha256)",
        ({"code": version.code, "version": number, "name": name, "sha256": sha256} for name, sha256 in files.items()),
    )
    return number


def end(tx: Transaction, code: str, now: datetime, why: str) -> None:
    """End the version of a partner that is live; does nothing when none is."""
    tx.execute(
        "UPDATE partner_versions SET ended_at = :now, ended_why = :why WHERE code = :code AND ended_at IS NULL",
        {"now": to_store(now), "why": why, "code": code},
    )


def lacks(tx: Transaction, sha256: str) -> bool:
    """Whether a content is not kept yet."""
    return tx.row("SELECT 1 FROM partner_contents WHERE sha256 = :sha256", {"sha256": sha256}) is None


def keep_content(tx: Transaction, sha256: str, size: int, sealed: bytes) -> None:
    """Keep a content."""
    tx.execute(
        "INSERT INTO partner_contents (sha256, bytes, sealed) VALUES (:sha256, :bytes, :sealed)",
        {"sha256": sha256, "bytes": size, "sealed": sealed},
    )


def contents(tx: Transaction, code: str, version: int) -> dict[str, tuple[str, bytes]]:
    """Return what a version consists of, by name: SHA-256 and sealed content; the file itself is ''."""
    rows = tx.rows(
        "SELECT f.name, f.sha256, c.sealed FROM partner_version_files f JOIN partner_contents c ON c.sha256 = f.sha256"
        " WHERE f.code = :code AND f.version = :version",
        {"code": code, "version": version},
    )
    return {str(name): (str(sha256), bytes(sealed)) for name, sha256, sealed in rows}


def find(tx: Transaction, code: str, version: int) -> Version | None:
    """Return one version."""
    row = tx.row(
        f"SELECT {_COLUMNS} FROM partner_versions WHERE code = :code AND version = :version",
        {"code": code, "version": version},
    )
    return None if row is None else _version(row)


def of_partner(tx: Transaction, code: str, limit: int, below: int | None = None) -> list[Version]:
    """Return the versions of a partner, the newest first.

    Args:
        below: only versions with a smaller number.
    """
    rows = tx.rows(
        f"SELECT {_COLUMNS} FROM partner_versions WHERE code = :code AND version < :below"
        " ORDER BY version DESC LIMIT :limit",
        {"code": code, "below": 2**53 if below is None else below, "limit": limit},
    )
    return [_version(row) for row in rows]


def newest(tx: Transaction) -> list[Version]:
    """Return the newest version of every partner that ever had one, live or not; one row a partner."""
    rows = tx.rows(
        f"SELECT {_COLUMNS} FROM partner_versions v WHERE version ="
        " (SELECT MAX(version) FROM partner_versions w WHERE w.code = v.code) ORDER BY code"
    )
    return [_version(row) for row in rows]


def note_edit(tx: Transaction, edit: Edit) -> None:
    """Write down an edit; the diffs of a file beyond the newest `DIFFS_KEPT` are let go."""
    tx.execute(
        f"INSERT INTO partner_edits ({_EDIT})"
        " VALUES (:at, :file, :code, :sha256, :who, :outcome, :version, :findings, :diff)",
        {
            "at": to_store(edit.at),
            "file": edit.file,
            "code": edit.code,
            "sha256": edit.sha256,
            "who": edit.who,
            "outcome": edit.outcome,
            "version": edit.version,
            "findings": edit.findings,
            "diff": edit.diff,
        },
    )
    if edit.diff is not None:
        tx.execute(
            "UPDATE partner_edits SET diff = NULL WHERE position IN (SELECT position FROM partner_edits"
            " WHERE file = :file AND diff IS NOT NULL ORDER BY position DESC LIMIT 10 OFFSET :kept)",
            {"file": edit.file, "kept": DIFFS_KEPT},
        )


def edits_of(tx: Transaction, code: str, limit: int) -> list[Edit]:
    """Return the newest edits of a partner's file, the newest first."""
    rows = tx.rows(
        f"SELECT {_EDIT} FROM partner_edits WHERE code = :code ORDER BY position DESC LIMIT :limit",
        {"code": code, "limit": limit},
    )
    return [_edit(row) for row in rows]


def seen(tx: Transaction) -> dict[str, str]:
    """Return the identity last seen of each file, by its name in the folder."""
    return {str(file): str(identity) for file, identity in tx.rows("SELECT file, identity FROM partner_files_seen")}


def note_seen(tx: Transaction, file: str, identity: str) -> None:
    """Write down what was seen of a file; an empty identity forgets it."""
    tx.execute("DELETE FROM partner_files_seen WHERE file = :file", {"file": file})
    if identity:
        tx.execute(
            "INSERT INTO partner_files_seen (file, identity) VALUES (:file, :identity)",
            {"file": file, "identity": identity},
        )


def _edit(row: Sequence[Any]) -> Edit:
    at, file, code, sha256, who, outcome, version, findings, diff = row
    kept = None if diff is None else bytes(diff)
    return Edit(from_store(at), file, code, sha256, who, outcome, version, findings, kept)


def _version(row: Sequence[Any]) -> Version:
    code, version, file, sha256, identity, digest, live_at, ended_at, ended_why, how, who, edited_at = row
    return Version(
        code=code,
        version=version,
        file=file,
        sha256=sha256,
        identity=identity,
        digest=digest,
        live_at=from_store(live_at),
        ended_at=None if ended_at is None else from_store(ended_at),
        ended_why=ended_why,
        how=how,
        who=who,
        edited_at=from_store(edited_at),
    )
