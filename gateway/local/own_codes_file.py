"""The key `mapping.own_codes` of a system's file becomes its own codes, or every mistake in it with its line.

    own_codes:
      fields: {event.ending: done_result, event.origin_level: satisfaction}    canonical field: table
      write:  {done_result: {certificate: "0"}}                                table: word: the code to write

Fields that the rules of `case` read by a table are written by the same table without being listed.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from difflib import get_close_matches

from gateway.case.model import Mode
from gateway.case.states import Party, State
from gateway.case.texts import Text
from gateway.files.findings import Finding, KeyPath
from gateway.files.misfits import shown
from gateway.files.tree import Tree, Value
from gateway.local.canonical_in import CASE_OUTLINE, EVENT_OUTLINE
from gateway.local.code_tables import CodeTable
from gateway.local.outline import Outline
from gateway.local.own_codes import ENDING, ENDINGS, Keys, OwnCodes, OwnField
from gateway.local.rules import Each, First, Group, Rule, Take
from gateway.local.words import EVENT_WORDS

_STANDING: Mapping[str, list[str]] = {
    "state": [state.value for state in State],
    "party": [party.value for party in Party],
    "mode": [mode.value for mode in Mode],
}
_AT: KeyPath = ("mapping", "own_codes")
_FOLLOW = Text("照着 systems/_example.yaml 写", "follow systems/_example.yaml")


def own_codes(
    tree: Tree, system: str, tables: Mapping[str, CodeTable], case: Group | None
) -> tuple[OwnCodes | None, list[Finding], set[str]]:
    """Return the own codes a file asks for, None when it asks for none, with findings and the tables they use."""
    written = tree.data["mapping"]
    assert isinstance(written, dict), "asked for only where there is a mapping"
    entry = written.get("own_codes")
    if entry is None:
        return None, [], set()
    compiler = _Compiler(tree, tables)
    if not isinstance(entry, dict):
        compiler.refuse(_AT, Text("这里要写“键: 值”", "this must be `key: value` lines"))
        return None, compiler.findings, set()
    for key in entry.keys() - {"fields", "write"}:
        compiler.refuse((*_AT, key), *_unknown(key, ["fields", "write"]))
    by_field = compiler.fields(entry.get("fields"))
    by_field = compiler.of_case(case, by_field) | by_field
    named = compiler.write(entry.get("write"))
    fields = tuple(OwnField(keys, table, compiler.codes(table, named)) for keys, table in by_field.items())
    # A table of two fields is judged twice.
    findings = list(dict.fromkeys(compiler.findings))
    return OwnCodes(system, fields), findings, {table.name for table in by_field.values()}


class _Compiler:
    def __init__(self, tree: Tree, tables: Mapping[str, CodeTable]) -> None:
        self.tree = tree
        self.tables = tables
        self.findings: list[Finding] = []

    def refuse(self, at: KeyPath, problem: Text, fix: Text = _FOLLOW) -> None:
        self.findings.append(self.tree.finding(at, problem, fix))

    def fields(self, written: Value) -> dict[Keys, CodeTable]:
        at: KeyPath = (*_AT, "fields")
        if written is None:
            return {}
        if not isinstance(written, dict):
            self.refuse(at, Text("这里要写“标准字段: 代码表”", "this must be `canonical field: table` lines"))
            return {}
        found: dict[Keys, CodeTable] = {}
        for path, name in written.items():
            keys = tuple(path.split("."))
            words = _words_of(keys)
            table = self.tables.get(name) if isinstance(name, str) else None
            if not words:
                problem = Text(
                    f"“{shown(path)}”不是用词的标准字段", f"'{shown(path)}' is no canonical field with words"
                )
                self.refuse((*at, path), problem, _FIELDS)
            elif table is None:
                self.refuse((*at, path), *_unknown(str(name), list(self.tables)))
            else:
                found[keys] = table
                for code, word in table.words.items():
                    if word not in words:
                        self.refuse(("mapping", "codes", table.name, code), *_unknown(word, words))
        return found

    def of_case(self, case: Group | None, listed: Mapping[Keys, CodeTable]) -> dict[Keys, CodeTable]:
        found: dict[Keys, dict[str, CodeTable]] = defaultdict(dict)
        for keys, table in _tables_of(case, ("case",)) if case else ():
            found[keys][table.name] = table
        for keys, tables in found.items():
            if len(tables) > 1 and keys not in listed:
                names, path = ", ".join(tables), ".".join(keys)
                self.refuse(
                    (*_AT, "fields"),
                    Text(f"{path} 用了几个代码表: {names}", f"{path} is read by several tables: {names}"),
                    Text(f"写明用哪一个输出, 如 {path}: {next(iter(tables))}", f"say which one writes it: {path}: …"),
                )
        return {keys: next(iter(tables.values())) for keys, tables in found.items()}

    def write(self, written: Value) -> dict[str, dict[str, str]]:
        at: KeyPath = (*_AT, "write")
        if written is None:
            return {}
        found: dict[str, dict[str, str]] = {}
        for name, rows in written.items() if isinstance(written, dict) else ((str(written), None),):
            table = self.tables.get(name)
            if table is None:
                self.refuse((*at, name) if isinstance(written, dict) else at, *_unknown(name, list(self.tables)))
            elif not isinstance(rows, dict):
                self.refuse((*at, name), Text("这里要写“词: 代码”", "this must be `word: code` lines"))
            else:
                for word, code in rows.items():
                    if not isinstance(code, str) or code not in table.words:
                        self.refuse((*at, name, word), *_unknown(str(code), list(table.words)))
                found[name] = {word: str(code) for word, code in rows.items()}
        return found

    def codes(self, table: CodeTable, named: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
        chosen = named.get(table.name, {})
        rows: dict[str, list[str]] = defaultdict(list)
        for code, word in table.words.items():
            rows[word].append(code)
        for word, codes in rows.items():
            if len(codes) > 1 and word not in chosen:
                listed = ", ".join(codes)
                self.refuse(
                    ("mapping", "codes", table.name, codes[-1]),
                    Text(
                        f"代码 {listed} 都表示 {word}, 不知道输出时写哪一个",
                        f"the codes {listed} all mean {word}: it is not known which to write",
                    ),
                    Text(
                        f'在 mapping.own_codes.write.{table.name} 写明, 如 {word}: "{codes[0]}"',
                        f'name one in mapping.own_codes.write.{table.name}, such as {word}: "{codes[0]}"',
                    ),
                )
        return {word: codes[0] for word, codes in rows.items()} | dict(chosen)


_FIELDS = Text(
    "可以写 state, party, mode, case.字段, event.字段, event.ending",
    "write state, party, mode, case.<field>, event.<field> or event.ending",
)


def _words_of(keys: Keys) -> list[str]:
    """Return the words a canonical field may have, none when it is no field with words."""
    if len(keys) == 1:
        return _STANDING.get(keys[0], [])
    if keys == ("event", ENDING):
        return list(ENDINGS)
    if keys == ("event", "event"):
        return [*EVENT_WORDS.values(), "opened"]
    outline = {"case": CASE_OUTLINE, "event": EVENT_OUTLINE}.get(keys[0])
    return _words_at(outline, keys[1:]) if outline else []


def _words_at(outline: Outline, keys: Keys) -> list[str]:
    path: KeyPath = ()
    for key in keys:
        path = (*path, 0, key) if path and outline.is_list(path) else (*path, key)
    return outline.words(path)


def _tables_of(rule: Rule, keys: Keys) -> Iterator[tuple[Keys, CodeTable]]:
    """Yield every canonical field the rules read by a table; the form is left out."""
    if isinstance(rule, Take) and rule.table:
        yield keys, rule.table
    elif isinstance(rule, Group):
        for name, inner in rule.fields:
            yield from _tables_of(inner, (*keys, name))
    elif isinstance(rule, Each):
        yield from _tables_of(rule.group, keys)
    elif isinstance(rule, First):
        for one in rule.rules:
            yield from _tables_of(one, keys)


def _unknown(word: str, known: list[str]) -> tuple[Text, Text]:
    near = get_close_matches(word, known, n=1, cutoff=0.6)
    listed = ", ".join(known)
    fix = (
        Text(f"是不是“{near[0]}”?", f"did you mean '{near[0]}'?")
        if near
        else Text(f"这里可以写: {listed}", f"allowed here: {listed}")
    )
    return Text(f"不认识“{shown(word)}”", f"'{shown(word)}' is not known here"), fix
