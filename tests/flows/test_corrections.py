"""Corrections between two regions: both versions on both sides, nothing folded anew, only by who made the event."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from gateway.case import events as ev
from gateway.case.errors import GatewayError
from gateway.case.event.corrections import as_they_stand
from gateway.case.kinds import Decision, DocumentKind, ResultKind
from gateway.case.model import DeliveryWay
from gateway.case.reasons import Reason
from gateway.case.states import State
from gateway.local.canonical_out import case_view, encode
from gateway.store import events as event_store
from tests.build import a_digest, a_document, a_file
from tests.flows.another_make import sent_unchecked
from tests.flows.regions import Region, Regions, regions

ENSHI, QIANJIANG = "422800", "500114"
GRANTED = ev.Decided(Decision.GRANTED, "利人社许〔2026〕00017号", ResultKind.CERTIFICATE, "社会保障卡", "A00000001")
BETTER = replace(GRANTED, document_number="利人社许〔2026〕00018号", result_number="A00000002")


@pytest.fixture
async def both(tmp_path: Path) -> AsyncIterator[Regions]:
    async with regions(tmp_path, QIANJIANG, ENSHI) as all_regions:
        yield all_regions


async def a_granted_case(both: Regions) -> tuple[str, str]:
    origin, handler = both[QIANJIANG], both[ENSHI]
    number = await origin.submit(origin.a_case(to=ENSHI))
    await both.settle_down()
    await handler.act(number, ev.ReceivedByHandler("LC-1"))
    await handler.act(number, ev.Accepted("利人社受〔2026〕00123号"))
    decided = await handler.act(number, GRANTED)
    await both.settle_down()
    return number, decided.event_id


async def stands(region: Region, number: str, kind: type[ev.Happening]) -> ev.Happening:
    """What holds of the first event of a kind."""
    view = await region.view(number)
    counted = [one.event for one in view.events if one.event and one.row.standing == event_store.FOLDED]
    return next(one.happening for one in as_they_stand(counted) if isinstance(one.happening, kind))


async def refused(region: Region, number: str, happening: ev.Happening, **changes: object) -> list[str]:
    with pytest.raises(GatewayError) as told:
        await region.act(number, happening, **{"reason": "写错", **changes})
    assert told.value.reason is Reason.BAD_REQUEST
    return [one.path for one in told.value.findings]


async def test_both_versions_are_kept_on_both_sides_and_the_state_stays(both: Regions) -> None:
    origin, handler = both[QIANJIANG], both[ENSHI]
    number, decided = await a_granted_case(both)
    await origin.act(number, ev.Delivered(DeliveryWay.ORIGIN_WINDOW, "向小满"))
    await both.settle_down()
    done = await handler.act(number, BETTER, corrects=decided, reason="文号写错")
    assert done.state is State.DELIVERED, "a correction is possible after the end, and moves nothing"
    await both.settle_down()
    for region in (origin, handler):
        view = await region.view(number)
        assert view.row.standing.state is State.DELIVERED
        assert view.row.case_version == done.case_version
        assert [one.event.happening for one in view.events if one.event and one.row.kind == "Decided"] == [
            GRANTED,
            BETTER,
        ]
        assert await stands(region, number, ev.Decided) == BETTER
        shown = encode(case_view(view)).decode()
        assert f'"corrected_by":["{done.event_id}"]' in shown
        assert f'"corrects":"{decided}","data_version":2' in shown


async def test_versions_count_up_whichever_version_is_named(both: Regions) -> None:
    handler = both[ENSHI]
    number, decided = await a_granted_case(both)
    second = await handler.act(number, BETTER, corrects=decided, reason="写错")
    third = replace(BETTER, result_name="社会保障卡 (换领)")
    await handler.act(number, third, corrects=second.event_id, data_version=3, reason="名称写错")
    assert await refused(handler, number, GRANTED, corrects=decided, data_version=3) == ["data_version"]
    made = [one.event for one in (await handler.view(number)).events if one.event and one.row.kind == "Decided"]
    assert [(one.corrects, one.data_version) for one in made] == [("", 1), (decided, 2), (decided, 3)]


async def test_the_handlers_number_is_corrected_in_lists_too(both: Regions) -> None:
    origin, handler = both[QIANJIANG], both[ENSHI]
    number, _ = await a_granted_case(both)
    signed = next(
        one.row.event_id for one in (await handler.view(number)).events if one.row.kind == "ReceivedByHandler"
    )
    await handler.act(number, ev.ReceivedByHandler("LC-2"), corrects=signed, reason="编号写错")
    await both.settle_down()
    assert (await origin.view(number)).row.handler_number == (await handler.view(number)).row.handler_number == "LC-2"


async def test_what_state_or_limits_rest_on_is_refused_with_what_to_do(both: Regions) -> None:
    handler = both[ENSHI]
    number, decided = await a_granted_case(both)
    assert await refused(handler, number, replace(BETTER, decision=Decision.DENIED), corrects=decided) == ["decision"]
    assert await refused(handler, number, ev.Note("改"), corrects=decided) == ["event"]
    assert await refused(handler, number, BETTER, corrects="019ab000-0000-7000-8000-000000000000") == ["corrects"]
    assert await refused(handler, number, GRANTED, corrects=decided) == ["event"]
    assert await refused(handler, number, BETTER, corrects=decided, reason=" ") == ["reason"]


async def test_the_other_side_may_not_correct_what_it_did_not_do(both: Regions) -> None:
    origin = both[QIANJIANG]
    number, decided = await a_granted_case(both)
    with pytest.raises(GatewayError) as told:
        await origin.act(number, BETTER, corrects=decided, reason="写错")
    assert told.value.reason is Reason.NOT_THE_HANDLER
    await origin.act(number, ev.Delivered(DeliveryWay.ORIGIN_WINDOW, "向小满"))
    await both.settle_down()
    taken = next(one.row.event_id for one in (await origin.view(number)).events if one.row.kind == "Delivered")
    renamed = ev.Delivered(DeliveryWay.ORIGIN_WINDOW, "向小曼")
    assert await refused(both[ENSHI], number, renamed, corrects=taken) == ["corrects"]


async def test_the_origin_corrects_what_still_awaits_its_receipt(both: Regions) -> None:
    origin, handler = both[QIANJIANG], both[ENSHI]
    number, _ = await a_granted_case(both)
    first = await origin.act(number, ev.Delivered(DeliveryWay.ORIGIN_WINDOW, "向小曼"))
    again = await origin.act(
        number, ev.Delivered(DeliveryWay.ORIGIN_WINDOW, "向小满"), corrects=first.event_id, reason="姓名写错"
    )
    assert (first.case_version, again.case_version) == (None, None)
    await both.settle_down()
    assert await stands(origin, number, ev.Delivered) == await stands(handler, number, ev.Delivered)
    assert await origin.story(number) == await handler.story(number)
    assert await handler.state(number) is State.DELIVERED


async def test_a_correction_that_comes_before_what_it_corrects_waits_for_its_turn(both: Regions) -> None:
    """Envelopes overtake each other; the versions of the handler's gateway decide."""
    origin, handler = both[QIANJIANG], both[ENSHI]
    number, decided = await a_granted_case(both)
    origin.courier.down.add(ENSHI)
    await origin.act(number, ev.Note("照片已寄出"))
    await handler.act(number, BETTER, corrects=decided, reason="写错")
    await both.carry(handler)
    assert await stands(origin, number, ev.Decided) == BETTER
    origin.courier.down.clear()
    await both.pass_time(minutes=30)
    assert await origin.story(number) == await handler.story(number)


