"""What an item promises besides time: modes and ways, visits, fee, result.

Source: GB/T 39046-2020 A.5; the checks on results and visits are those auditors of item lists run.

Leaves to others: limits (`limit_rules`).
"""

import re
import unicodedata
from collections.abc import Iterator

from gateway.case.errors import FieldFinding
from gateway.case.item.definition import ItemDefinition, Way
from gateway.case.item.identity import licence_type_problems
from gateway.case.kinds import ResultKind
from gateway.case.model import Mode
from gateway.case.texts import Text

MOST_VISITS = 99
MANY_VISITS = 3

_FROM_AFAR = frozenset({Way.WEB, Way.MOBILE, Way.POST})
_SEPARATORS = re.compile(r"[;；、,，/\n]|或者?")
_APPROVALS = ("批复", "批文", "批件")
# End in 证 and are acts or slips, not certificates.
_ACTS = ("公证", "认证", "查证", "验证", "论证", "保证", "印证", "佐证", "取证", "质证", "凭证")


def problems(definition: ItemDefinition) -> Iterator[FieldFinding]:
    """Yield contradictions among modes, visits, fee and result."""
    if not definition.modes:
        yield FieldFinding("modes", *_NO_MODES)
    for name, said in (("modes", _MODE_TWICE), ("ways", _WAY_TWICE), ("special_procedures", _SPECIAL_TWICE)):
        if len(set(getattr(definition, name))) < len(getattr(definition, name)):
            yield FieldFinding(name, *said)
    if not 0 <= definition.online_depth <= 4:
        yield FieldFinding("online_depth", *_DEPTH)
    yield from _visit_problems(definition)
    if definition.fee_charged and not definition.fee_basis.strip():
        yield FieldFinding("fee_basis", *_FEE_NO_BASIS)
    if definition.fee_basis.strip() and not definition.fee_charged:
        yield FieldFinding("fee_charged", *_BASIS_NO_FEE)
    yield from _result_problems(definition)


def doubts(definition: ItemDefinition) -> Iterator[FieldFinding]:
    """Yield what may be right and should be looked at: ways, visits, depth, an unnamed result."""
    if not definition.ways:
        yield FieldFinding("ways", *_NO_WAYS)
    visits = definition.visits or 0
    if visits > 0 and not definition.visits_reason.strip():
        yield FieldFinding("visits_reason", *_VISITS_NO_REASON)
    if visits == 0 and definition.visits_reason.strip():
        yield FieldFinding("visits_reason", *_REASON_NO_VISITS)
    if visits > MANY_VISITS:
        yield FieldFinding("visits", _MANY_VISITS.format(visits=visits), _MANY_VISITS_FIX)
    if definition.visits == 0 and Mode.ONLINE not in definition.modes and _FROM_AFAR & set(definition.ways):
        yield FieldFinding("modes", *_ZERO_WITHOUT_MODE)
    if Mode.ONLINE in definition.modes and definition.online_depth in (1, 2):
        yield FieldFinding("online_depth", *_SHALLOW)
    if definition.result_kind is ResultKind.CERTIFICATE and not definition.result_name.strip():
        yield FieldFinding("result_name", *_RESULT_UNNAMED)


def _visit_problems(definition: ItemDefinition) -> Iterator[FieldFinding]:
    if definition.visits is None:
        return
    if not 0 <= definition.visits <= MOST_VISITS:
        yield FieldFinding("visits", _VISITS_RANGE.format(most=MOST_VISITS), _VISITS_RANGE_FIX)
    online = Mode.ONLINE in definition.modes
    if definition.visits == 0 and definition.modes and not online and not _FROM_AFAR & set(definition.ways):
        yield FieldFinding("visits", *_ZERO_NOT_ONLINE)
    if definition.visits > 0 and set(definition.modes) == {Mode.ONLINE}:
        yield FieldFinding("visits", _ONLINE_WITH_VISITS.format(visits=definition.visits), _ONLINE_WITH_VISITS_FIX)


def _result_problems(definition: ItemDefinition) -> Iterator[FieldFinding]:
    named = {_kind_named(name) for name in _names(definition.result_name)} - {None}
    if named and definition.result_kind not in named:
        certificate = ResultKind.CERTIFICATE in named
        yield FieldFinding("result_kind", *(_IS_CERTIFICATE if certificate else _IS_APPROVAL))
    if definition.result_licence_type_code:
        yield from licence_type_problems("result_licence_type_code", definition.result_licence_type_code)


def _names(result_name: str) -> list[str]:
    cleaned = re.sub(r"[(（].*?[)）]", "", unicodedata.normalize("NFKC", result_name))
    return [name.strip("《》〈〉「」“”\"' 　") for name in _SEPARATORS.split(cleaned)]


