"""docs/partner-file.md, partners/_example.yaml and the schema say the same."""

import re
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from gateway.files.reader import read
from gateway.files.shapes import check, schema_of
from gateway.files.tree import Tree
from gateway.partners.check import is_partner_file
from gateway.partners.schema import PartnerFile
from tests.partners.partner_files import checked

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "partners" / "_example.yaml"
MANUAL = (ROOT / "docs" / "partner-file.md").read_text(encoding="utf-8")


def keys(part: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, bool]]:
    """Yield every key of the schema, with whether it has a default."""
    root = schema_of(PartnerFile)
    while True:
        if "$ref" in part:
            part = root["$defs"][part["$ref"].rsplit("/", 1)[-1]]
        elif "anyOf" in part:
            part = next(member for member in part["anyOf"] if member.get("type") != "null")
        elif part.get("type") == "array":
            part, prefix = part["items"], prefix + "[]"
        else:
            break
    for name, inner in part.get("properties", {}).items():
        key = f"{prefix}.{name}".lstrip(".")
        yield key, name not in part.get("required", ())
        yield from keys(inner, key)


KEYS = dict(keys(schema_of(PartnerFile)))
SECTIONS = dict(re.findall(r"^### `([^`]+)`\n\n(.*?)(?=^### |\Z)", MANUAL, re.MULTILINE | re.DOTALL))


def test_the_manual_has_a_heading_for_every_key_and_no_other() -> None:
    assert list(SECTIONS) == list(KEYS)


@pytest.mark.parametrize("key", KEYS)
def test_the_manual_says_in_both_languages_whether_a_key_is_required_or_its_default(key: str) -> None:
    chinese, english = SECTIONS[key].strip().split("\n\n")
    zh, en = ("默认", "Default: ") if KEYS[key] else ("必填", "Required")
    assert zh in chinese
    assert en in english


def test_the_example_is_a_right_file(tmp_path: Path) -> None:
    folder = tmp_path / "partners"
    folder.mkdir()
    shutil.copy(EXAMPLE, folder / "500240-石柱县.yaml")

    found = checked(folder)

    assert found.findings == ()
    assert len(found.partners[0].keys) == 2


def test_the_example_is_no_partner() -> None:
    assert not is_partner_file(EXAMPLE.name)
    assert is_partner_file("500240-石柱县.yaml")
    assert not is_partner_file("500240-root.pem")


def test_the_example_holds_every_key() -> None:
    tree = read(EXAMPLE)
    assert isinstance(tree, Tree)
    written = {re.sub(r"\[\d+\]", "[]", _dotted(path)) for path in tree.lines}

    assert set(KEYS) <= written


def test_the_example_gives_every_key_another_value_than_its_default() -> None:
    tree = read(EXAMPLE)
    assert isinstance(tree, Tree)
    shape = check(tree, PartnerFile)
    assert isinstance(shape, PartnerFile)
    item = shape.agreements[0].items[0]
    for written in (shape.limits, shape.retry, item.limits, shape.agreements[0].mail):
        plain = type(written)()
        for name in type(written).__dataclass_fields__:
            assert getattr(written, name) != getattr(plain, name), name
    assert shape.delivery.value != "push"
    assert shape.contacts[0].duty_hours != "工作日 9:00-17:00"


def _dotted(path: tuple[str | int, ...]) -> str:
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path).lstrip(".")
