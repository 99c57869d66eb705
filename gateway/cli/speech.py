"""How commands speak: language, text or JSON, errors for people, exit codes.

Guarantees that what the gateway expected might go wrong ends in a cause and a next step, never in a traceback.
"""

import json
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from pathlib import Path
from typing import Any

from gateway.case.errors import GatewayError
from gateway.case.reasons import Reason
from gateway.case.texts import Lang, Text
from gateway.files.findings import Finding, has_errors, in_order, render

_SETTINGS_OF_LANGUAGE = ("LC_ALL", "LC_MESSAGES", "LANG")
_FIX = Text("怎么办: ", "what to do: ")

WIDE = 400
"""Columns of a table that goes to a file or a pipe: no cell is broken."""


class ExitCode(IntEnum):
    """What a script learns from the end of a command; listed in docs/commands.md."""

    OK = 0
    REFUSED = 1
    """Findings, or something was refused."""
    USAGE = 2
    NOT_RUNNING = 3
    INTERNAL = 4
    CUT_OFF = 5
    """`serve` was told to stop and did not end within `limits.stop_within`; nothing that was acknowledged is lost."""


class Refused(Exception):
    """The running gateway refused; `problem` is its RFC 9457 document, in the language asked for."""

    def __init__(self, problem: Mapping[str, Any]) -> None:
        super().__init__(str(problem.get("title", "")))
        self.problem = problem


def language(environ: Mapping[str, str]) -> Lang:
    """Return English where the locale is English, else Chinese."""
    locale = next((environ[name] for name in _SETTINGS_OF_LANGUAGE if environ.get(name)), "")
    return Lang.EN if locale.lower().startswith("en") else Lang.ZH


@dataclass(slots=True)
class Speaker:
    """Speaks for one run of the command; options of the command line change it."""

    lang: Lang = field(default_factory=lambda: language(os.environ))
    as_json: bool = False
    debug: bool = False

    def say(self, text: Text | str) -> None:
        """Print a line on standard output."""
        sys.stdout.write((text.say(self.lang) if isinstance(text, Text) else text) + "\n")

    def note(self, text: Text | str) -> None:
        """Print a line on standard error, out of the way of what a script reads."""
        sys.stderr.write((text.say(self.lang) if isinstance(text, Text) else text) + "\n")

    def document(self, content: object) -> None:
        """Print one JSON document on standard output."""
        sys.stdout.write(json.dumps(content, ensure_ascii=False, indent=2) + "\n")

    def table(self, heads: Sequence[Text], rows: Sequence[Sequence[str]], *, empty: Text) -> None:
        """Print a table, or `empty` where there are no rows."""
        if not rows:
            self.say(empty)
            return
        from rich.console import Console
        from rich.table import Table
        from rich.text import Text as Cell

        table = Table(box=None, pad_edge=False, header_style="bold")
        for head in heads:
            table.add_column(head.say(self.lang), overflow="fold")
        for row in rows:
            table.add_row(*(Cell(cell) for cell in row))
        Console(width=None if sys.stdout.isatty() else WIDE).print(table)

    def findings(self, findings: Sequence[Finding], *, files: int | None = None) -> ExitCode:
        """Print `findings` and return how the command ends."""
        if self.as_json:
            self.document(
                {"ok": not has_errors(findings), "findings": [finding_document(one) for one in in_order(findings)]}
            )
        else:
            self.say(render(findings, self.lang, files=files))
        return ExitCode.REFUSED if has_errors(findings) else ExitCode.OK

    def failure(self, error: GatewayError) -> ExitCode:
        """Print what went wrong and what to do, and return how the command ends."""
        if self.as_json:
            self.document({"ok": False, "error": error_document(error)})
        else:
            self.note(f"{error.cause.say(self.lang)} ({error.reason.value})")
            for finding in error.findings:
                self.note(f"  {finding.path}: {finding.problem.say(self.lang)}")
                self.note(f"    {_FIX.say(self.lang)}{finding.fix.say(self.lang)}")
            self.note(f"{_FIX.say(self.lang)}{error.fix.say(self.lang)}")
        return _CODES.get(error.reason, ExitCode.REFUSED)

    def refusal(self, refused: Refused) -> ExitCode:
        """Print what the running gateway said, and return how the command ends."""
        if self.as_json:
            self.document({"ok": False, "error": dict(refused.problem)})
            return ExitCode.REFUSED
        problem = refused.problem
        for name in ("title", "detail"):
            if problem.get(name):
                self.note(str(problem[name]))
        for finding in problem.get("findings") or ():
            self.note(f"  {_in(self.lang, finding.get('path'))}: {_in(self.lang, finding.get('problem'))}")
            if finding.get("fix"):
                self.note(f"    {_FIX.say(self.lang)}{_in(self.lang, finding['fix'])}")
        if problem.get("fix"):
            self.note(f"{_FIX.say(self.lang)}{_in(self.lang, problem['fix'])}")
        return ExitCode.REFUSED


def finding_document(finding: Finding) -> dict[str, object]:
    """Return a finding as scripts read it, in both languages."""
    return {
        "file": finding.file,
        "line": finding.line,
        "key": finding.key,
        "severity": finding.severity.value,
        "problem": both(finding.problem),
        "fix": both(finding.fix),
    }


def error_document(error: GatewayError) -> dict[str, object]:
    """Return an error as scripts read it, in both languages."""
    return {
        "reason": error.reason.value,
        "retriable": error.retriable,
        "cause": both(error.cause),
        "fix": both(error.fix),
        "findings": [{"path": one.path, "problem": both(one.problem), "fix": both(one.fix)} for one in error.findings],
    }


def both(text: Text) -> dict[str, str]:
    """Return a text by language."""
    return {lang.value: text.say(lang) for lang in Lang}


def shown_path(path: Path) -> str:
    """Return `path` from the current folder where that is shorter."""
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)


def _in(lang: Lang, said: object) -> str:
    return str(said.get(lang.value, "")) if isinstance(said, Mapping) else str(said or "")


_CODES: Mapping[Reason, ExitCode] = {
    Reason.CONSOLE_OFF: ExitCode.NOT_RUNNING,
    Reason.INTERNAL: ExitCode.INTERNAL,
}
