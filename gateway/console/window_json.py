"""JSON text whose numbers stay as they are written: read, changed in part, and written again."""

import json
from typing import Any


def read_object(text: str) -> dict[str, Any]:
    """Return the object in a text; an empty one for whatever is none."""
    try:
        made = json.loads(text or "{}", parse_float=Exact, parse_int=_whole)
    except (ValueError, RecursionError):
        return {}
    return made if isinstance(made, dict) else {}


def written(value: Any) -> str:
    """Return a value as JSON text."""
    if isinstance(value, Exact):
        return value.text
    if isinstance(value, dict):
        return "{" + ", ".join(f"{written(key)}: {written(one)}" for key, one in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(written, value)) + "]"
    return json.dumps(value, ensure_ascii=False)


def plain(value: Any) -> str:
    """Return a value as people read it; text without quotes."""
    if isinstance(value, bool):
        return "是" if value else "否"
    return value if isinstance(value, str) else written(value)


def is_json(text: str) -> bool:
    """Whether a text is JSON."""
    try:
        json.loads(text, parse_int=str, parse_float=str)
    except (ValueError, RecursionError):
        return False
    return True


class Exact:
    """A number that is written as it was read."""

    def __init__(self, text: str) -> None:
        self.text = text


def _whole(text: str) -> Any:
    return int(text) if len(text) < 16 else Exact(text)
