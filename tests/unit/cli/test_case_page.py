"""The page of one case as a member of staff reads it in a terminal."""

from typing import Any

import pytest

from gateway.case.texts import Lang
from gateway.cli.case_page import EVENT_TEXTS, moment, tell_case
from gateway.cli.speech import Speaker
from gateway.local.words import EVENT_WORDS
from gateway.settings import load_divisions

SEEN: dict[str, Any] = {
    "case_id": "TB50011420261124GM57C717JCYTY",
    "origin_number": "QJ-1",
    "handler_number": "",
    "item": {"name": "社会保障卡", "basic_code": "000120011000"},
    "mode": "entrusted",
    "origin_division": "500114000000",
    "handler_division": "422802000000",
    "party": "origin",
    "state_name": {"zh": "已受理", "en": "accepted"},
    "case_version": 3,
    "possible_events": ["withdrawn", "note"],
    "case": {
        "applicant": {"name": "向**"},
        "materials": [
            {"material_id": "m1", "name": "照片", "file": {"size": 307204, "sha256": "ab" * 32}},
            {"material_id": "m2", "name": "户口簿", "file": None, "paper": {"originals": 1}},
        ],
    },
    "events": [
        {
            "event": "opened",
            "case_version": 1,
            "standing": "folded",
            "sender": "500114",
            "arrived_at": "2026-11-24T01:00:00Z",
            "refused_with": "",
        },
        {
            "event": "withdrawn",
            "case_version": None,
            "standing": "refused",
            "sender": "500114",
            "arrived_at": "2026-11-24T02:00:00Z",
            "occurred_at": "2026-11-24T01:59:59Z",
            "refused_with": "LIFECYCLE",
            "reason": "",
            "actor": {"organisation": "黔江区政务服务中心", "staff_number": "0012"},
        },
    ],
    "deliveries": [{"sequence": 2, "outcome": "", "tries": 4, "last_reason": "PARTNER_UNREACHABLE"}],
}


def printed(lang: Lang, capsys: pytest.CaptureFixture[str]) -> str:
    tell_case(Speaker(lang), SEEN, load_divisions())
    return capsys.readouterr().out


def test_staff_read_numbers_places_state_and_what_they_may_do(capsys: pytest.CaptureFixture[str]) -> None:
    page = printed(Lang.ZH, capsys)
    assert "协同编号  TB50 0114 2026 1124 GM57 C717 JCYT Y" in page
    assert "业务属地编号  尚未编号" in page
    assert "收件地  黔江区 500114000000" in page
    assert "业务属地  利川市 422802000000" in page
    assert "状态  已受理 (第 3 版)" in page
    assert "本方可做  撤回、协商留言" in page


def test_a_refused_event_says_so_with_what_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    (line,) = [line for line in printed(Lang.ZH, capsys).splitlines() if "黔江区政务服务中心" in line]
    assert line.split() == [
        *("2026-11-24", "09:59:59", "-", "撤回", "黔江区政务服务中心", "0012"),
        *("被拒收;", "LIFECYCLE:", "查看办件当前状态后决定下一步"),
    ]


def test_an_envelope_that_waits_says_why_in_either_language(capsys: pytest.CaptureFixture[str]) -> None:
    assert "在途" in printed(Lang.ZH, capsys)
    english = printed(Lang.EN, capsys)
    assert "PARTNER_UNREACHABLE: the gateway keeps trying; call the other side's duty contact if it lasts" in english
    assert "300.0 KiB" in english
    assert "ab" * 6 in english


def test_times_are_those_of_china() -> None:
    assert moment("2026-11-24T16:30:00.5Z") == "2026-11-25 00:30:00"
    assert moment(None) == ""


def test_every_event_has_a_name_for_people() -> None:
    assert set(EVENT_WORDS.values()) <= set(EVENT_TEXTS)
