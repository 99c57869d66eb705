"""`tongban partners list|show`, `maintenance` and `reconcile` against a gateway that runs, for people and for scripts."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import structlog.testing
from aiohttp import web
from rich.cells import cell_len

from gateway.app.local_door import operator_app
from gateway.case import events as ev
from gateway.case.days import day_in_china
from gateway.case.texts import Lang
from gateway.cli.partner_page import WIDTH, tell_list
from gateway.cli.speech import Speaker
from gateway.cli.tree import run
from gateway.local.systems import Systems
from gateway.settings import load_divisions
from gateway.telemetry import Metrics
from tests.flows.regions import Region, Regions, regions

ENSHI, QIANJIANG, XIANGXI = "422800", "500114", "433100"
Captured = pytest.CaptureFixture[str]


@dataclass
class Desk:
    """A gateway behind its control socket, and two partners."""

    all: Regions
    origin: Region
    captured: Captured

    async def says(self, *arguments: str, code: int = 0) -> str:
        """What a command prints on standard output."""
        home = str(self.origin.settings.home)
        assert await asyncio.to_thread(run, [*arguments, "--home", home]) == code
        return self.captured.readouterr().out


@pytest.fixture
async def desk(tmp_path: Path, capsys: Captured) -> AsyncIterator[Desk]:
    async with regions(tmp_path, QIANJIANG, ENSHI, XIANGXI) as all_regions:
        origin = all_regions[QIANJIANG]
        runner = web.AppRunner(operator_app(origin.gateway, Systems.of((), load_divisions()), Metrics()))
        await runner.setup()
        await web.UnixSite(runner, str(origin.settings.control_socket)).start()
        with structlog.testing.capture_logs():
            yield Desk(all_regions, origin, capsys)
        await runner.cleanup()


async def test_partners_are_listed_the_worst_first_within_the_width_and_in_both_languages(desk: Desk) -> None:
    desk.origin.courier.down.add(XIANGXI)
    number = await desk.origin.submit(desk.origin.a_case(to=XIANGXI))
    await desk.origin.gateway.deliver(XIANGXI)
    for code in (ENSHI, XIANGXI):
        await desk.origin.gateway.standing.asking.ask(code)
    shown = await desk.says("partners", "list", "--lang", "zh")
    lines = shown.splitlines()
    assert [line.split()[:2] for line in lines[1:]] == [["红", XIANGXI], ["绿", ENSHI]]
    assert "连不上: PARTNER_UNREACHABLE" in lines[1]
    assert lines[2].endswith("正常")
    assert all(cell_len(line) <= WIDTH for line in lines)
    english = await desk.says("partners", "list", "--lang", "en", "--only", "red")
    assert "cannot be reached: PARTNER_UNREACHABLE" in english
    assert ENSHI not in english

    rows = json.loads(await desk.says("partners", "list", "--json"))
    assert [(row["code"], row["standing"]["light"]) for row in rows] == [(XIANGXI, "red"), (ENSHI, "green")]
    first = rows[0]["standing"]
    assert first["here"]["queued"] == 1
    assert first["here"]["last_error"]["place"] == "peering"
    assert rows[1]["standing"]["agreement"]["alike"] is True
    assert number


async def test_one_partner_is_shown_from_both_sides_and_may_be_asked_now(desk: Desk) -> None:
    shown = await desk.says("partners", "show", ENSHI, "--ask", "--lang", "zh")
    assert "我方所见" in shown
    assert "对方所见" in shown
    assert "两地文件一致" in shown
    assert "tongban" in shown
    seen = json.loads(await desk.says("partners", "show", ENSHI, "--json"))
    assert seen["there"]["told_at"]
    assert seen["agreement"]["alike"] is True
    await desk.says("partners", "show", "999999", code=1)


async def test_maintenance_is_announced_shown_and_ended(desk: Desk) -> None:
    await desk.says("maintenance", "announce", "--until", "8d", "--reason", "x", code=1)
    said = await desk.says("maintenance", "announce", "--until", "2h", "--reason", "机房检修", "--lang", "zh")
    assert "已公告" in said
    (told,) = json.loads(await desk.says("maintenance", "show", "--json"))["announced"]
    assert told["reason"] == {"zh": "机房检修", "en": "机房检修"}
    assert "机房检修" in await desk.says("maintenance", "show", "--lang", "zh")
    assert json.loads(await desk.says("maintenance", "end", "--json")) == {"ended": True}
    assert json.loads(await desk.says("maintenance", "end", "--json")) == {"ended": False}
    await desk.says("maintenance", "announce", "--until", "morgen", "--reason", "x", code=2)


async def test_days_are_compared_by_command_and_differences_explained(desk: Desk) -> None:
    origin, enshi = desk.origin, desk.all[ENSHI]
    number = await origin.submit(origin.a_case(to=ENSHI))
    await desk.all.settle_down()
    await enshi.act(number, ev.ReceivedByHandler())
    await desk.all.settle_down()
    day = day_in_china(desk.all.clock()).isoformat()
    desk.all.clock.pass_time(days=1)
    said = await desk.says("reconcile", "run", "--lang", "zh")
    assert said.count("一致") >= 4, "two partners, both directions"
    lost = (await origin.view(number)).deliveries[0].envelope_id
    await enshi.gateway.database.write(lambda tx: tx.changed("DELETE FROM inbox WHERE envelope_id = :id", {"id": lost}))
    await desk.says("reconcile", "run", "--day", day, "--partner", ENSHI, code=1)
    assert "有差异" in await desk.says("reconcile", "list", "--lang", "zh")
    shown = await desk.says("reconcile", "show", "--day", day, "--partner", ENSHI, "--lang", "zh")
    assert lost in shown
    assert "我方有回执, 对方没有这个信封" in shown
    report = json.loads(await desk.says("reconcile", "show", "--day", day, "--partner", ENSHI, "--json"))
    (differing,) = [one for one in report["days"] if one["differences"]]
    assert differing["envelopes"][0]["kind"] == "not_known_there"
    await desk.says("reconcile", "explain", "--day", day, "--partner", ENSHI, "--reason", "示例演练")
    listed = json.loads(await desk.says("reconcile", "list", "--day", day, "--json"))
    assert {one["outcome"] for one in listed["days"]} == {"equal", "explained"}
    origin.courier.down.add(ENSHI)
    await desk.says("reconcile", "run", "--day", day, "--partner", ENSHI, code=1)
    await desk.says("reconcile", "show", "--day", "2026-01-01", "--partner", ENSHI, code=1)


def test_a_file_that_did_not_go_live_is_told_in_its_line(capsys: Captured) -> None:
    standing = {
        "at": "2026-11-25T01:00:00Z",
        "partner": ENSHI,
        "name": "恩施州",
        "light": "green",
        "wrong": [],
        "here": {"last_contact_out": None, "last_contact_in": None, "queued": 0, "oldest_waiting_seconds": None},
        "there": {"queued": 0},
        "agreement": {"alike": None},
        "papers_days": None,
    }
    row = {"code": ENSHI, "short_name": "恩施州", "status": "active", "standing": standing}
    tell_list(Speaker(Lang.ZH), [row | {"version": {"version": 3, "held_back": True, "status": "active"}}], live=True)
    assert "v3    文件有误, 仍按这一版运行" in capsys.readouterr().out
    tell_list(Speaker(Lang.EN), [row | {"version": {"version": 4, "status": "closed"}}], live=True)
    assert "its file was removed: open cases only" in capsys.readouterr().out
