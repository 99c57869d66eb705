"""Whatever a partner answers, an envelope is not tried hot for ever, and when the cause is gone its case ends right on both sides."""

from pathlib import Path

import pytest

from gateway.case import events as ev
from gateway.case.reasons import ROWS, Answer, Reason
from gateway.case.states import State
from gateway.flows.delivery.parking import PERSON_AFTER, SAME_AFTER
from gateway.store import events as event_store
from gateway.store import inbox, possessions
from gateway.store.database import Transaction
from gateway.store.queue import PARKED
from gateway.wire.header import Header
from tests.build import a_file, a_material
from tests.flows.queue_build import (
    ENSHI,
    QIANJIANG,
    Objection,
    live_on,
    look_after,
    objecting,
    owed_in,
    standing_of,
)
from tests.flows.regions import Region, Regions, regions

NEWER = "REASON_OF_NEXT_YEAR"
WORDS = [*(reason.value for reason in Reason), NEWER]
OBJECTIONS = [Objection(word, answer) for word in WORDS for answer in Answer]
"""Every reason with every class: a partner may classify wrongly, and may know reasons we do not."""
FINALS = [reason for reason, row in ROWS.items() if row.answer is Answer.FINAL]
SCAN = bytes(range(256)) * 512


class Objecting:
    """Objects to one envelope of each case, as long as `on`."""

    def __init__(self, sequence: int) -> None:
        self.of_case: dict[str, Objection] = {}
        self.sequence = sequence
        self.on = True

    def __call__(self, header: Header) -> Objection | None:
        return self.of_case.get(header.case_id) if self.on and header.sequence == self.sequence else None


async def an_open_case(all_regions: Regions) -> str:
    origin = all_regions[QIANJIANG]
    number = await origin.submit(origin.a_case(to=ENSHI))
    await all_regions.settle_down()
    return number


async def same_on_both_sides(origin: Region, handler: Region, number: str) -> bool:
    return await origin.story(number) == await handler.story(number) and (
        await origin.state(number) is await handler.state(number)
    )


async def assert_parked(region: Region, objecting_to: Objecting, tried: dict[str, int]) -> None:
    for number, said in objecting_to.of_case.items():
        (one, *_) = await standing_of(region, number)
        assert one.kept_back == PARKED, (said, one)
        hot = SAME_AFTER + 24 if said.answer is Answer.RETRIABLE else PERSON_AFTER
        assert tried.get(one.envelope_id, 0) <= hot + 4, (said, "tried hot")


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("kind", ["opening", "event of the origin", "event of the handler"])
async def test_every_answer_parks_and_after_its_cause_the_case_ends_right_on_both_sides(
    tmp_path: Path, kind: str
) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as all_regions:
        origin, handler = all_regions[QIANJIANG], all_regions[ENSHI]
        sender = handler if kind == "event of the handler" else origin
        courier = objecting(all_regions, sender)
        against = Objecting(2 if kind == "event of the origin" else 1)
        courier.objects = against
        for said in OBJECTIONS:
            if kind == "opening":
                number = await origin.submit(origin.a_case(to=ENSHI))
            else:
                number = await an_open_case(all_regions)
                await sender.act(number, ev.Note("请看"))
            against.of_case[number] = said
        await live_on(all_regions, hours=60, every=2)
        await assert_parked(sender, against, courier.tried)
        against.on = False
        await live_on(all_regions, hours=26, every=2)
        for number, said in against.of_case.items():
            assert not await owed_in(sender, number), said
            assert await same_on_both_sides(origin, handler, number), said
            assert await origin.state(number) is State.AWAITING_SIGN_OFF, said
            if kind != "opening":
                assert "Note" in [one for _, one in await origin.story(number)], said


