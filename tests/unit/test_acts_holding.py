"""How long each side had a case: turns follow the fold, whatever the times say."""

from datetime import timedelta

import pytest

from gateway.case import events as ev
from gateway.case.clock.holding import Turn, had, turns
from gateway.case.model import DeliveryWay
from gateway.case.states import Party
from tests.build import NOW, a_happening, an_event, an_id

DAY = timedelta(days=1)
ORIGIN, HANDLER = Party.ORIGIN, Party.HANDLER


def at(day: int, kind: type[ev.Happening] | ev.Happening, **changes: object) -> ev.Event:
    return an_event(kind, event_id=an_id(200 + day), occurred_at=NOW + day * DAY, **changes)


def test_until_the_handler_has_it_the_origin_has_it() -> None:
    assert turns(NOW, None, ()) == (Turn(ORIGIN, NOW),)
    assert had(turns(NOW, None, ()), NOW + DAY) == {ORIGIN: DAY, HANDLER: timedelta()}


def test_a_supplement_and_a_result_at_the_window_are_the_origins_turn() -> None:
    story = (
        at(2, ev.ReceivedByHandler),
        at(3, ev.SupplementRequested),
        at(6, ev.Supplemented),
        at(7, ev.Accepted),
        at(9, ev.Decided),
        at(10, a_happening(ev.ResultSent, way=DeliveryWay.ORIGIN_WINDOW)),
        at(12, ev.Delivered),
        at(13, ev.Evaluated),
    )
    seen = turns(NOW, NOW + DAY, story)
    assert [(one.party, (one.since - NOW).days, one.until and (one.until - NOW).days) for one in seen] == [
        (ORIGIN, 0, 1),
        (HANDLER, 1, 3),
        (ORIGIN, 3, 6),
        (HANDLER, 6, 10),
        (ORIGIN, 10, 12),
    ]
    assert had(seen, NOW + 99 * DAY) == {ORIGIN: 6 * DAY, HANDLER: 6 * DAY}


def test_mail_to_the_applicant_stays_the_handlers_turn() -> None:
    story = (at(2, ev.Accepted), at(3, ev.Decided), at(4, ev.ResultSent))
    assert turns(NOW, NOW + DAY, story)[-1] == Turn(HANDLER, NOW + DAY)


@pytest.mark.parametrize("kind", [ev.NotAccepted, ev.Returned, ev.Voided, ev.Withdrawn, ev.Referred])
def test_nobody_has_what_has_ended(kind: type[ev.Happening]) -> None:
    seen = turns(NOW, NOW + DAY, (at(3, kind), at(5, ev.Note)))
    assert seen[-1] == Turn(HANDLER, NOW + DAY, NOW + 3 * DAY)


def test_what_moved_nothing_and_what_corrects_is_passed_over_and_no_turn_is_negative() -> None:
    story = (
        at(4, ev.Resumed),
        at(5, ev.Accepted),
        at(6, ev.SupplementRequested),
        at(5, ev.Supplemented),
        at(7, ev.SupplementRequested, corrects=an_id(206)),
    )
    seen = turns(NOW, NOW + DAY, story)
    assert all(one.until is None or one.until >= one.since for one in seen)
    assert seen[-1].party is HANDLER
