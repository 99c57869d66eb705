"""The clocks of a case: what each counts from, who owes it, its light, its words."""

from dataclasses import replace
from datetime import date, timedelta

import msgspec
import pytest

from gateway.case import events as ev
from gateway.case.clock.calendars import Calendar
from gateway.case.clock.clockwork import Clockwork, wind
from gateway.case.clock.extensions import clockwork_findings
from gateway.case.clock.limits import case_light, readings
from gateway.case.clock.schedule import deadlines, silence_until
from gateway.case.clock.step_limits import Limits
from gateway.case.clock.words import ClockState, Light
from gateway.case.errors import GatewayError
from gateway.case.item.definition import TimeLimit, TimeUnit
from gateway.case.kinds import Clock, Decision, NoticeFrom
from gateway.case.model import DeliveryWay
from gateway.case.reasons import Reason
from gateway.case.states import Party
from tests.unit.case.clock_build import (
    ACCEPTED,
    GRANTED,
    HEARING,
    LICENCE,
    NATIONAL,
    NOTICE,
    RESUMED,
    SERVICE,
    SUPPLEMENTED,
    at,
    begun,
    clocks,
    day,
    happened,
    reading,
    wound,
)

TUESDAY = at("2026-11-24")
SENT = ev.ResultSent(DeliveryWay.MAIL)
HANDED_OVER = ev.Delivered(DeliveryWay.MAIL, "向小满")
EXTENDED = ev.Extended(5, "局长")


@pytest.mark.parametrize(
    ("promised", "due"), [("2026-03-08", "2026-03-09"), ("2026-03-14", "2026-03-16"), ("2026-03-10", "2026-03-10")]
)
def test_a_promised_date_is_not_overdue_before_it_is_over(promised, due):
    limits = Limits(item_type="20")
    accepted = ev.Accepted(promised_date=date.fromisoformat(promised))
    work = wound(begun(at("2026-03-06"), limits), (accepted, at("2026-03-06")))
    assert str(day(reading(work, Clock.PROMISED, at("2026-03-07")).due)) == due


def due_day(clockwork, clock):
    return str(day(reading(clockwork, clock, TUESDAY).due))


def test_a_fresh_case_has_the_clocks_of_hand_over_sign_off_and_notice():
    fresh = Clockwork.begin(LICENCE, TUESDAY)
    assert clocks(fresh, TUESDAY) == [Clock.PUSH, Clock.NOTICE]
    taken = begun(TUESDAY)
    assert clocks(taken, TUESDAY) == [Clock.PUSH, Clock.SIGN_OFF, Clock.NOTICE]
    assert [due_day(taken, clock) for clock in clocks(taken, TUESDAY)] == ["2026-11-25", "2026-11-25", "2026-12-01"]
    assert reading(taken, Clock.PUSH, TUESDAY).owed_by is Party.ORIGIN
    assert reading(taken, Clock.SIGN_OFF, TUESDAY).owed_by is Party.HANDLER


def test_a_late_hand_over_is_the_origins_and_shows_when_it_came():
    late = begun(TUESDAY, taken_in=at("2026-11-27"))
    push = reading(late, Clock.PUSH, at("2026-12-20"))
    assert (push.state, push.light, push.owed_by) == (ClockState.OVERRUN, Light.OVERDUE, Party.ORIGIN)
    assert push.words.zh == "已超期 2 个工作日", "counted to the hand-over, not to today"
    assert push.remark.zh == "窗口收件 2026-11-24, 送达业务属地 2026-11-27"


@pytest.mark.parametrize(
    ("says", "due"),
    [(NoticeFrom.EARLIER, "2026-12-01"), (NoticeFrom.WINDOW, "2026-12-01"), (NoticeFrom.HANDLER, "2026-12-04")],
)
def test_the_five_days_run_from_the_receipt_the_agreement_names(says, due):
    limits = msgspec.structs.replace(LICENCE, notice_from=says)
    assert due_day(begun(TUESDAY, limits, at("2026-11-27")), Clock.NOTICE) == due


