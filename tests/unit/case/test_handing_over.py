"""Dispatch, hand-over and evaluation: what each has to say."""

import pytest

from gateway.case.code.identifiers import CertificateKind
from gateway.case.event.history import Past
from gateway.case.event.results import handing_doubts, handing_findings, is_evaluated, is_sent_to_origin
from gateway.case.events import Delivered, Evaluated, ResultSent
from gateway.case.kinds import Satisfaction
from gateway.case.model import DeliveryWay
from gateway.case.states import Party
from tests.build import an_event, an_id

MAIL, HERE, THERE = DeliveryWay.MAIL, DeliveryWay.ORIGIN_WINDOW, DeliveryWay.HANDLER_WINDOW
NUMBER = "422801199001010026"


def paths(happening, party: Party = Party.HANDLER) -> list[str]:
    return [one.path for one in handing_findings(an_event(happening), party)]


@pytest.mark.parametrize(
    ("sent", "wrong"),
    [
        (ResultSent(MAIL), ["carrier", "tracking_number"]),
        (ResultSent(MAIL, "邮政特快专递", " "), ["tracking_number"]),
        (ResultSent(MAIL, "邮政特快专递", "1000000000001"), []),
        (ResultSent(HERE), []),
        (ResultSent(DeliveryWay.ELECTRONIC), []),
    ],
)
def test_mail_names_its_carrier_and_tracking_number(sent, wrong):
    assert paths(sent) == wrong


@pytest.mark.parametrize(
    ("taken", "wrong"),
    [
        (Delivered(HERE, "向小满"), []),
        (Delivered(HERE, "向小满", CertificateKind.RESIDENT_ID, NUMBER), []),
        (Delivered(HERE, "向小满", CertificateKind.RESIDENT_ID, NUMBER[:-1] + "7"), ["certificate_number"]),
        (Delivered(HERE, "向小满", CertificateKind.RESIDENT_ID), ["certificate_number"]),
        (Delivered(HERE, "向小满", None, NUMBER), ["certificate_kind"]),
    ],
)
def test_the_recipients_certificate_is_checked_when_it_is_given(taken, wrong):
    assert paths(taken) == wrong


def test_the_origin_registers_no_hand_over_at_the_handlers_window():
    assert paths(Delivered(THERE, "向小满"), Party.ORIGIN) == ["way"]
    assert paths(Delivered(THERE, "向小满"), Party.HANDLER) == []


def test_a_hand_over_at_a_window_without_a_certificate_is_told():
    assert handing_doubts(an_event(Delivered(HERE, "向小满")))
    assert handing_doubts(an_event(Delivered(MAIL, "向小满"))) == ()


def test_each_service_is_evaluated_once():
    good = Evaluated(Satisfaction.SATISFIED, Satisfaction.FAIR, 2)
    events = [an_event(good), an_event(good, event_id=an_id(7), corrects=an_id(6), data_version=2)]
    assert is_evaluated(events, 2)
    assert not is_evaluated(events, 1)
    assert not is_evaluated(events[1:], 2)
    assert paths(Evaluated(Satisfaction.SATISFIED, Satisfaction.FAIR, 100)) == ["service_number"]


def test_only_what_the_handler_sent_to_the_origins_window_asks_the_origin_to_hand_it_over():
    sent = an_event(ResultSent(HERE))
    assert is_sent_to_origin([Past(sent, Party.HANDLER)])
    assert not is_sent_to_origin([Past(sent, Party.ORIGIN)])
    assert not is_sent_to_origin([Past(an_event(ResultSent(MAIL, "邮政", "1")), Party.HANDLER)])
