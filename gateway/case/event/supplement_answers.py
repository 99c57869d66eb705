"""What the answer to a supplement notice may bring (补正受理): only what was asked for.

The rule: every requirement is answered, unless the event's reason says why the rest will not come.  A requirement that
names a material is answered by that material in its next version, one that names a list code by a material of that code,
one that names a field by a change of that field.  One in plain words lets in a new material, and, unless others in the
notice are asked for by name, a newer material or a change of the form: which it means, only people know.

Source: 行政许可法 art. 32; a material replaced is a new version, never the same one with other content.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from gateway.case.errors import FieldFinding
from gateway.case.event.supplements import form_now, materials_now, open_notice, requirements_of
from gateway.case.events import Event, Requirement, Supplemented
from gateway.case.form.changes import Steps, changed_fields, field_path, is_asked, keys_of, steps_of
from gateway.case.model import Case, Material
from gateway.case.texts import Text

MOST_FIELDS_NAMED = 50

_ONLY_ASKED = Text(
    "只补正告知里要求的内容; 其他变更请对方另行告知",
    "hand in what the notice asks for only; for more, ask for another notice",
)
_NO_NOTICE = Text("没有待答复的补正告知", "no supplement notice is open")
_UNKNOWN_ID = Text("补正告知里没有这一项", "the notice has no such requirement")
_UNKNOWN_ID_FIX = Text("照补正告知填写 requirement_id", "take the requirement_id from the notice")
_ID_TWICE = Text("同一项写了两次", "a requirement is named twice")
_ONCE = Text("每一项只写一次", "name each once")
_MATERIAL_TWICE = Text("同一份材料写了两次", "a material is there twice")
_NOT_ASKED = Text("补正告知没有要求这份材料", "the notice does not ask for this material")
_FIELD_NOT_ASKED = Text("补正告知没有要求修改这个字段", "the notice does not ask for a change of this field")
_RESTORE = Text("恢复原来的内容, 只修改要求的字段", "put back what it was; change the fields that were asked for only")
_FORM_DIFFERS = Text("表单无法与原来的逐项比较", "the form cannot be compared with the one before, field by field")
_MORE_FIELDS = Text("还有 {count} 个字段没有要求修改", "{count} more fields were changed without being asked")
_NEXT_VERSION = Text(
    "材料已有第 {newest} 版, 替换应为第 {next} 版",
    "the material has version {newest}, so its replacement is version {next}",
)
_NEXT_VERSION_FIX = Text(
    "version 填写 {next}; 已有的版本不能改", "write version {next}; a version that is there never changes"
)
_FIRST_VERSION = Text("新材料的版本应为 1", "a new material has version 1")
_FIRST_VERSION_FIX = Text("version 填写 1, 或核对材料编号", "write version 1, or check the material's id")
_NOT_LISTED = Text("“{id}”这一项没有答复", "requirement {id} is not answered")
_NOTHING_CAME = Text("“{id}”这一项没有带来要求的内容", "requirement {id} is named, but what it asks for is not there")
_BRING_IT = Text("补齐; 申请人不再补交的, 在 reason 中说明", "bring it; if the applicant will not, say so in `reason`")


def answer_findings(case: Case, events: Sequence[Event], event: Event) -> tuple[FieldFinding, ...]:
    """Return everything wrong with the answer to the open supplement notice; `events` are those before it."""
    answer = event.happening
    if not isinstance(answer, Supplemented):
        raise TypeError("no answer to a supplement notice")
    notice = open_notice(events)
    if notice is None:
        return (FieldFinding("event", _NO_NOTICE, _ONLY_ASKED),)
    asked = requirements_of(notice)
    held = {one.material_id: one for one in materials_now(case, events)}
    before = form_now(case, events)
    changes = changed_fields(before, answer.form_json) if answer.form_json else ()
    found = [
        *_named(asked, answer),
        *_materials(asked, answer, held),
        *_fields(asked, changes, keys_of(case.form_json)),
    ]
    if not event.reason.strip():
        found += _unanswered(asked, answer, held, changes)
    return tuple(found)


def _named(asked: Sequence[Requirement], answer: Supplemented) -> Iterator[FieldFinding]:
    known = {one.requirement_id for one in asked}
    counted = Counter(answer.requirement_ids)
    for position, name in enumerate(answer.requirement_ids):
        path = f"requirement_ids[{position}]"
        if name not in known:
            yield FieldFinding(path, _UNKNOWN_ID, _UNKNOWN_ID_FIX)
        elif counted[name] > 1 and answer.requirement_ids.index(name) != position:
            yield FieldFinding(path, _ID_TWICE, _ONCE)


def _materials(
    asked: Sequence[Requirement], answer: Supplemented, held: Mapping[str, Material]
) -> Iterator[FieldFinding]:
    seen: set[str] = set()
    for position, material in enumerate(answer.materials):
        path = f"materials[{position}]"
        if material.material_id in seen:
            yield FieldFinding(f"{path}.material_id", _MATERIAL_TWICE, _ONCE)
            continue
        seen.add(material.material_id)
        earlier = held.get(material.material_id)
        if not any(_is_meant(one, material, earlier) for one in asked) and not _in_words(asked, new=earlier is None):
            yield FieldFinding(path, _NOT_ASKED, _ONLY_ASKED)
        if earlier is None and material.version != 1:
            yield FieldFinding(f"{path}.version", _FIRST_VERSION, _FIRST_VERSION_FIX)
        elif earlier is not None and material.version != earlier.version + 1:
            facts = {"newest": earlier.version, "next": earlier.version + 1}
            yield FieldFinding(f"{path}.version", _NEXT_VERSION.format(**facts), _NEXT_VERSION_FIX.format(**facts))


def _fields(asked: Sequence[Requirement], changes: Sequence[Steps], known: frozenset[str]) -> Iterator[FieldFinding]:
    wanted = [steps for one in asked if one.form_field and (steps := steps_of(one.form_field)) is not None]
    if not wanted and any(_is_words(one) for one in asked):
        return
    strange = [field for field in changes if not is_asked(field, wanted)]
    for field in strange[:MOST_FIELDS_NAMED]:
        yield FieldFinding(field_path(field, known), _FIELD_NOT_ASKED if field else _FORM_DIFFERS, _RESTORE)
    if (more := len(strange) - MOST_FIELDS_NAMED) > 0:
        yield FieldFinding("form", _MORE_FIELDS.format(count=more), _RESTORE)


def _unanswered(
    asked: Sequence[Requirement], answer: Supplemented, held: Mapping[str, Material], changes: Sequence[Steps]
) -> Iterator[FieldFinding]:
    for one in asked:
        if one.requirement_id not in answer.requirement_ids:
            yield FieldFinding("requirement_ids", _NOT_LISTED.format(id=one.requirement_id), _BRING_IT)
        elif not _came(one, answer, held, changes):
            path = "form" if one.form_field else "materials"
            yield FieldFinding(path, _NOTHING_CAME.format(id=one.requirement_id), _BRING_IT)


def _came(one: Requirement, answer: Supplemented, held: Mapping[str, Material], changes: Sequence[Steps]) -> bool:
    if one.material_id or one.list_code:
        return any(_is_meant(one, material, held.get(material.material_id)) for material in answer.materials)
    if one.form_field:
        steps = steps_of(one.form_field)
        return steps is not None and any(is_asked(field, [steps]) for field in changes)
    return True


def _is_meant(one: Requirement, material: Material, earlier: Material | None) -> bool:
    """Whether a requirement names this material: by its id, else by its code in the checklist."""
    if one.material_id and one.material_id == material.material_id:
        return True
    code = earlier.list_code if earlier is not None else material.list_code
    return bool(one.list_code) and one.list_code == code and (earlier is None or not one.material_id)


def _in_words(asked: Sequence[Requirement], *, new: bool) -> bool:
    """Whether a requirement in plain words may mean this material."""
    if not any(_is_words(one) for one in asked):
        return False
    return new or not any(one.material_id or one.list_code for one in asked)


def _is_words(one: Requirement) -> bool:
    return not (one.material_id or one.list_code or one.form_field)
