"""A partner with good keys that lies, errs or stalls: it harms its own cases at most, and never the proof of them."""

import hashlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import pytest

from gateway.case import events as ev
from gateway.case.code.numbers import make_case_number
from gateway.case.errors import GatewayError
from gateway.case.model import Mode
from gateway.case.reasons import Reason
from gateway.case.states import State
from gateway.flows.delivery.courier import Answers, Courier, Manifest, MaterialStanding
from gateway.partners.partner import Partner
from gateway.store import bodies
from gateway.trust.dsse import ENVELOPE_PAYLOAD, RECEIPTS_PAYLOAD
from gateway.wire.codec import problem_of, sealed_from_bytes
from gateway.wire.envelope import EnvelopeAnswer, Outcome, Receipt, Sealed
from gateway.wire.header import header_from_bytes
from tests.build import NOW, a_digest, a_file, a_material
from tests.flows.regions import WINDOW, Region, regions
from tests.flows.test_what_is_refused import an_event, an_open_case, answer_of, sealed_by

ENSHI, QIANJIANG, XIANGXI = "422800", "500114", "433100"


class Lying:
    """A courier whose partner answers as a test wants; everything else goes the true way."""

    def __init__(self, inner: Courier, **lies: Callable[..., Awaitable[object]]) -> None:
        self._inner = inner
        self._lies = lies

    def __getattr__(self, name: str) -> Any:
        return self._lies.get(name) or getattr(self._inner, name)


def lied_to(region: Region, **lies: Callable[..., Awaitable[object]]) -> None:
    region.gateway.courier = Lying(region.courier, **lies)  # type: ignore[assignment]


def told_truly(region: Region) -> None:
    region.gateway.courier = region.courier


def a_receipt(sealed: Sealed, version: int | None) -> Receipt:
    return Receipt(
        envelope_id=header_from_bytes(sealed.payload).envelope_id,
        payload_sha256=hashlib.sha256(sealed.payload).digest(),
        outcome=Outcome.ACCEPTED,
        received_at=NOW,
        case_version=version,
        refusal=None,
    )


def signed(handler: Region, batch_id: str, sealed: Sequence[Sealed], versions: Sequence[int | None]) -> Answers:
    """Receipts as a handler that obeys nobody would seal them."""
    receipts = tuple(a_receipt(one, version) for one, version in zip(sealed, versions, strict=True))
    made = handler.gateway.sealer.receipts(batch_id, QIANJIANG, receipts, handler.clock())
    return Answers((made.sealed,), tuple(EnvelopeAnswer(receipt.envelope_id, 0, None) for receipt in receipts))


def receipting(handler: Region, *versions: int | None) -> Callable[..., Awaitable[Answers]]:
    async def deliver(_: Partner, envelopes: Sequence[bytes]) -> Answers:
        sealed = [sealed_from_bytes(one) for one in envelopes]
        return signed(handler, handler.gateway.world.new_id(), sealed, versions)

    return deliver


async def kept(region: Region, sender: str, object_id: str) -> str:
    """The payload type of what a region keeps under an id."""
    sealed = await region.gateway.database.read(lambda tx: bodies.fetch(tx, region.gateway.vault, sender, object_id))
    return sealed_from_bytes(sealed).payload_type


async def audited(region: Region, act: str) -> list[str]:
    rows = await region.gateway.database.read(
        lambda tx: list(tx.rows("SELECT outcome FROM audit WHERE act = :act ORDER BY position", {"act": act}))
    )
    return [str(row[0]) for row in rows]


@pytest.mark.parametrize("version", [None, 1, 2])
async def test_a_receipt_with_an_impossible_version_is_not_believed_and_the_flight_goes_on(
    tmp_path: Path, version: int | None
) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as all_regions:
        number, other = await an_open_case(all_regions), await an_open_case(all_regions)
        origin, enshi = all_regions[QIANJIANG], all_regions[ENSHI]
        await enshi.act(number, ev.ReceivedByHandler("ES-1"))
        await all_regions.settle_down()
        await origin.act(number, ev.Note("一"))
        await origin.act(other, ev.Note("二"))
        lied_to(origin, deliver=receipting(enshi, version, 2))
        assert (await origin.gateway.deliver(ENSHI)).settled == 1, "version 2 of the first case is the handler's"
        assert await origin.story(other) == [(1, "opened"), (2, "Note")]
        assert await origin.story(number) == [(1, "opened"), (2, "ReceivedByHandler")]
        assert await audited(origin, "receipt.rejected") == ["case_version"]
        told_truly(origin)
        await all_regions.pass_time(minutes=2)
        assert await origin.story(number) == [(1, "opened"), (2, "ReceivedByHandler"), (3, "Note")]


