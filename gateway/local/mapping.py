"""A foreign request becomes a canonical case by the rules of its system's file.

Nothing is guessed: a code without a row in its table is refused, and everything wrong is told at once, by the field of
the foreign request that is to blame.  The form keeps the exact characters of its source.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson

from gateway.case.errors import FieldFinding, GatewayError
from gateway.case.model import Case
from gateway.case.reasons import Reason
from gateway.case.texts import Text
from gateway.files.findings import KeyPath, key_text
from gateway.files.misfits import Misfit
from gateway.local.canonical_in import Findings, bad_request, judge_case
from gateway.local.code_tables import CodeTable
from gateway.local.fields import Judged
from gateway.local.rules import Each, First, Fixed, Group, Mapped, Rule, Source, Take, When
from gateway.local.strict_json import Body, Number, read_object, slice_at

_NOTHING = object()
_LONGEST_SHOWN_CODE = 4
_LONGEST_INTEGER = 18


def read_foreign_case(raw: bytes, mapped: Mapped, now: datetime) -> Case:
    """Return the case a request in a system's own JSON describes.

    Raises:
        GatewayError: BAD_JSON; UNMAPPED_CODE when a code has no row, BAD_REQUEST otherwise: both with everything wrong.
    """
    assert mapped.case is not None, "a system without rules for a case is read as canonical"
    body = read_object(raw, exact_numbers=True)
    run = _Run(body, mapped)
    data = run.group(mapped.case, (), body.data, ())
    form, form_json = run.form(mapped.form)
    if form is not _NOTHING:
        data["form"] = form
    case = judge_case(data, form_json, Judged.at(now))
    if isinstance(case, Case) and not run.findings and not body.findings:
        return case
    judged: Findings = () if isinstance(case, Case) else case
    findings = (*body.findings, *run.findings, *run.placed(judged))
    if run.unmapped:
        raise GatewayError(
            Reason.UNMAPPED_CODE, findings=findings, system=mapped.system, detail=", ".join(run.unmapped)
        )
    raise bad_request(findings)


@dataclass(slots=True)
class _Run:
    """One request on its way; remembers where each canonical field came from and which failed."""

    body: Body
    mapped: Mapped
    findings: list[FieldFinding] = field(default_factory=list)
    unmapped: list[str] = field(default_factory=list)
    origins: dict[str, str] = field(default_factory=dict)
    failed: list[str] = field(default_factory=list)

    def group(self, group: Group, target: KeyPath, element: object, place: KeyPath) -> dict[str, Any]:
        made: dict[str, Any] = {}
        for name, rule in group.fields:
            value = self.value(rule, (*target, name), element, place)
            if value is not _NOTHING:
                made[name] = value
        return made

    def value(self, rule: Rule, target: KeyPath, element: object, place: KeyPath) -> Any:
        if isinstance(rule, First):
            chosen = self.chosen(rule, element)
            return _NOTHING if chosen is None else self.value(chosen, target, element, place)
        if isinstance(rule, Each):
            return self.each(rule, target, element, place)
        if not self.holds(rule.when, element):
            return _NOTHING
        if isinstance(rule, Group):
            return self.group(rule, target, element, place)
        if isinstance(rule, Fixed):
            return rule.value
        return self.take(rule, target, element, place)

    def chosen(self, rule: First, element: object) -> Rule | None:
        return next((one for one in rule.rules if isinstance(one, Each | First) or self.holds(one.when, element)), None)

    def each(self, rule: Each, target: KeyPath, element: object, place: KeyPath) -> Any:
        found = self.find(rule.source, element)
        if found is _NOTHING or found is None:
            return _NOTHING
        where = self.place(rule.source, place)
        if not isinstance(found, list):
            self.fail(target, where, Text("应为数组 […]", "it must be an array […]"), _SEE_FILE)
            return _NOTHING
        chosen = [(at, one) for at, one in enumerate(found) if self.holds(rule.group.when, one)]
        return [self.group(rule.group, (*target, n), one, (*where, at)) for n, (at, one) in enumerate(chosen)]

    def take(self, rule: Take, target: KeyPath, element: object, place: KeyPath) -> Any:
        where = self.place(rule.source, place)
        self.origins[key_text(target)] = key_text(where)
        value = self.find(rule.source, element)
        if value is _NOTHING or value is None or value == "":
            return _NOTHING if rule.default is None else rule.default
        if rule.table is not None:
            return self.decoded(rule.table, value, target, where)
        try:
            for convert in rule.converters:
                value = convert(value)
        except Misfit as misfit:
            self.fail(target, where, misfit.problem, misfit.fix)
            return _NOTHING
        if not isinstance(value, Number):
            return value
        return int(value) if rule.integer and value.isdigit() and len(value) <= _LONGEST_INTEGER else str(value)

    def decoded(self, table: CodeTable, value: object, target: KeyPath, where: KeyPath) -> Any:
        word = table.words.get(_code(value))
        if word is not None:
            return word
        shown = f" “{value}”" if isinstance(value, str) and value.isalnum() and _is_short(value) else ""
        path = key_text(where)
        self.unmapped.append(f"{path} ({table.name})")
        self.fail(
            target,
            where,
            Text(f"代码{shown}不在代码表 {table.name} 中", f"the code{shown} is not in the table {table.name}"),
            Text(
                f"核对代码; 需要时在系统文件 mapping.codes.{table.name} 中补上",
                f"check the code, or add it to mapping.codes.{table.name} of the system's file",
            ),
        )
        return _NOTHING

    def form(self, rule: Rule) -> tuple[object, str]:
        """Return the form as data and as exact text; nothing and an empty text when it has no source."""
        chosen = self.chosen(rule, self.body.data) if isinstance(rule, First) else rule
        if isinstance(chosen, Take) and self.holds(chosen.when, self.body.data):
            found = self.find(chosen.source, self.body.data)
            self.origins["form"] = chosen.source.text
            return found, slice_at(self.body.raw, chosen.source.steps) if isinstance(found, dict) else ""
        if isinstance(chosen, Group) and self.holds(chosen.when, self.body.data):
            made = self.raw_group(chosen, self.body.data)
            return made, orjson.dumps(_exact(made)).decode()
        return _NOTHING, ""

    def raw_group(self, group: Group, element: object) -> dict[str, object]:
        made: dict[str, object] = {}
        for name, rule in group.fields:
            if isinstance(rule, Take) and not rule.converters and rule.table is None:
                value = self.find(rule.source, element) if self.holds(rule.when, element) else _NOTHING
                value = rule.default if value in (_NOTHING, None, "") and rule.default is not None else value
            elif isinstance(rule, Group):
                value = self.raw_group(rule, element) if self.holds(rule.when, element) else _NOTHING
            else:
                value = self.value(rule, ("form", name), element, ())
            if value is not _NOTHING:
                made[name] = value
        return made

    def holds(self, when: When | None, element: object) -> bool:
        if when is None:
            return True
        value = self.find(when.source, element)
        there = value is not _NOTHING and value is not None and value != ""
        met = there and (not when.values or _code(value) in when.values)
        return met is not when.negated

    def find(self, source: Source, element: object) -> Any:
        value: object = self.body.data if source.from_root else element
        for step in source.steps:
            if isinstance(step, int):
                value = value[step] if isinstance(value, list) and step < len(value) else _NOTHING
            else:
                value = value.get(step, _NOTHING) if isinstance(value, dict) else _NOTHING
        return value

    def place(self, source: Source, place: KeyPath) -> KeyPath:
        return source.steps if source.from_root else (*place, *source.steps)

    def fail(self, target: KeyPath, where: KeyPath, problem: Text, fix: Text) -> None:
        self.failed.append(key_text(target))
        self.findings.append(FieldFinding(key_text(where), problem, fix))

    def placed(self, judged: Findings) -> Findings:
        """Return findings of the canonical case by the foreign fields to blame; what follows from failures is left out."""
        told = []
        for finding in judged:
            if any(finding.path == path or finding.path.startswith((path + ".", path + "[")) for path in self.failed):
                continue
            origin = self.origins.get(finding.path)
            if origin is None:
                told.append(finding)
                continue
            note = Text(f"{finding.problem.zh} (对应 {finding.path})", f"{finding.problem.en} (for {finding.path})")
            told.append(FieldFinding(origin, note, finding.fix))
        return tuple(told)


_SEE_FILE = Text("核对系统文件的 mapping", "compare it with `mapping` of the system's file")


def _code(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else ""


def _is_short(value: str) -> bool:
    # Longer values may be names or numbers of persons in the wrong field.
    return value.isascii() and len(value) <= _LONGEST_SHOWN_CODE


def _exact(value: object) -> object:
    if isinstance(value, Number):
        return orjson.Fragment(str(value))
    if isinstance(value, dict):
        return {key: _exact(inner) for key, inner in value.items()}
    return [_exact(inner) for inner in value] if isinstance(value, list) else value
