"""Names of materials: what counts as the same name, and what may be the same material."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.case.item.material_names import likeness, material_key, may_be_same

CHARACTERS = st.sampled_from("居民身份证户口簿父母原件复印扫描一二份1（）()《》【】·•．. ，、,及和加盖公章A")
NAMES = st.text(CHARACTERS, max_size=24)


@pytest.mark.parametrize(
    "written",
    [
        "居民身份证（原件）",
        "居民身份证(原件及复印件)",
        "《居民身份证》",
        "〈居民身份证〉",
        "1.居民身份证",
        "（2）居民身份证",
        "①居民身份证",
        "居民身份证 复印件",
        "居民身份证（原件1份、复印件2份）",
        "居民身份证原件和复印件",
        "居民身份证〔复印件加盖公章〕",
        "居民身份证（验原件，收复印件）",
        "居民身份证复印件一式两份",
        "居民 身份证",
        "居民身份证\u3000",
    ],
)
def test_how_a_name_is_written_does_not_matter(written: str) -> None:
    assert material_key(written) == material_key("居民身份证")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("居民身份证", "居民身份证（正反面）"),
        ("3.5寸照片", "5寸照片"),
        ("营业执照正本", "营业执照副本"),
        ("原件", "复印件"),
        ("父亲居民身份证", "母亲居民身份证"),
    ],
)
def test_what_is_named_differently_stays_different(one: str, other: str) -> None:
    assert material_key(one) != material_key(other)


def test_every_kind_of_dot_is_one_dot() -> None:
    keys = {material_key(f"阿依{dot}古丽证明") for dot in "·•．・‧"}

    assert len(keys) == 1


@pytest.mark.parametrize("kind", [("机动车驾驶证", "机动车行驶证"), ("医师资格证书", "医师执业证书")])
def test_a_shared_code_does_not_make_two_kinds_of_papers_one(kind) -> None:
    assert not may_be_same(*kind, share_a_code=True)


@pytest.mark.parametrize(("one", "other"), [("2寸照片", "两寸照片"), ("申请表(加盖公章)", "申请表")])
def test_numerals_of_inches_and_a_remark_about_seals_do_not_matter(one: str, other: str) -> None:
    assert material_key(one) == material_key(other)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("身份证", "居民身份证", True),
        ("户口簿", "户口本", True),
        ("一寸免冠照片", "近期免冠照片", True),
        ("社会保障卡申领登记表", "社会保障卡申领表", True),
        ("有效期内的护照", "护照", True),
        ("学历证", "学位证", False),
        ("结婚证", "离婚证", False),
        ("父亲居民身份证", "母亲居民身份证", False),
        ("委托人身份证", "被委托人身份证", False),
        ("死亡证明", "出生证明", False),
        ("转出地证明", "转入地证明", False),
        ("机动车驾驶证", "机动车行驶证", False),
        ("往来港澳通行证", "往来台湾通行证", False),
        ("养老保险参保证明", "医疗保险参保证明", False),
        ("医师资格证书", "医师执业证书", False),
        ("食品经营许可证", "食品生产许可证", False),
        ("公司设立登记申请书", "公司注销登记申请书", False),
        ("住房公积金缴存证明", "住房公积金贷款证明", False),
        ("公司章程", "公司章程修正案", False),
        ("居民身份证", "法定代表人居民身份证", False),
        ("土地承包合同", "土地租赁合同", False),
        ("婚姻证明", "收入证明", False),
        ("居民身份证", "居民身份证（原件）", False),
    ],
)
def test_near_names_may_be_one_material_but_not_those_of_two_people_or_events(one: str, other: str, same: bool) -> None:
    assert may_be_same(one, other) is same


@given(NAMES, NAMES)
def test_nearness_does_not_depend_on_the_order_and_no_name_is_near_itself(one: str, other: str) -> None:
    assert may_be_same(one, other) == may_be_same(other, one)
    assert likeness(one, other) == likeness(other, one)
    assert not may_be_same(one, one)
