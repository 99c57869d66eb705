"""The reader of edited files: what it takes, what it refuses, and that nothing makes it fall over."""

from pathlib import Path

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from gateway.files.findings import Finding
from gateway.files.reader import MAX_BYTES, MAX_FINDINGS, parse, read
from gateway.files.tree import Tree


def tree(text: str) -> Tree:
    found = parse(text.encode(), "a.yaml")
    assert isinstance(found, Tree), found
    return found


def problems(raw: str | bytes) -> list[tuple[int, str]]:
    found = parse(raw.encode() if isinstance(raw, str) else raw, "a.yaml")
    assert not isinstance(found, Tree)
    return [(finding.line, finding.problem.en) for finding in found]


def test_every_scalar_stays_the_text_that_was_written() -> None:
    found = tree("a: 0510\nb: no\nc: 5:30\nd: 1e3\ne: 2026-01-01\nf: 'null'\ng: null\nh:\ni: ~\nj: \"\"\n")

    assert found.data == {
        "a": "0510",
        "b": "no",
        "c": "5:30",
        "d": "1e3",
        "e": "2026-01-01",
        "f": "null",
        "g": None,
        "h": None,
        "i": None,
        "j": "",
    }


def test_lines_are_kept_for_keys_and_entries() -> None:
    found = tree("# comment\na:\n  - b: 1\n    c: 2\n  - b: 3\nd: {e: 4,\n  f: 5}\n")

    assert found.lines[("a",)] == 2
    assert found.lines[("a", 0, "c")] == 4
    assert found.lines[("a", 1)] == 5
    assert found.lines[("d", "f")] == 7
    assert found.line(("a", 1, "missing", "deeper")) == 5


def test_a_byte_order_mark_and_windows_line_ends_are_taken() -> None:
    found = parse(b"\xef\xbb\xbfa: 1\r\nb: 2\r\n", "a.yaml")

    assert isinstance(found, Tree)
    assert found.data == {"a": "1", "b": "2"}
    assert found.lines[("b",)] == 2


def test_full_width_punctuation_inside_text_is_welcome() -> None:
    text = (
        "notes: 说明：先电话联系，再寄出；“急件”注明【加急】\n"
        "quoted: “互联网”和“政务”\n"
        "phone: QQ：12345\n"
        "block: |\n  电话：0718\n  － 第一条\n　　缩进\n".replace("　　缩进", "  　　缩进")
        + "list: [社会保障卡申领、补领]\n"
    )
    assert tree(text).data["quoted"] == "“互联网”和“政务”"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: 1\nb：2\n", [(2, "full-width ： where : belongs")]),
        ("a:\n  b：2\n", [(2, "full-width ： where : belongs")]),
        ("a: “x”\n", [(1, 'full-width “ where " belongs')]),
        ("a: [x，y]\n", [(1, "full-width ， where , belongs")]),
        ("a: ［x、y］\n", [(1, "full-width ［ where [ belongs")]),
        ("a:\n－ x\n", [(2, "full-width － where - belongs")]),
        ("a:\n  - x\n  － y\n", [(3, "full-width － where - belongs")]),
        ("＃ comment\na: 1\n", [(1, "full-width ＃ where # belongs")]),
        ("a:　1\n", [(1, "a full-width space stands here")]),
        ("　a: 1\n", [(1, "full-width space stands here")]),
        ("a\uff1a1\nb\uff1a2\nc: 3\n", [(1, "full-width ： where : belongs"), (2, "full-width ： where : belongs")]),
    ],
)
def test_full_width_punctuation_in_the_structure_is_named_at_its_line(
    text: str, expected: list[tuple[int, str]]
) -> None:
    found = problems(text)

    assert [line for line, _ in found] == [line for line, _ in expected]
    assert all(wanted in said for (_, said), (_, wanted) in zip(found, expected, strict=True))


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("a: &x 1\n", 1, "anchor &x"),
        ("a: 1\nb: *x\n", 2, "alias *x"),
        ("a: !!int 1\n", 1, "tags"),
        ("%YAML 1.1\n---\na: 1\n", 1, "directives"),
        ("a: 1\n---\nb: 2\n", 2, "several documents"),
        ("a: 1\na: 2\n", 2, "written twice"),
        ("? [a]\n: 1\n", 1, "a key must be text"),
        ("a: 1\n: 2\n", 2, "a key is expected here"),
        ('"": 2\n', 1, "nothing stands before the colon"),
        ("a:\t1\n", 1, "a tab"),
        ("a: \u200b1\n", 1, "U+200B"),
        ("a: x\u202ey\n", 1, "U+202E"),
        ("a: \x07\n", 1, "U+0007"),
        ("- a\n- b\n", 1, "not made of `key: value`"),
        ("", 1, "empty"),
        ("# only a comment\n", 1, "empty"),
        ("a: b: c\n", 1, "does not belong here"),
        ("a: [1\nb: 2\n", 2, "`[` is not closed"),
        ('a: "x\n', 2, "quotation mark"),
        ("a: 1\n b: 2\n", 2, ""),
    ],
)
def test_what_invites_mistakes_is_refused(text: str, line: int, words: str) -> None:
    found = problems(text)

    assert found[0][0] == line
    assert words in found[0][1]