def test_until_the_handler_has_it_its_own_receipt_starts_no_clock():
    limits = msgspec.structs.replace(LICENCE, notice_from=NoticeFrom.HANDLER)
    assert clocks(Clockwork.begin(limits, TUESDAY), TUESDAY) == [Clock.PUSH]


@pytest.mark.parametrize(
    ("limits", "due"),
    [
        (SERVICE, "2026-12-01"),
        (msgspec.structs.replace(SERVICE, accept=2), "2026-11-26"),
        (msgspec.structs.replace(SERVICE, acceptance=TimeLimit(3)), "2026-11-27"),
        (msgspec.structs.replace(SERVICE, acceptance=TimeLimit(8, TimeUnit.HOUR)), "2026-11-24"),
        (msgspec.structs.replace(SERVICE, acceptance=TimeLimit(0)), "2026-11-24"),
    ],
    ids=["the agreement's", "a shorter agreement's", "the item's", "the item's in hours", "the item's at once"],
)
def test_the_notice_is_due_at_the_earliest_of_what_binds(limits, due):
    assert due_day(begun(TUESDAY, limits), Clock.NOTICE) == due


@pytest.mark.parametrize("answer", [ACCEPTED, ev.NotAccepted(), NOTICE], ids=lambda one: type(one).__name__)
def test_acceptance_refusal_and_a_supplement_notice_each_meet_the_notice_clock(answer):
    told = wound(begun(TUESDAY), (answer, at("2026-11-30")))
    assert reading(told, Clock.NOTICE, at("2026-12-20")).state is ClockState.MET
    assert reading(told, Clock.SIGN_OFF, at("2026-12-20")).state is ClockState.OVERRUN, "taken in hand by then, late"
    assert silence_until(told, NATIONAL) is None


def test_the_notice_clock_starts_anew_when_the_supplement_came_in():
    story = wound(begun(TUESDAY), (NOTICE, at("2026-11-26")), (SUPPLEMENTED, at("2026-12-10")))
    notice = reading(story, Clock.NOTICE, at("2026-12-11"))
    assert (notice.state, day(notice.due)) == (ClockState.RUNNING, date(2026, 12, 17))
    assert day(silence_until(story, NATIONAL)) == date(2026, 12, 17)


def test_only_a_licence_is_accepted_by_silence_and_by_the_laws_five_days():
    short = msgspec.structs.replace(LICENCE, accept=2)
    assert day(silence_until(begun(TUESDAY, short), NATIONAL)) == date(2026, 12, 1)
    assert silence_until(begun(TUESDAY, SERVICE), NATIONAL) is None
    assert silence_until(begun(TUESDAY, Limits()), NATIONAL) is None, "an item nobody published"


def test_a_deemed_acceptance_counts_from_the_day_of_receipt():
    due = silence_until(begun(TUESDAY), NATIONAL)
    silent = wound(begun(TUESDAY), (ev.DeadlinePassed(Clock.NOTICE, due, deemed_accepted=True), due))
    assert (silent.deemed, silent.accepted_at) == (True, TUESDAY)
    assert due_day(silent, Clock.PROMISED) == "2026-12-08"
    notice = reading(silent, Clock.NOTICE, at("2026-12-03"))
    assert notice.remark.zh.startswith("视为受理, 自收到之日起")
    formal = wound(silent, (ev.Accepted("受字1号"), at("2026-12-04")))
    assert formal.accepted_at == TUESDAY, "the paper that comes late does not move it"


def test_promised_and_legal_limit_run_from_acceptance_and_pause_together():
    story = wound(begun(TUESDAY), (ACCEPTED, TUESDAY))
    assert (due_day(story, Clock.PROMISED), due_day(story, Clock.LEGAL)) == ("2026-12-08", "2026-12-22")
    paused = wound(story, (HEARING, at("2026-11-26")))
    reads = [reading(paused, clock, at("2026-12-10")) for clock in (Clock.PROMISED, Clock.LEGAL)]
    assert [one.state for one in reads] == [ClockState.PAUSED] * 2
    assert [one.words.zh for one in reads] == ["暂停计时, 剩余 8 个工作日", "暂停计时, 剩余 18 个工作日"]
    assert [one.light for one in reads] == [Light.NORMAL] * 2
    again = wound(paused, (RESUMED, at("2026-11-30")))
    assert due_day(again, Clock.PROMISED) == "2026-12-10", "Friday and Monday do not count"


