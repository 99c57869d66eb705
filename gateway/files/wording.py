"""What does not fit, in words: one row per kind of error that pydantic reports."""

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any

from gateway.case.texts import Text
from gateway.files.findings import KeyPath
from gateway.files.misfits import shown
from gateway.files.quantities import duration_text, half_width, size_text

UNKNOWN_KEY = frozenset({"extra_forbidden", "unexpected_keyword_argument"})

Said = tuple[Text, Text]


def missing_text(path: KeyPath, words: Sequence[str], examples: Sequence[str]) -> Said:
    """Return what to say about a key that is required and not written."""
    key = path[-1] if path else ""
    problem = Text(f"缺少“{key}”", f"'{key}' is missing")
    if words:
        listed = ", ".join(words)
        return problem, Text(f"补上这一项; 可以写: {listed}", f"add it; write one of: {listed}")
    if examples:
        return problem, Text(f"补上这一项, 如 {key}: {examples[0]}", f"add it, such as {key}: {examples[0]}")
    return problem, Text("补上这一项", "add it")


def empty_text() -> Said:
    """Return what to say about a key without a value."""
    return Text("没有写值", "no value is given"), Text("写上值, 或删去这一行", "write a value, or delete the line")


def one_value_text(value: object) -> Said:
    """Return what to say about a list or a mapping where one value belongs."""
    return _KINDS["string_type"](_outline(value), {}, ())


def unknown_text(
    path: KeyPath, near: str | None, first: int | None, known: Sequence[str], homes: Sequence[str]
) -> Said:
    """Return what to say about a key that the shape does not have.

    Args:
        near: what was probably meant.
        first: the line where that already stands.
        known: what the shape has here.
        homes: where the key would be right; empty text for the top level.
    """
    key = shown(path[-1])
    problem = Text(f"不认识“{key}”", f"'{key}' is not known here")
    if near and first:
        return problem, Text(
            f"是不是“{near}”? 第 {first} 行已经写过, 只留一处",
            f"did you mean '{near}'? line {first} has it already; keep one",
        )
    if near:
        return problem, Text(f"是不是“{near}”?", f"did you mean '{near}'?")
    if homes:
        places = [home or "最外层" for home in homes]
        places_en = [home or "the top level" for home in homes]
        return problem, Text(
            f"“{key}”属于 {' 或 '.join(places)}; 检查缩进",
            f"'{key}' belongs to {' or '.join(places_en)}; check the indentation",
        )
    if not known:
        return problem, Text("删去", "delete it")
    listed = ", ".join(known)
    return problem, Text(f"这里可以写: {listed}", f"allowed here: {listed}")


def wording(kind: str, value: object, facts: Mapping[str, Any], words: Sequence[str]) -> Said:
    """Return problem and fix for an error of `kind`; `words` are the allowed ones of a closed list."""
    if kind in _KINDS:
        return _KINDS[kind](_outline(value), facts, words)
    if kind.endswith("_type"):
        return _KINDS["string_type"](_outline(value), facts, words)
    return Text(f"“{shown(value)}”不符合要求", f"'{shown(value)}' does not fit"), Text(f"要求: {kind}", f"rule: {kind}")


def _outline(value: object) -> str:
    return "{...}" if isinstance(value, dict) else "[...]" if isinstance(value, list) else shown(value)


def _closed(value: str, _facts: Mapping[str, Any], words: Sequence[str]) -> Said:
    listed = ", ".join(words)
    return Text(f"“{value}”不在可选范围", f"'{value}' is not one of the allowed words"), Text(
        f"可以写: {listed}", f"write one of: {listed}"
    )


def _number(value: str, _facts: Mapping[str, Any], _words: Sequence[str]) -> Said:
    return Text(f"“{value}”不是数字", f"'{value}' is not a number"), _retype(value, "写半角数字", "write digits")


def _flag(value: str, _facts: Mapping[str, Any], _words: Sequence[str]) -> Said:
    return Text(f"“{value}”不是是或否", f"'{value}' is neither true nor false"), Text(
        "写 true 或 false", "write true or false"
    )


