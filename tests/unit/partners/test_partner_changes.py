"""What differs between two versions of a partner, in words; and which routes a change gains and loses."""

from dataclasses import replace
from pathlib import Path

import pytest

from gateway.partners.changes import MOST, About, changes
from gateway.partners.partner import Partner
from gateway.partners.route_changes import route_changes
from gateway.partners.snapshot import Partners
from tests.partners.partner_files import (
    CARD,
    MEDICAL,
    TODAY,
    a_key,
    a_partner,
    an_agreement,
    checked,
    divisions,
    put,
    root_pem,
)


def partner(folder: Path, text: str, code: str = "500240", root: int = 0) -> Partner:
    """The partner in a file."""
    put(folder, text, code)
    if root:
        (folder / f"{code}-root.pem").write_text(root_pem(root), encoding="utf-8")
    found = checked(folder)
    assert found.partners, found.findings
    return found.partners[0]


def said(before: Partner, after: Partner) -> list[tuple[About, str]]:
    return [(one.about, one.text.zh) for one in changes(before, after, divisions())]


@pytest.fixture
def before(tmp_path: Path) -> Partner:
    return partner(tmp_path / "before", a_partner())


def test_equal_partners_differ_in_nothing(tmp_path: Path, before: Partner) -> None:
    assert said(before, partner(tmp_path / "after", "# a comment\n" + a_partner())) == []


@pytest.mark.parametrize(
    ("old", "new", "about", "words"),
    [
        ("status: active", "status: paused", About.PARTNER, "状态: 正常 (active) → 暂停 (paused)"),
        ("short_name: 测试", "short_name: 石柱", About.PARTNER, "简称: 测试 → 石柱"),
        ("example.gov.cn:8443", "example.gov.cn:8444", About.ENDPOINTS, "去掉地址 gateway.example.gov.cn:8443"),
        ("2035-12-31", "2034-12-31", About.KEYS, "签到: 2035-12-31 23:59 → 2034-12-31 23:59"),
        ("000-00000000", "111-00000000", About.WORDS, "联系人变了"),
        ("valid_to: 2030-12-31", "valid_to: 2031-12-31", About.AGREEMENTS, "至: 2030-12-31 → 2031-12-31"),
        (
            "our_scope: [422802]",
            "our_scope: [422801]",
            About.AGREEMENTS,
            "去掉我方范围 湖北省恩施土家族苗族自治州利川市",
        ),
        ("directions: [outward, inward]", "directions: [outward]", About.AGREEMENTS, "去掉方向 对方收件、本地办理"),
        ("[verify_originals, deliver_result]", "[verify_originals]", About.AGREEMENTS, "去掉授权 审批结果送达权"),
        ("modes: [entrusted]", "modes: [online]", About.AGREEMENTS, "新增方式 全程网办"),
        ("contacts:", "limits:\n  largest_batch: 5\ncontacts:", About.LIMITS, "限额 largest_batch: 64 → 5"),
        ("contacts:", "retry:\n  first_wait: 2m\ncontacts:", About.LIMITS, "重试 first_wait: 30s → 2m"),
        ("contacts:", "notes: 一\ncontacts:", About.WORDS, "备注变了"),
    ],
)
def test_each_change_is_told(tmp_path: Path, before: Partner, old: str, new: str, about: About, words: str) -> None:
    assert old in a_partner()
    found = said(before, partner(tmp_path / "after", a_partner().replace(old, new)))
    assert any(one is about and words in text for one, text in found), found


def test_keys_and_authorities_come_and_go(tmp_path: Path, before: Partner) -> None:
    text = a_partner().replace(a_key(500240), a_key(77))
    found = said(before, partner(tmp_path / "after", text, root=9))
    assert [one for one, _ in found] == [About.KEYS, About.KEYS, About.CERTIFICATES, About.CERTIFICATES]
    assert [text[:2] for _, text in found] == ["去掉", "新增", "去掉", "新增"]


def test_the_list_is_bounded_and_the_rest_is_counted(before: Partner) -> None:
    (agreement,) = before.agreements
    many = tuple(replace(agreement, number=f"n{n}") for n in range(MOST + 50))
    found = changes(before, replace(before, agreements=many), divisions())
    assert len(found) == MOST + 1
    assert found[-1].text.en == "51 more are not listed"


def snapshot(*partners: Partner) -> Partners:
    return Partners.of_all(partners, divisions())


def test_routes_are_gained_and_lost_by_item_mode_direction_and_places(tmp_path: Path, before: Partner) -> None:
    text = a_partner(agreements=an_agreement("500240", item=MEDICAL, directions="outward"))
    after = partner(tmp_path / "after", text)
    gained, lost = route_changes(snapshot(before), snapshot(after), TODAY)
    assert [(one.item, one.direction.value, one.pairs) for one in gained] == [
        (MEDICAL, "outward", (("500240", "422802"),))
    ]
    assert [(one.item, one.direction.value) for one in lost] == [(CARD, "inward"), (CARD, "outward")]


def test_a_paused_a_closed_and_an_ended_partner_have_no_routes(tmp_path: Path, before: Partner) -> None:
    paused = partner(tmp_path / "paused", a_partner(status="paused"))
    ended = partner(tmp_path / "ended", a_partner(agreements=an_agreement("500240", valid_to="2026-11-30")))
    closed = Partners.of_all((), divisions(), closed=(before,))
    for after in (snapshot(paused), snapshot(ended), closed, snapshot()):
        gained, lost = route_changes(snapshot(before), after, TODAY)
        assert not gained
        assert len(lost) == 2
        back, gone = route_changes(after, snapshot(before), TODAY)
        assert len(back) == 2
        assert not gone
    assert route_changes(snapshot(before), snapshot(before), TODAY) == ((), ())