def test_a_supplement_after_acceptance_pauses_too_and_both_together_cost_their_union():
    story = wound(
        begun(TUESDAY),
        (ACCEPTED, TUESDAY),
        (NOTICE, at("2026-11-25")),
        (HEARING, at("2026-11-26")),
        (SUPPLEMENTED, at("2026-11-27")),
        (RESUMED, at("2026-12-01")),
    )
    assert due_day(story, Clock.PROMISED) == "2026-12-14", "26, 27, 30 November and 1 December do not count"
    assert reading(story, Clock.NOTICE, TUESDAY).state is ClockState.MET, "accepted stays accepted"


def test_an_extension_raises_both_limits_by_its_days():
    story = wound(begun(TUESDAY), (ACCEPTED, TUESDAY), (EXTENDED, at("2026-12-07")))
    assert (due_day(story, Clock.PROMISED), due_day(story, Clock.LEGAL)) == ("2026-12-15", "2026-12-29")


def test_after_the_decision_the_result_is_to_be_sent_and_delivered():
    story = wound(begun(TUESDAY), (ACCEPTED, TUESDAY), (GRANTED, at("2026-11-26")))
    assert (due_day(story, Clock.SEND_RESULT), due_day(story, Clock.DELIVERY)) == ("2026-11-27", "2026-12-10")
    assert reading(story, Clock.PROMISED, at("2027-03-01")).state is ClockState.MET
    done = wound(story, (SENT, at("2026-11-30")), (HANDED_OVER, at("2026-12-02")))
    states = [reading(done, clock, at("2027-03-01")).state for clock in (Clock.SEND_RESULT, Clock.DELIVERY)]
    assert states == [ClockState.OVERRUN, ClockState.MET]


def test_a_supplement_is_owed_by_the_origin_until_the_day_the_notice_names():
    until = at("2026-12-03", "18:00")
    asked = wound(begun(TUESDAY), (replace(NOTICE, respond_by=until), TUESDAY))
    open_one = reading(asked, Clock.SUPPLEMENT, at("2026-12-01"))
    assert (open_one.owed_by, open_one.due, open_one.words.zh) == (Party.ORIGIN, until, "剩余 2 天")
    assert reading(asked, Clock.SUPPLEMENT, at("2026-12-04")).words.zh == "已超期 1 天"
    answered = wound(asked, (SUPPLEMENTED, at("2026-12-02")))
    assert reading(answered, Clock.SUPPLEMENT, at("2026-12-09")).state is ClockState.MET
    given_back = wound(asked, (ev.Returned(supplement_overdue=True), at("2026-12-02")))
    assert reading(given_back, Clock.SUPPLEMENT, at("2026-12-09")).state is ClockState.STOPPED


@pytest.mark.parametrize(
    ("now", "light", "words"),
    [
        (at("2026-11-24", "12:00"), Light.NORMAL, "剩余 10 个工作日"),
        (at("2026-12-03"), Light.NORMAL, "剩余 3 个工作日"),
        (at("2026-12-04"), Light.WARNING, "剩余 2 个工作日"),
        (at("2026-12-08", "23:59"), Light.WARNING, "今日到期"),
        (at("2026-12-09", "00:00"), Light.OVERDUE, "已超期 1 个工作日"),
        (at("2026-12-12"), Light.OVERDUE, "已超期 3 个工作日"),
    ],
)
def test_the_light_of_a_ten_day_limit_turns_yellow_for_its_last_fifth_and_red_when_it_is_over(now, light, words):
    promised = reading(wound(begun(TUESDAY), (ACCEPTED, TUESDAY)), Clock.PROMISED, now)
    assert (promised.light, promised.words.zh) == (light, words)
    assert (now >= promised.warns) is (light is Light.WARNING) if promised.warns else light is Light.OVERDUE


