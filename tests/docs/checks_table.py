"""docs/conformance.md: every check with its number, what it is about, and where the format demands it; every step of scripts."""

from gateway.kit.conformance.catalogue import CHAPTERS
from gateway.kit.conformance.check import Check
from gateway.kit.partner.script import ALLOWED, On

FORMAT = "exchange-format.md"


def checks() -> str:
    """A table per chapter."""
    sections = []
    for chapter in CHAPTERS:
        rows = [_row(check) for check in chapter]
        sections.append("\n".join((f"### {chapter.number} {chapter.title.zh} / {chapter.title.en}", "", *_HEAD, *rows)))
    return "\n\n".join(sections)


def steps() -> str:
    """Which steps a rule may have on which occasion."""
    rows = [f"| `{on.value}` | {_words(on)} |" for on in On]
    return "\n".join(("| `on` | `do` |", "|---|---|", *rows))


PARTS = {"checks": checks, "steps": steps}

_HEAD = ("| 号 | 检查 / check | 要求 / demand | § |", "|---|---|---|---|")


def _row(check: Check) -> str:
    marks = (" ⏱" if check.waits else "") + (" 👤" if check.asks else "")
    title = f"{check.title.zh}<br>{check.title.en}{marks}"
    return f"| {check.number} | {title} | {check.demand.zh}<br>{check.demand.en} | {check.section} |"


def _words(on: On) -> str:
    return ", ".join(sorted(f"`{one.value}`" for one in ALLOWED[on]))
