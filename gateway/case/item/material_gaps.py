"""What is missing or wrong among the materials of a case, in words a window clerk can act on.

Names come from the list, never from what somebody typed.  A material that may be handed in later (容缺后补) is no gap.

Source: domain of materials of GB/T 39554.2-2020 (必要性, 形式, 份数); 行政许可法 art. 31 and 32 (only what the list demands); an
electronic licence counts as the paper (国务院令第716号).
"""

from collections.abc import Iterator
from dataclasses import dataclass

from gateway.case.errors import FieldFinding
from gateway.case.item.checklist import Handed, answered
from gateway.case.item.definition import ItemDefinition, ItemMaterial, MaterialShape, Need
from gateway.case.item.material_names import material_key
from gateway.case.item.words import NEED_TEXT
from gateway.case.kinds import Power
from gateway.case.model import Case, LicenceReference, MaterialFile, Mode, Paper
from gateway.case.texts import Text

_AGAIN = Text("补交后重新提交", "hand it in and submit again")
_UPLOAD = Text("请改为上传文件", "upload a file instead")
_AUTHORISATION = ("授权委托书", "委托书")


@dataclass(frozen=True, slots=True)
class Terms:
    """What the gaps of materials depend on besides list and case.

    Attributes:
        place: short name of the place that demands, such as 利川市.
        callable_types: types of electronic licences that can be looked up; None when that is not known.
        powers: what the agreement lets the window do; None when no agreement is looked at.
    """

    place: Text
    callable_types: frozenset[str] | None = None
    powers: frozenset[Power] | None = None


def material_gaps(case: Case, definition: ItemDefinition, terms: Terms) -> Iterator[FieldFinding]:
    """Yield every gap between the materials of a case and the list of an item."""
    checklist = answered(definition.materials, case.materials)
    for entry, handed in checklist.entries:
        if handed:
            yield from _wrong_forms(entry, handed, case, terms)
        elif entry.need is Need.REQUIRED or (case.agent and _is_authorisation(entry)):
            yield _missing(entry, checklist.perhaps(entry), terms.place)
    codes = [entry.list_code for entry in definition.materials if entry.list_code]
    for one in checklist.others:
        if one.material.list_code:
            yield FieldFinding(
                f"materials[{one.position}].list_code",
                Text("{place}的材料清单里没有这个编码", "the list of {place} has no such code").format(
                    place=terms.place
                ),
                Text(
                    "可以写: {codes}; 清单外的材料不写编码", "write one of {codes}; none for a material off the list"
                ).format(codes=", ".join(codes) or "-"),
            )
    yield from _authorisation(case, definition)


def wanted_text(entry: ItemMaterial) -> Text:
    """Return what a list demands of one material: 必要, 原件 1 份, 复印件 2 份."""
    zh, en = [NEED_TEXT[entry.need].zh], [NEED_TEXT[entry.need].en]
    if entry.originals:
        zh.append(f"原件 {entry.originals} 份")
        en.append(f"{entry.originals} original{'s' * (entry.originals > 1)}")
    if entry.copies:
        zh.append(f"复印件 {entry.copies} 份")
        en.append(f"{entry.copies} cop{'ies' if entry.copies > 1 else 'y'}")
    if entry.shape is MaterialShape.PAPER:
        zh.append("纸质")
        en.append("on paper")
    elif entry.shape is MaterialShape.ELECTRONIC:
        zh.append("电子件")
        en.append("electronic")
    return Text(", ".join(zh), ", ".join(en))


def _missing(entry: ItemMaterial, perhaps: Handed | None, place: Text) -> FieldFinding:
    problem = Text(
        "{place}要求提交“{name}”({wanted}), 本件没有",
        "{place} demands “{name}” ({wanted}), which this case does not have",
    ).format(place=place, name=entry.name, wanted=wanted_text(entry))
    if perhaps is None:
        return FieldFinding("materials", problem, _AGAIN)
    fix = Text(
        "第 {n} 份材料如果就是它, 写上 list_code {code} 或改用清单上的名称; 否则补交后重新提交",
        "if material number {n} is it, give it the list_code {code} or the name on the list; else hand it in and submit again",
    ).format(n=perhaps.position + 1, code=entry.list_code or "-")
    return FieldFinding("materials", problem, fix)


def _wrong_forms(entry: ItemMaterial, handed: tuple[Handed, ...], case: Case, terms: Terms) -> Iterator[FieldFinding]:
    licences = [one for one in handed if isinstance(one.material.form, LicenceReference)]
    papers = [one for one in handed if isinstance(one.material.form, Paper)]
    files = [one for one in handed if isinstance(one.material.form, MaterialFile)]
    wrong = [finding for one in licences for finding in _licence(entry, one, terms)]
    yield from wrong
    if len(wrong) < len(licences):
        return
    if not papers and not files:
        return
    first = (papers or files)[0]
    if entry.shape is MaterialShape.PAPER and not papers:
        yield _of(first, "", entry, terms, _ONLY_PAPER, _HAND_IN_PAPER)
    elif entry.shape is MaterialShape.ELECTRONIC and not files:
        yield _of(first, "", entry, terms, _ONLY_ELECTRONIC, _UPLOAD)
    elif papers and entry.shape is not MaterialShape.ELECTRONIC:
        yield from _too_few(entry, papers, terms)
    elif files:
        yield from _unseen(entry, files, case, terms)