def test_a_limit_of_one_day_is_not_yellow_before_its_last_day():
    push = Clockwork.begin(LICENCE, TUESDAY)
    assert reading(push, Clock.PUSH, TUESDAY).light is Light.NORMAL
    assert reading(push, Clock.PUSH, at("2026-11-25", "00:00")).light is Light.WARNING


def test_hours_turn_yellow_for_their_last_fifth():
    limits = msgspec.structs.replace(SERVICE, promised=TimeLimit(10, TimeUnit.HOUR))
    story = wound(begun(TUESDAY, limits), (ACCEPTED, TUESDAY))
    seen = [reading(story, Clock.PROMISED, TUESDAY + timedelta(hours=hours)) for hours in (7.9, 8, 9.5, 11.5)]
    assert [one.light for one in seen] == [Light.NORMAL, Light.WARNING, Light.WARNING, Light.OVERDUE]
    assert [one.words.zh for one in seen] == ["剩余 2 小时", "剩余 2 小时", "不足 1 小时", "已超期 1 小时"]


def test_a_case_is_as_red_as_its_worst_clock_and_stays_so():
    late = wound(begun(TUESDAY), (ACCEPTED, TUESDAY), (GRANTED, at("2026-12-10")))
    assert case_light(readings(late, NATIONAL, at("2026-12-10"))) is Light.OVERDUE
    assert case_light(readings(begun(TUESDAY), NATIONAL, TUESDAY)) is Light.NORMAL
    assert case_light(()) is Light.NORMAL


def test_a_withdrawn_case_owes_nothing_any_more():
    gone = wound(begun(TUESDAY), (ACCEPTED, TUESDAY), (HEARING, at("2026-11-25")), (ev.Withdrawn(), at("2026-11-26")))
    later = readings(gone, NATIONAL, at("2027-05-01"))
    assert {one.clock: one.state for one in later}[Clock.PROMISED] is ClockState.STOPPED
    assert {one.light for one in later} == {Light.NORMAL}
    assert deadlines(gone, NATIONAL) == ()


def test_a_clock_that_reaches_a_year_not_published_says_it_aloud():
    december = at("2026-12-23")
    promised = reading(wound(begun(december), (ACCEPTED, december)), Clock.PROMISED, december)
    assert promised.provisional
    assert promised.remark.zh == "2027 年日历未发布, 暂按周一至周五计算"
    assert deadlines(wound(begun(december), (ACCEPTED, december)), NATIONAL)[-1].provisional


def test_the_origin_shows_what_the_handler_said_and_marks_what_it_counted_itself():
    before = begun(TUESDAY)
    assert reading(before, Clock.NOTICE, TUESDAY, told=True).estimate
    assert not reading(before, Clock.PUSH, TUESDAY, told=True).estimate, "its own clock"
    said = ev.Deadline(Clock.PROMISED, at("2026-12-30", "17:30"), "422800-2026-abcd", provisional=True)
    story = wind(before, happened(ACCEPTED, TUESDAY, deadlines=(said,)))
    promised = reading(story, Clock.PROMISED, TUESDAY, told=True)
    assert (promised.due, promised.calendar_version, promised.provisional, promised.estimate) == (
        said.due_at,
        "422800-2026-abcd",
        True,
        False,
    )
    assert reading(story, Clock.LEGAL, TUESDAY, told=True).estimate, "it said nothing of this one"
    paused = wind(story, happened(HEARING, at("2026-11-25")))
    assert reading(paused, Clock.PROMISED, TUESDAY, told=True).due is None
    assert day(reading(story, Clock.PROMISED, TUESDAY).due) == date(2026, 12, 8), "the handler counts itself"


