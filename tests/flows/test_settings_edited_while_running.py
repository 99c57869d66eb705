"""`gateway.yaml` and the files of systems are read at the start alone; whoever edits one is told that a restart is due."""

import io
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gateway.app.following_settings import FollowingSettings
from gateway.settings import load_divisions, load_settings
from gateway.telemetry import make_logger
from tests.fakes import FakeClock
from tests.flows.regions import Regions, regions

ENSHI = "422800"


@pytest.fixture
async def one(tmp_path: Path) -> AsyncIterator[Regions]:
    async with regions(tmp_path, ENSHI) as alone:
        yield alone


def followed(home: Path, clock: FakeClock) -> tuple[FollowingSettings, io.StringIO]:
    settings, findings = load_settings(home / "gateway.yaml", load_divisions())
    assert settings, findings
    told = io.StringIO()
    log = make_logger(region=ENSHI, level="info", style="json", stream=told, clock=clock)
    return FollowingSettings(settings, load_divisions(), log), told


async def test_an_edit_is_told_once_and_taken_back_when_it_is_undone(one: Regions) -> None:
    file = one[ENSHI].settings.file
    follow, told = followed(file.parent, one.clock)
    assert not await follow.look()
    assert follow.names() == ()

    as_it_was = file.read_text()
    file.write_text(as_it_was + "# a comment\n")
    assert not await follow.look(), "it says the same"

    file.write_text(as_it_was + "\nlog: {level: debug}\n")
    assert await follow.look()
    assert not await follow.look()
    assert follow.names() == ("gateway.yaml",)

    file.write_text(as_it_was + "\nnonsense: [\n")
    await follow.look()
    assert follow.names() == ("gateway.yaml",), "a restart would fail; tongban check says why"
    file.write_text(as_it_was)
    assert await follow.look()
    assert follow.names() == ()
    said = [json.loads(line)["event"] for line in told.getvalue().splitlines()]
    assert said == ["settings.restart_due", "settings.restart_not_due"]


async def test_a_new_file_of_a_system_is_told(one: Regions) -> None:
    settings = one[ENSHI].settings
    follow, _ = followed(settings.file.parent, one.clock)
    await follow.look()
    settings.systems.mkdir(exist_ok=True)
    (settings.systems / "another.yaml").write_text(
        "name: another\ntitle: 另一个系统\nstatus: sample\n", encoding="utf-8"
    )
    await follow.look()
    assert follow.names() in ((), (f"{settings.systems.name}/",))
    (settings.file.parent / settings.file.name).unlink()
    assert await follow.look()
    assert follow.names()[0] == "gateway.yaml"
