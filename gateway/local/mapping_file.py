"""The key `mapping` of a system's file becomes rules, or every mistake in it with its line.

    mapping:
      codes:     {table: {"foreign code": canonical_word}}
      case:      canonical fields, each with a rule
      own_codes: what is read and posted in codes too (`own_codes_file`)

A rule is `{from, default, code, convert, when}`, `{value, when}`, `{each, fields, when}`, `{fields, when}`, an object of further
fields, or a list of rules of which the first whose `when` holds is taken.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches

from gateway.case.texts import Text
from gateway.files.findings import Finding, KeyPath, has_errors
from gateway.files.misfits import shown
from gateway.files.tree import Tree, Value
from gateway.local.canonical_in import CASE_OUTLINE
from gateway.local.code_tables import CodeTable
from gateway.local.converters import CONVERTERS
from gateway.local.own_codes import OwnCodes
from gateway.local.own_codes_file import own_codes
from gateway.local.rules import (
    Each,
    First,
    Fixed,
    Group,
    Mapped,
    Rule,
    Scalar,
    Source,
    Take,
    When,
    parse_source,
)

_TAKE = ("from", "default", "code", "convert", "when")
_FIXED = ("value", "when")
_EACH = ("each", "fields", "when")
_GROUP = ("fields", "when")
_WHEN = ("from", "is", "is_not")
_RESERVED = frozenset((*_TAKE, *_FIXED, *_EACH))

_FORM: KeyPath = ("form",)
_FOLLOW = Text("照着 systems/_example.yaml 写", "follow systems/_example.yaml")
_NOWHERE = Fixed("", None)


def compile_mapping(tree: Tree, system: str) -> tuple[Mapped | None, list[Finding]]:
    """Return the mapping in a system's file, None when it has none or has mistakes, and all findings."""
    written = tree.data.get("mapping")
    if written is None:
        return None, []
    compiler = _Compiler(tree)
    if not isinstance(written, dict):
        compiler.refuse(("mapping",), Text("这里要写“键: 值”", "this must be `key: value` lines"))
        return None, compiler.findings
    compiler.only(written, ("mapping",), ("codes", "case", "own_codes"))
    compiler.read_tables(written.get("codes"))
    at: KeyPath = ("mapping", "case")
    case = written.get("case")
    if case is None and "own_codes" in written:
        compiler.take_own_codes(system, None)
        return compiler.mapped(system, None, _NOWHERE)
    if not isinstance(case, dict) or _RESERVED & case.keys():
        compiler.refuse(at, Text("缺少各字段的规则", "the rules of the fields are missing"))
        return None, compiler.findings
    form = case.get("form")
    fields = {name: rule for name, rule in case.items() if name != "form"}
    group = compiler.group(fields, at, (), None)
    form_rule = compiler.rule(form, (*at, "form"), _FORM) if form is not None else _NOWHERE
    compiler.take_own_codes(system, group)
    return compiler.mapped(system, group, form_rule or _NOWHERE)


