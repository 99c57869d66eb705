"""Files that take long to go: the other cases of their partner, and other partners, have their turn in between."""

from collections.abc import AsyncIterator
from pathlib import Path

from gateway.case.states import State
from gateway.flows.delivery.courier import MaterialStanding
from gateway.flows.materials.send import send_materials
from gateway.partners.partner import Partner
from gateway.store import outbox
from tests.build import a_file, a_material
from tests.fakes import DirectCourier, UnreliableCourier
from tests.flows.regions import Region, regions

ENSHI, QIANJIANG = "422800", "500114"


class Noting(UnreliableCourier):
    """Notes for which case each file was put."""

    def __init__(self, inner: DirectCourier) -> None:
        super().__init__(inner)
        self.put: list[str] = []

    async def put_material(
        self, partner: Partner, case_id: str, sha256: str, offset: int, chunks: AsyncIterator[bytes]
    ) -> MaterialStanding:
        self.put.append(case_id)
        return await super().put_material(partner, case_id, sha256, offset, chunks)


async def a_turn(region: Region, seconds: float) -> bool:
    """One transfer that may take so long."""
    gateway = region.gateway
    return await send_materials(
        ENSHI,
        database=gateway.database,
        registry=gateway.registry,
        courier=gateway.courier,
        settling=gateway.settling,
        files=gateway.files,
        clock=region.clock,
        wake=gateway.signals.wake,
        seconds=seconds,
    )


async def test_a_case_with_many_files_lets_others_of_its_partner_go_in_between(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as both:
        origin = both[QIANJIANG]
        courier = origin.courier = origin.gateway.courier = Noting(DirectCourier(QIANJIANG, both.gateways))
        scans = [bytes([n]) * 100_000 for n in range(4)]
        for scan in scans:
            await origin.upload(scan)
        many = [a_material(f"m{n}", a_file(scan)) for n, scan in enumerate(scans[:3])]
        large = await origin.submit(origin.a_case(to=ENSHI, materials=tuple(many)))
        both.clock.pass_time(seconds=1)
        small = await origin.submit(origin.a_case(to=ENSHI, materials=(a_material("m1", a_file(scans[3])),)))
        turns = 0
        both.clock.pass_time(seconds=1)
        while await a_turn(origin, 0.0):
            both.clock.pass_time(seconds=1)
            turns += 1
        assert turns == 4
        assert courier.put == [large, small, large, large]
        found = await origin.gateway.database.read(lambda tx: outbox.of_case(tx, large))
        assert [(one.materials_wait, one.tries) for one in found] == [(False, 0)], "no try is counted for a turn"
        await both.settle_down()
        for number in (large, small):
            assert await origin.state(number) is State.AWAITING_SIGN_OFF
        assert len(courier.put) == 4, "what came is not put again"


async def test_with_time_enough_everything_goes_in_one_turn(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as both:
        origin = both[QIANJIANG]
        scans = [bytes([n]) * 100_000 for n in range(3)]
        for scan in scans:
            await origin.upload(scan)
        materials = tuple(a_material(f"m{n}", a_file(scan)) for n, scan in enumerate(scans))
        number = await origin.submit(origin.a_case(to=ENSHI, materials=materials))
        assert await a_turn(origin, 60.0)
        assert not await a_turn(origin, 60.0), "nothing waits any more"
        await both.settle_down()
        assert await origin.state(number) is State.AWAITING_SIGN_OFF
