"""What leaves without being read back is what a reader finds nothing wrong with: judged from values, by the same bounds."""

from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from datetime import UTC, datetime
from enum import Enum
from typing import Any

import pytest

from gateway.case.errors import GatewayError
from gateway.case.model import Case
from gateway.wire.codec import envelope_from_bytes, envelope_read_back, envelope_to_bytes
from gateway.wire.envelope import EXCHANGE_MINOR, Envelope
from gateway.wire.envelopes import envelope_fits
from tests import build

LENGTHS = (1, 2, 12, 13, 18, 19, 29, 30, 31, 32, 33, 34, 50, 51, 64, 65, 100, 101, 200, 201, 255, 256, 500, 501, 2001)
TEXTS = (
    *("字" * n for n in LENGTHS),
    *("1" * n for n in LENGTHS),
    "",
    " ",
    "a\0b",
    "a\x7fb",
    "a\x1bb",
    "第一行\n第二行",
    "\ttab",
    "\u3000",
    "\u200b",
    "\ufeff",
    "\U0001f600",
    "[" * 20,
    '{"a": 1, "a": 2}',
    '{"a": NaN}',
    "{}",
)
NUMBERS = (0, 1, 10_000, 10_001, 2**31, 2**31 + 1, 2**32 - 1)
MOMENTS = tuple(datetime(year, 1, 1, tzinfo=UTC) for year in (1970, 1999, 2000, 2199, 2200))


def whole_cases() -> tuple[Case, ...]:
    """Two cases that hold between them every kind of value a case can hold."""
    materials = (
        build.a_material("m1"),
        build.a_material("m2", build.a_licence(checked_at=build.NOW)),
        build.a_material("m3", build.a_paper()),
    )
    return (
        build.a_case(agent=build.an_agent(), materials=materials),
        build.a_case(applicant=build.an_organisation(), contacts=(), materials=()),
    )


def changed(value: object) -> Iterator[Any]:
    """Every value with one thing in it, however deep, replaced by what may not be there."""
    if isinstance(value, Enum | bool) or value is None:
        return
    if isinstance(value, str):
        yield from TEXTS
    elif isinstance(value, int):
        yield from NUMBERS
    elif isinstance(value, datetime):
        yield from MOMENTS
    elif isinstance(value, tuple):
        for nth, one in enumerate(value):
            yield from ((*value[:nth], other, *value[nth + 1 :]) for other in changed(one))
        if value:
            yield from (value[:1] * n for n in (0, 20, 21, 200, 201))
    elif is_dataclass(value) and not isinstance(value, type):
        for own in fields(value):
            yield from (replace(value, **{own.name: other}) for other in changed(getattr(value, own.name)))


def reads(envelope: Envelope) -> bool | None:
    """Whether the bytes of an envelope read as what was written; None where it cannot be written at all."""
    try:
        payload = envelope_to_bytes(envelope)
    except (GatewayError, ValueError):
        return None
    try:
        return envelope_from_bytes(payload) == envelope
    except GatewayError:
        return False


@pytest.mark.parametrize("case", whole_cases(), ids=("person", "organisation"))
def test_an_envelope_that_fits_reads_as_what_was_written(case: Case) -> None:
    tried = fitting = 0
    for envelope in changed(build.an_envelope(case, traceparent="00-" + "a" * 32 + "-" + "b" * 16 + "-01")):
        does_read = reads(envelope)
        if does_read is None:
            continue
        tried += 1
        if envelope_fits(envelope):
            fitting += 1
            assert does_read, envelope
        elif envelope.minor <= EXCHANGE_MINOR:
            assert does_read == (envelope_read_back(envelope)[1] == ())
    assert tried > 800
    assert fitting > tried / 4


@pytest.mark.parametrize("case", whole_cases(), ids=("person", "organisation"))
def test_an_ordinary_case_need_not_be_read_back(case: Case) -> None:
    assert envelope_fits(build.an_envelope(case))


def test_an_event_is_always_read_back() -> None:
    assert not envelope_fits(build.an_envelope(build.an_event()))
