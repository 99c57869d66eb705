"""docs/documents.md names every fact that a wording may use, every kind of notice with its letters, and no other."""

import re
from pathlib import Path

from gateway.case.notice.facts import FACTS
from gateway.settings.notice_files import load_wordings

PAGE = (Path(__file__).parents[2] / "docs" / "documents.md").read_text(encoding="utf-8")


def test_every_fact_is_told_with_its_meaning() -> None:
    assert dict(re.findall(r"^\| `\{(\w+)\}` \| (.*) \|$", PAGE, re.MULTILINE)) == dict(FACTS)


def test_every_notice_is_told_with_its_letters() -> None:
    told = re.findall(r"^\| (\w+)(?: slip)? \| (\S+) \| ", PAGE, re.MULTILINE)
    wordings, _ = load_wordings(None)
    assert set(told[1:]) == {(one.title, one.letters or "–") for one in wordings.values()}
