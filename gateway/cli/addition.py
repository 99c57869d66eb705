"""An introduction on its way to a partner file, as commands show it: findings, and all of it for scripts."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, NoReturn

import click

from gateway.case.texts import Text
from gateway.cli.introduction_page import agreement_document
from gateway.cli.speech import Speaker, finding_document
from gateway.files.findings import Finding
from gateway.files.quantities import CHINA
from gateway.settings import Settings, load_divisions

if TYPE_CHECKING:
    from gateway.flows.onboarding.addition import Addition
    from gateway.flows.onboarding.agreeing import Side


def document_of(addition: "Addition") -> dict[str, Any]:
    """Return all of it as scripts read it."""
    introduction = addition.read.introduction
    return {
        "code": introduction.code,
        "name": introduction.name,
        "fingerprint": addition.read.digits,
        "file": str(addition.prospect.path),
        "replaces": addition.is_there,
        "agreement_from": addition.agreed.side.value,
        "agreement_must_choose": addition.agreed.must_choose,
        "agreement": agreement_document(addition.agreed.terms),
        "findings": [finding_document(one) for one in addition.findings],
    }


def examined(
    speaker: Speaker, settings: Settings, raw: bytes, file: str, side: "Side | None", now: datetime, *, over: bool
) -> "Addition":
    """Return the introduction in `raw` with everything found; ends the command where it is none.  See `flows.onboarding.addition`."""
    from gateway.app.onboarding import spoken_versions
    from gateway.flows.onboarding.addition import added
    from gateway.flows.onboarding.examine import Folder

    folder = Folder.of(settings.partners, load_divisions(), settings.region, now.astimezone(CHINA).date())
    found = added(raw, file, side, folder, spoken=spoken_versions(), now=now, over=over)
    if isinstance(found, tuple):
        refuse(speaker, found)
    return found


def refuse(speaker: Speaker, findings: Sequence[Finding]) -> NoReturn:
    """Print the findings and end the command."""
    code = speaker.findings(findings)
    if not speaker.as_json:
        speaker.note(NOT_WRITTEN)
    raise click.exceptions.Exit(code)


NOT_WRITTEN = Text(
    "没有写入. 介绍文件不要自己改 (改过签名就不符): 对方的事请对方改好后重新 invite",
    "nothing was written. Do not mend an introduction yourself, for its signature would not fit: have them mend it and invite again",
)
