"""Whatever is in a partner file, checking it ends, costs no more than its size, and takes the file whole or not at all."""

import sys
import tempfile
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.files.builder import MAX_FINDINGS
from gateway.files.findings import Findings, render
from gateway.files.reader import MAX_BYTES
from gateway.files.shapes import MAX_ERRORS
from gateway.partners.beside import FolderFiles
from gateway.partners.load import Loaded, Surroundings, load_bytes
from gateway.partners.redirects import Redirects
from tests.partners.partner_files import OWN, TODAY, a_partner, checked, divisions, put

FOLDER = Path(__file__).parents[2] / "partners"
SAMPLES = [path.read_bytes() for path in sorted(FOLDER.glob("[0-9]*.yaml"))[::9]]
SAMPLES.append((FOLDER / "_example.yaml").read_bytes())
AROUND = Surroundings(divisions(), OWN, TODAY, Redirects.packaged())
MOST = MAX_FINDINGS + MAX_ERRORS + 200
"""Findings of one file, whatever is in it."""

ODD = st.sampled_from(
    [
        *"：，；“”、　［］｛｝【】－＃\t\x00\x07\u200b\u202e\ufeff\u2028&*!|>%@`'\"{}[]:-?#,~\r\n",
        "𠀀", "０", "&a ", "*a", "!!int ", "---\n", "...\n", "%YAML 1.1\n", "<<: ", "? ", "- ", ": ", "null", "[[[[", "\ud7ff",
        "010", "1_000", "12:30", "no", "0x1F", "-----BEGIN PRIVATE KEY-----", "../../../etc/passwd", "{{x}}", "{", "%s",
    ]
)  # fmt: skip
BYTES = st.sampled_from([b"\xff", b"\xfe\xff", b"\xc3", b"\xd6\xd0", b"\x00", b"\xf0\x9f", b"\x80", b"\xed\xa0\x80"])


def taken(raw: bytes) -> tuple[Loaded | None, Findings]:
    return load_bytes(raw, "500240-测试.yaml", "partners/500240-测试.yaml", FolderFiles(FOLDER), AROUND)


def stands(raw: bytes) -> None:
    """Whole or not at all, explained in both languages, nothing repeated at length, nothing left unfilled."""
    loaded, findings = taken(raw)
    assert (loaded is None) == any(finding.is_error for finding in findings)
    assert len(findings) <= MOST
    for lang in ("zh", "en"):
        text = render(findings, lang)
        assert max(map(len, text.splitlines())) < 2000
        assert text.encode("utf-8")
    for finding in findings:
        assert 0 <= finding.line <= raw.count(b"\n") + raw.count(b"\r") + 1
        assert finding.problem.zh
        assert finding.fix.en


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """Return a sample file with lines deleted, swapped or repeated, odd characters put in, broken bytes, or its end cut off."""
    raw = draw(st.sampled_from(SAMPLES))
    lines = raw.decode("utf-8").split("\n")
    for _ in range(draw(st.integers(0, 5))):
        at = draw(st.integers(0, len(lines) - 1))
        other = draw(st.integers(0, len(lines) - 1))
        line = lines[at]
        column = draw(st.integers(0, len(line)))
        what = draw(st.integers(0, 6))
        if what == 0:
            del lines[at : at + draw(st.integers(1, 5))]
            lines = lines or [""]
        elif what == 1:
            lines[at], lines[other] = lines[other], line
        elif what == 2:
            lines.insert(other, line)
        elif what == 3:
            lines[at] = line[:column] + draw(ODD) + line[column:]
        elif what == 4:
            lines[at] = line[:column] + draw(ODD)
        elif what == 5:
            lines[at] = " " * draw(st.integers(1, 4)) + line
        else:
            lines[at] = line[draw(st.integers(1, 4)) :]
    made = "\n".join(lines).encode("utf-8", "surrogatepass")
    if draw(st.booleans()):
        made = made[: draw(st.integers(0, len(made)))]
    if draw(st.integers(0, 3)) == 0:
        at = draw(st.integers(0, len(made)))
        made = made[:at] + draw(BYTES) + made[at:]
    return made


@given(mutated())
@settings(max_examples=150, deadline=None)
def test_a_mutated_sample_is_taken_whole_or_explained(raw: bytes) -> None:
    stands(raw)


@pytest.mark.slow
@given(mutated())
@settings(max_examples=4000, deadline=None)
def test_thousands_of_mutated_samples_are_taken_whole_or_explained(raw: bytes) -> None:
    stands(raw)


