"""What an agreement says beyond its list: mapped codes, redirects, limits, the start of the five days, parity policy."""

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from gateway.case.errors import GatewayError
from gateway.case.item.differences import Dimension
from gateway.case.kinds import NoticeFrom
from gateway.case.model import Item, Mode
from gateway.case.reasons import Reason
from gateway.partners.agreement import Permit, permit
from gateway.partners.item_names import as_handler_names_it
from gateway.partners.mirror import agreement_digest
from gateway.partners.policies import OnDifference, ParityPolicy
from gateway.partners.redirects import Redirects
from gateway.partners.registry import Registry
from gateway.partners.routes import Route, find_handler
from gateway.partners.snapshot import Partners
from gateway.partners.terms import Direction
from tests.partners.partner_files import (
    CARD,
    MEDICAL,
    OWN,
    TODAY,
    a_partner,
    an_agreement,
    checked,
    divisions,
    printed,
    put,
)

HUBEI, CHONGQING, OTHER = "422014120000", "502014120000", "502014120009"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "partners"


def mapped(theirs: str = "500240", *, ours: str = HUBEI, to: str = CHONGQING, **facts: str) -> str:
    text = an_agreement(theirs, **facts)
    return text.replace(f'basic: "{CARD}"', f'local: {{ours: "{ours}", theirs: "{to}"}}')


def also(agreement: str, *lines: str) -> str:
    return agreement + "".join(f"    {line}\n" for line in lines)


def keys(folder: Path) -> list[str]:
    return [finding.key for finding in checked(folder).findings if finding.is_error]


def live(folder: Path, *partners: tuple[str, str]) -> Partners:
    for code, agreements in partners:
        put(folder, a_partner(code, agreements=agreements), code)
    found = checked(folder)
    assert found.is_clean, found.findings
    return Registry(divisions()).reload(found)


def route(partners: Partners, item: str = CARD, name: str = "", to: str = "500240") -> Route:
    return find_handler(
        partners,
        item=item,
        mode=Mode.ENTRUSTED,
        our_division="422802",
        handler_division=to,
        on=TODAY,
        divisions=divisions(),
        own_region=OWN,
        redirects=Redirects.packaged(),
        item_name=name,
    )


def inward(partners: Partners, item: str) -> Permit:
    partner = partners.of("500240")
    assert partner
    return permit(
        partners,
        partner,
        item=item,
        mode=Mode.ENTRUSTED,
        direction=Direction.INWARD,
        our_division="422802",
        their_division="500240",
        on=TODAY,
    )


def test_what_is_not_written_is_the_careful_default(folder: Path) -> None:
    permitted = route(live(folder, ("500240", an_agreement("500240")))).permit

    assert permitted.notice_from is NoticeFrom.EARLIER
    assert {permitted.parity.of(dimension) for dimension in Dimension} == {OnDifference.WARN}


def test_policy_and_start_of_the_five_days_reach_the_permit(folder: Path) -> None:
    agreement = also(an_agreement("500240"), "notice_from: handler", "parity: {materials: block, limits: allow}")
    permitted = route(live(folder, ("500240", agreement))).permit

    assert permitted.notice_from is NoticeFrom.HANDLER
    assert permitted.parity == ParityPolicy(materials=OnDifference.BLOCK, limits=OnDifference.ALLOW)


@pytest.mark.parametrize(
    ("line", "key"),
    [
        ("notice_from: whenever", "agreements[0].notice_from"),
        ("parity: {materials: refuse}", "agreements[0].parity.materials"),
        ("parity: {forms: block}", "agreements[0].parity.forms"),
        ("redirects: [{item: 失业登记}]", "agreements[0].redirects[0].to"),
        ("redirects: [{item: '00012001100', to: 别处}]", "agreements[0].redirects[0].item"),
        (f"redirects: [{{item: '{CARD}', to: 别处}}]", "agreements[0].redirects[0].item"),
        ("redirects: [{item: '社会保障卡申领、补领、换领、换发', to: 别处}]", "agreements[0].redirects[0].item"),
        (
            "redirects: [{item: 失业登记, to: 甲}, {item: 失业 登记, to: 乙}]",
            "agreements[0].redirects[1].item",
        ),
    ],
)
def test_a_term_that_says_nothing_or_contradicts_the_list_is_named_at_its_key(
    folder: Path, line: str, key: str
) -> None:
    put(folder, a_partner(agreements=also(an_agreement("500240"), line)))

    assert keys(folder) == [key]


