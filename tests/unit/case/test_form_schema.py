"""Forms against their schemas: what a schema may say, and every gap of a form at once in a clerk's words."""

import json
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from gateway.case.form.formats import FORMATS
from gateway.case.form.json_exact import is_multiple, read_exact, same_key
from gateway.case.form.keywords import STEPS, Run, TooManyStepsError, errors_of
from gateway.case.form.prepared import prepared
from gateway.case.form.schema import MOST_FINDINGS, form_problems, schema_problems
from gateway.case.form.schema_keywords import RULES
from gateway.case.form.text import FORM_BYTES, check_form

TODAY = date(2026, 11, 24)


def schema(**changes: Any) -> str:
    return json.dumps({"type": "object"} | changes, ensure_ascii=False)


def of(**fields: Any) -> str:
    return schema(properties=fields)


def told(form: object, text: str) -> list[tuple[str, str]]:
    written = form if isinstance(form, str) else json.dumps(form, ensure_ascii=False)
    return [(one.path, one.problem.zh) for one in form_problems(written, text, today=TODAY)]


def wrong(text: str) -> list[str]:
    return [one.path for one in schema_problems(text)]


CARD = (
    schema(
        additionalProperties=False,
        required=["持卡人姓名", "证件号码"],
        properties={
            "持卡人姓名": {"type": "string", "minLength": 2, "maxLength": 20},
            "证件号码": {"$ref": "#/$defs/id", "title": "公民身份号码"},
            "金额": {"type": "number", "minimum": 0, "multipleOf": 0.01},
            "换领原因": {"enum": ["损坏", "遗失"]},
            "家庭成员": {
                "type": "array",
                "maxItems": 3,
                "uniqueItems": True,
                "items": {
                    "type": "object",
                    "required": ["姓名"],
                    "properties": {"姓名": {"type": "string", "title": "成员姓名"}, "出生": {"format": "date"}},
                },
            },
        },
    )[:-1]
    + ', "$defs": {"id": {"type": "string", "format": "resident-id"}}}'
)


def test_every_gap_is_told_at_once_with_title_place_and_words_of_a_clerk() -> None:
    found = told(
        {
            "持卡人姓名": "𠮷",
            "金额": 12.505,
            "换领原因": "其他",
            "家庭成员": [{}, {"姓名": 3, "出生": "2026-02-30"}, {}],
        },
        CARD,
    )

    assert found == [
        ("form.证件号码", "“公民身份号码”必填"),
        ("form.持卡人姓名", "“持卡人姓名”至少 2 字"),
        ("form.金额", "“金额”最多 2 位小数"),
        ("form.换领原因", "“换领原因”应为下列之一: 损坏、遗失"),
        ("form.家庭成员", "“家庭成员”有重复的项"),
        ("form.家庭成员[0].姓名", "“家庭成员”第 1 项“成员姓名”必填"),
        ("form.家庭成员[1].姓名", "“家庭成员”第 2 项“成员姓名”格式不正确: 应为文字"),
        ("form.家庭成员[1].出生", "“家庭成员”第 2 项“出生”格式不正确: 应为日期, 如 2026-03-01"),
        ("form.家庭成员[2].姓名", "“家庭成员”第 3 项“成员姓名”必填"),
    ]


def test_a_right_form_has_no_gaps_and_neither_has_any_form_of_an_item_without_a_schema() -> None:
    assert told({"持卡人姓名": "向小满", "证件号码": "422801199001010026", "金额": 12.50}, CARD) == []
    assert told({"anything": [1]}, "") == []


def test_a_misspelt_key_is_told_by_its_place_with_what_was_meant_and_is_never_shown() -> None:
    (found,) = form_problems('{"证件号码": "422801199001010026", "持卡人姓名": "向小满", "换领原困": "损坏"}', CARD)

    assert found.path == "form"
    assert "第 3 个键" in found.problem.zh
    assert "换领原困" not in found.problem.zh + found.fix.zh
    assert found.fix.zh == "是不是“换领原因”?"


SECRETS = ("向小满秘密", "13912345678", "422801199001010018X", "42.4242")


