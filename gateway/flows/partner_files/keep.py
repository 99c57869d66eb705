"""What is written down when partner files go live, are refused or are removed: versions, edits, audit; one transaction.

The bytes of a file that was refused are not kept, only their digest and what they would have changed: nobody has checked
what stands in them.
"""

import hashlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from gateway.files.findings import Finding, Findings
from gateway.flows.partner_files.compared import compared, refused_diff
from gateway.flows.partner_files.expected import Expected, Origin
from gateway.partners.folder import Seen
from gateway.partners.load import Loaded
from gateway.store import audit
from gateway.store import partner_versions as versions
from gateway.store.database import Transaction
from gateway.store.partner_versions import LIVE, REFUSED, REMOVED, REPLACED, Edit, Version
from gateway.store.vault import Vault

START, EDIT, ROLLBACK = "start", "edit", "rollback"
UNREADABLE = "unreadable"
_COMMANDED = "staff"
_EDITED = "user"
_UNKNOWN = "unknown"
"""Who removed a file leaves no trace in it."""


@dataclass(frozen=True, slots=True)
class Going:
    """A version that goes live."""

    loaded: Loaded
    file: str
    origin: Origin
    edited_at: datetime
    before: Loaded | None


@dataclass(frozen=True, slots=True)
class Edited:
    """An edit that was seen."""

    file: str
    code: str
    sha256: str
    who: str
    outcome: str
    findings: int
    first: str
    diff: bytes | None


