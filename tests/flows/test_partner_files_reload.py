"""An edited partner file is live without a restart; a wrong edit keeps the last good version."""

import io
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from gateway.app.reloading import Reloading
from gateway.case import events as ev
from gateway.case.errors import GatewayError
from gateway.case.reasons import Reason
from gateway.case.states import State
from gateway.partners.snapshot import Partners
from gateway.telemetry import make_logger
from tests.flows.regions import Region, Regions, regions

ENSHI, QIANJIANG = "422800", "500114"


@dataclass
class Desk:
    """An operator of one region: the file of the other, and what the gateway said of it."""

    all: Regions
    origin: Region
    reloading: Reloading
    file: Path
    log: io.StringIO
    followed: list[Partners]

    async def edit(self, old: str, new: str) -> bool:
        """Save another content and let the gateway look."""
        text = self.file.read_text(encoding="utf-8")
        assert old in text
        self.file.write_text(text.replace(old, new, 1), encoding="utf-8")
        return await self.looks()

    async def looks(self, seconds: float = 2.0) -> bool:
        """The gateway looks again and again for a while; whether a new snapshot came into force."""
        new = False
        for _ in range(round(seconds / 0.2)):
            new |= await self.reloading.look()
            self.all.clock.pass_time(seconds=0.2)
        return new

    async def refusal(self) -> Reason:
        """Why a new case is refused now."""
        with pytest.raises(GatewayError) as refused:
            await self.origin.submit(self.origin.a_case(to=ENSHI))
        return refused.value.reason


@asynccontextmanager
async def a_desk(folder: Path) -> AsyncIterator[Desk]:
    async with regions(folder, QIANJIANG, ENSHI) as all_regions:
        origin = all_regions[QIANJIANG]
        log, followed = io.StringIO(), []
        logger = make_logger(region=QIANJIANG, level="info", style="json", stream=log, clock=all_regions.clock)
        reloading = Reloading(origin.gateway, logger, followed.append)
        (file,) = origin.settings.partners.glob("422800-*.yaml")
        yield Desk(all_regions, origin, reloading, file, log, followed)


async def test_a_paused_partner_gets_nothing_more_until_it_is_resumed(tmp_path: Path) -> None:
    async with a_desk(tmp_path) as desk:
        assert not await desk.looks(), "nothing changed"
        assert await desk.edit("status: active", "status: paused")
        assert await desk.refusal() is Reason.PARTNER_PAUSED
        assert await desk.edit("status: paused", "status: active")
        number = await desk.origin.submit(desk.origin.a_case(to=ENSHI))
        await desk.all.settle_down()
        assert await desk.origin.state(number) is State.AWAITING_SIGN_OFF
        assert len(desk.followed) == 2, "trust and connections follow each snapshot"


async def test_a_wrong_edit_keeps_the_last_good_version_and_is_told(tmp_path: Path) -> None:
    async with a_desk(tmp_path) as desk:
        assert not await desk.edit("status: active", "status: activ")
        await desk.origin.submit(desk.origin.a_case(to=ENSHI))
        assert '"reason": "status"' in desk.log.getvalue()
        assert desk.origin.gateway.registry.held_back


async def test_a_removed_file_closes_to_new_cases_only(tmp_path: Path) -> None:
    async with a_desk(tmp_path) as desk:
        number = await desk.origin.submit(desk.origin.a_case(to=ENSHI))
        await desk.all.settle_down()
        desk.file.rename(desk.file.with_suffix(".away"))
        assert await desk.looks(12.0), "no file is left: it waits longer"
        assert await desk.refusal() is Reason.PARTNER_CLOSED
        await desk.all[ENSHI].act(number, ev.ReceivedByHandler())
        await desk.all.settle_down()
        assert await desk.origin.state(number) is State.WITH_HANDLER


async def test_a_folder_that_cannot_be_opened_closes_nobody_and_is_told_once(tmp_path: Path) -> None:
    async with a_desk(tmp_path) as desk:
        folder = desk.file.parent
        folder.rename(folder.with_name("elsewhere"))
        assert not await desk.looks(20.0)
        assert desk.log.getvalue().count("partners.file_refused") == 1
        await desk.origin.submit(desk.origin.a_case(to=ENSHI))
        folder.with_name("elsewhere").rename(folder)
        assert await desk.edit("status: active", "status: paused")
        assert await desk.refusal() is Reason.PARTNER_PAUSED