@dataclass(slots=True)
class _Compiler:
    tree: Tree
    findings: list[Finding] = field(default_factory=list)
    tables: dict[str, CodeTable] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)
    own: OwnCodes | None = None

    def take_own_codes(self, system: str, case: Group | None) -> None:
        self.own, found, used = own_codes(self.tree, system, self.tables, case)
        self.findings += found
        self.used |= used

    def mapped(self, system: str, case: Group | None, form: Rule) -> tuple[Mapped | None, list[Finding]]:
        self.unused()
        # A table used by two fields is judged twice.
        findings = list(dict.fromkeys(self.findings))
        if has_errors(findings):
            return None, findings
        return Mapped(system, case, form, self.tables, self.own), findings

    def refuse(self, at: KeyPath, problem: Text, fix: Text = _FOLLOW) -> None:
        self.findings.append(self.tree.finding(at, problem, fix))

    def only(self, written: Mapping[str, Value], at: KeyPath, known: Iterable[str]) -> None:
        allowed = list(known)
        for key in written.keys() - set(allowed):
            self.unknown((*at, key), key, allowed)

    def unknown(self, at: KeyPath, word: str, known: list[str]) -> None:
        near = get_close_matches(word, known, n=1, cutoff=0.6)
        listed = ", ".join(known)
        fix = (
            Text(f"是不是“{near[0]}”?", f"did you mean '{near[0]}'?")
            if near
            else Text(f"这里可以写: {listed}", f"allowed here: {listed}")
        )
        self.refuse(at, Text(f"不认识“{shown(word)}”", f"'{shown(word)}' is not known here"), fix)

    def read_tables(self, written: Value) -> None:
        at: KeyPath = ("mapping", "codes")
        if written is None:
            return
        if not isinstance(written, dict):
            self.refuse(at, Text("这里要写“键: 值”", "this must be `key: value` lines"))
            return
        for name, rows in written.items():
            if isinstance(rows, dict) and rows and all(isinstance(word, str) for word in rows.values()):
                self.tables[name] = CodeTable(name, {code: str(word) for code, word in rows.items()})
            else:
                self.refuse((*at, name), Text("代码表应为“代码: 词”", "a table is made of `code: word` lines"))

    def group(self, written: Mapping[str, Value], at: KeyPath, target: KeyPath, when: When | None) -> Group:
        rules: list[tuple[str, Rule]] = []
        known = CASE_OUTLINE.keys(target)
        free = target[:1] == _FORM
        for name, value in written.items():
            if not free and name not in known:
                self.unknown((*at, name), name, known)
            elif rule := self.rule(value, (*at, name), (*target, name)):
                rules.append((name, rule))
        return Group(tuple(rules), when)

    def rule(self, written: Value, at: KeyPath, target: KeyPath) -> Rule | None:
        if isinstance(written, list):
            rules = [self.rule(one, (*at, position), target) for position, one in enumerate(written)]
            return First(tuple(one for one in rules if one))
        if not isinstance(written, dict):
            self.refuse(at, Text("这里要写一条规则", "this must be a rule"))
            return None
        if not _RESERVED & written.keys():
            return self.object(written, at, target, None)
        if "each" in written:
            return self.each(written, at, target)
        when = self.when(written.get("when"), (*at, "when"))
        if "fields" in written:
            return self.conditional(written, at, target, when)
        if "value" in written:
            return self.fixed(written, at, target, when)
        return self.take(written, at, target, when)

    def conditional(self, written: Mapping[str, Value], at: KeyPath, target: KeyPath, when: When | None) -> Rule | None:
        self.only(written, at, _GROUP)
        inner = written["fields"]
        if isinstance(inner, dict):
            return self.object(inner, (*at, "fields"), target, when)
        self.refuse((*at, "fields"), Text("缺少字段", "the fields are missing"))
        return None

    def fixed(self, written: Mapping[str, Value], at: KeyPath, target: KeyPath, when: When | None) -> Rule | None:
        value = written["value"]
        if written.keys() - set(_FIXED):
            self.only(written, at, _FIXED)
            return None
        if isinstance(value, str):
            return Fixed(self.constant(value, (*at, "value"), target), when)
        self.refuse((*at, "value"), Text("没有写值", "no value is given"))
        return None

    def object(self, written: Mapping[str, Value], at: KeyPath, target: KeyPath, when: When | None) -> Rule | None:
        if target[:1] == _FORM or (CASE_OUTLINE.is_object(target) and not CASE_OUTLINE.is_list(target)):
            return self.group(written, at, target, when)
        self.refuse(at, Text("这个字段不是对象", "this field is no object"))
        return None

    def each(self, written: Mapping[str, Value], at: KeyPath, target: KeyPath) -> Rule | None:
        self.only(written, at, _EACH)
        if target[:1] != _FORM and not CASE_OUTLINE.is_list(target):
            self.refuse(at, Text("这个字段不是列表", "this field is no list"))
            return None
        source = self.source(written["each"], (*at, "each"))
        when = self.when(written.get("when"), (*at, "when"))
        inner = written.get("fields")
        if not isinstance(inner, dict):
            self.refuse((*at, "fields"), Text("缺少字段", "the fields are missing"))
            return None
        group = self.group(inner, (*at, "fields"), (*target, 0), when)
        return Each(source, group) if source else None

    def take(self, written: Mapping[str, Value], at: KeyPath, target: KeyPath, when: When | None) -> Rule | None:
        self.only(written, at, _TAKE)
        source = self.source(written.get("from"), (*at, "from"))
        default = written.get("default")
        fallback = self.constant(default, (*at, "default"), target) if isinstance(default, str) else None
        if "default" in written and fallback is None:
            self.refuse((*at, "default"), Text("没有写值", "no value is given"))
        table = self.table(written["code"], (*at, "code"), target) if "code" in written else None
        names = written.get("convert", [])
        listed = names if isinstance(names, list) else [names]
        for name in listed:
            if name not in CONVERTERS:
                self.unknown((*at, "convert"), str(name), list(CONVERTERS))
        if table and listed:
            self.refuse(at, Text("code 和 convert 只能写一个", "write either `code` or `convert`"))
        if source is None:
            return None
        converters = tuple(CONVERTERS[str(name)] for name in listed if name in CONVERTERS)
        integer = "integer" in CASE_OUTLINE.types(target)
        return Take(source, fallback, table, converters, when, integer)

    def table(self, name: Value, at: KeyPath, target: KeyPath) -> CodeTable | None:
        table = self.tables.get(name) if isinstance(name, str) else None
        if table is None:
            self.unknown(at, str(name), list(self.tables))
            return None
        for code, word in table.words.items():
            self.allowed(word, ("mapping", "codes", table.name, code), target)
        self.used.add(table.name)
        return table

    def source(self, text: Value, at: KeyPath) -> Source | None:
        source = parse_source(text) if isinstance(text, str) else None
        if source is None:
            self.refuse(
                at,
                Text("不是字段路径", "this is no path of a field"),
                Text("写成 a.b[0].c; 从最外层起写 $.a.b", "write a.b[0].c, or $.a.b to begin at the top"),
            )
        return source

    def when(self, written: Value, at: KeyPath) -> When | None:
        if written is None:
            return None
        if not isinstance(written, dict):
            self.refuse(at, Text("条件应写 from 和 is 或 is_not", "a condition has `from` and `is` or `is_not`"))
            return None
        self.only(written, at, _WHEN)
        source = self.source(written.get("from"), (*at, "from"))
        if "is" in written and "is_not" in written:
            self.refuse(at, Text("is 和 is_not 只能写一个", "write either `is` or `is_not`"))
        values = written.get("is", written.get("is_not", []))
        listed = values if isinstance(values, list) else [values]
        return When(source, frozenset(map(str, listed)), "is_not" in written) if source else None

    def constant(self, text: str, at: KeyPath, target: KeyPath) -> Scalar:
        types = CASE_OUTLINE.types(target) if target[:1] != _FORM else set()
        if "boolean" in types and text in ("true", "false"):
            return text == "true"
        if "integer" in types and text.isdecimal():
            return int(text)
        self.allowed(text, at, target)
        return text

    def allowed(self, word: str, at: KeyPath, target: KeyPath) -> None:
        words = CASE_OUTLINE.words(target) if target[:1] != _FORM else []
        if words and word not in words:
            self.unknown(at, word, words)

    def unused(self) -> None:
        for name in self.tables.keys() - self.used:
            self.findings.append(
                self.tree.warning(
                    ("mapping", "codes", name),
                    Text(f"代码表 {name} 没有用到", f"the table {name} is not used"),
                    Text("用 code 引用它, 或删去", "use it with `code`, or delete it"),
                )
            )
