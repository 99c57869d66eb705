"""docs/onboarding.md, followed to the letter by two regions on clean folders, each with its gateway running."""

import os
import re
import shutil
import stat
import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gateway.cli.federation import HERE, Site, free_ports, start_all, stop_all
from gateway.cli.homes import Plan, make_home
from gateway.settings import Address, load_divisions
from tests.docs.marked_parts import DOCS

PAGE = (DOCS / "onboarding.md").read_text("utf-8")
BLOCK = re.compile(r"^```sh\n# (\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
REGIONS = {"恩施": "422800", "黔江": "500114"}
LONGEST_LINES = 75
"""A printed page with the commands."""


@dataclass(frozen=True)
class Step:
    """One block of commands and who runs it."""

    place: str
    commands: str


def halves() -> dict[str, str]:
    """The two languages of the page."""
    _, chinese, english = re.split(r"^## .*$", PAGE, flags=re.MULTILINE)
    return {"zh": chinese, "en": english}


def steps(language: str) -> list[Step]:
    """The blocks of one half of the page, in order."""
    return [Step(*found) for found in BLOCK.findall(halves()[language])]


def made(folder: Path, code: str, ports: list[int]) -> Site:
    """A region as `tongban init` leaves it."""
    here = Address(HERE, ports.pop())
    plan = Plan(region=code, peering=here, local=Address(HERE, ports.pop()), endpoints=(here,), system="window")
    home = make_home(folder, plan, now=datetime.now(UTC), divisions=load_divisions(), secret=os.urandom)
    return Site(code, code, home.folder, plan.peering, plan.local, home.system.name, home.system.api_key)


def as_typed(folder: Path) -> dict[str, str]:
    """The environment of a terminal in which `tongban` is installed."""
    command = folder / "tongban"
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m gateway "$@"\n', encoding="utf-8")
    command.chmod(command.stat().st_mode | stat.S_IXUSR)
    path = f"{folder}:{os.environ['PATH']}"
    return {**os.environ, "PATH": path, "PYTHONPATH": str(DOCS.parent), "LANG": "zh_CN.UTF-8"}


def followed(step: Step, folder: Path, environment: dict[str, str]) -> str:
    """What is printed when a step is followed; every question is answered with yes."""
    done = subprocess.run(
        ["bash", "-euc", step.commands],
        cwd=folder,
        env=environment,
        input="y\n",
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{step.commands}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def test_both_languages_say_the_same_commands_on_one_page_each():
    assert steps("zh") == steps("en")
    assert {step.place for step in steps("zh")} == set(REGIONS)
    assert all(len(half.splitlines()) <= LONGEST_LINES for half in halves().values())


@pytest.mark.slow
@pytest.mark.timeout(180)
async def test_two_regions_that_follow_the_page_can_exchange_cases(tmp_path: Path):
    ports = free_ports(4)
    sites = {place: made(tmp_path / code, code, ports) for place, code in REGIONS.items()}
    environment = as_typed(tmp_path)
    await start_all(sites.values())
    try:
        said = []
        for step in steps("zh"):
            said.append(followed(step, sites[step.place].folder, environment))
            # Whatever was made for the other region is sent to it.
            for other in sites.values():
                for file in sites[step.place].folder.glob(f"tongban-{sites[step.place].code}-for-{other.code}.yaml"):
                    shutil.copy(file, other.folder)
        kept = followed(Step("黔江", "tongban partners history 422800 --json"), sites["黔江"].folder, environment)
    finally:
        await stop_all(sites.values())
    assert "partners add" in kept
    assert [text.splitlines()[-1] for text in said[-2:]] == ["全部通过", "全部通过"]
    for ours, theirs in (("恩施", "黔江"), ("黔江", "恩施")):
        (written,) = sites[ours].folder.glob(f"partners/{REGIONS[theirs]}-*.yaml")
        assert "已电话核对" in written.read_text("utf-8")
