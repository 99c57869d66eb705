"""Mistakes in a form, in words a window clerk understands: which field, what is wrong, what to do.

What somebody filled in is never repeated; a key that the schema does not know is shown only if it looks like a field's.
"""

from collections.abc import Callable, Iterable
from datetime import date
from decimal import Decimal
from difflib import get_close_matches
from typing import TypeVar

from jsonschema import ValidationError

from gateway.case.form.formats import format_problems, wanted
from gateway.case.form.patterns import Pattern
from gateway.case.form.prepared import NEVER, Choices
from gateway.case.form.schema_keywords import TYPES
from gateway.case.form.text import shown_key
from gateway.case.texts import Text

Word = TypeVar("Word")
Said = tuple[Text, Text]
"""What is wrong, to follow the name of the field; what to do."""

_CHOICES_SHOWN = 20
_KEYS_SHOWN = 10
_LONGEST_GUESS = 50

_AGAIN = Text("改正后重新提交", "correct it and submit again")
_FILL_IN = Text("填写后重新提交", "fill it in and submit again")
REQUIRED: Said = (Text("必填", "is required"), _FILL_IN)


def said(error: ValidationError, today: date) -> tuple[Said, ...]:
    """Return what one mistake means; anyOf and oneOf are told by their branches, elsewhere."""
    rule = _RULES.get(str(error.validator))
    if rule:
        return (rule(error),)
    if error.validator == "format":
        return _format(error, today)
    if error.validator == "additionalProperties":
        return tuple(_unknown_keys(error))
    return ((Text("不符合要求", "does not fit"), _AGAIN),)


def number_text(number: object) -> str:
    """Return a number as people write it: without an exponent, without needless zeros."""
    assert isinstance(number, Decimal | int), "bounds are numbers"
    plain = format(Decimal(number), "f")
    return (plain.rstrip("0").rstrip(".") or "0") if "." in plain else plain


def value_text(value: object) -> Text:
    """Return a value of a schema, never one of a form, as people write it."""
    if isinstance(value, str):
        return Text(value, value)
    if isinstance(value, bool):
        return Text("是", "true") if value else Text("否", "false")
    if isinstance(value, Decimal):
        return Text(number_text(value), number_text(value))
    return Text("空值", "null") if value is None else Text("(一组值)", "(a group of values)")


def joined(texts: Iterable[Text], zh: str = "、", en: str = ", ") -> Text:
    """Return texts in one line."""
    listed = tuple(texts)
    return Text(zh.join(one.zh for one in listed), en.join(one.en for one in listed))


def _word(error: ValidationError, kind: type[Word]) -> Word:
    """Return what the schema says for the keyword, as it was prepared."""
    said_there = error.validator_value
    assert isinstance(said_there, kind), "schemas are prepared before forms are checked"
    return said_there


def _type(error: ValidationError) -> Said:
    if error.instance is None:
        return Text("必填, 不能为空", "is required and must not be null"), _FILL_IN
    kinds = _word(error, tuple)
    listed = joined((TYPES[kind] for kind in kinds), "或", " or ")
    return Text("格式不正确: 应为{kinds}", "must be {kinds}").format(kinds=listed), _AGAIN


def _choices(error: ValidationError) -> Said:
    choices = _word(error, Choices)
    listed = joined(map(value_text, choices.values[:_CHOICES_SHOWN]))
    if len(choices.values) == 1:
        return Text("应为“{listed}”", "must be “{listed}”").format(listed=listed), _AGAIN
    more = len(choices.values) - _CHOICES_SHOWN
    tail = Text(f"等 {len(choices.values)} 项", f" and {more} more") if more > 0 else Text("", "")
    problem = Text("应为下列之一: {listed}{tail}", "must be one of: {listed}{tail}").format(listed=listed, tail=tail)
    return problem, Text("从中选一项后重新提交", "choose one of them and submit again")


def _least_length(error: ValidationError) -> Said:
    if not error.instance:
        return Text("必填, 不能为空", "is required and must not be empty"), _FILL_IN
    return _bound("至少 {bound} 字", "needs at least {bound} characters")(error)