@dataclass(frozen=True, slots=True)
class Plan:
    """What has to be written down.

    Attributes:
        going: by code.
        removed: codes whose file is gone.
        seen: identity of each file whose content is new to us; empty for one that is gone.
    """

    going: Mapping[str, Going]
    removed: tuple[str, ...]
    edits: tuple[Edited, ...]
    seen: Mapping[str, str]

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to write."""
        return not (self.going or self.removed or self.edits or self.seen)


def plan(
    before: Mapping[str, Loaded],
    after: Mapping[str, Loaded],
    seen: Mapping[str, Seen],
    known: Mapping[str, str],
    findings: Findings,
    expected: Expected,
    now: datetime,
    *,
    starting: bool,
) -> Plan:
    """Return what has to be written down; pure but for the announcements it looks up.

    Args:
        before, after: what runs of each file, by name as in findings.
        seen: what stands in each file.
        known: identity last seen of each file, by name in the folder.
        findings: what is wrong, of files that clash too.
        starting: whether the process has just begun.
    """
    was = {loaded.partner.code: (file, loaded) for file, loaded in before.items()}
    going: dict[str, Going] = {}
    for file, loaded in after.items():
        old = was.get(loaded.partner.code)
        if old and (old[0], old[1].source.identity) == (file, loaded.source.identity):
            continue
        at = seen.get(file)
        origin = expected.of(loaded.source.sha256) or Origin(START if starting else EDIT, at.owner if at else "")
        edited_at = (at and at.edited_at) or now
        going[loaded.partner.code] = Going(loaded, _bare(file), origin, edited_at, old[1] if old else None)
    runs = {loaded.partner.code for loaded in after.values()}
    changed = {_bare(file): one.identity or UNREADABLE for file, one in seen.items()}
    gone = {file: "" for file in known if file not in changed}
    news = {file: identity for file, identity in changed.items() if known.get(file) != identity}
    wrong: dict[str, list[Finding]] = defaultdict(list)
    for finding in findings:
        if finding.is_error:
            wrong[finding.file].append(finding)
    edits = [
        _edit(file, one, wrong[file], after.get(file), before.get(file))
        for file, one in seen.items()
        if _bare(file) in news
    ]
    files = {_bare(file): loaded for file, loaded in before.items()}
    edits += [_removal(file, files.get(file)) for file in gone]
    return Plan(going, tuple(sorted(was.keys() - runs)), tuple(edits), news | gone)


def keep(tx: Transaction, plan: Plan, vault: Vault, now: datetime) -> dict[str, int]:
    """Write a plan down; return the numbers of the versions that go live, by code."""
    numbers: dict[str, int] = {}
    for code in plan.removed:
        versions.end(tx, code, now, REMOVED)
        audit.note(tx, now, f"{_EDITED}:{_UNKNOWN}", "partner.removed", code)
    for code, one in plan.going.items():
        versions.end(tx, code, now, REPLACED)
        numbers[code] = _begin(tx, code, one, vault, now)
    for edit in plan.edits:
        version = numbers.get(edit.code) if edit.outcome == LIVE else None
        sealed = vault.seal(edit.diff, diff_context(edit.file)) if edit.diff else None
        versions.note_edit(
            tx,
            Edit(now, edit.file, edit.code, edit.sha256, edit.who, edit.outcome, version, edit.findings, sealed),
        )
        if edit.outcome == REFUSED:
            detail = f"file={edit.file} sha256={edit.sha256} findings={edit.findings} first={edit.first}"
            audit.note(tx, now, f"{_EDITED}:{edit.who}", "partner.edit", edit.code or edit.file, REFUSED, detail)
    for file, identity in plan.seen.items():
        versions.note_seen(tx, file, identity)
    return numbers


def content_context(sha256: str) -> bytes:
    """Return the place a content is sealed for."""
    return b"partner-file:" + sha256.encode()


def diff_context(file: str) -> bytes:
    """Return the place the diff of a refused edit is sealed for."""
    return b"partner-edit:" + file.encode()


def _begin(tx: Transaction, code: str, one: Going, vault: Vault, now: datetime) -> int:
    source = one.loaded.source
    files = {"": source.raw, **source.beside}
    digests = {name: content_sha256(content) for name, content in files.items()}
    for name, content in files.items():
        if versions.lacks(tx, digests[name]):
            versions.keep_content(tx, digests[name], len(content), vault.seal(content, content_context(digests[name])))
    version = Version(
        code=code,
        file=one.file,
        sha256=source.sha256,
        identity=source.identity,
        digest=one.loaded.partner.digest,
        live_at=now,
        how=one.origin.how,
        who=one.origin.who,
        edited_at=one.edited_at,
    )
    number = versions.begin(tx, version, digests)
    lines = compared(one.before.source.raw if one.before else b"", source.raw)
    detail = (
        f"file={one.file} version={number} how={one.origin.how} sha256={source.sha256}"
        f" was={one.before.source.sha256 if one.before else '-'} +{lines.added} -{lines.removed}"
    )
    commanded = one.origin.how not in (START, EDIT)
    actor = f"{_COMMANDED if commanded else _EDITED}:{one.origin.who}"
    audit.note(tx, now, actor, "partner.live", code, detail=detail)
    return number


def content_sha256(content: bytes) -> str:
    """Return the SHA-256 of a content in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def _edit(file: str, seen: Seen, errors: Sequence[Finding], live: Loaded | None, before: Loaded | None) -> Edited:
    runs = live is not None and live.source.identity == seen.identity
    diff = None
    if not runs and seen.source:
        diff = refused_diff(before.source.raw if before else b"", seen.source)
    code = next((one.partner.code for one in (seen.loaded, live, before) if one), code_in(_bare(file)))
    return Edited(
        file=_bare(file),
        code=code,
        sha256=seen.source.sha256 if seen.source else "",
        who=seen.owner,
        outcome=LIVE if runs else REFUSED,
        findings=len(errors),
        first=errors[0].key if errors else "",
        diff=diff,
    )


def _removal(file: str, before: Loaded | None) -> Edited:
    return Edited(file, before.partner.code if before else code_in(file), "", "", REMOVED, 0, "", None)


def code_in(file: str) -> str:
    """Return the code a file name begins with, empty where it does not."""
    return file[:6] if file[:6].isdecimal() and file[:6].isascii() else ""


def _bare(file: str) -> str:
    return file.rpartition("/")[2]
