"""`tongban queue` against a gateway that runs: every verb, for people and for scripts, over the operators' socket alone."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import structlog.testing
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from gateway.app.local_door import operator_app, systems_app
from gateway.case import events as ev
from gateway.case.reasons import Reason
from gateway.case.states import State
from gateway.cli.tree import run
from gateway.local.systems import Systems
from gateway.local.systems_check import check_systems
from gateway.settings import load_divisions
from gateway.store import audit
from gateway.telemetry import Metrics
from tests.flows.queue_build import ENSHI, QIANJIANG, ObjectingCourier, Objection, live_on, objecting, owed_in
from tests.flows.regions import CARD, Region, Regions, regions

Captured = pytest.CaptureFixture[str]


@dataclass
class Running:
    """A gateway behind its control socket, and a partner that may object."""

    all: Regions
    origin: Region
    courier: ObjectingCourier
    systems: Systems

    async def queue(self, *arguments: str) -> int:
        return await asyncio.to_thread(run, ["queue", *arguments, "--home", str(self.origin.settings.home)])

    async def submitted(self, count: int) -> list[str]:
        return [await self.origin.submit(self.origin.a_case(to=ENSHI)) for _ in range(count)]


@pytest.fixture
async def running(tmp_path: Path) -> AsyncIterator[Running]:
    async with regions(tmp_path, QIANJIANG, ENSHI) as both:
        origin = both[QIANJIANG]
        systems = Systems.of(check_systems(origin.settings.systems, load_divisions()).systems, load_divisions())
        runner = web.AppRunner(operator_app(origin.gateway, systems, Metrics()))
        await runner.setup()
        await web.UnixSite(runner, str(origin.settings.control_socket)).start()
        with structlog.testing.capture_logs():
            yield Running(both, origin, objecting(both, origin), systems)
        await runner.cleanup()


def lines(out: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in out.splitlines()]


async def test_what_does_not_go_is_listed_by_cause_with_what_to_do(running: Running, capsys: Captured) -> None:
    running.courier.objects = lambda _: Objection.of(Reason.SEAL_KEY_UNKNOWN)
    (number,) = await running.submitted(1)
    await live_on(running.all, hours=1, every=0.1)
    assert await running.queue("list", "--lang", "zh") == 0
    shown = capsys.readouterr().out
    assert "恩施州 (422800)" in shown
    assert "停放, 需人工 × 1" in shown
    assert "签名所用密钥都没有在发送方的伙伴文件中登记 (SEAL_KEY_UNKNOWN)" in shown
    assert "怎么办" in shown

    assert await running.queue("list", "--json") == 0
    seen = json.loads(capsys.readouterr().out)
    (partner,) = seen["partners"]
    assert (partner["circuit"], partner["waiting"], partner["parked"]) == ("closed", 0, 1)
    (group,) = seen["groups"]
    assert (group["reason"], group["count"], group["answer"]) == ("SEAL_KEY_UNKNOWN", 1, "needs_a_person")

    assert await running.queue("show", number, "--lang", "en") == 0
    shown = capsys.readouterr().out
    assert "parked, needs a person" in shown
    assert "the same answer 3 times in a row" in shown
    assert "you can: retry, hold, fail, redirect" in shown
    assert "envelope.parked" in shown
    (owed,) = await owed_in(running.origin, number)
    assert await running.queue("show", owed.envelope_id, "--json") == 0
    (one,) = json.loads(capsys.readouterr().out)["envelopes"]
    assert (one["carries"], one["kept_back"], one["can"][0]) == ("opened", "parked", "retry")


async def test_holding_and_releasing_show_progress_and_can_be_counted_first(running: Running, capsys: Captured) -> None:
    numbers = await running.submitted(3)
    assert await running.queue("hold", "--partner", ENSHI, "--reason", "对方检修", "--dry-run", "--json") == 0
    assert lines(capsys.readouterr().out) == [{"verb": "hold", "count": 3, "done": True, "dry_run": True}]
    assert (
        await running.queue(
            "hold", "--partner", ENSHI, "--item", CARD, "--reason", "对方检修", "--until", "2h", "--lang", "en"
        )
        == 0
    )
    assert "done: 3" in capsys.readouterr().out
    await running.all.settle_down()
    assert [await running.origin.state(one) for one in numbers] == [State.FORWARDED] * 3

    assert await running.queue("list", "--json") == 0
    (hold,) = json.loads(capsys.readouterr().out)["holds"]
    assert (hold["partner"], hold["item"], hold["reason"]) == (ENSHI, CARD, "对方检修")
    assert hold["by"].startswith("staff:")
    assert await running.queue("release", "--hold", hold["hold_id"], "--reason", "修好了", "--json") == 0
    assert lines(capsys.readouterr().out)[-1]["changed"] == 3
    await running.all.settle_down()
    assert [await running.origin.state(one) for one in numbers] == [State.AWAITING_SIGN_OFF] * 3
    notes = await running.origin.gateway.database.read(lambda tx: audit.about(tx, ENSHI))
    assert {one.act for one in notes} >= {"queue.hold"}


async def test_failing_and_redirecting_say_what_was_left_alone(running: Running, capsys: Captured) -> None:
    running.origin.courier.down.add(ENSHI)
    (number,) = await running.submitted(1)
    assert await running.queue("fail", "--case", number, "--reason", "改到现场办", "--lang", "en") == 0
    said = capsys.readouterr().out
    assert "done: 0" in said
    assert "--without-asking if you are sure" in said
    assert await running.queue("redirect", "--case", number, "--reason", "县局停机", "--lang", "en") == 1
    assert "there is nowhere else to send it" in capsys.readouterr().err
    assert await running.queue("fail", "--case", number, "--reason", "改到现场办", "--without-asking", "--json") == 0
    (done,) = lines(capsys.readouterr().out)
    assert (done["verb"], done["changed"], done["of"], done["done"]) == ("fail", 1, 1, True)
    assert await running.origin.state(number) is State.UNDELIVERABLE
    assert await running.queue("show", number, "--lang", "zh") == 0
    assert "由运维终止, 没有询问对方 (GIVEN_UP_UNASKED)" in capsys.readouterr().out


async def test_retrying_brings_what_was_parked(running: Running, capsys: Captured) -> None:
    running.courier.objects = lambda _: Objection.of(Reason.WRONG_RECIPIENT)
    (number,) = await running.submitted(1)
    await live_on(running.all, hours=1, every=0.1)
    running.courier.objects = lambda _: None
    assert await running.queue("retry", "--cause", "WRONG_RECIPIENT", "--reason", "对方已改", "--json") == 0
    assert lines(capsys.readouterr().out)[-1]["changed"] == 1
    await running.all.settle_down()
    assert await running.origin.state(number) is State.AWAITING_SIGN_OFF


async def test_nothing_is_done_to_everything_by_mistake_or_without_a_reason(running: Running, capsys: Captured) -> None:
    await running.submitted(1)
    assert await running.queue("hold", "--reason", "试一试", "--lang", "en") == 1
    assert "everything: true" in capsys.readouterr().err
    assert await running.queue("hold", "--all", "--reason", " ", "--lang", "en") == 1
    assert "no reason is given" in capsys.readouterr().err
    assert await running.queue("hold", "--all") == 2
    assert await running.queue("hold", "--kept", "parked", "--reason", "试一试") == 2, "it would catch everything later"
    assert await running.queue("hold", "--all", "--reason", "全停", "--until", "2020-01-01T00:00:00+08:00") == 1
    assert await running.queue("show", "nothing", "--lang", "en") == 1
    assert await running.queue("hold", "--all", "--reason", "全停", "--json") == 0
    assert lines(capsys.readouterr().out)[-1]["changed"] == 1


async def test_staff_and_local_systems_read_why_an_envelope_waits(running: Running, capsys: Captured) -> None:
    running.courier.objects = lambda header: Objection.of(Reason.WRONG_RECIPIENT) if header.sequence == 2 else None
    (number,) = await running.submitted(1)
    await running.all.settle_down()
    await running.origin.act(number, ev.Note("请看"))
    await live_on(running.all, hours=1, every=0.1)
    code = await asyncio.to_thread(
        run, ["cases", "show", number, "--lang", "zh", "--home", str(running.origin.settings.home)]
    )
    assert code == 0
    assert "需人工处理; 网关仍会慢速重试" in capsys.readouterr().out
    counting = Metrics()
    counting.know([ENSHI])
    app = operator_app(running.origin.gateway, running.systems, counting)
    async with TestClient(TestServer(app)) as client:
        seen = await (await client.get(f"/v1/cases/{number}")).json()
        (_, parked) = seen["deliveries"]
        assert (parked["kept_back"], parked["last_reason"]) == ("parked", "WRONG_RECIPIENT")
        assert parked["fix"]["zh"]
        assert parked["next_try"]
        metrics = await (await client.get("/metrics")).text()
        assert f'tongban_envelopes_kept_back{{how="parked",partner="{ENSHI}"}} 1.0' in metrics
    items = await running.origin.gateway.looking.read_feed(running.origin.system, 0, 100)
    assert [(one.kind, one.note) for one in items if one.kind == "kept_back"] == [
        ("kept_back", "parked:WRONG_RECIPIENT")
    ]


async def test_the_desk_is_not_at_the_door_of_local_systems(running: Running) -> None:
    app = systems_app(running.origin.gateway, running.systems, Metrics())
    assert not [str(one) for one in app.router.resources() if "queue" in str(one)]
