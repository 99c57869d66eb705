"""Keys change while two gateways work: announced, approved by a person, switched to, and nothing is lost or doubled."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from gateway.case.days import day_in_china
from gateway.case.errors import GatewayError
from gateway.case.reasons import Reason
from gateway.partners.check import check_folder
from gateway.settings import load_divisions
from gateway.store import announced_keys, audit
from gateway.store.announced_keys import Standing
from gateway.trust.keys import save_key
from gateway.trust.suites import KeyUse
from tests.faults.waiting import lapse, until
from tests.flows.keys_build import ENSHI, QIANJIANG, WITHIN, Pair, a_pair, in_force, next_keys, read_by


class Load:
    """黔江 hands in case after case until it is told to stop."""

    def __init__(self, pair: Pair) -> None:
        self.pair = pair
        self.cases: list[str] = []
        self.open = True

    async def run(self) -> None:
        while self.open:
            self.cases.append(await self.pair.qianjiang.submit(f"K-{len(self.cases)}"))

    async def more(self, count: int) -> None:
        wanted = len(self.cases) + count
        await until(lambda: len(self.cases) >= wanted, WITHIN, "more cases handed in")

    async def arrived(self) -> list[str]:
        """The cases 恩施 holds, once 黔江 owes nothing."""
        here, there = self.pair.qianjiang.gateway, self.pair.enshi.gateway

        async def owed() -> int:
            row = await here.database.read(lambda tx: tx.row("SELECT COUNT(*) FROM outbox WHERE settled_at IS NULL"))
            return row[0] if row else -1

        async with asyncio.timeout(WITHIN):
            while await owed():
                await lapse(0.05)
        return [row[0] for row in await there.database.read(lambda tx: tx.rows("SELECT case_id FROM cases"))]


async def test_keys_of_both_uses_change_under_load_and_no_case_is_lost_or_doubled(tmp_path: Path) -> None:
    async with a_pair(tmp_path) as pair:
        load = Load(pair)
        task = asyncio.create_task(load.run())
        try:
            await load.more(5)
            new = {side.code: next_keys(side, in_seconds=4.0) for side in (pair.qianjiang, pair.enshi)}
            for side, other in ((pair.qianjiang, pair.enshi), (pair.enshi, pair.qianjiang)):
                await read_by(other, new[other.code])
                await side.ask(other)
                kids = tuple(key.kid for key in new[other.code].values())
                assert {row.kid for row in await side.deciding.waiting()} == set(kids)
                done = await side.deciding.approve(other.code, kids, "tester")
                assert done.version == 2
                assert set(kids) <= {key.kid for key in side.partner(other).keys}
            await load.more(5)
            for keys in new.values():
                await in_force(keys)
            await load.more(10)
        finally:
            load.open = False
            await task
        arrived = await load.arrived()
        assert sorted(arrived) == sorted(load.cases), "every case once"

        seal = {code: keys[KeyUse.SEAL].kid for code, keys in new.items()}
        envelopes = await pair.enshi.kids_on_bodies("envelope", QIANJIANG)
        assert seal[QIANJIANG] == envelopes[-1][0], "the new key seals"
        assert len(envelopes[-1]) == 2, "the old one beside it"
        assert seal[QIANJIANG] not in envelopes[0]
        receipts = await pair.qianjiang.kids_on_bodies("receipts", ENSHI)
        assert receipts[-1][0] == seal[ENSHI]
        assert pair.qianjiang.gateway.papers.token_keys(pair.qianjiang.gateway.world.clock())[0].kid == (
            new[QIANJIANG][KeyUse.TOKEN].kid
        )
        notes = await pair.enshi.gateway.database.read(lambda tx: audit.about(tx, QIANJIANG))
        assert {(note.actor, note.act) for note in notes} >= {
            ("region:500114", "keys.announce"),
            ("staff:tester", "keys.approved"),
        }


async def test_a_partner_that_has_not_approved_goes_on_believing_by_the_key_it_knows(tmp_path: Path) -> None:
    async with a_pair(tmp_path) as pair:
        await pair.qianjiang.submit("before")
        new = next_keys(pair.qianjiang, in_seconds=0)
        await read_by(pair.qianjiang, new)
        load = Load(pair)
        load.cases.append(await pair.qianjiang.submit("after"))
        assert set(load.cases) < set(await load.arrived())
        waiting = await _waiting_at_enshi(pair)
        assert {row.standing for row in waiting} == {Standing.WAITING}
        known = {key.kid for key in pair.enshi.partner(pair.qianjiang).keys}
        assert not known & {key.kid for key in new.values()}, "nothing is trusted by itself"


async def _waiting_at_enshi(pair: Pair) -> list[announced_keys.AnnouncedRow]:
    await pair.enshi.ask(pair.qianjiang)
    return await pair.enshi.deciding.waiting()


async def test_approval_leaves_everything_else_of_the_file_as_it_was(tmp_path: Path) -> None:
    async with a_pair(tmp_path) as pair:
        file = pair.enshi.file_of(pair.qianjiang)
        before = file.read_text(encoding="utf-8")
        new = next_keys(pair.qianjiang, in_seconds=3600)
        await read_by(pair.qianjiang, new)
        (first, _) = await _waiting_at_enshi(pair)
        await pair.enshi.deciding.approve(QIANJIANG, (first.kid[:8],), "tester")
        after = file.read_text(encoding="utf-8")
        added = [line for line in after.splitlines() if line not in before.splitlines()]
        assert set(before.splitlines()) <= set(after.splitlines())
        assert any("tester: tongban keys approve 500114" in line for line in added)
        checked = check_folder(pair.enshi.settings.partners, load_divisions(), ENSHI, day_in_china(datetime.now(UTC)))
        assert checked.is_clean
        with pytest.raises(GatewayError) as caught:
            await pair.enshi.deciding.approve(QIANJIANG, (first.kid,), "tester")
        assert caught.value.reason is Reason.KEY_NOT_ANNOUNCED
        await pair.enshi.ask(pair.qianjiang)
        assert [row.kid for row in await pair.enshi.deciding.waiting()] == [
            key.kid for key in new.values() if key.kid != first.kid
        ]


async def test_a_rejected_key_is_not_told_again_and_one_announced_otherwise_is_an_alarm(tmp_path: Path) -> None:
    async with a_pair(tmp_path) as pair:
        new = next_keys(pair.qianjiang, in_seconds=3600)
        await read_by(pair.qianjiang, new)
        kids = tuple(row.kid for row in await _waiting_at_enshi(pair))
        await pair.enshi.deciding.reject(QIANJIANG, kids, "tester")
        assert await _waiting_at_enshi(pair) == []
        seal = new[KeyUse.SEAL]
        assert seal.seal_until
        save_key(pair.qianjiang.settings.keys, replace(seal, seal_until=seal.seal_until - timedelta(days=1)))
        longer = seal.seal_until
        await until(
            lambda: all(
                key.seal_until != longer for key in pair.qianjiang.gateway.papers.keys.keys if key.kid == seal.kid
            ),
            WITHIN,
            "the key read again",
        )
        (changed,) = await _waiting_at_enshi(pair)
        assert (changed.kid, changed.standing) == (seal.kid, Standing.CHANGED)
