"""Introductions that were cut, mixed up or scribbled on: never a crash, and never believed."""

import os
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given
from hypothesis import strategies as st

from gateway.app.onboarding import introduce_ourselves, spoken_versions
from gateway.app.world import real_world
from gateway.cli.homes import Plan, make_home
from gateway.files.findings import has_errors
from gateway.files.reader import parse
from gateway.files.tree import Tree
from gateway.flows.onboarding.examine import Read, read_introduction
from gateway.flows.onboarding.partner_entry import entry, entry_text
from gateway.partners.introduction import said
from gateway.partners.load import Surroundings
from gateway.partners.redirects import Redirects
from gateway.settings import Address, load_divisions, load_settings
from gateway.trust.keys import load_keys
from tests.certificates import ENSHI, QIANJIANG
from tests.flows.regions import agreement

ODD = "：“”，\t\u00a0\ufeff\u200b&*!%@`|>-[]{}'\"#\\\0é字0"


@cache
def whole() -> str:
    """A sound introduction of 恩施 for 黔江."""
    with TemporaryDirectory(prefix="tb-") as folder:
        plan = Plan(region=ENSHI, endpoints=(Address("127.0.0.1", 18443),), system="window")
        home = make_home(
            Path(folder) / ENSHI, plan, now=datetime.now(UTC), divisions=load_divisions(), secret=os.urandom
        )
        settings, _ = load_settings(home.settings_file)
        assert settings is not None
        own = load_keys(settings.keys)
        made = introduce_ourselves(
            settings,
            own,
            entry(settings, own.keys),
            [agreement(ENSHI, QIANJIANG)],
            to=QIANJIANG,
            partner=None,
            world=real_world(),
        )
    return entry_text(made.content)


@cache
def around() -> Surroundings:
    return Surroundings(load_divisions(), QIANJIANG, datetime.now(UTC).date(), Redirects.packaged())


def read(raw: bytes):
    return read_introduction(raw, "introduction.yaml", around(), now=datetime.now(UTC), spoken=spoken_versions())


def is_refused(raw: bytes) -> bool:
    found = read(raw)
    return has_errors(found.findings if isinstance(found, Read) else found)


def says_the_same(raw: bytes) -> bool:
    tree = parse(raw, "introduction.yaml")
    first = parse(whole().encode(), "introduction.yaml")
    assert isinstance(first, Tree)
    return isinstance(tree, Tree) and said(tree.data) == said(first.data)


def test_the_whole_introduction_is_sound():
    found = read(whole().encode())
    assert isinstance(found, Read)
    assert not has_errors(found.findings), found.findings


@given(st.binary(max_size=300))
def test_any_bytes_are_answered_with_findings(raw: bytes):
    assert is_refused(raw)


@given(st.data())
def test_lines_left_out_doubled_or_exchanged_are_noticed(data: st.DataObject):
    lines = whole().splitlines(keepends=True)
    first, second = (data.draw(st.integers(0, len(lines) - 1)) for _ in range(2))
    match data.draw(st.sampled_from(["leave out", "double", "exchange", "cut off"])):
        case "leave out":
            del lines[first]
        case "double":
            lines.insert(second, lines[first])
        case "exchange":
            lines[first], lines[second] = lines[second], lines[first]
        case _:
            lines = lines[:first]
    raw = "".join(lines).encode()
    assert is_refused(raw) or says_the_same(raw)


@given(st.integers(0, 10_000), st.text(ODD, min_size=1, max_size=3), st.booleans())
def test_scribbled_characters_are_noticed(place: int, scribble: str, over: bool):
    text = whole()
    at = place % len(text)
    raw = (text[:at] + scribble + text[at + (len(scribble) if over else 0) :]).encode()
    assert is_refused(raw) or says_the_same(raw)
