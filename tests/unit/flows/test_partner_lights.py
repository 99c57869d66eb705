"""The light of a partner: what makes it red, yellow, green, and that every reason has words."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from gateway.case.reasons import ROWS, Reason
from gateway.flows.delivery.standings import PartnerStanding
from gateway.flows.standing.lights import Known, Light, judge
from gateway.partners.schema import Delivery, Status
from gateway.partners.term_list import TermDifference
from gateway.store.backlog import Backlog
from gateway.store.partner_views import PartnerView, Told
from gateway.store.peers import Circuit

NOW = datetime(2026, 11, 25, 1, 0, tzinfo=UTC)
AGO = timedelta(minutes=3)

STANDING = PartnerStanding(
    code="500114",
    name="黔江区",
    status=Status.ACTIVE,
    delivery=Delivery.PUSH,
    circuit=Circuit.CLOSED,
    failures=0,
    last_reason="",
    row=None,
    last_failure_at=None,
    quiet_until=None,
    last_outward_at=NOW - AGO,
    last_inward_at=NOW - AGO,
    clock_skew=timedelta(seconds=1),
    backlog=Backlog(),
)
KNOWN = Known(STANDING, PartnerView("500114", NOW - AGO, Told()), True, (), NOW + timedelta(days=300), 0, True)


def known(told: dict[str, object] | None = None, view: dict[str, object] | None = None, **standing: object) -> Known:
    seen = replace(KNOWN.view, told=Told(**(told or {})), **(view or {}))  # type: ignore[arg-type]
    return replace(KNOWN, standing=replace(STANDING, **standing), view=seen)  # type: ignore[arg-type]


def test_a_partner_that_says_all_is_well_is_green() -> None:
    assert judge(KNOWN, NOW) == (Light.GREEN, ())


@pytest.mark.parametrize(
    ("case", "light", "word"),
    [
        (known(status=Status.PAUSED), Light.YELLOW, "paused"),
        (
            known(
                circuit=Circuit.OPEN,
                failures=3,
                last_reason="PARTNER_UNREACHABLE",
                row=ROWS[Reason.PARTNER_UNREACHABLE],
            ),
            Light.RED,
            "away",
        ),
        (known(view={"failures": 1, "failed_for": "PARTNER_SLOW"}), Light.RED, "not_answering"),
        (known(view={"told_at": None}, last_outward_at=None, last_inward_at=None), Light.YELLOW, "never_reached"),
        (
            known(
                view={"told_at": NOW - timedelta(hours=5)},
                last_outward_at=None,
                last_inward_at=NOW - timedelta(hours=4),
            ),
            Light.YELLOW,
            "silent",
        ),
        (known(pauses_from=NOW - AGO, pauses_until=NOW + AGO), Light.YELLOW, "maintenance"),
        (known(pauses_from=NOW + AGO, pauses_until=NOW + 2 * AGO), Light.YELLOW, "maintenance"),
        (known(backlog=Backlog(owed=2, oldest=NOW - timedelta(hours=2))), Light.YELLOW, "queue_old"),
        (known(backlog=Backlog(owed=2, oldest=NOW - timedelta(days=2))), Light.RED, "queue_old"),
        (known(backlog=Backlog(owed=1, oldest=NOW, parked=1)), Light.YELLOW, "parked"),
        (known(backlog=Backlog(owed=1, oldest=NOW, held=1)), Light.YELLOW, "held"),
        (known({"queued": 4, "oldest_waiting": 90_000.0}), Light.RED, "their_queue_old"),
        (known({"last_error": "PARTNER_UNREACHABLE"}), Light.YELLOW, "fails_there"),
        (known(clock_skew=timedelta(minutes=-11)), Light.RED, "clock"),
        (known(clock_skew=timedelta(seconds=45)), Light.YELLOW, "clock"),
        (replace(KNOWN, papers_end=NOW + timedelta(days=30)), Light.YELLOW, "papers"),
        (replace(KNOWN, papers_end=NOW - AGO), Light.RED, "papers"),
        (replace(KNOWN, unexplained=2), Light.RED, "reconciliation"),
        (replace(KNOWN, alike=False), Light.YELLOW, "agreement"),
        (
            replace(KNOWN, alike=False, differing=(TermDifference("1号", "valid_to", "2028", "2027"),)),
            Light.YELLOW,
            "agreement",
        ),
    ],
)
def test_each_thing_that_is_wrong_has_its_light_and_words(case: Known, light: Light, word: str) -> None:
    found, wrong = judge(case, NOW)
    assert (found, wrong[0].word) == (light, word)
    for one in wrong:
        assert one.said.zh
        assert one.said.en


def test_the_gravest_comes_first_and_everything_is_told() -> None:
    case = replace(known(backlog=Backlog(owed=1, oldest=NOW, parked=1)), unexplained=1, alike=False)
    light, wrong = judge(case, NOW)
    assert light is Light.RED
    assert [one.word for one in wrong] == ["reconciliation", "parked", "agreement"]


def test_a_partner_in_maintenance_is_not_told_as_away() -> None:
    case = known(pauses_from=NOW - AGO, pauses_until=NOW + AGO, circuit=Circuit.OPEN, failures=2)
    assert [one.word for one in judge(case, NOW)[1]] == ["maintenance"]
