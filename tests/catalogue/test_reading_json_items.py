import json
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.case.item.definition import ItemDefinition
from gateway.case.item.rules import definition_problems
from tests.catalogue.item_tables import ITEM, MATERIAL, STEP, put, read, said, table

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def one(tmp_path_factory) -> ItemDefinition:
    found = read(put(tmp_path_factory.mktemp("t"), 事项=table(ITEM), 材料=table(MATERIAL), 环节=table(STEP)))
    return found.definitions[0]


def written(folder: Path, content: object) -> Path:
    path = folder / "items.json"
    path.write_bytes(content if isinstance(content, bytes) else json.dumps(content, ensure_ascii=False).encode())
    return path


def keys(found) -> list[str]:
    return [finding.key for finding in found.findings if finding.is_error]


def test_definitions_come_back_from_json_as_they_were(tmp_path: Path):
    shipped = read(ROOT / "items").definitions
    assert read(written(tmp_path, msgspec.json.encode(shipped))).definitions == shipped
    wrapped = msgspec.json.encode({"definitions": shipped})
    assert read(written(tmp_path, wrapped)).definitions == shipped


@settings(max_examples=40, deadline=None)
@given(name=st.text(min_size=1, max_size=40), standard=st.text(max_size=60), amount=st.integers(0, 20))
def test_any_text_comes_back_from_json(tmp_path_factory, one, name, standard, amount):
    definition = replace(one, name=name, materials=(replace(one.materials[0], standard=standard, copies=amount),))
    if definition_problems(definition):
        return
    found = read(written(tmp_path_factory.mktemp("j"), msgspec.json.encode([definition])))
    assert found.definitions == (definition,), said(found)


def test_every_mistake_is_told_with_its_place(tmp_path: Path, one: ItemDefinition):
    good = msgspec.to_builtins(one)
    bad = {
        **good,
        "case_type": 3,
        "modes": ["online", "fern"],
        "valid_from": "2026-02-30",
        "visits": "1",
        "promised_limits": None,
        "materials": [{**good["materials"][0], "need": 7}, {"list_code": "M02"}, "x"],
        "legal_limit": {"amount": 20, "unit": "month"},
    }
    del bad["name"]
    found = read(written(tmp_path, [good, bad]))
    assert sorted(keys(found)) == [
        "[1].case_type",
        "[1].legal_limit.unit",
        "[1].materials[0].need",
        "[1].materials[1].name",
        "[1].materials[2]",
        "[1].modes[1]",
        "[1].name",
        "[1].promised_limits",
        "[1].valid_from",
        "[1].visits",
    ]
    assert "promised_limit?" in said(found)


def test_contradictions_and_unknown_places_are_told_with_their_place(tmp_path: Path, one: ItemDefinition):
    wrong = replace(one, division="500112", visits=0)
    found = read(written(tmp_path, msgspec.json.encode([one, wrong])))
    assert keys(found) == ["[1].division", "[1].visits"]


def test_the_same_version_twice_is_told(tmp_path: Path, one: ItemDefinition):
    found = read(written(tmp_path, msgspec.json.encode([one, one])))
    assert "在 [0]" in said(found)


def test_a_version_may_be_left_out(tmp_path: Path, one: ItemDefinition):
    content = msgspec.to_builtins(one)
    del content["version"]
    assert [d.version for d in read(written(tmp_path, [content])).definitions] == [0]


@pytest.mark.parametrize(
    ("raw", "in_text"),
    [
        (b"{", "不是 JSON"),
        (b'{"a": 1}', "应是列表"),
        (b'[{"a": 1, "a": 2}]', "写了两次"),
        (b"[NaN]", "不允许的值"),
        (b"[" * 100_000, "太深"),
        (b"[" * 100_000 + b"]" * 100_000, "太深"),
        (b'[{"basic_code": "\\ud800"}]', "半个字符"),
        (b"[" + b"9" * 5000 + b"]", "不允许的值"),
        ("[]".encode("utf-16"), "不是 UTF-8"),
        (b"[3]", "应是对象"),
        (b"[]", "没有读到任何事项"),
    ],
)
def test_what_is_no_list_of_items_is_told(tmp_path: Path, raw: bytes, in_text: str):
    found = read(written(tmp_path, raw))
    assert not found.ok
    assert in_text in said(found)
