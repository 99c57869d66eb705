"""An item's form as fields of a page: what each kind of schema looks like, and exactly what is sent for what was typed."""

import json

import pytest

from gateway.console.window_answers import corrected_form, form_text, typed_values
from gateway.console.window_fields import Shape, fields_of

SCHEMA = """{"type":"object","required":["姓名"],"$defs":{"证":{"type":"string","title":"公民身份号码"}},
"properties":{
 "姓名":{"type":"string","maxLength":50},
 "经营范围":{"type":"string","maxLength":500},
 "证件":{"$ref":"#/$defs/证"},
 "份数":{"type":"integer"},
 "金额":{"type":["number","null"]},
 "日期":{"type":"string","format":"date"},
 "时刻":{"type":"string","format":"date-time"},
 "原因":{"enum":["损坏","遗失",1,true]},
 "同意":{"type":"boolean"},
 "地区":{"type":"array","items":{"type":"string"}},
 "数列":{"type":"array","items":{"type":"number"}},
 "语种":{"type":"array","items":{"enum":["中文","英文"]}},
 "股东":{"type":"array","items":{"type":"object","properties":{"姓名":{"type":"string"}}}},
 "任意":{}},
"allOf":[{"required":["份数"],"properties":{"附注":{"type":"string"}}}]}"""
FIELDS = fields_of(SCHEMA)
SHAPES = {
    "姓名": Shape.LINE,
    "经营范围": Shape.TEXT,
    "证件": Shape.LINE,
    "份数": Shape.NUMBER,
    "金额": Shape.NUMBER,
    "日期": Shape.DATE,
    "时刻": Shape.MOMENT,
    "原因": Shape.CHOICE,
    "同意": Shape.YES_NO,
    "地区": Shape.LIST,
    "数列": Shape.LIST,
    "语种": Shape.CHOICES,
    "股东": Shape.JSON,
    "任意": Shape.JSON,
    "附注": Shape.LINE,
}


def typed(**values: list[str]) -> tuple[str, tuple[str, ...]]:
    text, found = form_text(FIELDS, lambda name: values.get(name.removeprefix("form."), []))
    return text, tuple(one.path for one in found)


def test_every_kind_of_schema_has_its_field() -> None:
    assert {one.key: one.shape for one in FIELDS} == SHAPES
    assert {one.key for one in FIELDS if one.required} == {"姓名", "份数"}
    by_key = {one.key: one for one in FIELDS}
    assert by_key["证件"].title == "公民身份号码"
    assert "姓名" in by_key["股东"].hint


@pytest.mark.parametrize(
    ("key", "values", "sent"),
    [
        ("姓名", [" 向小满 "], '"向小满"'),
        ("金额", ["12.50"], "12.50"),
        ("金额", ["90071992547409931234"], "90071992547409931234"),
        ("金额", ["很多"], '"很多"'),
        ("金额", ["NaN"], '"NaN"'),
        ("份数", ["007"], '"007"'),
        ("时刻", ["2026-11-24T10:00"], '"2026-11-24T10:00:00+08:00"'),
        ("原因", ['"遗失"'], '"遗失"'),
        ("原因", ["1"], "1"),
        ("原因", ["别的"], '"别的"'),
        ("同意", ["false"], "false"),
        ("地区", ["恩施\n\n 利川 "], '["恩施", "利川"]'),
        ("数列", ["1.50\nx"], '[1.50, "x"]'),
        ("语种", ['"中文"', '"英文"', "evil"], '["中文", "英文"]'),
        ("股东", ['[{"姓名": "向"}]'], '[{"姓名": "向"}]'),
    ],
)
def test_what_was_typed_is_sent_as_it_was(key: str, values: list[str], sent: str) -> None:
    text, wrong = typed(**{key: values})
    assert text == f'{{"{key}": {sent}}}'
    assert wrong == ()
    json.loads(text)


def test_empty_fields_are_left_out_and_no_json_is_told() -> None:
    assert typed(姓名=["  "], 地区=[""], 语种=[]) == ("{}", ())
    assert typed(股东=["[{"], 任意=["{'a': 1}"]) == ("{}", ("form.股东", "form.任意"))


def test_a_form_fills_its_fields_and_a_correction_changes_nothing_else() -> None:
    before = '{"姓名":"向小满","金额":12.50,"流水号":90071992547409931234,"语种":["中文"],"同意":true,"附": 1e400}'
    shown = typed_values(FIELDS, before)
    assert shown["form.金额"] == ("12.50",)
    assert shown["form.语种"] == ('"中文"',)
    assert shown["form.同意"] == ("true",)
    name = [one for one in FIELDS if one.key == "姓名"]
    assert corrected_form(before, name, lambda _: ["向小满"]) == (before, ())
    after, wrong = corrected_form(before, name, lambda _: ["向大满"])
    assert wrong == ()
    assert after == (
        '{"姓名": "向大满", "金额": 12.50, "流水号": 90071992547409931234, "语种": ["中文"], "同意": true, "附": 1e400}'
    )
    assert corrected_form(before, name, lambda _: [""])[0].startswith('{"金额"')


@pytest.mark.parametrize(
    "schema", ["", "{}", "[]", "no json", '{"properties": {}}', '{"allOf": [{"$ref": "#/$defs/x"}]}']
)
def test_a_schema_without_fields_has_none(schema: str) -> None:
    assert fields_of(schema) == ()


@pytest.mark.parametrize(
    ("kinds", "typed_in", "text"),
    [
        (["integer", "string"], "00123", '{"流水号": "00123"}'),
        (["null", "string", "number"], "12", '{"流水号": "12"}'),
        (["integer", "number"], "12.50", '{"流水号": 12.50}'),
    ],
)
def test_a_field_of_several_simple_kinds_is_typed_as_it_is(kinds: list[str], typed_in: str, text: str) -> None:
    fields = fields_of(json.dumps({"properties": {"流水号": {"type": kinds}}}))
    assert fields[0].shape in (Shape.LINE, Shape.NUMBER), "nobody at a window writes JSON"
    assert form_text(fields, lambda _: [typed_in]) == (text, ())
