"""A key of ours is stolen: what waits goes in new envelopes, and receipts given before can be proven all the same."""

from datetime import timedelta
from pathlib import Path

from gateway.case.states import State
from gateway.flows.keys.deciding import Deciding
from gateway.flows.keys.hearing import hear
from gateway.flows.keys.resealing_denied import ResealingDenied
from gateway.store import outbox
from gateway.trust.keys import new_key, save_key
from gateway.trust.suites import P256, KeyUse, SigningKey
from tests.flows.regions import Region, Regions, regions

ENSHI, QIANJIANG = "422800", "500114"


async def another_key(all_regions: Regions, of: Region, at: Region) -> tuple[SigningKey, SigningKey]:
    """A region puts its next seal key in force, and the other approves it; the old and the new one."""
    old = of.gateway.papers.seal_key(all_regions.clock())
    new = new_key(KeyUse.SEAL, P256, now=all_regions.clock())
    save_key(of.settings.keys, new)
    await read_keys(of)
    partner = at.gateway.registry.current().of(of.code)
    assert partner
    said = await of.gateway.describe(at.code)
    now, keys = all_regions.clock(), at.gateway.keys_of(of.code)
    await at.gateway.database.write(lambda tx: hear(tx, said.next_keys_sealed, partner, keys, now))
    await Deciding(at.gateway.going_live).approve(of.code, (new.kid,), "tester")
    return old, new


async def read_keys(region: Region) -> None:
    for _ in range(2):
        await region.gateway.papers.look()


async def deny(region: Region, key: SigningKey) -> None:
    text = f"keys:\n  - {{kid: '{key.kid}', reason: 失窃, since: 2020-01-01}}\n"
    (region.settings.home / "revoked.yaml").write_text(text, encoding="utf-8")
    await region.gateway.denying.look(at_once=True)


def resealing(region: Region) -> ResealingDenied:
    gateway = region.gateway
    return ResealingDenied(gateway.queue.asking, gateway.papers.denied_kids, gateway.signals.wake)


async def test_what_waits_is_sealed_anew_and_arrives_once(tmp_path: Path) -> None:
    async with regions(tmp_path, ENSHI, QIANJIANG) as every:
        here, there = every[QIANJIANG], every[ENSHI]
        here.courier.down.add(ENSHI)
        cases = [await here.submit(here.a_case(ENSHI)) for _ in range(3)]
        old, new = await another_key(every, here, there)
        await deny(here, old)
        await deny(there, old)
        round_ = resealing(here)
        assert not await round_.look(), "the partner is away: nothing is known of what it has"
        here.courier.down.clear()
        assert await round_.look()
        assert not await round_.look(), "nothing is left"
        every.clock.pass_time(minutes=30)
        await every.settle_down()
        for case in cases:
            assert await here.state(case) is State.AWAITING_SIGN_OFF
            assert await there.state(case) is State.AWAITING_SIGN_OFF
            rows = await here.gateway.database.read(lambda tx, case=case: outbox.of_case(tx, case))
            assert [row.outcome for row in rows] == [outbox.GIVEN_UP, outbox.ACCEPTED]
        assert here.gateway.papers.seal_key(every.clock()).kid == new.kid


async def test_what_arrived_before_is_settled_by_its_first_receipt_and_not_sealed_anew(tmp_path: Path) -> None:
    async with regions(tmp_path, ENSHI, QIANJIANG) as every:
        here, there = every[QIANJIANG], every[ENSHI]
        here.courier.lose_answers = True
        case = await here.submit(here.a_case(ENSHI))
        await every.carry(here)
        here.courier.lose_answers = False
        old, _ = await another_key(every, here, there)
        await deny(here, old)
        await deny(there, old)
        await resealing(here).look()
        (row,) = await here.gateway.database.read(lambda tx: outbox.of_case(tx, case))
        assert row.outcome == outbox.ACCEPTED
        assert await here.state(case) is State.AWAITING_SIGN_OFF


async def test_a_receipt_whose_key_was_denied_meanwhile_is_sealed_once_more_and_says_the_same(tmp_path: Path) -> None:
    async with regions(tmp_path, ENSHI, QIANJIANG) as every:
        here, there = every[QIANJIANG], every[ENSHI]
        here.courier.lose_answers = True
        case = await here.submit(here.a_case(ENSHI))
        await every.carry(here)
        here.courier.lose_answers = False
        old, _ = await another_key(every, there, here)
        await deny(there, old)
        await deny(here, old)
        every.clock.pass_time(minutes=30)
        await every.settle_down()
        (row,) = await here.gateway.database.read(lambda tx: outbox.of_case(tx, case))
        assert row.outcome == outbox.ACCEPTED
        assert row.settled_at
        assert row.settled_at - row.owed_at < timedelta(hours=1)
