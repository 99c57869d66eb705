"""Where everything found wrong is gathered: place, problem, fix, and a bound."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from gateway.case.texts import Text
from gateway.files.findings import Finding, Findings, Severity, in_order

MOST_FINDINGS = 20_000


@dataclass(slots=True)
class Report:
    """Findings of one reading; beyond `MOST_FINDINGS` they are counted only."""

    _findings: list[Finding] = field(default_factory=list)
    _more: int = 0
    failed: bool = False

    def add(self, finding: Finding) -> None:
        """Take a finding over."""
        self.failed = self.failed or finding.is_error
        if len(self._findings) < MOST_FINDINGS:
            self._findings.append(finding)
        else:
            self._more += 1

    def error(self, file: str, line: int, key: str, said: tuple[Text, Text]) -> None:
        """Report something that must be mended."""
        self.add(Finding(file, line, key, *said))

    def warning(self, file: str, line: int, key: str, said: tuple[Text, Text]) -> None:
        """Report something to look at."""
        self.add(Finding(file, line, key, *said, Severity.WARNING))

    def findings(self) -> Findings:
        """Return everything, by file and line."""
        found = in_order(self._findings)
        if not self._more:
            return found
        more = Text(f"还有 {self._more} 处问题没有列出", f"{self._more} more problems are not listed")
        return (*found, Finding(found[-1].file, 0, "", more, _MEND_FIRST))


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a row came from.

    Attributes:
        keys: field → its column as findings name it, such as `事项!F 承诺时限`.
        headings: field → heading, of columns that are not there too.
    """

    file: str
    row: int
    sheet: str
    keys: Mapping[str, str] = field(default_factory=dict)
    headings: Mapping[str, str] = field(default_factory=dict)

    def key(self, name: str) -> str:
        """Return how findings name the column of a field; without a letter where the column is not there."""
        heading = self.headings.get(name)
        return self.keys.get(name) or (f"{self.sheet}!{heading}" if heading else self.sheet)


_MEND_FIRST = Text("先改上面的", "mend those above first")
