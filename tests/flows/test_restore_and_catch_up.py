"""A gateway restored from an hour-old backup: what both sides exchanged since then comes back, and nothing is doubled."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from gateway.case import events as ev
from gateway.case.errors import GatewayError
from gateway.case.kinds import DocumentKind
from gateway.case.reasons import Reason
from gateway.case.states import State
from gateway.cli.tree import run
from gateway.flows.act import OPERATOR
from gateway.flows.delivery.courier import HandedOut
from gateway.store import bodies
from tests.build import a_digest, a_file, a_material
from tests.flows.joint_build import JOINT_ITEM, Whole
from tests.flows.queue_build import deed, live_on
from tests.flows.regions import regions
from tests.flows.restored_build import agree, back_up, burn_down_and_restore, evidence_of, rows

ENSHI, QIANJIANG, XIANGXI = "422800", "500114", "433100"


async def test_an_event_and_a_case_of_either_side_come_back(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as all_regions:
        origin, handler = all_regions[QIANJIANG], all_regions[ENSHI]
        known = await origin.submit(origin.a_case(to=ENSHI))
        theirs = await handler.submit(handler.a_case(to=QIANJIANG))
        await all_regions.settle_down()
        back_up(origin, tmp_path / "backup")
        all_regions.clock.pass_time(hours=1)
        lost_ours = await origin.submit(origin.a_case(to=ENSHI))
        lost_theirs = await handler.submit(handler.a_case(to=QIANJIANG))
        await all_regions.settle_down()
        await handler.act(known, ev.ReceivedByHandler("ES-1"))
        await origin.act(theirs, ev.ReceivedByHandler("QJ-1"))
        await origin.act(known, ev.Note("请加急"))
        await all_regions.settle_down()
        await origin.act(lost_theirs, ev.ReceivedByHandler("QJ-2"))
        await all_regions.settle_down()
        before = {number: await handler.view(number) for number in (known, theirs, lost_ours, lost_theirs)}

        await burn_down_and_restore(all_regions, origin, tmp_path / "backup", tmp_path / "again")
        assert await origin.story(known) == [(1, "opened")]
        back = await origin.gateway.restored.catch_up(ENSHI)
        assert (back.taken, back.left_out) == (6, 0)
        for number, view in before.items():
            await agree(origin, handler, number)
            assert await handler.view(number) == view
        await all_regions.settle_down()
        for number in before:
            await agree(origin, handler, number)


async def test_files_come_back_with_the_cases_and_events_that_name_them(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as all_regions:
        burnt, partner = all_regions[QIANJIANG], all_regions[ENSHI]
        back_up(burnt, tmp_path / "backup")
        ours, theirs, notice = b"our scan" * 9_000, b"their scan" * 9_000, b"a notice" * 9_000
        await burnt.upload(ours)
        await partner.upload(theirs)
        sent = await burnt.submit(burnt.a_case(to=ENSHI, materials=(a_material("m1", a_file(ours)),)))
        await partner.submit(partner.a_case(to=QIANJIANG, materials=(a_material("m1", a_file(theirs)),)))
        await all_regions.settle_down()
        await partner.upload(notice)
        await partner.act(sent, ev.ReceivedByHandler())
        document = ev.Document(DocumentKind.ACCEPTANCE_NOTICE, "受理通知书", "号", a_file(notice))
        await partner.act(sent, ev.Accepted("号"), documents=(document,))
        await all_regions.settle_down()
        await burn_down_and_restore(all_regions, burnt, tmp_path / "backup", tmp_path / "again")
        await burnt.gateway.restored.catch_up(ENSHI)
        for content in (ours, theirs, notice):
            size, chunks = await burnt.gateway.transfer.give_material(OPERATOR, a_digest(content))
            assert (size, b"".join([chunk async for chunk in chunks])) == (len(content), content)


async def test_nothing_new_is_sealed_for_a_partner_before_and_others_are_not_concerned(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI, XIANGXI) as all_regions:
        burnt, partner, other = (all_regions[code] for code in (QIANJIANG, ENSHI, XIANGXI))
        known = await burnt.submit(burnt.a_case(to=ENSHI))
        handled = await partner.submit(partner.a_case(to=QIANJIANG))
        await all_regions.settle_down()
        back_up(burnt, tmp_path / "backup")
        await burn_down_and_restore(all_regions, burnt, tmp_path / "backup", tmp_path / "again")
        await burnt.gateway.restored.catch_up(XIANGXI)
        for late in (
            burnt.submit(burnt.a_case(to=ENSHI)),
            burnt.act(known, ev.Note("请加急")),
            burnt.act(handled, ev.ReceivedByHandler()),
        ):
            with pytest.raises(GatewayError) as refused:
                await late
            assert refused.value.reason is Reason.CATCHING_UP
            assert refused.value.row.retriable
        us = partner.gateway.registry.current().of(QIANJIANG)
        assert us
        said = await partner.courier.describe(us)
        assert said.standing.last_error == "CATCHING_UP", "the partner sees what it waits for"
        waiting = await partner.submit(partner.a_case(to=QIANJIANG))
        flight = await partner.gateway.deliver(QIANJIANG)
        assert flight.error
        assert flight.error.reason is Reason.CATCHING_UP
        assert (await burnt.gateway.sweep()).given_up == 0

        elsewhere = await burnt.submit(burnt.a_case(to=XIANGXI))
        await all_regions.carry(burnt)
        assert await other.state(elsewhere) is State.AWAITING_SIGN_OFF

        assert await burnt.gateway.restored.still_behind() == [ENSHI]
        await burnt.gateway.restored.catch_up(ENSHI)
        assert await burnt.gateway.restored.still_behind() == []
        await burnt.act(known, ev.Note("请加急"))
        await all_regions.pass_time(hours=1)
        for number in (known, handled, waiting):
            await agree(burnt, partner, number)


async def test_the_same_handed_in_again_is_the_case_that_came_back_and_anything_else_is_new(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as all_regions:
        burnt, partner = all_regions[QIANJIANG], all_regions[ENSHI]
        back_up(burnt, tmp_path / "backup")
        case = burnt.a_case(to=ENSHI)
        number = await burnt.submit(case)
        await all_regions.settle_down()
        await partner.act(number, ev.ReceivedByHandler("ES-1"))
        await all_regions.settle_down()
        never_left = burnt.a_case(to=ENSHI)
        gone = await burnt.submit(never_left)
        await burn_down_and_restore(all_regions, burnt, tmp_path / "backup", tmp_path / "again")
        await burnt.gateway.restored.catch_up(ENSHI)
        assert (await burnt.view(number)).row.system == "", "which system it was is said nowhere"
        assert await burnt.feed() == []

        other = replace(case, summary="另一件")
        assert await burnt.submit(other) != number, "another system may use the same number for something else"
        burnt.system = "second"
        assert await burnt.submit(case) == number
        assert (await burnt.view(number)).row.system == "second"
        assert {number} == {about for _, about in await burnt.feed()}, "and learns what happened meanwhile"
        assert await burnt.submit(case) == number
        burnt.system = "window"
        again = await burnt.submit(never_left)
        assert again != gone, "what never left has another number now"
        assert gone not in {row[0] for row in await rows(burnt, "SELECT case_id FROM cases")}


async def test_the_feed_goes_on_behind_everything_it_ever_told(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as all_regions:
        burnt, partner = all_regions[QIANJIANG], all_regions[ENSHI]
        back_up(burnt, tmp_path / "backup")
        for _ in range(3):
            await partner.submit(partner.a_case(to=QIANJIANG))
        await all_regions.settle_down()
        last = max(item.position for item in await burnt.gateway.looking.read_feed(burnt.system, 0, 100))
        await burnt.gateway.confirm_feed(burnt.system, last)
        await burn_down_and_restore(all_regions, burnt, tmp_path / "backup", tmp_path / "again")
        await burnt.gateway.restored.catch_up(ENSHI)
        after = await burnt.gateway.looking.read_feed(burnt.system, last, 100)
        assert len(after) == 3, "a system that asks behind the last position it saw misses nothing"


async def test_a_version_that_was_lost_on_the_way_is_filled_so_that_the_other_side_need_not_wait(
    tmp_path: Path,
) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as all_regions:
        burnt, partner = all_regions[QIANJIANG], all_regions[ENSHI]
        number = await partner.submit(partner.a_case(to=QIANJIANG))
        await all_regions.settle_down()
        back_up(burnt, tmp_path / "backup")
        await partner.act(number, ev.Note("请加急"))
        partner.courier.lose_answers = True
        await all_regions.carry(partner)
        partner.courier.lose_answers = False
        await burnt.act(number, ev.ReceivedByHandler("QJ-1"))
        await all_regions.carry(burnt)
        assert (await partner.view(number)).row.case_version == 1, "version 2 is its own note, whose receipt was lost"
        await burn_down_and_restore(all_regions, burnt, tmp_path / "backup", tmp_path / "again")
        await burnt.gateway.restored.catch_up(ENSHI)
        await all_regions.pass_time(hours=2)
        await agree(burnt, partner, number)
        view = await burnt.view(number)
        assert view.row.standing.state is State.WITH_HANDLER
        assert sorted(one.row.kind for one in view.events).count("Note") == 2, "what was lost, and what stands for it"


async def test_a_case_whose_receipt_was_lost_and_which_went_on_all_the_same_comes_back(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as all_regions:
        burnt, partner = all_regions[QIANJIANG], all_regions[ENSHI]
        back_up(burnt, tmp_path / "backup")
        await partner.upload(b"a scan" * 1000)
        materials = (a_material("m1", a_file(b"a scan" * 1000)),)
        number = await partner.submit(partner.a_case(to=QIANJIANG, materials=materials))
        partner.courier.lose_answers = True
        await all_regions.carry(partner)
        partner.courier.lose_answers = False
        await burnt.act(number, ev.ReceivedByHandler("QJ-1"))
        await all_regions.carry(burnt)
        assert await partner.state(number) is State.FORWARDED, "it has no receipt of the case yet"
        await burn_down_and_restore(all_regions, burnt, tmp_path / "backup", tmp_path / "again")
        back = await burnt.gateway.restored.catch_up(ENSHI)
        assert back.left_out == 0
        assert await burnt.story(number) == [(1, "opened"), (2, "ReceivedByHandler")]
        await all_regions.pass_time(hours=2)
        await agree(burnt, partner, number)
        assert await partner.state(number) is State.WITH_HANDLER


async def test_two_regions_restored_at_once_find_back_to_each_other(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as all_regions:
        one, other = all_regions[QIANJIANG], all_regions[ENSHI]
        first = await one.submit(one.a_case(to=ENSHI))
        await all_regions.settle_down()
        back_up(one, tmp_path / "older")
        await other.act(first, ev.ReceivedByHandler("ES-1"))
        second = await other.submit(other.a_case(to=QIANJIANG))
        await all_regions.settle_down()
        back_up(other, tmp_path / "newer")
        await other.act(first, ev.Accepted("号"))
        third = await one.submit(one.a_case(to=ENSHI))
        await all_regions.settle_down()
        await burn_down_and_restore(all_regions, one, tmp_path / "older", tmp_path / "one")
        await burn_down_and_restore(all_regions, other, tmp_path / "newer", tmp_path / "other")
        await one.gateway.restored.catch_up(ENSHI)
        await other.gateway.restored.catch_up(QIANJIANG)
        await all_regions.pass_time(hours=1)
        for number in (first, second):
            await agree(one, other, number)
        assert third not in {row[0] for side in (one, other) for row in await rows(side, "SELECT case_id FROM cases")}
        await other.act(first, ev.Accepted("号"))
        await one.submit(one.a_case(to=ENSHI))
        await all_regions.pass_time(hours=1)
        await agree(one, other, first)
        assert await evidence_of(one) == await evidence_of(other)


async def test_a_refusal_is_remembered_as_the_refusal_it_was(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as all_regions:
        burnt, partner = all_regions[QIANJIANG], all_regions[ENSHI]
        number = await partner.submit(partner.a_case(to=QIANJIANG))
        await all_regions.settle_down()
        back_up(burnt, tmp_path / "backup")
        await burnt.act(number, ev.ReceivedByHandler())
        await burnt.act(number, ev.Voided(), reason="重复申请")
        await partner.act(number, ev.Withdrawn())
        await all_regions.settle_down()
        refused = await rows(partner, "SELECT envelope_id, batch_id FROM outbox WHERE outcome = 'refused'")
        assert len(refused) == 1
        await burn_down_and_restore(all_regions, burnt, tmp_path / "backup", tmp_path / "again")
        await burnt.gateway.restored.catch_up(ENSHI)
        remembered = await rows(burnt, "SELECT envelope_id, batch_id FROM inbox WHERE outcome = 'refused'")
        assert remembered == refused
        await agree(burnt, partner, number)
        await partner.act(number, ev.Note("知道了"))
        await all_regions.settle_down()
        await agree(burnt, partner, number)
        assert (await burnt.view(number)).row.their_sequence == 3


async def test_an_operator_may_end_the_waiting_for_a_partner_that_cannot_be_asked(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as all_regions:
        burnt = all_regions[QIANJIANG]
        back_up(burnt, tmp_path / "backup")
        await burn_down_and_restore(all_regions, burnt, tmp_path / "backup", tmp_path / "again")
        burnt.courier.down.add(ENSHI)
        with pytest.raises(GatewayError) as away:
            await burnt.gateway.restored.catch_up(ENSHI)
        assert away.value.reason is Reason.PARTNER_UNREACHABLE
        home = str(burnt.settings.home)
        ended = await asyncio.to_thread(run, ["restore", "--give-up", ENSHI, "--reason", "对方停用", "--home", home])
        assert ended == 0
        assert await burnt.gateway.restored.still_behind() == [], "a running gateway looks again"
        await burnt.submit(burnt.a_case(to=ENSHI))
        noted = await rows(burnt, "SELECT actor, subject, detail FROM audit WHERE act = 'partner.catch_up_ended'")
        assert noted == [("staff:*", ENSHI, "对方停用")]


async def test_a_joint_case_handed_in_again_keeps_the_parts_that_came_back(tmp_path: Path) -> None:
    async with regions(tmp_path, ENSHI, QIANJIANG, XIANGXI, items=[JOINT_ITEM]) as all_regions:
        burnt = all_regions[ENSHI]
        whole = Whole(burnt)
        parts = whole.part(QIANJIANG), whole.part(XIANGXI)
        back_up(burnt, tmp_path / "backup")
        first = await whole.submit(*parts)
        burnt.courier.down.add(XIANGXI)
        await all_regions.carry(burnt)
        burnt.courier.down.clear()
        await burn_down_and_restore(all_regions, burnt, tmp_path / "backup", tmp_path / "again")
        for code in (QIANJIANG, XIANGXI):
            await burnt.gateway.restored.catch_up(code)
        again = await whole.submit(*parts)
        assert again.row.parent_id == first.row.parent_id
        assert again.children[0].case_id == first.children[0].case_id, "this part came back"
        assert again.children[1].case_id != first.children[1].case_id, "this one had not left"
        await all_regions.pass_time(hours=1)
        for child in again.children:
            await agree(burnt, all_regions[child.partner], child.case_id)


@pytest.mark.parametrize("first", [ENSHI, "422801"], ids=["the second handler first", "the first handler first"])
async def test_a_case_that_was_redirected_is_with_its_second_handler_again(tmp_path: Path, first: str) -> None:
    county = "422801"
    async with regions(tmp_path, QIANJIANG, ENSHI, county) as all_regions:
        burnt, second = all_regions[QIANJIANG], all_regions[ENSHI]
        burnt.courier.down.add(county)
        number = await burnt.submit(burnt.a_case(to=county))
        await burnt.act(number, ev.Note("请加急"))
        back_up(burnt, tmp_path / "backup")
        burnt.courier.down.clear()
        moved = await burnt.gateway.queue.redirect(deed(case_id=number), ENSHI, without_asking=False)
        assert moved.changed == 1
        await live_on(all_regions, hours=5)
        await second.act(number, ev.ReceivedByHandler("ES-1"))
        await all_regions.settle_down()
        await burn_down_and_restore(all_regions, burnt, tmp_path / "backup", tmp_path / "again")
        for code in (first, ({ENSHI, county} - {first}).pop()):
            await burnt.gateway.restored.catch_up(code)
            await all_regions.settle_down()
        await live_on(all_regions, hours=5)
        await agree(burnt, second, number)
        row = (await burnt.view(number)).row
        assert (row.partner, row.system, row.standing.state) == (ENSHI, "window", State.WITH_HANDLER)
        assert not await all_regions[county].feed()


async def test_what_a_partner_gives_back_counts_only_where_it_proves(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI, XIANGXI) as all_regions:
        burnt, partner, other = (all_regions[code] for code in (QIANJIANG, ENSHI, XIANGXI))
        back_up(burnt, tmp_path / "backup")
        number = await burnt.submit(burnt.a_case(to=ENSHI))
        foreign = await other.submit(other.a_case(to=ENSHI))
        await all_regions.settle_down()
        await burn_down_and_restore(all_regions, burnt, tmp_path / "backup", tmp_path / "again")
        true = burnt.courier.get_envelopes

        async def forged(*args: object, **kwargs: object) -> HandedOut:
            out = await true(*args, **kwargs)  # type: ignore[arg-type]
            [(strange,)] = await rows(other, "SELECT object_id FROM bodies WHERE sender = :us", us=XIANGXI)
            theirs = await other.gateway.database.read(
                lambda tx: bodies.fetch(tx, other.gateway.vault, XIANGXI, str(strange))
            )
            altered = tuple(one[:80] + bytes([one[80] ^ 1]) + one[81:] for one in out.envelopes)
            return HandedOut((*altered, theirs), more=False)

        burnt.courier.get_envelopes = forged  # type: ignore[method-assign]
        back = await burnt.gateway.restored.catch_up(ENSHI)
        assert (back.taken, back.left_out) == (0, 1)
        assert await rows(burnt, "SELECT case_id FROM cases") == []
        said = await rows(burnt, "SELECT outcome FROM audit WHERE act = 'envelope.left_out'")
        assert len(said) == 2, "an altered one and one of a third region"
        assert {number, foreign} == {row[0] for row in await rows(partner, "SELECT case_id FROM cases")}
