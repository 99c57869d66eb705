"""Joint cases (多地联办) between three regions: one application, a part for each, one derived state, one delivery."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from msgspec import structs

from gateway.case import events as ev
from gateway.case.errors import GatewayError
from gateway.case.joint import JointState
from gateway.case.kinds import Decision
from gateway.case.lifecycle import pass_on
from gateway.case.reasons import Reason
from gateway.case.states import Passage, State
from gateway.flows.joint.act_on_all import Became
from gateway.store import audit, case_lists, cases, joint
from tests.build import a_file, a_material
from tests.flows.joint_build import ENSHI, JOINT_ITEM, QIANJIANG, XIANGXI, Whole
from tests.flows.regions import Region, Regions, regions

ALL = (ENSHI, QIANJIANG, XIANGXI)


def three(folder: Path, **changes: Any):
    return regions(folder, *ALL, items=[JOINT_ITEM], **changes)


async def granted(region: Region, case_id: str, decision: Decision = Decision.GRANTED) -> None:
    await region.act(case_id, ev.ReceivedByHandler("本地-1"))
    await region.act(case_id, ev.Accepted())
    await region.act(case_id, ev.Decided(decision), reason="不符合条件" if decision is Decision.DENIED else "")


async def counts(one: Region) -> tuple[int, int]:
    def look(tx) -> tuple[int, int]:
        return len(case_lists.list_newest(tx, case_lists.Filter(), 100)), len(joint.list_newest(tx, (), None, 100))

    return await one.gateway.database.read(look)


async def test_one_application_becomes_a_whole_and_a_case_for_each_region(tmp_path: Path):
    async with three(tmp_path) as all_of:
        whole = Whole(all_of[ENSHI])
        opened = await whole.submit(whole.part(QIANJIANG), whole.part(XIANGXI))
        assert opened.joint.state is JointState.FORWARDED
        assert [child.partner for child in opened.children] == [QIANJIANG, XIANGXI]
        assert [child.origin_number for child in opened.children] == ["ES-2026-000077#1", "ES-2026-000077#2"]
        await all_of.settle_down()
        seen = await all_of[QIANJIANG].view(opened.children[0].case_id)
        assert seen.case.joint_parent == seen.row.joint_parent == opened.row.parent_id
        assert seen.case.origin_number == "ES-2026-000077#1"
        assert (await whole.view(opened.row.parent_id)).joint.state is JointState.IN_PROCESS


async def test_the_handler_learns_from_its_feed_that_the_case_is_part_of_a_whole(tmp_path: Path):
    async with three(tmp_path) as all_of:
        whole = Whole(all_of[ENSHI])
        opened = await whole.submit(whole.part(QIANJIANG))
        await all_of.settle_down()
        [item] = await all_of[QIANJIANG].gateway.looking.read_feed("window", 0, 10)
        assert item.joint_parent == opened.row.parent_id
        assert {one.joint_parent for one in await all_of[ENSHI].gateway.looking.read_feed("window", 0, 10)} == {
            opened.row.parent_id
        }


async def test_a_child_that_is_refused_is_shown_and_the_rest_goes_on(tmp_path: Path):
    async with three(tmp_path) as all_of:
        whole = Whole(all_of[ENSHI])
        opened = await whole.submit(whole.part(QIANJIANG), whole.part(XIANGXI))
        first, second = (child.case_id for child in opened.children)
        await all_of.settle_down()
        await granted(all_of[QIANJIANG], first)
        await granted(all_of[XIANGXI], second, Decision.DENIED)
        await all_of.settle_down()
        view = await whole.view(opened.row.parent_id)
        assert view.joint.state is JointState.PARTLY_GRANTED
        assert view.joint.counts == {State.GRANTED: 1, State.DENIED: 1}
        assert [(one.case_id, one.state) for one in view.joint.attention] == [(second, State.DENIED)]


async def test_a_part_that_the_other_gateway_refuses_is_shown_as_refused(tmp_path: Path):
    async with three(tmp_path) as all_of:
        other = all_of[XIANGXI].settings.partners / f"{ENSHI}-恩施州.yaml"
        other.write_text(other.read_text(encoding="utf-8").replace("- joint\n", "- online\n"), encoding="utf-8")
        await all_of.reopen(all_of[XIANGXI])
        whole = Whole(all_of[ENSHI])
        opened = await whole.submit(whole.part(QIANJIANG), whole.part(XIANGXI))
        await all_of.settle_down()
        view = await whole.view(opened.row.parent_id)
        assert view.joint.counts == {State.AWAITING_SIGN_OFF: 1, State.REFUSED_BY_PARTNER: 1}
        assert [one.state for one in view.joint.attention] == [State.REFUSED_BY_PARTNER]
        assert view.joint.state is JointState.IN_PROCESS


async def test_results_are_handed_over_once_when_every_part_is_decided(tmp_path: Path):
    async with three(tmp_path) as all_of:
        whole = Whole(all_of[ENSHI])
        opened = await whole.submit(whole.part(QIANJIANG), whole.part(XIANGXI))
        parent, (first, second) = opened.row.parent_id, [child.case_id for child in opened.children]
        await all_of.settle_down()
        await granted(all_of[QIANJIANG], first)
        await all_of.settle_down()
        with pytest.raises(GatewayError) as early:
            await whole.deliver(parent)
        assert early.value.reason is Reason.LIFECYCLE
        assert [finding.path for finding in early.value.findings] == [f"children[{second}]"]
        await granted(all_of[XIANGXI], second)
        await all_of.settle_down()
        done = await whole.deliver(parent)
        assert [child.became for child in done.children] == [Became.DONE, Became.DONE]
        again = await whole.deliver(parent)
        assert [child.became for child in again.children] == [Became.ALREADY, Became.ALREADY]
        await all_of.settle_down()
        assert (await whole.view(parent)).joint.state is JointState.DELIVERED
        assert [kind for _, kind in await all_of[XIANGXI].story(second)].count("Delivered") == 1
        assert [child.became for child in (await whole.deliver(parent)).children] == [Became.ALREADY] * 2


async def test_withdrawing_the_whole_leaves_what_is_decided_and_says_what_became_of_each(tmp_path: Path):
    async with three(tmp_path) as all_of:
        whole = Whole(all_of[ENSHI])
        opened = await whole.submit(whole.part(QIANJIANG), whole.part(XIANGXI), whole.part(XIANGXI))
        parent, (first, second, third) = opened.row.parent_id, [child.case_id for child in opened.children]
        await all_of.settle_down()
        await granted(all_of[QIANJIANG], first)
        await all_of.settle_down()
        done = await whole.withdraw(parent)
        assert [child.became for child in done.children] == [Became.STAYS, Became.DONE, Became.DONE]
        assert [child.became for child in (await whole.withdraw(parent)).children] == [
            Became.STAYS,
            Became.ALREADY,
            Became.ALREADY,
        ]
        await all_of.settle_down()
        view = await whole.view(parent)
        assert view.joint.state is JointState.PARTLY_GRANTED
        assert view.joint.counts == {State.GRANTED: 1, State.WITHDRAWN: 2}
        assert await all_of[XIANGXI].state(second) is await all_of[XIANGXI].state(third) is State.WITHDRAWN


async def test_a_child_decided_before_the_withdrawal_arrived_stands_and_is_told(tmp_path: Path):
    async with three(tmp_path) as all_of:
        whole = Whole(all_of[ENSHI])
        opened = await whole.submit(whole.part(QIANJIANG))
        parent, child = opened.row.parent_id, opened.children[0].case_id
        await all_of.settle_down()
        await granted(all_of[QIANJIANG], child)
        done = await whole.withdraw(parent)
        assert [one.became for one in done.children] == [Became.DONE]
        await all_of.settle_down()
        assert (await whole.view(parent)).joint.state is JointState.GRANTED


async def test_a_child_that_never_left_needs_no_withdrawal(tmp_path: Path):
    async with three(tmp_path) as all_of:
        whole = Whole(all_of[ENSHI])
        opened = await whole.submit(whole.part(QIANJIANG), whole.part(XIANGXI))
        first = opened.children[0]

        def give_up(tx) -> None:
            row = cases.find(tx, first.case_id)
            assert row
            cases.move(tx, structs.replace(row, standing=pass_on(row.standing, Passage.GIVEN_UP)), all_of.clock())

        await all_of[ENSHI].gateway.database.write(give_up)
        done = await whole.withdraw(opened.row.parent_id)
        assert [child.became for child in done.children] == [Became.NOT_HANDED_OVER, Became.DONE]
        with pytest.raises(GatewayError) as refused:
            await all_of[ENSHI].gateway.release(all_of[ENSHI].system, first.case_id)
        assert refused.value.reason is Reason.LIFECYCLE, "what the applicant withdrew is not sent again"


async def test_a_part_without_a_way_opens_nothing_and_every_part_is_told_at_once(tmp_path: Path):
    async with three(tmp_path) as all_of:
        origin = all_of[ENSHI]
        whole = Whole(origin)
        nowhere = whole.part(QIANJIANG)
        nowhere = replace(nowhere, handler=replace(nowhere.handler, division="330100000000"))
        lacking = whole.part(XIANGXI, materials=(a_material("m1", a_file(b"never uploaded")),))
        with pytest.raises(GatewayError) as refused:
            await whole.submit(whole.part(QIANJIANG), nowhere, nowhere)
        assert refused.value.reason is Reason.NO_PARTNER
        assert [finding.path for finding in refused.value.findings] == [
            "parts[1].handler.division",
            "parts[2].handler.division",
        ]
        with pytest.raises(GatewayError) as later:
            await whole.submit(whole.part(QIANJIANG), lacking)
        assert [finding.path for finding in later.value.findings] == ["materials[0].sha256"]
        assert await counts(origin) == (0, 0)
        assert await origin.gateway.partners_with_work() == []


async def test_the_same_again_gets_the_same_answer_also_after_a_restart(tmp_path: Path):
    async with three(tmp_path) as all_of:
        whole = Whole(all_of[ENSHI])
        submission = whole.submission(whole.part(QIANJIANG), whole.part(XIANGXI), key="k-1")
        first = await whole.flows.submit(submission)
        again = await whole.flows.submit(submission)
        assert again.repeated
        assert (again.row, again.query_code, again.child_codes) == (first.row, first.query_code, first.child_codes)
        await all_of.reopen(all_of[ENSHI])
        after = await whole.flows.submit(submission)
        assert (after.row.parent_id, after.query_code) == (first.row.parent_id, first.query_code)
        assert [child.case_id for child in after.children] == [child.case_id for child in first.children]
        assert await counts(all_of[ENSHI]) == (2, 1)
        await all_of.settle_down()
        assert (await whole.view(first.row.parent_id)).joint.counts == {State.AWAITING_SIGN_OFF: 2}


@pytest.mark.parametrize(("key", "reason"), [("", Reason.CASE_TAKEN), ("k-1", Reason.KEY_REUSED)])
async def test_another_application_under_the_same_number_or_key_is_refused(tmp_path: Path, key: str, reason: Reason):
    async with three(tmp_path) as all_of:
        whole = Whole(all_of[ENSHI])
        await whole.submit(whole.part(QIANJIANG), key="k-1")
        with pytest.raises(GatewayError) as refused:
            await whole.submit(whole.part(XIANGXI), key=key)
        assert refused.value.reason is reason


async def test_a_number_is_a_whole_or_an_ordinary_case_and_never_both(tmp_path: Path):
    async with three(tmp_path) as all_of:
        origin = all_of[ENSHI]
        whole = Whole(origin)
        ordinary = origin.a_case(QIANJIANG)
        await origin.submit(ordinary)
        with pytest.raises(GatewayError) as refused:
            await whole.submit(whole.part(QIANJIANG), number=ordinary.origin_number)
        assert refused.value.reason is Reason.CASE_TAKEN
        await whole.submit(whole.part(QIANJIANG), number="ES-1")
        for number in ("ES-1", "ES-1#1"):
            with pytest.raises(GatewayError) as taken:
                await origin.submit(replace(origin.a_case(QIANJIANG), origin_number=number))
            assert taken.value.reason is Reason.CASE_TAKEN


async def test_a_part_of_our_own_region_is_told_and_not_sent(tmp_path: Path):
    async with three(tmp_path) as all_of:
        whole = Whole(all_of[ENSHI])
        opened = await whole.submit(whole.part(ENSHI), whole.part(QIANJIANG))
        assert [part.position for part in opened.row.local_parts] == [1]
        assert [child.origin_number for child in opened.children] == ["ES-2026-000077#2"]
        with pytest.raises(GatewayError) as refused:
            await whole.submit(whole.part(ENSHI), number="ES-2")
        assert [finding.path for finding in refused.value.findings] == ["parts"]


async def test_another_system_neither_sees_nor_withdraws_a_whole(tmp_path: Path):
    async with three(tmp_path) as all_of:
        whole = Whole(all_of[ENSHI])
        opened = await whole.submit(whole.part(QIANJIANG))
        all_of[ENSHI].system = "stranger"
        for call in (whole.view, whole.withdraw, whole.deliver):
            with pytest.raises(GatewayError) as refused:
                await call(opened.row.parent_id)
            assert refused.value.reason is Reason.CASE_UNKNOWN


async def test_every_step_of_a_whole_is_audited_under_its_number_without_codes(tmp_path: Path):
    async with three(tmp_path) as all_of:
        whole = Whole(all_of[ENSHI])
        opened = await whole.submit(whole.part(QIANJIANG), whole.part(XIANGXI))
        await whole.withdraw(opened.row.parent_id)
        noted = await all_of[ENSHI].gateway.database.read(lambda tx: audit.about(tx, opened.row.parent_id))
        assert [note.act for note in noted] == ["joint.submit", "joint.withdraw"]
        assert not any(opened.query_code in repr(note) for note in noted)


async def test_a_whole_travels_over_real_connections(tmp_path: Path):
    async with three(tmp_path, wires="grpc") as all_of:
        await _there_and_back(all_of)


async def _there_and_back(all_of: Regions) -> None:
    whole = Whole(all_of[ENSHI])
    opened = await whole.submit(whole.part(QIANJIANG), whole.part(XIANGXI))
    await all_of.settle_down()
    for child in opened.children:
        await granted(all_of[child.partner], child.case_id)
    await all_of.settle_down()
    await whole.deliver(opened.row.parent_id)
    await all_of.settle_down()
    assert (await whole.view(opened.row.parent_id)).joint.state is JointState.DELIVERED


async def test_a_withdrawal_cut_short_by_a_crash_is_finished_by_the_next(tmp_path: Path):
    async with three(tmp_path) as all_of:
        whole = Whole(all_of[ENSHI])
        opened = await whole.submit(whole.part(QIANJIANG), whole.part(XIANGXI))
        await all_of.settle_down()
        await all_of[ENSHI].act(opened.children[0].case_id, ev.Withdrawn())
        await all_of.reopen(all_of[ENSHI])
        done = await whole.withdraw(opened.row.parent_id)
        assert [child.became for child in done.children] == [Became.ALREADY, Became.DONE]
        await all_of.settle_down()
        assert (await whole.view(opened.row.parent_id)).joint.state is JointState.WITHDRAWN


async def test_a_lost_answer_opens_no_child_twice(tmp_path: Path):
    async with three(tmp_path) as all_of:
        whole = Whole(all_of[ENSHI])
        opened = await whole.submit(whole.part(QIANJIANG), whole.part(XIANGXI))
        all_of[ENSHI].courier.lose_answers = True
        await all_of.settle_down()
        all_of[ENSHI].courier.lose_answers = False
        await all_of.pass_time(hours=1)
        assert (await whole.view(opened.row.parent_id)).joint.counts == {State.AWAITING_SIGN_OFF: 2}
        for child in opened.children:
            assert [case for _, case in await all_of[child.partner].feed()] == [child.case_id]