def test_checking_again_cannot_take_longer_than_the_acceptance_it_precedes(folder: Path) -> None:
    limits = "    limits: {recheck_workdays: 4, accept_workdays: 2}"
    put(folder, a_partner(agreements=also(an_agreement("500240"), limits)))

    assert keys(folder) == ["agreements[0].items[0].limits.recheck_workdays"]


@pytest.mark.parametrize(
    ("ours", "theirs", "wrong"),
    [
        (HUBEI, CHONGQING, []),
        (CHONGQING, HUBEI, ["ours", "theirs"]),
        (HUBEI, "432014120000", ["theirs"]),
        (CARD, CHONGQING, []),
        (HUBEI, CARD, []),
    ],
)
def test_each_side_of_a_mapping_is_a_code_of_its_own_province(
    folder: Path, ours: str, theirs: str, wrong: list[str]
) -> None:
    put(folder, a_partner(agreements=mapped(ours=ours, to=theirs)))

    assert keys(folder) == [f"agreements[0].items[0].local.{side}" for side in wrong]


def test_one_national_code_on_both_sides_is_no_mapping(folder: Path) -> None:
    put(folder, a_partner(agreements=mapped(ours=CARD, to=CARD)))

    assert keys(folder) == ["agreements[0].items[0].local"]
    assert f"basic: {CARD}" in printed(folder, "zh")[1]


@pytest.mark.parametrize(("ours", "theirs", "side"), [(HUBEI, OTHER, "ours"), ("422014120009", CHONGQING, "theirs")])
def test_a_code_that_leads_to_two_is_refused_over_the_whole_file(
    folder: Path, ours: str, theirs: str, side: str
) -> None:
    second = mapped(ours=ours, to=theirs, number="恩通办协〔2026〕2号", modes="online")
    put(folder, a_partner(agreements=mapped() + second))

    assert keys(folder) == [f"agreements[1].items[0].local.{side}"]


def test_two_regions_of_a_province_that_map_one_code_differently_are_both_warned(folder: Path) -> None:
    put(folder, a_partner(agreements=mapped()))
    put(folder, a_partner("500114", agreements=mapped("500114", to=OTHER)), "500114")

    found = checked(folder)

    assert found.is_clean
    assert [(one.file, one.key) for one in found.findings] == [
        ("partners/500114-测试.yaml", "agreements[0].items[0].local.theirs"),
        ("partners/500240-测试.yaml", "agreements[0].items[0].local.theirs"),
    ]
    assert CHONGQING in found.findings[0].problem.zh


def test_a_case_is_named_by_the_handlers_code_in_either_direction(folder: Path) -> None:
    partners = live(folder, ("500240", mapped()))
    outward = route(partners, HUBEI).permit
    ours = Item(HUBEI, "参保登记", task_code=f"11422800MB0T00015R3{HUBEI}", handling_item_code="x" * 33)

    named = as_handler_names_it(ours, outward)

    assert (outward.handler_code, outward.origin_code) == (CHONGQING, HUBEI)
    assert named == Item(CHONGQING, "参保登记", local_catalog_code=HUBEI, local_task_code=ours.task_code)
    assert as_handler_names_it(named, outward) == named, "naming it twice changes nothing"
    written = replace(ours, local_catalog_code="511Z07001006", local_task_code="511Z-1")
    assert as_handler_names_it(written, outward).local_catalog_code == "511Z07001006"
    theirs = inward(partners, HUBEI)
    assert (theirs.handler_code, theirs.origin_code) == (HUBEI, CHONGQING)


