"""Every element of the exchange format is explained where it is declared, and every enum begins with a refused zero.

The .proto text itself is read, since generated code keeps no comments; what the reader finds is compared with the
descriptors of the generated code, so that nothing can slip past it.
"""

import importlib
import re
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

PROTOS = Path(__file__).resolve().parents[2] / "protos"
SOURCES = sorted(PROTOS.glob("tongban/**/*.proto"))
BLOCK = re.compile(r"(message|enum|service|oneof) (\w+) \{\}?")
RPC = re.compile(r"rpc (\w+)\(")
FIELD = re.compile(r"(?:(?:optional|repeated) )?(?P<type>[\w.]+|map<.+>) (\w+) = (\d+)(?: \[.*\])?;")
VALUE = re.compile(r"(\w+) = (-?\d+)(?: \[.*\])?;")
NO_ELEMENT = ("syntax ", "package ", "import ", "option ", "reserved ", "}")


class Element(NamedTuple):
    """One declaration: its kind, its full name, its declaration on one line, and the comment right above it."""

    kind: str
    name: str
    declared: str
    comment: str
    place: str


def elements(text: str, file: str = "x.proto") -> list[Element]:
    """List what a proto file declares.

    Raises:
        AssertionError: a statement this reader does not know; then it has to learn it.
    """
    found: list[Element] = []
    package = re.search(r"^package ([\w.]+);", text, re.MULTILINE)
    scopes: list[tuple[str, str]] = [("file", package[1] if package else "")]
    comment: list[str] = []
    statement = ""
    for number, raw in enumerate(text.splitlines(), start=1):
        line = raw.strip()
        if not statement and line.startswith("//"):
            comment.append(line.removeprefix("//").strip())
            continue
        if not line:
            comment = []
            continue
        statement = f"{statement} {line.partition(' //')[0].strip()}".strip()
        if not statement.endswith(("{", "}", ";")):
            continue
        if element := _element(statement, scopes, " ".join(comment), f"{file}:{number}"):
            found.append(element)
        if statement.endswith("{"):
            assert element, f"{file}:{number}: {statement}"
            # The values of an enum and the fields of a oneof are named beside it, not below it.
            scopes.append((element.kind, scopes[-1][1] if element.kind in {"enum", "oneof"} else element.name))
        elif statement == "}":
            scopes.pop()
        statement, comment = "", []
    return found


def _element(statement: str, scopes: list[tuple[str, str]], comment: str, place: str) -> Element | None:
    kind, scope = scopes[-1]
    if statement.startswith(NO_ELEMENT):
        return None
    if block := BLOCK.fullmatch(statement):
        return Element(block[1], f"{scope}.{block[2]}", statement, comment, place)
    if kind == "service" and (rpc := RPC.match(statement)):
        return Element("rpc", f"{scope}.{rpc[1]}", statement, comment, place)
    if kind == "enum" and (value := VALUE.fullmatch(statement)):
        return Element("value", f"{scope}.{value[1]}", statement, comment, place)
    if kind in {"message", "oneof"} and (field := FIELD.fullmatch(statement)):
        return Element("field", f"{scope}.{field[2]}", statement, comment, place)
    raise AssertionError(f"{place}: not understood: {statement}")


@cache
def everything() -> list[Element]:
    """List the elements of all proto files."""
    return [element for path in SOURCES for element in elements(path.read_text("utf-8"), path.name)]


def of_kind(kind: str) -> list[Element]:
    """List the elements of one kind in all proto files."""
    return [element for element in everything() if element.kind == kind]


def described(message) -> set[tuple[str, str]]:
    """List (kind, full name) of a message and of all inside it, as its descriptor knows them."""
    names = {("message", message.full_name)}
    names |= {("field", field.full_name) for field in message.fields}
    # A descriptor makes a oneof of its own for each `optional` field; nobody wrote it.
    names |= {("oneof", oneof.full_name) for oneof in message.oneofs if not oneof.name.startswith("_")}
    names |= {pair for enum in message.enum_types for pair in described_enum(enum)}
    map_entries = {field.message_type for field in message.fields if field.message_type and _is_map(field.message_type)}
    return names | {pair for nested in message.nested_types if nested not in map_entries for pair in described(nested)}


