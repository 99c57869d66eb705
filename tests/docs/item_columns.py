"""The tables of docs/items.md: sheets with their columns, and what each list of codes may say."""

from collections.abc import Callable, Mapping

from gateway.catalogue import vocabularies as words
from gateway.catalogue.columns import COLUMNS, Column, Holds, SheetKind
from gateway.catalogue.vocabulary import Vocabulary

_HOLDS = {
    Holds.CODE: "编码, 单元格为文本格式 · code, cell set to text",
    Holds.CODES: "编码, 分号分隔 · codes, separated by semicolons",
    Holds.TEXT: "文字 · text",
    Holds.TEXTS: "文字, 每条一行 · texts, one a line",
    Holds.WORD: "词或标准代码 · word or standard code",
    Holds.WORDS: "词或标准代码, 分号分隔 · words, separated by semicolons",
    Holds.LEVELS: "词或代码, 分号分隔, 或 州县乡村 · levels",
    Holds.LIMIT: "`20个工作日`、`24小时`、`即办` · limit",
    Holds.NUMBER: "整数 · whole number",
    Holds.DATE: "`2026-01-01` 或日期单元格 · day",
    Holds.FORM: "文件名或 JSON Schema · file name or schema",
}
_LISTS: Mapping[str, Vocabulary] = {
    "事项类型": words.ITEM_TYPES,
    "行使层级、受理层级": words.LEVELS,
    "服务对象": words.SERVICE_OBJECTS,
    "通办方式": words.MODES,
    "办理形式": words.WAYS,
    "网办深度": words.DEPTHS,
    "办件类型": words.CASE_TYPES,
    "时限单位": words.UNITS,
    "特别程序": words.SUSPENSIONS,
    "是否收费、示例": words.FLAGS,
    "结果类型": words.RESULT_KINDS,
    "状态": words.STATES,
    "必要性": words.NEEDS,
    "来源": words.SOURCES,
    "形式": words.SHAPES,
    "材料类型": words.MATERIAL_KINDS,
    "环节类型": words.STEP_KINDS,
}
_KEYS = ("basic_code", "task_code", "item_name", "division", "version")


def columns() -> str:
    """Return one table a sheet."""
    return "\n\n".join(_sheet(kind) for kind in SheetKind)


def lists() -> str:
    """Return every list of codes with its words, other spellings, and what is not taken."""
    lines = ["| 列 | 词 (代码) | 也认 | 不采用, 会指出 |", "|---|---|---|---|"]
    for name, vocabulary in _LISTS.items():
        options = [one for one in vocabulary.options if not one.word.startswith("省级扩展类型")]
        said = "、".join(f"{one.word} ({one.code})" if one.code else one.word for one in options)
        others = "、".join(other for one in options for other in one.others)
        lines.append(f"| {name} | {said} | {others or '-'} | {'、'.join(vocabulary.traps) or '-'} |")
    return "\n".join(lines)


def _sheet(kind: SheetKind) -> str:
    lines = [f"#### {kind.value}", "", "| 列 | 也认的表头 | 必填 | 内容 |", "|---|---|---|---|"]
    lines += [
        f"| {one.heading} | {'、'.join(one.aliases) or '-'} | {_required(kind, one)} | {_HOLDS[one.holds]} |"
        for one in COLUMNS[kind]
    ]
    return "\n".join(lines)


def _required(kind: SheetKind, column: Column) -> str:
    if kind is not SheetKind.ITEMS and column.field in _KEYS:
        return "指明事项"
    if column.field in ("division", "valid_from"):
        return "是, 或在命令中给出"
    return "是" if column.required else ""


PARTS: Mapping[str, Callable[[], str]] = {"columns": columns, "lists": lists}
