"""JSON Schema for editors: right for every file that is right, never stricter than the check, and as it stands in schemas/."""

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.cli.schema import FILES, editor_settings, file_name, schema_text
from gateway.files.reader import parse
from gateway.files.schema_paths import parts
from gateway.files.shapes import check
from gateway.files.tree import Tree
from tests.docs import editor_files
from tests.partners.partner_files import a_partner
from tests.partners.test_broken_partner_files import CASES

ROOT = Path(__file__).parents[2]
EXAMPLES = {
    "partner": [*sorted((ROOT / "partners").glob("*.yaml"))],
    "gateway": [ROOT / "gateway.example.yaml"],
    "system": sorted((ROOT / "systems").glob("*.yaml")),
    "calendar": sorted((ROOT / "calendars").glob("*.yaml")),
}


@cache
def schema(name: str) -> Any:
    return json.loads(schema_text(name))


@cache
def validator(name: str) -> jsonschema.Draft202012Validator:
    return jsonschema.Draft202012Validator(schema(name))


_BOOL = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}


def as_editor(node: yaml.Node) -> Any:
    """Return what an editor sees: YAML 1.2, core schema (§10.3.2)."""
    if isinstance(node, yaml.MappingNode):
        return {str(key.value): as_editor(value) for key, value in node.value}
    if isinstance(node, yaml.SequenceNode):
        return [as_editor(one) for one in node.value]
    text = str(node.value)
    if node.style:
        return text
    if text in ("", "~", "null", "Null", "NULL"):
        return None
    if text in _BOOL:
        return _BOOL[text]
    if re.fullmatch(r"[-+]?[0-9]+", text):
        return int(text)
    if re.fullmatch(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?", text):
        return float(text)
    return text


def editor_accepts(name: str, text: str) -> bool:
    return bool(validator(name).is_valid(as_editor(yaml.compose(text, Loader=yaml.CSafeLoader))))


def check_accepts(name: str, text: str) -> bool:
    tree = parse(text.encode(), "a.yaml")
    return isinstance(tree, Tree) and not isinstance(check(tree, FILES[name][1]), tuple)


@pytest.mark.parametrize("name", FILES)
def test_a_schema_is_a_schema_of_2020_12(name: str) -> None:
    jsonschema.Draft202012Validator.check_schema(schema(name))
    assert schema(name)["$schema"] == "https://json-schema.org/draft/2020-12/schema"


@pytest.mark.parametrize("name", FILES)
def test_every_sample_is_right_for_the_editor_too(name: str) -> None:
    assert EXAMPLES[name]
    for path in EXAMPLES[name]:
        content = as_editor(yaml.compose(path.read_text("utf-8"), Loader=yaml.CSafeLoader))
        assert [error.message for error in validator(name).iter_errors(content)] == [], path.name


@pytest.mark.parametrize("name", FILES)
def test_the_file_in_schemas_is_what_the_command_prints(name: str) -> None:
    assert (ROOT / "schemas" / file_name(name)).read_text("utf-8") == schema_text(name), "run `make docs`"


def test_the_settings_of_the_editor_name_every_schema() -> None:
    written = json.loads((ROOT / ".vscode" / "settings.json").read_text("utf-8"))
    assert written["yaml.schemas"] == editor_settings()["yaml.schemas"]
    page = (ROOT / "docs" / "editing.md").read_text("utf-8")
    assert json.loads(re.findall(r"```json\n(.*?)```", page, re.DOTALL)[0]) == editor_settings()


def test_what_editors_show_beside_a_key_is_what_the_pages_say() -> None:
    assert editor_files.stale() == [], "run `make docs`"


@pytest.mark.parametrize("name", editor_files.PAGES)
def test_every_key_is_explained(name: str) -> None:
    told = editor_files.texts(name)
    keys = [(key, part) for key, part in parts(schema(name)) if key.replace("[]", "") in told or key in told]

    assert len(keys) >= len(told)
    assert [key for key, part in keys if not part.get("description")] == []


def defaults(name: str) -> list[tuple[str, object]]:
    shown = ((key, part.get("default")) for key, part in parts(schema(name)))
    return [(key, default) for key, default in shown if isinstance(default, str | int | float) and default != ""]


@pytest.mark.parametrize(
    ("name", "key", "default"), [(n, k, d) for n in ("partner", "gateway") for k, d in defaults(n)]
)
def test_a_default_is_shown_as_it_may_be_written(name: str, key: str, default: object) -> None:
    example = yaml.load(EXAMPLES[name][-1 if name == "partner" else 0].read_text("utf-8"), Loader=yaml.BaseLoader)
    place: Any = example
    *above, last = re.findall(r"[a-z_]+|\[\]", key)
    for step in above:
        place = place[0] if step == "[]" else place.setdefault(step, {})
    place[last] = json.dumps(default).strip('"') if isinstance(default, bool) else str(default)

    assert check_accepts(name, yaml.safe_dump(example, allow_unicode=True)), (key, default)


SHAPE_ERRORS = {
    name: CASES[name][0]
    for name in (
        "misspelt key",
        "misspelt required key",
        "missing key",
        "empty value",
        "unknown word",
        "everything instead of a list",
        "duration",
        "too large",
        "size",
        "full-width digits",
    )
} | {
    "a number with a leading word": ("status: active", "status: active\nlimits:\n  concurrent_calls: four"),
    "a number too small": ("status: active", "status: active\nlimits:\n  concurrent_calls: 0"),
    "a number with underscores": ("status: active", "status: active\nlimits:\n  concurrent_calls: 1_0"),
    "a clock for a number": ("status: active", "status: active\nlimits:\n  concurrent_calls: 12:30"),
    "no for a word": ("status: active", "status: no"),
    "a date with slashes": ("valid_to: 2030-12-31", "valid_to: 2030/12/31"),
    "a moment without a zone": ("valid_from: 2026-01-01\n    seal", "valid_from: 2026-01-01 08:30\n    seal"),
    "a short region code": ('code: "500240"', "code: 50024"),
    "a town for a region": ("our_scope: [422802]", "our_scope: [422802101000]"),
    "a province's item code": ('basic: "000120011000"', 'basic: "420120011000"'),
    "an address with a scheme": ("address: gateway.example.gov.cn:8443", "address: https://gateway.example.gov.cn"),
    "an address without a port": ("address: gateway.example.gov.cn:8443", "address: gateway.example.gov.cn"),
    "a thumbprint too short": ("kid: ", "kid: x"),
    "a telephone with letters": ('phone: "000-00000000"', "phone: 8222222转801"),
    "a list for a word": ("status: active", "status: [active]"),
    "a mapping for a list": ("our_scope: [422802]", "our_scope: {a: 422802}"),
    "an empty list": ("our_scope: [422802]", "our_scope: []"),
    "a name too long": ("short_name: 测试", "short_name: " + "测" * 21),
}


@pytest.mark.parametrize("change", SHAPE_ERRORS.values(), ids=SHAPE_ERRORS)
def test_an_error_of_shape_is_refused_by_check_and_editor_alike(change: tuple[str, str]) -> None:
    text = a_partner()
    assert change[0] in text
    assert check_accepts("partner", text)
    assert editor_accepts("partner", text)

    wrong = text.replace(*change, 1)
    assert not check_accepts("partner", wrong)
    assert not editor_accepts("partner", wrong)


PLAIN = st.sampled_from(
    [
        "0",
        "1",
        "4",
        "64",
        "65",
        "010",
        "1_000",
        "1e3",
        "1.6",
        "0x10",
        "12:30",
        "no",
        "off",
        "yes",
        "true",
        "false",
        "null",
        "~",
        "x",
        "测试",
        "500114",
        "50011",
        "000120011000",
        "30s",
        "5m",
        "4h",
        "2d",
        "5sec",
        "20MiB",
        "20MB",
        "2026-03-01",
        "2026-3-1",
        "2026-03-01T08:30:00+08:00",
        "push",
        "active",
        "online",
        "outward",
        "a.example.cn:8443",
        "a.example.cn",
        '"[::1]:8443"',
        "0718-8222222",
        "12345678",
        "[]",
        "{}",
        "[x]",
        "{a}",
        '"12"',
        '"600"',
        '""',
    ]
)


@st.composite
def altered(draw: st.DrawFn) -> tuple[str, str]:
    """Return the example of a kind of file with some values replaced, keys dropped or renamed."""
    name = draw(st.sampled_from(["partner", "gateway", "calendar"]))
    path = {"partner": ROOT / "partners" / "_example.yaml", "gateway": ROOT / "gateway.example.yaml"}.get(
        name, ROOT / "calendars" / "_example.yaml"
    )
    root = yaml.compose(path.read_text("utf-8"), Loader=yaml.CSafeLoader)
    for _ in range(draw(st.integers(1, 3))):
        node = root
        while isinstance(node, yaml.MappingNode | yaml.SequenceNode) and node.value:
            at = draw(st.integers(0, len(node.value) - 1))
            child = node.value[at][1] if isinstance(node, yaml.MappingNode) else node.value[at]
            what = draw(st.sampled_from(["deeper", "deeper", "deeper", "replace", "drop", "rename"]))
            if what == "deeper" and isinstance(child, yaml.MappingNode | yaml.SequenceNode):
                node = child
                continue
            if what == "drop":
                del node.value[at]
            elif what == "rename" and isinstance(node, yaml.MappingNode):
                node.value[at][0].value += "x"
            else:
                new = yaml.compose(draw(PLAIN), Loader=yaml.CSafeLoader)
                node.value[at] = (node.value[at][0], new) if isinstance(node, yaml.MappingNode) else new
            break
    return name, yaml.serialize(root, Dumper=yaml.CSafeDumper, allow_unicode=True)


LOOSER = re.compile(r"is not of type '(integer|number|boolean)'")
"""A number in quotes is text to an editor; the check reads every value as text."""


@given(altered())
@settings(max_examples=150, deadline=None)
def test_an_editor_never_complains_of_what_the_check_takes(made: tuple[str, str]) -> None:
    name, text = made
    if not check_accepts(name, text):
        return
    content = as_editor(yaml.compose(text, Loader=yaml.CSafeLoader))
    errors = [error.message for error in validator(name).iter_errors(content)]

    assert [message for message in errors if not LOOSER.search(message)] == []


def test_a_schema_names_no_host() -> None:
    for name in FILES:
        hosts = set(re.findall(r"https?://[a-z][a-z.-]+", schema_text(name)))
        assert hosts <= {
            "https://json-schema.org",
            "https://licences.example.gov.cn",  # where the examples point
            "https://sso.example.gov.cn",
        }
