"""What each notice says: everything domain practice and the law want of it, and nothing with a hole in it."""

import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from gateway.case import events as ev
from gateway.case.code.identifiers import CertificateKind
from gateway.case.event.documents import number_doubts, number_problems
from gateway.case.kinds import Clock, Decision, DocumentKind, SuspensionKind
from gateway.case.model import Case, DeliveryWay, Organisation, Person
from gateway.case.notice.facts import FACTS, Given, asked_for, delivered_papers, facts_of, is_licensing
from gateway.case.notice.kinds import NoticeKind, notice_of, number_in, papers_of
from gateway.case.notice.numbers import number_of, series_of
from gateway.case.notice.sheet import Around, Sheet, sheet
from gateway.case.notice.wording import filled, places_of
from gateway.settings.notice_files import load_wordings
from tests.build import a_case, a_document, an_event

WORDINGS, _ = load_wordings(None)
LAW = "《中华人民共和国行政许可法》"
NAME, ID_NUMBER = "𠮷田·向小满", "422801199001010026"
MORE = {
    "item_basis": "《社会保险法》第五十八条",
    "organ_phone": "0718-8222222",
    "origin_phone": "023-79222222",
    "reconsider": "恩施州人民政府",
    "sue": "恩施市人民法院",
    "seal": "待盖章",
}
NOON = datetime(2026, 11, 25, 4, 0, tzinfo=UTC)


def the_case(*, licensing: bool = True) -> Case:
    case = a_case(applicant=Person(NAME, CertificateKind.RESIDENT_ID, ID_NUMBER, "13900000000"))
    code = "000117051000" if licensing else "000720011000"
    return replace(case, item=replace(case.item, basic_code=code))


def said(happening: ev.Happening, *past: ev.Event, licensing: bool = True, **changes: Any) -> Sheet:
    """The notice of an event, as it is printed."""
    event = an_event(happening, occurred_at=NOON, **changes)
    case, kind = the_case(licensing=licensing), notice_of(event)
    assert kind
    given = Given("LC-0007", lambda code: {"500114000000": "重庆市黔江区"}.get(code, "恩施州利川市"), MORE)
    facts = facts_of(case, event, (*past, event), given)
    around = Around(listed=asked_for(event, case, (), lambda code: {"A002": "居民身份证"}.get(code, "")))
    return sheet(WORDINGS[kind], facts, around, licensing=is_licensing(case))


def text_of(it: Sheet) -> str:
    lines = [f"{name} {value}" for name, value in it.facts]
    return "\n".join([it.title, it.opening, *lines, *it.before, *it.listed, *it.after, *it.remedies, it.seal])


def test_every_notice_names_case_applicant_item_and_both_places() -> None:
    happenings = (
        ev.Accepted(),
        ev.SupplementRequested((ev.Requirement("r1", "补交"),)),
        ev.NotAccepted(),
        ev.Suspended(SuspensionKind.HEARING),
        ev.Extended(3, "冉主任"),
        ev.Decided(Decision.GRANTED),
        ev.Decided(Decision.DENIED),
        ev.Returned(),
    )
    for happening in happenings:
        text = text_of(said(happening, reason="理由一"))
        for wanted in ("LC-0007", NAME, ID_NUMBER, "13900000000", "000117051000", "黔江区", "利川市", "待盖章", "TB"):
            assert wanted in text, (happening, wanted)
        assert "0718-8222222" in text, happening
        assert "理由一" in text, happening
        assert not re.search(r"[{}]|None|：。|“”", text), text


def test_the_notice_of_acceptance_has_its_dates_and_its_law() -> None:
    legal = datetime(2026, 12, 23, 16, 0, tzinfo=UTC)  # 24:00 of the 23rd in China
    ends = (ev.Deadline(Clock.LEGAL, legal, "2026"), ev.Deadline(Clock.PROMISED, legal - timedelta(days=5), "2026"))
    it = said(ev.Accepted(), deadlines=ends)
    assert dict(it.facts)["受理日期"] == "2026年11月25日"
    assert dict(it.facts)["承诺办结日期"] == "2026年12月18日"
    assert dict(it.facts)["法定办结日期"] == "2026年12月23日", "a limit that ends at 24:00 ends on the day before"
    assert f"依据{LAW}第三十二条第一款第五项、第二款" in it.before[0]
    assert (
        dict(said(ev.Accepted(promised_date=date(2026, 12, 1)), deadlines=ends).facts)["承诺办结日期"]
        == "2026年12月1日"
    )


