"""Which envelopes leave next: order per case whatever happens, news before new cases, nobody starved."""

from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from gateway.store import claims, outbox
from gateway.store.database import Transaction
from tests.unit.store.outbox_build import ENSHI, LEASE, MIB, NOW, a_store, line, owed, settle


def claim(tx: Transaction, now=NOW, limit: int = 64, most: int = 3 * MIB) -> list[str]:
    return [one.envelope_id for one in claims.claim(tx, ENSHI, now, now + LEASE, limit, most)]


def test_what_is_claimed_is_nobody_elses_until_the_lease_is_over(tmp_path: Path) -> None:
    with a_store(tmp_path) as (_, tx):
        outbox.owe(tx, owed("a"))
        assert claim(tx) == ["a"]
        assert claim(tx) == []
        assert not claims.has_work(tx, ENSHI, NOW)
        assert claim(tx, NOW + LEASE) == ["a"]
        found = outbox.find(tx, "a")
        assert found is not None
        assert found.tries == 2


def test_envelopes_of_one_case_fly_together_and_in_order(tmp_path: Path) -> None:
    with a_store(tmp_path) as (_, tx):
        outbox.owe(tx, owed("a1", "A", 1))
        outbox.owe(tx, owed("a2", "A", 2))
        outbox.owe(tx, owed("b1", "B", 1))
        outbox.owe(tx, owed("a3", "A", 3))
        taken = claim(tx)
        assert sorted(taken) == ["a1", "a2", "a3", "b1"]
        assert [one for one in taken if one.startswith("a")] == ["a1", "a2", "a3"]
        assert claim(tx) == [], "the later ones are held by the first"


def test_an_envelope_that_waits_holds_up_its_own_case_only(tmp_path: Path) -> None:
    with a_store(tmp_path) as (_, tx):
        outbox.owe(tx, owed("files", "A", 1, materials_wait=True))
        outbox.owe(tx, owed("after files", "A", 2))
        outbox.owe(tx, owed("later", "B", 1, due_at=NOW + timedelta(hours=1)))
        outbox.owe(tx, owed("after later", "B", 2))
        outbox.owe(tx, owed("kept", "C", 1))
        tx.execute("UPDATE outbox SET kept_back = 'held' WHERE envelope_id = 'kept'")
        outbox.owe(tx, owed("after kept", "C", 2))
        outbox.owe(tx, owed("free", "D", 1))
        assert claim(tx) == ["free"]
        found = claims.next_with_materials(tx, ENSHI, NOW, NOW + LEASE)
        assert found is not None
        assert found.envelope_id == "files"
        outbox.materials_are_there(tx, "files", NOW)
        assert claim(tx) == ["files", "after files"]
        tx.execute("UPDATE outbox SET kept_back = '' WHERE envelope_id = 'kept'")
        assert claim(tx) == ["kept", "after kept"]


def test_one_that_waits_in_the_middle_stops_what_comes_after_it(tmp_path: Path) -> None:
    with a_store(tmp_path) as (_, tx):
        outbox.owe(tx, owed("a1", "A", 1))
        outbox.owe(tx, owed("a2", "A", 2, materials_wait=True))
        outbox.owe(tx, owed("a3", "A", 3))
        assert claim(tx) == ["a1"]
        settle(tx, "a1")
        assert claim(tx) == []
        outbox.materials_are_there(tx, "a2", NOW)
        assert claim(tx) == ["a2", "a3"]


def test_news_go_before_new_cases_and_a_share_of_every_flight_is_kept_for_these(tmp_path: Path) -> None:
    with a_store(tmp_path) as (_, tx):
        for n in range(100):
            outbox.owe(tx, owed(f"new {n:03}", owed_at=NOW - timedelta(days=3), due_at=NOW - timedelta(days=3)))
        for n in range(100):
            outbox.owe(tx, owed(f"news {n:03}", sequence=2))
        first, second, third = claim(tx), claim(tx), claim(tx)
        kinds = [(sum(one.startswith("news") for one in flight), len(flight)) for flight in (first, second, third)]
        assert kinds == [(48, 64), (48, 64), (4, 64)]
        assert [one for one in first if not one.startswith("news")] == [f"new {n:03}" for n in range(16)]


