"""A whole folder of partner files: read all, check all, report everything in file order.

`tongban partners check`, the reload and the console show the same findings because all of them ask here.
Nothing goes live here; see `registry`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from types import MappingProxyType

from gateway.case.code.divisions import Divisions
from gateway.case.texts import Text
from gateway.files.findings import Finding, Findings, has_errors, in_order
from gateway.partners.cross import conflicts
from gateway.partners.load import Loaded, Surroundings, load
from gateway.partners.partner import Partner
from gateway.partners.redirects import Redirects
from gateway.partners.unread import unread

SUFFIXES = (".yaml", ".yml")


@dataclass(frozen=True, slots=True)
class Checked:
    """What a folder holds.

    Attributes:
        files: every partner file found, good or bad, in order.
        good: those without an error, alone and together, by file name.
        findings: everything wrong, in file order; warnings included.
        alone: those without an error of their own, that clash with others too.
    """

    files: tuple[str, ...]
    good: Mapping[str, Loaded]
    findings: Findings
    alone: Mapping[str, Loaded] = field(default_factory=dict)

    @property
    def partners(self) -> tuple[Partner, ...]:
        """The partners that may go live, in file order."""
        return tuple(loaded.partner for loaded in self.good.values())

    @property
    def is_clean(self) -> bool:
        """Whether every file may go live."""
        return not has_errors(self.findings)


def check_folder(
    folder: Path, divisions: Divisions, own_region: str, today: date, redirects: Redirects | None = None
) -> Checked:
    """Read and check every partner file in `folder`; names that begin with `_` or `.` are no partners.

    Never raises for what is in the folder; a folder that cannot be listed is a finding.
    """
    around = Surroundings(divisions, own_region, today, redirects or Redirects.packaged())
    try:
        there = sorted(folder.iterdir())
    except OSError:
        return Checked((), MappingProxyType({}), (no_folder(folder),))
    paths = [path for path in there if is_partner_file(path.name)]
    found = together({f"{folder.name}/{path.name}": load(path, f"{folder.name}/{path.name}", around) for path in paths})
    left = tuple(unread(folder.name, (path.name for path in there if path not in paths)))
    return replace(found, findings=in_order((*found.findings, *left))) if left else found


def together(read: Mapping[str, tuple[Loaded | None, Findings]]) -> Checked:
    """Return what files hold of which each was read and checked alone, with what is wrong between them."""
    alone = {name: loaded for name, (loaded, _) in read.items() if loaded}
    between = conflicts(alone.values())
    clashing = {finding.file for finding in between if finding.is_error}
    good = {name: loaded for name, loaded in alone.items() if name not in clashing}
    findings = (finding for _, found in read.values() for finding in found)
    return Checked(tuple(read), MappingProxyType(good), in_order((*findings, *between)), MappingProxyType(alone))


def is_partner_file(name: str) -> bool:
    """Whether a file of this name in the partner folder is a partner."""
    return name.endswith(SUFFIXES) and not name.startswith(("_", "."))


def no_folder(folder: Path) -> Finding:
    """Return the finding of a folder that cannot be listed."""
    return Finding(
        str(folder),
        0,
        "",
        Text("伙伴文件夹打不开", "the folder of partner files cannot be opened"),
        Text("检查路径和权限", "check the path and its rights"),
    )
