"""The change of 2025-11 in Chongqing, end to end: 江北 went into 两江, 渝北 into 两江 and 北碚."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from gateway.case.errors import GatewayError
from gateway.case.model import Case
from gateway.case.reasons import Reason
from gateway.case.states import State
from gateway.flows.submit import UNCHECKED, Submission, Submitted
from tests.build import NOW, a_digest
from tests.flows.regions import Region, Regions, regions

ENSHI, LIANGJIANG = "422800", "500157"
JIANGBEI, YUBEI = "500105", "500112"


def towards(region: Region, division: str) -> Case:
    case = region.a_case(LIANGJIANG)
    return replace(case, handler=replace(case.handler, division=division))


async def submitted(region: Region, case: Case) -> Submitted:
    digest = bytes.fromhex(a_digest(repr(case).encode()))
    return await region.gateway.submit(Submission("window", case, digest))


async def with_scope(both: Regions, code: str) -> None:
    """Both partner files name this code where they named 两江."""
    for region in both.all.values():
        for file in region.settings.partners.glob("*.yaml"):
            text = file.read_text(encoding="utf-8")
            head, mark, agreements = text.partition("agreements:")
            file.write_text(head + mark + agreements.replace(f"- '{LIANGJIANG}'", f"- '{code}'"), encoding="utf-8")
        await both.reopen(region)


@pytest.mark.parametrize("division", [JIANGBEI, "500105000000", "500105001000"])
async def test_a_case_for_an_abolished_county_goes_to_its_one_successor_and_says_so(tmp_path: Path, division: str):
    async with regions(tmp_path, ENSHI, LIANGJIANG) as both:
        case = towards(both[ENSHI], division)
        done = await submitted(both[ENSHI], case)
        assert done.partner == LIANGJIANG
        assert [note.zh for note in done.notes if note != UNCHECKED] == [
            "500105 江北区已于 2025-11-06 撤销, 由 500157 两江新区办理"
        ]
        await both.settle_down()
        view = await both[LIANGJIANG].view(done.case_id)
        assert view.row.standing.state is State.AWAITING_SIGN_OFF
        assert view.case.handler.division == view.row.handler_division == division
        assert (await submitted(both[ENSHI], case)).notes == done.notes


async def test_a_case_for_a_county_in_force_needs_no_note(tmp_path: Path):
    async with regions(tmp_path, ENSHI, LIANGJIANG) as both:
        assert (await submitted(both[ENSHI], towards(both[ENSHI], LIANGJIANG))).notes == (UNCHECKED,)


async def test_where_there_are_two_successors_a_person_is_asked_and_both_are_named(tmp_path: Path):
    async with regions(tmp_path, ENSHI, LIANGJIANG) as both:
        with pytest.raises(GatewayError) as refused:
            await submitted(both[ENSHI], towards(both[ENSHI], YUBEI))
        assert refused.value.reason is Reason.DIVISION_ABOLISHED
        assert "500157 两江新区, 500109 北碚区" in refused.value.cause.zh


async def test_an_application_received_before_the_change_is_handled_by_who_decides_today(tmp_path: Path):
    async with regions(tmp_path, ENSHI, LIANGJIANG) as both:
        early = replace(towards(both[ENSHI], JIANGBEI), received_at_window=NOW - timedelta(days=400))
        done = await submitted(both[ENSHI], early)
        await both.settle_down()
        assert await both[LIANGJIANG].state(done.case_id) is State.AWAITING_SIGN_OFF


async def test_a_case_taken_in_from_an_abolished_county_is_read_by_the_other_side(tmp_path: Path):
    async with regions(tmp_path, ENSHI, LIANGJIANG) as both:
        case = both[LIANGJIANG].a_case(ENSHI)
        case = replace(case, origin=replace(case.origin, division="500105000000"))
        number = await both[LIANGJIANG].submit(case)
        await both.settle_down()
        view = await both[ENSHI].view(number)
        assert view.row.standing.state is State.AWAITING_SIGN_OFF
        assert view.row.origin_division == "500105000000"


@pytest.mark.parametrize("division", [JIANGBEI, LIANGJIANG])
async def test_an_agreement_that_names_the_old_county_goes_on(tmp_path: Path, division: str):
    async with regions(tmp_path, ENSHI, LIANGJIANG) as both:
        await with_scope(both, JIANGBEI)
        number = await both[ENSHI].submit(towards(both[ENSHI], division))
        await both.settle_down()
        assert await both[LIANGJIANG].state(number) is State.AWAITING_SIGN_OFF


async def test_an_open_case_goes_on_after_the_table_and_the_agreement_changed(tmp_path: Path):
    async with regions(tmp_path, ENSHI, LIANGJIANG) as both:
        number = await both[ENSHI].submit(towards(both[ENSHI], JIANGBEI))
        await with_scope(both, JIANGBEI)
        await both.settle_down()
        assert await both[LIANGJIANG].state(number) is State.AWAITING_SIGN_OFF
