"""The page of one case as a member of staff reads it in a terminal."""

import copy
from typing import Any

import pytest

from gateway.case.event.documents import REMEDIES
from gateway.case.kinds import Decision
from gateway.case.reasons import Reason
from gateway.case.states import Party
from gateway.case.texts import Lang, Text
from gateway.cli.case_page import EVENT_TEXTS, PARTY_TEXTS, short_name, tell_case, tell_submitted
from gateway.cli.case_reasons import reason_text
from gateway.cli.masked import masked, printable
from gateway.cli.moments import moment
from gateway.cli.speech import Speaker
from gateway.local.words import EVENT_WORDS
from gateway.settings import load_divisions

Captured = pytest.CaptureFixture[str]

ENVELOPE = {"case_version": None, "standing": "folded", "refused_with": "", "arrived_at": "2026-11-24T02:00:00Z"}
DONE = {"reason": "", "documents": [], "occurred_at": "2026-11-24T01:59:59Z"}
OURS = {"name": "冉小满", "organisation": "黔江区政务服务中心", "staff_number": "0012"}
THEIRS = {"name": "谭工", "organisation": "利川市政务服务中心", "staff_number": "0007"}
SEEN: dict[str, Any] = {
    "case_id": "TB50011420261124GM57C717JCYTY",
    "partner": "422800",
    "origin_number": "QJ-1",
    "handler_number": "",
    "item": {"name": "社会保障卡申领", "basic_code": "000120011000"},
    "mode": "entrusted",
    "origin_division": "500114000000",
    "handler_division": "422802000000",
    "party": "origin",
    "state_name": {"zh": "已受理", "en": "accepted"},
    "case_version": 3,
    "possible_events": ["withdrawn", "note", "handled_offline", "deadline_passed"],
    "case": {
        "applicant": {"kind": "person", "name": "向大山"},
        "origin": {"organisation": "黔江区政务服务中心", "window": "3 号窗口"},
        "handler": {"organisation": "", "window": ""},
        "materials": [
            {"material_id": "m1", "name": "照片", "file": {"size": 307204, "sha256": "ab" * 32}},
            {"material_id": "m2", "name": "户口簿", "paper": {"originals": 1}},
            {"material_id": "m3", "name": "身份证", "licence": {"licence_id": "4228020001"}},
        ],
    },
    "events": [
        ENVELOPE | {"event": "opened", "case_version": 1, "sender": "500114", "sequence": 1},
        ENVELOPE
        | DONE
        | {"event": "supplement_requested", "case_version": 2, "sender": "422800", "sequence": 1, "actor": THEIRS}
        | {"requirements": [{"what": "照片底色应为白色"}], "respond_by": "2026-12-01T10:00:00Z"}
        | {
            "documents": [
                {"title": "补正告知书", "number": "利补〔2026〕1号", "file": {"size": 900, "sha256": "cd" * 32}}
            ]
        },
        ENVELOPE
        | DONE
        | {"event": "withdrawn", "standing": "refused", "sender": "500114", "sequence": 2, "actor": OURS}
        | {"refused_with": "LIFECYCLE", "reason": "向大山改在本地办理"},
        ENVELOPE
        | DONE
        | {"event": "supplemented", "standing": "pending", "sender": "500114", "sequence": 3, "actor": OURS}
        | {"materials": [{"name": "照片", "file": {"size": 12, "sha256": "ef" * 32}}]},
    ],
    "deliveries": [
        {"sequence": 1, "outcome": "accepted", "tries": 1, "last_reason": ""},
        {"sequence": 2, "outcome": "refused", "tries": 1, "last_reason": "LIFECYCLE"},
        {"sequence": 3, "outcome": "", "tries": 4, "last_reason": "PARTNER_UNREACHABLE"},
    ],
}
PAGE_ZH = """
协同编号      TB50 0114 2026 1124 GM57 C717 JCYT Y
收件地编号    QJ-1
业务属地编号  尚未编号
事项          社会保障卡申领 (000120011000)
方式          异地代收代办
收件地        重庆市黔江区 (500114000000) 黔江区政务服务中心 3 号窗口 (本方)
业务属地      湖北省恩施土家族苗族自治州利川市 (422802000000)
申请人        向**
状态          已受理, 第 3 版
本方可做      撤回、协商留言

【办理过程】
时间                 版  事件      经办                         说明
2026-11-24 10:00:00  1   收件      黔江区政务服务中心 3 号窗口
2026-11-24 09:59:59  2   补正告知  谭* 利川市政务服务中心       照片底色应为白色; 2026-12-01 18:00:00 前补正
2026-11-24 09:59:59  -   撤回      冉** 黔江区政务服务中心      被拒收; 送到时办件的状态已不允许“撤回” (LIFECYCLE); 怎么办: 查看办件当前状态后决定下一步; 向**改在本地办理
2026-11-24 09:59:59  -   补正受理  冉** 黔江区政务服务中心      待对方确认

【材料】
名称                        形式      大小       SHA-256 前 12 位  来自
照片                        电子文件  300.0 KiB  abababababab      收件
户口簿                      纸质      -          -                 收件
身份证                      电子证照  -          -                 收件
补正告知书 利补〔2026〕1号  文书      900 B      cdcdcdcdcdcd      补正告知
照片                        电子文件  12 B       efefefefefef      补正受理 (待对方确认)

【本方发出的信封】
序号  内容      结果        次数  最近一次的原因
1     收件      已受理回执  1
2     撤回      拒收        1     送到时办件的状态已不允许“撤回” (LIFECYCLE); 怎么办: 查看办件当前状态后决定下一步
3     补正受理  在途        4     连不上 恩施土家族苗族自治州 (PARTNER_UNREACHABLE); 怎么办: 网关会自动重试; 持续不通时联系对方值班人员
"""
PAGE_EN = """
case              TB50 0114 2026 1124 GM57 C717 JCYT Y
origin's number   QJ-1
handler's number  none yet
item              社会保障卡申领 (000120011000)
mode              entrusted
origin            重庆市黔江区 (500114000000) 黔江区政务服务中心 3 号窗口 (this side)
handler           湖北省恩施土家族苗族自治州利川市 (422802000000)
applicant         向**
state             accepted, version 3
this side may do  withdrawal, note

WHAT HAPPENED
time                 version  event                 who                          remark
2026-11-24 10:00:00  1        application taken in  黔江区政务服务中心 3 号窗口
2026-11-24 09:59:59  2        supplement notice     谭* 利川市政务服务中心       照片底色应为白色; supplement until 2026-12-01 18:00:00
2026-11-24 09:59:59  -        withdrawal            冉** 黔江区政务服务中心      refused; when it arrived, the state of the case did not allow: withdrawal (LIFECYCLE); what to do: look at the case's current state and decide anew; 向**改在本地办理
2026-11-24 09:59:59  -        supplement            冉** 黔江区政务服务中心      awaits the handler

MATERIALS
name                        form      size       sha256, first 12  came with
照片                        file      300.0 KiB  abababababab      application taken in
户口簿                      paper     -          -                 application taken in
身份证                      licence   -          -                 application taken in
补正告知书 利补〔2026〕1号  document  900 B      cdcdcdcdcdcd      supplement notice
照片                        file      12 B       efefefefefef      supplement (awaits the handler)

OUR ENVELOPES
sequence  content               outcome    tries  last reason
1         application taken in  accepted   1
2         withdrawal            refused    1      when it arrived, the state of the case did not allow: withdrawal (LIFECYCLE); what to do: look at the case's current state and decide anew
3         supplement            under way  4      恩施土家族苗族自治州 cannot be reached (PARTNER_UNREACHABLE); what to do: the gateway keeps trying; call the other side's duty contact if it lasts
"""


