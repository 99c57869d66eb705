"""A key that the shape does not have: which one was probably meant, or to which place it belongs."""

import re
from collections.abc import Mapping
from difflib import SequenceMatcher, get_close_matches

from gateway.files.findings import KeyPath
from gateway.files.schema_paths import Schema, keys_at, parts
from gateway.files.tree import Value

LONGEST_KEY = 60
"""Characters of a key beyond which nothing is compared; the longest known one has 20."""
MOST_HOMES = 3

_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_NEAR = 0.6
_VERY_NEAR = 0.8


def key_meant(data: Value, schema: Schema, path: KeyPath) -> str | None:
    """Return the key of the shape that was probably meant at `path`; one that is not there yet before one that is."""
    word = _plain(path[-1])
    known = keys_at(schema, path[:-1])
    if not word or not known:
        return None
    there = _siblings(data, path)
    present = {name for name in known if name in there}
    for names in ([name for name in known if name not in present], [name for name in known if name in present]):
        close = get_close_matches(word, names, n=1, cutoff=_NEAR)
        if close and (_likeness(word, close[0]) >= _VERY_NEAR or not homes_of(schema, path)):
            return close[0]
    return None


def homes_of(schema: Schema, path: KeyPath) -> tuple[str, ...]:
    """Return the places where the key at `path` would be right as it is spelt, such as `agreements[]`; at most three."""
    key = path[-1]
    found = (where.rpartition(".") for where, _ in parts(schema))
    return tuple(dict.fromkeys(above for above, _, name in found if name == key))[:MOST_HOMES]


def _siblings(data: Value, path: KeyPath) -> Mapping[str, Value]:
    value = data
    for step in path[:-1]:
        if isinstance(value, dict) and isinstance(step, str):
            value = value.get(step)
        elif isinstance(value, list) and isinstance(step, int) and step < len(value):
            value = value[step]
    return value if isinstance(value, dict) else {}


def _plain(key: str | int) -> str:
    text = str(key)
    return "" if len(text) > LONGEST_KEY else _HUMP.sub("_", text).lower().replace("-", "_").replace(" ", "_")


def _likeness(one: str, other: str) -> float:
    return SequenceMatcher(None, one, other).ratio()
