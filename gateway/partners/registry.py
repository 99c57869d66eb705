"""The partners that are live now, and how an edited folder becomes live.

A reload is all or nothing per file.  A file with an error keeps its last good version; a removed file closes its partner to new
cases only; a new file with an error waits.  Files that are right alone but clash with a version still
running go back as well, so that a snapshot never contradicts itself.  Then one reference is swapped.

Leaves to others: looking at the folder (`folder`), keeping versions over a restart and the audit (`flows.partner_files`).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from gateway.case.code.divisions import Divisions
from gateway.files.findings import Findings, in_order
from gateway.partners.check import Checked
from gateway.partners.cross import conflicts
from gateway.partners.load import Loaded
from gateway.partners.partner import Partner
from gateway.partners.snapshot import Partners

__all__ = ["Partners", "Prepared", "Registry"]


@dataclass(frozen=True, slots=True)
class Prepared:
    """What would be live after a reload; nothing has changed yet.

    Attributes:
        live: the version that runs of each file, by name as in findings.
        closed: partners whose file was removed, by code.
        held_back: files of which another version would run than the one in the folder, or none.
    """

    live: Mapping[str, Loaded]
    closed: Mapping[str, Partner]
    findings: Findings
    held_back: tuple[str, ...]
    snapshot: Partners


class Registry:
    """Holds the current snapshot and the findings of the last look at the folder."""

    def __init__(self, divisions: Divisions, *, samples: bool = False) -> None:
        """Begin with no partners.

        Args:
            samples: whether sample partners (示例) are routed to.
        """
        self._divisions = divisions
        self._samples = samples
        self._live: dict[str, Loaded] = {}
        self._closed: dict[str, Partner] = {}
        self._findings: Findings = ()
        self._held_back: tuple[str, ...] = ()
        self._current = Partners.of_all((), divisions)

    def current(self) -> Partners:
        """Return the snapshot in force; whoever takes it keeps it to the end of what it does."""
        return self._current

    @property
    def findings(self) -> Findings:
        """What was wrong when the folder was last looked at."""
        return self._findings

    @property
    def held_back(self) -> tuple[str, ...]:
        """Files of which an older version is running than the one in the folder."""
        return self._held_back

    @property
    def live(self) -> Mapping[str, Loaded]:
        """The version that runs of each file, by name as in findings."""
        return MappingProxyType(self._live)

    def seed(self, live: Mapping[str, Loaded], closed: Iterable[Partner]) -> None:
        """Begin with the versions that ran before this process, and the partners that were closed then."""
        self._live = dict(live)
        self._closed = {partner.code: partner for partner in closed}

    def reload(self, checked: Checked) -> Partners:
        """Put live what of `checked` may go live, keep the rest as it was, and return the new snapshot."""
        return self.take(self.prepare(checked))

    def prepare(self, checked: Checked) -> Prepared:
        """Return what a reload would make live; may run beside readers, in any thread."""
        before = self._live
        wanted = {file: checked.good.get(file) or before.get(file) for file in checked.files}
        live = {file: loaded for file, loaded in wanted.items() if loaded}
        findings = checked.findings
        # Files that are all good have been held against one another already.
        while live.keys() != checked.good.keys():
            between = conflicts(live.values())
            undo = {item.file for item in between if item.is_error and live[item.file] is not before.get(item.file)}
            if not undo:
                break
            findings += tuple(finding for finding in between if finding not in findings)
            for file in undo:
                if file in before:
                    live[file] = before[file]
                else:
                    del live[file]
        codes = {loaded.partner.code for loaded in live.values()}
        gone = {loaded.partner.code: loaded.partner for file, loaded in before.items() if file not in live}
        closed = {code: partner for code, partner in (self._closed | gone).items() if code not in codes}
        return Prepared(
            live=MappingProxyType(live),
            closed=MappingProxyType(closed),
            findings=in_order(findings),
            held_back=tuple(
                file
                for file in checked.files
                if not _runs(checked.good.get(file) or checked.alone.get(file), live.get(file))
            ),
            snapshot=Partners.of_all(
                (loaded.partner for loaded in live.values()),
                self._divisions,
                closed=closed.values(),
                samples=self._samples,
            ),
        )

    def take(self, prepared: Prepared) -> Partners:
        """Swap: what was prepared is live; nothing else may have been taken since."""
        self._live = dict(prepared.live)
        self._closed = dict(prepared.closed)
        self._findings = prepared.findings
        self._held_back = prepared.held_back
        return self.replace(prepared.snapshot)

    def replace(self, partners: Partners) -> Partners:
        """Make `partners` the current snapshot, as it is."""
        self._current = partners
        return partners


def _runs(wanted: Loaded | None, live: Loaded | None) -> bool:
    return wanted is not None and live is not None and wanted.source.identity == live.source.identity