def page(lang: Lang, capsys: Captured, **changes: Any) -> str:
    """What is printed, without the blanks a table ends its lines with."""
    tell_case(Speaker(lang), masked(copy.deepcopy(SEEN) | changes), load_divisions())
    return "".join(f"{line.rstrip()}\n" for line in capsys.readouterr().out.splitlines())


def test_the_page_in_chinese(capsys: Captured) -> None:
    assert page(Lang.ZH, capsys) == PAGE_ZH.lstrip("\n")


def test_the_page_in_english(capsys: Captured) -> None:
    assert page(Lang.EN, capsys) == PAGE_EN.lstrip("\n")


def test_a_case_nobody_received_has_no_version_and_nothing_to_do(capsys: Captured) -> None:
    said = page(
        Lang.ZH,
        capsys,
        case_version=0,
        state_name={"zh": "转办中", "en": "forwarded"},
        possible_events=[],
        deliveries=[],
    )
    assert "状态          转办中\n" in said
    assert "本方可做      无\n" in said
    assert said.endswith("【本方发出的信封】\n无\n")


def test_a_refusal_names_what_the_case_itself_tells(capsys: Captured) -> None:
    refused = {"sequence": 1, "outcome": "refused", "tries": 1, "last_reason": "MODE_NOT_AGREED"}
    assert page(Lang.ZH, capsys, deliveries=[refused]).splitlines()[-1] == (
        "1     收件  拒收  1     事项 000120011000 与 恩施土家族苗族自治州 没有约定“异地代收代办”方式 (MODE_NOT_AGREED);"
        " 怎么办: 可用方式: 见伙伴文件中的协议"
    )


