"""The shape of a file of sample licences (示例), and reading it: synthetic people only, never a register."""

from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, ConfigDict, Field

from gateway.case.code.licences import licence_id_problems
from gateway.case.days import day_in_china
from gateway.case.licence_verdicts import LicenceState
from gateway.case.texts import Text
from gateway.files.findings import Finding, Findings
from gateway.files.misfits import Misfit
from gateway.files.quantities import Day, StartMoment
from gateway.files.reader import read
from gateway.files.shapes import check
from gateway.files.tree import Tree

STRICT = ConfigDict(extra="forbid")
MOST = 2000


def _identifier(text: str) -> str:
    problems = licence_id_problems(text)
    if problems:
        raise Misfit(problems[0].text, Text("照电子证照填写标识", "copy the identifier of the licence"))
    return text


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleLicence:
    """One licence."""

    __pydantic_config__ = STRICT

    id: Annotated[str, AfterValidator(_identifier)]
    name: Annotated[str, Field(min_length=1, max_length=100)]
    """Of the kind of licence."""
    holder: Annotated[str, Field(min_length=1, max_length=100)]
    holder_number: Annotated[str, Field(max_length=40)] = ""
    valid_from: Day | None = None
    valid_to: Day | None = None
    """Last day in force; none for one that has no end."""
    state: LicenceState = LicenceState.VALID
    revoked_at: StartMoment | None = None
    """Until then it is in force whatever `state` says; from then on it is in that state, 03 where none is named."""

    def standing(self, now: datetime) -> tuple[LicenceState, date | None]:
        """Return the state at a moment, and since when."""
        if self.revoked_at is None:
            return self.state, None
        if now < self.revoked_at:
            return LicenceState.VALID, None
        state = LicenceState.WITHDRAWN if self.state is LicenceState.VALID else self.state
        return state, day_in_china(self.revoked_at)


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleLicences:
    """`licences/*.yaml`."""

    __pydantic_config__ = STRICT

    licences: Annotated[tuple[SampleLicence, ...], Field(max_length=MOST)] = ()


def read_samples(path: Path) -> tuple[tuple[SampleLicence, ...] | None, Findings]:
    """Return the licences in a file and everything wrong with it; None when something is."""
    tree = read(path, f"{path.parent.name}/{path.name}")
    if not isinstance(tree, Tree):
        return None, tree
    shape = check(tree, SampleLicences)
    if not isinstance(shape, SampleLicences):
        return None, shape
    findings = tuple(_twice(shape, tree))
    return (None if findings else shape.licences), findings


def _twice(shape: SampleLicences, tree: Tree) -> list[Finding]:
    seen: set[str] = set()
    found = []
    for position, licence in enumerate(shape.licences):
        if licence.id in seen:
            found.append(
                tree.finding(
                    ("licences", position, "id"),
                    Text("这个标识写了两次", "this identifier stands here twice"),
                    Text("删去一处", "delete one"),
                )
            )
        seen.add(licence.id)
    return found