@pytest.mark.parametrize("keyword", sorted(RULES))
def test_no_finding_ever_repeats_what_was_filled_in(keyword: str) -> None:
    says: dict[str, Any] = {
        "type": "boolean", "enum": ["x"], "const": "x", "minLength": 90, "maxLength": 1, "pattern": "^z$",
        "minimum": 10**9, "maximum": -1, "exclusiveMinimum": 10**9, "exclusiveMaximum": -1, "multipleOf": 7,
        "format": "mobile", "items": False, "minItems": 90, "maxItems": 0, "required": ["缺"],
        "additionalProperties": False, "anyOf": [{"const": 1}, {"type": "null"}], "oneOf": [{}, {}],
        "allOf": [{"const": 1}], "if": True, "not": {},
    }  # fmt: skip
    if keyword not in says:
        return
    inner = {keyword: says[keyword]} | ({"then": {"const": 1}} if keyword == "if" else {})
    values = [*SECRETS, Decimal(SECRETS[3]), [*SECRETS], {name: name for name in SECRETS}]
    for value in values:
        form = json.dumps({"字段": value}, ensure_ascii=False, default=str).replace('"42.4242"', SECRETS[3])
        for one in form_problems(form, of(字段=inner), today=TODAY):
            said = f"{one.path} {one.problem.zh} {one.problem.en} {one.fix.zh} {one.fix.en}"
            assert not any(secret in said for secret in SECRETS), said


@pytest.mark.parametrize(
    ("rule", "value", "said"),
    [
        ({"type": "string"}, None, "必填, 不能为空"),
        ({"type": ["string", "null"]}, None, ""),
        ({"type": "integer"}, 1.0, ""),
        ({"type": "integer"}, 1.5, "格式不正确: 应为整数"),
        ({"type": "integer"}, True, "格式不正确: 应为整数"),
        ({"const": True}, 1, "应为“是”"),
        ({"const": 1}, 1.0, ""),
        ({"enum": [1, "一"]}, True, "应为下列之一: 1、一"),
        ({"enum": [{"a": [1.0]}]}, {"a": [1]}, ""),
        ({"minLength": 1}, "", "必填, 不能为空"),
        ({"maxLength": 2}, "𠮷𡈽", ""),
        ({"maxLength": 2}, "𠮷𡈽㭎", "最多 2 字"),
        ({"minimum": 0.1}, 0.1, ""),
        ({"minimum": 0.1}, 0.05, "不能小于 0.1"),
        ({"exclusiveMaximum": 100}, 100, "应小于 100"),
        ({"multipleOf": 0.01}, 19.99, ""),
        ({"multipleOf": 1}, 2.5, "应为整数"),
        ({"multipleOf": 0.5}, 0.75, "应为 0.5 的整数倍"),
        ({"pattern": "^[A-Z]+$", "description": "大写字母"}, "a", "格式不正确: 应为大写字母"),
        ({"pattern": r"^[\u4e00-\u9fff·]+$"}, "阿依·古丽", ""),
        ({"pattern": "b"}, "abc", ""),
        ({"minItems": 1}, [], "必填, 至少 1 项"),
        ({"uniqueItems": True}, [1, 1.0], "有重复的项"),
        ({"uniqueItems": True}, [1, True], ""),
        (False, 1, "不应填写"),
        ({"format": "mobile"}, "1390000000", "格式不正确: 手机号码应为"),
        ({"format": "uscc"}, "91370406L24894136J", ""),
        ({"format": "division"}, "50011", "格式不正确: 应为6 位或 12 位行政区划代码"),
        ({"format": "date"}, "2026-02-29", "格式不正确: 应为日期"),
        ({"format": "date"}, "20260301", "格式不正确: 应为日期"),
        ({"format": "date-time"}, "2026-03-01T08:30:00+08:00", ""),
        ({"format": "date-time"}, "2026-03-01 08:30:00", "格式不正确: 应为时刻"),
        ({"format": "email"}, "a..b@example.cn", "格式不正确: 应为电子邮箱"),
        ({"format": "email"}, 5, ""),
        ({"format": "resident-id"}, "422801199001010018", ""),
        ({"format": "resident-id"}, "422801199001010019", "格式不正确: 公民身份号码校验位不正确"),
        ({"format": "resident-id"}, "422801203001010015", "格式不正确: 公民身份号码"),
    ],
)
def test_a_keyword_acts_as_json_schema_says_and_speaks_chinese(rule: object, value: object, said: str) -> None:
    found = told({"金额": value}, of(金额=rule))

    if said:
        assert found[0][0] == "form.金额"
        assert found[0][1].startswith(f"“金额”{said}")
    else:
        assert found == []


def test_one_of_several_fields_is_told_as_a_choice() -> None:
    either = schema(
        properties={"手机": {"title": "手机号码"}, "座机": {"title": "固定电话"}},
        anyOf=[{"required": ["手机"]}, {"required": ["座机"]}],
    )

    assert told({}, either) == [("form", "“手机号码”、“固定电话”至少填一项")]
    assert told({"座机": "x"}, either) == []
    only = either.replace("anyOf", "oneOf")
    assert told({}, only) == [("form", "“手机号码”、“固定电话”应填且只填一项")]
    assert told({"手机": "x", "座机": "x"}, only) == [("form", "表单同时符合几种填法, 只能选一种")]