def described_enum(enum) -> set[tuple[str, str]]:
    """List (kind, full name) of an enum and of its values."""
    scope = enum.full_name.rpartition(".")[0]
    return {("enum", enum.full_name)} | {("value", f"{scope}.{value.name}") for value in enum.values}


def _is_map(message) -> bool:
    return message.GetOptions().map_entry


def test_the_reader_finds_exactly_what_the_descriptors_hold():
    held: set[tuple[str, str]] = set()
    for path in SOURCES:
        parts = path.relative_to(PROTOS).with_suffix("").parts
        file = importlib.import_module("gateway.wire.gen." + ".".join(parts) + "_pb2").DESCRIPTOR
        held |= {pair for message in file.message_types_by_name.values() for pair in described(message)}
        held |= {pair for enum in file.enum_types_by_name.values() for pair in described_enum(enum)}
        for service in file.services_by_name.values():
            held |= {("service", service.full_name)} | {("rpc", method.full_name) for method in service.methods}
    assert {(element.kind, element.name) for element in everything()} == held


@pytest.mark.parametrize("kind", ["message", "field", "oneof", "enum", "value", "service", "rpc"])
def test_every_element_has_a_comment_above_it(kind):
    assert of_kind(kind)
    mute = [f"{element.place}: {element.name}" for element in of_kind(kind) if not element.comment]
    assert mute == [], "say what it means, its format and unit, who sets it, and the standard it follows"


def test_every_comment_ends_as_a_sentence():
    assert [
        f"{element.place}: {element.comment}"
        for element in everything()
        if element.comment[-1:] not in {".", "。", ":"}
    ] == []


def test_every_enum_begins_with_its_own_unspecified_zero():
    for path in SOURCES:
        declared = [
            element for element in elements(path.read_text("utf-8"), path.name) if element.kind in {"enum", "value"}
        ]
        for position, element in enumerate(declared):
            if element.kind == "enum":
                short = element.name.rpartition(".")[2]
                prefix = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", short).upper()
                assert declared[position + 1].declared == f"{prefix}_UNSPECIFIED = 0;", element.place


def test_every_unspecified_value_is_never_sent():
    zeros = [element for element in of_kind("value") if element.name.endswith("_UNSPECIFIED")]
    assert len(zeros) == len(of_kind("enum"))
    assert [element.place for element in zeros if not element.comment.startswith("Never sent")] == []


def test_every_point_in_time_says_that_it_is_utc():
    times = [element for element in of_kind("field") if "google.protobuf.Timestamp " in element.declared]
    assert times
    assert [f"{element.place}: {element.name}" for element in times if "UTC" not in element.comment] == []


def test_every_digest_says_how_long_it_is():
    digests = [e for e in of_kind("field") if re.match(r"(repeated )?bytes \w*(sha256|digest|root)\w* ", e.declared)]
    assert digests
    assert [f"{element.place}: {element.name}" for element in digests if "32 bytes" not in element.comment] == []


def test_a_comment_that_stands_apart_or_behind_does_not_count():
    apart = "package p;\n\nmessage A {\n  // Explains the message, so it seems.\n\n  string b = 1; // behind it\n}\n"
    assert [(element.name, element.comment) for element in elements(apart)] == [("p.A", ""), ("p.A.b", "")]


def test_a_declaration_that_goes_over_lines_is_read_as_one():
    long = "package p;\n// Explains A.\nmessage A {\n  // Explains b.\n  map<string, string> b = 1 [\n    deprecated = true\n  ];\n}\n"
    assert [(e.kind, e.name, e.comment) for e in elements(long)] == [
        ("message", "p.A", "Explains A."),
        ("field", "p.A.b", "Explains b."),
    ]


def test_a_statement_the_reader_does_not_know_is_not_passed_over():
    with pytest.raises(AssertionError, match="not understood"):
        elements("package p;\nextend A {\n}\n")
