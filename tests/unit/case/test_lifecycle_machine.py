"""The life of a case as a machine: what no sequence of events by either party may ever break."""

from collections import deque
from itertools import product

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from gateway.case import events as ev
from gateway.case.errors import GatewayError
from gateway.case.events import (
    Accepted,
    Decided,
    Event,
    Happening,
    ReceivedByHandler,
    Resumed,
    Supplemented,
    SupplementRequested,
    Suspended,
)
from gateway.case.kinds import Clock, Decision, Power
from gateway.case.lifecycle import (
    EVENT_NAMES,
    GRANTABLE,
    TABLE,
    WHO,
    Standing,
    advance,
    needed_power,
    pass_on,
    possible,
)
from gateway.case.reasons import Reason
from gateway.case.states import FINAL, PASSAGES, STATE_NAMES, Party, Passage, State
from tests.build import NOW, a_happening
from tests.unit.case.lifecycle_walk import DONE, OPENED, after, reachable

KINDS = tuple(WHO)
STANDINGS = reachable(OPENED)
SORTED = sorted(STANDINGS, key=repr)


def test_every_state_has_a_name_and_a_place_in_the_life_of_a_case():
    assert set(STATE_NAMES) == set(State)
    assert TABLE.keys() | PASSAGES.keys() | {State.REFUSED_BY_PARTNER} == set(State)
    assert {standing.state for standing in STANDINGS} == TABLE.keys(), "a state that no sequence of events reaches"


def test_every_happening_is_somebodys_and_possible_somewhere():
    kinds = set(Event.__dataclass_fields__["happening"].type.__args__)
    assert kinds == set(WHO) == set(EVENT_NAMES)
    assert {kind for row in TABLE.values() for kind in row} == kinds
    assert all(WHO.values()), "an event that nobody may make"


@pytest.mark.parametrize("standing", SORTED, ids=repr)
def test_from_every_standing_an_end_is_reached_and_a_final_one_is_never_left(standing):
    later = reachable(standing)
    assert {one.state for one in later} & FINAL
    if standing.state in FINAL:
        assert set(later) == {standing}


@pytest.mark.parametrize("state", [state for state in State if state not in FINAL], ids=lambda state: state.value)
def test_every_state_that_is_not_final_has_an_exit(state):
    onward = set(PASSAGES.get(state, {}).values())
    onward |= {nxt.state for standing, nexts in STANDINGS.items() if standing.state is state for nxt in nexts}
    assert onward - {state}


@pytest.mark.parametrize("standing", SORTED, ids=repr)
def test_what_is_called_possible_is_what_can_be_done(standing):
    for party in Party:
        offered = possible(standing, party)
        doable = tuple(kind for kind in KINDS if party in WHO[kind] and after(standing, a_happening(kind)) is not None)
        assert offered == doable


@pytest.mark.parametrize("standing", SORTED, ids=repr)
def test_a_granted_power_adds_its_events_and_no_others(standing):
    own = set(possible(standing, Party.ORIGIN))
    for power in Power:
        granted = {kind for kind, needs in GRANTABLE.items() if needs is power}
        more = set(possible(standing, Party.ORIGIN, frozenset({power})))
        assert own <= more <= own | granted
        assert more - own == {kind for kind in granted if after(standing, a_happening(kind)) is not None}


@pytest.mark.parametrize("standing", SORTED, ids=repr)
def test_the_answer_to_a_supplement_and_a_special_procedure_cross_without_harm(standing):
    answer = a_happening(Supplemented)
    for procedure in (a_happening(Suspended), a_happening(Resumed)):
        if after(standing, answer) and after(standing, procedure):
            one, other = after(standing, answer, procedure), after(standing, procedure, answer)
            assert one == other
            assert one is not None


def test_the_crossings_that_must_commute_do_arise():
    crossings = {
        kind
        for standing, kind in product(STANDINGS, (Suspended, Resumed))
        if after(standing, a_happening(Supplemented)) and after(standing, a_happening(kind))
    }
    assert crossings == {Suspended, Resumed}


@pytest.mark.parametrize("standing", SORTED, ids=repr)
def test_a_standing_never_contradicts_itself(standing):
    interrupted = standing.state in {State.SUPPLEMENT_REQUESTED, State.SUSPENDED}
    assert interrupted or standing.base is standing.state
    assert interrupted or not standing.supplement_open
    assert standing.state is not State.SUPPLEMENT_REQUESTED or standing.supplement_open
    if standing.state in {State.GRANTED, State.DENIED}:
        assert standing.decision is (Decision.GRANTED if standing.state is State.GRANTED else Decision.DENIED)


@pytest.mark.parametrize("standing", SORTED, ids=repr)
def test_a_decision_once_made_is_kept(standing):
    if standing.decision is not None:
        assert {later.decision for later in reachable(standing)} == {standing.decision}


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_the_handler_needs_no_power_and_the_origin_only_a_grantable_one(kind):
    happening = a_happening(kind)
    if Party.HANDLER in WHO[kind]:
        assert needed_power(happening, Party.HANDLER) is None
    if Party.ORIGIN in WHO[kind]:
        assert needed_power(happening, Party.ORIGIN) is None
    elif kind in GRANTABLE:
        assert needed_power(happening, Party.ORIGIN) is GRANTABLE[kind]
    else:
        with pytest.raises(GatewayError) as refused:
            needed_power(happening, Party.ORIGIN)
        assert refused.value.reason is Reason.NOT_THE_HANDLER


