"""What must hold between fields of one body.

Judged on the data as written, field by field, so that it is told together with whatever else is wrong.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime

from gateway.case.days import day_in_china
from gateway.case.errors import FieldFinding
from gateway.case.model import DeliveryWay
from gateway.case.texts import Text
from gateway.local.fields import Judged, Unfit, read_moment

BACKDATED_WORKDAYS = 1
"""An event older than this many working days of the region needs a reason."""

_FORMS = ("file", "licence", "paper")
_ONE_FORM = Text("file, licence, paper 三项中写且只写一项", "give exactly one of file, licence and paper")
_MAIL = ("recipient", "phone", "address")


def case_checks(data: Mapping[str, object]) -> Iterator[FieldFinding]:
    """Yield what does not fit together in a case."""
    materials = _list(data, "materials")
    yield from material_checks(materials)
    agent = data.get("agent")
    wanted = agent.get("authorisation_material_id") if isinstance(agent, dict) else None
    if isinstance(wanted, str) and wanted:
        ids = [material.get("material_id") for material in materials if isinstance(material, dict)]
        if wanted not in ids:
            yield FieldFinding(
                "agent.authorisation_material_id",
                Text("materials 中没有这份材料", "there is no such material in `materials`"),
                Text("把授权委托书列入 materials", "list the power of attorney in `materials`"),
            )
    delivery = data.get("delivery")
    if isinstance(delivery, dict) and delivery.get("way") == DeliveryWay.MAIL.value:
        for key in _MAIL:
            if not delivery.get(key):
                yield FieldFinding(
                    f"delivery.{key}",
                    Text("邮寄送达时必填", "delivery by mail needs it"),
                    Text("补上, 或改选其他送达方式", "add it, or choose another way"),
                )


def material_checks(materials: list[object]) -> Iterator[FieldFinding]:
    """Yield what does not fit together in a list of materials."""
    seen: dict[object, int] = {}
    sizes: dict[object, object] = {}
    for position, material in enumerate(materials):
        if not isinstance(material, dict):
            continue
        path = f"materials[{position}]"
        given = [form for form in _FORMS if material.get(form) is not None]
        if len(given) != 1:
            problem = Text(f"写了 {len(given)} 种材料形式", f"it has {len(given)} forms")
            yield FieldFinding(path, problem, _ONE_FORM)
        own_id = material.get("material_id")
        if isinstance(own_id, str) and own_id in seen:
            yield FieldFinding(
                f"{path}.material_id",
                Text(f"与 materials[{seen[own_id]}] 重复", f"materials[{seen[own_id]}] has it too"),
                Text("每份材料一个编号", "give every material an id of its own"),
            )
        elif isinstance(own_id, str):
            seen[own_id] = position
        file = material.get("file")
        if isinstance(file, dict) and isinstance(file.get("sha256"), str):
            size = sizes.setdefault(file["sha256"], file.get("size"))
            if size != file.get("size"):
                yield FieldFinding(
                    f"{path}.file.size",
                    Text("同一摘要写了不同的大小", "the same digest has another size elsewhere"),
                    Text("核对文件", "check the file"),
                )


def event_checks(data: Mapping[str, object], judged: Judged) -> Iterator[FieldFinding]:
    """Yield what does not fit together in an event, but for backdating."""
    if data.get("event") == "supplemented":
        yield from material_checks(_list(data, "materials"))
    started, ended = _when(data, "started_at"), _when(data, "ended_at")
    if started and ended and ended < started:
        yield FieldFinding("ended_at", Text("早于 started_at", "it is before started_at"), _RETYPE)
    first, last = data.get("valid_from"), data.get("valid_to")
    if isinstance(first, str) and isinstance(last, str) and last < first:
        yield FieldFinding("valid_to", Text("早于 valid_from", "it is before valid_from"), _RETYPE)
    version = data.get("data_version")
    if isinstance(version, int) and version > 1 and not data.get("corrects"):
        yield FieldFinding("data_version", _CORRECTS_NOTHING, _NAME_THE_EVENT)
    for key in ("respond_by",):
        moment = _when(data, key)
        if moment and moment < judged.now:
            yield FieldFinding(key, Text("期限已过", "the limit has passed already"), _RETYPE)


def backdating(data: Mapping[str, object], judged: Judged) -> FieldFinding | None:
    """Return a finding for an event recorded more than a working day late without a reason."""
    occurred = _when(data, "occurred_at")
    reason = data.get("reason")
    if occurred is None or (isinstance(reason, str) and reason.strip()):
        return None
    if judged.calendar.between(day_in_china(occurred), judged.today) <= BACKDATED_WORKDAYS:
        return None
    return FieldFinding(
        "occurred_at",
        Text("早于一个工作日以上, 没有说明原因", "it is more than a working day ago and no reason is given"),
        Text("在 reason 中说明补录原因", "say in `reason` why it is recorded late"),
    )


_CORRECTS_NOTHING = Text(
    "版本大于 1 的是更正, 没有写更正哪个事件", "a version above 1 is a correction, and names no event"
)
_NAME_THE_EVENT = Text("在 corrects 填写被更正事件的 event_id", "give the event_id it corrects in `corrects`")
_RETYPE = Text("核对后改正", "check and correct it")


def _when(data: Mapping[str, object], key: str) -> datetime | None:
    try:
        return read_moment(data.get(key))
    except Unfit:
        return None


def _list(data: Mapping[str, object], key: str) -> list[object]:
    value = data.get(key)
    return value if isinstance(value, list) else []
