"""A gateway that died and starts again goes on where it was; a second one beside it does not start."""

from pathlib import Path

import pytest

from gateway.app.opening import opened
from gateway.case.errors import GatewayError
from gateway.case.reasons import Reason
from gateway.case.states import State
from gateway.flows.delivery.deliver import claim_batch
from tests.flows.regions import a_world, regions

ENSHI, QIANJIANG = "422800", "500114"


async def test_a_second_gateway_on_the_same_folder_does_not_start(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as all_regions:
        origin = all_regions[QIANJIANG]
        second = opened(
            origin.settings,
            a_world(origin.clock, 77),
            courier_of=lambda _: origin.courier,
            assign=lambda _: "",
        )
        with pytest.raises(GatewayError) as refused:
            await second.__aenter__()
        assert refused.value.reason is Reason.ALREADY_RUNNING
        assert str(origin.settings.data) in refused.value.cause.say("zh")


async def test_what_a_dead_process_had_claimed_is_due_at_the_next_start(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as all_regions:
        origin = all_regions[QIANJIANG]
        number = await origin.submit(origin.a_case(to=ENSHI))
        (partner,) = origin.gateway.registry.current()
        claimed = await origin.gateway.database.write(
            lambda tx: claim_batch(tx, partner, origin.gateway.settling, origin.clock())
        )
        assert len(claimed) == 1
        assert (await origin.gateway.deliver(ENSHI)).sent == 0, "nobody else gets it"
        await all_regions.reopen(origin)
        all_regions.clock.pass_time(seconds=31)
        assert (await origin.gateway.deliver(ENSHI)).settled == 1
        assert await origin.state(number) is State.AWAITING_SIGN_OFF


async def test_a_gateway_that_dies_again_and_again_does_not_hammer_its_partner(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as all_regions:
        origin = all_regions[QIANJIANG]
        await origin.submit(origin.a_case(to=ENSHI))
        (partner,) = origin.gateway.registry.current()
        await origin.gateway.database.write(
            lambda tx: claim_batch(tx, partner, origin.gateway.settling, origin.clock())
        )
        await all_regions.reopen(origin)
        assert (await origin.gateway.deliver(ENSHI)).sent == 0, "the rest was written before the flight"


async def test_everything_is_there_after_a_restart(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as all_regions:
        origin, handler = all_regions[QIANJIANG], all_regions[ENSHI]
        number = await origin.submit(origin.a_case(to=ENSHI))
        await all_regions.settle_down()
        before = await handler.view(number)
        await all_regions.reopen(handler)
        assert await handler.view(number) == before
        assert [kind for kind, _ in await handler.feed()] == ["case"]
