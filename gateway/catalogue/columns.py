"""The columns of item tables: which sheet has which, how bureaus head them, and what their cells hold.

The one table everything else follows: reading, findings, and the tables of docs/items.md.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from gateway.catalogue import vocabularies as words
from gateway.catalogue.vocabulary import Vocabulary


class SheetKind(Enum):
    """The sheets of a workbook, or the files of a folder; the value is the name in findings and file names."""

    ITEMS = "事项"
    MATERIALS = "材料"
    STEPS = "环节"
    HANDLING = "办理项"
    BASES = "依据"
    FORMS = "表单"


class Holds(Enum):
    """What the cells of a column hold."""

    CODE = "code"
    TEXT = "text"
    TEXTS = "texts"
    CODES = "codes"
    WORD = "word"
    WORDS = "words"
    LEVELS = "levels"
    LIMIT = "limit"
    NUMBER = "number"
    DATE = "date"
    FORM = "form"


@dataclass(frozen=True, slots=True)
class Column:
    """One column.

    Attributes:
        field: the field of the definition it fills, or a name of this room (`legal_unit`, `item_name`).
        heading: what we call it; `aliases` are other headings that mean the same.
        required: whether the column has to be there and filled in on every row.
    """

    field: str
    heading: str
    aliases: tuple[str, ...] = ()
    holds: Holds = Holds.TEXT
    words: Vocabulary | None = None
    required: bool = False


_ITEM_KEYS = (
    Column(
        "basic_code", "基本编码", ("事项基本编码", "目录编码", "基本目录编码", "事项编码", "国家基本编码"), Holds.CODE
    ),
    Column("task_code", "实施编码", ("事项实施编码", "实施清单编码", "国家实施编码"), Holds.CODE),
    Column("item_name", "事项名称", ("名称", "实施事项名称", "主项名称")),
    Column("division", "区划", ("行政区划", "区划代码", "行政区划代码", "适用区划"), Holds.CODE),
    Column("version", "版本", ("版本号", "事项版本", "事项版本号"), Holds.NUMBER),
)
"""By these the rows of other sheets name their item."""

COLUMNS: Mapping[SheetKind, tuple[Column, ...]] = {
    SheetKind.ITEMS: (
        Column(
            "basic_code",
            "基本编码",
            ("事项基本编码", "目录编码", "基本目录编码", "事项编码", "国家基本编码"),
            Holds.CODE,
            required=True,
        ),
        Column("name", "事项名称", ("名称", "实施事项名称", "主项名称"), required=True),
        Column("division", "区划", ("行政区划", "区划代码", "行政区划代码", "适用区划"), Holds.CODE),
        Column("version", "版本", ("版本号", "事项版本", "事项版本号"), Holds.NUMBER),
        Column("state", "状态", ("事项状态", "使用状态"), Holds.WORD, words.STATES),
        Column("valid_from", "实施日期", ("生效日期", "启用日期", "施行日期"), Holds.DATE),
        Column("item_type", "事项类型", ("权力类型", "事项性质"), Holds.WORD, words.ITEM_TYPES),
        Column("exercise_level", "行使层级", ("实施层级", "行使级别"), Holds.WORD, words.LEVELS, required=True),
        Column("acceptance_levels", "受理层级", ("受理级别", "可受理层级"), Holds.LEVELS, words.LEVELS),
        Column("task_code", "实施编码", ("事项实施编码", "实施清单编码", "国家实施编码"), Holds.CODE),
        Column("handling_codes", "业务办理项编码", ("办理项编码", "国家业务办理项编码"), Holds.CODES),
        Column("local_catalog_code", "地方基本编码", ("地方目录编码", "本地目录编码"), Holds.CODE),
        Column("local_task_code", "地方实施编码", ("地方事项编码", "本地实施编码"), Holds.CODE),
        Column("department", "实施主体", ("实施机构", "主管部门", "实施部门", "部门")),
        Column("service_objects", "服务对象", ("服务对象类型", "办理对象"), Holds.WORDS, words.SERVICE_OBJECTS),
        Column("legal_bases", "设定依据", ("法律依据", "实施依据", "办理依据"), Holds.TEXTS),
        Column("modes", "通办方式", ("办理方式", "通办模式", "跨省通办方式"), Holds.WORDS, words.MODES, required=True),
        Column("ways", "办理形式", ("申请方式", "受理方式", "办理渠道"), Holds.WORDS, words.WAYS),
        Column("online_depth", "网办深度", ("网上办理深度", "网办等级"), Holds.WORD, words.DEPTHS),
        Column("case_type", "办件类型", ("办件种类", "办理类型"), Holds.WORD, words.CASE_TYPES, required=True),
        Column("legal_limit", "法定时限", ("法定办结时限", "法定期限", "法定办理时限"), Holds.LIMIT),
        Column("legal_unit", "法定时限单位", ("法定办结时限单位", "法定期限单位"), Holds.WORD, words.UNITS),
        Column("promised_limit", "承诺时限", ("承诺办结时限", "承诺期限", "承诺办理时限"), Holds.LIMIT),
        Column("promised_unit", "承诺时限单位", ("承诺办结时限单位", "承诺期限单位"), Holds.WORD, words.UNITS),
        Column("acceptance_limit", "受理时限", ("受理期限", "受理办结时限"), Holds.LIMIT),
        Column("acceptance_unit", "受理时限单位", ("受理期限单位",), Holds.WORD, words.UNITS),
        Column(
            "special_procedures", "特别程序", ("特殊环节", "特别程序种类", "特殊程序"), Holds.WORDS, words.SUSPENSIONS
        ),
        Column("visits", "到现场次数", ("到办事现场次数", "跑动次数", "最多跑动次数"), Holds.NUMBER),
        Column("visits_reason", "跑动原因", ("必须现场办理原因", "到现场原因", "必须现场办理原因说明")),
        Column("fee_charged", "是否收费", ("收费情况", "收费"), Holds.WORD, words.FLAGS),
        Column("fee_basis", "收费依据", ("收费依据文件",)),
        Column("result_name", "结果名称", ("审批结果名称", "办理结果名称", "结果样本名称")),
        Column("result_kind", "结果类型", ("审批结果类型", "办理结果类型"), Holds.WORD, words.RESULT_KINDS),
        Column(
            "result_licence_type_code",
            "结果证照类型代码",
            ("结果证照类型编码", "结果电子证照类型代码"),
            Holds.CODE,
        ),
        Column("office_hours", "办公时间", ("办理时间", "受理时间", "办公时间说明")),
        Column("form_schema", "表单", ("电子表单", "表单文件", "申请表单"), Holds.FORM),
        Column("sample", "示例", ("示例数据", "是否示例"), Holds.WORD, words.FLAGS),
    ),
    SheetKind.MATERIALS: (
        *_ITEM_KEYS,
        Column("order", "序号", ("材料序号", "排序号"), Holds.NUMBER),
        Column("list_code", "材料编码", ("材料编号", "材料代码", "材料目录编码"), Holds.CODE, required=True),
        Column("name", "材料名称", ("申请材料名称", "申请材料"), required=True),
        Column("need", "必要性", ("材料必要性", "是否必要"), Holds.WORD, words.NEEDS, required=True),
        Column("source", "来源", ("材料来源", "来源渠道", "材料来源渠道"), Holds.WORD, words.SOURCES),
        Column("shape", "形式", ("材料形式", "材料形态"), Holds.WORD, words.SHAPES),
        Column("originals", "原件份数", ("原件数量", "原件", "纸质原件份数"), Holds.NUMBER),
        Column("copies", "复印件份数", ("复印件数量", "复印件", "纸质复印件份数"), Holds.NUMBER),
        Column("standard", "受理标准", ("材料要求", "填报须知", "审查要点")),
        Column(
            "licence_type_code",
            "证照类型代码",
            ("证照类型编码", "电子证照类型代码", "关联证照类型代码"),
            Holds.CODE,
        ),
        Column("kind", "材料类型", ("材料种类", "材料分类"), Holds.WORD, words.MATERIAL_KINDS),
    ),
    SheetKind.STEPS: (
        *_ITEM_KEYS,
        Column("order", "序号", ("环节序号", "顺序", "步骤"), Holds.NUMBER),
        Column("step_name", "环节名称", ("环节", "步骤名称", "办理环节"), required=True),
        Column("kind", "环节类型", ("环节种类",), Holds.WORD, words.STEP_KINDS),
        Column("limit", "环节时限", ("办理时限", "环节办理时限", "时限"), Holds.LIMIT),
        Column("unit", "环节时限单位", ("办理时限单位", "时限单位"), Holds.WORD, words.UNITS),
    ),
    SheetKind.HANDLING: (
        *_ITEM_KEYS,
        Column("code", "业务办理项编码", ("办理项编码", "国家业务办理项编码"), Holds.CODE, required=True),
        Column("handling_name", "业务办理项名称", ("办理项名称", "情形名称")),
    ),
    SheetKind.BASES: (
        *_ITEM_KEYS,
        Column("basis", "依据名称", ("法律法规名称", "设定依据", "依据", "法律依据"), required=True),
        Column("number", "文号", ("依据文号", "发文字号")),
        Column("clause", "条款", ("条款号", "依据条款")),
        Column("content", "依据内容", ("条款内容", "内容")),
    ),
    SheetKind.FORMS: (
        *_ITEM_KEYS,
        Column("form_schema", "表单", ("表单内容", "表单文件", "JSON Schema"), Holds.FORM, required=True),
    ),
}
HEADINGS: Mapping[SheetKind, Mapping[str, str]] = {
    kind: {column.field: column.heading for column in columns} for kind, columns in COLUMNS.items()
}
"""Sheet → field → heading."""
IGNORED = frozenset({"序号", "备注", "说明", "编号", "附件"})
"""Headings that everybody's tables have and nothing needs."""