@pytest.mark.parametrize(("decision", "told"), [(Decision.GRANTED, "办结: 准予"), (Decision.DENIED, "办结: 不予")])
def test_a_decision_says_which(decision: Decision, told: str, capsys: Captured) -> None:
    decided = SEEN["events"][1] | {"event": "decided", "decision": decision.value, "requirements": []}
    assert told in page(Lang.ZH, capsys, events=[decided])


def test_what_another_region_wrote_cannot_steer_the_terminal(capsys: Captured) -> None:
    said = page(Lang.ZH, capsys, origin_number="QJ\x1b[2J\u202e1\n协同编号  假的")
    assert "收件地编号    QJ [2J 1 协同编号  假的\n" in said
    assert "\x1b" not in said


def test_printable_keeps_rare_characters_of_names() -> None:
    rare = "\U00020bb7\ue000·买买提"
    assert printable({"a": [rare, 1, None]}) == {"a": [rare, 1, None]}


def test_who_received_the_result_is_masked_wherever_it_stands() -> None:
    seen = masked(
        {
            "case": {"applicant": {"kind": "person", "name": "向大山"}},
            "events": [
                {"event": "delivered", "recipient_name": "欧阳小满", "reason": "由欧阳小满代向大山领取"},
                {"event": "decided", "result_number": "A123456789", "document_number": "恩许〔2026〕1号"},
            ],
        }
    )
    assert seen["events"] == [
        {"event": "delivered", "recipient_name": "欧**", "reason": "由欧**代向**领取"},
        {"event": "decided", "result_number": "A1******89", "document_number": "恩许〔2026〕1号"},
    ]


def test_a_name_is_looked_for_in_free_text_only() -> None:
    seen = masked({"applicant": {"name": "黔江"}, "origin": {"organisation": "黔江区政务服务中心"}, "reason": "黔江"})
    assert seen["origin"]["organisation"] == "黔江区政务服务中心"
    assert seen["reason"] == "黔*"


@pytest.mark.parametrize("reason", Reason)
@pytest.mark.parametrize("lang", Lang)
def test_a_reason_without_its_facts_has_no_hole_a_reader_would_stumble_over(reason: Reason, lang: Lang) -> None:
    said = reason_text(reason.value, lang, partner="恩施州", event=Text("撤回", "withdrawal"))
    assert f"({reason.value}); " in said
    assert not set("{}") & set(said)