@given(st.binary(max_size=400))
@settings(max_examples=100, deadline=None)
def test_any_bytes_are_explained(raw: bytes) -> None:
    stands(raw)


@given(st.sampled_from(SAMPLES), st.sampled_from(["gbk", "gb18030", "utf-16", "utf-16-le", "utf-16-be", "utf-8-sig"]))
@settings(max_examples=30, deadline=None)
def test_a_sample_in_another_encoding_is_named_as_that_and_as_nothing_else(raw: bytes, encoding: str) -> None:
    loaded, findings = taken(raw.decode("utf-8").encode(encoding, "ignore"))
    errors = [finding for finding in findings if finding.is_error and finding.key != "code"]

    if encoding == "utf-8-sig":
        assert errors == []
        return
    assert loaded is None
    assert len(errors) == 1
    assert ("GBK" if encoding.startswith("gb") else "UTF-16") in errors[0].problem.en


def test_what_a_file_with_a_mistake_says_never_goes_live() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "partners"
        put(folder, a_partner().replace("status: active", "stattus: active"))
        found = checked(folder)

    assert found.partners == ()
    assert not found.is_clean


MIB = MAX_BYTES - 2000
HEAD = a_partner()
HUGE = {
    "commas that never come": HEAD + "notes: x\n" + "- [" * (MIB // 3),
    "brackets in one line": "a: b: c\n" + "- {" * (MIB // 3),
    "spaces in one line": "a: b: c\nx" + " " * MIB + "：",
    "unknown keys": "".join(f"key{n}: 1\n" for n in range(MIB // 14)),
    "one unknown key many times": "nam: 1\n" * (MIB // 7),
    "entries that do not fit": HEAD.replace("endpoints:\n", "endpoints:\n" + "  - x\n" * (MIB // 6)),
    "scopes that do not exist": HEAD.replace("[422802]", "[" + ", ".join(str(422000 + n % 900) for n in range(MIB // 8)) + "]"),
    "one scope many times": HEAD.replace("[422802]", "[" + ", ".join(["422802"] * (MIB // 8)) + "]"),
    "many endpoints": HEAD.replace("endpoints:\n", "endpoints:\n" + "  - address: gateway.example.gov.cn:8443\n" * (MIB // 40)),
    "a long key": "? " + "k" * MIB + "\n: 1\n",
    "a long value": HEAD.replace("status: active", "status: " + "x" * MIB),
    "a long text": HEAD + "notes: |\n" + "  电话：0718\n" * (MIB // 18),
    "tabs": "a:\t1\n" * (MIB // 5),
    "full-width colons": "a：1\n" * (MIB // 6),
    "invisible characters": "\u200b" * (MIB // 3),
    "brackets nested": "a: " + "[" * MIB,
    "maps nested": "a: " + "{a: " * (MIB // 4),
    "dashes nested": "- " * (MIB // 2),
    "questions nested": "? " * (MIB // 2),
    "quotes": '"' * MIB,
    "documents": "---\n" * (MIB // 4),
    "anchors": "".join(f"k{n}: &a{n} 1\n" for n in range(MIB // 16)),
    "aliases of aliases": "a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\n" * (MIB // 44),
    "comments": "#" * MIB,
    "comment lines": "# x\n" * (MIB // 4),
    "nothing but blanks": " " * MIB,
    "line ends": "\r" * MIB,
}  # fmt: skip


@pytest.mark.parametrize("text", HUGE.values(), ids=HUGE)
def test_a_file_of_the_largest_size_costs_seconds_at_most(text: str) -> None:
    raw = text.encode()
    assert len(raw) > MAX_BYTES * 0.6
    begin = time.process_time()
    stands(raw)

    # A minute is far from what this costs; what grew with the square of the size would take an hour.
    assert time.process_time() - begin < 30


def upto(raw: bytes, size: int) -> bytes:
    """Return the beginning of a file, to the end of a line where there are lines."""
    end = raw.rfind(b"\n", 0, size) + 1
    return raw[: end if end > size / 2 else size]


def calls(raw: bytes) -> int:
    """Return how many functions are called, those written in C included, while a file is checked."""
    count = 0

    def step(_frame: object, event: str, _arg: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(step)
    try:
        taken(raw)
    finally:
        sys.setprofile(before)
    return count


@pytest.mark.parametrize("name", HUGE)
def test_work_grows_no_faster_than_the_file(name: str) -> None:
    whole = HUGE[name].encode()
    small, large = (calls(upto(whole, len(HEAD.encode()) + size)) for size in (20_000, 60_000))

    assert large < 4 * small + 5000