def test_large_news_cannot_starve_new_cases(tmp_path: Path) -> None:
    with a_store(tmp_path) as (_, tx):
        for n in range(20):
            outbox.owe(tx, owed(f"news {n}", sequence=2, bytes=MIB))
        outbox.owe(tx, owed("new", bytes=MIB))
        assert "new" in claim(tx)


def test_a_flight_holds_no_more_than_fits_and_one_alone_always_fits(tmp_path: Path) -> None:
    with a_store(tmp_path) as (_, tx):
        outbox.owe(tx, owed("huge", bytes=9 * MIB))
        outbox.owe(tx, owed("small", due_at=NOW - timedelta(seconds=1), bytes=MIB))
        assert claim(tx) == ["small"]
        assert claim(tx) == ["huge"]


def test_what_opened_a_case_again_steps_in_front_of_what_followed_it(tmp_path: Path) -> None:
    with a_store(tmp_path) as (_, tx):
        outbox.owe(tx, owed("old", "A", 1))
        outbox.owe(tx, owed("note", "A", 2))
        outbox.settle(tx, "old", outbox.GIVEN_UP, NOW)
        assert line(tx, "A") == [(2, True)]
        outbox.owe(tx, owed("sealed anew", "A", 1, owed_at=NOW + timedelta(hours=1)))
        assert line(tx, "A") == [(1, True), (2, False)]
        assert claim(tx) == ["sealed anew", "note"]
        outbox.settle(tx, "sealed anew", outbox.REFUSED, NOW)
        assert outbox.reopen(tx, "old", NOW)
        assert line(tx, "A") == [(1, True), (2, False)]


def test_a_start_gives_back_what_was_claimed_and_nothing_else(tmp_path: Path) -> None:
    with a_store(tmp_path) as (_, tx):
        outbox.owe(tx, owed("put off", due_at=NOW + timedelta(hours=2)))
        outbox.owe(tx, owed("in the air"))
        assert claim(tx) == ["in the air"]
        assert claims.give_back(tx, ENSHI, NOW + LEASE, NOW) == 1
        assert claim(tx) == ["in the air"]


def test_what_was_owed_by_a_clock_that_ran_an_hour_ahead_is_due_when_it_is_back(tmp_path: Path) -> None:
    with a_store(tmp_path) as (_, tx):
        hour = NOW + timedelta(hours=1)
        outbox.owe(tx, owed("put off", due_at=hour))
        outbox.owe(tx, owed("while ahead", due_at=hour, owed_at=hour))
        beyond = (NOW + timedelta(hours=4), NOW + timedelta(hours=26))
        assert claims.owed_ahead(tx, ENSHI, NOW, 10) == ["while ahead"]
        assert [claims.pull_forward(tx, ENSHI, NOW, *beyond, limit=3) for _ in range(2)] == [1, 0]
        assert claim(tx) == ["while ahead"]


def test_what_a_clock_that_ran_ahead_put_off_for_a_year_is_due_again(tmp_path: Path) -> None:
    with a_store(tmp_path) as (_, tx):
        outbox.owe(tx, owed("in an hour", due_at=NOW + timedelta(hours=1)))
        outbox.owe(tx, owed("parked for a day", due_at=NOW + timedelta(days=1)))
        for n in range(5):
            outbox.owe(tx, owed(f"in a year {n}", due_at=NOW + timedelta(days=365)))
        tx.execute("UPDATE outbox SET kept_back = 'parked' WHERE envelope_id IN ('parked for a day', 'in a year 4')")
        beyond = (NOW + timedelta(hours=4), NOW + timedelta(hours=26))
        assert claims.lies_beyond(tx, ENSHI, *beyond)
        assert [claims.pull_forward(tx, ENSHI, NOW, *beyond, limit=3) for _ in range(3)] == [4, 1, 0]
        assert not claims.lies_beyond(tx, ENSHI, *beyond)
        assert len(claim(tx)) == 4


