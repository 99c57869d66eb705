"""What an operator has to mend, printed the way compilers print it.

A finding names file, line and key, says what is wrong and what to do.  Findings are
collected, never raised one by one: who edits a file learns everything at once.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum

from gateway.case.texts import Lang, Text

KeyPath = tuple[str | int, ...]
"""Where a value stands in a file: keys, and positions in lists counted from 0."""


LONGEST_NAME = 60


class Severity(Enum):
    """Whether a file with this finding may go live."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing an operator has to mend.

    Attributes:
        file: the file as the operator knows it, usually relative to the folder's parent.
        line: counted from 1 as editors do; 0 when the whole file is meant.
        key: such as `agreements[0].items[2].modes`; empty when no key is to blame.
    """

    file: str
    line: int
    key: str
    problem: Text
    fix: Text
    severity: Severity = Severity.ERROR

    @property
    def place(self) -> str:
        """Where it is, as compilers and editors write it: `file:line: key`, without what is not known."""
        line = f"{self.file}:{self.line}" if self.line else self.file
        return f"{line}: {self.key}" if self.key else line

    @property
    def is_error(self) -> bool:
        """Whether the file must not go live like this."""
        return self.severity is Severity.ERROR


Findings = tuple[Finding, ...]

_WARNING = Text("提醒: ", "warning: ")
_FIX = Text("怎么改: ", "fix: ")
_NOTHING = Text("{files} 个文件, 没有发现问题。", "no problems in {files} files.")
_SUMMARY = Text(
    "{files} 个文件中的 {bad} 个有问题: {errors} 处要改, {warnings} 处提醒。",
    "{errors} problems and {warnings} warnings in {bad} of {files} files.",
)


def key_text(path: Iterable[str | int]) -> str:
    """Return `path` as people write it: `agreements[0].items[2].name`; a key longer than any known one is cut."""
    text = ""
    for step in path:
        if isinstance(step, int):
            text += f"[{step}]"
        else:
            name = step if len(step) <= LONGEST_NAME else step[: LONGEST_NAME - 1] + "…"
            text += f".{name}" if text else name
    return text


def in_order(findings: Iterable[Finding]) -> Findings:
    """Return `findings` by file, then by line; findings of one line keep their order."""
    return tuple(sorted(findings, key=lambda finding: (finding.file, finding.line)))


def has_errors(findings: Iterable[Finding]) -> bool:
    """Whether anything among `findings` keeps a file from going live."""
    return any(finding.is_error for finding in findings)


def render(findings: Sequence[Finding], lang: Lang | str = Lang.ZH, *, files: int | None = None) -> str:
    """Return `findings` as text to print, in file order, with a summary as its last line.

    Args:
        files: how many files were looked at; by default those that have findings.
    """
    lines: list[str] = []
    for finding in in_order(findings):
        lines.append(f"{finding.place}: {'' if finding.is_error else _WARNING.say(lang)}{finding.problem.say(lang)}")
        lines.append(f"    {_FIX.say(lang)}{finding.fix.say(lang)}")
    lines += [""] * bool(lines)
    lines.append(summary(findings, files=files).say(lang))
    return "\n".join(lines)


def summary(findings: Iterable[Finding], *, files: int | None = None) -> Text:
    """Return one sentence that counts `findings`."""
    listed = tuple(findings)
    bad = len({finding.file for finding in listed})
    # A missing table has a name of its own and is no file that was looked at.
    looked_at = bad if files is None else max(files, bad)
    if not listed:
        return _NOTHING.format(files=looked_at)
    errors = sum(finding.is_error for finding in listed)
    return _SUMMARY.format(files=looked_at, bad=bad, errors=errors, warnings=len(listed) - errors)
