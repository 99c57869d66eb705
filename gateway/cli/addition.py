"""One introduction on its way to a partner file: read, checked, beside what is there, before anybody is asked."""

import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, NoReturn

import click

from gateway.case.texts import Text
from gateway.cli.introduction_page import agreement_document
from gateway.cli.speech import Speaker, finding_document
from gateway.files.findings import Finding, Findings, in_order
from gateway.files.quantities import CHINA
from gateway.settings import Settings, load_divisions

if TYPE_CHECKING:
    from gateway.flows.onboarding.agreeing import Agreed, Side, Written
    from gateway.flows.onboarding.examine import Folder, Prospect, Read


@dataclass(slots=True)
class Addition:
    """What an introduction would become, and everything found about it.

    Attributes:
        before: text of the partner's present file; None where it has none.
    """

    read: "Read"
    agreed: "Agreed"
    prospect: "Prospect"
    findings: Findings
    before: str | None

    @property
    def is_there(self) -> bool:
        """Whether the partner has a file."""
        return self.before is not None

    @property
    def changes(self) -> list[str]:
        """What would change of the present file, comments left out, as a unified diff."""
        from gateway.cli.entries import entry_text

        name = self.prospect.path.name
        old = [line for line in (self.before or "").splitlines() if not line.lstrip().startswith("#")]
        new = entry_text(self.prospect.said).splitlines()
        return list(difflib.unified_diff(old, new, name, name, lineterm="", n=1))

    @property
    def document(self) -> dict[str, Any]:
        """All of it as scripts read it."""
        introduction = self.read.introduction
        return {
            "code": introduction.code,
            "name": introduction.name,
            "fingerprint": self.read.digits,
            "file": str(self.prospect.path),
            "replaces": self.is_there,
            "agreement_from": self.agreed.side.value,
            "agreement_must_choose": self.agreed.must_choose,
            "agreement": agreement_document(self.agreed.terms),
            "findings": [finding_document(one) for one in self.findings],
        }


def examined(
    speaker: Speaker, settings: Settings, raw: bytes, file: str, side: "Side | None", now: datetime, *, over: bool
) -> Addition:
    """Return the introduction in `raw` with everything found; ends the command where it is none.

    Args:
        file: its name for findings.
        side: whose text of the agreements is taken where they differ.
        now: aware UTC.
        over: whether the partner's present file may be written over.
    """
    from gateway.app.onboarding import spoken_versions
    from gateway.cli.entries import entry_text
    from gateway.flows.onboarding.agreeing import agree
    from gateway.flows.onboarding.examine import Folder, prospect, read_introduction

    divisions = load_divisions()
    folder = Folder.of(settings.partners, divisions, settings.region, now.astimezone(CHINA).date())
    read = read_introduction(raw, file, folder.around, now=now, spoken=spoken_versions())
    if isinstance(read, tuple):
        refuse(speaker, read)
    ours = _ours(folder, read)
    if isinstance(ours, tuple):
        refuse(speaker, (*read.findings, *ours))
    agreed = agree(read.introduction, read.tree, ours, side, divisions)
    if isinstance(agreed, Finding):
        refuse(speaker, (*read.findings, agreed))
    made = prospect(read, agreed, folder, entry_text)
    findings = [*read.findings, *made.findings]
    present = folder.present(read.introduction.code)
    if present and not over:
        findings.append(_taken(read, folder.name_of(present)))
    before = present.read_text(encoding="utf-8", errors="replace") if present else None
    return Addition(read, agreed, made, in_order(findings), before)


def refuse(speaker: Speaker, findings: Sequence[Finding]) -> NoReturn:
    """Print the findings and end the command."""
    code = speaker.findings(findings)
    if not speaker.as_json:
        speaker.note(NOT_WRITTEN)
    raise click.exceptions.Exit(code)


def _ours(folder: "Folder", read: "Read") -> "Written | Findings | None":
    """Return what we have agreed with the region: its present file, else our draft."""
    from gateway.flows.onboarding.agreeing import draft_file, read_draft, written_in

    code = read.introduction.code
    present = folder.loaded(folder.present(code))
    if present:
        return written_in(present)
    path = draft_file(folder.path, code)
    return read_draft(path, folder.name_of(path), code, folder.around)


def _taken(read: "Read", name: str) -> Finding:
    code = read.introduction.code
    return read.tree.finding(
        ("code",),
        Text(f"{code} 已有伙伴文件 {name}, 没有覆盖", f"{code} has the file {name}; it is not written over"),
        Text(
            "先看会有哪些改动, 确实要改写就加 --replace",
            "look at what would change, and add --replace if it is to be written anew",
        ),
    )


NOT_WRITTEN = Text(
    "没有写入. 介绍文件不要自己改 (改过签名就不符): 对方的事请对方改好后重新 invite",
    "nothing was written. Do not mend an introduction yourself, for its signature would not fit: have them mend it and invite again",
)
