"""Supplements between two regions: told once, answered with what was asked, versions kept, a second notice reported."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from gateway.case import events as ev
from gateway.case.errors import GatewayError
from gateway.case.event.supplements import form_now, materials_now
from gateway.case.kinds import Power
from gateway.case.model import Material
from gateway.case.reasons import Reason
from gateway.case.states import State
from gateway.flows.look import CaseView
from gateway.flows.past import SECOND_NOTICE
from gateway.store import audit
from gateway.store import events as event_store
from tests.build import FORM, a_digest, a_file, a_material
from tests.flows.another_make import sent_unchecked
from tests.flows.regions import Region, Regions, agreement, regions

ENSHI, QIANJIANG = "422800", "500114"
PHOTO, SHARPER, BOOK = b"a photo", b"a sharper photo", b"a household book"


@pytest.fixture
async def both(tmp_path: Path) -> AsyncIterator[Regions]:
    async with regions(tmp_path, QIANJIANG, ENSHI) as all_regions:
        yield all_regions


async def a_case_signed_for(both: Regions) -> str:
    origin, handler = both[QIANJIANG], both[ENSHI]
    await origin.upload(PHOTO)
    number = await origin.submit(origin.a_case(to=ENSHI, materials=(a_material("m1", a_file(PHOTO)),)))
    await both.settle_down()
    await handler.act(number, ev.ReceivedByHandler())
    return number


def a_photo(content: bytes = SHARPER, version: int = 2, **changes: object) -> Material:
    return a_material("m1", a_file(content), version=version, **changes)


async def asked(both: Regions, number: str, *requirements: ev.Requirement, **changes: object) -> None:
    await both[ENSHI].act(number, ev.SupplementRequested(requirements), **changes)
    await both.settle_down()


async def refused(region: Region, number: str, happening: ev.Happening, **changes: object) -> list[str]:
    with pytest.raises(GatewayError) as told:
        await region.act(number, happening, **changes)
    assert told.value.reason is Reason.BAD_REQUEST
    return [one.path for one in told.value.findings]


def held(view: CaseView) -> list[tuple[str, int]]:
    events = [one.event for one in view.events if one.event and one.row.standing == event_store.FOLDED]
    return [(one.material_id, one.version) for one in materials_now(view.case, events)]


async def reported(region: Region, number: str) -> list[str]:
    rows = await region.gateway.database.read(lambda tx: audit.about(tx, number))
    return [row.actor for row in rows if row.act == "supplement.second"]


async def test_a_supplement_replaces_by_version_and_changes_only_the_field_asked_for(both: Regions) -> None:
    origin, handler = both[QIANJIANG], both[ENSHI]
    number = await a_case_signed_for(both)
    await asked(
        both, number, ev.Requirement("r1", "白底照片", "m1"), ev.Requirement("r2", "核对金额", form_field="/金额")
    )
    await origin.upload(SHARPER)
    form = FORM.replace("12.50", "13.00")
    await origin.act(number, ev.Supplemented((a_photo(),), form, ("r1", "r2")))
    await both.settle_down()
    for region in (origin, handler):
        view = await region.view(number)
        assert view.row.standing.state is State.WITH_HANDLER
        assert held(view) == [("m1", 2)]
        assert form_now(view.case, [one.event for one in view.events if one.event]) == form
        assert view.case.materials[0].version == 1, "what it replaced is still there"
    size, _ = await handler.gateway.transfer.give_material(handler.system, a_digest(PHOTO))
    assert size == len(PHOTO)


async def test_what_was_not_asked_for_is_refused_where_it_is_handed_in(both: Regions) -> None:
    origin, handler = both[QIANJIANG], both[ENSHI]
    number = await a_case_signed_for(both)
    await asked(both, number, ev.Requirement("r1", "白底照片", "m1"), ev.Requirement("r2", "金额", form_field="/金额"))
    for region in (origin, handler):
        await region.upload(SHARPER)
        await region.upload(BOOK)
        book = a_material("m2", a_file(BOOK), list_code="A002")
        form = FORM.replace("12.50", "13").replace("损坏", "遗失")
        assert await refused(region, number, ev.Supplemented((a_photo(), book), form, ("r1", "r2"))) == [
            "materials[1]",
            "form.换领原因",
        ]
        assert await refused(region, number, ev.Supplemented((a_photo(version=1),), "", ("r1",))) == [
            "materials[0].version",
            "requirement_ids",
        ]
    assert (await handler.view(number)).row.case_version == 3, "nothing was kept"


async def test_the_rest_may_stay_away_when_the_applicant_says_so(both: Regions) -> None:
    origin = both[QIANJIANG]
    number = await a_case_signed_for(both)
    await asked(both, number, ev.Requirement("r1", "白底照片", "m1"), ev.Requirement("r2", "户口簿", list_code="A002"))
    await origin.upload(SHARPER)
    partly = ev.Supplemented((a_photo(),), "", ("r1",))
    assert await refused(origin, number, partly) == ["requirement_ids"]
    await origin.act(number, partly, reason="申请人声明户口簿不再补交")
    await both.settle_down()
    assert await origin.state(number) is await both[ENSHI].state(number) is State.WITH_HANDLER


async def test_the_handlers_gateway_refuses_what_another_gateway_let_through(both: Regions) -> None:
    """The origin's gateway is of another make and does not check: the receipt says what is wrong, on both sides."""
    origin, handler = both[QIANJIANG], both[ENSHI]
    number = await a_case_signed_for(both)
    await asked(both, number, ev.Requirement("r1", "白底照片", "m1"))
    await origin.upload(BOOK)
    book = ev.Supplemented((a_material("m2", a_file(BOOK), list_code="A002"),), "", ("r1",))
    await sent_unchecked(origin, number, book)
    await both.settle_down()
    (lost,) = [one for one in (await origin.view(number)).events if one.row.kind == "Supplemented"]
    assert (lost.row.standing, lost.row.reason) == (event_store.REFUSED, "MALFORMED")
    assert lost.refusal
    assert [one.path for one in lost.refusal.findings] == ["materials[0]", "materials"]
    assert await handler.state(number) is State.SUPPLEMENT_REQUESTED, "it still waits for the answer"


