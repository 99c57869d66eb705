"""What differs between two forms, field by field, and whether it was asked for.

Fields are named by JSON Pointers (RFC 6901).  Values are compared as JSON values with exact numbers: 12.5 equals 12.50,
90071992547409931234 does not equal 90071992547409931235.  Nothing here repeats a value.
"""

import re
from collections.abc import Iterable, Iterator

from gateway.case.form.json_exact import read_exact, same_key
from gateway.case.form.text import shown_key
from gateway.case.texts import Text

Steps = tuple[str, ...]
"""A way into a form: keys and positions, as the tokens of a JSON Pointer."""

_POINTER = re.compile(r"(?:/(?:[^~/]|~[01])*)*")
_POSITION = re.compile(r"0|[1-9][0-9]{0,8}")
_NEXT = "-"


def steps_of(pointer: str) -> Steps | None:
    """Return the steps of a JSON Pointer, None when it is none (RFC 6901 §3)."""
    if not _POINTER.fullmatch(pointer):
        return None
    return tuple(step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/")[1:])


def leads_nowhere(form_json: str, steps: Steps) -> bool:
    """Whether no such field can be in this form: the way goes through a text, a number or past a list."""
    value: object = _read(form_json)
    for step in steps:
        if isinstance(value, dict):
            if step not in value:
                return False
            value = value[step]
        elif isinstance(value, list):
            if step == _NEXT:
                return False
            if not _POSITION.fullmatch(step) or int(step) > len(value):
                return True
            if int(step) == len(value):
                return False
            value = value[int(step)]
        else:
            return value is not None
    return False


def changed_fields(before: str, after: str) -> tuple[Steps, ...]:
    """Return every field that differs between two forms, innermost, in the order of the fields.

    An empty way means that the forms differ but cannot be compared field by field.
    """
    if before == after:
        return ()
    try:
        old, new = read_exact(before), read_exact(after)
    except (ValueError, RecursionError):
        return ((),)
    return tuple(_differences(old, new, ()))


def is_asked(field: Steps, asked: Iterable[Steps]) -> bool:
    """Whether a change of a field was asked for: by its own name, or by that of something it is part of."""
    return any(_covers(wanted, field) for wanted in asked)


def field_path(field: Steps, known: frozenset[str]) -> str:
    """Return a field's path for a finding.

    Args:
        known: keys of the form the case came with, which are shown; another key only if it looks like a field's.
    """
    path = "form"
    for step in field:
        shown: str | Text = step if step in known else shown_key(step)
        path += f"[{step}]" if _POSITION.fullmatch(step) else f".{shown if isinstance(shown, str) else '…'}"
    return path


def keys_of(form_json: str) -> frozenset[str]:
    """Return every key of a form, at any depth."""
    return frozenset(_keys(_read(form_json)))


def _differences(old: object, new: object, at: Steps) -> Iterator[Steps]:
    if isinstance(old, dict) and isinstance(new, dict):
        names = dict.fromkeys((*old, *new))
        for name in names:
            yield from _member(old, new, name, (*at, name))
    elif isinstance(old, list) and isinstance(new, list):
        for position in range(max(len(old), len(new))):
            here = (*at, str(position))
            if position < len(old) and position < len(new):
                yield from _differences(old[position], new[position], here)
            else:
                yield from _leaves((new if position < len(new) else old)[position], here)
    elif old is None or new is None:
        if old is not new:
            yield from _leaves(old if new is None else new, at)
    elif same_key(old) != same_key(new):
        yield at


def _member(old: dict[str, object], new: dict[str, object], name: str, at: Steps) -> Iterator[Steps]:
    if name in old and name in new:
        yield from _differences(old[name], new[name], at)
    else:
        yield from _leaves(new[name] if name in new else old[name], at)


def _leaves(value: object, at: Steps) -> Iterator[Steps]:
    """Every innermost field of something that came or went; an empty one is a field itself."""
    if isinstance(value, dict) and value:
        for name, inner in value.items():
            yield from _leaves(inner, (*at, name))
    elif isinstance(value, list) and value:
        for position, inner in enumerate(value):
            yield from _leaves(inner, (*at, str(position)))
    else:
        yield at


def _covers(wanted: Steps, field: Steps) -> bool:
    if len(wanted) > len(field):
        return False
    return all(
        step == there or (step == _NEXT and _POSITION.fullmatch(there) is not None)
        for step, there in zip(wanted, field, strict=False)
    )


def _keys(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield name
            yield from _keys(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _keys(inner)


def _read(form_json: str) -> object:
    try:
        return read_exact(form_json)
    except (ValueError, RecursionError):
        return None
