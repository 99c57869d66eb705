"""What does not fit in a body, said with its path, what is wrong and what to do; never with the value."""

from collections.abc import Callable, Iterator, Mapping
from difflib import get_close_matches
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from gateway.case.errors import FieldFinding
from gateway.case.texts import Text
from gateway.files.findings import KeyPath, key_text
from gateway.files.misfits import shown
from gateway.local.fields import Unfit
from gateway.local.outline import Outline
from gateway.telemetry.logs import without_numbers

Said = tuple[Text, Text]

_WORDS_SHOWN = 20


def field_findings(error: ValidationError, data: object, outline: Outline) -> Iterator[FieldFinding]:
    """Yield everything `error` found wrong with `data`; a misspelt key is told once, with what was probably meant."""
    errors = error.errors(include_url=False)
    paths = [_written(data, one["loc"]) for one in errors]
    meant: set[KeyPath] = set()
    for one, path in zip(errors, paths, strict=True):
        if one["type"] == "extra_forbidden":
            known = outline.keys(path[:-1])
            near = get_close_matches(str(path[-1]), known, n=1, cutoff=0.6)
            meant |= {(*path[:-1], word) for word in near}
            yield _finding(path, _unknown(path, near, known))
    for one, path in zip(errors, paths, strict=True):
        if one["type"] == "extra_forbidden" or (one["type"] == "missing" and path in meant):
            continue
        if one["type"].startswith("union_tag"):
            path = (*path, str(one["ctx"]["discriminator"]).strip("'"))  # noqa: PLW2901 - the key that tells them apart
        for said in _said(one, outline.words(path)):
            yield _finding(path, said)


def quoted(name: object) -> str:
    """Return what somebody called a key or a parameter, as a finding may repeat it: short, without numbers of people."""
    return without_numbers(shown(name))


def _finding(path: KeyPath, said: Said) -> FieldFinding:
    return FieldFinding(key_text(quoted(step) if isinstance(step, str) else step for step in path), *said)


def _written(data: object, loc: tuple[int | str, ...]) -> KeyPath:
    """Return `loc` without the steps only pydantic knows, such as the member of a union."""
    path: KeyPath = ()
    value = data
    for position, step in enumerate(loc):
        if isinstance(value, dict) and isinstance(step, str):
            if step in value:
                value = value[step]
            elif position < len(loc) - 1:
                continue
            path = (*path, step)
        elif isinstance(value, list) and isinstance(step, int):
            value = value[step] if step < len(value) else None
            path = (*path, step)
    return path


def _unknown(path: KeyPath, near: list[str], known: list[str]) -> Said:
    problem = Text("没有这个键", "there is no such key")
    if near:
        return problem, Text(f"是不是“{near[0]}”?", f"did you mean '{near[0]}'?")
    return problem, Text(f"这里可以写: {', '.join(known)}", f"allowed here: {', '.join(known)}")


def _said(error: ErrorDetails, words: list[str]) -> tuple[Said, ...]:
    facts: Mapping[str, Any] = error.get("ctx", {})
    unfit = facts.get("error")
    if isinstance(unfit, Unfit):
        return unfit.said
    kind = error["type"]
    if kind in {"enum", "literal_error", "union_tag_invalid", "union_tag_not_found"}:
        listed = ", ".join(words[:_WORDS_SHOWN])
        return ((_ONE_OF, Text(f"可以写: {listed}", f"write one of: {listed}")),)
    if kind in _KINDS:
        return (_KINDS[kind](facts),)
    return ((Text("不符合要求", "it does not fit"), Text(f"要求: {kind}", f"rule: {kind}")),)


_ONE_OF = Text("不在可选范围", "it is not one of the allowed words")


def _bound(zh: str, en: str, fact: str, fix_zh: str, fix_en: str) -> Callable[[Mapping[str, Any]], Said]:
    def say(facts: Mapping[str, Any]) -> Said:
        return Text(zh, en), Text(f"{fix_zh} {facts.get(fact)}", f"{fix_en} {facts.get(fact)}")

    return say


def _plain(zh: str, en: str, fix_zh: str, fix_en: str) -> Callable[[Mapping[str, Any]], Said]:
    said = Text(zh, en), Text(fix_zh, fix_en)
    return lambda _facts: said


_KINDS: dict[str, Callable[[Mapping[str, Any]], Said]] = {
    "missing": _plain("缺少", "it is missing", "补上这一项", "add it"),
    "string_type": _plain("应为文字", "it must be text", "加上引号", "put it in quotes"),
    "string_unicode": _plain("文字编码有误", "it is no valid text", "用 UTF-8 发送", "send UTF-8"),
    "int_type": _plain("应为整数", "it must be an integer", "不加引号, 不带小数", "no quotes, no fraction"),
    "bool_type": _plain("应为 true 或 false", "it must be true or false", "不加引号", "no quotes"),
    "list_type": _plain("应为数组 […]", "it must be an array […]", "用方括号", "use square brackets"),
    "tuple_type": _plain("应为数组 […]", "it must be an array […]", "用方括号", "use square brackets"),
    "dict_type": _plain("应为对象 {…}", "it must be an object {…}", "用花括号", "use braces"),
    "model_type": _plain("应为对象 {…}", "it must be an object {…}", "用花括号", "use braces"),
    "model_attributes_type": _plain("应为对象 {…}", "it must be an object {…}", "用花括号", "use braces"),
    "string_pattern_mismatch": _bound("写法不对", "it is not written as it must be", "pattern", "要符合", "match"),
    "string_too_short": _bound(
        "未填写或太短", "it is empty or too short", "min_length", "最少字数", "least characters:"
    ),
    "string_too_long": _bound("太长", "it is too long", "max_length", "最多字数", "most characters:"),
    "too_long": _bound("项数太多", "there are too many", "max_length", "最多项数", "most entries:"),
    "too_short": _bound("项数太少", "there are too few", "min_length", "最少项数", "least entries:"),
    "greater_than_equal": _bound("太小", "it is too small", "ge", "最小", "the least is"),
    "less_than_equal": _bound("太大", "it is too large", "le", "最大", "the most is"),
}
