"""The state of a joint case is read off its children, and hides none of them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.case.errors import GatewayError
from gateway.case.joint import (
    ADVICE,
    JOINT_STATE_NAMES,
    Child,
    Joint,
    JointState,
    derive,
    is_open,
    longest_origin_number,
    part_number,
    position_of,
    waits_for_delivery,
)
from gateway.case.joint_findings import PartError, all_at_once
from gateway.case.kinds import Decision
from gateway.case.lifecycle import Standing
from gateway.case.reasons import Reason
from gateway.case.states import FINAL, State
from tests.build import a_finding

YES, NO = Decision.GRANTED, Decision.DENIED
J = JointState


def standing(state: State, decision: Decision | None = None) -> Standing:
    if decision is None and state in (State.GRANTED, State.AWAITING_DELIVERY, State.DELIVERED):
        decision = YES
    return Standing(state, state, decision=NO if state is State.DENIED else decision)


def whole(*states: State | tuple[State, Decision], withdrawn: bool = False) -> Joint:
    standings = [standing(*one) if isinstance(one, tuple) else standing(one) for one in states]
    return derive([Child(str(n), one) for n, one in enumerate(standings)], withdrawn=withdrawn)


TABLE = [
    (J.FORWARDED, [State.FORWARDED, State.FORWARDED]),
    (J.FORWARDED, [State.RECEIVED, State.UNDELIVERABLE]),
    (J.IN_PROCESS, [State.FORWARDED, State.AWAITING_SIGN_OFF]),
    (J.IN_PROCESS, [State.FORWARDED, State.DENIED]),
    (J.IN_PROCESS, [State.GRANTED, State.SUPPLEMENT_REQUESTED]),
    (J.IN_PROCESS, [State.WITHDRAWN, State.SUSPENDED]),
    (J.IN_PROCESS, [State.GRANTED, State.UNDELIVERABLE]),
    (J.GRANTED, [State.GRANTED, State.GRANTED]),
    (J.GRANTED, [State.GRANTED, State.DELIVERED]),
    (J.GRANTED, [State.AWAITING_DELIVERY]),
    (J.PARTLY_GRANTED, [State.GRANTED, State.DENIED]),
    (J.PARTLY_GRANTED, [State.AWAITING_DELIVERY, State.NOT_ACCEPTED]),
    (J.PARTLY_GRANTED, [State.GRANTED, State.WITHDRAWN]),
    (J.PARTLY_GRANTED, [State.GRANTED, State.DELIVERED, State.REFUSED_BY_PARTNER]),
    (J.NOT_GRANTED, [State.DENIED, State.DENIED]),
    (J.NOT_GRANTED, [State.WITHDRAWN, State.RETURNED]),
    (J.NOT_GRANTED, [State.VOIDED, State.REFERRED, State.REFUSED_BY_PARTNER]),
    (J.NOT_GRANTED, [(State.DELIVERED, NO), (State.AWAITING_DELIVERY, NO)]),
    (J.WITHDRAWN, [State.WITHDRAWN, State.WITHDRAWN]),
    (J.DELIVERED, [State.DELIVERED, State.DELIVERED]),
    (J.PARTLY_DELIVERED, [State.DELIVERED, State.DENIED]),
    (J.PARTLY_DELIVERED, [State.DELIVERED, (State.DELIVERED, NO)]),
]


@pytest.mark.parametrize(("expected", "children"), TABLE)
def test_the_whole_stands_where_its_children_put_it(expected: JointState, children: list):
    assert whole(*children).state is expected
    assert whole(*reversed(children)).state is expected


@pytest.mark.parametrize(
    "state",
    [
        State.REFUSED_BY_PARTNER,
        State.UNDELIVERABLE,
        State.SUPPLEMENT_REQUESTED,
        State.DENIED,
        State.NOT_ACCEPTED,
        State.RETURNED,
        State.VOIDED,
        State.REFERRED,
    ],
)
def test_a_child_in_trouble_is_named_with_what_to_do(state: State):
    [concern] = whole(State.GRANTED, state).attention
    assert (concern.case_id, concern.state) == ("1", state)
    assert concern.advice.zh
    assert concern.advice.en


def test_a_denial_stays_a_denial_after_it_was_delivered():
    seen = whole((State.DELIVERED, NO), State.DELIVERED)
    assert seen.counts == {State.DENIED: 1, State.DELIVERED: 1}
    assert [one.state for one in seen.attention] == [State.DENIED]


def test_a_case_voided_after_it_was_denied_is_void():
    assert whole((State.VOIDED, NO)).counts == {State.VOIDED: 1}


def test_a_withdrawn_whole_does_not_wait_for_a_child_that_never_arrived():
    assert whole(State.UNDELIVERABLE, State.WITHDRAWN).state is J.IN_PROCESS
    seen = whole(State.UNDELIVERABLE, State.WITHDRAWN, withdrawn=True)
    assert seen.state is J.WITHDRAWN
    assert seen.counts == {State.UNDELIVERABLE: 1, State.WITHDRAWN: 1}
    assert [one.state for one in seen.attention] == [State.UNDELIVERABLE]


STANDINGS = st.builds(
    lambda state, decision: standing(
        state, decision if state in (State.AWAITING_DELIVERY, State.DELIVERED, State.VOIDED) else None
    ),
    st.sampled_from(State),
    st.sampled_from([YES, NO]),
)
CHILDREN = st.lists(STANDINGS, min_size=1, max_size=8).map(
    lambda found: [Child(str(n), one) for n, one in enumerate(found)]
)


@given(CHILDREN)
def test_no_child_is_lost_in_the_counts(children: list[Child]):
    assert sum(derive(children).counts.values()) == len(children)


@given(CHILDREN)
def test_every_child_that_needs_a_word_gets_one(children: list[Child]):
    seen = derive(children)
    assert sum(seen.counts.get(state, 0) for state in ADVICE) == len(seen.attention)


@given(CHILDREN)
def test_the_whole_is_under_way_exactly_while_a_child_is_open(children: list[Child]):
    under_way = derive(children).state in (J.FORWARDED, J.IN_PROCESS)
    assert under_way is any(is_open(child.standing) for child in children)


@given(CHILDREN)
def test_the_whole_waits_for_delivery_exactly_when_a_grant_does_and_nothing_is_open(children: list[Child]):
    waits = any(waits_for_delivery(child.standing) for child in children)
    still_open = any(is_open(child.standing) for child in children)
    assert (derive(children).state in (J.GRANTED, J.PARTLY_GRANTED)) is (waits and not still_open)


@given(CHILDREN)
def test_full_success_is_never_said_when_a_child_was_not_granted(children: list[Child]):
    if derive(children).state in (J.GRANTED, J.DELIVERED):
        assert all(child.standing.decision is YES for child in children)


@given(CHILDREN, st.randoms())
def test_the_order_of_the_children_changes_nothing(children: list[Child], chance):
    mixed = list(children)
    chance.shuffle(mixed)
    assert derive(mixed).state is derive(children).state
    assert derive(mixed).counts == derive(children).counts


@given(CHILDREN)
def test_withdrawing_changes_the_whole_only_for_children_that_never_arrived(children: list[Child]):
    if all(child.standing.state is not State.UNDELIVERABLE for child in children):
        assert derive(children, withdrawn=True) == derive(children)


def test_every_state_of_a_whole_can_come_about_and_has_its_words():
    assert {expected for expected, _ in TABLE} == set(JointState) == JOINT_STATE_NAMES.keys()
    assert all(text.zh and text.en for text in JOINT_STATE_NAMES.values())
    assert all(state in ADVICE for state in FINAL - {State.WITHDRAWN, State.DELIVERED})


def test_the_number_of_a_part_keeps_the_applications_own_number_as_it_is():
    number = "11440232MB2D06811W4000117051000202010200008"
    assert part_number(number, 12) == f"{number}#12"
    assert position_of(part_number("编号 #7/Ａ", 3)) == 3
    assert longest_origin_number(9) == 48
    assert longest_origin_number(10) == 47


def test_findings_of_parts_name_the_part_and_common_ones_are_told_once():
    error = GatewayError(Reason.REQUIREMENTS_NOT_MET, findings=[a_finding("materials"), a_finding("applicant.name")])
    told = all_at_once([PartError(n, (), error) for n in (0, 2)])
    assert told.reason is Reason.REQUIREMENTS_NOT_MET
    assert [finding.path for finding in told.findings] == ["parts[0].materials", "applicant.name", "parts[2].materials"]
    assert told.facts["count"] == 3


def test_findings_about_a_material_name_its_place_in_the_application():
    error = GatewayError(
        Reason.BAD_REQUEST, findings=[a_finding("materials[1].sha256"), a_finding("materials[0].name")]
    )
    told = all_at_once([PartError(1, ("materials[4]", "parts[1].materials[0]"), error)])
    assert [finding.path for finding in told.findings] == ["parts[1].materials[0].sha256", "materials[4].name"]


def test_parts_that_fail_for_different_reasons_are_told_together():
    told = all_at_once(
        [
            PartError(0, (), GatewayError(Reason.DIVISION_UNKNOWN, division="999999")),
            PartError(1, (), GatewayError(Reason.ITEM_NOT_AGREED, item="x")),
        ]
    )
    assert told.reason is Reason.BAD_REQUEST
    assert [finding.path for finding in told.findings] == ["parts[0].handler.division", "parts[1].item.basic_code"]
    assert "999999" in told.findings[0].problem.zh
