"""Damaged partner files: whatever is done to one, the check answers, and takes it whole or not at all."""

import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.files.findings import render
from tests.partners.partner_files import a_partner, checked, put

LINES = a_partner().splitlines()
PIECES = st.sampled_from(
    ["", "：", "“", "，", "~", "[]", "{}", "- ", "  ", "\t", "x", "-1", "９", "&a ", "𠀀", "\u202e", ": ", "null"]
)


@st.composite
def damaged(draw: st.DrawFn) -> str:
    """Return a right file with up to four lines dropped, repeated, shifted, or with something put into them."""
    lines = list(LINES)
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(lines) - 1))
        line, column = lines[at], draw(st.integers(0, 40))
        piece = draw(PIECES)
        lines[at : at + 1] = draw(
            st.sampled_from(
                [[], [line, line], ["  " + line], [line[2:]], [line[:column] + piece + line[column:]], [line[:column]]]
            )
        ) or [""]
    return "\n".join(lines) + "\n"


@given(damaged())
@settings(max_examples=150, deadline=None)
def test_a_damaged_file_is_taken_whole_or_explained(text: str) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "partners"
        put(folder, text)
        found = checked(folder)

    assert len(found.partners) == (1 if found.is_clean else 0)
    for lang in ("zh", "en"):
        printed = render(found.findings, lang)
        assert "{" not in printed.replace("{...}", "").replace("local: {ours, theirs}", "") or "{" in text
    for finding in found.findings:
        assert 0 <= finding.line <= text.count("\n") + 1
