"""Whether a case meets what an item demands: every gap, in words that name the material and the place."""

from dataclasses import replace
from typing import Any

import pytest

from gateway.case.errors import FieldFinding
from gateway.case.item.definition import HandlingItem, ItemMaterial, MaterialShape, Need, ServiceObject
from gateway.case.item.requirements import gaps, power_gaps
from gateway.case.kinds import Power
from gateway.case.model import Material, Mode
from gateway.case.texts import Text
from tests.build import a_case, a_definition, a_file, a_licence, a_material, a_paper, an_agent, an_organisation

LICHUAN = Text("利川市", "Lichuan")
LICENCE_TYPE = "11422800MB0T00015R001"
ID_CARD = ItemMaterial("A010", "居民身份证", originals=1, licence_type_code=LICENCE_TYPE)


def found(
    *materials: Material, wanted: ItemMaterial | tuple[ItemMaterial, ...] = ID_CARD, case: Any = None, **more: Any
) -> list[FieldFinding]:
    listed = wanted if isinstance(wanted, tuple) else (wanted,)
    definition = a_definition(materials=listed, **more.pop("definition", {}))
    given = replace(case or a_case(), materials=materials)
    return list(gaps(given, definition, place=LICHUAN, **more))


def told(*materials: Material, **more: Any) -> list[tuple[str, str]]:
    return [(one.path, one.problem.zh) for one in found(*materials, **more)]


def papers(originals: int = 1, copies: int = 0, name: str = "居民身份证", **changes: Any) -> Material:
    return a_material("m9", a_paper(originals=originals, copies=copies), name=name, list_code="", **changes)


def scan(name: str = "居民身份证", seen: bool = True, code: str = "", **changes: Any) -> Material:
    return a_material("m8", a_file(), name=name, list_code=code, original_seen=seen, **changes)


def licence(**changes: Any) -> Material:
    return a_material("m7", a_licence(**changes), name="居民身份证", list_code="")


def test_a_required_material_that_is_missing_is_named_with_the_place_and_what_is_wanted() -> None:
    (one,) = found()

    assert one.path == "materials"
    assert one.problem.zh == "利川市要求提交“居民身份证”(必要, 原件 1 份), 本件没有"
    assert one.fix.zh == "补交后重新提交"
    assert one.problem.en == "Lichuan demands “居民身份证” (required, 1 original), which this case does not have"


@pytest.mark.parametrize("need", [Need.OPTIONAL, Need.LATER])
def test_what_is_optional_or_may_follow_later_is_no_gap(need: Need) -> None:
    assert told(wanted=replace(ID_CARD, need=need)) == []


@pytest.mark.parametrize("name", ["居民身份证", "居民身份证（原件）", "《居民身份证》", "1.居民身份证 复印件"])
def test_a_material_is_recognised_by_its_name_however_it_is_written(name: str) -> None:
    assert told(papers(name=name)) == []


def test_the_code_of_the_list_counts_before_the_name() -> None:
    assert told(scan(name="随便写的名称", code="A010")) == []


def test_a_code_that_the_list_does_not_have_is_told_and_a_material_off_the_list_is_not() -> None:
    assert told(papers(), scan(name="照片", code="Z999")) == [
        ("materials[1].list_code", "利川市的材料清单里没有这个编码")
    ]
    assert told(papers(), scan(name="感谢信")) == []


def test_a_material_that_may_be_the_missing_one_is_pointed_at_by_its_place() -> None:
    (one,) = found(scan(name="身份证"))

    assert one.path == "materials"
    assert "第 1 份材料如果就是它" in one.fix.zh
    assert "A010" in one.fix.zh


def test_two_entries_with_one_name_need_two_materials() -> None:
    both = (ID_CARD, replace(ID_CARD, list_code="A011"))

    assert len(told(papers(), wanted=both)) == 1
    assert told(papers(), papers(), wanted=both) == []


def test_two_files_may_be_one_material() -> None:
    assert told(scan(), scan(seen=False)) == []


def test_paper_is_demanded_and_only_a_file_is_there() -> None:
    only_paper = replace(ID_CARD, shape=MaterialShape.PAPER, copies=2)

    assert told(scan(), wanted=only_paper) == [
        ("materials[0]", "利川市要求“居民身份证”为纸质材料(必要, 原件 1 份, 复印件 2 份, 纸质), 本件只有电子件")
    ]
    assert told(scan(), papers(copies=2), wanted=only_paper) == []


def test_a_file_is_demanded_and_only_paper_is_there() -> None:
    (one,) = found(papers(), wanted=replace(ID_CARD, shape=MaterialShape.ELECTRONIC, originals=0))

    assert one.problem.zh == "利川市要求“居民身份证”为电子件, 本件只有纸质"
    assert one.fix.zh == "请改为上传文件"


def test_too_few_originals_and_copies_are_told_each_and_an_original_more_does_for_a_copy() -> None:
    wanted = replace(ID_CARD, originals=2, copies=1)

    assert told(papers(originals=1, copies=0), wanted=wanted) == [
        ("materials[0].originals", "利川市要求“居民身份证”原件 2 份, 本件 1 份"),
        ("materials[0].copies", "利川市要求“居民身份证”复印件 1 份, 本件 0 份"),
    ]
    assert told(papers(originals=3), wanted=wanted) == []
    assert told(papers(originals=1), papers(originals=1, copies=1), wanted=wanted) == []


