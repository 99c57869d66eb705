"""The rules of a mapping as values: where each canonical field comes from."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from gateway.files.findings import KeyPath
from gateway.local.code_tables import CodeTable
from gateway.local.converters import Convert
from gateway.local.own_codes import OwnCodes

Scalar = str | int | bool

_STEP = re.compile(r"(?P<key>[^.\[\]\s$]+)|\[(?P<at>[0-9]{1,4})\]")


@dataclass(frozen=True, slots=True)
class Source:
    """A path in the foreign request: `a.b[0].c`; from the root with `$.`, otherwise from the element at hand."""

    steps: KeyPath
    from_root: bool
    text: str


@dataclass(frozen=True, slots=True)
class When:
    """A condition: the value at `source` is, or is not, one of `values`; with no values, it is there."""

    source: Source
    values: frozenset[str]
    negated: bool


@dataclass(frozen=True, slots=True)
class Take:
    """A value of the request; `default` stands in for one that is missing, null or empty.

    Attributes:
        integer: whether the canonical field is an integer, so that a JSON number becomes one.
    """

    source: Source
    default: Scalar | None
    table: CodeTable | None
    converters: tuple[Convert, ...]
    when: When | None
    integer: bool = False


@dataclass(frozen=True, slots=True)
class Fixed:
    """The same value for every request."""

    value: Scalar
    when: When | None


@dataclass(frozen=True, slots=True)
class Group:
    """An object, field by field."""

    fields: tuple[tuple[str, "Rule"], ...]
    when: When | None


@dataclass(frozen=True, slots=True)
class Each:
    """A list: one object for each element at `source` that meets `when`."""

    source: Source
    group: Group


@dataclass(frozen=True, slots=True)
class First:
    """The first of several rules whose condition holds."""

    rules: tuple["Rule", ...]


Rule = Take | Fixed | Group | Each | First


@dataclass(frozen=True, slots=True)
class Mapped:
    """The whole mapping of one system: the case without its form, the form, and the tables they use.

    Attributes:
        case: None when the system's fields are canonical and only its codes are its own.
        own: what it reads and posts in its own codes too; None when it reads and posts canonical words.
    """

    system: str
    case: Group | None
    form: Rule
    tables: Mapping[str, CodeTable]
    own: OwnCodes | None = None


def parse_source(text: str) -> Source | None:
    """Return the path `text` means, None when it is not written as one."""
    rest = text.removeprefix("$.")
    steps: list[str | int] = []
    at = 0
    while at < len(rest):
        found = _STEP.match(rest, at)
        if not found:
            return None
        steps.append(found["key"] if found["key"] is not None else int(found["at"]))
        at = found.end()
        if rest[at : at + 1] == ".":
            at += 1
            if at == len(rest) or rest[at] == "[":
                return None
        elif at < len(rest) and rest[at] != "[":
            return None
    return Source(tuple(steps), from_root=rest != text, text=text) if steps else None
