"""Introductions as values: what is signed, the digits, and agreements turned round."""

from collections import Counter
from datetime import date
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from gateway.case.kinds import Power
from gateway.case.model import Mode
from gateway.files.reader import parse
from gateway.files.tree import Tree
from gateway.flows.onboarding.partner_entry import entry_text
from gateway.partners.introduction import fingerprint, said, same_digits
from gateway.partners.mirror import agreements_fingerprint
from gateway.partners.mirrored import mirrored, turned
from gateway.partners.side_by_side import differing, side_by_side
from gateway.partners.terms import AgreedItem, Agreement, Direction, LocalCodes, StepLimits
from tests.partners.partner_files import divisions

OURS, THEIRS = "422800", "500114"
NATIONAL = ("000120011000", "000136001000", "002014003000")

words = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")), min_size=1, max_size=12)
keys = st.from_regex(r"[a-z][a-z_]{0,11}", fullmatch=True)
values = st.recursive(
    words,
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3), st.dictionaries(keys, inner, min_size=1, max_size=3)
    ),
    max_leaves=8,
)
contents = st.dictionaries(keys, values, min_size=1, max_size=5)
some_items = st.builds(
    AgreedItem,
    name=st.just("事项"),
    basic=st.sampled_from(NATIONAL),
    modes=st.lists(st.sampled_from(Mode), min_size=1, unique=True).map(tuple),
    directions=st.lists(st.sampled_from(Direction), min_size=1, unique=True).map(tuple),
    powers=st.lists(st.sampled_from(Power), unique=True).map(tuple),
    limits=st.builds(StepLimits, push_workdays=st.integers(0, 5)),
)
agreements = st.builds(
    Agreement,
    number=st.sampled_from(["示例1号", "示例2号"]),
    title=st.just("协议"),
    valid_from=st.dates(date(2026, 1, 1), date(2026, 12, 31)),
    valid_to=st.dates(date(2027, 1, 1), date(2028, 12, 31)),
    our_scope=st.just((OURS,)),
    their_scope=st.just((THEIRS,)),
    items=st.lists(some_items, min_size=1, max_size=3, unique_by=lambda item: item.basic).map(tuple),
)


def read_back(text: str) -> dict[str, Any]:
    tree = parse(text.encode(), "introduction.yaml")
    assert isinstance(tree, Tree), tree
    return tree.data


@given(contents)
def test_what_is_signed_is_what_a_reader_finds_whatever_the_words(content: dict[str, Any]):
    assert said(read_back(entry_text(content))) == said(content)


@given(contents)
def test_line_ends_comments_and_a_mark_of_the_encoding_change_nothing(content: dict[str, Any]):
    text = entry_text(content)
    touched = "\ufeff# 经过邮件 / by mail\r\n" + text.replace("\n", "\r\n")
    assert said(read_back(touched)) == said(content)


@given(contents, words)
def test_another_word_has_other_digits(content: dict[str, Any], word: str):
    other = {**content, "code": [word, "x"]}
    assert same_digits(fingerprint(said(content)), fingerprint(said(other))) == (said(content) == said(other))


@given(st.binary(max_size=200))
def test_digits_are_always_eight_groups_of_five(signed: bytes):
    groups = fingerprint(signed).split(" ")
    assert [len(group) for group in groups] == [5] * 8
    assert "".join(groups).isdigit()


def test_every_digit_comes_up_in_every_place():
    seen = [Counter(fingerprint(str(n).encode()).replace(" ", "")[place] for n in range(400)) for place in range(40)]
    assert all(len(counted) == 10 for counted in seen)


def test_the_digits_of_a_known_text_never_change():
    assert fingerprint(b"{}") == fingerprint(b"{}")
    assert fingerprint(said({"code": "422800", "signature": "x"})) == fingerprint(said({"code": "422800"}))


@given(st.lists(agreements, min_size=1, max_size=2, unique_by=lambda one: one.number))
def test_both_sides_have_the_same_fingerprint_of_an_agreement_turned_round(written: list[Agreement]):
    there = [turned(one) for one in written]
    assert agreements_fingerprint(written, ours=OURS, theirs=THEIRS) == agreements_fingerprint(
        there, ours=THEIRS, theirs=OURS
    )
    assert [turned(one) for one in there] == written


@given(agreements, agreements)
def test_terms_differ_side_by_side_exactly_where_the_fingerprints_do(one: Agreement, other: Agreement):
    terms = differing(side_by_side([one], [other], divisions()))
    alike = agreements_fingerprint([one], ours=OURS, theirs=THEIRS) == agreements_fingerprint(
        [other], ours=OURS, theirs=THEIRS
    )
    assert (terms == ()) == alike


def test_an_agreement_of_a_file_is_turned_round_as_it_is_written():
    written = {
        "number": "示例1号",
        "our_scope": ["422800"],
        "their_scope": ["500114"],
        "items": [
            {"local": {"ours": "422014120000", "theirs": "502014120000"}, "directions": ["outward"]},
            {"basic": "000120011000", "directions": ["inward", "outward"]},
        ],
        "parity": {"items": "block"},
        "redirects": [{"item": "居民身份证换领", "to": "派出所"}],
        "fallback": None,
    }
    assert mirrored(written) == {
        "number": "示例1号",
        "their_scope": ["422800"],
        "our_scope": ["500114"],
        "items": [
            {"local": {"theirs": "422014120000", "ours": "502014120000"}, "directions": ["inward"]},
            {"basic": "000120011000", "directions": ["outward", "inward"]},
        ],
    }


def test_local_codes_of_both_provinces_change_places():
    item = AgreedItem(
        name="参保登记",
        local=LocalCodes(ours="422014120000", theirs="502014120000"),
        modes=(Mode.ONLINE,),
        directions=(Direction.OUTWARD,),
    )
    agreement = Agreement(
        number="示例1号",
        title="协议",
        valid_from=date(2026, 1, 1),
        valid_to=date(2028, 12, 31),
        our_scope=(OURS,),
        their_scope=(THEIRS,),
        items=(item,),
    )
    (there,) = turned(agreement).items
    assert (there.our_code, there.their_code, there.directions) == (
        "502014120000",
        "422014120000",
        (Direction.INWARD,),
    )