def test_other_encodings_are_named() -> None:
    assert problems("a: 恩施\n".encode("gbk")) == [(1, "the file is encoded in GBK, not UTF-8")]
    assert problems("a: 恩施\n".encode("utf-16")) == [(1, "the file is encoded in UTF-16 (Unicode), not UTF-8")]
    assert problems(b"a: 1\nb: \xff\xff\xff\n") == [(2, "this is not text (not UTF-8)")]


def test_everything_wrong_is_told_at_once() -> None:
    lines = [line for line, _ in problems("a: &x 1\na: 2\nb: !t 3\nc: [1，2]\nd:\t4\n")]

    assert lines == [1, 2, 3, 4, 5]


def test_a_file_beyond_the_size_bound_is_refused() -> None:
    assert problems(b"a: 1\n" + b"#" * MAX_BYTES) == [(0, "the file is larger than 1 MiB")]
    assert tree("a: 1\n" + "#" * (MAX_BYTES - 5)).data == {"a": "1"}


@pytest.mark.parametrize("opener", ["[", "{a: ", "- ", "? "])
def test_nesting_beyond_the_bound_is_refused_however_deep(opener: str) -> None:
    found = problems("a:\n  " + opener * 100_000)

    assert len(found) == 1
    assert found[0][1] in ("nested deeper than 16 levels", "a key must be text")


def test_at_a_bound_of_findings_the_rest_is_not_looked_for() -> None:
    found = problems("".join(f"k{number}: !t 1\n" for number in range(MAX_FINDINGS + 5)))

    assert len(found) == MAX_FINDINGS + 1
    assert found[-1][1] == "only the first 100 problems are listed"


def test_a_file_that_cannot_be_opened_is_a_finding(tmp_path: Path) -> None:
    found = read(tmp_path / "none.yaml", "none.yaml")

    assert not isinstance(found, Tree)
    assert found[0].problem.en == "the file cannot be opened: No such file or directory"


def stands(found: Tree | tuple[Finding, ...]) -> None:
    """Whole or not at all: a tree, or at least one finding with both languages and a line."""
    if isinstance(found, Tree):
        return
    assert found
    for finding in found:
        assert finding.line >= 0
        assert finding.problem.zh
        assert finding.problem.en
        assert finding.fix.zh
        assert finding.fix.en


@given(st.binary(max_size=300))
@example(b"\x00")
@example(b"a: 1\n...\nb: 2\n")
def test_no_bytes_make_it_fall_over(raw: bytes) -> None:
    stands(parse(raw, "a.yaml"))


PIECES = st.sampled_from(
    [
        *"ab:：-－ \n\t[]{},，\"'“”|>#&*!?~%@`<恩𠀀\r\ufeff\u2028",
        "a: ",
        "- ",
        "  ",
        "&x ",
        "*x ",
        "---\n",
        "...\n",
        "%YAML 1.1\n",
    ]
)


@given(st.lists(PIECES, max_size=40).map("".join))
def test_no_text_makes_it_fall_over(text: str) -> None:
    stands(parse(text.encode(), "a.yaml"))


KEYS = st.text("abcdefgh_", min_size=1, max_size=6)
TEXTS = st.text(
    st.characters(codec="utf-8", exclude_categories=["C", "Z"], exclude_characters="\ufffc\ufffd"),
    min_size=1,
    max_size=12,
)
TREES = st.recursive(
    TEXTS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4), max_leaves=20
)


@given(st.dictionaries(KEYS, TREES, min_size=1, max_size=5))
def test_what_was_written_is_what_is_read(data: dict[str, object]) -> None:
    written = yaml.dump(data, allow_unicode=True, default_style='"', Dumper=_NoAliases)
    found = parse(written.encode(), "a.yaml")

    assert isinstance(found, Tree), found
    assert found.data == data


class _NoAliases(yaml.SafeDumper):
    def ignore_aliases(self, data: object) -> bool:
        return True