def test_of_several_ways_the_nearest_is_told() -> None:
    ways = of(
        联系={
            "oneOf": [
                {"properties": {"方式": {"const": "电话"}, "号码": {"format": "mobile"}}, "required": ["方式", "号码"]},
                {"properties": {"方式": {"const": "邮寄"}, "地址": {"minLength": 5}}, "required": ["方式", "地址"]},
            ]
        }
    )

    assert told({"联系": {"方式": "邮寄"}}, ways) == [("form.联系.地址", "“联系”“地址”必填")]


def test_what_holds_under_a_condition_is_demanded_only_then() -> None:
    when = schema(
        properties={"邮寄": {"type": "boolean"}},
        **{"if": {"properties": {"邮寄": {"const": True}}, "required": ["邮寄"]}, "then": {"required": ["地址"]}},
    )

    assert told({"邮寄": True}, when) == [("form.地址", "“地址”必填")]
    assert told({"邮寄": False}, when) == []


def test_at_most_a_hundred_findings_are_told_and_the_rest_is_counted() -> None:
    found = told({"行": [0] * 250}, of(行={"items": {"type": "string"}}))

    assert len(found) == MOST_FINDINGS
    assert found[-1] == ("form", "还有 151 处")


@pytest.mark.parametrize(
    ("text", "paths"),
    [
        ("[]", ["form_schema"]),
        ("{", ["form_schema"]),
        ('{"a": 1, "a": 2}', ["form_schema"]),
        ('{"type": "array"}', ["form_schema.type"]),
        (of(a={"unevaluatedProperties": False}), ["form_schema.properties.a.unevaluatedProperties"]),
        (of(a={"patternProperties": {}}), ["form_schema.properties.a.patternProperties"]),
        (of(a={"$dynamicRef": "#x"}), ["form_schema.properties.a.$dynamicRef"]),
        (of(a={"maxlength": 3}), ["form_schema.properties.a.maxlength"]),
        (of(a={"$ref": "https://example.cn/x.json"}), ["form_schema.properties.a.$ref"]),
        (of(a={"$ref": "other.json#/$defs/x"}), ["form_schema.properties.a.$ref"]),
        (of(a={"$ref": "#/$defs/none"}), ["form_schema.properties.a.$ref"]),
        (of(a={"$ref": "#"}), ["form_schema.properties.a.$ref"]),
        (of(a={"$ref": "#/properties/a"}), ["form_schema.properties.a.$ref"]),
        (of(a={"pattern": "(?=x)"}), ["form_schema.properties.a.pattern"]),
        (of(a={"pattern": r"(a)\1"}), ["form_schema.properties.a.pattern"]),
        (of(a={"pattern": "((x{0,900}){0,900}){0,900}"}), ["form_schema.properties.a.pattern"]),
        (of(a={"pattern": "("}), ["form_schema.properties.a.pattern"]),
        (of(a={"format": "ipv4"}), ["form_schema.properties.a.format"]),
        (of(a={"type": "date"}), ["form_schema.properties.a.type"]),
        (of(a={"minLength": -1}), ["form_schema.properties.a.minLength"]),
        (of(a={"maxLength": 1.5}), ["form_schema.properties.a.maxLength"]),
        (of(a={"minLength": 5, "maxLength": 3}), ["form_schema.properties.a.minLength"]),
        (of(a={"multipleOf": 0}), ["form_schema.properties.a.multipleOf"]),
        (of(a={"enum": []}), ["form_schema.properties.a.enum"]),
        (of(a={"then": {}}), ["form_schema.properties.a.if"]),
        (of(a={"items": [{}]}), ["form_schema.properties.a.items"]),
        (schema(required=["a", "a"]), ["form_schema.required"]),
        (schema(required=["a"], additionalProperties=False), ["form_schema.required"]),
        (schema(additionalProperties={"type": "string"}), ["form_schema.additionalProperties"]),
        (schema(**{"$schema": "http://json-schema.org/draft-07/schema#"}), ["form_schema.$schema"]),
        ('{"$defs": {"a": {"$ref": "#/$defs/a"}}}', ["form_schema.$defs.a"]),
        ('{"$defs": {"a": {"items": {"$ref": "#/$defs/b"}}, "b": {"allOf": [{"$ref": "#/$defs/a"}]}}}',
         ["form_schema.$defs.a"]),
        (json.dumps({"type": "object", "description": "x" * 70_000}), ["form_schema"]),
    ],
)  # fmt: skip
def test_what_a_schema_may_not_say_is_named_at_its_place(text: str, paths: list[str]) -> None:
    assert wrong(text) == paths


