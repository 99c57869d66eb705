"""A key is added to a partner file: everything else stays as it was written."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.files.misfits import Misfit
from gateway.files.reader import parse
from gateway.files.tree import Tree
from gateway.partners.added_key import with_keys_added
from gateway.partners.keys import PartnerKey, thumbprint
from gateway.partners.schema import Algorithm, Use
from gateway.trust.suites import ED25519, P256

EXAMPLE = Path(__file__).parents[3] / "partners" / "_example.yaml"
DAY = datetime(2026, 12, 1, 4, 5, 6, tzinfo=UTC)


def a_key(suite=P256, use: Use = Use.SEAL) -> PartnerKey:
    public = suite.generate().public_key()
    algorithm = Algorithm.ES256 if suite is P256 else Algorithm.EDDSA
    return PartnerKey(thumbprint(public), use, algorithm, public, DAY, DAY.replace(year=2027), DAY.replace(year=2028))


def kids(raw: bytes) -> list[str]:
    tree = parse(raw, "x")
    assert isinstance(tree, Tree), tree
    return [entry["kid"] for entry in tree.data["keys"]]


def test_the_example_gains_a_key_and_loses_nothing() -> None:
    raw = EXAMPLE.read_bytes()
    new = a_key(ED25519)
    done = with_keys_added(raw, [new], "2026-11-25 tester")
    assert kids(done) == [*kids(raw), new.kid]
    before, after = raw.decode().splitlines(), done.decode().splitlines()
    at, added = after.index("  # 2026-11-25 tester"), len(after) - len(before)
    assert after[:at] + after[at + added :] == before
    first, second = parse(raw, "x"), parse(done, "x")
    assert isinstance(first, Tree)
    assert isinstance(second, Tree)
    assert {k: v for k, v in first.data.items() if k != "keys"} == {k: v for k, v in second.data.items() if k != "keys"}


@pytest.mark.parametrize(
    "text",
    [
        'keys:\n- kid: "a"\n  use: seal\n- kid: "b"   # mine\n  use: token\nlimits:\n  x: "1"\n',
        'code: "1"\nkeys:\n    -   kid: "a"\n        pem: |\n            -----BEGIN\n            -x\n\n            y\n\n# last\n',
        'keys:\r\n  - kid: "a"\r\n    use: seal\r\n# about limits\r\nlimits:\r\n  x: "1"\r\n',
        '\ufeffkeys:\n  - kid: "a"',
    ],
)
def test_files_as_people_write_them(text: str) -> None:
    raw, new = text.encode(), a_key()
    done = with_keys_added(raw, [new], "note")
    assert kids(done) == [*kids(raw), new.kid]
    assert done.startswith(b"\xef\xbb\xbf") == raw.startswith(b"\xef\xbb\xbf")
    assert (b"\r\n" in done) == (b"\r\n" in raw)
    assert b"\r\n" not in raw or done.count(b"\n") == done.count(b"\r\n")
    if b"about limits" in raw:
        assert done.index(new.kid.encode()) < done.index(b"about limits"), "a comment stays with what it is about"


@pytest.mark.parametrize("text", ['keys: [{kid: "a"}]\n', "keys: []\n", 'code: "1"\n', "keys:\n", "key: [\n", ""])
def test_what_is_no_plain_list_is_left_to_people(text: str) -> None:
    with pytest.raises(Misfit):
        with_keys_added(text.encode(), [a_key()], "note")


_NAMES = st.text("abcdefgh", min_size=1, max_size=5)


@given(
    before=st.dictionaries(_NAMES, _NAMES, max_size=3),
    after=st.dictionaries(_NAMES, _NAMES, max_size=3),
    indent=st.integers(0, 4),
    entries=st.lists(st.dictionaries(_NAMES, _NAMES, min_size=1, max_size=3), min_size=1, max_size=4),
    blanks=st.integers(0, 2),
)
def test_whatever_stands_around_reads_the_same(before, after, indent, entries, blanks) -> None:
    pad = " " * indent
    lines = [f'b{name}: "{value}"' for name, value in before.items()] + ["keys:"]
    for entry in entries:
        pairs = [f'{name}: "{value}"' for name, value in {"kid": "k", **entry}.items()]
        lines += [f"{pad}- {pairs[0]}", *(f"{pad}  {pair}" for pair in pairs[1:]), *([""] * blanks)]
    lines += ["# words"] + [f'a{name}: "{value}"' for name, value in after.items()]
    raw, new = "\n".join(lines).encode(), a_key()
    done = with_keys_added(raw, [new], "note")
    first, second = parse(raw, "x"), parse(done, "x")
    assert isinstance(first, Tree)
    assert isinstance(second, Tree)
    assert second.data["keys"][:-1] == first.data["keys"]
    assert second.data["keys"][-1]["kid"] == new.kid
    assert {k: v for k, v in first.data.items() if k != "keys"} == {k: v for k, v in second.data.items() if k != "keys"}