def test_a_national_code_is_left_as_it_is(folder: Path) -> None:
    permitted = route(live(folder, ("500240", an_agreement("500240")))).permit
    item = Item(CARD, "社会保障卡", local_catalog_code="L1")

    assert as_handler_names_it(item, permitted) is item


def elsewhere(partners: Partners, **asked: str) -> GatewayError:
    with pytest.raises(GatewayError) as raised:
        route(partners, **asked)
    return raised.value


@pytest.mark.parametrize("asked", [{"item": MEDICAL}, {"item": "000120099000", "name": "异地就医（结算）备案"}])
def test_an_item_agreed_to_go_elsewhere_is_found_by_code_and_by_name(folder: Path, asked: dict[str, str]) -> None:
    rows = (
        f"redirects: [{{item: '{MEDICAL}', to: 国家医保服务平台}}, {{item: 异地就医(结算)备案, to: 国家医保服务平台}}]"
    )
    error = elsewhere(live(folder, ("500240", also(an_agreement("500240"), rows))), **asked)

    assert error.reason is Reason.REDIRECTED
    assert "国家医保服务平台" in error.cause.zh
    assert "恩通办协〔2026〕1号" in error.cause.zh
    assert "{" not in error.cause.zh + error.cause.en + error.fix.zh + error.fix.en


def test_a_row_counts_only_where_and_while_its_agreement_does(folder: Path) -> None:
    rows = f"redirects: [{{item: '{MEDICAL}', to: 别处}}]"
    ended = also(an_agreement("500240", valid_to="2026-11-30"), rows)
    other = also(an_agreement("500114"), rows)
    partners = live(folder, ("500240", ended), ("500114", other))

    assert elsewhere(partners, item=MEDICAL).reason is not Reason.REDIRECTED
    assert elsewhere(partners, item=MEDICAL, to="500114").reason is Reason.REDIRECTED


def test_a_narrower_agreement_that_lists_the_item_goes_before_a_row(folder: Path) -> None:
    wide = also(an_agreement("433100"), f"redirects: [{{item: '{MEDICAL}', to: 州政务中心}}]")
    narrow = an_agreement("433130", item=MEDICAL)
    partners = live(folder, ("433100", wide), ("433130", narrow))

    assert route(partners, MEDICAL, to="433130").partner.code == "433130"
    assert elsewhere(partners, item=MEDICAL, to="433101").reason is Reason.REDIRECTED


def test_both_sides_must_agree_on_the_start_of_the_five_days_but_not_on_their_own_policy(folder: Path) -> None:
    plain = live(folder, ("500240", an_agreement("500240"))).terms[0].agreement
    of = {"ours": OWN, "theirs": "500240"}

    assert agreement_digest(replace(plain, notice_from=NoticeFrom.WINDOW), **of) != agreement_digest(plain, **of)
    own: Any = replace(plain, parity=ParityPolicy(items=OnDifference.BLOCK))
    assert agreement_digest(own, **of) == agreement_digest(plain, **of)


@pytest.mark.parametrize(
    ("end", "said"),
    [
        (date(2027, 1, 30), "提醒: 协议还有 60 天到期"),
        (date(2026, 12, 15), "提醒: 紧急: 协议还有 14 天到期"),
        (date(2026, 12, 8), "提醒: 非常紧急: 协议还有 7 天到期"),
        (date(2026, 12, 2), "提醒: 马上到期: 协议还有 1 天到期"),
        (date(2027, 1, 31), ""),
    ],
)
def test_the_end_of_an_agreement_is_said_more_urgently_as_it_nears(folder: Path, end: date, said: str) -> None:
    put(folder, a_partner(agreements=an_agreement("500240", valid_to=end.isoformat())))

    shown = [line for line in printed(folder, "zh") if "valid_to" in line]

    assert bool(shown) == bool(said)
    assert all(said in line for line in shown)
