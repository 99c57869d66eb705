import json

import pytest

from gateway.case.errors import FieldFinding, GatewayError
from gateway.case.reasons import ROWS, Family, Reason
from gateway.case.texts import Lang, Text
from gateway.local.problems import MEDIA_TYPE, STATUSES, preferred_language, problem_of, status_of


def told(error, lang=Lang.ZH):
    problem = problem_of(error, "0" * 32, lang)
    return problem, json.loads(problem.response().body)


def test_every_family_has_a_status_and_every_reason_an_answer():
    assert set(STATUSES) == set(Family)
    for reason in Reason:
        facts = {"offset": 7, "allow": "GET", "version": 3, "seconds": 9}
        problem, content = told(GatewayError(reason, **facts))
        assert content["type"] == f"/errors/{reason.value}"
        assert content["status"] == problem.status == status_of(reason)
        assert 400 <= problem.status < 600
        assert content["place"] == ROWS[reason].place.value
        assert {"title", "detail", "retriable", "answer", "cause", "fix", "trace"} <= content.keys()


def test_findings_carry_both_languages():
    finding = FieldFinding("item.name", Text("缺少", "missing"), Text("补上", "add it"))
    problem, content = told(GatewayError(Reason.BAD_REQUEST, findings=[finding], count=1))
    assert problem.status == 422
    assert problem.response().content_type == MEDIA_TYPE
    assert content["findings"] == [
        {
            "path": "item.name",
            "problem": {"zh": "缺少", "en": "missing"},
            "fix": {"zh": "补上", "en": "add it"},
        }
    ]


def test_title_and_detail_follow_the_language():
    error = GatewayError(Reason.BAD_REQUEST, count=2)
    assert told(error)[1]["detail"] == "请求有 2 处问题"
    assert told(error, Lang.EN)[1]["detail"] == "the request has 2 problems"
    assert told(error, Lang.EN)[0].headers["Content-Language"] == "en"


def test_a_title_is_the_same_whatever_the_facts():
    one = told(GatewayError(Reason.BAD_REQUEST, count=1))[1]["title"]
    assert one == told(GatewayError(Reason.BAD_REQUEST, count=2))[1]["title"]


@pytest.mark.parametrize(
    ("reason", "facts", "header", "value"),
    [
        (Reason.RATE_EXCEEDED, {"seconds": 9}, "Retry-After", "9"),
        (Reason.STORE_NOT_WRITABLE, {}, "Retry-After", "5"),
        (Reason.LOCAL_UNAUTHENTICATED, {}, "WWW-Authenticate", "Bearer"),
        (Reason.MATERIAL_OFFSET, {"offset": 1024}, "Upload-Offset", "1024"),
        (Reason.METHOD_NOT_ALLOWED, {"allow": "GET, POST"}, "Allow", "GET, POST"),
        (Reason.STALE, {"version": 4}, "ETag", '"4"'),
    ],
)
def test_headers_that_programs_act_on(reason, facts, header, value):
    assert told(GatewayError(reason, **facts))[0].headers[header] == value


def test_a_final_answer_asks_for_no_retry():
    assert "Retry-After" not in told(GatewayError(Reason.CASE_TAKEN, system="a"))[0].headers


def test_half_a_character_in_a_key_is_told_all_the_same():
    finding = FieldFinding("\ud800", Text("没有这个键", "no such key"), Text("删去", "delete it"))
    _, content = told(GatewayError(Reason.BAD_REQUEST, findings=[finding], count=1))
    assert content["findings"][0]["path"] == "\\ud800"


@pytest.mark.parametrize(
    ("header", "lang"),
    [
        ("", Lang.ZH),
        ("en", Lang.EN),
        ("en-GB,en;q=0.9", Lang.EN),
        ("zh-CN,zh;q=0.9,en;q=0.8", Lang.ZH),
        ("en;q=0.2, zh;q=0.9", Lang.ZH),
        ("fr", Lang.ZH),
        ("fr, en;q=0.1", Lang.EN),
        ("en;q=x", Lang.ZH),
        ("*", Lang.ZH),
    ],
)
def test_the_language_is_what_the_caller_prefers(header, lang):
    assert preferred_language(header) is lang