_SHEET_NAMES: tuple[tuple[SheetKind, tuple[str, ...]], ...] = (
    (SheetKind.MATERIALS, ("材料",)),
    (SheetKind.STEPS, ("环节", "流程", "步骤")),
    (SheetKind.HANDLING, ("办理项", "情形")),
    (SheetKind.BASES, ("依据",)),
    (SheetKind.FORMS, ("表单",)),
    (SheetKind.ITEMS, ("事项", "实施清单", "基本信息")),
)


def sheet_kind(name: str) -> SheetKind | None:
    """Return which sheet a sheet or file of this name is (`恩施州材料清单`), or None."""
    return next((kind for kind, parts in _SHEET_NAMES if any(part in name for part in parts)), None)


def plain_heading(heading: str) -> str:
    """Return a heading without what varies from export to export: width, spaces, stars, remarks in brackets."""
    return re.sub(r"[\s*:]|\(.*?\)|\[.*?\]|【.*?】|\(.*$", "", unicodedata.normalize("NFKC", heading))


def named(kind: SheetKind) -> Mapping[str, Column]:
    """Return the columns of a sheet by every plain heading they may have."""
    return {
        plain_heading(heading): column
        for column in COLUMNS[kind]
        for heading in (*reversed(column.aliases), column.heading)
    }
