"""Forms (表单) and their schemas: what a schema may say, and everything wrong with a form at once.

A schema is JSON Schema 2020-12 in a subset that can be bounded: references stay inside and never lead back, patterns
match in linear time, nothing is fetched.  A schema with problems checks no form.

Guarantees: `form_problems` ends after at most `STEPS` steps, one step being one keyword looked at one value (long values and
costly patterns count as several); texts never repeat what somebody filled in.

Leaves to others: reading the form's text strictly (`gateway.case.form.text`), and what else an item demands (`requirements`).
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from difflib import get_close_matches
from functools import lru_cache

from gateway.case.errors import FieldFinding
from gateway.case.form.check import Form, checked
from gateway.case.form.json_exact import KeyTwiceError, read_exact
from gateway.case.form.prepared import prepared
from gateway.case.form.schema_extent import SCHEMA_DEPTH, Extent
from gateway.case.form.schema_keywords import (
    ONE_SCHEMA,
    PAIRS,
    ROOT_ONLY,
    RULES,
    SCHEMA_LISTS,
    SCHEMA_MAPS,
    definition_of,
)
from gateway.case.form.text import FORM_DEPTH, check_form
from gateway.case.texts import Text

SCHEMA_BYTES = 64 * 1024
"""In UTF-8."""
SCHEMA_NODES = 4000
"""Schemas in a schema, references followed each time they stand."""
MOST_FINDINGS = 100
_SCHEMAS_KEPT = 256

_WHERE = "form_schema"
_FIX = Text("按 docs/form-schema.md 所列的关键字改写", "use the keywords listed in docs/form-schema.md")


def schema_problems(text: str) -> tuple[FieldFinding, ...]:
    """Return everything that keeps `text` from being a form's schema; paths begin with `form_schema`."""
    return _read(text).findings


def form_problems(form_json: str, schema_text: str, *, today: date = date.max) -> tuple[FieldFinding, ...]:
    """Return everything wrong with a form; paths begin with `form`, problems name the field by its title.

    At most 100 findings; the last then says how many more there are.  An empty schema allows every form.

    Args:
        today: the day in Asia/Shanghai; who was born later does not exist.
    """
    if not schema_text.strip():
        return ()
    schema = _read(schema_text)
    if schema.findings:
        problem = Text(
            "本事项的表单定义有 {count} 处错误, 无法核对表单", "the form of this item has {count} errors of its own"
        ).format(count=len(schema.findings))
        return (FieldFinding("form", problem, Text("联系业务属地更正表单定义", "ask the handler to correct it")),)
    try:
        form = read_exact(form_json or "{}")
    except (ValueError, RecursionError):
        return check_form(form_json) or (
            FieldFinding(
                "form",
                Text("表单中有数字大到无法核对", "a number in the form is too large to be checked"),
                Text("核对数字", "check the numbers"),
            ),
        )
    if form_json.count("{") + form_json.count("[") > FORM_DEPTH and (found := check_form(form_json)):
        return found
    return checked(schema.form, form, today, MOST_FINDINGS)


@dataclass(frozen=True, slots=True)
class _Schema:
    findings: tuple[FieldFinding, ...]
    form: Form


@lru_cache(maxsize=_SCHEMAS_KEPT)
def _read(text: str) -> _Schema:
    look = _Look()
    tree = look.tree_of(text)
    if look.found:
        return _Schema(tuple(look.found[:MOST_FINDINGS]), Form({}))
    return _Schema((), Form(prepared(tree, look.definitions)))