def test_only_acceptance_its_refusal_the_notice_and_the_delivery_can_be_granted():
    assert {kind.__name__: power.value for kind, power in GRANTABLE.items()} == {
        "Accepted": "receive_and_accept",
        "NotAccepted": "receive_and_accept",
        "SupplementRequested": "notify_once",
        "ResultSent": "deliver_result",
        "Delivered": "deliver_result",
    }
    assert not any(Party.ORIGIN in WHO[kind] for kind in (Decided, ReceivedByHandler, *GRANTABLE))


def test_a_release_after_giving_up_sends_the_case_on_its_way_again():
    forwarded = pass_on(Standing.at(State.RECEIVED), Passage.OWED)
    given_up = pass_on(forwarded, Passage.GIVEN_UP)
    assert given_up.state is State.UNDELIVERABLE
    assert pass_on(given_up, Passage.RELEASED) == forwarded
    assert pass_on(given_up, Passage.TAKEN_IN) == OPENED, "an authentic receipt lifts it, whenever it comes"
    with pytest.raises(GatewayError) as refused:
        pass_on(OPENED, Passage.GIVEN_UP)
    assert refused.value.reason is Reason.LIFECYCLE


@pytest.mark.parametrize("accepting", [ev.Accepted(), ev.DeadlinePassed(Clock.NOTICE, NOW, deemed_accepted=True)])
def test_a_supplement_asked_for_after_acceptance_does_not_let_the_case_be_not_accepted(accepting):
    """Acceptance, formal or by silence, is decided (行政许可法 art. 32)."""
    asked = advance(advance(Standing.at(State.WITH_HANDLER), accepting), a_happening(ev.SupplementRequested))
    with pytest.raises(GatewayError) as refused:
        advance(asked, a_happening(ev.NotAccepted))
    assert refused.value.reason is Reason.LIFECYCLE
    before = advance(Standing.at(State.WITH_HANDLER), a_happening(ev.SupplementRequested))
    assert advance(before, a_happening(ev.NotAccepted)).state is State.NOT_ACCEPTED


def test_a_sign_off_that_crosses_an_early_notice_is_kept():
    notice = after(OPENED, a_happening(SupplementRequested), a_happening(ReceivedByHandler))
    assert notice is not None
    assert (notice.state, notice.base) == (State.SUPPLEMENT_REQUESTED, State.WITH_HANDLER)
    answered = after(notice, a_happening(Supplemented), a_happening(Accepted))
    assert answered == Standing.at(State.ACCEPTED)


class TwoRegions(RuleBasedStateMachine):
    """Both parties act at any time; envelopes and receipts take any time and any order to arrive.

    The handler's side gives every event its version; the origin folds by version alone, what comes early waits.
    """

    @initialize(powers=st.sets(st.sampled_from(Power)))
    def open_case(self, powers):
        self.powers = powers
        self.at_handler = OPENED
        self.at_origin = OPENED
        self.history = [OPENED]
        self.folded = 0
        self.sent_by_origin: deque[Happening] = deque()
        self.under_way: list[tuple[int, Happening]] = []
        self.waiting: dict[int, Happening] = {}

    @rule(happening=st.sampled_from(DONE))
    def the_handler_acts(self, happening):
        assert needed_power(happening, Party.HANDLER) is None
        self._take(happening)

    @rule(happening=st.sampled_from(DONE))
    def the_origin_sends(self, happening):
        self.sent_by_origin.append(happening)

    @precondition(lambda self: self.sent_by_origin)
    @rule()
    def the_handler_takes_what_the_origin_sent(self):
        happening = self.sent_by_origin.popleft()
        kind = type(happening)
        if Party.ORIGIN in WHO[kind] or GRANTABLE.get(kind) in self.powers:
            self._take(happening)

    @precondition(lambda self: self.under_way)
    @rule(data=st.data())
    def something_arrives_at_the_origin(self, data):
        at = data.draw(st.integers(0, len(self.under_way) - 1))
        version, happening = self.under_way.pop(at)
        self._arrive(version, happening)

    def _take(self, happening: Happening) -> None:
        moved = after(self.at_handler, happening)
        if moved is None:
            return
        self.at_handler = moved
        self.history.append(moved)
        self.under_way.append((len(self.history) - 1, happening))

    def _arrive(self, version: int, happening: Happening) -> None:
        self.waiting[version] = happening
        while self.folded + 1 in self.waiting:
            self.folded += 1
            self.at_origin = advance(self.at_origin, self.waiting.pop(self.folded))

    @invariant()
    def both_sides_agree_on_every_version_the_origin_has(self):
        if hasattr(self, "history"):
            assert self.at_origin == self.history[self.folded]

    @invariant()
    def nothing_leaves_a_final_state(self):
        if hasattr(self, "history"):
            ends = [standing for standing in self.history if standing.state in FINAL]
            assert len(set(ends)) <= 1
            assert not ends or self.at_handler == ends[0]

    def teardown(self):
        if hasattr(self, "history"):
            for version, happening in reversed(self.under_way):
                self._arrive(version, happening)
            assert self.at_origin == self.at_handler
            assert not self.waiting


TwoRegions.TestCase.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
test_two_regions_end_with_the_same_case_whatever_arrives_when = TwoRegions.TestCase