def test_a_limit_only_the_handlers_system_knows_is_taken_as_it_said():
    said = ev.Deadline(Clock.PROMISED, at("2026-12-30", "17:30"), "own")
    story = wind(begun(TUESDAY, Limits()), happened(ACCEPTED, TUESDAY, deadlines=(said,)))
    assert reading(story, Clock.PROMISED, TUESDAY).due == said.due_at
    assert said in deadlines(story, NATIONAL)


def test_a_promise_made_on_acceptance_counts_where_the_item_makes_none():
    promise = ev.Accepted(promised_date=date(2026, 12, 4))
    assert due_day(wound(begun(TUESDAY, Limits()), (promise, TUESDAY)), Clock.PROMISED) == "2026-12-04"
    assert due_day(wound(begun(TUESDAY), (promise, TUESDAY)), Clock.PROMISED) == "2026-12-08"


def test_nothing_happens_before_the_window_received_the_application():
    backdated = wound(begun(TUESDAY), (ACCEPTED, at("2020-01-01")))
    assert backdated.accepted_at == TUESDAY


def test_a_clockwork_comes_back_from_its_text_and_keeps_nothing_personal():
    story = wound(
        begun(TUESDAY),
        (NOTICE, at("2026-11-25")),
        (SUPPLEMENTED, at("2026-11-26")),
        (ACCEPTED, at("2026-11-26")),
        (HEARING, at("2026-11-27")),
        (RESUMED, at("2026-11-30")),
        (EXTENDED, at("2026-12-01")),
        (ev.DeadlinePassed(Clock.PROMISED, at("2026-12-09")), at("2026-12-09")),
        (ev.Decided(Decision.DENIED), at("2026-12-10")),
        (HANDED_OVER, at("2026-12-11")),
    )
    assert Clockwork.read(story.text()) == story
    assert Clockwork.read("") is None
    assert "向小满" not in story.text()
    assert "局长" not in story.text()


def test_a_correction_moves_no_clock():
    story = wound(begun(TUESDAY), (ACCEPTED, TUESDAY), (EXTENDED, at("2026-12-01")))
    for kind in (ACCEPTED, ev.Extended(3, "局长")):
        assert wind(story, happened(kind, at("2026-12-02"), corrects="x", data_version=2)) == story


def test_only_one_extension_and_for_a_licence_only_as_long_as_the_law_allows():
    accepted = wound(begun(TUESDAY), (ACCEPTED, TUESDAY))
    assert clockwork_findings(accepted, ev.Extended(10, "局长")) == ()
    assert [one.path for one in clockwork_findings(accepted, ev.Extended(11, "局长"))] == ["days"]
    joint = wound(begun(TUESDAY, msgspec.structs.replace(LICENCE, joint=True)), (ACCEPTED, TUESDAY))
    assert clockwork_findings(joint, ev.Extended(15, "县长")) == ()
    assert clockwork_findings(joint, ev.Extended(16, "县长"))
    service = wound(begun(TUESDAY, SERVICE), (ACCEPTED, TUESDAY))
    assert clockwork_findings(service, ev.Extended(60, "局长")) == ()
    with pytest.raises(GatewayError) as refused:
        clockwork_findings(wound(service, (EXTENDED, TUESDAY)), EXTENDED)
    assert refused.value.reason is Reason.EXTENDED_ALREADY
    assert clockwork_findings(None, EXTENDED) == (), "a case from before clocks were kept"
    assert clockwork_findings(accepted, ACCEPTED) == ()


def test_a_shorter_day_at_the_handler_ends_its_clocks_earlier():
    office = Calendar(
        "422800", "x", NATIONAL.published, NATIONAL.holidays, NATIONAL.workdays, at("2026-01-01", "17:30").time()
    )
    assert reading(begun(TUESDAY), Clock.NOTICE, TUESDAY, office).due == at("2026-12-01", "17:30")
    pushing = reading(begun(TUESDAY), Clock.PUSH, TUESDAY, office, pushing=NATIONAL)
    assert pushing.due == at("2026-11-26", "00:00"), "the origin's own day"
