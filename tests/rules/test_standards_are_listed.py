"""Every standard that code, format or documents cite is listed in docs/standards.md with what we follow of it."""

import re

from tests.rules.rule_sources import ROOT, files_below, gateway_modules, named

LIST = ROOT / "docs" / "standards.md"
CITED = re.compile(
    r"\b(?P<body>GB/T|GB/Z|GB|GA/T|GM/T|DA/T|SF/T|WS/T|JR/T|DB\d{2}/T|ISO/IEC|ISO|RFC|FIPS)[ -]?(?P<number>\d{2,6}(?:\.\d+)?)"
)


def cited(text: str) -> set[str]:
    """Give the standards a text names, without year and clause: `GB/T 2260`, `RFC 9562`."""
    return {f"{found['body']} {found['number']}" for found in CITED.finditer(text)}


def test_every_cited_standard_is_listed():
    sources = [*gateway_modules(), *files_below("protos", "*.proto"), *files_below("docs", "*.md")]
    listed = cited(LIST.read_text("utf-8"))
    missing = {
        f"{named(path)}: {standard}"
        for path in sources
        if path != LIST
        for standard in cited(path.read_text("utf-8")) - listed
    }
    assert missing == set(), "add a row to docs/standards.md that says what we follow of it"


def test_each_listed_standard_has_one_row_that_says_what_we_follow():
    rows = [line.strip("| ").split(" | ") for line in LIST.read_text("utf-8").splitlines() if line.startswith("| ")]
    assert all(len(row) == 3 and all(cell.strip() for cell in row) for row in rows)
    names = [row[0] for row in rows if cited(row[0])]
    assert len(names) == len(set(names)) > 0


def test_citations_are_read_without_year_and_clause():
    text = "GB 11643-1999 §4.1.4, GB/T 39554.1-2020; RFC 9562 §5.7, FIPS 180-4, GB/T 2260."
    assert cited(text) == {"GB 11643", "GB/T 39554.1", "RFC 9562", "FIPS 180", "GB/T 2260"}