def test_a_reason_says_the_facts_that_are_known() -> None:
    assert (
        reason_text("PARTNER_UNREACHABLE", Lang.ZH, partner="恩施州")
        == "连不上 恩施州 (PARTNER_UNREACHABLE); 怎么办: 网关会自动重试; 持续不通时联系对方值班人员"
    )
    assert reason_text("OUTSIDE_AGREEMENT", Lang.ZH).startswith("不在协议范围内 (OUTSIDE_AGREEMENT); ")
    assert reason_text("EXPIRED", Lang.EN).startswith("the envelope expired at … (EXPIRED); ")
    assert reason_text("FROM_A_NEWER_RELEASE", Lang.ZH) == "FROM_A_NEWER_RELEASE"


def test_a_submission_is_answered_with_number_code_and_notes(capsys: Captured) -> None:
    answer = {
        "case_id": SEEN["case_id"],
        "state_name": {"zh": "转办中", "en": "forwarded"},
        "partner": "422800",
        "opened_at": "2026-11-24T01:59:59.5Z",
        "query_code": "7K2QD0XW3M",
        "notes": [{"zh": "500105 已撤销", "en": "500105 was abolished"}],
        "warnings": [],
    }
    for lang in Lang:
        tell_submitted(Speaker(lang), answer, load_divisions())
    assert capsys.readouterr().out.splitlines() == [
        "已收件并落盘, 协同编号 TB50 0114 2026 1124 GM57 C717 JCYT Y",
        "2026-11-24 09:59:59 收件, 转往 湖北省恩施土家族苗族自治州 (422800), 状态: 转办中",
        "查询码, 交给申请人: 7K2QD 0XW3M",
        "500105 已撤销",
        "查看进展: tongban cases show TB50011420261124GM57C717JCYTY",
        "taken over and on disk: case TB50 0114 2026 1124 GM57 C717 JCYT Y",
        "2026-11-24 09:59:59, for 湖北省恩施土家族苗族自治州 (422800), state: forwarded",
        "query code, for the applicant: 7K2QD 0XW3M",
        "500105 was abolished",
        "see how it fares: tongban cases show TB50011420261124GM57C717JCYTY",
    ]


def test_a_place_that_is_not_known_shows_its_code() -> None:
    divisions = load_divisions()
    assert [short_name(code, divisions) for code in ("500114", "999999")] == ["黔江区", "999999"]


def test_times_are_those_of_china() -> None:
    assert moment("2026-11-24T16:30:00.5Z") == "2026-11-25 00:30:00"
    assert moment(None) == ""


def test_every_event_and_party_has_a_name_for_people() -> None:
    assert set(EVENT_WORDS.values()) < set(EVENT_TEXTS)
    assert {party.value for party in Party} == set(PARTY_TEXTS)


NOTICE = {
    "event_id": "e2",
    "notice_number": "利补〔2026〕2号",
    "second": True,
    "supervisor": "冉明山",
    "requested_at": "2026-11-24T02:00:00Z",
    "respond_by": "2026-12-01T10:00:00Z",
    "answered_at": None,
    "answer_event_id": None,
    "requirements": [{"requirement_id": "r1", "what": "白底照片", "answered": False}],
}
GRANTED = ENVELOPE | DONE | {
    "event": "decided", "event_id": "e5", "sender": "422800", "sequence": 4, "actor": THEIRS, "decision": "granted",
    "document_number": "利人社许[2026]17号", "corrected_by": ["e6"], "doubts": [],
}  # fmt: skip
CORRECTED = GRANTED | {
    "event_id": "e6", "sequence": 5, "corrects": "e5", "data_version": 2, "corrected_by": [],
    "document_number": "利人社许〔2026〕17号", "result_name": "社会保障卡", "valid_from": "2026-11-24",
    "doubts": [{"path": "document_number", "problem": {"zh": "文号的年份不同", "en": "another year"}}],
}  # fmt: skip
SENT = ENVELOPE | DONE | {
    "event": "result_sent", "event_id": "e7", "sender": "422800", "sequence": 6, "actor": THEIRS, "way": "mail",
    "carrier": "邮政特快专递", "tracking_number": "10***01",
}  # fmt: skip
TAKEN = ENVELOPE | DONE | {
    "event": "delivered", "event_id": "e8", "sender": "500114", "sequence": 5, "actor": OURS, "way": "origin_window",
    "recipient_name": "向**", "certificate_number": "",
}  # fmt: skip
JUDGED = ENVELOPE | DONE | {
    "event": "evaluated", "event_id": "e9", "sender": "500114", "sequence": 6, "actor": OURS, "service_number": 1,
    "origin_level": "satisfied", "handler_level": "very_satisfied",
}  # fmt: skip
RESULT = {"event_id": "e5", "remedies": None, "documents": [], "sent_with": ["e7"], "delivered_with": ["e8"]}


