"""The comparison of a drill must see every way in which two databases can disagree: each is made here on purpose."""

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, datetime

import apsw
import pytest

from gateway.store.migrating import migrate
from tests.faults.compare import Side, Verdict, compare, side

CASE, NUMBER = "TB1", "F1-0"
PAYLOAD, SEALED, BATCH = b"payload", b"sealed", b"batch"


@dataclass
class Sides:
    """Two regions that agree on one case: opened by A, accepted by B."""

    origin: Side = field(default_factory=lambda: a_side("A", "B", mine="e1", theirs="e2"))
    handler: Side = field(default_factory=lambda: a_side("B", "A", mine="e2", theirs="e1"))
    told: dict[str, str] = field(default_factory=lambda: {NUMBER: CASE})

    def verdict(self) -> Verdict:
        return compare(self.origin, self.handler, self.told, acts={CASE: ["Accepted"]}, end="accepted")


def a_side(code: str, other: str, *, mine: str, theirs: str) -> Side:
    sequence = {"A": 1, "B": 1}
    return Side(
        code=code,
        cases={CASE: ("accepted", "accepted", "", 2, NUMBER)},
        events={
            CASE: [
                ("A", sequence["A"], 1, "v1", "opened", "folded", "e1"),
                ("B", sequence["B"], 2, "v2", "Accepted", "folded", "e2"),
            ]
        },
        sent={mine: (CASE, 1, PAYLOAD, "accepted", 5, f"batch of {other}")},
        receipts={(other, theirs): (PAYLOAD, "accepted", f"batch of {code}")},
        evidence={
            ("envelope", "A", "e1"): [SEALED],
            ("envelope", "B", "e2"): [SEALED],
            ("receipts", "A", "batch of A"): [BATCH],
            ("receipts", "B", "batch of B"): [BATCH],
        },
        notices={(CASE, "event", other, theirs): 1},
        files={CASE: {("ab", 3)}},
    )


def drop_case(sides: Sides) -> None:
    del sides.handler.cases[CASE]


def drop_event(sides: Sides) -> None:
    sides.origin.events[CASE].pop()


def forget_act(sides: Sides) -> None:
    for one in (sides.origin, sides.handler):
        one.events[CASE].pop()


def change_bytes(sides: Sides) -> None:
    sides.handler.evidence["envelope", "A", "e1"] = [b"other"]


def change_payload(sides: Sides) -> None:
    sides.handler.receipts["A", "e1"] = (b"other", "accepted", "batch of B")


def refuse(sides: Sides) -> None:
    sides.handler.receipts["A", "e1"] = (PAYLOAD, "refused", "batch of B")


def lose_receipt_evidence(sides: Sides) -> None:
    del sides.origin.evidence["receipts", "B", "batch of B"]


def lose_file(sides: Sides) -> None:
    sides.handler.files[CASE] = set()


def share_a_case(sides: Sides) -> None:
    sides.told["F1-1"] = CASE


def add_untold_case(sides: Sides) -> None:
    sides.handler.cases["TB2"] = ("accepted", "accepted", "", 2, "x")


def tell_twice(sides: Sides) -> None:
    sides.origin.notices[CASE, "event", "B", "e2"] = 2


def keep_twice(sides: Sides) -> None:
    sides.handler.evidence["envelope", "A", "e1"] = [SEALED, SEALED]


def act_twice(sides: Sides) -> None:
    for one in (sides.origin, sides.handler):
        one.events[CASE].append(("B", 2, 3, "v3", "Accepted", "folded", "e3"))


def receipt_twice(sides: Sides) -> None:
    sides.origin.sent["e1"] = (CASE, 1, PAYLOAD, "accepted", 5, "another batch")


def accept_two_envelopes(sides: Sides) -> None:
    sides.origin.sent["e9"] = (CASE, 1, PAYLOAD, "accepted", 6, "batch of B")
    sides.handler.receipts["A", "e9"] = (PAYLOAD, "accepted", "batch of B")


def swap_versions(sides: Sides) -> None:
    story = sides.origin.events[CASE]
    story[:] = [(*story[1][:2], 1, *story[1][3:]), (*story[0][:2], 2, *story[0][3:])]


def skip_a_version(sides: Sides) -> None:
    for one in (sides.origin, sides.handler):
        one.events[CASE][1] = (*one.events[CASE][1][:2], 3, *one.events[CASE][1][3:])


def turn_sequences_round(sides: Sides) -> None:
    for one in (sides.origin, sides.handler):
        one.events[CASE][0] = ("B", 2, 1, "v1", "opened", "folded", "e1")


def leave_owed(sides: Sides) -> None:
    sides.handler.sent["e2"] = (CASE, 1, PAYLOAD, "", None, "")


def differ_in_state(sides: Sides) -> None:
    sides.origin.cases[CASE] = ("with_handler", "with_handler", "", 1, NUMBER)


def stop_half_way(sides: Sides) -> None:
    for one in (sides.origin, sides.handler):
        one.cases[CASE] = ("with_handler", "with_handler", "", 2, NUMBER)


def test_two_sides_that_agree_are_found_clean():
    assert Sides().verdict().sentences() == []


@pytest.mark.parametrize(
    ("spoil", "kind"),
    [
        *((spoil, "lost") for spoil in (drop_case, drop_event, forget_act, change_bytes, change_payload, refuse)),
        *((spoil, "lost") for spoil in (lose_receipt_evidence, lose_file, share_a_case)),
        *((spoil, "doubled") for spoil in (add_untold_case, tell_twice, keep_twice, act_twice)),
        *((spoil, "doubled") for spoil in (receipt_twice, accept_two_envelopes)),
        *((spoil, "order") for spoil in (swap_versions, skip_a_version, turn_sequences_round)),
        *((spoil, "stuck") for spoil in (leave_owed, differ_in_state, stop_half_way)),
    ],
)
def test_every_disagreement_is_found_and_named(spoil: Callable[[Sides], None], kind: str):
    sides = deepcopy(Sides())
    spoil(sides)
    assert kind in {sentence.partition(":")[0] for sentence in sides.verdict().sentences()}


def test_what_was_sealed_anew_counts_once_when_only_one_of_the_two_was_accepted():
    sides = Sides()
    sides.origin.sent["e0"] = (CASE, 1, b"older", "given_up", 4, "")
    assert sides.verdict().sentences() == []


def test_a_side_is_read_from_a_real_store_in_the_order_of_versions(tmp_path):
    file = tmp_path / "store.sqlite3"
    migrate(file, now=datetime(2026, 3, 2, tzinfo=UTC))
    connection = apsw.Connection(str(file))
    for version, sequence in ((2, 1), (1, 2)):
        connection.execute(
            "INSERT INTO events (case_id, event_id, envelope_id, sender, sequence, version, kind, standing, reason,"
            " occurred_at, recorded_at, arrived_at) VALUES ('TB1', ?, ?, 'A', ?, ?, 'Note', 'folded', '', 0, 0, 0)",
            (f"v{version}", f"e{version}", sequence, version),
        )
    connection.execute(
        "INSERT INTO feed (system, case_id, kind, sender, envelope_id, note, at) VALUES"
        " ('s', 'TB1', 'event', 'A', 'e1', '', 0), ('s', 'TB1', 'event', 'A', 'e1', '', 0)"
    )
    connection.close()
    read = side(file, "A", "origin")
    assert [event[2] for event in read.events["TB1"]] == [1, 2]
    assert read.notices["TB1", "event", "A", "e1"] == 2
    assert not read.cases