class _Look:
    """One look through a schema; collects findings."""

    def __init__(self) -> None:
        self.found: list[FieldFinding] = []
        self.definitions: dict[str, object] = {}

    def tree_of(self, text: str) -> object:
        """Return the schema in `text`, having looked at all of it."""
        if len(text.encode("utf-8", "surrogatepass")) > SCHEMA_BYTES:
            self._tell("", Text(f"超过 {SCHEMA_BYTES} 字节", f"it exceeds {SCHEMA_BYTES} bytes"))
            return {}
        try:
            tree = read_exact(text)
        except KeyTwiceError:
            self._tell("", Text("同一对象中有重复的键", "a key stands twice in one object"))
            return {}
        except (ValueError, RecursionError):
            self._tell("", Text("不是合法 JSON, 或嵌套过深", "it is no valid JSON, or nested too deeply"))
            return {}
        if not isinstance(tree, dict):
            self._tell("", Text("应为 JSON 对象", "it must be a JSON object"))
            return {}
        kinds = tree.get("type", "object")
        if kinds != "object" and not (isinstance(kinds, list) and "object" in kinds):
            self._tell("type", Text("表单总是对象, 这里应为 object", "a form is an object: write object here"))
        definitions = tree.get("$defs")
        self.definitions = definitions if isinstance(definitions, dict) else {}
        self._schema(tree, "", 1)
        if not self.found:
            self._extent(tree)
        return tree

    def _tell(self, where: str, problem: Text, fix: Text = _FIX) -> None:
        self.found.append(FieldFinding(f"{_WHERE}.{where}" if where else _WHERE, problem, fix))

    def _schema(self, schema: object, where: str, depth: int) -> None:
        if not isinstance(schema, dict):
            if not isinstance(schema, bool):
                self._tell(where, RULES["items"][1])
            return
        if depth > SCHEMA_DEPTH:
            self._tell(where, Text(f"嵌套超过 {SCHEMA_DEPTH} 层", f"nested deeper than {SCHEMA_DEPTH}"))
            return
        for keyword, value in schema.items():
            at = f"{where}.{keyword}" if where else keyword
            rule = RULES.get(keyword)
            if rule is None or (where and keyword in ROOT_ONLY):
                self._tell(at, Text("不支持的关键字", "this keyword is not supported"), _instead(keyword))
            elif not rule[0](value):
                self._tell(at, rule[1])
            elif keyword == "$ref":
                self._reference(str(value), at)
            elif keyword in {"enum", "const"} and _is_deep(value, SCHEMA_DEPTH):
                self._tell(at, Text(f"嵌套超过 {SCHEMA_DEPTH} 层", f"nested deeper than {SCHEMA_DEPTH}"))
            else:
                self._inside(keyword, value, at, depth)
        self._contradictions(schema, where)

    def _inside(self, keyword: str, value: object, at: str, depth: int) -> None:
        if keyword in ONE_SCHEMA:
            self._schema(value, at, depth + 1)
        elif keyword in SCHEMA_LISTS and isinstance(value, list):
            for position, inner in enumerate(value):
                self._schema(inner, f"{at}[{position}]", depth + 1)
        elif keyword in SCHEMA_MAPS and isinstance(value, dict):
            for name, inner in value.items():
                self._schema(inner, f"{at}.{name[:50]}", 1 if keyword == "$defs" else depth + 1)

    def _reference(self, target: str, at: str) -> None:
        if not target.startswith("#"):
            self._tell(at, Text("不能引用外部地址", "a reference must not lead outside"))
        elif definition_of(target) not in self.definitions:
            self._tell(
                at,
                Text("引用的定义不存在", "there is no such definition"),
                Text("写成 #/$defs/名称, 并在 $defs 中定义", "write #/$defs/name and define it there"),
            )

    def _contradictions(self, schema: dict[str, object], where: str) -> None:
        for least, most in PAIRS:
            low, high = schema.get(least), schema.get(most)
            if isinstance(low, Decimal) and isinstance(high, Decimal) and low > high:
                at = f"{where}.{least}" if where else least
                self._tell(at, Text(f"{least} 大于 {most}", f"{least} exceeds {most}"))
        fields, needed = schema.get("properties", {}), schema.get("required", [])
        if schema.get("additionalProperties") is False and isinstance(fields, dict) and isinstance(needed, list):
            for name in needed:
                if isinstance(name, str) and name not in fields:
                    at = f"{where}.required" if where else "required"
                    self._tell(at, Text(f"必填的“{name[:50]}”没有定义", f"'{name[:50]}' is required but not defined"))
        if ("then" in schema or "else" in schema) and "if" not in schema:
            at = f"{where}.if" if where else "if"
            self._tell(at, Text("有 then 或 else, 没有 if", "then or else stands without if"))

    def _extent(self, tree: object) -> None:
        extent = Extent(self.definitions)
        for name in self.definitions:
            extent.of_definition(name)
        for name in extent.circular:
            self._tell(f"$defs.{name[:50]}", Text("引用绕回自身", "its references lead back to itself"))
        nodes, depth = extent.of(tree)
        if extent.circular:
            return
        if depth > SCHEMA_DEPTH:
            self._tell("", Text(f"展开引用后超过 {SCHEMA_DEPTH} 层", f"deeper than {SCHEMA_DEPTH} with its references"))
        if nodes > SCHEMA_NODES:
            self._tell(
                "", Text(f"展开引用后超过 {SCHEMA_NODES} 个定义", f"more than {SCHEMA_NODES} schemas with references")
            )


def _is_deep(value: object, left: int) -> bool:
    if isinstance(value, dict):
        return left == 0 or any(_is_deep(inner, left - 1) for inner in value.values())
    return isinstance(value, list) and (left == 0 or any(_is_deep(inner, left - 1) for inner in value))


def _instead(keyword: str) -> Text:
    near = get_close_matches(keyword[:50], RULES, n=1, cutoff=0.7)
    return Text(f"是不是 {near[0]}?", f"did you mean {near[0]}?") if near else _FIX
