"""Findings between partner files: each side names the other."""

from pathlib import Path

import pytest

from tests.partners.partner_files import (
    CARD,
    MEDICAL,
    a_key,
    a_partner,
    an_agreement,
    checked,
    kid,
    printed,
    put,
    root_pem,
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "partners"


def put_prefecture(folder: Path, agreements: str) -> None:
    put(folder, a_partner("433100", agreements=agreements), "433100")


def put_county(folder: Path, agreements: str) -> None:
    put(folder, a_partner("433130", agreements=agreements), "433130")


def test_two_files_for_one_region_name_each_other_and_neither_goes_live(folder: Path) -> None:
    put(folder, a_partner())
    put(folder, a_partner(seed=9), name="另一份")

    assert printed(folder) == [
        "partners/500240-另一份.yaml:1: code: 地区 500240 在 partners/500240-测试.yaml:1 也写了",
        "    怎么改: 一个地区一个文件; 合并或删去一个",
        *root_warning("另一份", "测试"),
        *tie("另一份", "测试"),
        "partners/500240-测试.yaml:1: code: 地区 500240 在 partners/500240-另一份.yaml:1 也写了",
        "    怎么改: 一个地区一个文件; 合并或删去一个",
        *root_warning("测试", "另一份"),
        *tie("测试", "另一份"),
    ]
    assert checked(folder).partners == ()


def root_warning(name: str, other: str) -> list[str]:
    return [
        f"partners/500240-{name}.yaml:8: tls.roots: 提醒: 与 partners/500240-{other}.yaml:8 信任同一个证书机构",
        "    怎么改: 确认它是省级等共用机构; 否则换成各自的",
    ]


def tie(name: str, other: str) -> list[str]:
    return [
        (
            f"partners/500240-{name}.yaml:31: agreements[0].their_scope: 与 partners/500240-{other}.yaml:31 的 恩通办协〔2026〕1号 重叠: "
            "422802 与 500240 之间的“社会保障卡申领、补领、换领、换发”两边都写了, 无法选择"
        ),
        "    怎么改: 缩小其中一份的范围或清单, 或错开有效期",
    ]


def test_a_former_code_that_is_another_partners_present_code_is_a_conflict(folder: Path) -> None:
    put(folder, a_partner().replace("status: active", 'status: active\nhistory: ["500114"]'))
    put(folder, a_partner("500114", agreements=an_agreement("500114")), "500114")

    assert printed(folder, "en")[::2] == [
        "partners/500114-测试.yaml:1: code: region 500114 also stands in partners/500240-测试.yaml:5",
        "partners/500240-测试.yaml:5: history[0]: region 500114 also stands in partners/500114-测试.yaml:1",
    ]


def test_equally_narrow_agreements_of_two_partners_tie_and_both_files_are_named(folder: Path) -> None:
    put_prefecture(folder, an_agreement("433130", number="甲1号"))
    put_county(folder, an_agreement("433130", number="乙1号"))

    assert printed(folder, "en") == [
        (
            "partners/433100-测试.yaml:31: agreements[0].their_scope: overlaps 乙1号 in partners/433130-测试.yaml:31: "
            "both list '社会保障卡申领、补领、换领、换发' between 422802 and 433130"
        ),
        "    fix: narrow the scope or list of one, or keep their dates apart",
        (
            "partners/433130-测试.yaml:31: agreements[0].their_scope: overlaps 甲1号 in partners/433100-测试.yaml:31: "
            "both list '社会保障卡申领、补领、换领、换发' between 422802 and 433130"
        ),
        "    fix: narrow the scope or list of one, or keep their dates apart",
    ]


@pytest.mark.parametrize(
    "county",
    [
        an_agreement("433130", ours="422827"),
        an_agreement("433130", item=MEDICAL),
        an_agreement("433130", modes="online"),
        an_agreement("433130", directions="inward"),
        an_agreement("433130", valid_from="2031-01-01", valid_to="2032-12-31"),
    ],
    ids=["another place of ours", "another item", "another mode", "only inward", "later"],
)
def test_agreements_that_differ_in_one_thing_do_not_tie(folder: Path, county: str) -> None:
    put_prefecture(folder, an_agreement("433130", item=CARD))
    put_county(folder, county)

    assert checked(folder).findings == ()


def test_a_narrower_scope_does_not_tie_with_a_wider_one(folder: Path) -> None:
    put_prefecture(folder, an_agreement("433100"))
    put_county(folder, an_agreement("433130"))

    assert checked(folder).findings == ()


def test_two_agreements_with_one_partner_tie_inward_too(folder: Path) -> None:
    both = an_agreement("500240", directions="inward", number="甲") + an_agreement(
        "500240", directions="inward", number="乙"
    )
    put(folder, a_partner(agreements=both))

    assert printed(folder, "en")[0].startswith(
        "partners/500240-测试.yaml:31: agreements[0].their_scope: overlaps 乙 in"
    )
    assert len(printed(folder)) == 2


def test_a_key_registered_for_two_regions_is_refused_in_both(folder: Path) -> None:
    put(folder, a_partner())
    text = a_partner("500114", agreements=an_agreement("500114"))
    put(folder, text.replace(a_key(500114), a_key(500240)), "500114")

    assert printed(folder, "en")[::2] == [
        "partners/500114-测试.yaml:11: keys[0].kid: this key is registered in partners/500240-测试.yaml:11 too",
        "partners/500240-测试.yaml:11: keys[0].kid: this key is registered in partners/500114-测试.yaml:11 too",
    ]


def test_one_key_for_both_uses_is_refused(folder: Path) -> None:
    put(folder, a_partner().replace(a_key(500241, "token"), a_key(500240, "token")))

    found = checked(folder).findings

    assert [(finding.key, finding.problem.en) for finding in found] == [
        ("keys[1].kid", "this key is registered in keys[0] already")
    ]
    assert kid(500240) not in found[0].problem.en


def test_a_shared_authority_is_allowed_and_mentioned(folder: Path) -> None:
    put(folder, a_partner())
    put(folder, a_partner("500114", agreements=an_agreement("500114")), "500114")
    (folder / "500114-root.pem").write_text(root_pem(500240), encoding="utf-8")

    found = checked(folder)

    assert found.is_clean
    assert len(found.partners) == 2
    assert [finding.problem.en for finding in found.findings] == [
        "partners/500240-测试.yaml:8 trusts the same certificate authority",
        "partners/500114-测试.yaml:8 trusts the same certificate authority",
    ]


def test_an_item_listed_twice_in_one_agreement_is_refused(folder: Path) -> None:
    second = (
        f'      - name: 社保卡\n        basic: "{CARD}"\n        modes: [entrusted]\n        directions: [inward]\n'
    )
    put(folder, a_partner(agreements=an_agreement("500240") + second))

    assert printed(folder, "en")[0] == (
        "partners/500240-测试.yaml:38: agreements[0].items[1]: repeats items[0]: same item, mode and direction"
    )
