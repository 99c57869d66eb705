"""The queue as staff read it: every state, every class of answer, and a reason this program does not know."""

from datetime import UTC, datetime
from typing import Any

import pytest

from gateway.case.reasons import Reason
from gateway.case.reasons.beside import WORDS
from gateway.case.texts import Lang
from gateway.cli.queue_page import tell_envelopes, tell_overview, tell_skipped
from gateway.cli.speech import Speaker
from gateway.flows.queue.view import CauseGroup, Overview, cause_of
from gateway.local.queue_out import KEPT_TEXTS, overview

Captured = pytest.CaptureFixture[str]
AT = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
PARTNER = {
    "partner": "422800",
    "name": "恩施州",
    "circuit": "open",
    "last_reason": "PARTNER_UNREACHABLE",
    "waiting": 10_001,
    "held": 2,
    "parked": 3,
    "aside": 0,
    "oldest": "2026-11-24T02:00:00Z",
    "next_try": None,
}


def seen(*words: str) -> dict[str, Any]:
    groups = tuple(
        CauseGroup(kept, cause_of(word), 4, ("422800", "433100"), AT, AT, AT)
        for word in words
        for kept in ("held", "parked", "aside")
    )
    return overview(Overview(AT, (), groups, ())) | {"partners": [PARTNER]}


@pytest.mark.parametrize("lang", Lang)
def test_every_reason_can_be_told_however_it_is_kept_back(lang: Lang, capsys: Captured) -> None:
    words = [*(one.value for one in Reason), "REASON_OF_NEXT_YEAR", "NEVER_SEEN", ""]
    tell_overview(Speaker(lang=lang), seen(*words))
    told = capsys.readouterr().out
    for word in words:
        assert (WORDS[word].say(lang) if word in WORDS else word) in told
    assert "{" not in told, "no fact of a reason is left as a hole"


def test_an_unknown_reason_says_where_to_look(capsys: Captured) -> None:
    assert "升级本网关" in cause_of("REASON_OF_NEXT_YEAR").fix.zh
    tell_overview(Speaker(lang=Lang.ZH), seen("REASON_OF_NEXT_YEAR"))
    told = capsys.readouterr().out
    assert "停放, 需人工 × 4  [未知, -]  REASON_OF_NEXT_YEAR; 对方给出的原因本网关不认识" in told
    assert "地区: 422800, 433100; 最早的 2026-11-24 10:00:00, 自 2026-11-24 10:00:00, 下次 2026-11-24 10:00:00" in told
    assert "> 10000" in told
    assert "断, 等待再试 (PARTNER_UNREACHABLE)" in told


def test_what_was_left_alone_is_told_with_its_reason(capsys: Captured) -> None:
    tell_skipped(Speaker(lang=Lang.EN), {"ARRIVED": 2, "NO_OTHER_ROUTE": 1, "REASON_OF_NEXT_YEAR": 1})
    told = capsys.readouterr().out.splitlines()
    assert told[0] == "left alone: 2: it had arrived after all; the receipt counts"
    assert "NO_OTHER_ROUTE" in told[1]
    assert told[2].endswith("REASON_OF_NEXT_YEAR")


def test_an_envelope_that_is_settled_needs_nothing(capsys: Captured) -> None:
    envelope = {
        "sequence": 1,
        "carries": "opened",
        "kept_back_name": None,
        "outcome": "accepted",
        "envelope_id": "e1",
        "tries": 1,
        "expires_at": "2026-12-01T02:00:00Z",
        "reason": "",
        "answers": 0,
        "next_try": None,
        "hold": None,
        "can": [],
        "history": [],
    }
    page = {"case_id": "TB50011420261124GM57C717JCYTY", "item": {"name": "社会保障卡申领"}, "partner": "422800"}
    tell_envelopes(Speaker(lang=Lang.ZH), page | {"envelopes": [envelope]})
    assert "可以: 无需处理" in capsys.readouterr().out
    assert set(KEPT_TEXTS) == {"", "held", "parked", "aside"}
