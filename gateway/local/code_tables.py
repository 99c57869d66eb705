"""A code table of a system's file: the codes of that system and the canonical words they mean."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CodeTable:
    """Foreign codes and the canonical words they mean."""

    name: str
    words: Mapping[str, str]
