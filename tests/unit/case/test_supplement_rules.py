"""Supplements: one notice lists everything, the answer carries only what was asked, replaced materials are versions."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.case.event.supplement_answers import answer_findings
from gateway.case.event.supplement_notices import notice_findings
from gateway.case.event.supplements import form_now, is_second, material_versions, materials_now, open_notice
from gateway.case.events import Accepted, DeadlinePassed, Event, Requirement, Supplemented, SupplementRequested
from gateway.case.kinds import Clock
from tests.build import NOW, a_case, a_file, a_material, an_event, an_id

FORM = '{"姓名":"示例","金额":12.50,"流水号":90071992547409931234,"住址":{"县":"利川","街":"一"},"子女":["甲"]}'
CASE = a_case(form_json=FORM, materials=(a_material("m1"), a_material("m2", a_file(b"book"), list_code="A002")))
PHOTO = Requirement("r1", "重新拍照", "m1")
BOOK = Requirement("r2", "补交户口簿", list_code="A003")
FIELD = Requirement("r3", "改金额", form_field="/金额")
WORDS = Requirement("r4", "说明情况")


def a_notice(*asked: Requirement, n: int = 1, reason: str = "", **more) -> Event:
    return an_event(SupplementRequested(asked, **more), event_id=an_id(200 + n), reason=reason)


def an_answer(*materials, ids=(), form: str = "", reason: str = "", n: int = 1) -> Event:
    return an_event(Supplemented(materials, form, tuple(ids)), event_id=an_id(300 + n), reason=reason)


def renewed(material_id: str = "m1", version: int = 2, content: bytes = b"better", **more):
    return a_material(material_id, a_file(content), version=version, **more)


def places(findings) -> list[str]:
    return [one.path for one in findings]


def test_a_notice_after_silence_accepted_the_case_is_no_second_one_before_acceptance():
    silence = an_event(DeadlinePassed(Clock.NOTICE, NOW, deemed_accepted=True), event_id=an_id(400))
    overrun = an_event(DeadlinePassed(Clock.SIGN_OFF, NOW), event_id=an_id(401))
    before = [a_notice(PHOTO), an_answer(renewed(), ids=["r1"])]
    assert is_second([*before, overrun], a_notice(BOOK, n=2))
    assert not is_second([*before, silence], a_notice(BOOK, n=2))


# -- what the case holds now


def test_the_newest_version_of_each_material_counts_and_the_older_ones_stay():
    events = [a_notice(PHOTO, BOOK), an_answer(renewed(), a_material("m9", list_code="A003"), ids=["r1", "r2"])]
    assert [(one.material_id, one.version) for one in materials_now(CASE, events)] == [("m1", 2), ("m2", 1), ("m9", 1)]
    assert [one.version for one in material_versions(CASE, events)["m1"]] == [1, 2]


def test_the_form_of_the_last_supplement_that_brought_one_counts_character_for_character():
    other = FORM.replace("12.50", "13.0")
    events = [a_notice(FIELD), an_answer(form=other), a_notice(PHOTO, n=2), an_answer(renewed(), n=2)]
    assert form_now(CASE, []) == FORM
    assert form_now(CASE, events) == other


def test_a_notice_is_open_until_it_is_answered():
    notice, answer = a_notice(PHOTO), an_answer(renewed())
    assert open_notice([]) is None
    assert open_notice([notice]) == notice
    assert open_notice([notice, answer]) is None
    assert open_notice([notice, answer, a_notice(BOOK, n=2)]) == a_notice(BOOK, n=2)


# -- notices


def test_a_first_notice_may_name_a_material_a_list_code_a_field_or_use_plain_words():
    notice = a_notice(PHOTO, BOOK, FIELD, WORDS, respond_by=NOW + timedelta(days=10))
    assert notice_findings(CASE, [], notice, {"A001", "A003"}) == ()


@pytest.mark.parametrize(
    ("asked", "path"),
    [
        (Requirement("r1", "照片", "m7"), "requirements[0].material_id"),
        (Requirement("r1", "照片", list_code="Z9"), "requirements[0].list_code"),
        (Requirement("r1", "金额", form_field="金额"), "requirements[0].form_field"),
        (Requirement("r1", "金额", form_field="/a~2"), "requirements[0].form_field"),
        (Requirement("r1", "金额", form_field="/姓名/字"), "requirements[0].form_field"),
        (Requirement("r1", "金额", form_field="/子女/7"), "requirements[0].form_field"),
        (Requirement("r1", "两件事", "m1", form_field="/金额"), "requirements[0]"),
    ],
)
def test_what_a_requirement_cannot_name_is_told(asked, path):
    assert places(notice_findings(CASE, [], a_notice(asked), {"A003"})) == [path]


def test_a_list_code_is_not_checked_where_the_checklist_is_not_known():
    assert notice_findings(CASE, [], a_notice(Requirement("r1", "照片", list_code="Z9")), None) == ()


def test_a_field_the_form_does_not_have_yet_may_be_asked_for():
    for pointer in ("/电话", "/住址/号", "/子女/1", "/子女/-", "/新/路"):
        assert notice_findings(CASE, [], a_notice(Requirement("r1", "补", form_field=pointer))) == ()


def test_a_second_notice_while_one_is_open_is_refused():
    assert "event" in places(notice_findings(CASE, [a_notice(PHOTO)], a_notice(BOOK, n=2)))


def test_a_second_notice_before_acceptance_needs_a_reason_and_a_supervisor():
    before = [a_notice(PHOTO), an_answer(renewed())]
    assert places(notice_findings(CASE, before, a_notice(BOOK, n=2))) == ["reason", "supervisor"]
    assert notice_findings(CASE, before, a_notice(BOOK, n=2, reason="第一次漏列", supervisor="冉明")) == ()
    assert is_second(before, a_notice(BOOK, n=2))


def test_after_acceptance_a_notice_is_no_second_one():
    before = [a_notice(PHOTO), an_answer(renewed()), an_event(Accepted("号"))]
    assert notice_findings(CASE, before, a_notice(BOOK, n=2)) == ()
    assert not is_second(before, a_notice(BOOK, n=2))


def test_a_correction_of_a_notice_is_no_notice():
    notice = a_notice(PHOTO)
    again = an_event(notice.happening, event_id=an_id(250), corrects=notice.event_id, data_version=2)
    assert not is_second([notice], again)
    assert open_notice([notice, an_answer(renewed()), again]) is None


def test_requirement_ids_are_unique_in_the_case():
    assert places(notice_findings(CASE, [], a_notice(PHOTO, PHOTO))) == ["requirements[1].requirement_id"]
    before = [a_notice(PHOTO), an_answer(renewed()), an_event(Accepted("号"))]
    assert places(notice_findings(CASE, before, a_notice(PHOTO, n=2))) == ["requirements[0].requirement_id"]


def test_the_limit_lies_after_the_notice():
    assert places(notice_findings(CASE, [], a_notice(PHOTO, respond_by=NOW))) == ["respond_by"]


# -- answers


def test_an_answer_that_brings_what_was_asked_is_right():
    events = [a_notice(PHOTO, BOOK, FIELD, WORDS)]
    book = a_material("m9", a_file(b"x"), list_code="A003")
    answer = an_answer(renewed(), book, ids=["r1", "r2", "r3", "r4"], form=FORM.replace("12.50", "13"))
    assert answer_findings(CASE, events, answer) == ()


@pytest.mark.parametrize(
    ("materials", "paths"),
    [
        ([renewed(version=1)], ["materials[0].version"]),
        ([renewed(version=3)], ["materials[0].version"]),
        ([renewed(), renewed("m2")], ["materials[1]"]),
        ([renewed(), renewed(version=3)], ["materials[1].material_id"]),
        ([renewed(), a_material("m9", list_code="A009")], ["materials[1]"]),
        ([renewed(), a_material("m9", list_code="A009", version=2)], ["materials[1]", "materials[1].version"]),
    ],
)
def test_a_material_that_was_not_asked_for_or_is_not_the_next_version_is_told(materials, paths):
    found = answer_findings(CASE, [a_notice(PHOTO)], an_answer(*materials, ids=["r1"]))
    assert places(found) == paths


def test_a_version_is_counted_over_every_round():
    events = [a_notice(PHOTO), an_answer(renewed()), an_event(Accepted("号"))]
    events.append(a_notice(Requirement("r9", "再拍", "m1"), n=2))
    assert places(answer_findings(CASE, events, an_answer(renewed(version=2), ids=["r9"]))) == ["materials[0].version"]
    assert answer_findings(CASE, events, an_answer(renewed(version=3), ids=["r9"])) == ()


def test_a_list_code_is_answered_by_the_material_that_has_it_already():
    asked = Requirement("r1", "换户口簿", list_code="A002")
    assert answer_findings(CASE, [a_notice(asked)], an_answer(renewed("m2"), ids=["r1"])) == ()


def test_every_field_changed_without_being_asked_is_told():
    changed = FORM.replace('"县":"利川"', '"县":"恩施"').replace("31234", "31235").replace("12.50", "13")
    found = answer_findings(CASE, [a_notice(FIELD)], an_answer(ids=["r3"], form=changed))
    assert places(found) == ["form.流水号", "form.住址.县"]


def test_a_number_written_otherwise_is_no_change():
    found = answer_findings(
        CASE, [a_notice(PHOTO)], an_answer(renewed(), ids=["r1"], form=FORM.replace("12.50", "12.5"))
    )
    assert found == ()


def test_a_key_that_may_be_personal_is_not_shown():
    found = answer_findings(CASE, [a_notice(FIELD)], an_answer(ids=["r3"], form=FORM.replace("}", ',"向小满":1}', 1)))
    assert "向小满" not in str(found)


def test_plain_words_let_in_a_new_material_but_not_what_others_are_asked_for_by_name():
    events = [a_notice(PHOTO, WORDS)]
    new = a_material("m9", a_file(b"letter"), list_code="")
    assert answer_findings(CASE, events, an_answer(renewed(), new, ids=["r1", "r4"])) == ()
    assert places(answer_findings(CASE, events, an_answer(renewed(), renewed("m2"), ids=["r1", "r4"]))) == [
        "materials[1]"
    ]


def test_plain_words_alone_may_be_answered_by_the_form():
    answer = an_answer(ids=["r4"], form=FORM.replace("12.50", "13"))
    assert answer_findings(CASE, [a_notice(WORDS)], answer) == ()
    assert places(answer_findings(CASE, [a_notice(FIELD, WORDS)], an_answer(ids=["r3", "r4"], form='{"姓名":"示例"}')))


def test_what_is_left_out_is_told_unless_the_applicant_says_it_will_not_come():
    events = [a_notice(PHOTO, BOOK, FIELD)]
    assert places(answer_findings(CASE, events, an_answer(renewed(), ids=["r1"]))) == ["requirement_ids"] * 2
    named = an_answer(renewed(), ids=["r1", "r2", "r3"])
    assert places(answer_findings(CASE, events, named)) == ["materials", "form"]
    assert answer_findings(CASE, events, an_answer(renewed(), ids=["r1"], reason="申请人声明其余不再补交")) == ()


def test_requirements_that_were_not_in_the_notice_are_told():
    found = answer_findings(CASE, [a_notice(PHOTO)], an_answer(renewed(), ids=["r1", "r8", "r1"]))
    assert places(found) == ["requirement_ids[1]", "requirement_ids[2]"]


def test_an_answer_without_an_open_notice_is_refused():
    assert places(answer_findings(CASE, [], an_answer(renewed(), ids=["r1"]))) == ["event"]


NAMES = st.sampled_from(["m1", "m2", "m3", "m4"])


@given(st.lists(NAMES, max_size=8))
def test_however_often_materials_are_replaced_versions_count_up_and_nothing_is_lost(rounds):
    """Accepted answers alone can make: newest = number of times it came, all of them still there."""
    events, came = [], {"m1": 1, "m2": 1}
    for n, name in enumerate(rounds):
        asked = Requirement(f"r{n}", "补", "" if name not in came else name, "N" + name if name not in came else "")
        notice = a_notice(asked, n=10 + 2 * n, reason="再次告知", supervisor="冉明")
        assert notice_findings(CASE, events, notice) == ()
        version = came.get(name, 0) + 1
        wrong = an_answer(renewed(name, version + 1, list_code="N" + name), ids=[f"r{n}"], n=20 + 2 * n)
        assert answer_findings(CASE, [*events, notice], wrong)
        answer = an_answer(renewed(name, version, b"%d" % n, list_code="N" + name), ids=[f"r{n}"], n=20 + 2 * n)
        assert answer_findings(CASE, [*events, notice], answer) == ()
        events += [notice, answer]
        came[name] = version
    assert {one.material_id: one.version for one in materials_now(CASE, events)} == came
    assert all(len(versions) == came[name] for name, versions in material_versions(CASE, events).items())