_ONLY_PAPER = Text(
    "{place}要求“{name}”为纸质材料({wanted}), 本件只有电子件",
    "{place} demands “{name}” on paper ({wanted}); this case has it as a file only",
)
_HAND_IN_PAPER = Text("收取纸质材料, 登记份数后重新提交", "take it on paper, enter how many, and submit again")
_ONLY_ELECTRONIC = Text(
    "{place}要求“{name}”为电子件, 本件只有纸质", "{place} demands “{name}” as a file; this case has it on paper only"
)
_NO_LICENCE = Text("{place}的“{name}”不能用电子证照代替", "{place} takes no electronic licence for “{name}”")
_WRONG_TYPE = Text(
    "{place}的“{name}”应引用类型 {wanted} 的电子证照",
    "for “{name}” {place} takes an electronic licence of type {wanted}",
)
_CHOOSE_LICENCE = Text("改用该类型的证照, 或上传文件", "refer to a licence of that type, or upload a file")
_NOT_CALLABLE = Text(
    "“{name}”的电子证照类型 {wanted} 暂不能调用", "licences of type {wanted}, for “{name}”, cannot be called up yet"
)
_TOO_FEW = Text(
    "{place}要求“{name}”{kind} {wanted} 份, 本件 {have} 份",
    "{place} demands {wanted} {kind} of “{name}”; this case has {have}",
)
_ORIGINAL = Text("原件", "originals")
_COPY = Text("复印件", "copies")
_UNSEEN = Text(
    "{place}要求核验“{name}”原件({wanted}), 本件没有核验",
    "{place} demands that the original of “{name}” is seen ({wanted}); it was not",
)
_LOOK = Text(
    "在窗口核对原件, 勾选“已核验原件”后重新提交",
    "compare the original at the window, tick that it was seen and submit again",
)
_MAIL = Text(
    "协议没有授予原件核验权: 收取纸质原件并邮寄, 登记为纸质材料",
    "the agreement does not let the window verify originals: take and mail the original, and enter it as paper",
)


def _licence(entry: ItemMaterial, one: Handed, terms: Terms) -> Iterator[FieldFinding]:
    form = one.material.form
    assert isinstance(form, LicenceReference), "the caller sorted them"
    if not entry.licence_type_code:
        yield _of(one, "", entry, terms, _NO_LICENCE, _UPLOAD)
    elif form.type_code != entry.licence_type_code:
        yield _of(one, ".type_code", entry, terms, _WRONG_TYPE, _CHOOSE_LICENCE, wanted=entry.licence_type_code)
    elif terms.callable_types is not None and form.type_code not in terms.callable_types:
        yield _of(one, ".type_code", entry, terms, _NOT_CALLABLE, _UPLOAD, wanted=form.type_code)


def _too_few(entry: ItemMaterial, papers: list[Handed], terms: Terms) -> Iterator[FieldFinding]:
    forms = [one.material.form for one in papers]
    originals = sum(form.originals for form in forms if isinstance(form, Paper))
    copies = sum(form.copies for form in forms if isinstance(form, Paper))
    # An original more than demanded does for a copy.
    counted = (
        (".originals", _ORIGINAL, entry.originals, originals),
        (".copies", _COPY, entry.copies, copies + max(originals - entry.originals, 0)),
    )
    for where, kind, wanted, have in counted:
        if have < wanted:
            yield _of(papers[0], where, entry, terms, _TOO_FEW, _AGAIN, kind=kind, wanted=wanted, have=have)


def _unseen(entry: ItemMaterial, files: list[Handed], case: Case, terms: Terms) -> Iterator[FieldFinding]:
    # Online nobody stands at a window; there the handler compares what it needs to.
    if case.mode is Mode.ONLINE or not entry.originals or any(one.material.original_seen for one in files):
        return
    may_look = terms.powers is None or Power.VERIFY_ORIGINALS in terms.powers
    yield _of(files[0], ".original_seen", entry, terms, _UNSEEN, _LOOK if may_look else _MAIL)


def _authorisation(case: Case, definition: ItemDefinition) -> Iterator[FieldFinding]:
    if case.agent is None or not any(_is_authorisation(entry) for entry in definition.materials):
        return
    named = case.agent.authorisation_material_id
    if named not in {material.material_id for material in case.materials} or not named:
        yield FieldFinding(
            "agent.authorisation_material_id",
            Text(
                "由代理人办理, 没有写明授权委托书是哪一份材料",
                "an agent acts, and no material is named as the authorisation",
            ),
            Text("填写授权委托书的 material_id", "give the material_id of the authorisation"),
        )


def _is_authorisation(entry: ItemMaterial) -> bool:
    return material_key(entry.name).endswith(_AUTHORISATION)


def _of(
    one: Handed, where: str, entry: ItemMaterial, terms: Terms, problem: Text, fix: Text, **facts: object
) -> FieldFinding:
    told = {"place": terms.place, "name": entry.name, "wanted": wanted_text(entry)} | facts
    return FieldFinding(f"materials[{one.position}]{where}", problem.format(**told), fix)
