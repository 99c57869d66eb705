"""A file that cannot be taken is read on as it was meant, to find what else is wrong; what was meant is never taken."""

from pathlib import Path
from typing import Annotated

import pytest
from pydantic import BaseModel, ConfigDict, Field

from gateway.files.findings import Findings
from gateway.files.mending import Mended, mend
from gateway.files.misread import with_misfits
from gateway.files.reader import parse, see
from gateway.files.shapes import check, validated
from gateway.files.tree import Tree
from gateway.settings import load_settings


def problems(text: str | bytes) -> list[tuple[int, str]]:
    sight = see(text.encode() if isinstance(text, str) else text, "a.yaml")
    return [(one.line, one.problem.en) for one in sight.findings]


@pytest.mark.parametrize(
    ("raw", "meant"),
    [
        ("a：1\nb: [x，y]\nc: “d”\n", {"a": "1", "b": ["x", "y"], "c": "d"}),
        ("a:\t1\n\tb: 2\n", None),
        ("a:\n\tb: 2\n\tc: 3\n", {"a": {"b": "2", "c": "3"}}),
        ("a：1\n－ b\n", None),
        ("a:\n－ b\n－ c\n", {"a": ["b", "c"]}),
        ("＃ x\na: 1\n", {"a": "1"}),
        ("a: ｛b：1，c：2｝\nd：3\n", {"a": {"b": "1", "c": "2"}, "d": "3"}),
        ("　a：1\n　b：2\n", {"a": "1", "b": "2"}),
        ("a: 1\na: 2\n", {"a": "2"}),
        ("a: 恩施\n".encode("gbk"), {"a": "恩施"}),
        ("a: 恩施\n".encode("utf-16"), {"a": "恩施"}),
        ("a: 恩施\n".encode("utf-16-le"), {"a": "恩施"}),
        ("a: 恩施\n".encode("utf-16-be"), {"a": "恩施"}),
    ],
)
def test_what_was_meant_is_seen_and_not_taken(raw: str | bytes, meant: dict[str, object] | None) -> None:
    content = raw.encode() if isinstance(raw, str) else raw
    sight = see(content, "a.yaml")

    assert sight.findings
    assert (sight.tree.data if sight.tree else None) == meant
    assert parse(content, "a.yaml") == sight.findings


def test_a_file_that_was_not_read_to_its_end_is_not_guessed() -> None:
    for text in ("a: 1\n---\nb: 2\n", "a: [1\nb: 2\n", "a: " + "[" * 20, "? [a]\n: 1\n"):
        assert see(text.encode(), "a.yaml").tree is None


def test_spoiled_characters_and_a_broken_bracket_are_told_together() -> None:
    assert problems("a：1\nb:\t2\nc: [1\nd: 3\n") == [
        (1, "full-width ： where : belongs"),
        (2, "a tab stands here"),
        (4, "a `[` is not closed properly"),
    ]


def test_what_is_no_text_is_not_called_gbk() -> None:
    binary = bytes.fromhex("3082016a30820111a00302010202140606e06e")
    assert problems(binary + b"\x81\x30") == [(1, "this is not text (not UTF-8)")]


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("a: 1\n  b: 2\n", 2, "this line is indented further than the one above"),
        ("a:\n  - b: 1\n      c: 2\n", 3, "this line is indented further than the one above"),
        ("a: *\n", 1, "a value cannot begin with * or &"),
        ("a: | x\n", 1, "something else stands behind `|` or `>`"),
        ("a: [,]\n", 1, "a `,` too many in brackets, or a value is missing"),
        ("a: [1]\n- b\n", 2, "a key is expected here; the indentation may not fit the lines above"),
        ('a: "\\q"\n', 1, "a backslash in double quotes is not understood"),
        ("a: !<\n", 1, "tags (!) are not allowed"),
        ("%\n---\na: 1\n", 1, "directives (%) are not allowed"),
    ],
)
def test_the_parsers_complaints_are_said_in_plain_words(text: str, line: int, said: str) -> None:
    assert problems(text)[-1] == (line, said)


