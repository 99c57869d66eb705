"""One introduction on its way to a partner file: read, checked, beside what is there, before anybody is asked.

Nothing is written here; commands and pages show the same and write the same.
"""

import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from gateway.case.texts import Text
from gateway.files.findings import Finding, Findings, has_errors, in_order
from gateway.flows.onboarding.agreeing import Agreed, Side, Written, agree, draft_file, read_draft, written_in
from gateway.flows.onboarding.examine import Folder, Prospect, Read, prospect, read_introduction
from gateway.flows.onboarding.partner_entry import entry_text
from gateway.flows.onboarding.prospect import commented

BEFORE = ".before"
"""Ends the name of the copy that is kept of a file written over; it is no partner file."""


@dataclass(slots=True)
class Addition:
    """What an introduction would become, and everything found about it.

    Attributes:
        before: text of the partner's present file; None where it has none.
    """

    read: Read
    agreed: Agreed
    prospect: Prospect
    findings: Findings
    before: str | None

    @property
    def is_there(self) -> bool:
        """Whether the partner has a file."""
        return self.before is not None

    @property
    def may_be_written(self) -> bool:
        """Whether nothing that was found stands against it."""
        return not has_errors(self.findings)

    @property
    def changes(self) -> list[str]:
        """What would change of the present file, comments left out, as a unified diff."""
        name = self.prospect.path.name
        old = [line for line in (self.before or "").splitlines() if not line.lstrip().startswith("#")]
        new = entry_text(self.prospect.said).splitlines()
        return list(difflib.unified_diff(old, new, name, name, lineterm="", n=1))

    def text(self, now: datetime) -> bytes:
        """Return the partner file as it is written, with comments that say where each part came from."""
        read = self.read
        return commented(
            entry_text(self.prospect.said),
            introduction=read.introduction,
            digits=read.digits,
            agreed=self.agreed.note,
            now=now,
        ).encode()


def added(
    raw: bytes, file: str, side: Side | None, folder: Folder, *, spoken: Sequence[str], now: datetime, over: bool
) -> Addition | Findings:
    """Return the introduction in `raw` with everything found, or what is wrong where it is none.

    Args:
        file: its name for findings.
        side: whose text of the agreements is taken where they differ.
        spoken: versions of the exchange format this gateway speaks.
        now: aware UTC.
        over: whether the partner's present file may be written over.
    """
    read = read_introduction(raw, file, folder.around, now=now, spoken=spoken)
    if isinstance(read, tuple):
        return read
    ours = _ours(folder, read)
    if isinstance(ours, tuple):
        return (*read.findings, *ours)
    agreed = agree(read.introduction, read.tree, ours, side, folder.around.divisions)
    if isinstance(agreed, Finding):
        return (*read.findings, agreed)
    made = prospect(read, agreed, folder, entry_text)
    findings = [*read.findings, *made.findings]
    present = folder.present(read.introduction.code)
    if present and not over:
        findings.append(_taken(read, folder.name_of(present)))
    before = present.read_text(encoding="utf-8", errors="replace") if present else None
    return Addition(read, agreed, made, in_order(findings), before)


def _ours(folder: Folder, read: Read) -> Written | Findings | None:
    """Return what we have agreed with the region: its present file, else our draft."""
    code = read.introduction.code
    present = folder.loaded(folder.present(code))
    if present:
        return written_in(present)
    path = draft_file(folder.path, code)
    return read_draft(path, folder.name_of(path), code, folder.around)


def _taken(read: Read, name: str) -> Finding:
    code = read.introduction.code
    return read.tree.finding(
        ("code",),
        Text(f"{code} 已有伙伴文件 {name}, 没有覆盖", f"{code} has the file {name}; it is not written over"),
        Text(
            "先看会有哪些改动, 确实要改写就加 --replace (页面上勾选改写)",
            "look at what would change, and add --replace (tick the box on the page) if it is to be written anew",
        ),
    )
