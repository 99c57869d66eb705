"""What a supplement notice may say (补正告知): one notice lists everything, each thing by its name, once.

Source: 行政许可法 art. 32 (4): incomplete applications are told once, all that has to be supplied.
"""

from collections.abc import Collection, Iterator, Sequence

from gateway.case.errors import FieldFinding
from gateway.case.event.supplements import form_now, is_second, materials_now, notices, open_notice, requirements_of
from gateway.case.events import Event, Requirement, SupplementRequested
from gateway.case.form.changes import leads_nowhere, steps_of
from gateway.case.model import Case
from gateway.case.texts import Text

_OPEN = Text("已有一份补正告知还没有答复", "a supplement notice is open already")
_OPEN_FIX = Text(
    "等申请人补正后再告知; 一次告知全部内容", "wait for the answer to it; one notice lists everything that is missing"
)
_SECOND = Text(
    "受理前第二次补正告知须写明理由 (一次性告知, 行政许可法第三十二条)",
    "a second notice before acceptance needs a reason (told once, 行政许可法 art. 32)",
)
_SECOND_FIX = Text("说明为什么第一次没有告知", "say why the first notice did not ask for it")
_NO_SUPERVISOR = Text("受理前第二次补正告知须有负责人批准", "a second notice before acceptance needs a supervisor")
_NO_SUPERVISOR_FIX = Text("填写批准人姓名", "name who approved it")
_PAST = Text("补正期限不晚于告知时间", "the limit is not after the notice itself")
_PAST_FIX = Text("填写告知之后的时间", "give a time after the notice")
_ID_TWICE = Text("本件中已用过这个编号", "this case has a requirement of this id already")
_ID_TWICE_FIX = Text(
    "每一项用新的编号, 同一件中不重复", "give each requirement an id of its own, unique within the case"
)
_TWO_THINGS = Text("同时写了材料和表单字段", "it names both a material and a field of the form")
_TWO_THINGS_FIX = Text("分成两项", "make two requirements of it")
_NO_MATERIAL = Text("本件没有这份材料", "the case has no such material")
_NO_MATERIAL_FIX = Text(
    "填写本件材料的编号; 要新材料时只写清单代码 list_code 或文字说明",
    "give the id of a material of the case; for a new one give its list_code only, or plain words",
)
_NOT_LISTED = Text("事项的材料清单里没有这个代码", "the item's checklist has no such code")
_NOT_LISTED_FIX = Text(
    "照事项清单填写; 清单以外的材料不得要求",
    "take the code from the item's checklist; nothing outside it may be asked for",
)
_NO_POINTER = Text("不是 JSON Pointer", "it is no JSON Pointer")
_NO_POINTER_FIX = Text("写成 /字段 或 /字段/0/字段 (RFC 6901)", "write /field or /field/0/field (RFC 6901)")
_NOWHERE = Text("本件的表单里不可能有这个字段", "the form of the case cannot have such a field")
_NOWHERE_FIX = Text("对照表单核对字段路径", "compare the path with the form")


def notice_findings(
    case: Case, events: Sequence[Event], event: Event, list_codes: Collection[str] | None = None
) -> tuple[FieldFinding, ...]:
    """Return everything wrong with a supplement notice.

    Args:
        events: what happened to the case before it.
        list_codes: codes of the item's checklist; None when it is not known here, then codes are not checked.
    """
    notice = event.happening
    if not isinstance(notice, SupplementRequested):
        raise TypeError("no supplement notice")
    return tuple(_findings(case, events, event, notice, list_codes))


def _findings(
    case: Case, events: Sequence[Event], event: Event, notice: SupplementRequested, codes: Collection[str] | None
) -> Iterator[FieldFinding]:
    if open_notice(events) is not None:
        yield FieldFinding("event", _OPEN, _OPEN_FIX)
    if is_second(events, event):
        if not event.reason.strip():
            yield FieldFinding("reason", _SECOND, _SECOND_FIX)
        if not notice.supervisor.strip():
            yield FieldFinding("supervisor", _NO_SUPERVISOR, _NO_SUPERVISOR_FIX)
    if notice.respond_by is not None and notice.respond_by <= event.recorded_at:
        yield FieldFinding("respond_by", _PAST, _PAST_FIX)
    used = {one.requirement_id for earlier in notices(events) for one in requirements_of(earlier)}
    held = {material.material_id for material in materials_now(case, events)}
    form = form_now(case, events)
    for position, one in enumerate(notice.requirements):
        path = f"requirements[{position}]"
        if one.requirement_id in used:
            yield FieldFinding(f"{path}.requirement_id", _ID_TWICE, _ID_TWICE_FIX)
        used.add(one.requirement_id)
        yield from _thing(one, path, held, form, codes)


def _thing(
    one: Requirement, path: str, held: Collection[str], form: str, codes: Collection[str] | None
) -> Iterator[FieldFinding]:
    if one.form_field and (one.material_id or one.list_code):
        yield FieldFinding(path, _TWO_THINGS, _TWO_THINGS_FIX)
    if one.material_id and one.material_id not in held:
        yield FieldFinding(f"{path}.material_id", _NO_MATERIAL, _NO_MATERIAL_FIX)
    elif one.list_code and not one.material_id and codes is not None and one.list_code not in codes:
        yield FieldFinding(f"{path}.list_code", _NOT_LISTED, _NOT_LISTED_FIX)
    if one.form_field:
        steps = steps_of(one.form_field)
        if steps is None:
            yield FieldFinding(f"{path}.form_field", _NO_POINTER, _NO_POINTER_FIX)
        elif leads_nowhere(form, steps):
            yield FieldFinding(f"{path}.form_field", _NOWHERE, _NOWHERE_FIX)
