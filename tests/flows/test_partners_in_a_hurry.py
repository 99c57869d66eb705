"""A sender above its partner's limits waits as long as it is asked to, loses nothing and counts as no failure."""

from pathlib import Path

from gateway.case.states import State
from gateway.store import peers
from tests.flows.regions import Region, Regions, regions

ENSHI, QIANJIANG = "422800", "500114"


async def bound(theirs: Region, text: str) -> None:
    """The limits that a region's file for its partner states; live as when a person saves the file."""
    (file,) = theirs.settings.partners.glob(f"{QIANJIANG}-*.yaml")
    file.write_text(file.read_text(encoding="utf-8") + text, encoding="utf-8")
    live = theirs.gateway.going_live
    async with live.lock:
        assert await live.look_at((file.name,))


async def taken(theirs: Region, numbers: list[str]) -> int:
    """How many of the cases have arrived."""
    listed = {case_id for _, case_id in await theirs.feed()}
    return len(listed & set(numbers))


async def story(both: Regions, limits: str, *expected: int) -> None:
    ours, theirs = both[QIANJIANG], both[ENSHI]
    await bound(theirs, limits)
    numbers = [await ours.submit(ours.a_case(to=ENSHI)) for _ in range(9)]
    came = []
    for _ in range(len(expected)):
        await both.carry(ours)
        came.append(await taken(theirs, numbers))
        both.clock.pass_time(minutes=1)
    assert came == list(expected)
    peer = await ours.gateway.database.read(lambda tx: peers.find(tx, ENSHI))
    assert (peer.failures, peer.suspect) == (0, False), "who asks us to wait is well"
    for number in numbers:
        assert await ours.state(number) is State.AWAITING_SIGN_OFF
    rows = await theirs.gateway.database.read(lambda tx: tx.row("SELECT COUNT(*) FROM inbox"))
    assert rows == (9,)


async def test_envelopes_above_the_rate_arrive_a_minutes_worth_at_a_time(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI, wires="grpc") as both:
        await story(both, "limits:\n  envelopes_per_minute: 3\n", 3, 6, 9)


async def test_a_batch_above_the_largest_arrives_part_by_part(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI, wires="grpc") as both:
        await story(both, "limits:\n  largest_batch: 4\n", 9)
        parts = await both[ENSHI].gateway.database.read(
            lambda tx: tx.rows("SELECT COUNT(*) FROM inbox GROUP BY batch_id ORDER BY MIN(received_at), batch_id")
        )
        assert sorted(count for (count,) in parts) == [1, 4, 4]
