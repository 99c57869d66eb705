"""The documents say what the code does, and every link in them leads somewhere."""

import re
from pathlib import Path
from urllib.parse import unquote

import pytest

from gateway.case.lifecycle import TABLE, WHO
from gateway.case.reasons import ROWS, Reason
from gateway.case.states import STATE_NAMES, State
from tests.docs import errors_catalogue, house_plan, lifecycle_drawing
from tests.docs.marked_parts import DOCS, part
from tests.docs.write_docs import MADE, stale_parts, unmade_parts

ROOT = DOCS.parent
FETCHED = {"node_modules", ".venv", "demo-data", "var"}
PAGES = sorted(path for path in (*ROOT.glob("*.md"), *DOCS.rglob("*.md")) if not FETCHED & set(path.parts))
LINK = re.compile(r"\[[^\]\n]*\]\(([^)\s]+)\)")
FENCED = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
CODE = re.compile(r"`[^`\n]*`")


def prose(page: Path) -> str:
    """Return a page without what is quoted in it."""
    return CODE.sub("", FENCED.sub("", page.read_text("utf-8")))


def anchors(page: Path) -> set[str]:
    """Return the anchors a page offers, as hosting sites make them from headings."""
    found: dict[str, int] = {}
    for title in re.findall(r"^#{1,6} (.+)$", FENCED.sub("", page.read_text("utf-8")), re.MULTILINE):
        plain = re.sub(r"[^\w\- ]", "", title.strip().lower()).replace(" ", "-")
        found[plain] = found.get(plain, 0) + 1
    return {name if nth == 0 else f"{name}-{nth}" for name, count in found.items() for nth in range(count)}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_link_leads_somewhere(page):
    lost = []
    for target in LINK.findall(prose(page)):
        if re.match(r"[a-z]+:", target):
            continue
        name, _, anchor = unquote(target).partition("#")
        there = (page.parent / name).resolve() if name else page
        if not there.exists() or (anchor and there.suffix == ".md" and anchor not in anchors(there)):
            lost.append(target)
    assert lost == []


@pytest.mark.parametrize("document", MADE)
def test_what_is_made_from_the_code_is_up_to_date(document):
    stale = [name for where, name in stale_parts() if where == document]
    assert stale == [], "run `make docs`"


def test_every_marked_part_is_made_by_something():
    assert list(unmade_parts()) == []


def test_every_reason_has_one_heading():
    text = (DOCS / "errors.md").read_text("utf-8")
    headings = re.findall(r"^### ([A-Z][A-Z0-9_]+)$", text, re.MULTILINE)
    assert sorted(headings) == sorted(reason.value for reason in Reason)


def test_every_reason_is_in_a_chapter_and_says_cause_and_fix_in_both_languages():
    chapters = [reason for _, rows in errors_catalogue.CHAPTERS for reason in rows]
    assert sorted(chapters, key=lambda reason: reason.value) == sorted(Reason, key=lambda reason: reason.value)
    bare = [
        reason.value
        for reason, row in ROWS.items()
        if not all((row.cause.zh, row.cause.en, row.fix.zh, row.fix.en))
        or not re.search(r"[\u4e00-\u9fff]", row.cause.zh + row.fix.zh)
        or re.search(r"[\u4e00-\u9fff]", row.cause.en)
    ]
    assert bare == []


def test_reasons_that_documents_name_exist():
    words = {reason.value for reason in Reason}
    named = set()
    for page in (DOCS / "exchange-format.md", DOCS / "lifecycle.md"):
        quoted = CODE.findall(FENCED.sub("", page.read_text("utf-8")))
        named |= {word.strip("`") for word in quoted if re.fullmatch(r"`[A-Z]+(_[A-Z]+)+`", word)}
    grpc_and_classes = {"RESOURCE_EXHAUSTED", "DEADLINE_EXCEEDED", "NEEDS_A_PERSON"}
    assert named - words - grpc_and_classes == set()


def test_the_lifecycle_page_shows_every_state_and_every_possible_event():
    text = (DOCS / "lifecycle.md").read_text("utf-8")
    drawn, table = part(text, "drawing"), part(text, "table")
    for state in State:
        assert f'state "{STATE_NAMES[state].zh}" as {state.value}' in drawn
        assert f"`{state.value}`" in part(text, "states")
    assert len(table.splitlines()) == 2 + sum(len(row) for row in TABLE.values())
    assert all(f" {kind.__name__} |" in table for kind in WHO)


def test_every_arrow_of_the_drawing_is_between_states_that_exist():
    words = {state.value for state in State} | {"[*]", "open"}
    arrows = re.findall(r"^ +(\S+) --> ([^:\s]+)", lifecycle_drawing.drawing(), re.MULTILINE)
    assert len(arrows) > len(State)
    assert {end for arrow in arrows for end in arrow} <= words


def test_every_module_stands_in_the_architecture_with_its_purpose():
    text = part((DOCS / "architecture.md").read_text("utf-8"), "modules")
    rows = set(re.findall(r"^\| `([^`]+)` \| \S", text, re.MULTILINE))
    for path in house_plan.module_files():
        if path.name != "__init__.py":
            below = path.relative_to(house_plan.GATEWAY)
            assert "/".join(below.parts[1:] or below.parts) in rows, path
        assert house_plan.purpose(path)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_make_target_a_page_names_exists(page):
    targets = set(re.findall(r"^([a-z][a-z-]*):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    named = set(re.findall(r"(?:^|`|\$ )make ([a-z][a-z-]*)", page.read_text("utf-8"), re.MULTILINE))
    assert named - targets == set()