def _kind_named(name: str) -> ResultKind | None:
    """Return what a result is by its name: …证 is a certificate, …批复 and …批文 are approvals."""
    if name.endswith(_APPROVALS):
        return ResultKind.APPROVAL
    if name.endswith("证") and not name.endswith(_ACTS):
        return ResultKind.CERTIFICATE
    return None


_NO_MODES = (
    Text("没有通办方式", "no mode is given"),
    Text("写明全程网办、异地代收代办、多地联办中的一种或几种", "give one or more of online, entrusted, joint"),
)
_MODE_TWICE = (Text("通办方式重复", "a mode is listed twice"), Text("每种只写一次", "list each once"))
_WAY_TWICE = (Text("办理形式重复", "a way of handling is listed twice"), Text("每种只写一次", "list each once"))
_SPECIAL_TWICE = (Text("特别程序重复", "a special procedure is listed twice"), Text("每种只写一次", "list each once"))
_NO_WAYS = (
    Text("没有办理形式", "no way of handing in is given"),
    Text("写明窗口、电脑端、移动端、快递", "say window, web, mobile or post"),
)
_DEPTH = (
    Text("网办深度应为 1 至 4", "the depth of online service is 1 to 4"),
    Text("填写 1、2、3、4 (Ⅰ至Ⅳ级), 不清楚则留空", "write 1 to 4, or leave it empty"),
)
_SHALLOW = (
    Text(
        "通办方式有全程网办, 网办深度却只有 1 或 2 级", "it may be handled online throughout, yet its depth is 1 or 2"
    ),
    Text("全程网办一般为 3 级以上, 核对其中一项", "that needs depth 3 or 4 as a rule: check one of them"),
)
_VISITS_RANGE = Text("到现场次数应在 0 至 {most} 之间", "visits are between 0 and {most}")
_VISITS_RANGE_FIX = Text("填写整数", "give a whole number")
_ZERO_NOT_ONLINE = (
    Text("到现场次数是 0, 却不能网上办理", "no visit is needed, yet it cannot be handled online"),
    Text(
        "通办方式加上全程网办 (办理形式加上电脑端或移动端), 或写明到现场次数",
        "add the online mode (and web or mobile among the ways), or state the visits",
    ),
)
_ZERO_WITHOUT_MODE = (
    Text("到现场次数是 0, 通办方式却没有全程网办", "no visit is needed, yet online is not among the modes"),
    Text("确认是否应加上全程网办", "check whether the online mode is missing"),
)
_ONLINE_WITH_VISITS = Text(
    "通办方式只有全程网办, 到现场次数却是 {visits}", "it is handled online throughout, yet {visits} visits are needed"
)
_ONLINE_WITH_VISITS_FIX = Text(
    "到现场次数改为 0, 或加上异地代收代办等方式", "make it 0 visits, or add another mode such as entrusted"
)
_VISITS_NO_REASON = (
    Text("需要到现场, 没有写跑动原因", "visits are needed and no reason is given"),
    Text("写明为什么必须到现场, 如 核验原件、采集指纹", "say why, such as originals or fingerprints"),
)
_REASON_NO_VISITS = (
    Text("到现场次数是 0, 却写了跑动原因", "no visit is needed, yet a reason for visits is given"),
    Text("删去原因, 或改正次数", "delete the reason, or correct the number"),
)
_MANY_VISITS = Text("到现场次数是 {visits}", "{visits} visits are needed")
_MANY_VISITS_FIX = Text("一般为 0 至 2 次, 核对是否填错", "0 to 2 are usual: check it")
_FEE_NO_BASIS = (
    Text("收费, 没有写收费依据", "a fee is charged without a basis"),
    Text("写明收费依据文件, 或改为不收费", "name the document, or charge no fee"),
)
_BASIS_NO_FEE = (
    Text("写了收费依据, 是否收费却是否", "a basis of a fee is given, yet no fee is charged"),
    Text("改为收费, 或清空收费依据", "charge the fee, or empty its basis"),
)
_IS_CERTIFICATE = (
    Text("结果名称是“…证”, 结果类型却不是证照", "the result is named …证, yet its kind is no certificate"),
    Text("结果类型改为证照 (出证办结), 或核对结果名称", "make it a certificate, or check the name"),
)
_IS_APPROVAL = (
    Text(
        "结果名称是“…批复/批文”, 结果类型却不是批文", "the result is named …批复 or …批文, yet its kind is no approval"
    ),
    Text("结果类型改为批文 (审批办结), 或核对结果名称", "make it an approval, or check the name"),
)
_RESULT_UNNAMED = (
    Text("结果类型是证照, 没有结果名称", "the result is a certificate without a name"),
    Text("写明证照名称", "name the certificate"),
)
