"""A supplement notice (补正告知) composed from what the case has and what the item asks for: tick, say why, send once.

A row is one thing that may be asked for: a material that is there (`m:` and its id), an entry of the checklist that nothing
answers (`l:` and its code), a field of the form (`f:` and its JSON Pointer), or something in plain words (`t:`).  A row
counts when it is ticked or says something.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from typing import Any

from gateway.case.days import CHINA
from gateway.case.event.supplements import form_now, materials_now, notices, requirements_of
from gateway.case.events import Event, Requirement, SupplementRequested
from gateway.case.form.json_exact import read_exact
from gateway.case.item.checklist import answered
from gateway.case.item.definition import ItemMaterial
from gateway.case.item.words import NEED_TEXT
from gateway.case.texts import Text
from gateway.console.call import Call
from gateway.flows.look import CaseView
from gateway.flows.past import COUNTS

WORD_ROWS = 3
MOST_FORM_ROWS = 60


@dataclass(frozen=True, slots=True)
class Asked:
    """A row that was ticked, or says something."""

    key: str
    what: str


@dataclass(frozen=True, slots=True)
class Row:
    """One thing that may be asked for.

    Attributes:
        hint: what is known of it, such as that the list demands it and nothing was handed in.
    """

    key: str
    name: str
    group: Text
    hint: Text = field(default_factory=lambda: Text("", ""))
    ticked: bool = False
    what: str = ""


def rows_of(view: CaseView, wanted: Sequence[ItemMaterial], asked: Sequence[Asked]) -> list[tuple[Text, list[Row]]]:
    """Return every row of a notice for this case by group, filled in as it was sent."""
    filled = {one.key: one.what for one in asked}
    rows = [*_material_rows(view, wanted), *_form_rows(view)]
    rows += [Row(f"t:{n}", "", _IN_WORDS) for n in range(1, WORD_ROWS + 1)]
    groups: dict[Text, list[Row]] = {}
    for one in rows:
        row = replace(one, ticked=one.key in filled, what=filled.get(one.key, ""))
        groups.setdefault(one.group, []).append(row)
    return list(groups.items())


def asked_in(call: Call) -> tuple[Asked, ...]:
    """Return the rows of a form that count, in its order."""
    ticked = set(call.fields("ask"))
    said = {name[len(_WHAT) :]: call.field(name) for name in call.form if name.startswith(_WHAT)}
    return tuple(Asked(key, what) for key, what in said.items() if what or key in ticked)


def requirements_from(view: CaseView, asked: Sequence[Asked], values: Mapping[str, Any]) -> SupplementRequested:
    """Return the notice; `values` are its other fields."""
    events = _events(view)
    used = {one.requirement_id for earlier in notices(events) for one in requirements_of(earlier)}
    ids = (name for name in (f"r{n}" for n in range(1, 100_000)) if name not in used)
    codes = {one.material_id: one.list_code for one in materials_now(view.case, events)}
    names = {one.material_id: one.name for one in materials_now(view.case, events)}
    wanted = tuple(_requirement(next(ids), one, codes, names) for one in asked)
    until = values.get("respond_by")
    return SupplementRequested(
        wanted,
        _end_of(until) if isinstance(until, date) else None,
        str(values.get("supervisor", "")),
        str(values.get("notice_number", "")),
    )


def _requirement(own_id: str, asked: Asked, codes: Mapping[str, str], names: Mapping[str, str]) -> Requirement:
    kind, _, name = asked.key.partition(":")
    if kind == "m":
        return Requirement(own_id, asked.what or f"重新提交{names.get(name, '')}", name, codes.get(name, ""))
    if kind == "l":
        return Requirement(own_id, asked.what or "补交这份材料", list_code=name)
    if kind == "f":
        return Requirement(own_id, asked.what or "核对后改正", form_field=name)
    return Requirement(own_id, asked.what)


def _material_rows(view: CaseView, wanted: Sequence[ItemMaterial]) -> list[Row]:
    held = materials_now(view.case, _events(view))
    rows = [
        Row(f"m:{one.material_id}", one.name, _HANDED_IN, Text(f"第 {one.version} 版", f"version {one.version}"))
        for one in held
    ]
    listed = answered(tuple(wanted), held)
    rows += [
        Row(f"l:{entry.list_code}", entry.name, _NOT_HANDED_IN, NEED_TEXT[entry.need])
        for entry, found in listed.entries
        if not found and entry.list_code
    ]
    return rows


def _form_rows(view: CaseView) -> list[Row]:
    try:
        form = read_exact(form_now(view.case, _events(view)) or "{}")
    except (ValueError, RecursionError):
        return []
    if not isinstance(form, dict):
        return []
    names = list(form)[:MOST_FORM_ROWS]
    return [Row(f"f:/{str(name).replace('~', '~0').replace('/', '~1')}", str(name), _FIELDS) for name in names]


def _events(view: CaseView) -> list[Event]:
    return [one.event for one in view.events if one.event is not None and one.row.standing in COUNTS]


def _end_of(day: date) -> datetime:
    """Return the last second of a day in China."""
    return datetime.combine(day + timedelta(days=1), time(), CHINA) - timedelta(seconds=1)


_WHAT = "what:"
_HANDED_IN = Text("已提交的材料", "Handed in")
_NOT_HANDED_IN = Text("清单中没有提交的材料", "On the list and not handed in")
_FIELDS = Text("表单", "Form")
_IN_WORDS = Text("其他", "Other")
