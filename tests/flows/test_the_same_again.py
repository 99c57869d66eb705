"""A local system may ask twice: the same gets the same answer, another content under the same number is refused."""

from dataclasses import replace
from pathlib import Path

import pytest

from gateway.case import events as ev
from gateway.case.errors import GatewayError
from gateway.case.reasons import Reason
from gateway.flows.submit import Submission
from gateway.store import audit
from tests.flows.regions import regions

ENSHI, QIANJIANG = "422800", "500114"
ONE, OTHER = b"1" * 32, b"2" * 32


async def test_the_same_submission_again_is_the_same_case(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as all_regions:
        origin = all_regions[QIANJIANG]
        asked = Submission(origin.system, origin.a_case(to=ENSHI), ONE)
        first = await origin.gateway.submit(asked)
        again = await origin.gateway.submit(asked)
        assert (again.case_id, again.repeated) == (first.case_id, True)
        rows = await origin.gateway.database.read(lambda tx: audit.about(tx, first.case_id))
        assert [row.act for row in rows] == ["case.submit"]


async def test_another_content_under_the_same_number_is_refused(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as all_regions:
        origin = all_regions[QIANJIANG]
        case = origin.a_case(to=ENSHI)
        await origin.gateway.submit(Submission(origin.system, case, ONE))
        with pytest.raises(GatewayError) as refused:
            await origin.gateway.submit(Submission(origin.system, replace(case, summary="另一内容"), OTHER))
        assert refused.value.reason is Reason.CASE_TAKEN


async def test_an_idempotency_key_is_good_for_one_request_and_for_seven_days(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as all_regions:
        origin = all_regions[QIANJIANG]
        first = await origin.gateway.submit(Submission(origin.system, origin.a_case(to=ENSHI), ONE, "key"))
        with pytest.raises(GatewayError) as refused:
            await origin.gateway.submit(Submission(origin.system, origin.a_case(to=ENSHI), OTHER, "key"))
        assert refused.value.reason is Reason.KEY_REUSED
        all_regions.clock.pass_time(days=7, minutes=1)
        await origin.gateway.sweep()
        later = await origin.gateway.submit(Submission(origin.system, origin.a_case(to=ENSHI), OTHER, "key"))
        assert later.case_id != first.case_id


async def test_a_key_is_not_forgotten_by_a_clock_that_jumped_while_the_answer_was_on_its_way(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as all_regions:
        origin = all_regions[QIANJIANG]
        number = await origin.submit(origin.a_case(to=ENSHI))
        await all_regions.settle_down()
        first = await origin.act(number, ev.Note("请加急"), idempotency_key="key", request_sha256=ONE)
        await origin.gateway.sweep()
        all_regions.clock.jump(days=365)
        await origin.gateway.sweep()
        again = await origin.act(number, ev.Note("请加急"), idempotency_key="key", request_sha256=ONE)
        assert (again.event_id, again.repeated) == (first.event_id, True), "done once"


async def test_a_repeat_is_answered_as_before_though_the_agreement_has_ended(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI, valid_to="2027-01-31") as all_regions:
        origin = all_regions[QIANJIANG]
        asked = Submission(origin.system, origin.a_case(to=ENSHI), ONE)
        first = await origin.gateway.submit(asked)
        all_regions.clock.pass_time(days=100)
        assert (await origin.gateway.submit(asked)).case_id == first.case_id
        with pytest.raises(GatewayError) as refused:
            await origin.gateway.submit(Submission(origin.system, origin.a_case(to=ENSHI), OTHER))
        assert refused.value.reason is Reason.NOT_IN_FORCE


async def test_an_open_case_is_permitted_to_its_end_though_the_agreement_has_ended(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI, valid_to="2027-01-31") as all_regions:
        origin, handler = all_regions[QIANJIANG], all_regions[ENSHI]
        number = await origin.submit(origin.a_case(to=ENSHI))
        await all_regions.settle_down()
        await all_regions.pass_time(days=100)
        await handler.act(number, ev.ReceivedByHandler())
        await all_regions.settle_down()
        assert (await origin.view(number)).row.case_version == 2


async def test_an_act_with_a_key_is_done_once(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as all_regions:
        origin, handler = all_regions[QIANJIANG], all_regions[ENSHI]
        number = await origin.submit(origin.a_case(to=ENSHI))
        await all_regions.settle_down()
        keyed = {"idempotency_key": "k1", "request_sha256": ONE}
        first = await handler.act(number, ev.Note("请核对"), **keyed)
        again = await handler.act(number, ev.Note("请核对"), **keyed)
        assert (again.event_id, again.case_version, again.repeated) == (first.event_id, first.case_version, True)
        with pytest.raises(GatewayError) as refused:
            await handler.act(number, ev.Note("别的"), idempotency_key="k1", request_sha256=OTHER)
        assert refused.value.reason is Reason.KEY_REUSED


async def test_an_act_on_a_case_that_has_moved_on_is_stale(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as all_regions:
        origin, handler = all_regions[QIANJIANG], all_regions[ENSHI]
        number = await origin.submit(origin.a_case(to=ENSHI))
        await all_regions.settle_down()
        await handler.act(number, ev.ReceivedByHandler(), if_match=1)
        with pytest.raises(GatewayError) as refused:
            await handler.act(number, ev.Accepted("号"), if_match=1)
        assert refused.value.reason is Reason.STALE


async def test_a_case_nobody_receives_is_claimed_by_the_first_system_that_signs_for_it(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as all_regions:
        origin, handler = all_regions[QIANJIANG], all_regions[ENSHI]
        handler.gateway.assign = lambda _: ""
        number = await origin.submit(origin.a_case(to=ENSHI))
        await all_regions.settle_down()
        assert await handler.feed() == []
        with pytest.raises(GatewayError) as refused:
            await handler.act(number, ev.Accepted("号"))
        assert refused.value.reason is Reason.CASE_UNKNOWN
        await handler.act(number, ev.ReceivedByHandler())
        assert (await handler.view(number)).row.system == handler.system
        with pytest.raises(GatewayError):
            await handler.gateway.claim_case("another", number)