class Lines(RuleBasedStateMachine):
    """Whatever happens to envelopes, of each case exactly the lowest unsettled one stands in front."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = TemporaryDirectory()
        self.store = a_store(Path(self.folder.name))
        _, self.tx = self.store.__enter__()
        self.now = NOW
        self.next_sequence = {"A": 1, "B": 1, "C": 1}
        self.made = 0
        self.open: dict[str, tuple[str, int]] = {}
        self.given_up: dict[str, tuple[str, int]] = {}

    def teardown(self) -> None:
        self.store.__exit__(None, None, None)
        self.folder.cleanup()

    def _owe(self, case: str, sequence: int, *, waits: bool) -> None:
        self.made += 1
        name = f"{case}{sequence}-{self.made}"
        outbox.owe(self.tx, owed(name, case, sequence, materials_wait=waits, due_at=self.now, owed_at=self.now))
        self.open[name] = (case, sequence)

    @rule(case=st.sampled_from("ABC"), waits=st.booleans())
    def owe_the_next(self, case: str, waits: bool) -> None:
        self._owe(case, self.next_sequence[case], waits=waits)
        self.next_sequence[case] += 1

    @precondition(lambda self: self.open)
    @rule(data=st.data(), outcome=st.sampled_from([outbox.ACCEPTED, outbox.REFUSED, outbox.GIVEN_UP]))
    def settle_one(self, data: st.DataObject, outcome: str) -> None:
        name = data.draw(st.sampled_from(sorted(self.open)))
        assert outbox.settle(self.tx, name, outcome, self.now)
        assert not outbox.settle(self.tx, name, outcome, self.now)
        facts = self.open.pop(name)
        if outcome == outbox.GIVEN_UP:
            self.given_up[name] = facts

    @precondition(lambda self: self.given_up)
    @rule(data=st.data(), anew=st.booleans())
    def owe_again(self, data: st.DataObject, anew: bool) -> None:
        name = data.draw(st.sampled_from(sorted(self.given_up)))
        facts = self.given_up.pop(name)
        if facts in self.open.values():
            return
        if anew:
            self._owe(*facts, waits=False)
        else:
            assert outbox.reopen(self.tx, name, self.now)
            self.open[name] = facts

    @precondition(lambda self: self.open)
    @rule(data=st.data(), how=st.sampled_from(["held", "parked", ""]))
    def keep_back_or_let_go(self, data: st.DataObject, how: str) -> None:
        name = data.draw(st.sampled_from(sorted(self.open)))
        self.tx.execute("UPDATE outbox SET kept_back = :how WHERE envelope_id = :id", {"how": how, "id": name})

    @precondition(lambda self: self.open)
    @rule(data=st.data(), minutes=st.integers(0, 10))
    def put_off_one(self, data: st.DataObject, minutes: int) -> None:
        name = data.draw(st.sampled_from(sorted(self.open)))
        outbox.put_off(self.tx, name, self.now + timedelta(minutes=minutes), "BUSY", materials_wait=False)

    @rule(minutes=st.integers(-5, 10))
    def the_clock_moves(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)

    @rule(limit=st.integers(1, 4))
    def claim_some(self, limit: int) -> None:
        taken = claims.claim(self.tx, ENSHI, self.now, self.now + LEASE, limit, 3 * MIB)
        assert len(taken) <= limit
        seen: dict[str, int] = {}
        for one in taken:
            assert not one.kept_back
            assert not one.materials_wait
            assert one.due_at <= self.now
            earlier = [seq for case, seq in self.open.values() if case == one.case_id and seq < one.sequence]
            assert max(earlier, default=0) == seen.get(one.case_id, 0), "nothing of a case is overtaken"
            seen[one.case_id] = one.sequence

    @invariant()
    def the_lowest_alone_stands_in_front(self) -> None:
        for case in "ABC":
            standing = line(self.tx, case)
            assert [front for _, front in standing] == [place == 0 for place in range(len(standing))], standing
            assert [seq for seq, _ in standing] == sorted(seq for of, seq in self.open.values() if of == case)


TestLines = Lines.TestCase
TestLines.settings = settings(max_examples=25, stateful_step_count=25, deadline=None)