def _pattern(value: str, facts: Mapping[str, Any], _words: Sequence[str]) -> Said:
    rule = facts.get("pattern", "")
    return Text(f"“{value}”的写法不对", f"'{value}' is not written as it must be"), _retype(
        value, f"要符合 {rule}", f"it must match {rule}"
    )


def _retype(value: str, zh: str, en: str) -> Text:
    narrow = half_width(value)
    return Text(f"改成半角: {narrow}", f"type it half-width: {narrow}") if narrow != value else Text(zh, en)


def _bound(zh: str, en: str, fact: str, fix_zh: str, fix_en: str) -> Callable[..., Said]:
    def say(value: str, facts: Mapping[str, Any], _words: Sequence[str]) -> Said:
        limit = _as_written(facts.get(fact), value)
        return Text(f"{value} {zh}", f"{value} is {en}"), Text(f"{fix_zh} {limit}", f"{fix_en} {limit}")

    return say


def _as_written(limit: object, value: str) -> str:
    """Return a limit as it would be written in the place of `value`."""
    if isinstance(limit, timedelta):
        return duration_text(limit)
    if isinstance(limit, int) and value.endswith("B"):
        return size_text(limit)
    return str(limit)


def _length(zh: str, en: str, fact: str, fix_zh: str, fix_en: str) -> Callable[..., Said]:
    def say(_value: str, facts: Mapping[str, Any], _words: Sequence[str]) -> Said:
        limit = facts.get(fact)
        return Text(zh, en), Text(f"{fix_zh} {limit}", f"{fix_en} {limit}")

    return say


def _kind_of(zh: str, en: str) -> Callable[..., Said]:
    def say(value: str, _facts: Mapping[str, Any], _words: Sequence[str]) -> Said:
        return Text(f"这里要写{zh}, 现在是 {value}", f"this must be {en}, not {value}"), Text(
            "照着示例文件 _example.yaml 写", "follow _example.yaml"
        )

    return say


_KINDS: dict[str, Callable[[str, Mapping[str, Any], Sequence[str]], Said]] = {
    "enum": _closed,
    "literal_error": _closed,
    "int_parsing": _number,
    "int_from_float": _number,
    "int_parsing_size": _number,
    "float_parsing": _number,
    "finite_number": _number,
    "bool_parsing": _flag,
    "string_pattern_mismatch": _pattern,
    "greater_than_equal": _bound("太小", "too small", "ge", "最小", "the least is"),
    "less_than_equal": _bound("太大", "too large", "le", "最大", "the most is"),
    "greater_than": _bound("太小", "too small", "gt", "要大于", "it must be above"),
    "less_than": _bound("太大", "too large", "lt", "要小于", "it must be below"),
    "string_too_short": _length("文字太短", "the text is too short", "min_length", "最少字数", "least characters:"),
    "string_too_long": _length("文字太长", "the text is too long", "max_length", "最多字数", "most characters:"),
    "too_short": _length("列表的项太少", "the list is too short", "min_length", "最少项数", "least entries:"),
    "too_long": _length("列表的项太多", "the list is too long", "max_length", "最多项数", "most entries:"),
    "string_type": _kind_of("文字", "text"),
    "tuple_type": _kind_of("列表 (每项以“- ”开头)", "a list (entries begin with `- `)"),
    "list_type": _kind_of("列表 (每项以“- ”开头)", "a list (entries begin with `- `)"),
    "frozen_set_type": _kind_of("列表 (每项以“- ”开头)", "a list (entries begin with `- `)"),
    "dict_type": _kind_of("“键: 值”", "`key: value` lines"),
    "model_type": _kind_of("“键: 值”", "`key: value` lines"),
    "dataclass_type": _kind_of("“键: 值”", "`key: value` lines"),
    "model_attributes_type": _kind_of("“键: 值”", "`key: value` lines"),
}
