"""Hostile bytes: no reader raises anything but a GatewayError, and none works without end."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.case.errors import GatewayError
from gateway.wire import codec
from gateway.wire.gen.tongban.exchange.v1 import exchange_pb2 as pb
from tests import build, strategies
from tests.wire.broken import UNKNOWN_FIELD, all_wires, paths, refusal, wire_of


def test_thousands_of_faults_end_in_a_bounded_answer():
    wire = wire_of()
    wire.new_case.materials.extend([pb.Envelope().new_case.materials.add()] * 2000)
    error = refusal(wire)
    assert len(error.findings) == 200
    # Four faults in each of the 197 empty entries that are read, and the list itself; the other entries are not read.
    assert error.facts["left_out"] == 197 * 4 + 1 - 200
    assert paths(error)[0] == "new_case.materials"


def test_a_list_of_a_hundred_thousand_entries_is_not_read_to_its_end():
    wire = wire_of()
    wire.new_case.materials.extend([wire.new_case.materials[2]] * 100_000)
    wire.new_case.materials[-1].MergeFromString(UNKNOWN_FIELD)
    with pytest.raises(GatewayError) as caught:
        codec.envelope_from_wire(wire)
    assert paths(caught.value) == ["", "new_case.materials"]


READERS = [codec.envelope_from_bytes, codec.receipts_from_bytes, codec.sealed_from_bytes]
GARBAGE = settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@pytest.mark.parametrize("reader", READERS)
@GARBAGE
@given(data=st.binary(max_size=300))
def test_garbage_raises_nothing_but_a_gateway_error(reader, data):
    try:
        reader(data)
    except GatewayError as error:
        codec.problem_of(error)


def test_truncated_bytes_raise_nothing_but_a_gateway_error():
    for wire in all_wires():
        data = wire.SerializeToString()
        reader = codec.envelope_from_bytes if isinstance(wire, pb.Envelope) else codec.receipts_from_bytes
        for end in range(0, len(data), 3):
            with pytest.raises(GatewayError) as caught:
                reader(data[:end])
            codec.problem_of(caught.value)


@GARBAGE
@given(st.data())
def test_a_damaged_envelope_raises_nothing_but_a_gateway_error(data):
    payload = bytearray(codec.envelope_to_bytes(build.an_envelope(build.a_case(agent=build.an_agent()))))
    for _ in range(data.draw(st.integers(1, 4))):
        payload[data.draw(st.integers(0, len(payload) - 1))] = data.draw(st.integers(0, 255))
    try:
        codec.envelope_from_bytes(bytes(payload))
    except GatewayError as error:
        codec.problem_of(error)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(strategies.envelopes())
def test_reading_does_not_change_the_message(envelope):
    wire = codec.envelope_to_wire(envelope)
    before = wire.SerializeToString(deterministic=True)
    codec.envelope_from_wire(wire)
    assert wire.SerializeToString(deterministic=True) == before