def _least_items(error: ValidationError) -> Said:
    if not error.instance:
        return Text("必填, 至少 {n} 项", "is required: at least {n} entries").format(n=error.validator_value), _FILL_IN
    return _bound("至少 {bound} 项", "needs at least {bound} entries")(error)


def _pattern(error: ValidationError) -> Said:
    described = error.schema.get("description", "") if isinstance(error.schema, dict) else ""
    if described:
        return Text("格式不正确: 应为{d}", "is not written as it must be: {d}").format(d=described), _AGAIN
    return (
        Text("格式不正确: 应符合 {p}", "is not written as it must be: {p}").format(p=_word(error, Pattern).text),
        _AGAIN,
    )


def _multiple(error: ValidationError) -> Said:
    step = _word(error, Decimal)
    _, digits, exponent = step.normalize().as_tuple()
    if digits == (1,) and isinstance(exponent, int) and exponent < 0:
        return Text(f"最多 {-exponent} 位小数", f"has at most {-exponent} decimal places"), _AGAIN
    if digits == (1,) and exponent == 0:
        return Text("应为整数", "must be a whole number"), _AGAIN
    return _bound("应为 {bound} 的整数倍", "must be a multiple of {bound}")(error)


def _format(error: ValidationError, today: date) -> tuple[Said, ...]:
    name = str(error.validator_value)
    problems = format_problems(name, str(error.instance), today) or (wanted(name),)
    if problems == (wanted(name),):
        return ((Text("格式不正确: 应为{wanted}", "must be {wanted}").format(wanted=wanted(name)), _AGAIN),)
    return tuple((Text("格式不正确: {p}", "is wrong: {p}").format(p=problem), _AGAIN) for problem in problems)


def _unknown_keys(error: ValidationError) -> Iterable[Said]:
    assert isinstance(error.instance, dict), "only an object has properties"
    known = error.schema.get("properties", {}) if isinstance(error.schema, dict) else {}
    extra = [(n, key) for n, key in enumerate(error.instance, 1) if key not in known]
    for position, key in extra[:_KEYS_SHOWN]:
        guess = get_close_matches(key, known, n=1, cutoff=0.6) if len(key) <= _LONGEST_GUESS else []
        yield (
            Text("第 {n} 个键 {key} 不在表单中", "has a key (number {n}, {key}) that the form does not know").format(
                n=position, key=shown_key(key)
            ),
            Text(f"是不是“{guess[0]}”?", f"did you mean '{guess[0]}'?")
            if guess
            else Text("删去它, 或按对方的表单填写", "remove it, or use the handler's form"),
        )
    if (more := len(extra) - _KEYS_SHOWN) > 0:
        yield Text(f"还有 {more} 个键不在表单中", f"has {more} more unknown keys"), _AGAIN


def _bound(zh: str, en: str) -> Callable[[ValidationError], Said]:
    def say(error: ValidationError) -> Said:
        return Text(zh, en).format(bound=number_text(error.validator_value)), _AGAIN

    return say


def _plain(zh: str, en: str) -> Callable[[ValidationError], Said]:
    return lambda _: (Text(zh, en), _AGAIN)


_RULES: dict[str, Callable[[ValidationError], Said]] = {
    "required": lambda _: REQUIRED,
    "type": _type,
    "enum": _choices,
    "const": _choices,
    "minLength": _least_length,
    "maxLength": _bound("最多 {bound} 字", "has at most {bound} characters"),
    "minItems": _least_items,
    "maxItems": _bound("最多 {bound} 项", "has at most {bound} entries"),
    "uniqueItems": _plain("有重复的项", "has the same entry twice"),
    "minimum": _bound("不能小于 {bound}", "must be at least {bound}"),
    "maximum": _bound("不能大于 {bound}", "must be at most {bound}"),
    "exclusiveMinimum": _bound("应大于 {bound}", "must be greater than {bound}"),
    "exclusiveMaximum": _bound("应小于 {bound}", "must be less than {bound}"),
    "multipleOf": _multiple,
    "pattern": _pattern,
    NEVER: _plain("不应填写", "must not be filled in"),
}