def test_without_a_promised_date_its_sentence_is_left_out() -> None:
    it = said(ev.Accepted())
    assert "承诺" not in text_of(it)


def test_other_items_than_licences_rest_on_what_the_item_publishes() -> None:
    for happening in (ev.Accepted(), ev.NotAccepted(), ev.Extended(3, "冉主任"), ev.Decided(Decision.DENIED)):
        text = text_of(said(happening, licensing=False, reason="理由"))
        assert LAW not in text
        assert "《社会保险法》第五十八条" in text
    assert dict(said(ev.Decided(Decision.DENIED), licensing=False, reason="理由").facts)["办理结果"] == "不予办理"


def test_the_supplement_notice_lists_everything_at_once_and_says_until_when_and_how() -> None:
    asked = (
        ev.Requirement("r1", "图像模糊", material_id="m1"),
        ev.Requirement("r2", "补交这份材料", list_code="A002"),
        ev.Requirement("r3", "核对后改正", form_field="/换领原因"),
        ev.Requirement("r4", "请带原件到窗口"),
    )
    until = datetime(2026, 12, 4, 15, 59, 59, tzinfo=UTC)
    it = said(ev.SupplementRequested(asked, respond_by=until))
    material = the_case().materials[0].name
    assert it.listed == (f"{material}：图像模糊", "居民身份证：补交这份材料", "换领原因：核对后改正", "请带原件到窗口")
    assert "请于2026年12月4日前补正。" in it.after
    assert any("补正方式" in one and "黔江区" in one for one in it.after)
    assert "收件窗口电话：023-79222222。" in it.after
    assert "第三十二条第一款第四项" in it.before[0]


def test_a_refusal_says_why_which_organ_and_both_remedies() -> None:
    refused = said(ev.NotAccepted("《某条例》第三条", "恩施州人力资源和社会保障局"), reason="不属于本机关职权")
    text = text_of(refused)
    assert "依据《某条例》第三条，决定不予受理" in text, "what the handler wrote comes first"
    assert "请向恩施州人力资源和社会保障局提出申请" in text
    denied = said(ev.Decided(Decision.DENIED, "恩人社许〔2026〕00017号"), reason="不符合条件")
    for it in (refused, denied):
        assert len(it.remedies) == 1
        assert "六十日内向恩施州人民政府申请行政复议" in it.remedies[0]
        assert "六个月内依法向恩施市人民法院提起行政诉讼" in it.remedies[0]
    assert not said(ev.Decided(Decision.GRANTED)).remedies
    assert "第三十八条第二款" in text_of(denied)
    assert "恩人社许〔2026〕00017号" in text_of(denied)


def test_special_procedures_and_extensions_say_kind_reason_and_days() -> None:
    special = text_of(said(ev.Suspended(SuspensionKind.EXPERT_REVIEW, 12), reason="需要专家评审"))
    assert "专家评审" in special
    assert "12天" in special
    assert "第四十五条" in special
    longer = text_of(said(ev.Extended(10, "冉主任"), reason="情况复杂"))
    assert "10个工作日" in longer
    assert "经冉主任批准" in longer
    assert "第四十二条第一款" in longer
    assert "10天" in text_of(said(ev.Extended(10, "冉主任"), licensing=False, reason="情况复杂"))