class Listener(BaseModel):
    model_config = ConfigDict(extra="forbid")

    port: Annotated[int, Field(ge=1, le=65535)]
    host_name: str
    secure: bool = True


class Town(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: str
    listeners: Annotated[list[Listener], Field(min_length=1)]


def mended(text: str, **stand_ins: str) -> Mended[Town] | None:
    tree = parse(text.encode(), "g.yaml")
    assert isinstance(tree, Tree), tree
    return mend(tree, Town, validated(tree.data, Town), stand_ins)


def findings(text: str) -> Findings:
    tree = parse(text.encode(), "g.yaml")
    assert isinstance(tree, Tree), tree
    found = check(tree, Town)
    assert isinstance(found, tuple)
    return found


RIGHT = "name: a\nlisteners:\n  - port: 1\n    host_name: b\n"


def test_a_misspelt_key_counts_as_the_one_that_was_meant() -> None:
    found = mended(RIGHT.replace("host_name", "hostname"))

    assert found
    assert found.shape == Town(name="a", listeners=[Listener(port=1, host_name="b")])
    assert found.holes == frozenset()
    assert found.tree.line(("listeners", 0, "host_name")) == 4


def test_below_a_misspelt_key_everything_is_told_too() -> None:
    found = mended(RIGHT.replace("listeners:", "listenrs:").replace("port: 1", "port: 0"))

    assert found is None or [one.key for one in found.findings] == ["listeners[0].port"]


def test_an_entry_that_does_not_fit_is_left_out_and_the_others_keep_their_places() -> None:
    text = RIGHT + "  - port: x\n    host_name: c\n  - port: 3\n    host_name: d\n"
    found = mended(text)

    assert found
    assert [one.port for one in found.shape.listeners] == [1, 3]
    assert found.tree.finding(("listeners", 1, "port"), *SAID).line == 7
    assert found.tree.finding(("listeners", 1, "port"), *SAID).key == "listeners[2].port"
    assert found.holes == {"listeners[1].port", "listeners[1]"}


def test_what_is_missing_is_stood_in_for_where_that_can_be() -> None:
    assert mended("listeners:\n  - {port: 1, host_name: b}\n") is None
    found = mended("listeners:\n  - {port: 1, host_name: b}\n", name="?")

    assert found
    assert found.holes == {"name"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (RIGHT.replace("host_name", "HostName"), "did you mean 'host_name'?"),
        (RIGHT.replace("host_name", "host-name"), "did you mean 'host_name'?"),
        (RIGHT + "naem: b\n", "did you mean 'name'? line 1 has it already; keep one"),
        (RIGHT + "port: 2\n", "'port' belongs to listeners[]; check the indentation"),
        (RIGHT + "    nothing_like_it: 2\n", "allowed here: port, host_name, secure"),
    ],
)
def test_a_key_that_is_not_known_says_which_one_or_where(text: str, said: str) -> None:
    assert said in [one.fix.en for one in findings(text)]


def test_a_key_of_any_length_is_cut_in_what_is_said() -> None:
    long = "k" * 900
    found = findings(RIGHT + f"{long}: 1\n")

    assert all(len(one.key) <= 60 and len(one.problem.zh) < 100 for one in found)


SAID = (parse(b"", "x")[0].problem, parse(b"", "x")[0].fix)  # type: ignore[index]


def test_a_settings_file_that_cannot_be_read_tells_what_does_not_fit_too(tmp_path: Path) -> None:
    file = tmp_path / "gateway.yaml"
    file.write_text(
        "region：422800\nname: 恩施\nshort_nam: 恩施\npeering:\n\tlisten: 1\nlocal: {listen: 127.0.0.1:0}\n", "utf-8"
    )
    settings, found = load_settings(file)

    assert settings is None
    assert [(one.line, one.key) for one in found] == [(1, ""), (3, "short_nam"), (5, ""), (5, "peering.listen")]


def test_a_file_that_is_gone_when_it_is_looked_at_again_keeps_its_findings(tmp_path: Path) -> None:
    first = parse(b"", "a.yaml")
    assert isinstance(first, tuple)

    assert with_misfits(first, tmp_path / "gone.yaml", Town) == first