async def test_a_second_notice_before_acceptance_needs_a_supervisor_and_is_reported_on_both_sides(
    both: Regions,
) -> None:
    origin, handler = both[QIANJIANG], both[ENSHI]
    number = await a_case_signed_for(both)
    await asked(both, number, ev.Requirement("r1", "白底照片", "m1"))
    await origin.upload(SHARPER)
    await origin.act(number, ev.Supplemented((a_photo(),), "", ("r1",)))
    await both.settle_down()
    again = (ev.Requirement("r2", "户口簿", list_code="A002"),)
    assert await refused(handler, number, ev.SupplementRequested(again)) == ["reason", "supervisor"]
    await handler.act(number, ev.SupplementRequested(again, supervisor="冉明"), reason="第一次漏列户口簿")
    await both.settle_down()
    assert await reported(handler, number) == ["system:window"]
    assert await reported(origin, number) == [f"region:{ENSHI}"]
    notes = [
        item.note for item in await origin.gateway.looking.read_feed(origin.system, 0, 100) if item.kind == "event"
    ]
    assert notes == ["", "", SECOND_NOTICE]


async def test_a_notice_after_acceptance_is_nothing_to_report(both: Regions) -> None:
    origin, handler = both[QIANJIANG], both[ENSHI]
    number = await a_case_signed_for(both)
    await asked(both, number, ev.Requirement("r1", "白底照片", "m1"))
    await origin.upload(SHARPER)
    await origin.act(number, ev.Supplemented((a_photo(),), "", ("r1",)))
    await both.settle_down()
    await handler.act(number, ev.Accepted("利人社受〔2026〕00123号"))
    await asked(both, number, ev.Requirement("r2", "再拍一次", "m1"))
    assert await reported(handler, number) == await reported(origin, number) == []
    assert await refused(origin, number, ev.Supplemented((a_photo(version=2),), "", ("r2",))) == [
        "materials[0].version"
    ]
    await origin.act(number, ev.Supplemented((a_photo(version=3),), "", ("r2",)))
    await both.settle_down()
    assert held(await handler.view(number)) == held(await origin.view(number)) == [("m1", 3)]


async def test_a_notice_names_what_exists_once_and_leaves_time(both: Regions) -> None:
    handler = both[ENSHI]
    number = await a_case_signed_for(both)
    wrong = (
        ev.Requirement("r1", "照片", "m7"),
        ev.Requirement("r1", "金额", form_field="金额"),
        ev.Requirement("r2", "姓名", form_field="/持卡人姓名/姓"),
    )
    late = handler.clock() - timedelta(seconds=1)
    assert await refused(handler, number, ev.SupplementRequested(wrong, late)) == [
        "respond_by",
        "requirements[0].material_id",
        "requirements[1].requirement_id",
        "requirements[1].form_field",
        "requirements[2].form_field",
    ]


async def test_the_origin_notifies_only_with_the_power_and_by_the_same_rules(tmp_path: Path) -> None:
    asking = ev.SupplementRequested((ev.Requirement("r1", "说明"),))
    async with regions(tmp_path / "without", QIANJIANG, ENSHI) as both:
        number = await a_case_signed_for(both)
        await both.settle_down()
        with pytest.raises(GatewayError) as told:
            await both[QIANJIANG].act(number, asking)
        assert told.value.reason is Reason.NOT_THE_HANDLER
    items = [agreement(QIANJIANG, ENSHI)["items"][0] | {"powers": [Power.NOTIFY_ONCE.value]}]
    async with regions(tmp_path / "with", QIANJIANG, ENSHI, items=items) as both:
        number = await a_case_signed_for(both)
        await both.settle_down()
        await both[QIANJIANG].act(number, asking)
        await both.settle_down()
        assert await both[ENSHI].state(number) is State.SUPPLEMENT_REQUESTED
        (notice,) = [
            one.event for one in (await both[ENSHI].view(number)).events if one.row.kind == "SupplementRequested"
        ]
        assert notice
        assert notice.grant
        assert notice.grant.power is Power.NOTIFY_ONCE
