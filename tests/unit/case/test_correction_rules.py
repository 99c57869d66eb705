"""Corrections: a new version beside the old one; only what describes, only by the side that made the event."""

from dataclasses import fields, replace

import pytest

from gateway.case.event.corrections import CORRECTABLE, as_they_stand, corrected, correction_findings, next_version
from gateway.case.event.history import Past, root_of, versions_of
from gateway.case.events import (
    Accepted,
    Decided,
    Evaluated,
    Happening,
    Note,
    StepDone,
    Supplemented,
    SupplementRequested,
)
from gateway.case.kinds import Decision
from gateway.case.states import Party
from tests.build import a_document, a_happening, an_event, an_id

KINDS = Happening.__args__
FIXED = {
    "decision", "promised_date", "requirements", "respond_by", "days", "deemed_accepted", "clock", "due_at",
    "service_number", "origin_level", "handler_level", "materials", "form_json", "requirement_ids", "envelope_id",
    "text", "supplement_overdue",
}  # fmt: skip
"""What state, decision, clocks, or somebody's word rest on."""


def made(happening, n: int = 100, **changes):
    return an_event(happening, event_id=an_id(n), **changes)


def again(happening, n: int = 101, corrects: int = 100, version: int = 2, **changes):
    return made(happening, n, **{"corrects": an_id(corrects), "data_version": version, "reason": "写错", **changes})


def past(*events, party: Party = Party.HANDLER) -> list[Past]:
    return [Past(event, party) for event in events]


def places(history, event, party: Party = Party.HANDLER) -> list[str]:
    return [one.path for one in correction_findings(history, event, party)]


GRANTED = a_happening(Decided)
BETTER = replace(GRANTED, document_number="利人社许〔2026〕00018号")


def test_the_table_names_fields_that_exist_and_none_that_state_or_clocks_rest_on():
    for kind, names in CORRECTABLE.items():
        assert names <= {own.name for own in fields(kind)}
        assert not names & FIXED
    for kind in KINDS:
        assert {own.name for own in fields(kind)} <= CORRECTABLE.get(kind, frozenset()) | FIXED | {"kind"}, kind


@pytest.mark.parametrize("kind", CORRECTABLE, ids=lambda kind: kind.__name__)
def test_documents_of_every_correctable_kind_can_be_corrected(kind):
    first = made(a_happening(kind))
    assert places(past(first), again(first.happening, documents=(a_document(),))) == []


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in CORRECTABLE], ids=lambda kind: kind.__name__)
def test_other_kinds_are_refused_with_what_to_do_instead(kind):
    (found,) = correction_findings(past(made(a_happening(kind))), again(a_happening(kind)), Party.HANDLER)
    assert found.path == "event"
    assert found.fix.zh


def test_a_number_is_corrected_and_both_versions_stay():
    first, second = made(GRANTED), again(BETTER)
    assert places(past(first), second) == []
    (one,) = corrected([first, second])
    assert one.versions == (first, second)
    assert one.now.happening == BETTER
    assert (one.now.event_id, one.now.occurred_at) == (first.event_id, first.occurred_at)


@pytest.mark.parametrize(
    ("first", "wrong", "path"),
    [
        (GRANTED, replace(GRANTED, decision=Decision.DENIED), "decision"),
        (a_happening(Accepted), a_happening(Accepted, promised_date=None), "promised_date"),
        (a_happening(SupplementRequested), a_happening(SupplementRequested, respond_by=None), "respond_by"),
        (a_happening(SupplementRequested), a_happening(SupplementRequested, requirements=()), "requirements"),
    ],
)
def test_what_state_decision_or_a_limit_rests_on_cannot_be_corrected(first, wrong, path):
    assert places(past(made(first)), again(wrong)) == [path]


def test_only_the_side_that_made_an_event_corrects_it():
    assert places(past(made(GRANTED)), again(BETTER), Party.ORIGIN) == ["corrects"]


def test_an_event_that_does_not_count_cannot_be_corrected():
    assert places(past(made(GRANTED)), again(BETTER, corrects=150)) == ["corrects"]


def test_a_correction_has_the_kind_of_what_it_corrects():
    assert places(past(made(GRANTED)), again(a_happening(StepDone))) == ["event"]


def test_versions_count_up_by_one_and_a_version_in_the_chain_names_the_event():
    first, second = made(GRANTED), again(BETTER)
    third = again(replace(BETTER, result_number="A2"), n=102, version=3)
    history = past(first, second)
    assert next_version(history, first.event_id) == next_version(history, second.event_id) == 3
    assert places(history, third) == []
    assert places(history, replace(third, corrects=second.event_id)) == []
    for version in (2, 4):
        assert places(history, replace(third, data_version=version)) == ["data_version"]
    assert root_of([first, second, replace(third, corrects=second.event_id)], third.event_id) == first.event_id
    assert versions_of([first, third, second], second.event_id) == (first, second, third)


def test_a_correction_that_says_nothing_new_or_not_why_is_refused():
    assert places(past(made(GRANTED)), again(GRANTED)) == ["event"]
    assert places(past(made(GRANTED)), again(BETTER, reason=" ")) == ["reason"]


def test_what_may_not_be_corrected_stays_as_it_first_was_whatever_a_correction_says():
    first = made(GRANTED)
    rogue = again(replace(BETTER, decision=Decision.DENIED))
    (now,) = as_they_stand([first, rogue])
    assert isinstance(now.happening, Decided)
    assert now.happening.decision is Decision.GRANTED
    assert now.happening.document_number == BETTER.document_number


def test_a_correction_of_something_unknown_or_of_itself_stands_alone():
    lost = again(BETTER, corrects=150)
    itself = again(BETTER, n=101, corrects=101)
    assert as_they_stand([made(Note("一")), lost, itself]) == (made(Note("一")),)


def test_a_supplement_or_an_evaluation_is_never_rewritten():
    assert not {Supplemented, Evaluated, Note} & CORRECTABLE.keys()
