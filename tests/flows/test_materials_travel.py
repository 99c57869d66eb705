"""Files go before the envelope that names them, from where the last try ended, and count only when they match."""

from pathlib import Path

import pytest

from gateway.case import events as ev
from gateway.case.errors import GatewayError
from gateway.case.kinds import DocumentKind
from gateway.case.reasons import Reason
from gateway.case.states import State
from gateway.store import possessions
from tests.build import a_digest, a_file, a_material
from tests.flows.regions import pieces, regions

ENSHI, QIANJIANG = "422800", "500114"
SCAN = bytes(range(256)) * 4096


@pytest.mark.parametrize("wires", ["direct", "grpc"])
async def test_an_upload_that_breaks_goes_on_where_it_ended(tmp_path: Path, wires: str) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI, wires=wires) as all_regions:
        origin, handler = all_regions[QIANJIANG], all_regions[ENSHI]
        await origin.upload(SCAN)
        number = await origin.submit(origin.a_case(to=ENSHI, materials=(a_material("m1", a_file(SCAN)),)))
        origin.courier.cut_after = 300_000
        await all_regions.settle_down()
        assert await origin.state(number) is State.FORWARDED
        holder = possessions.of_partner(QIANJIANG, number)
        assert await handler.gateway.files.offset(holder, a_digest(SCAN)) == 300_000

        origin.courier.cut_after = None
        await all_regions.pass_time(minutes=5)
        assert await origin.state(number) is State.AWAITING_SIGN_OFF
        size, chunks = await handler.gateway.transfer.give_material(handler.system, a_digest(SCAN))
        assert (size, b"".join([chunk async for chunk in chunks])) == (len(SCAN), SCAN)


async def test_a_case_with_a_file_nobody_uploaded_is_not_taken_and_every_such_file_is_named(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as all_regions:
        origin = all_regions[QIANJIANG]
        materials = (a_material("m1", a_file(b"one")), a_material("m2", a_file(b"two")))
        with pytest.raises(GatewayError) as refused:
            await origin.submit(origin.a_case(to=ENSHI, materials=materials))
        assert refused.value.reason is Reason.BAD_REQUEST
        assert [finding.path for finding in refused.value.findings] == ["materials[0].sha256", "materials[1].sha256"]


async def test_a_file_that_waits_holds_up_its_own_case_only(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as all_regions:
        origin = all_regions[QIANJIANG]
        await origin.upload(SCAN)
        slow = await origin.submit(origin.a_case(to=ENSHI, materials=(a_material("m1", a_file(SCAN)),)))
        quick = await origin.submit(origin.a_case(to=ENSHI))
        assert (await origin.gateway.deliver(ENSHI)).settled == 1
        assert await origin.state(quick) is State.AWAITING_SIGN_OFF
        assert await origin.state(slow) is State.FORWARDED
        await all_regions.settle_down()
        assert await origin.state(slow) is State.AWAITING_SIGN_OFF


async def test_a_decision_document_travels_back_to_the_origin(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as all_regions:
        origin, handler = all_regions[QIANJIANG], all_regions[ENSHI]
        number = await origin.submit(origin.a_case(to=ENSHI))
        await all_regions.settle_down()
        notice = b"%PDF-1.7 notice" * 100
        await handler.upload(notice)
        document = ev.Document(DocumentKind.ACCEPTANCE_NOTICE, "受理通知书", "号", a_file(notice))
        await handler.act(number, ev.ReceivedByHandler())
        await handler.act(number, ev.Accepted("号"), documents=(document,))
        await all_regions.settle_down()
        assert await origin.state(number) is State.ACCEPTED
        size, _ = await origin.gateway.transfer.give_material(origin.system, a_digest(notice))
        assert size == len(notice)


async def test_a_file_is_given_only_to_the_system_that_brought_it_or_has_the_case(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as all_regions:
        origin = all_regions[QIANJIANG]
        await origin.upload(SCAN)
        with pytest.raises(GatewayError) as refused:
            await origin.gateway.transfer.give_material("another", a_digest(SCAN))
        assert refused.value.reason is Reason.MATERIAL_UNKNOWN


async def test_bytes_that_do_not_match_their_digest_are_dropped(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as all_regions:
        transfer = all_regions[QIANJIANG].gateway.transfer
        wrong = b"x" * len(SCAN)
        with pytest.raises(GatewayError) as refused:
            await transfer.take_material("window", a_digest(SCAN), len(SCAN), 0, pieces(wrong))
        assert refused.value.reason is Reason.MATERIAL_DIGEST
        assert not (await transfer.material_state("window", a_digest(SCAN))).complete
        assert (await transfer.material_state("window", a_digest(SCAN))).offset == 0


async def test_files_travel_while_other_envelopes_fly(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as all_regions:
        origin = all_regions[QIANJIANG]
        await origin.upload(SCAN)
        slow = await origin.submit(origin.a_case(to=ENSHI, materials=(a_material("m1", a_file(SCAN)),)))
        await origin.submit(origin.a_case(to=ENSHI))
        carried = []

        async def carry_meanwhile() -> None:
            carried.append(await origin.gateway.send_materials(ENSHI))

        origin.courier.meanwhile = carry_meanwhile
        assert (await origin.gateway.deliver(ENSHI)).settled == 1
        assert carried == [True], "a flight that is under way does not hold the files up"
        assert (await origin.gateway.deliver(ENSHI)).settled == 1
        assert await origin.state(slow) is State.AWAITING_SIGN_OFF
