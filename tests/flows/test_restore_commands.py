"""`tongban backup` beside a working gateway, `tongban restore` after its machine burnt down: whole processes, real sockets."""

import asyncio
import json
import secrets
import shutil
import sys
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import aiohttp
import apsw
import pytest

from bench.load import request_bytes
from gateway.cli.demo_data import agreements
from gateway.cli.federation import LocalSystem, Site, make_sites, start, start_all, stop, stop_all

ENSHI, QIANJIANG = "422800", "500114"
NAMES = {ENSHI: "恩施州", QIANJIANG: "黔江区"}
SETTINGS = "\nlimits:\n  sweep_interval: 1s\nlog:\n  level: warning\n"
QUICK = {"first_wait": "1s", "growth": "1.0", "longest_wait": "1s"}


async def tongban(*arguments: str) -> tuple[int, str, str]:
    """Run the command in a process of its own; return exit code, standard output and error."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "gateway", *arguments),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, error = await process.communicate()
    return process.returncode or 0, out.decode(), error.decode()


async def submit(system: LocalSystem, origin: str, handler: str, number: str) -> str:
    status, answer = await system.call("POST", "/v1/cases", request_bytes(origin, handler, number))
    assert status == 202, answer
    return str(answer["case_id"])


def stored(site: Site, sql: str) -> list[tuple[object, ...]]:
    """What the store of a site says; read only."""
    with apsw.Connection(str(site.store_file), flags=apsw.SQLITE_OPEN_READONLY) as connection:
        return connection.execute(sql).fetchall()


async def until(condition: str, site: Site) -> None:
    """Wait until a query finds nothing any more."""
    while stored(site, condition):
        await asyncio.wait([asyncio.get_running_loop().create_future()], timeout=0.1)


OWED = "SELECT 1 FROM outbox WHERE settled_at IS NULL"
CASES = "SELECT case_id, state, case_version FROM cases ORDER BY case_id"
EVENTS = "SELECT case_id, version, kind, sender, sequence, envelope_id FROM events ORDER BY case_id, version"
EVIDENCE = "SELECT kind, sender, object_id, sealed_sha256 FROM evidence ORDER BY 1, 2, 3"


@dataclass
class Story:
    """Two running regions, one of which will burn down, and what was acknowledged when."""

    burnt: Site
    partner: Site
    here: LocalSystem
    there: LocalSystem
    target: Path
    keys: tuple[str, str]
    acknowledged: dict[str, list[str]] = field(default_factory=dict)

    @property
    def home(self) -> tuple[str, str]:
        return "--home", str(self.burnt.folder)

    async def submit_here(self, letter: str, count: int) -> list[str]:
        return [await submit(self.here, QIANJIANG, ENSHI, f"{letter}-{n}") for n in range(count)]

    async def all_settled(self) -> None:
        await until(OWED, self.burnt)
        await until(OWED, self.partner)


async def backed_up_under_load(story: Story) -> None:
    enough = asyncio.Event()

    async def load() -> list[str]:
        done: list[str] = []
        while not enough.is_set():
            done.append(await submit(story.here, QIANJIANG, ENSHI, f"L-{len(done)}"))
        return done

    before = await story.submit_here("B", 20)
    loading = asyncio.create_task(load())
    code, said, error = await tongban("backup", str(story.target), *story.home, "--with-keys", *story.keys, "--json")
    enough.set()
    during = await loading
    assert code == 0, error
    made = json.loads(said)
    assert 20 <= made["cases"] <= 20 + len(during)
    assert (made["with_keys"], made["missing_materials"]) == (True, 0)
    story.acknowledged |= {"before": before, "during": during}
    assert (await tongban("backup", "--check", str(story.target)))[0] == 0
    again = await tongban("backup", str(story.target), *story.home)
    assert again[0] == 1
    assert "BACKUP_TARGET" in again[1] + again[2]


async def burnt_down_an_hour_later(story: Story) -> None:
    after = await story.submit_here("A", 20)
    theirs = [await submit(story.there, ENSHI, QIANJIANG, f"T-{n}") for n in range(10)]
    await story.all_settled()
    await stop(story.partner)
    lost = await story.submit_here("G", 5)
    story.acknowledged |= {"after": after, "theirs": theirs, "lost": lost}
    used = await tongban("restore", str(story.target), *story.home, *story.keys)
    assert used[0] == 1
    assert "RESTORE_TARGET" in used[1] + used[2], "nothing is overwritten"
    await stop(story.burnt, hard=True)
    shutil.rmtree(story.burnt.folder)


async def restored_while_the_partner_is_away(story: Story) -> None:
    code, said, error = await tongban("restore", str(story.target), *story.home, *story.keys, "--lang", "zh")
    assert code == 0, error
    assert "找不回来" in said
    assert ENSHI in said
    await start(story.burnt)
    waiting = json.loads((await tongban("restore", "--status", *story.home, "--json"))[1])
    assert waiting["partners"] == {ENSHI: {"outcome": "waiting", "taken_back": 0}}
    status, refused = await story.here.call("POST", "/v1/cases", request_bytes(QIANJIANG, ENSHI, "N-1"))
    assert (status, refused["reason"]) == (503, "CATCHING_UP")


async def caught_up_and_handed_in_again(story: Story) -> set[str]:
    """Every local system submits once more what it handed in since the backup; return all numbers there should be."""
    await start(story.partner)
    await until("SELECT 1 WHERE NOT EXISTS (SELECT 1 FROM caught_up)", story.burnt)
    told = story.acknowledged
    assert await story.submit_here("A", 20) == told["after"], "what came back is the same case"
    assert set(await story.submit_here("L", len(told["during"]))) == set(told["during"])
    anew = await story.submit_here("G", 5)
    assert not set(anew) & set(told["lost"]), "what was never handed over is made anew"
    await story.all_settled()
    return {*told["before"], *told["during"], *told["after"], *told["theirs"], *anew}


@pytest.mark.timeout(180)
async def test_a_gateway_comes_back_from_a_backup_taken_while_it_worked(tmp_path: Path) -> None:
    sites = make_sites(
        tmp_path,
        NAMES,
        now=datetime.now(UTC),
        secret=secrets.token_bytes,
        agreements=agreements,
        retry=QUICK,
        extra_settings=SETTINGS,
    )
    burnt, partner = sites[QIANJIANG], sites[ENSHI]
    passphrase = tmp_path / "passphrase"
    passphrase.write_text("correct horse battery staple\n")
    passphrase.chmod(0o600)
    await start_all(sites.values())
    try:
        async with aiohttp.ClientSession() as session:
            here, there = LocalSystem(burnt, session), LocalSystem(partner, session)
            keys = ("--passphrase-file", str(passphrase))
            story = Story(burnt, partner, here, there, tmp_path / "backup", keys)
            await backed_up_under_load(story)
            await burnt_down_an_hour_later(story)
            await restored_while_the_partner_is_away(story)
            expected = await caught_up_and_handed_in_again(story)
    finally:
        await stop_all(sites.values())
    for site in sites.values():
        assert {row[0] for row in stored(site, CASES)} == expected
    assert stored(burnt, CASES) == stored(partner, CASES)
    assert stored(burnt, EVENTS) == stored(partner, EVENTS)
    assert stored(burnt, EVIDENCE) == stored(partner, EVIDENCE)
    assert "Traceback" not in (burnt.folder / "gateway.log").read_text("utf-8")
