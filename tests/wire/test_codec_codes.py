"""Every enum of the format is mapped both ways, completely; likewise every kind of event."""

from typing import get_args

import pytest

from gateway.case import events as ev
from gateway.case.code.identifiers import CertificateKind
from gateway.case.errors import GatewayError
from gateway.case.reasons import Reason
from gateway.wire import codec, codes
from gateway.wire.gen.tongban.exchange.v1 import case_pb2, event_pb2, exchange_pb2, gateway_pb2, item_pb2, problem_pb2
from gateway.wire.happenings import READERS, WRITERS
from tests import build

TABLES = {table.name: table for table in vars(codes).values() if isinstance(table, codes.Codes)}
ENUMS = {
    name: enum
    for module in (case_pb2, event_pb2, exchange_pb2, gateway_pb2, item_pb2, problem_pb2)
    for name, enum in module.DESCRIPTOR.enum_types_by_name.items()
}


def test_every_enum_of_the_format_has_a_table():
    assert set(TABLES) == set(ENUMS)


@pytest.mark.parametrize("name", ENUMS)
def test_every_number_has_a_value_of_its_own_and_zero_has_none(name):
    numbers = {value.number for value in ENUMS[name].values}
    table = TABLES[name].values
    assert 0 in numbers
    assert set(table) == numbers - {0}
    assert len(set(table.values())) == len(table)


@pytest.mark.parametrize("name", ENUMS)
def test_every_value_of_ours_has_a_number_and_comes_back(name):
    table = TABLES[name]
    ours = set(type(table.placeholder)) - {CertificateKind.USCC}
    assert set(table.values.values()) == ours
    for value in ours:
        assert table.values[table.to_wire(value)] is value


def test_a_value_without_a_number_cannot_be_written():
    person = build.a_person(certificate_kind=CertificateKind.USCC)
    with pytest.raises(GatewayError) as caught:
        codec.envelope_to_bytes(build.an_envelope(build.a_case(applicant=person)))
    assert caught.value.reason is Reason.UNKNOWN_CODE


def test_every_kind_of_event_is_read_and_written():
    members = event_pb2.Event.DESCRIPTOR.oneofs_by_name["happening"].fields
    assert set(READERS) == {member.name for member in members}
    assert {name for name, _ in WRITERS.values()} == set(READERS)
    assert set(WRITERS) == set(get_args(ev.Happening))
