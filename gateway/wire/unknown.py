"""Fields this version of the format does not know.

Within a minor version both sides know the same fields, so an unknown one is a mistake or a newer program; leaving it
out silently would lose what the sender meant.
"""

from collections.abc import Mapping

from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message
from google.protobuf.unknown_fields import UnknownFieldSet

from gateway.case.texts import Text
from gateway.wire.spot import Faults

MOST_ENTRIES = 1_000
"""Of one list that are looked at; no list of the format may be that long."""

_UNKNOWN = Text("字段 {number} 不在这个版本的格式中", "field {number} is not in this version of the format")
_SOMEWHERE = Text("很长的列表中有这个版本没有的字段", "a very long list holds fields that are not in this version")
_LEAVE_OUT = Text("删去这个字段，或写明所用的版本", "leave it out, or declare the version you use")


def note_unknown(wire: Message, faults: Faults) -> None:
    """Note every unknown field, at any depth; `wire` keeps them."""
    if _has_unknown(wire):
        before = len(faults.findings)
        _note(wire, "", faults)
        if len(faults.findings) == before:
            faults.note("", _SOMEWHERE, _LEAVE_OUT)


def _has_unknown(wire: Message) -> bool:
    # Two sizes and a copy are all done in C; walking in Python costs as much as reading the whole message.
    known = type(wire)()
    known.CopyFrom(wire)
    known.DiscardUnknownFields()
    return known.ByteSize() != wire.ByteSize()


def _note(wire: Message, path: str, faults: Faults) -> None:
    unknown = UnknownFieldSet(wire)
    for number in [unknown[nth].field_number for nth in range(len(unknown))]:
        faults.note(f"{path}#{number}", _UNKNOWN.format(number=number), _LEAVE_OUT)
    for descriptor, value in wire.ListFields():
        if descriptor.type != FieldDescriptor.TYPE_MESSAGE or isinstance(value, Mapping):
            continue
        if descriptor.is_repeated:
            for nth, one in enumerate(value[:MOST_ENTRIES]):
                _note(one, f"{path}{descriptor.name}[{nth}].", faults)
        else:
            _note(value, f"{path}{descriptor.name}.", faults)
