"""What was typed into the fields of an item's form becomes its JSON text, and such a text fills the fields again.

A field left empty is left out.  Numbers stay as they were typed, and what nobody changed stays as it was.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from gateway.case.errors import FieldFinding
from gateway.case.texts import Text
from gateway.console.window_fields import Field, Shape
from gateway.console.window_json import is_json, plain, read_object, written

Values = Callable[[str], Sequence[str]]
"""All values of a posted field."""
_NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?", re.ASCII)


def form_text(fields: Sequence[Field], values: Values) -> tuple[str, tuple[FieldFinding, ...]]:
    """Return the JSON text of what was typed, and what of it is no JSON."""
    parts: list[str] = []
    found: list[FieldFinding] = []
    for field in fields:
        typed = [one.strip() for one in values(field.name)]
        made = _made(field, typed)
        if made is None:
            found.append(FieldFinding(field.name, _NO_JSON.format(name=field.title), _WRITE_JSON))
        elif made:
            parts.append(f"{written(field.key)}: {made}")
    return "{" + ", ".join(parts) + "}", tuple(found)


def typed_values(fields: Sequence[Field], form_json: str) -> dict[str, tuple[str, ...]]:
    """Return what each field shows of a form that is there already."""
    form = read_object(form_json)
    return {field.name: tuple(_shown(field, form[field.key])) for field in fields if field.key in form}


def corrected_form(before: str, fields: Sequence[Field], values: Values) -> tuple[str, tuple[FieldFinding, ...]]:
    """Return a form with some of its fields as they were typed and everything else as it was, and what is no JSON.

    The text itself comes back when nothing changed.
    """
    form = {key: written(value) for key, value in read_object(before).items()}
    found: list[FieldFinding] = []
    changed = False
    for field in fields:
        made = _made(field, [one.strip() for one in values(field.name)])
        if made is None:
            found.append(FieldFinding(field.name, _NO_JSON.format(name=field.title), _WRITE_JSON))
        elif made != form.get(field.key, ""):
            changed = True
            form.pop(field.key, None) if not made else form.update({field.key: made})
    if not changed or found:
        return before, tuple(found)
    return "{" + ", ".join(f"{written(key)}: {made}" for key, made in form.items()) + "}", ()


def _made(field: Field, typed: Sequence[str]) -> str | None:
    """Return the JSON text of one field, empty when nothing was typed, None when it is no JSON."""
    first = typed[0] if typed else ""
    if field.shape is Shape.CHOICES:
        chosen = [one for one in typed if one in {code for code, _ in field.options}]
        return f"[{', '.join(chosen)}]" if chosen else ""
    if not first:
        return ""
    if field.shape is Shape.LIST:
        entries = [line.strip() for line in first.splitlines() if line.strip()]
        return f"[{', '.join(_number(one) if field.numbers else written(one) for one in entries)}]"
    if field.shape is Shape.JSON:
        return first if is_json(first) else None
    if field.shape in (Shape.CHOICE, Shape.YES_NO):
        known = {code for code, _ in field.options} | {"true", "false"}
        return first if first in known else written(first)
    if field.shape is Shape.MOMENT:
        return written(_in_china(first))
    return _number(first) if field.shape is Shape.NUMBER else written(first)


def _in_china(typed: str) -> str:
    """Return an instant with its offset; a browser sends none, and people mean Asia/Shanghai."""
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2})?", typed):
        return typed
    return f"{typed}:00+08:00" if typed.count(":") == 1 else f"{typed}+08:00"


def _shown(field: Field, value: Any) -> Iterator[str]:
    if field.shape in (Shape.CHOICE, Shape.YES_NO):
        yield written(value)
    elif field.shape is Shape.CHOICES and isinstance(value, list):
        yield from map(written, value)
    elif field.shape is Shape.LIST and isinstance(value, list):
        yield "\n".join(map(plain, value))
    elif field.shape is Shape.JSON:
        yield written(value)
    elif field.shape is Shape.MOMENT and isinstance(value, str):
        yield value.removesuffix(":00+08:00") if value.endswith(":00+08:00") else value
    else:
        yield plain(value)


def _number(typed: str) -> str:
    return typed if _NUMBER.fullmatch(typed) else written(typed)


_NO_JSON = Text("“{name}”不是合法的 JSON", "“{name}” is no valid JSON")
_WRITE_JSON = Text('按 JSON 写法填写, 如 {"键": "值"} 或 [1, 2]', 'write JSON, such as {"key": "value"} or [1, 2]')