def test_a_scan_at_a_window_needs_its_original_seen_and_one_from_the_web_does_not() -> None:
    (one,) = found(scan(seen=False))
    assert (one.path, one.problem.zh) == (
        "materials[0].original_seen",
        "利川市要求核验“居民身份证”原件(必要, 原件 1 份), 本件没有核验",
    )
    assert "已核验原件" in one.fix.zh

    assert told(scan(seen=False), case=a_case(mode=Mode.ONLINE)) == []


def test_a_window_that_may_not_verify_originals_is_told_to_mail_them() -> None:
    (one,) = found(scan(seen=False), powers=frozenset())

    assert "邮寄" in one.fix.zh


def test_an_original_seen_without_the_power_to_verify_is_refused() -> None:
    case = a_case(materials=(scan(), papers()))

    (one,) = power_gaps(case, frozenset({Power.DELIVER_RESULT}), LICHUAN)
    assert one.path == "materials[0].original_seen"
    assert power_gaps(case, frozenset({Power.VERIFY_ORIGINALS}), LICHUAN) == ()


def test_a_licence_of_the_right_type_stands_in_for_every_form_and_count() -> None:
    assert told(licence(), wanted=replace(ID_CARD, shape=MaterialShape.PAPER, originals=2)) == []
    assert told(licence(), callable_types=frozenset({LICENCE_TYPE})) == []


def test_a_licence_is_recognised_by_its_type() -> None:
    assert told(replace(licence(), name="电子社保卡")) == []


def test_a_licence_of_another_type_or_where_none_may_stand_in_is_told() -> None:
    (other,) = found(licence(type_code="11422800MB0T00015R002"))
    assert other.path == "materials[0].type_code"
    assert LICENCE_TYPE in other.problem.zh

    (none,) = found(licence(), wanted=replace(ID_CARD, licence_type_code=""))
    assert none.problem.zh == "利川市的“居民身份证”不能用电子证照代替"
    assert none.fix.zh == "请改为上传文件"


def test_a_licence_that_cannot_be_called_up_degrades_to_an_upload() -> None:
    (one,) = found(licence(), callable_types=frozenset({"other"}))

    assert one.path == "materials[0].type_code"
    assert one.fix.zh == "请改为上传文件"
    assert told(licence(), callable_types=None) == []


def test_an_agent_needs_the_authorisation_the_list_has() -> None:
    listed = (ItemMaterial("A020", "授权委托书（原件）", need=Need.OPTIONAL),)

    assert [path for path, _ in told(case=a_case(agent=an_agent()), wanted=listed)] == [
        "materials",
        "agent.authorisation_material_id",
    ]
    with_it = a_case(agent=replace(an_agent(), authorisation_material_id="m8"))
    assert told(scan(name="授权委托书"), case=with_it, wanted=listed) == []
    assert told(case=a_case(), wanted=listed) == []


def test_a_mode_the_place_does_not_offer_is_named() -> None:
    assert told(wanted=(), case=a_case(mode=Mode.JOINT), definition={"modes": (Mode.ONLINE, Mode.ENTRUSTED)}) == [
        ("mode", "利川市的“社会保障卡申领、补领、换领、换发”不能以多地联办方式办理")
    ]
    assert told(wanted=(), definition={"modes": ()}) == []


@pytest.mark.parametrize(
    ("uscc", "objects", "fits"),
    [
        (None, {ServiceObject.PERSON}, True),
        (None, {ServiceObject.ENTERPRISE, ServiceObject.OTHER}, False),
        (None, set(), True),
        ("91370406L24894136J", {ServiceObject.ENTERPRISE}, True),
        ("91370406L24894136J", {ServiceObject.PERSON}, False),
        ("91370406L24894136J", {ServiceObject.INSTITUTION}, False),
        ("92370406L24894136J", {ServiceObject.PERSON}, True),
        ("11422800MB0T00015R", {ServiceObject.AGENCY}, True),
        ("11422800MB0T00015R", {ServiceObject.ENTERPRISE}, False),
        ("Y1422800MB0T00015R", {ServiceObject.SOCIAL_ORGANISATION}, True),
    ],
)
def test_an_item_is_offered_to_whom_it_serves(uscc: str | None, objects: set[ServiceObject], fits: bool) -> None:
    case = a_case(applicant=an_organisation(uscc=uscc)) if uscc else a_case()

    paths = [path for path, _ in told(wanted=(), case=case, definition={"service_objects": tuple(sorted(objects))})]

    assert paths == ([] if fits else ["applicant"])


def test_a_handling_item_that_is_not_listed_is_told() -> None:
    code = "11422800MB0T00015R3" + "002014020000" + "01"
    case = a_case(item=replace(a_case().item, handling_item_code=code[:-2] + "07"))

    definition = {"handling_items": (HandlingItem(code, "补领"),)}
    assert [path for path, _ in told(wanted=(), case=case, definition=definition)] == ["item.handling_item_code"]


def test_the_form_is_checked_too_and_everything_is_told_at_once() -> None:
    definition = {"form_schema": '{"required": ["联系电话"]}', "modes": (Mode.ONLINE,)}

    assert [path for path, _ in told(definition=definition)] == ["mode", "form.联系电话", "materials"]


def test_nothing_a_person_wrote_is_repeated() -> None:
    case = a_case(agent=an_agent())
    own = scan(name="向小满的身份证明", code="Z1")

    for one in found(own, papers(0), licence(type_code="x" * 21), case=case, powers=frozenset()):
        said = f"{one.path}{one.problem.zh}{one.problem.en}{one.fix.zh}{one.fix.en}"
        assert "向小满" not in said
        assert "覃远山" not in said
