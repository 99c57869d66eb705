"""Clocks on the terminal: the one that presses most, and all of them."""

from gateway.case.clock.limits import readings
from gateway.case.clock.words import Light
from gateway.case.kinds import Clock
from gateway.case.texts import Lang
from gateway.cli.case_clocks import clock_rows, last_moment, passed_text, pressing_cells
from gateway.local.clocks_out import clocks_content
from tests.unit.case.clock_build import ACCEPTED, GRANTED, HEARING, NATIONAL, at, begun, wound

TUESDAY = at("2026-11-24")
STORY = wound(begun(TUESDAY), (ACCEPTED, TUESDAY))


def shown(clockwork, now):
    return clocks_content(readings(clockwork, NATIONAL, now))


def test_the_list_shows_the_light_and_the_clock_that_presses_most():
    assert pressing_cells(shown(STORY, at("2026-12-04")), Lang.ZH) == ("预警", "承诺办结: 剩余 2 个工作日")
    assert pressing_cells(shown(STORY, at("2026-12-09")), Lang.EN) == (
        "overdue",
        "promised decision: overdue by 1 working day",
    )
    paused = wound(STORY, (HEARING, at("2026-11-25")))
    assert pressing_cells(shown(paused, at("2026-12-20")), Lang.ZH) == ("正常", "承诺办结: 暂停计时, 剩余 9 个工作日")


def test_a_case_without_running_clocks_shows_its_light_alone():
    assert pressing_cells({"light": Light.NORMAL.value, "clocks": []}, Lang.ZH) == ("正常", "")


def test_the_block_of_a_case_has_a_row_for_each_clock():
    rows = clock_rows(shown(wound(STORY, (GRANTED, at("2026-11-26"))), at("2026-11-26")), Lang.ZH)
    assert [row[0] for row in rows] == [
        "推送", "签收", "受理或一次告知", "承诺办结", "法定办结", "寄出结果", "送达",
    ]  # fmt: skip
    promised = rows[3]
    assert promised[1:6] == ["业务属地", "2026-11-24 10:00:00", "2026-12-08 24:00", "正常", "按时完成"]
    assert clock_rows({}, Lang.ZH) == []


def test_the_end_of_a_day_is_said_as_people_say_it():
    assert last_moment("2026-12-08T16:00:00Z") == "2026-12-08 24:00"
    assert last_moment("2026-12-08T09:30:00Z") == "2026-12-08 17:30"
    assert last_moment(None) == "-"


def test_an_overrun_says_which_clock_and_whether_it_is_acceptance():
    passed = {"clock": "notice", "due_at": "2026-12-01T16:00:00Z", "deemed_accepted": True}
    assert passed_text(passed).zh == "受理或一次告知时限 2026-12-01 24:00 到期; 视为受理, 自收到之日起"
    late = passed | {"clock": "promised", "deemed_accepted": False}
    assert passed_text(late).en == "promised decision was due 2026-12-01 24:00"


def test_every_clock_has_a_name():
    content = shown(wound(STORY, (GRANTED, TUESDAY)), TUESDAY)
    assert {one["clock"] for one in content["clocks"]} <= {clock.value for clock in Clock}
    assert all(one["name"]["zh"] and one["name"]["en"] for one in content["clocks"])
