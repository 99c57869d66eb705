"""The `licences` part of `gateway.yaml`: where electronic licences are looked up (证照免提交), and what it resolves to."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum
from pathlib import Path
from typing import Annotated

from pydantic import ConfigDict, Field

from gateway.case.texts import Text
from gateway.files.findings import Finding
from gateway.files.quantities import Duration
from gateway.files.tree import Tree
from gateway.settings.service_urls import ServiceUrl

Where = Annotated[str, Field(min_length=1, max_length=1000)]


class SourceKind(Enum):
    """What kind of source is connected."""

    NONE = "none"
    """No source: every licence is accepted as 待核验."""
    FILE = "file"
    """A file on this machine, for samples and drills."""
    HTTP = "http"
    """The shared service of a licence platform (GB/T 36906)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LicencesEntry:
    """Where electronic licences are looked up."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    source: SourceKind = SourceKind.NONE
    file: Where | None = None
    """Sample licences, for `source: file`."""
    endpoint: ServiceUrl | None = None
    """Of the shared service, for `source: http`; `/queryCertInfo` and `/verify` are appended."""
    access_id: Annotated[str, Field(min_length=1, max_length=100)] | None = None
    access_token_file: Where | None = None
    """Mode 0600; the token stands alone in it."""
    authority: Where | None = None
    """Who issued the service's certificate, where it is none this machine trusts anyway."""
    types: Where | None = None
    """CSV: which types of licences can be called up; without it every type is asked about."""
    list_call: Annotated[str, Field(pattern=r"^[A-Za-z0-9_/-]{1,60}$")] | None = None
    """The call that lists a holder's licences, for `source: http`; without it nobody is looked up by number."""
    deadline: Annotated[Duration, Field(ge=timedelta(seconds=1), le=timedelta(seconds=10))] = timedelta(seconds=3)
    """How long a window waits for all licences of a case together."""


@dataclass(frozen=True, slots=True)
class LicenceSettings:
    """The same with every path resolved; what a source needs is there."""

    source: SourceKind = SourceKind.NONE
    file: Path | None = None
    endpoint: str = ""
    access_id: str = ""
    access_token_file: Path | None = None
    authority: Path | None = None
    types: Path | None = None
    list_call: str = ""
    deadline: timedelta = timedelta(seconds=3)


_NEEDED = {
    SourceKind.NONE: (),
    SourceKind.FILE: ("file",),
    SourceKind.HTTP: ("endpoint", "access_id", "access_token_file"),
}


def resolved(entry: LicencesEntry, home: Path) -> LicenceSettings:
    """Return what an entry says, its paths starting at `home`."""

    def at(where: str | None) -> Path | None:
        return home / where if where else None

    return LicenceSettings(
        source=entry.source,
        file=at(entry.file),
        endpoint=entry.endpoint or "",
        access_id=entry.access_id or "",
        access_token_file=at(entry.access_token_file),
        authority=at(entry.authority),
        types=at(entry.types),
        list_call=entry.list_call or "",
        deadline=entry.deadline,
    )


def licence_findings(entry: LicencesEntry, tree: Tree) -> Iterator[Finding]:
    """Yield what is missing for the source that is named; what another source would need may stand there too."""
    named = entry.source.value
    for key in _NEEDED[entry.source]:
        if getattr(entry, key) is None:
            yield tree.finding(
                ("licences", "source"),
                Text(f"source: {named} 需要写 {key}", f"source: {named} needs {key}"),
                Text(f"补上 licences.{key}", f"add licences.{key}"),
            )
