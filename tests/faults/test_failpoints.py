"""Failpoints kill where they say, are named so that names stay, and are refused outside drills on loopback."""

import functools
import json
import signal
import subprocess
import sys
from collections.abc import Callable
from contextvars import copy_context
from datetime import UTC, datetime, timedelta
from pathlib import Path

import apsw
import pytest

from gateway.app.drill_clock import VARIABLE as CLOCK
from gateway.app.drill_clock import DrillClock
from gateway.app.failpoints import VARIABLE, transaction_name, watch_of
from gateway.cli.homes import Plan, make_home
from gateway.cli.tree import run
from gateway.settings import Address, load_divisions
from gateway.store.address import act_from, carried
from gateway.store.database import Transaction
from gateway.store.sqlite.writer import Moment

ROOT = Path(__file__).resolve().parents[2]
TRANSACTION = "__main__.run/put"
DRILL = """
import asyncio, sys
from datetime import UTC, datetime
from pathlib import Path
from gateway.app.failpoints import watch_of
from gateway.store.sqlite import SqliteDatabase

def put(tx, number):
    tx.execute("INSERT INTO rows (number) VALUES (:n)", {"n": number})

async def run():
    watch = watch_of(sys.argv[2])
    database = SqliteDatabase(Path(sys.argv[1]), clock=lambda: datetime.now(UTC), watch=watch)
    await database.write(lambda tx: tx.execute("CREATE TABLE rows (number INTEGER)"))
    for number in range(1, 4):
        await database.write(lambda tx: put(tx, number))
        print(number, flush=True)
    await database.close()

asyncio.run(run())
"""


def drilled(file: Path, point: str) -> tuple[int, list[int], list[int]]:
    """Run the drill; return its exit code, what its callers were told, and what is in the store."""
    done = subprocess.run(
        [sys.executable, "-c", DRILL, str(file), point], capture_output=True, text=True, check=False, cwd=ROOT
    )
    connection = apsw.Connection(str(file))
    kept = [row[0] for row in connection.execute("SELECT number FROM rows ORDER BY number")]
    connection.close()
    return done.returncode, [int(line) for line in done.stdout.split()], kept


@pytest.mark.parametrize(("moment", "kept"), [(Moment.BEFORE, [1]), (Moment.COMMITTED, [1, 2]), (Moment.TOLD, [1, 2])])
def test_a_process_dies_at_the_moment_that_was_asked_for(tmp_path, moment, kept):
    code, told, found = drilled(tmp_path / "store", f"{moment.value}:{TRANSACTION}:2")
    assert code == -signal.SIGKILL
    assert found == kept
    assert told in ([1], [1, 2]) if moment is Moment.TOLD else told == [1]


def test_a_failpoint_that_is_never_met_kills_nothing(tmp_path):
    assert drilled(tmp_path / "store", f"before:{TRANSACTION}:9") == (0, [1, 2, 3], [1, 2, 3])


def test_a_listing_names_each_transaction_once(tmp_path):
    code, _, _ = drilled(tmp_path / "store", f"list:{tmp_path / 'names'}")
    assert code == 0
    assert (tmp_path / "names").read_text().split() == ["__main__.run/execute", TRANSACTION]


def stored(tx: Transaction, number: int = 0) -> None:
    """A store function."""


class Keeper:
    def keep(self, tx: Transaction) -> None:
        """A store function that is a method."""


def asked(work: Callable[..., object]) -> str:
    return transaction_name(work).removeprefix(f"{__name__}.")


def test_a_transaction_is_named_by_who_asks_and_what_is_called():
    def inner() -> Callable[..., object]:
        return lambda tx: stored(tx, 5)

    here = "test_a_transaction_is_named_by_who_asks_and_what_is_called"
    assert asked(stored) == "stored"
    assert asked(functools.partial(stored, number=1)) == "stored"
    assert asked(Keeper().keep) == "Keeper.keep"
    assert asked(inner()) == f"{here}.inner/stored"
    for work in (stored, Keeper().keep, functools.partial(stored, number=1)):
        assert asked(copy_context().run(_from_somewhere, work)) == asked(work), (
            "a page of the console is no other place"
        )


def _from_somewhere(work: Callable[..., object]) -> Callable[..., object]:
    act_from("192.0.2.7")
    return carried(work)


@pytest.mark.parametrize(
    "wanted", ["", "before", "before:", "before:x", "before:x:0", "before:x:y", "later:x:1", "list:"]
)
def test_what_is_no_failpoint_is_refused(wanted):
    with pytest.raises(ValueError, match=r".+"):
        watch_of(wanted)


@pytest.mark.parametrize("variable", [VARIABLE, CLOCK])
@pytest.mark.parametrize("doors", [("0.0.0.0", "127.0.0.1"), ("127.0.0.1", "0.0.0.0")])
def test_drills_are_refused_unless_both_doors_listen_on_loopback(tmp_path, monkeypatch, capsys, variable, doors):
    peering, local = (Address(host, 18443 + place) for place, host in enumerate(doors))
    plan = Plan(region="500114", peering=peering, local=local)
    home = make_home(
        tmp_path / "home", plan, now=datetime(2026, 3, 2, tzinfo=UTC), divisions=load_divisions(), secret=bytes
    )
    monkeypatch.setenv(variable, "before:x:1")
    assert run(["serve", "--home", str(home.folder), "--lang", "en"]) == 2
    assert "loopback" in capsys.readouterr().err


def test_a_drill_clock_follows_its_file_and_keeps_its_last_word(tmp_path):
    file = tmp_path / "clock"
    clock = DrillClock(file, timedelta(days=1))
    assert clock() == timedelta(days=1)
    for seconds in (-3600, 31_536_000):
        file.write_text(json.dumps(seconds))
        assert clock() == timedelta(days=1, seconds=seconds)
    file.write_text("")
    assert clock() == timedelta(days=1, seconds=31_536_000)
