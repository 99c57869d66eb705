"""A list of codes a cell may hold: by word, by standard code, and what is told about codes of other systems."""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from types import MappingProxyType

from gateway.case.texts import Text


@dataclass(frozen=True, slots=True)
class Option:
    """One value of a list: its code in the standard (empty where there is none), its word, and how else it is written."""

    value: object
    code: str
    word: str
    others: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """A list of codes.

    Attributes:
        traps: what is often written, is not taken, and what to write in its place.
    """

    options: tuple[Option, ...]
    traps: Mapping[str, Text] = field(default_factory=dict)
    _found: Mapping[str, object] = field(init=False, repr=False, compare=False, hash=False)

    def __post_init__(self) -> None:
        found: dict[str, object] = {}
        for option in self.options:
            for said in (option.code, option.word, *option.others, *_canonical(option.value)):
                if said:
                    found[folded(said)] = option.value
        object.__setattr__(self, "_found", MappingProxyType(found))

    def find(self, said: str) -> object | None:
        """Return the value a word or standard code stands for, or None."""
        return self._found.get(folded(said))

    def trap(self, said: str) -> Text | None:
        """Return what to write in place of a known wrong word or foreign code."""
        return self.traps.get(folded(said))

    def listed(self) -> str:
        """Return everything that may be written, for a finding."""
        return "、".join(f"{option.word} ({option.code})" if option.code else option.word for option in self.options)


def folded(said: str) -> str:
    """Return a word without what people do not see as a difference: width, spaces, case, a closing stop."""
    return "".join(unicodedata.normalize("NFKC", said).split()).lower().rstrip("。.;,")


def _canonical(value: object) -> tuple[str, ...]:
    """Return the word of this product's own format, where it is one."""
    return (value.value,) if isinstance(value, Enum) and isinstance(value.value, str) and value.value.isalpha() else ()