async def test_a_wrong_correction_of_the_origin_is_refused_by_the_handlers_gateway(both: Regions) -> None:
    origin, handler = both[QIANJIANG], both[ENSHI]
    number, _ = await a_granted_case(both)
    noted = await origin.act(number, ev.Note("一"))
    await both.settle_down()
    await sent_unchecked(origin, number, ev.Note("二"), corrects=noted.event_id, data_version=2, reason="改")
    await both.settle_down()
    lost = (await origin.view(number)).events[-1]
    assert (lost.row.standing, lost.row.reason) == (event_store.REFUSED, "MALFORMED")
    assert (await handler.view(number)).row.case_version == 5


async def test_the_origin_keeps_and_doubts_a_wrong_correction_of_the_handler(both: Regions) -> None:
    """The handler's gateway numbers; ours never drops what it numbered, and says what is wrong with it."""
    origin, handler = both[QIANJIANG], both[ENSHI]
    number, decided = await a_granted_case(both)
    rogue = replace(BETTER, decision=Decision.DENIED)
    made = await sent_unchecked(handler, number, rogue, corrects=decided, data_version=2, reason="改")
    await both.settle_down()
    view = await origin.view(number)
    assert view.row.standing.state is State.GRANTED
    assert view.row.standing.decision is Decision.GRANTED
    (shown,) = [one for one in case_view(view)["events"] if one.get("event_id") == made.event_id]  # type: ignore[attr-defined]
    assert "decision" in [one["path"] for one in shown["doubts"]]
    stood = await stands(origin, number, ev.Decided)
    assert isinstance(stood, ev.Decided)
    assert stood.decision is Decision.GRANTED


async def test_documents_are_corrected_with_their_files(both: Regions) -> None:
    origin, handler = both[QIANJIANG], both[ENSHI]
    number, decided = await a_granted_case(both)
    paper = a_document(
        kind=DocumentKind.DECISION, title="决定书", number=BETTER.document_number, file=a_file(b"the decision")
    )
    (missing,) = await refused(handler, number, GRANTED, corrects=decided, documents=(paper,))
    assert missing.startswith("files[")
    await handler.upload(b"the decision")
    await handler.act(number, GRANTED, corrects=decided, documents=(paper,), reason="漏附决定书")
    await both.settle_down()
    size, _ = await origin.gateway.transfer.give_material(origin.system, a_digest(b"the decision"))
    assert size == len(b"the decision")