def test_a_schema_may_use_what_bureaus_write() -> None:
    assert wrong(CARD) == []
    assert wrong(schema(**{"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": "x", "title": "表"})) == []
    assert wrong(of(a={"default": 1, "examples": [2], "readOnly": True, "$comment": "注"})) == []
    assert wrong(of(**{f"f{n}": {"format": name} for n, name in enumerate(FORMATS)})) == []
    assert wrong('{"$defs": {"证件": {}}, "properties": {"a": {"$ref": "#/$defs/%E8%AF%81%E4%BB%B6"}}}') == []


def test_a_schema_with_problems_checks_no_form_and_lets_none_through() -> None:
    assert told({}, '{"type": "array"}') == [("form", "本事项的表单定义有 1 处错误, 无法核对表单")]


def test_a_property_may_be_called_like_a_keyword() -> None:
    text = of(**{"type": {"type": "string"}, "$ref": {"type": "string"}, "$defs": {"type": "string"}})

    assert wrong(text) == []
    assert told({"$ref": 1}, text) == [("form.$ref", "“$ref”格式不正确: 应为文字")]


def nested(depth: int) -> str:
    inner: dict[str, Any] = {}
    for _ in range(depth - 1):
        inner = {"properties": {"a": inner}}
    return json.dumps(inner)


def test_sixteen_schemas_inside_each_other_are_taken_and_seventeen_are_not() -> None:
    assert wrong(nested(16)) == []
    assert len(wrong(nested(17))) == 1
    assert len(wrong(nested(400))) == 1


def test_depth_and_size_count_with_references_followed() -> None:
    chain = {f"d{n}": {"allOf": [{"$ref": f"#/$defs/d{n + 1}"}]} for n in range(20)} | {"d20": {}}
    assert wrong(json.dumps({"$defs": chain, "$ref": "#/$defs/d0"})) == ["form_schema"]
    doubling = {f"d{n}": {"allOf": [{"$ref": f"#/$defs/d{n + 1}"}] * 50} for n in range(5)} | {"d5": {}}
    assert wrong(json.dumps({"$defs": doubling, "$ref": "#/$defs/d0"})) == ["form_schema"]


def test_numbers_are_decimals_of_any_length_and_never_rounded() -> None:
    cents = of(金额={"type": "number", "multipleOf": 0.01}, 数={"type": "integer", "maximum": 5})
    long = "9" * 5_000

    assert told('{"金额": 0.30000000000000004}', cents) == [("form.金额", "“金额”最多 2 位小数")]
    assert told(f'{{"金额": {long}.25}}', cents) == []
    assert told(f'{{"金额": {long}.255}}', cents) == [("form.金额", "“金额”最多 2 位小数")]
    assert told(f'{{"数": {long}}}', cents) == [("form.数", "“数”不能大于 5")]
    assert told('{"数": 1e-999999}', cents) == [("form.数", "“数”格式不正确: 应为整数")]
    assert told('{"数": 1e999999999}', cents) == [("form.数", "“数”不能大于 5")]
    assert told('{"数": 1e99999999999999999999}', cents) == [("form", "表单中有数字大到无法核对")]


@given(st.decimals(allow_nan=False, allow_infinity=False, places=4), st.integers(1, 10**6), st.integers(-4, 3))
def test_multiples_are_exact(number: Decimal, coefficient: int, exponent: int) -> None:
    step = Decimal(coefficient).scaleb(exponent)

    assert is_multiple(number, step) == ((Fraction(number) / Fraction(step)).denominator == 1)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.sampled_from(["", "a", "向", "ab", "1"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["a", "b", "c"]), inner, max_size=3),
    max_leaves=8,
)