async def test_a_signed_refusal_of_the_handlers_event_leaves_no_gap_when_the_origin_understands_it_later(
    tmp_path: Path,
) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as all_regions:
        origin, handler = all_regions[QIANJIANG], all_regions[ENSHI]
        courier = objecting(all_regions, handler)
        against = Objecting(1)
        courier.objects = against
        for reason in FINALS:
            number = await an_open_case(all_regions)
            await handler.act(number, ev.ReceivedByHandler("ES-1"))
            against.of_case[number] = Objection.of(reason, sealed=True)
        await look_after(all_regions)
        for number, said in against.of_case.items():
            if said.reason == "ALREADY_HELD":
                continue  # It says that the event is there.
            (one, *_) = await standing_of(handler, number)
            again = said.reason in {"EXPIRED", "DECLARED_NEVER_SEEN"}
            assert one.kept_back == ("" if again else PARKED), said
        await live_on(all_regions, hours=50, every=2)
        for number, said in against.of_case.items():
            sent = len((await handler.view(number)).deliveries)
            assert sent <= 60, (said, sent)
        against.on = False
        await live_on(all_regions, hours=26, every=2)
        for number, said in against.of_case.items():
            if said.reason == "ALREADY_HELD":
                continue
            assert await origin.state(number) is await handler.state(number) is State.WITH_HANDLER, said
            assert await same_on_both_sides(origin, handler, number), said


