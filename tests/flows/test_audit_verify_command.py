"""`tongban audit verify`: the chain over the audit, from the files alone, with the gateway running or stopped."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from gateway.app.audit_sealing import audit_chain
from gateway.case.errors import GatewayError
from gateway.case.reasons import Reason
from gateway.cli.tree import run
from gateway.store import audit
from gateway.store.database import Transaction
from gateway.store.sqlite.looking_only import LookingOnly
from tests.flows.regions import Region, regions

HERE, THERE = "500114", "422800"
Shown = pytest.CaptureFixture[str]


async def verify(folder: Path, capsys: Shown, *more: str) -> tuple[int, dict[str, Any]]:
    """How the command ends, and the document it prints."""
    capsys.readouterr()
    code = await asyncio.to_thread(run, ["audit", "verify", "--home", str(folder / HERE), "--json", *more])
    return code, json.loads(capsys.readouterr().out)


async def two_seals(here: Region) -> None:
    chain = audit_chain(here.gateway, here.settings)
    await chain.seal()
    now = here.gateway.world.clock()
    for name in ("first", "second", "third"):
        await here.gateway.database.write(lambda tx, name=name: audit.note(tx, now, "person:1", "case.viewed", name))
        if name != "first":
            assert await chain.seal()


async def spoil(here: Region, *statements: str) -> None:
    """Change the store as somebody would who has the file and not the key."""

    def change(tx: Transaction) -> None:
        tx.execute("DROP TRIGGER IF EXISTS audit_stays")
        for one in statements:
            tx.execute(one)

    await here.gateway.database.write(change)


async def position_of(here: Region, subject: str) -> int:
    return (await here.gateway.database.read(lambda tx: audit.about(tx, subject)))[0].position


async def test_what_was_not_touched_holds_while_the_gateway_runs_and_after(tmp_path: Path, capsys: Shown) -> None:
    async with regions(tmp_path, HERE, THERE) as both:
        await two_seals(both[HERE])
        code, said = await verify(tmp_path, capsys)
        rows = await both[HERE].gateway.database.read(lambda tx: tx.row("SELECT COUNT(*), MAX(position) FROM audit"))
        assert rows is not None
        assert (code, said["ok"], said["rows"], said["unsealed"], said["broken"]) == (0, True, rows[0], 0, [])
        assert said["head_found"] is None
    again, after = await verify(tmp_path, capsys, "--head", said["head"].upper())
    assert (again, after["ok"], after["head"], after["head_found"]) == (0, True, said["head"], True)
    capsys.readouterr()
    told = await asyncio.to_thread(run, ["audit", "verify", "--home", str(tmp_path / HERE), "--lang", "en"])
    assert told == 0
    assert f"holds: {said['rows']} rows" in capsys.readouterr().out


async def test_a_row_that_was_altered_is_named(tmp_path: Path, capsys: Shown) -> None:
    async with regions(tmp_path, HERE, THERE) as both:
        await two_seals(both[HERE])
        second, third = [await position_of(both[HERE], name) for name in ("second", "third")]
        await spoil(both[HERE], "UPDATE audit SET subject = 'other' WHERE subject = 'third'")
        code, said = await verify(tmp_path, capsys)
        assert (code, said["ok"]) == (1, False)
        assert [(one["first"], one["last"]) for one in said["broken"]] == [(third, third)]
        assert "altered" in said["broken"][0]["why"]["en"]
        await spoil(both[HERE], "DELETE FROM audit WHERE subject = 'second'")
    code, said = await verify(tmp_path, capsys)
    assert code == 1
    first = said["broken"][0]
    assert first["first"] <= second <= first["last"] < third
    assert "number of rows" in first["why"]["en"]
    capsys.readouterr()
    assert await asyncio.to_thread(run, ["audit", "verify", "--home", str(tmp_path / HERE), "--lang", "zh"]) == 1
    out = capsys.readouterr().out
    assert out.startswith(f"不相符: 第 {first['first']} 至 {first['last']} 行")


async def test_an_end_that_was_cut_off_is_seen_by_the_head_that_was_written_down(tmp_path: Path, capsys: Shown) -> None:
    async with regions(tmp_path, HERE, THERE) as both:
        await two_seals(both[HERE])
        _, said = await verify(tmp_path, capsys)
        last = await position_of(both[HERE], "third")
        await spoil(
            both[HERE], f"DELETE FROM audit_seals WHERE last >= {last}", f"DELETE FROM audit WHERE position >= {last}"
        )
    code, unseen = await verify(tmp_path, capsys)
    assert (code, unseen["ok"]) == (0, True)
    code, seen = await verify(tmp_path, capsys, "--head", said["head"])
    assert (code, seen["ok"], seen["head_found"], seen["broken"]) == (1, False, False, [])


async def test_what_cannot_be_verified_is_told_and_nothing_is_written(tmp_path: Path, capsys: Shown) -> None:
    async with regions(tmp_path, HERE, THERE) as both:
        await two_seals(both[HERE])
        store = both[HERE].settings.store_file
        looking = LookingOnly(store)
        with pytest.raises(GatewayError) as refused:
            await looking.write(lambda tx: tx.execute("DELETE FROM audit"))
        assert refused.value.reason is Reason.STORE_NOT_WRITABLE
        with pytest.raises(RuntimeError):
            await looking.read(lambda tx: tx.execute("DELETE FROM audit"))
        assert await looking.read(lambda tx: tx.row("SELECT COUNT(*) FROM audit"))
        await looking.close()
    capsys.readouterr()
    home = ["--home", str(tmp_path / HERE)]
    assert await asyncio.to_thread(run, ["audit", "verify", *home, "--head", "abc"]) == 2
    assert await asyncio.to_thread(run, ["audit", "verify", *home, "--since", "yesterday"]) == 2
    code, said = await verify(tmp_path, capsys, "--since", "2999-01-01")
    assert (code, said["rows"]) == (0, 0)
    for beside in (f"{store.name}-wal", f"{store.name}-shm"):
        store.with_name(beside).unlink(missing_ok=True)
    store.write_bytes(b"no database at all" * 1000)
    code, said = await verify(tmp_path, capsys)
    assert (code, said["error"]["reason"]) == (1, "STORE_NOT_WRITABLE")
    store.unlink()
    code, said = await verify(tmp_path, capsys)
    assert (code, said["error"]["reason"]) == (1, "CONFIGURATION")
