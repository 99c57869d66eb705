"""Cases as a terminal may show them: what identifies a person is masked, and no text steers the terminal.

Commands have no way to show it in full, because nothing would record who looked and why; the system in
charge of the case shows it.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from gateway.case.code.masking import mask_address, mask_name, mask_number, mask_phone

HIDDEN = "****"

_PEOPLE = frozenset({"applicant", "person", "legal_representative", "contacts"})
"""Keys under which `name` is that of a person."""

_NAMES = frozenset({"recipient", "recipient_name", "holder"})
"""Keys whose value is the name of a person, wherever they stand."""

_PERSONAL = re.compile(r"(?<![0-9A-Za-z])(?:[0-9]{17}[0-9Xx]|1[3-9][0-9]{9})(?![0-9A-Za-z])")


_FREE_TEXT = frozenset({"summary", "reason", "text", "what", "opinion", "result", "result_name", "title", "use_cause"})
"""Keys of what people wrote in words; it may name the people of the case."""

_FORMS = frozenset({"form", "form_now"})

_UNPRINTABLE = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
"""Unicode categories: control, format (direction marks too), surrogate, line and paragraph separators."""


def masked(answer: Any) -> Any:
    """Return a JSON document of the local door with what identifies people masked.

    A name that the document gives for a person is masked in free text too; numbers are hidden wherever they stand.
    """
    names = sorted(set(_names(answer, "")), key=len, reverse=True)
    return _masked(answer, "", re.compile("|".join(map(re.escape, names))) if names else None)


def printable(value: Any) -> Any:
    """Return a JSON document in whose texts every control, format and separating character is a blank."""
    if isinstance(value, Mapping):
        return {name: printable(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [printable(inner) for inner in value]
    if isinstance(value, str):
        return "".join(" " if unicodedata.category(one) in _UNPRINTABLE else one for one in value)
    return value


def _masked(value: Any, key: str, names: re.Pattern[str] | None) -> Any:
    if isinstance(value, Mapping):
        return {name: _member(name, inner, value, key, names) for name, inner in value.items()}
    if isinstance(value, list):
        return [_masked(inner, key, names) for inner in value]
    if isinstance(value, str):
        if names is not None and key in _FREE_TEXT:
            value = names.sub(lambda found: mask_name(found[0]), value)
        return _PERSONAL.sub(HIDDEN, value)
    return value


def _member(name: str, value: Any, around: Mapping[str, Any], key: str, names: re.Pattern[str] | None) -> Any:
    if name in _FORMS:
        return HIDDEN if value else value
    if isinstance(value, str) and value:
        if name in _RULES:
            return _RULES[name](value)
        if _is_a_persons(name, around, key):
            return mask_name(value)
    return _masked(value, name, names)


def _is_a_persons(name: str, around: Mapping[str, Any], key: str) -> bool:
    if name in _NAMES:
        return True
    return name == "name" and key in _PEOPLE and around.get("kind") != "organisation"


def _names(value: Any, key: str) -> Iterator[str]:
    """Every name of a person the document gives; one character alone is no name to look for."""
    if isinstance(value, Mapping):
        for name, inner in value.items():
            if isinstance(inner, str):
                if _is_a_persons(name, value, key) and len(inner) > 1:
                    yield inner
            else:
                yield from _names(inner, name)
    elif isinstance(value, list):
        for inner in value:
            yield from _names(inner, key)


def _file_name(name: str) -> str:
    _, dot, kind = name.rpartition(".")
    return f"{HIDDEN}.{kind}" if dot else HIDDEN


_RULES: Mapping[str, Callable[[str], str]] = {
    "certificate_number": mask_number,
    "phone": mask_phone,
    "address": mask_address,
    "licence_id": mask_number,
    "result_number": mask_number,
    "result_licence_id": mask_number,
    "tracking_number": mask_number,
    "file_name": _file_name,
}
