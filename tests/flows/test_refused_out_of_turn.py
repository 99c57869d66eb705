"""Envelopes that arrive when nobody expects them: refused in their turn only, and an event sent anew counts once."""

from collections.abc import Sequence
from pathlib import Path

from gateway.case import events as ev
from gateway.case.states import State
from gateway.store import bodies, outbox
from gateway.store import events as event_store
from gateway.store.database import Transaction
from gateway.wire.codec import sealed_from_bytes
from tests.flows.regions import Region, regions

ENSHI, QIANJIANG = "422800", "500114"


async def envelopes(sender: Region, number: str) -> dict[int, bytes]:
    """The newest envelope of each number of a case, as it is sent."""

    def fetch(tx: Transaction) -> dict[int, bytes]:
        newest = {
            one.sequence: one.envelope_id for one in sorted(outbox.of_case(tx, number), key=lambda one: one.owed_at)
        }
        return {n: bodies.fetch(tx, sender.gateway.vault, sender.code, found) for n, found in newest.items()}

    return await sender.gateway.database.read(fetch)


async def arrive(sender: Region, recipient: Region, sealed: Sequence[bytes]) -> list[str]:
    """Deliver envelopes in this order, unknown to the sender; return what became of each."""
    answers = await recipient.gateway.receive([sealed_from_bytes(one) for one in sealed], sender.code)
    return [answer.problem.reason if answer.problem else "receipt" for answer in answers.answers]


async def test_an_envelope_that_is_too_late_and_out_of_turn_waits_for_its_turn_to_be_refused(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as all_regions:
        origin, handler = all_regions[QIANJIANG], all_regions[ENSHI]
        number = await origin.submit(origin.a_case(to=ENSHI))
        await all_regions.settle_down()
        for text in ("一", "二"):
            await origin.act(number, ev.Note(text))
        all_regions.clock.pass_time(days=8)
        late = await envelopes(origin, number)
        assert await arrive(origin, handler, [late[3]]) == ["PREDECESSOR_MISSING"]
        assert await arrive(origin, handler, [late[2], late[3]]) == ["receipt", "receipt"]
        await all_regions.settle_down()
        refused = [one.row for one in (await origin.view(number)).events if one.row.kind == "Note"]
        assert [(row.standing, row.reason) for row in refused] == [(event_store.REFUSED, "EXPIRED")] * 2

        await origin.act(number, ev.Note("三"))
        await all_regions.settle_down()
        assert await origin.story(number) == await handler.story(number)
        assert [kind for _, kind in await handler.story(number)] == ["opened", "Note"]


async def test_an_event_sent_anew_whose_first_envelope_arrives_after_all_counts_once(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as all_regions:
        origin, handler = all_regions[QIANJIANG], all_regions[ENSHI]
        origin.courier.down.add(ENSHI)
        number = await origin.submit(origin.a_case(to=ENSHI))
        all_regions.clock.pass_time(days=4)
        await origin.act(number, ev.Note("请加急"))
        all_regions.clock.pass_time(days=4)
        origin.courier.down.clear()
        await origin.gateway.sweep()
        assert await origin.state(number) is State.UNDELIVERABLE
        before = await envelopes(origin, number)
        all_regions.clock.pass_time(hours=1)
        await origin.gateway.release(origin.system, number)
        anew = await envelopes(origin, number)
        assert before[2] != anew[2]
        assert await arrive(origin, handler, [anew[1], before[2]]) == ["receipt", "receipt"]

        await all_regions.settle_down()
        assert [kind for _, kind in await origin.story(number)] == ["opened", "Note"]
        assert await origin.story(number) == await handler.story(number)
        told = [kind for kind, _ in await origin.feed()]
        assert told == ["not_handed_over", "receipt", "receipt"]
        assert [kind for kind, _ in await handler.feed()] == ["case", "event"]
        await handler.act(number, ev.ReceivedByHandler())
        await all_regions.settle_down()
        assert await origin.state(number) is State.WITH_HANDLER


async def test_an_event_sent_anew_is_not_ended_by_what_becomes_of_its_first_envelope(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as all_regions:
        origin, handler = all_regions[QIANJIANG], all_regions[ENSHI]
        origin.courier.down.add(ENSHI)
        number = await origin.submit(origin.a_case(to=ENSHI))
        all_regions.clock.pass_time(days=4)
        await origin.act(number, ev.Note("请加急"))
        all_regions.clock.pass_time(days=4)
        origin.courier.down.clear()
        await origin.gateway.sweep()
        await origin.gateway.release(origin.system, number)
        owed = [one for one in (await origin.view(number)).deliveries if one.settled_at is None]
        assert [one.sequence for one in owed] == [1, 2], "one envelope for each number"
        await all_regions.settle_down()
        assert [kind for _, kind in await handler.story(number)] == ["opened", "Note"]
        assert await origin.story(number) == await handler.story(number)