async def test_a_version_given_to_two_events_of_one_flight_counts_once(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as all_regions:
        number = await an_open_case(all_regions)
        origin, enshi = all_regions[QIANJIANG], all_regions[ENSHI]
        await origin.act(number, ev.Note("一"))
        await origin.act(number, ev.Note("二"))
        lied_to(origin, deliver=receipting(enshi, 2, 2))
        assert (await origin.gateway.deliver(ENSHI)).settled == 1
        assert await origin.story(number) == [(1, "opened"), (2, "Note")]


async def test_a_receipt_that_could_not_be_kept_as_proof_settles_nothing(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as all_regions:
        number = await an_open_case(all_regions)
        origin, enshi = all_regions[QIANJIANG], all_regions[ENSHI]
        taken = sealed_by(enshi, an_event(enshi, ev.Note("占号")), to=QIANJIANG, case_id=number, version=2)
        assert await answer_of(origin, enshi, taken) == ""
        await origin.act(number, ev.Note("一"))

        async def deliver(_: Partner, envelopes: Sequence[bytes]) -> Answers:
            return signed(enshi, taken.object_id, [sealed_from_bytes(one) for one in envelopes], [3])

        lied_to(origin, deliver=deliver)
        assert (await origin.gateway.deliver(ENSHI)).settled == 0
        assert await kept(origin, ENSHI, taken.object_id) == ENVELOPE_PAYLOAD
        assert await audited(origin, "receipt.rejected") == ["batch_id"]


async def test_two_batches_of_one_answer_under_one_id_are_not_both_believed(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as all_regions:
        numbers = [await an_open_case(all_regions) for _ in range(2)]
        origin, enshi = all_regions[QIANJIANG], all_regions[ENSHI]
        for number in numbers:
            await origin.act(number, ev.Note("一"))
        batch_id = enshi.gateway.world.new_id()

        async def deliver(_: Partner, envelopes: Sequence[bytes]) -> Answers:
            both = [signed(enshi, batch_id, [sealed_from_bytes(one)], [2]) for one in envelopes]
            return Answers(tuple(one.receipt_batches[0] for one in both), tuple(one.answers[0] for one in both))

        lied_to(origin, deliver=deliver)
        flight = await origin.gateway.deliver(ENSHI)
        assert flight.settled == 1
        assert flight.error
        assert flight.error.reason is Reason.PARTNER_ANSWER
        assert await kept(origin, ENSHI, batch_id) == RECEIPTS_PAYLOAD


async def test_an_envelope_under_the_id_of_a_receipt_batch_harms_no_other_of_its_call(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as all_regions:
        number = await an_open_case(all_regions)
        origin, enshi = all_regions[QIANJIANG], all_regions[ENSHI]
        (opening,) = (await origin.view(number)).deliveries
        liar = replace(enshi.gateway.sealer, new_id=lambda: opening.batch_id)
        bad = liar.envelope(
            an_event(enshi, ev.Note("一")),
            recipient=QIANJIANG,
            case_id=number,
            sequence=2,
            case_version=3,
            now=enshi.clock(),
        )
        good = sealed_by(enshi, an_event(enshi, ev.Note("二")), to=QIANJIANG, case_id=number, version=2)
        answers = (
            await origin.gateway.receive([sealed_from_bytes(bad.sealed), sealed_from_bytes(good.sealed)], ENSHI)
        ).answers
        assert answers[0].problem
        assert answers[0].problem.reason == "ENVELOPE_ID_CONFLICT"
        assert answers[1].receipt_batch_index == 0
        assert await origin.story(number) == [(1, "opened"), (2, "Note")]


async def test_a_partner_that_has_every_file_and_misses_them_all_the_same_is_not_asked_without_pause(
    tmp_path: Path,
) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as all_regions:
        origin = all_regions[QIANJIANG]
        content = b"scan" * 100
        await origin.upload(content)
        number = await origin.submit(origin.a_case(to=ENSHI, materials=(a_material("m1", a_file(content)),)))
        asked = 0

        async def check_materials(_: Partner, manifest: Manifest) -> tuple[MaterialStanding, ...]:
            nonlocal asked
            asked += 1
            return tuple(MaterialStanding(sha256, True, size, NOW) for sha256, size in manifest.files)

        lied_to(origin, check_materials=check_materials)
        for _ in range(20):
            await origin.gateway.send_materials(ENSHI)
            await origin.gateway.deliver(ENSHI)
        assert asked == 2
        told_truly(origin)
        await all_regions.pass_time(minutes=2)
        assert await origin.state(number) is State.AWAITING_SIGN_OFF, "and no longer than its back-off is lost"


async def test_a_partner_that_calls_everything_expired_is_not_sent_new_envelopes_without_pause(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as all_regions:
        number = await an_open_case(all_regions)
        origin, enshi = all_regions[QIANJIANG], all_regions[ENSHI]
        await enshi.act(number, ev.ReceivedByHandler("ES-1"))

        async def deliver(_: Partner, envelopes: Sequence[bytes]) -> Answers:
            expired = problem_of(GatewayError(Reason.EXPIRED, expires_at=""))
            receipts = [a_receipt(sealed_from_bytes(one), None) for one in envelopes]
            refusals = tuple(replace(one, outcome=Outcome.REFUSED, refusal=expired) for one in receipts)
            batch_id = origin.gateway.world.new_id()
            made = origin.gateway.sealer.receipts(batch_id, ENSHI, refusals, origin.clock())
            return Answers((made.sealed,), tuple(EnvelopeAnswer(one.envelope_id, 0, None) for one in refusals))

        lied_to(enshi, deliver=deliver)
        flights = [(await enshi.gateway.deliver(QIANJIANG)).sent for _ in range(5)]
        assert flights == [1, 0, 0, 0, 0]
        told_truly(enshi)
        await all_regions.pass_time(hours=1)
        assert await origin.story(number) == [(1, "opened"), (2, "ReceivedByHandler")]


async def test_what_one_partner_leaves_unanswered_hides_nothing_that_others_never_saw(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI, XIANGXI) as all_regions:
        origin = all_regions[QIANJIANG]
        origin.gateway.world = replace(origin.gateway.world, draw=Random(1).randrange)
        origin.courier.down |= {ENSHI, XIANGXI}
        for _ in range(64):
            await origin.submit(origin.a_case(to=ENSHI))
        number = await origin.submit(origin.a_case(to=XIANGXI))
        all_regions.clock.pass_time(days=16)
        origin.courier.down.discard(XIANGXI)
        assert (await origin.gateway.sweep()).given_up == 1
        assert await origin.state(number) is State.UNDELIVERABLE


async def test_a_file_that_cannot_be_pulled_holds_up_its_own_case_only(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI, collects=(ENSHI,)) as all_regions:
        origin, enshi = all_regions[QIANJIANG], all_regions[ENSHI]
        content = b"scan" * 100
        await origin.upload(content)
        broken = await origin.submit(origin.a_case(to=ENSHI, materials=(a_material("m1", a_file(content)),)))
        whole = await origin.submit(origin.a_case(to=ENSHI))
        await origin.gateway.files.drop(a_digest(content))
        collector = enshi.gateway.collector()
        assert await collector.collect(QIANJIANG, 0) == 2
        assert await enshi.state(whole) is State.AWAITING_SIGN_OFF
        with pytest.raises(GatewayError) as unknown:
            await enshi.state(broken)
        assert unknown.value.reason is Reason.CASE_UNKNOWN


async def test_a_partner_announces_a_file_again_in_its_true_size(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as all_regions:
        number = await an_open_case(all_regions)
        enshi, content = all_regions[ENSHI], b"scan" * 100
        case = (await enshi.view(number)).case
        offsets = []
        for size in (len(content) - 1, len(content)):
            manifest = Manifest(
                number,
                case.item.basic_code,
                case.mode,
                case.origin.division,
                case.handler.division,
                ((a_digest(content), size),),
            )
            (standing,) = await enshi.gateway.transfer.check_materials(QIANJIANG, manifest)
            offsets.append(standing.offset)
        put = await enshi.gateway.transfer.put_material(QIANJIANG, number, a_digest(content), 0, whole(content))
        assert (offsets, put.complete, put.offset) == ([0, 0], True, len(content))


async def whole(content: bytes) -> Any:
    yield content


async def test_announcing_files_does_not_tell_whether_a_case_of_others_is_here(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI, XIANGXI) as all_regions:
        number = await an_open_case(all_regions)
        enshi = all_regions[ENSHI]
        case = (await enshi.view(number)).case
        absent = make_case_number(QIANJIANG, enshi.clock(), lambda n: 5 % n)
        for case_id in (number, absent):
            manifest = Manifest(
                case_id, case.item.basic_code, case.mode, WINDOW[XIANGXI], WINDOW[ENSHI], ((a_digest(b"x"), 1),)
            )
            with pytest.raises(GatewayError) as refused:
                await enshi.gateway.transfer.check_materials(XIANGXI, manifest)
            assert refused.value.reason is Reason.NOT_A_PARTY


async def test_announcing_files_under_something_that_is_no_number_is_refused_as_that(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as all_regions:
        manifest = Manifest(
            "../../etc", "000120011000", Mode.ENTRUSTED, WINDOW[QIANJIANG], WINDOW[ENSHI], (("0" * 64, 1),)
        )
        with pytest.raises(GatewayError) as refused:
            await all_regions[ENSHI].gateway.transfer.check_materials(QIANJIANG, manifest)
        assert refused.value.reason is Reason.CASE_NUMBER
