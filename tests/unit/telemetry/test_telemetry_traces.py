"""Trace ids as W3C Trace Context writes them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.telemetry import Trace, new_trace, parse_traceparent

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
SPAN = "00f067aa0ba902b7"


def test_the_example_of_the_recommendation_is_read() -> None:
    assert parse_traceparent(f"00-{TRACE}-{SPAN}-01") == Trace(TRACE, SPAN, sampled=True)
    assert parse_traceparent(f"00-{TRACE}-{SPAN}-00") == Trace(TRACE, SPAN, sampled=False)


@pytest.mark.parametrize(
    "text",
    [
        "",
        f"ff-{TRACE}-{SPAN}-01",
        f"00-{'0' * 32}-{SPAN}-01",
        f"00-{TRACE}-{'0' * 16}-01",
        f"00-{TRACE.upper()}-{SPAN}-01",
        f"00-{TRACE}-{SPAN}-01-more",
        f"00-{TRACE}-{SPAN}",
        f" 00-{TRACE}-{SPAN}-01",
    ],
)
def test_what_is_no_traceparent_begins_a_new_trace(text: str) -> None:
    assert parse_traceparent(text) is None


def test_a_later_version_is_read_as_far_as_it_is_known() -> None:
    assert parse_traceparent(f"01-{TRACE}-{SPAN}-01-later") == Trace(TRACE, SPAN)


def test_a_child_keeps_the_trace() -> None:
    child = Trace(TRACE, SPAN, sampled=False).child(bytes(7) + b"\x01")
    assert child == Trace(TRACE, "0000000000000001", sampled=False)


@pytest.mark.parametrize(("trace", "span"), [(bytes(16), b"12345678"), (b"1" * 16, bytes(8)), (b"1" * 15, b"1" * 8)])
def test_ids_are_whole_and_never_zero(trace: bytes, span: bytes) -> None:
    with pytest.raises(ValueError, match="16 bytes"):
        new_trace(trace, span)


@given(st.binary(min_size=16, max_size=16).filter(any), st.binary(min_size=8, max_size=8).filter(any), st.booleans())
def test_every_trace_reads_back(trace: bytes, span: bytes, sampled: bool) -> None:
    made = new_trace(trace, span, sampled=sampled)
    assert parse_traceparent(made.traceparent) == made
