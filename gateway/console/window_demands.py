"""What the handler demands, in words: limits, powers, law, visits, fee, and each row of its materials."""

import re
from collections.abc import Sequence
from typing import Any

from gateway.case.item.definition import ItemMaterial, MaterialShape, Need
from gateway.case.item.limit_rules import limit_text
from gateway.case.item.material_gaps import wanted_text
from gateway.case.item.words import CASE_TYPE_TEXT, OBJECT_TEXT, SHAPE_TEXT, SOURCE_TEXT
from gateway.case.kinds import POWER_NAMES, Power
from gateway.case.model import MaterialFile
from gateway.case.texts import Lang, Text
from gateway.console.window_draft import Row, licence_chosen
from gateway.console.window_licences import Looked, looked_shown
from gateway.console.window_pages import JOIN, ORDER, TURN, in_order, is_picture, turn_of
from gateway.console.window_posted import DROP, FILE, HELD, Posted
from gateway.flows.people.window_offers import Demanded


def demands_shown(demanded: Demanded, lang: Lang) -> list[tuple[str, str]]:
    """Return the facts of an item at a place, label and value; what is not stated is left out."""
    it, agreed = demanded.definition, demanded.route.permit
    powers = [_plainly(POWER_NAMES[one]) for one in Power if one in demanded.powers]
    facts: list[tuple[Text, Text]] = [
        (Text("基本编码", "Basic code"), _same(demanded.item.basic_code)),
        (Text("通办协议", "Agreement"), _same(agreed.agreement)),
        (Text("协议授予本窗口", "Granted to this window"), _listed(powers) if powers else _NO_POWERS),
    ]
    if it is None:
        return [(label.say(lang), value.say(lang)) for label, value in facts]
    accepts = it.acceptance_limit
    within = (
        limit_text(accepts)
        if accepts
        else Text(f"{agreed.limits.accept_workdays} 个工作日", f"{agreed.limits.accept_workdays} working days")
    )
    facts += [
        (Text("实施部门", "Department"), _same(it.department)),
        (Text("办件类型", "Kind"), CASE_TYPE_TEXT[it.case_type]),
        (Text("服务对象", "For"), _listed([OBJECT_TEXT[one] for one in it.service_objects])),
        (Text("受理或一次告知", "Accepted or answered within"), within),
        (Text("承诺时限", "Promised limit"), limit_text(it.promised_limit) if it.promised_limit else _same("")),
        (Text("法定时限", "Legal limit"), limit_text(it.legal_limit) if it.legal_limit else _same("")),
        (Text("到现场次数", "Visits"), _same("" if it.visits is None else f"{it.visits} {it.visits_reason}".strip())),
        (Text("收费", "Fee"), _same(it.fee_basis or "✓") if it.fee_charged else Text("不收费", "none")),
        (Text("办理结果", "Result"), _same(it.result_name)),
        (Text("对方办公时间", "Their office hours"), _same(it.office_hours)),
        (Text("设定依据", "Legal basis"), _same("; ".join(it.legal_bases))),
    ]
    return [(label.say(lang), value.say(lang)) for label, value in facts if value.say(lang)]


def row_shown(
    row: Row, demanded: Demanded, posted: Posted, lang: Lang, may_look: bool, looked: Looked
) -> dict[str, Any]:
    """Return one row of the materials, as the page shows it.

    Args:
        may_look: licences can be looked up by the holder's number.
        looked: what was found that way.
    """
    entry = row.entry
    key = row.key
    held = posted.held(key)
    return {
        "key": key,
        "name": row.name,
        "listed": entry is not None,
        "required": entry is not None and entry.need is Need.REQUIRED,
        "wanted": _wanted(entry).say(lang) if entry else "",
        "standard": entry.standard if entry else "",
        "code": entry.list_code if entry else "",
        "licence": bool(entry and entry.licence_type_code) and _is_callable(demanded, entry),
        **files_shown(posted, key, held),
        "look": may_look,
        "looked": looked_shown(looked.get(key), lang),
        "paper": entry is None or entry.shape is not MaterialShape.ELECTRONIC,
        "upload": entry is None or entry.shape is not MaterialShape.PAPER,
        "originals": posted.one(f"originals.{key}"),
        "copies": posted.one(f"copies.{key}"),
        "seen": bool(posted.one(f"seen.{key}")),
        "licence_id": licence_chosen(posted, key),
    }


def files_shown(posted: Posted, key: str, held: Sequence[MaterialFile]) -> dict[str, Any]:
    """Return the files of a row as the page shows them: what they are, in which order, turned how, and their fields' names."""
    pictures = [one for one in held if is_picture(one)]
    return {
        "files": in_order(posted, key, held),
        "pictures": {one.sha256: at for at, one in enumerate(in_order(posted, key, pictures), 1)},
        "turns": {one.sha256: turn_of(posted, key, one) for one in pictures},
        "join": f"{JOIN}.{key}",
        "names": {
            "file": f"{FILE}{key}",
            "held": f"{HELD}{key}",
            "drop": f"{DROP}{key}",
            "order": f"{ORDER}{key}.",
            "turn": f"{TURN}{key}.",
        },
    }


def _is_callable(demanded: Demanded, entry: ItemMaterial | None) -> bool:
    types = demanded.callable_types
    return entry is not None and (types is None or entry.licence_type_code in types)


def _wanted(entry: ItemMaterial) -> Text:
    either = [SHAPE_TEXT[entry.shape]] if entry.shape is MaterialShape.EITHER else []
    return _listed([wanted_text(entry), *either, SOURCE_TEXT[entry.source]])


def _plainly(name: Text) -> Text:
    """Return a power's name without the word by which files and programs know it."""
    return Text(_WORD.sub("", name.zh), _WORD.sub("", name.en))


def _same(text: str) -> Text:
    return Text(text, text)


def _listed(texts: list[Text]) -> Text:
    return Text("、".join(one.zh for one in texts), ", ".join(one.en for one in texts))


_WORD = re.compile(r" \([a-z_]+\)")
_NO_POWERS = Text("没有: 受理、核验原件和送达都由对方", "none: the handler accepts, sees originals and delivers")