async def test_the_first_that_arrives_frees_what_is_parked_for_the_same_cause(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as all_regions:
        origin = all_regions[QIANJIANG]
        courier = objecting(all_regions, origin)
        against = Objecting(1)
        courier.objects = against
        for said in [Objection.of(Reason.SEAL_KEY_UNKNOWN)] * 5:
            against.of_case[await origin.submit(origin.a_case(to=ENSHI))] = said
        await live_on(all_regions, hours=1, every=0.1)
        assert [(await standing_of(origin, one))[0].kept_back for one in against.of_case] == [PARKED] * 5
        before = dict(courier.tried)
        await live_on(all_regions, hours=1, every=0.1)
        assert courier.tried == before, "what is parked is not tried hot"

        # A call of the partner earns one of them a try.
        await origin.gateway.heard_from(ENSHI)
        await all_regions.settle_down()
        assert sum(courier.tried.values()) == sum(before.values()) + 1
        await live_on(all_regions, hours=0.2, every=0.1)
        against.on = False
        await origin.gateway.heard_from(ENSHI)
        await all_regions.settle_down()
        assert [await origin.state(one) for one in against.of_case] == [State.AWAITING_SIGN_OFF] * 5


async def test_a_partner_file_that_changes_earns_one_parked_envelope_of_each_cause_a_try(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as all_regions:
        origin = all_regions[QIANJIANG]
        courier = objecting(all_regions, origin)
        against = Objecting(1)
        courier.objects = against
        for reason in (Reason.SEAL_KEY_UNKNOWN, Reason.SEAL_KEY_UNKNOWN, Reason.WRONG_RECIPIENT):
            against.of_case[await origin.submit(origin.a_case(to=ENSHI))] = Objection.of(reason)
        await live_on(all_regions, hours=1, every=0.1)
        before = sum(courier.tried.values())
        await all_regions.reopen(origin)
        origin.gateway.courier = origin.courier
        await look_after(all_regions)
        assert sum(courier.tried.values()) == before + 2, "this program may be another one"


async def test_an_origin_event_that_is_parked_till_it_expires_gets_its_final_answer(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as all_regions:
        origin, handler = all_regions[QIANJIANG], all_regions[ENSHI]
        courier = objecting(all_regions, origin)
        against = Objecting(2)
        courier.objects = against
        number = await an_open_case(all_regions)
        against.of_case[number] = Objection.of(Reason.WRONG_RECIPIENT)
        await origin.act(number, ev.Note("请看"))
        await live_on(all_regions, hours=7 * 24 - 2, every=2)
        assert (await standing_of(origin, number))[0].kept_back == PARKED
        against.on = False
        all_regions.clock.pass_time(hours=3)
        await look_after(all_regions)
        notes = [one.row for one in (await origin.view(number)).events if one.row.kind == "Note"]
        assert [row.standing for row in notes] == [event_store.REFUSED]
        assert notes[0].reason in {"EXPIRED", "DECLARED_NEVER_SEEN"}
        assert await same_on_both_sides(origin, handler, number)


async def test_an_envelope_whose_id_the_partner_holds_for_something_else_goes_under_another(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as all_regions:
        origin, handler = all_regions[QIANJIANG], all_regions[ENSHI]
        number = await origin.submit(origin.a_case(to=ENSHI))
        (owed,) = await owed_in(origin, number)
        await handler.gateway.database.write(
            lambda tx: inbox.remember(
                tx, QIANJIANG, owed.envelope_id, b"other", inbox.ACCEPTED, "no batch", handler.clock()
            )
        )
        await live_on(all_regions, hours=26, every=0.5)
        assert await origin.state(number) is await handler.state(number) is State.AWAITING_SIGN_OFF
        assert await same_on_both_sides(origin, handler, number)


async def test_an_envelope_that_cannot_be_decrypted_is_parked_and_holds_up_its_own_case_only(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as all_regions:
        origin = all_regions[QIANJIANG]
        broken, whole = [await origin.submit(origin.a_case(to=ENSHI)) for _ in range(2)]
        (owed,) = await owed_in(origin, broken)

        def swap(tx: Transaction) -> None:
            tx.execute(
                "UPDATE bodies SET sealed = CAST(:bytes AS BLOB) WHERE object_id = :id",
                {"bytes": b"\x00" * 64, "id": owed.envelope_id},
            )

        await origin.gateway.database.write(swap)
        await look_after(all_regions)
        (one,) = await standing_of(origin, broken)
        assert one.kept_back == PARKED
        assert await origin.state(whole) is State.AWAITING_SIGN_OFF


@pytest.mark.parametrize("kind", ["opening", "event of the handler"])
async def test_some_answers_of_every_class_have_an_exit(tmp_path: Path, kind: str) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as all_regions:
        origin, handler = all_regions[QIANJIANG], all_regions[ENSHI]
        sender = origin if kind == "opening" else handler
        courier = objecting(all_regions, sender)
        against = Objecting(1)
        courier.objects = against
        for said in OBJECTIONS[::23]:
            number = await (origin.submit(origin.a_case(to=ENSHI)) if kind == "opening" else an_open_case(all_regions))
            if kind != "opening":
                await handler.act(number, ev.Note("请看"))
            against.of_case[number] = said
        await live_on(all_regions, hours=60, every=4)
        await assert_parked(sender, against, courier.tried)
        against.on = False
        await live_on(all_regions, hours=28, every=4)
        for number, said in against.of_case.items():
            assert not await owed_in(sender, number), said
            assert await same_on_both_sides(origin, handler, number), said


async def test_an_envelope_parked_for_its_files_brings_them_again_when_it_is_tried(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as all_regions:
        origin, handler = all_regions[QIANJIANG], all_regions[ENSHI]
        courier = objecting(all_regions, origin)
        against = Objecting(1)
        courier.objects = against
        await origin.upload(SCAN)
        number = await origin.submit(origin.a_case(to=ENSHI, materials=(a_material("m1", a_file(SCAN)),)))
        against.of_case[number] = Objection.of(Reason.MATERIALS_MISSING)
        await live_on(all_regions, hours=60, every=2)
        (one,) = await standing_of(origin, number)
        assert one.kept_back == PARKED
        assert sum(courier.tried.values()) <= 40
        holder = possessions.of_partner(QIANJIANG, number)
        await handler.gateway.database.write(
            lambda tx: tx.execute("DELETE FROM possessions WHERE holder = :holder", {"holder": holder})
        )
        against.on = False
        await live_on(all_regions, hours=26, every=2)
        assert await origin.state(number) is await handler.state(number) is State.AWAITING_SIGN_OFF
