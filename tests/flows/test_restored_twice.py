"""A gateway that is restored a second time: from the same backup, or from one that was taken before it had caught up."""

from pathlib import Path

from gateway.store import incarnation
from tests.flows.regions import Region, regions
from tests.flows.restored_build import agree, back_up, burn_down_and_restore, rows

ENSHI, QIANJIANG = "422800", "500114"


async def given_up(region: Region, partner: str) -> None:
    """The operator ends catching up with a partner."""
    gateway, now = region.gateway, region.clock()
    life = gateway.behind.life
    assert life is not None
    await gateway.database.write(lambda tx: incarnation.note_caught_up(tx, life.id, partner, incarnation.ENDED, 0, now))
    await gateway.behind.look(gateway.database)


async def test_two_lives_from_one_backup_tell_nothing_at_the_same_position(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as both:
        origin, handler = both[QIANJIANG], both[ENSHI]
        await origin.submit(origin.a_case(to=ENSHI))
        await both.settle_down()
        back_up(handler, tmp_path / "backup")
        told: list[int] = []
        for life, cases in (("one", 3), ("two", 1)):
            both.clock.pass_time(minutes=1)
            await burn_down_and_restore(both, handler, tmp_path / "backup", tmp_path / life)
            await given_up(handler, QIANJIANG)
            confirmed = max(told, default=0)
            for _ in range(cases):
                await origin.submit(origin.a_case(to=ENSHI))
            await both.settle_down()
            now_told = [item.position for item in await handler.gateway.looking.read_feed("window", confirmed, 100)]
            assert len(now_told) >= cases, "a system that reads on from where it stood misses nothing"
            told += now_told
        assert len(told) == len(set(told))


async def test_what_a_life_lacked_when_it_was_backed_up_the_next_one_fetches_as_well(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as both:
        origin, handler = both[QIANJIANG], both[ENSHI]
        back_up(origin, tmp_path / "first")
        both.clock.pass_time(hours=1)
        number = await origin.submit(origin.a_case(to=ENSHI))
        await both.settle_down()
        await burn_down_and_restore(both, origin, tmp_path / "first", tmp_path / "one")
        both.clock.pass_time(days=40)  # the partner could not be asked in all that time
        back_up(origin, tmp_path / "second")
        both.clock.pass_time(hours=1)
        await burn_down_and_restore(both, origin, tmp_path / "second", tmp_path / "two")
        back = await origin.gateway.restored.catch_up(ENSHI)
        assert (back.taken, back.left_out) == (1, 0)
        await agree(origin, handler, number)
        since = await origin.gateway.database.read(lambda tx: incarnation.behind_since(tx, ENSHI))
        assert since is None
        assert len(await rows(origin, "SELECT id FROM incarnation")) == 3
