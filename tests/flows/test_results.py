"""Results flow back: files, licences, mail, hand-over, evaluation; granted powers decide what the origin may do."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gateway.case import events as ev
from gateway.case.code.identifiers import CertificateKind
from gateway.case.errors import GatewayError
from gateway.case.kinds import Decision, DocumentKind, Power, ResultKind, Satisfaction
from gateway.case.model import DeliveryWay
from gateway.case.reasons import Reason
from gateway.case.states import State
from gateway.local.canonical_out import case_view
from gateway.store import events as event_store
from tests.build import a_digest, a_document, a_file
from tests.flows.another_make import sent_unchecked
from tests.flows.regions import Region, Regions, agreement, regions

ENSHI, QIANJIANG = "422800", "500114"
CARD = b"%PDF the card"
LICENCE = "1.2.156.3005.2.11422800MB0T00015R001.11422800MB0T00015R.20230000001.001.R"
GOOD = Satisfaction.SATISFIED


@pytest.fixture
async def both(tmp_path: Path) -> AsyncIterator[Regions]:
    async with regions(tmp_path, QIANJIANG, ENSHI) as all_regions:
        yield all_regions


def granting(*powers: Power) -> list[dict[str, object]]:
    return [agreement(QIANJIANG, ENSHI)["items"][0] | {"powers": [power.value for power in powers]}]


async def an_accepted_case(both: Regions) -> str:
    origin, handler = both[QIANJIANG], both[ENSHI]
    number = await origin.submit(origin.a_case(to=ENSHI))
    await both.settle_down()
    await handler.act(number, ev.ReceivedByHandler())
    await handler.act(number, ev.Accepted("利人社受〔2026〕00123号"))
    await both.settle_down()
    return number


async def a_granted_case(both: Regions) -> str:
    number = await an_accepted_case(both)
    await both[ENSHI].act(number, ev.Decided(Decision.GRANTED, "利人社许〔2026〕00017号"))
    await both.settle_down()
    return number


async def refused(region: Region, number: str, happening: ev.Happening, **changes: object) -> list[str]:
    with pytest.raises(GatewayError) as told:
        await region.act(number, happening, **changes)
    assert told.value.reason is Reason.BAD_REQUEST
    return [one.path for one in told.value.findings]


async def why_not(region: Region, number: str, happening: ev.Happening, **changes: object) -> Reason:
    with pytest.raises(GatewayError) as told:
        await region.act(number, happening, **changes)
    return told.value.reason


async def test_a_result_file_and_its_licence_flow_back_byte_for_byte(both: Regions) -> None:
    origin, handler = both[QIANJIANG], both[ENSHI]
    number = await an_accepted_case(both)
    paper = a_document(kind=DocumentKind.RESULT, title="电子社会保障卡", number="", file=a_file(CARD))
    decided = ev.Decided(
        Decision.GRANTED, "利人社许〔2026〕00017号", ResultKind.CERTIFICATE, "社会保障卡", result_licence_id=LICENCE
    )
    await handler.upload(CARD)
    await handler.act(number, decided, documents=(paper,))
    await both.settle_down()
    size, chunks = await origin.gateway.transfer.give_material(origin.system, a_digest(CARD))
    assert (size, b"".join([chunk async for chunk in chunks])) == (len(CARD), CARD)
    shown = case_view(await origin.view(number))
    assert shown["result"]["documents"][0]["sha256"] == a_digest(CARD)  # type: ignore[index]
    assert [one["result_licence_id"] for one in shown["events"] if one["event"] == "decided"] == [LICENCE]  # type: ignore[attr-defined]


async def test_our_own_numbers_are_right_or_refused_and_another_year_is_told(both: Regions) -> None:
    handler = both[ENSHI]
    number = await an_accepted_case(both)
    wrong = ev.Decided(Decision.GRANTED, "利人社许[2026]00017号")
    assert await refused(handler, number, wrong) == ["document_number"]
    empty = ev.Decided(Decision.GRANTED, "利人社许〔2026〕17号", ResultKind.CERTIFICATE)
    assert await refused(handler, number, empty) == ["result_name"]
    done = await handler.act(number, ev.Decided(Decision.GRANTED, "利人社许〔2025〕00017号"))
    assert [one.path for one in done.doubts] == ["document_number"]


async def test_their_wrong_numbers_are_taken_in_and_told(both: Regions) -> None:
    origin, handler = both[QIANJIANG], both[ENSHI]
    number = await an_accepted_case(both)
    await sent_unchecked(handler, number, ev.Decided(Decision.GRANTED, "利人社许[2026]00017号"))
    await both.settle_down()
    view = await origin.view(number)
    assert view.row.standing.state is State.GRANTED
    (shown,) = [one for one in case_view(view)["events"] if one["event"] == "decided"]  # type: ignore[attr-defined]
    assert "document_number" in [one["path"] for one in shown["doubts"]]


async def test_mail_names_carrier_and_tracking_and_the_recipient_is_checked(both: Regions) -> None:
    origin, handler = both[QIANJIANG], both[ENSHI]
    number = await a_granted_case(both)
    assert await refused(handler, number, ev.ResultSent(DeliveryWay.MAIL)) == ["carrier", "tracking_number"]
    await handler.act(number, ev.ResultSent(DeliveryWay.MAIL, "邮政特快专递", "1000000000001"))
    await both.settle_down()
    assert await origin.state(number) is State.AWAITING_DELIVERY
    mistyped = ev.Delivered(DeliveryWay.ORIGIN_WINDOW, "向小满", CertificateKind.RESIDENT_ID, "422801199001010027")
    assert await refused(origin, number, mistyped) == ["certificate_number"]
    assert await refused(origin, number, ev.Delivered(DeliveryWay.HANDLER_WINDOW, "向小满")) == ["way"]
    done = await origin.act(number, ev.Delivered(DeliveryWay.ORIGIN_WINDOW, "向小满"))
    assert [one.path for one in done.doubts] == ["certificate_number"], "nobody's certificate was looked at"


async def test_nothing_is_handed_over_before_the_decision(both: Regions) -> None:
    number = await an_accepted_case(both)
    taken = ev.Delivered(DeliveryWay.ORIGIN_WINDOW, "向小满")
    assert await why_not(both[QIANJIANG], number, taken) is Reason.LIFECYCLE
    assert await why_not(both[ENSHI], number, taken) is Reason.LIFECYCLE


async def test_the_origin_hands_over_only_with_the_power(tmp_path: Path) -> None:
    taken = ev.Delivered(DeliveryWay.ORIGIN_WINDOW, "向小满")
    async with regions(tmp_path, QIANJIANG, ENSHI, items=granting(Power.VERIFY_ORIGINALS)) as both:
        origin, handler = both[QIANJIANG], both[ENSHI]
        number = await a_granted_case(both)
        assert await why_not(origin, number, taken) is Reason.NOT_THE_HANDLER
        assert ev.Delivered not in (await origin.view(number)).possible
        await sent_unchecked(origin, number, taken)
        await both.settle_down()
        lost = (await origin.view(number)).events[-1]
        assert (lost.row.standing, lost.row.reason) == (event_store.REFUSED, "NOT_THE_HANDLER")
        assert await handler.state(number) is State.GRANTED


async def test_the_origin_hands_over_what_the_handler_sent_to_its_window(tmp_path: Path) -> None:
    taken = ev.Delivered(DeliveryWay.ORIGIN_WINDOW, "向小满")
    async with regions(tmp_path, QIANJIANG, ENSHI, items=granting()) as both:
        origin, handler = both[QIANJIANG], both[ENSHI]
        number = await a_granted_case(both)
        await handler.act(number, ev.ResultSent(DeliveryWay.ORIGIN_WINDOW))
        await both.settle_down()
        assert ev.Delivered in (await origin.view(number)).possible
        await origin.act(number, taken)
        await both.settle_down()
        assert await origin.state(number) is await handler.state(number) is State.DELIVERED


async def test_the_origin_accepts_only_with_the_power_and_names_the_grant(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI, items=granting(Power.RECEIVE_AND_ACCEPT)) as both:
        origin, handler = both[QIANJIANG], both[ENSHI]
        number = await origin.submit(origin.a_case(to=ENSHI))
        await both.settle_down()
        assert {ev.Accepted, ev.NotAccepted} <= set((await origin.view(number)).possible)
        assert ev.SupplementRequested not in (await origin.view(number)).possible
        await origin.act(number, ev.Accepted("黔江受〔2026〕3号"))
        await both.settle_down()
        assert await origin.state(number) is await handler.state(number) is State.ACCEPTED
        assert await why_not(origin, number, ev.Decided(Decision.GRANTED, "号")) is Reason.NOT_THE_HANDLER


async def test_each_service_is_evaluated_once_by_whoever_comes_first(both: Regions) -> None:
    origin, handler = both[QIANJIANG], both[ENSHI]
    number = await an_accepted_case(both)
    assert await why_not(origin, number, ev.Evaluated(GOOD, GOOD)) is Reason.LIFECYCLE
    await handler.act(number, ev.Decided(Decision.GRANTED, "利人社许〔2026〕00017号"))
    await both.settle_down()
    await origin.act(number, ev.Evaluated(GOOD, Satisfaction.VERY_SATISFIED))
    assert await why_not(origin, number, ev.Evaluated(GOOD, GOOD)) is Reason.EVALUATED_ALREADY, (
        "its own one is under way"
    )
    await handler.act(number, ev.Evaluated(Satisfaction.FAIR, Satisfaction.FAIR))
    await both.settle_down()
    late = next(one for one in (await origin.view(number)).events if one.row.standing == event_store.REFUSED)
    assert late.row.reason == "EVALUATED_ALREADY", "the handler's gateway committed another one first"
    assert await why_not(origin, number, ev.Evaluated(GOOD, GOOD)) is Reason.EVALUATED_ALREADY
    await origin.act(number, ev.Evaluated(GOOD, GOOD, 2))
    await both.settle_down()
    assert await origin.story(number) == await handler.story(number)


async def test_a_voided_case_is_not_evaluated(both: Regions) -> None:
    number = await a_granted_case(both)
    await both[ENSHI].act(number, ev.Voided(), reason="误录")
    assert await why_not(both[ENSHI], number, ev.Evaluated(GOOD, GOOD)) is Reason.LIFECYCLE
