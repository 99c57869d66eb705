"""docs/gateway-file.md and gateway.example.yaml name every key, and nothing else; stated defaults are the real ones."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, fields, is_dataclass
from datetime import timedelta
from enum import Enum
from pathlib import Path
from typing import Any, get_args, get_type_hints

from gateway.files.quantities import duration_text
from gateway.files.reader import read
from gateway.files.tree import Tree, Value
from gateway.settings import load_settings
from gateway.settings.schema import GatewayFile

ROOT = Path(__file__).parents[3]
DOC = (ROOT / "docs/gateway-file.md").read_text(encoding="utf-8")
EXAMPLE = ROOT / "gateway.example.yaml"


def members(shape: type[Any], above: str = "") -> Iterator[tuple[str, object]]:
    """Yield every key with its default; MISSING where it must be written, the type where it is a group."""
    hints = get_type_hints(shape)
    for one in fields(shape):
        path = f"{above}{one.name}"
        inner = next((part for part in (hints[one.name], *get_args(hints[one.name])) if is_dataclass(part)), None)
        inner = inner or next(
            (part for outer in get_args(hints[one.name]) for part in get_args(outer) if is_dataclass(part)), None
        )
        yield path, one.default
        if isinstance(inner, type) and fields(inner) and inner.__name__ != "Address":
            yield from members(inner, f"{path}.")


def written(default: object) -> str | None:
    """Return a default as the file would say it."""
    if default is None:
        return None
    if isinstance(default, bool):
        return str(default).lower()
    if isinstance(default, timedelta):
        return duration_text(default)
    if isinstance(default, Enum):
        return str(default.value)
    if isinstance(default, int) and default >= 1024**3:
        return f"{default // 1024**3}GiB"
    if isinstance(default, tuple):
        return f"[{', '.join(str(written(one)) for one in default)}]"
    return str(default)


def sections() -> Mapping[str, str]:
    parts = re.split(r"^### `([a-z_.]+)`$", DOC, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def test_every_key_has_a_heading_and_no_heading_is_left_over() -> None:
    assert sorted(sections()) == sorted(path for path, _ in members(GatewayFile))


def test_every_stated_default_is_the_real_one() -> None:
    told = sections()
    for path, default in members(GatewayFile):
        text = told[path]
        found = re.search(r"Default 默认: (?:`(.*?)`|none 无)", text)
        if found:
            assert default is not MISSING, path
            assert found[1] == written(default), path
        elif "Required 必填" in text:
            assert default is MISSING, path
        else:
            assert default is MISSING or default is None, f"{path} has a default that is not told"


def keys(value: Value, above: str = "") -> Iterator[str]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield f"{above}{name}"
            yield from keys(inner, f"{above}{name}.")
    elif isinstance(value, list):
        for inner in value:
            yield from keys(inner, above)


def test_the_example_file_shows_every_key_and_has_no_mistake() -> None:
    settings, findings = load_settings(EXAMPLE)
    assert settings is not None
    assert findings == ()
    tree = read(EXAMPLE)
    assert isinstance(tree, Tree)
    assert set(keys(tree.data)) == {path for path, _ in members(GatewayFile)}
