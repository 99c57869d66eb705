"""Cases as a terminal may show them: what identifies a person is masked.

Commands have no way to show it in full, because nothing would record who looked and why; the system in
charge of the case shows it.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

from gateway.case.masking import mask_address, mask_name, mask_number, mask_phone

HIDDEN = "****"

_PEOPLE = frozenset({"applicant", "person", "legal_representative", "contacts"})
"""Keys under which `name` is that of a person."""

_PERSONAL = re.compile(r"(?<![0-9A-Za-z])(?:[0-9]{17}[0-9Xx]|1[3-9][0-9]{9})(?![0-9A-Za-z])")


def masked(answer: Any) -> Any:
    """Return a JSON document of the local door with what identifies people masked."""
    return _masked(answer, "")


def _masked(value: Any, key: str) -> Any:
    if isinstance(value, Mapping):
        return {name: _member(name, inner, value, key) for name, inner in value.items()}
    if isinstance(value, list):
        return [_masked(inner, key) for inner in value]
    if isinstance(value, str):
        return _PERSONAL.sub(HIDDEN, value)
    return value


def _member(name: str, value: Any, around: Mapping[str, Any], key: str) -> Any:
    if name == "form":
        return HIDDEN if value else value
    if isinstance(value, str) and value:
        if name in _RULES:
            return _RULES[name](value)
        if name == "name" and key in _PEOPLE and around.get("kind") != "organisation":
            return mask_name(value)
    return _masked(value, name)


def _file_name(name: str) -> str:
    _, dot, kind = name.rpartition(".")
    return f"{HIDDEN}.{kind}" if dot else HIDDEN


_RULES: Mapping[str, Callable[[str], str]] = {
    "certificate_number": mask_number,
    "phone": mask_phone,
    "address": mask_address,
    "recipient": mask_name,
    "holder": mask_name,
    "licence_id": mask_number,
    "tracking_number": mask_number,
    "file_name": _file_name,
}
