"""Comparing a day on the wire: what is written reads back equal, and what is wrong is named."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.case.errors import GatewayError
from gateway.case.reasons import Reason
from gateway.wire.gen.tongban.exchange.v1 import exchange_service_pb2 as pb
from gateway.wire.reconcile import (
    PAGE_LINES,
    DayAsked,
    DayDigest,
    DayHeld,
    Direction,
    Line,
    asked_from_wire,
    asked_to_wire,
    held_from_wire,
    held_to_wire,
)
from tests.build import an_id
from tests.wire.broken import UNKNOWN_FIELD

NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
LINES = st.builds(
    Line,
    st.integers(1, 10**6).map(an_id),
    st.binary(min_size=32, max_size=32).map(bytes.hex),
    st.sampled_from(["accepted", "refused"]),
)


def refusal(call, wire) -> GatewayError:
    with pytest.raises(GatewayError) as refused:
        call(wire)
    assert refused.value.reason is Reason.MALFORMED
    return refused.value


TOKENS = st.text(st.characters(codec="ascii", min_codepoint=32, exclude_characters="\x7f"), max_size=36)


@given(st.dates(date(2001, 1, 1), date(2199, 1, 1)), st.sampled_from(Direction), st.booleans(), TOKENS)
def test_a_question_reads_back_equal(day, direction, with_lines, token):
    asked = DayAsked(day, direction, with_lines, token)
    assert asked_from_wire(pb.ReconcileRequest.FromString(asked_to_wire(asked).SerializeToString())) == asked


@given(st.lists(LINES, max_size=5).map(tuple), st.integers(0, 10**9))
def test_an_answer_reads_back_equal(lines, count):
    total = DayDigest()
    total.add(lines)
    held = DayHeld(count, total.digest, NOW, lines, "")
    assert held_from_wire(pb.ReconcileResponse.FromString(held_to_wire(held).SerializeToString())) == held


def test_the_digest_is_over_the_lines_as_the_format_writes_them():
    total = DayDigest()
    total.add([Line(an_id(1), "ab" * 32, "accepted"), Line(an_id(2), "cd" * 32, "refused")])
    from hashlib import sha256

    text = f"{an_id(1)} {'ab' * 32} accepted\n{an_id(2)} {'cd' * 32} refused\n"
    assert (total.count, total.digest) == (2, sha256(text.encode()).digest())


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"day": ""}, "day"),
        ({"day": "2026-02-30"}, "day"),
        ({"day": "24.11.2026"}, "day"),
        ({"direction": 0}, "direction"),
        ({"direction": 9}, "direction"),
        ({"page_token": "9" * 257}, "page_token"),
    ],
)
def test_a_question_that_is_wrong_is_refused_with_the_field(changes, path):
    facts = {"day": "2026-11-24", "direction": pb.RECONCILE_DIRECTION_TO_CALLER} | changes
    assert path in [finding.path for finding in refusal(asked_from_wire, pb.ReconcileRequest(**facts)).findings]


def test_an_unknown_field_is_refused():
    data = asked_to_wire(DayAsked(date(2026, 11, 24), Direction.TO_CALLER)).SerializeToString() + UNKNOWN_FIELD
    refusal(asked_from_wire, pb.ReconcileRequest.FromString(data))


@pytest.mark.parametrize(
    "line",
    [
        "",
        f"{an_id(1)} {'ab' * 32}",
        f"{an_id(1)} {'ab' * 32} given_up",
        f"{an_id(1)} {'AB' * 32} accepted",
        f"{an_id(1)} {'ab' * 32} accepted\n",
        f" {an_id(1)} {'ab' * 32} accepted",
    ],
)
def test_a_line_that_is_none_is_refused_with_its_place(line):
    good = str(Line(an_id(1), "ab" * 32, "accepted"))
    wire = held_to_wire(DayHeld(2, bytes(32), NOW))
    wire.lines.extend([good, line])
    assert [finding.path for finding in refusal(held_from_wire, wire).findings] == ["lines[1]"]


def test_more_lines_than_a_page_holds_and_a_short_digest_are_refused():
    wire = held_to_wire(DayHeld(2, bytes(32), NOW))
    wire.lines.extend([str(Line(an_id(1), "ab" * 32, "accepted"))] * (PAGE_LINES.most + 1))
    wire.digest = bytes(31)
    assert {finding.path for finding in refusal(held_from_wire, wire).findings} == {"lines", "digest"}