def page_of(capsys: Captured, lang: Lang = Lang.ZH, **more: Any) -> str:
    tell_case(Speaker(lang=lang), SEEN | more, load_divisions())
    return capsys.readouterr().out


def test_a_notice_shows_what_was_asked_and_that_it_was_a_second_one(capsys: Captured) -> None:
    told = page_of(capsys, supplements=[NOTICE])
    assert "【补正】" in told
    assert "受理前再次告知, 批准人 冉**" in told
    assert "2026-12-01 18:00:00 前补正, 待补正" in told
    assert "r1 白底照片: 待补" in told


def test_an_answer_shows_what_came_and_which_version_counts(capsys: Captured) -> None:
    answered = NOTICE | {"second": False, "answered_at": "2026-11-25T02:00:00Z", "requirements": [
        {"requirement_id": "r1", "what": "白底照片", "answered": True},
        {"requirement_id": "r2", "what": "户口簿", "answered": False},
    ]}  # fmt: skip
    materials = [{"name": "照片", "versions": [1, 2, 3]}, {"name": "户口簿", "versions": [1]}]
    told = page_of(capsys, supplements=[answered], materials_now=materials, form_now="****")
    assert "2026-11-25 10:00:00 补正" in told
    assert "r1 白底照片: 已补" in told
    assert "r2 户口簿: 未补, 申请人已说明" in told
    assert "材料 照片: 现为第 3 版, 此前有第 1, 2 版" in told
    assert "材料 户口簿" not in told
    assert "表单: 已按补正更新" in told


def test_the_result_is_told_as_it_stands_with_dispatch_hand_over_and_evaluation(capsys: Captured) -> None:
    events = [*SEEN["events"], GRANTED, CORRECTED, SENT, TAKEN, JUDGED]
    told = page_of(capsys, events=events, result=RESULT)
    assert "决定: 准予 利人社许〔2026〕17号" in told
    assert "结果: 社会保障卡" in told
    assert "有效期: 2026-11-24 至 长期" in told
    assert "邮寄 邮政特快专递 10***01" in told
    assert "收件地窗口, 向**, 未记录证件" in told
    assert "好差评: 第 1 次服务, 收件地 满意, 业务属地 非常满意" in told
    assert "后有更正" in told
    assert "更正, 第 2 版" in told
    assert "存疑: 文号的年份不同" in told
    assert "doubt: another year" in page_of(capsys, Lang.EN, events=events, result=RESULT)


def test_a_denial_tells_the_remedies(capsys: Captured) -> None:
    denied = GRANTED | {"decision": "denied", "corrected_by": []}
    remedies = {"zh": REMEDIES.zh, "en": REMEDIES.en}
    told = page_of(
        capsys,
        events=[*SEEN["events"], denied],
        result=RESULT | {"remedies": remedies, "sent_with": [], "delivered_with": []},
    )
    assert "决定: 不予" in told
    assert "60 日内申请行政复议, 或 6 个月内提起行政诉讼" in told


def test_a_page_without_supplement_and_result_has_no_empty_section(capsys: Captured) -> None:
    told = page_of(capsys)
    assert "【补正】" not in told
    assert "【结果】" not in told
