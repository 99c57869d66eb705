"""Everything wrong with one form against one prepared schema: found by `keywords`, said by `wording`.

Guarantees: findings in the order of the schema, each once, bounded; a form too large to be checked is refused, never let
through.  A field is named by the `title` of its schema, else by its key, with the way to it.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from itertools import islice
from typing import Any

from jsonschema import ValidationError

from gateway.case.errors import FieldFinding
from gateway.case.form.keywords import Run, TooManyStepsError, errors_of
from gateway.case.form.wording import REQUIRED, Said, joined, said
from gateway.case.texts import Text

Path = tuple[str | int, ...]

_CANDIDATES = 64
"""Schemas looked through for the title of one field."""


@dataclass(frozen=True, slots=True)
class Form:
    """A form's schema, prepared."""

    schema: Any

    def title(self, path: Path) -> str:
        """Return the title of a field, empty when its schema gives it none."""
        schemas = _around([self.schema])
        for step in path:
            inner: list[Any] = []
            for schema in schemas:
                if isinstance(step, int):
                    inner += [schema["items"]] if "items" in schema else []
                elif step in schema.get("properties", {}):
                    inner.append(schema["properties"][step])
            schemas = _around(inner)
        return next((schema["title"] for schema in schemas if schema.get("title")), "")

    def named(self, path: Path) -> Text:
        """Return how people are told of a field: “家庭成员”第 2 项“姓名”."""
        told = Text("", "")
        for at, step in enumerate(path, 1):
            if isinstance(step, int):
                told = Text(f"{told.zh}第 {step + 1} 项", f"{told.en} entry {step + 1}")
            else:
                name = self.title(path[:at]) or step
                told = Text(f"{told.zh}“{name}”", f"{told.en} “{name}”".strip())
        return told


def checked(form: Form, value: object, today: date, most: int) -> tuple[FieldFinding, ...]:
    """Return what is wrong with the form `value`; at most `most` findings, the last then counts the rest."""
    found: dict[FieldFinding, None] = {}
    more = 0
    try:
        for error in errors_of(form.schema, value, Run(today)):
            if len(found) >= most:
                more += 1
                continue
            for finding in _findings(form, error, today):
                found[finding] = None
    except TooManyStepsError:
        finding = FieldFinding(
            "form",
            Text("表单内容过多, 无法全部核对", "the form is too large to be checked to its end"),
            Text("减少填写项, 大的内容作为材料上传", "fill in less; send large content as a material"),
        )
        return (*islice(found, most - 1), finding)
    if len(found) > most:
        more += len(found) - most
    if not more:
        return tuple(found)
    rest = FieldFinding(
        "form",
        Text("还有 {n} 处", "and {n} more").format(n=more + 1),
        Text("先改正以上各处", "correct these first"),
    )
    return (*islice(found, most - 1), rest)


def _findings(form: Form, error: ValidationError, today: date) -> Iterator[FieldFinding]:
    path: Path = tuple(error.absolute_path)
    if error.validator in {"anyOf", "oneOf"}:
        yield from _of_branches(form, error, path, today)
        return
    if error.validator == "required":
        path = (*path, error.message)
    for what in said(error, today):
        yield _finding(form, path, what)


def _of_branches(form: Form, error: ValidationError, path: Path, today: date) -> Iterator[FieldFinding]:
    branches: dict[int, list[ValidationError]] = {}
    for inner in error.context:
        branches.setdefault(int(inner.relative_schema_path[0]), []).append(inner)
    if not branches:
        again = Text("只保留一种填法后重新提交", "keep one of them and submit again")
        yield _finding(form, path, (Text("同时符合几种填法, 只能选一种", "fits several ways, and must fit one"), again))
        return
    if all(_is_missing_here(inner) for errors in branches.values() for inner in errors):
        yield _either(form, error, path, branches.values())
        return
    nearest = min(branches.values(), key=lambda errors: (sum(map(_is_another_kind, errors)), len(errors)))
    for inner in nearest:
        yield from _findings(form, inner, today)


def _either(form: Form, error: ValidationError, path: Path, branches: Iterable[list[ValidationError]]) -> FieldFinding:
    ways = [joined([form.named((*path, inner.message)) for inner in errors], "和", " and ") for errors in branches]
    listed = joined(ways, "、", ", ")
    if error.validator == "oneOf":
        problem = Text("{listed}应填且只填一项", "exactly one of {listed} is required").format(listed=listed)
    else:
        problem = Text("{listed}至少填一项", "at least one of {listed} is required").format(listed=listed)
    return FieldFinding(_place(path), problem, REQUIRED[1])


def _is_missing_here(error: ValidationError) -> bool:
    return error.validator == "required" and not error.relative_path


def _is_another_kind(error: ValidationError) -> bool:
    """Whether a mistake says that another branch was meant."""
    return error.validator in {"const", "enum", "type"}


def _finding(form: Form, path: Path, what: Said) -> FieldFinding:
    problem, fix = what
    name = form.named(path) if path else Text("表单", "the form")
    return FieldFinding(_place(path), Text(f"{name.zh}{problem.zh}", f"{name.en} {problem.en}"), fix)


def _place(path: Path) -> str:
    return "form" + "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)


def _around(schemas: list[Any]) -> list[dict[str, Any]]:
    """Return these schemas and all that stand in them for the same value."""
    found: list[dict[str, Any]] = []
    waiting = list(schemas)
    while waiting and len(found) < _CANDIDATES:
        schema = waiting.pop(0)
        found.append(schema)
        for keyword in ("allOf", "anyOf", "oneOf"):
            waiting += schema.get(keyword, ())
        waiting += [schema[keyword] for keyword in ("then", "else") if keyword in schema]
    return found