@st.composite
def schemas(draw: Any, depth: int = 3) -> Any:
    if depth == 0 or draw(st.integers(0, 9)) == 9:
        return draw(st.sampled_from([True, False, {}]))
    inner = schemas(depth=depth - 1)
    made: dict[str, Any] = {}
    choices = {
        "type": st.sampled_from(["object", "array", "string", "integer", "number", "boolean", "null"]),
        "properties": st.dictionaries(st.sampled_from(["a", "b"]), inner, max_size=2),
        "required": st.lists(st.sampled_from(["a", "b", "c"]), max_size=2, unique=True),
        "enum": st.lists(JSON, min_size=1, max_size=3),
        "const": JSON,
        "minLength": st.integers(0, 2),
        "maxLength": st.integers(2, 3),
        "pattern": st.sampled_from(["^a", "b$", "[0-9]"]),
        "minimum": st.integers(-2, 0),
        "exclusiveMaximum": st.integers(1, 3),
        "multipleOf": st.sampled_from([1, 2]),
        "items": inner,
        "minItems": st.integers(0, 1),
        "maxItems": st.integers(1, 2),
        "uniqueItems": st.booleans(),
        "allOf": st.lists(inner, min_size=1, max_size=2),
        "anyOf": st.lists(inner, min_size=1, max_size=2),
        "oneOf": st.lists(inner, min_size=1, max_size=2),
        "if": inner,
    }
    for name in draw(st.lists(st.sampled_from(sorted(choices)), max_size=4, unique=True)):
        made[name] = draw(choices[name])
    if "if" in made:
        made |= {"then": draw(inner), "else": draw(inner)}
    return made


@given(schemas(), st.dictionaries(st.sampled_from(["a", "b", "c"]), JSON, max_size=3))
@settings(max_examples=300)
def test_a_form_is_right_exactly_when_json_schema_says_so(made: Any, form: dict[str, Any]) -> None:
    text = json.dumps({"properties": {"f": made}, "type": "object"})
    if schema_problems(text):
        return

    assert (form_problems(json.dumps({"f": form}), text) == ()) == Draft202012Validator(made).is_valid(form)


@given(JSON, JSON)
def test_values_have_one_key_exactly_when_json_holds_them_equal(one: Any, other: Any) -> None:
    first, second = read_exact(json.dumps(one)), read_exact(json.dumps(other))

    assert (same_key(first) == same_key(second)) == Draft202012Validator({"const": one}).is_valid(other)


def steps_of(schema_text: str, form_text: str) -> int:
    tree = read_exact(schema_text)
    assert isinstance(tree, dict)
    run = Run(TODAY)
    try:
        for _ in errors_of(prepared(tree, tree.get("$defs", {})), read_exact(form_text), run):
            pass
    except TooManyStepsError:
        return STEPS + 1
    return run.steps


def compact(value: object) -> str:
    return json.dumps(value, separators=(",", ":"))


HOSTILE = {
    "many branches on many rows": (
        of(a={"items": {"anyOf": [{"const": n} for n in range(50)]}}),
        compact({"a": ["x"] * 50_000}),
    ),
    "branches within branches": (
        of(a={"items": {"anyOf": [{"oneOf": [{"allOf": [{"type": "string"}] * 20}] * 10}] * 5}}),
        compact({"a": [1] * 60_000}),
    ),
    "a large enum on many rows": (
        of(a={"items": {"enum": [f"v{n}" for n in range(1000)]}}),
        compact({"a": ["x"] * 50_000}),
    ),
    "unique rows of rows": (of(a={"uniqueItems": True}), compact({"a": [[n] for n in range(30_000)]})),
    "a pattern made to be slow": (
        of(a={"items": {"pattern": "((a{0,100}){0,10}b)*c"}}),
        compact({"a": ["ab" * 60_000] * 2}),
    ),
    "thousands of unknown keys": (
        schema(additionalProperties=False, properties={f"known{n}": {} for n in range(900)}),
        compact({f"u{n}": 0 for n in range(15_000)}),
    ),
    "a number of the whole form": (of(a={"multipleOf": 0.07}), f'{{"a": {"9" * (FORM_BYTES - 10)}}}'),
    "rows that are wrong in many ways": (
        of(a={"items": {"allOf": [{"required": [f"k{n}" for n in range(900)]}]}}),
        compact({"a": [{}] * 40_000}),
    ),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_no_pair_of_schema_and_form_takes_more_than_the_steps_there_are(name: str) -> None:
    schema_text, form_text = HOSTILE[name]
    assert schema_problems(schema_text) == ()
    assert check_form(form_text) == ()

    found = form_problems(form_text, schema_text, today=TODAY)
    steps = steps_of(schema_text, form_text)

    assert len(found) <= MOST_FINDINGS
    if steps > STEPS:
        assert found[-1].problem.zh == "表单内容过多, 无法全部核对"


@given(
    st.text(max_size=60)
    | st.recursive(JSON, lambda inner: st.dictionaries(st.sampled_from(sorted(RULES)), inner), max_leaves=12).map(
        json.dumps
    )
)
@settings(max_examples=300)
def test_any_text_is_a_schema_or_is_explained(text: str) -> None:
    for one in schema_problems(text):
        assert one.path.startswith("form_schema")
        assert one.problem.zh
        assert one.fix.en
    form_problems("{}", text)