def test_a_record_of_delivery_says_who_when_how_and_what() -> None:
    decided = an_event(
        ev.Decided(Decision.GRANTED, "恩人社许〔2026〕00017号", result_name="社会保障卡", result_number="SB01")
    )
    handed = ev.Delivered(DeliveryWay.MAIL, "向大山", CertificateKind.RESIDENT_ID, ID_NUMBER)
    sent = an_event(ev.ResultSent(DeliveryWay.MAIL, "中国邮政", "EA123456789CN"))
    it = said(handed, decided, sent)
    facts = dict(it.facts)
    assert facts["实际领取人"] == "向大山"
    assert facts["领取人证件"] == f"居民身份证 {ID_NUMBER}"
    assert facts["送达方式"] == "邮寄"
    assert facts["邮寄单位和单号"] == "中国邮政 EA123456789CN"
    assert facts["送达时间"] == "2026年11月25日12:00"
    assert facts["送达地点"] == "", "nobody knows it of a letter: the line is there to be filled in by hand"
    assert "受送达人（签名或者盖章）" in it.signs
    event = an_event(handed)
    numbers = {decided.event_id: "恩政服结〔2026〕00003号"}
    listed = delivered_papers(event, (decided, event), numbers)
    assert listed == ("办结通知书 恩政服结〔2026〕00003号", "决定书 恩人社许〔2026〕00017号", "社会保障卡 SB01")
    assert delivered_papers(an_event(ev.Accepted("恩政服受〔2026〕00001号")), (), {}) == (
        "受理通知书 恩政服受〔2026〕00001号",
    )


def test_an_organisation_is_named_with_its_code() -> None:
    case = replace(the_case(), applicant=Organisation("恩施某有限公司", "91370406L24894136J"))
    facts = facts_of(case, None, (), Given("", lambda code: code, {}))
    assert facts["certificate"] == "统一社会信用代码 91370406L24894136J"
    assert set(facts) == set(FACTS)


def test_the_number_is_found_where_each_event_carries_it() -> None:
    number = "恩政服受〔2026〕00123号"
    assert number_in(an_event(ev.Accepted(number))) == number
    for happening, kind, title in (
        (ev.NotAccepted(), DocumentKind.NON_ACCEPTANCE_NOTICE, "不予受理通知书"),
        (ev.Returned(), DocumentKind.RETURN_NOTICE, "退件通知书"),
        (ev.Decided(Decision.GRANTED, "恩人社许〔2026〕00017号"), DocumentKind.OTHER, "办结通知书"),
    ):
        paper = a_document(kind=kind, title=title, number=number, file=None)
        assert number_in(an_event(happening, reason="理由", documents=(paper,))) == number
    decided = an_event(ev.Decided(Decision.GRANTED), documents=(a_document(kind=DocumentKind.OTHER, title="附图"),))
    assert papers_of(decided) == (), "another paper is not the notice"
    assert notice_of(an_event(ev.Note("你好"))) is None


@pytest.mark.parametrize("letters", [one.letters for one in WORDINGS.values() if one.letters])
def test_a_number_has_the_form_the_gateway_wants_of_everybody(letters: str) -> None:
    number = number_of(series_of("恩政服", letters, 2026), 123)
    assert number == f"恩政服{letters}〔2026〕00123号"
    assert number_problems(number, date(2026, 11, 25)) == ()
    assert number_doubts(number, date(2026, 11, 25)) == ()


def test_numbers_have_bounds() -> None:
    assert number_of("恩政服受〔2026〕", 123456) == "恩政服受〔2026〕123456号"
    for serial in (0, -1, 10**8):
        with pytest.raises(ValueError, match="one to eight digits"):
            number_of("恩政服受〔2026〕", serial)


@pytest.mark.parametrize("bad", ["{", "}", "{}", "{0}", "{a.b}", "{a[0]}", "{a!r}", "{a:>10}", "{申请人}"])
def test_places_are_names_and_nothing_else(bad: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        places_of(bad)


def test_what_a_fact_says_is_never_read_as_a_place() -> None:
    assert filled("{applicant}：", {"applicant": "{number}{applicant.__class__}"}) == "{number}{applicant.__class__}："
    assert filled("{{}}", {}) == "{}"
    assert filled("{applicant}", {"applicant": ""}) == ""


def test_every_kind_that_has_a_number_has_letters_of_its_own() -> None:
    letters = {kind: one.letters for kind, one in WORDINGS.items() if one.letters}
    assert letters.pop(NoticeKind.GRANTED) == letters.pop(NoticeKind.DENIED), "both end a case: one series"
    assert len(set(letters.values())) == len(letters)
