"""Messages to break: the sample values as protobuf, and what a reader says about a broken one."""

import pytest
from google.protobuf.descriptor import FieldDescriptor

from gateway.case import events as ev
from gateway.case.errors import GatewayError
from gateway.case.kinds import Power
from gateway.wire import codec
from gateway.wire.gen.tongban.exchange.v1 import exchange_pb2 as pb
from tests import build

UNKNOWN_FIELD = b"\xfa\x07\x02hi"
"""Field 127, which no message of the format has."""


def wire_of(body=None, **changes):
    return codec.envelope_to_wire(build.an_envelope(body, **changes))


def refusal(wire):
    with pytest.raises(GatewayError) as caught:
        codec.envelope_from_bytes(wire.SerializeToString())
    return caught.value


def paths(error):
    return [finding.path for finding in error.findings]


def full_event(kind=ev.Delivered):
    return build.an_event(
        kind,
        documents=(build.a_document(),),
        deadlines=(build.a_deadline(),),
        grant=ev.Grant(next(iter(Power)), "A-1"),
    )


def all_wires():
    yield wire_of(build.a_case(agent=build.an_agent()))
    yield wire_of(build.a_case(applicant=build.an_organisation()))
    for kind in build.HAPPENINGS:
        yield wire_of(full_event(kind), case_version=4)
        yield wire_of(build.a_correction(kind))
    yield codec.receipts_to_wire(build.a_batch(build.a_receipt(), build.a_refusal(), log_head=build.a_log_head()))


def messages_in(wire, path=""):
    yield wire, path
    for descriptor, value in wire.ListFields():
        if descriptor.type != FieldDescriptor.TYPE_MESSAGE or descriptor.name == "facts":
            continue
        if descriptor.is_repeated:
            for nth, one in enumerate(value):
                yield from messages_in(one, f"{path}{descriptor.name}[{nth}].")
        else:
            yield from messages_in(value, f"{path}{descriptor.name}.")


def enum_fields(descriptor):
    found = set()
    for field in descriptor.fields:
        if field.type == FieldDescriptor.TYPE_ENUM:
            found.add(f"{descriptor.name}.{field.name}")
        if field.type == FieldDescriptor.TYPE_MESSAGE:
            found |= enum_fields(field.message_type)
    return found


def read(wire):
    reader = codec.envelope_from_bytes if isinstance(wire, pb.Envelope) else codec.receipts_from_bytes
    return reader(wire.SerializeToString())
