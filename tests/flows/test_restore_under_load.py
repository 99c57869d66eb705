"""An hour-old backup taken under load: whatever both sides know of is the same on both again, and nothing is doubled."""

from contextlib import suppress
from pathlib import Path
from random import Random

import pytest

from gateway.case import events as ev
from gateway.case.errors import GatewayError
from gateway.case.kinds import Decision, DocumentKind
from gateway.case.reasons import Reason
from tests.build import a_file, a_material
from tests.flows.regions import Region, Regions, regions
from tests.flows.restored_build import agree, back_up, burn_down_and_restore, evidence_of, rows

ENSHI, QIANJIANG = "422800", "500114"
HANDLER_ACTS = (
    ev.ReceivedByHandler("号"),
    ev.Accepted("受理号"),
    ev.Note("材料已收到"),
    ev.Decided(Decision.GRANTED, "准予号"),
)
ORIGIN_ACTS = (ev.Note("请加急"), ev.Note("申请人来电"), ev.Withdrawn())


class Traffic:
    """Two regions at work: cases, files and events both ways, calls and answers lost now and then."""

    def __init__(self, all_regions: Regions, seed: int) -> None:
        self.regions = all_regions
        self.sides = [all_regions[QIANJIANG], all_regions[ENSHI]]
        self.chance = Random(seed)
        self.acknowledged: dict[str, list[str]] = {QIANJIANG: [], ENSHI: []}

    async def steps(self, count: int) -> None:
        for _ in range(count):
            ours, theirs = self.chance.sample(self.sides, 2)
            await self.chance.choice((self.submit, self.submit, self.act, self.act, self.act, self.carry))(ours, theirs)
            self.regions.clock.pass_time(seconds=self.chance.randrange(1, 40))

    async def submit(self, ours: Region, theirs: Region) -> None:
        materials = ()
        if self.chance.random() < 0.3:
            content = self.chance.randbytes(self.chance.randrange(1, 100_000))
            await ours.upload(content)
            materials = (a_material("m1", a_file(content)),)
        self.acknowledged[ours.code].append(await ours.submit(ours.a_case(to=theirs.code, materials=materials)))

    async def act(self, ours: Region, theirs: Region) -> None:
        known = await rows(ours, "SELECT case_id, party FROM cases ORDER BY case_id")
        if not known:
            return
        number, party = self.chance.choice(known)
        happening = self.chance.choice(HANDLER_ACTS if party == "handler" else ORIGIN_ACTS)
        documents = ()
        if isinstance(happening, ev.Accepted) and self.chance.random() < 0.5:
            notice = self.chance.randbytes(5_000)
            await ours.upload(notice)
            documents = (ev.Document(DocumentKind.ACCEPTANCE_NOTICE, "受理通知书", "号", a_file(notice)),)
        with suppress(GatewayError):  # what the lifecycle does not allow now
            await ours.act(str(number), happening, documents=documents)

    async def carry(self, ours: Region, theirs: Region) -> None:
        ours.courier.lose_answers = self.chance.random() < 0.2
        if self.chance.random() < 0.8:
            await self.regions.carry(ours)
        ours.courier.lose_answers = False


@pytest.mark.parametrize("seed", range(6))
async def test_both_sides_agree_again_and_only_what_was_never_handed_over_is_gone(tmp_path: Path, seed: int) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as all_regions:
        traffic = Traffic(all_regions, seed)
        await traffic.steps(60)
        burnt, partner = all_regions[QIANJIANG], all_regions[ENSHI]
        back_up(burnt, tmp_path / "backup")
        in_backup = set(traffic.acknowledged[QIANJIANG])
        all_regions.clock.pass_time(minutes=20)
        await traffic.steps(120)
        known_there = {row[0] for row in await rows(partner, "SELECT case_id FROM cases")}
        owed_before = await rows(partner, "SELECT COUNT(*) FROM inbox")

        await burn_down_and_restore(all_regions, burnt, tmp_path / "backup", tmp_path / "again")
        await all_regions.carry(partner)
        assert await rows(partner, "SELECT COUNT(*) FROM inbox") == owed_before, "nothing new leaves before"
        back = await burnt.gateway.restored.catch_up(ENSHI)
        assert back.taken > 10
        assert back.left_out == 0
        for _ in range(8):
            await all_regions.pass_time(hours=1)

        here = {str(row[0]) for row in await rows(burnt, "SELECT case_id FROM cases")}
        there = {str(row[0]) for row in await rows(partner, "SELECT case_id FROM cases")}
        assert known_there <= here, "everything the partner knows is here again"
        assert here == there, "and the other way round"
        lost = set(traffic.acknowledged[QIANJIANG]) - here
        assert lost == set(traffic.acknowledged[QIANJIANG]) - known_there - in_backup, "the window is what never left"
        assert set(traffic.acknowledged[ENSHI]) <= here
        for number in here:
            await agree(burnt, partner, number)
        for side in (burnt, partner):
            assert await rows(side, "SELECT envelope_id, last_reason FROM outbox WHERE settled_at IS NULL") == []
            assert await rows(side, "SELECT case_id FROM events WHERE standing IN ('held', 'pending')") == []
        assert await evidence_of(burnt) == await evidence_of(partner), "the same bytes are evidence on both sides"

        await traffic.steps(60)
        for _ in range(8):
            await all_regions.pass_time(hours=1)
        for row in await rows(burnt, "SELECT case_id FROM cases"):
            await agree(burnt, partner, str(row[0]))
        assert await evidence_of(burnt) == await evidence_of(partner)


async def test_a_catch_up_that_is_cut_off_goes_on_and_doubles_nothing(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as all_regions:
        traffic = Traffic(all_regions, 77)
        burnt, partner = all_regions[QIANJIANG], all_regions[ENSHI]
        await traffic.steps(10)
        back_up(burnt, tmp_path / "backup")
        await traffic.steps(150)
        await all_regions.settle_down()
        await burn_down_and_restore(all_regions, burnt, tmp_path / "backup", tmp_path / "again")
        calls = 0
        inner = burnt.courier.get_envelopes

        async def cut(*args: object, **kwargs: object) -> object:
            nonlocal calls
            calls += 1
            if calls == 2:
                burnt.courier.down.add(ENSHI)
            return await inner(*args, **kwargs)

        burnt.courier.get_envelopes = cut  # type: ignore[method-assign,assignment]
        with pytest.raises(GatewayError) as away:
            await burnt.gateway.restored.catch_up(ENSHI)
        assert away.value.reason is Reason.PARTNER_UNREACHABLE
        some = len(await rows(burnt, "SELECT 1 FROM audit WHERE act = 'envelope.taken_back'"))
        assert some > 0
        await all_regions.reopen(burnt)
        with pytest.raises(GatewayError) as refused:
            await burnt.submit(burnt.a_case(to=ENSHI))
        assert refused.value.reason is Reason.CATCHING_UP, "after another start as well"
        burnt.courier.down.clear()
        back = await burnt.gateway.restored.catch_up(ENSHI)
        taken = await rows(
            burnt, "SELECT COUNT(*), COUNT(DISTINCT detail) FROM audit WHERE act = 'envelope.taken_back'"
        )
        assert taken == [(back.taken, back.taken)], "of both attempts together"
        assert back.taken > some
        await all_regions.pass_time(hours=1)
        for row in await rows(partner, "SELECT case_id FROM cases"):
            await agree(burnt, partner, str(row[0]))
        assert await evidence_of(burnt) == await evidence_of(partner)
