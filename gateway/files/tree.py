"""A file that YAML can read, as text with line numbers."""

from dataclasses import dataclass, field

from gateway.case.texts import Text
from gateway.files.findings import Finding, KeyPath, Severity, key_text

Value = str | None | list["Value"] | dict[str, "Value"]
"""A scalar is text, or None where nothing was written."""


@dataclass(frozen=True, slots=True)
class Tree:
    """One file that YAML can read.

    Attributes:
        file: its name for findings.
        data: the top-level mapping.
        lines: the line, from 1, of every key and list entry.
    """

    file: str
    data: dict[str, Value]
    lines: dict[KeyPath, int] = field(repr=False)

    def line(self, path: KeyPath) -> int:
        """Return the line of `path`, or of the nearest thing around it that is in the file."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)

    def finding(self, path: KeyPath, problem: Text, fix: Text) -> Finding:
        """Return an error at `path` of this file."""
        return Finding(self.file, self.line(path), key_text(path), problem, fix)

    def warning(self, path: KeyPath, problem: Text, fix: Text) -> Finding:
        """Return a warning at `path` of this file."""
        return Finding(self.file, self.line(path), key_text(path), problem, fix, Severity.WARNING)
