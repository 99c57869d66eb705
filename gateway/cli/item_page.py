"""One item as a clerk reads it: what to fill in, what to bring, how long it takes, what it costs."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from gateway.case.code.divisions import Divisions
from gateway.case.item.definition import ItemDefinition, ItemMaterial, ItemState, Need, TimeLimit
from gateway.case.item.limit_rules import limit_text
from gateway.case.item.words import (
    CASE_TYPE_TEXT,
    MODE_TEXT,
    NEED_TEXT,
    OBJECT_TEXT,
    SHAPE_TEXT,
    SUSPENSION_TEXT,
    WAY_TEXT,
)
from gateway.case.texts import Text
from gateway.catalogue import vocabularies as words
from gateway.catalogue.vocabulary import Vocabulary
from gateway.cli.speech import Speaker

STATE_TEXTS = {
    ItemState.IN_USE: Text("在用", "in use"),
    ItemState.PAUSED: Text("暂停", "paused"),
    ItemState.CANCELLED: Text("取消", "cancelled"),
}
_TYPES = {
    "string": Text("文字", "text"),
    "integer": Text("整数", "whole number"),
    "number": Text("数字", "number"),
    "boolean": Text("是/否", "yes or no"),
    "array": Text("可填多行", "several rows"),
    "object": Text("一组内容", "a group"),
}


def tell_item(speaker: Speaker, definition: ItemDefinition, divisions: Divisions) -> None:
    """Print an item as a checklist."""
    d = definition
    sample = _SAMPLE.say(speaker.lang) if d.sample else ""
    speaker.say(f"{d.name}{sample}")
    for label, value in _facts(d, divisions):
        if value.say(speaker.lang):
            speaker.say(f"  {label.say(speaker.lang)}: {value.say(speaker.lang)}")
    _tell_form(speaker, d.form_schema)
    _tell_materials(speaker, d)
    _tell_steps(speaker, d)


def limit_said(limit: TimeLimit | None) -> Text:
    """Return a limit for people, a dash where there is none."""
    return Text("-", "-") if limit is None else limit_text(limit)


def _facts(d: ItemDefinition, divisions: Divisions) -> Iterator[tuple[Text, Text]]:
    yield Text("基本编码", "basic code"), _same(d.basic_code)
    yield Text("实施编码", "task code"), _same(d.task_code)
    for one in d.handling_items:
        yield Text("业务办理项", "handling item"), _same(f"{one.code} {one.name}".strip())
    yield Text("适用区划", "place"), _same(f"{d.division} {divisions.named(d.division)}")
    yield Text("版本", "version"), _VERSION.format(n=d.version, day=d.valid_from, state=STATE_TEXTS[d.state])
    yield Text("事项类型", "type"), _same(_word(words.ITEM_TYPES, d.item_type))
    yield Text("行使层级", "level"), _same(_word(words.LEVELS, d.exercise_level))
    yield Text("受理层级", "handed in at"), _same("、".join(_word(words.LEVELS, one) for one in d.acceptance_levels))
    yield Text("实施主体", "department"), _same(d.department)
    yield Text("服务对象", "serves"), _listed([OBJECT_TEXT[one] for one in d.service_objects])
    yield Text("通办方式", "modes"), _listed([MODE_TEXT[mode] for mode in d.modes])
    yield Text("办理形式", "ways"), _listed([WAY_TEXT[one] for one in d.ways])
    yield Text("办件类型", "kind of case"), CASE_TYPE_TEXT[d.case_type]
    yield Text("法定时限", "legal limit"), limit_said(d.legal_limit)
    yield Text("承诺时限", "promised limit"), limit_said(d.promised_limit)
    yield Text("受理时限", "acceptance limit"), limit_said(d.acceptance_limit)
    yield (
        Text("特别程序", "special procedures"),
        _listed([SUSPENSION_TEXT[one] for one in d.special_procedures]),
    )
    yield (
        Text("到现场次数", "visits"),
        _same(("-" if d.visits is None else f"{d.visits}") + (f" ({d.visits_reason})" if d.visits_reason else "")),
    )
    yield Text("收费", "fee"), _FEE.format(basis=d.fee_basis) if d.fee_charged else Text("不收费", "none")
    yield Text("办理结果", "result"), _same(d.result_name)
    yield Text("办公时间", "office hours"), _same(d.office_hours)
    for basis in d.legal_bases:
        yield Text("设定依据", "legal basis"), _same(basis)


def _tell_form(speaker: Speaker, schema: str) -> None:
    form: Mapping[str, Any] = json.loads(schema) if schema else {}
    fields = form.get("properties") or {}
    speaker.say("")
    speaker.say(_FORM.format(count=len(fields)))
    required = set(form.get("required") or ())
    for name, rule in fields.items():
        field: Mapping[str, Any] = rule if isinstance(rule, dict) else {}
        title = str(field.get("title") or name)
        shown = title if title == name else f"{title} ({name})"
        needed = (NEED_TEXT[Need.REQUIRED] if name in required else NEED_TEXT[Need.OPTIONAL]).say(speaker.lang)
        speaker.say(f"  - {shown}: {needed}, {_kind(field).say(speaker.lang)}")


def _kind(field: Mapping[str, Any]) -> Text:
    options = field.get("enum")
    if options:
        listed = "、".join(str(option) for option in options)
        return Text(f"选一项: {listed}", f"one of: {listed}")
    if field.get("format") == "date":
        return Text("日期", "a date")
    kinds = field.get("type")
    kinds = kinds if isinstance(kinds, list) else [kinds]
    return _listed([_TYPES[kind] for kind in kinds if kind in _TYPES]) if kinds != [None] else Text("不限", "anything")


def _tell_materials(speaker: Speaker, d: ItemDefinition) -> None:
    speaker.say("")
    speaker.say(_MATERIALS.format(count=len(d.materials)))
    for material in d.materials:
        facts = [NEED_TEXT[material.need], SHAPE_TEXT[material.shape], *_counts(material)]
        said = ", ".join(fact.say(speaker.lang) for fact in facts)
        speaker.say(f"  - {material.list_code} {material.name}: {said}")
        if material.standard:
            speaker.say(f"      {material.standard}")
        if material.licence_type_code:
            speaker.say(f"      {_LICENCE.format(code=material.licence_type_code).say(speaker.lang)}")


def _counts(material: ItemMaterial) -> Iterator[Text]:
    if material.originals:
        yield Text(f"原件 {material.originals} 份", f"{material.originals} original(s)")
    if material.copies:
        yield Text(f"复印件 {material.copies} 份", f"{material.copies} copy(ies)")


def _tell_steps(speaker: Speaker, d: ItemDefinition) -> None:
    speaker.say("")
    speaker.say(_STEPS.format(count=len(d.steps)))
    for number, step in enumerate(d.steps, 1):
        limit = f" ({limit_text(step.limit).say(speaker.lang)})" if step.limit else ""
        speaker.say(f"  {number}. {step.name}{limit}")


def _word(vocabulary: Vocabulary, value: object) -> str:
    return next((option.word for option in vocabulary.options if option.value == value), str(value))


def _same(said: str) -> Text:
    return Text(said, said)


def _listed(texts: list[Text]) -> Text:
    return Text("、".join(text.zh for text in texts), ", ".join(text.en for text in texts))


_SAMPLE = Text(" 【示例】", " [sample]")
_VERSION = Text("第 {n} 版, {day} 起, {state}", "{n}, from {day}, {state}")
_FEE = Text("收费, 依据: {basis}", "charged, by {basis}")
_FORM = Text("表单 ({count} 项)", "form ({count} fields)")
_MATERIALS = Text("材料 ({count} 项)", "materials ({count})")
_STEPS = Text("环节 ({count} 个)", "steps ({count})")
_LICENCE = Text("可用电子证照代替, 类型 {code}", "an electronic licence of type {code} may stand in")
