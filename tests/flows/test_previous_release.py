"""The store of the previous release opens, and its cases go on from where they were."""

import itertools
import shutil
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, closing
from datetime import timedelta
from pathlib import Path

import apsw
import pytest

from gateway.app.opening import opened
from gateway.case import events as ev
from gateway.case.errors import GatewayError
from gateway.case.kinds import Decision
from gateway.case.reasons import Reason
from gateway.case.states import State
from gateway.cli.homes import certify
from gateway.settings import load_divisions, load_settings
from gateway.store.migrating import migrate, read_migrations
from gateway.trust.tls import new_authority, save_certified
from tests.build import NOW
from tests.fakes import DirectCourier, FakeClock, UnreliableCourier
from tests.flows.regions import Region, Regions, a_world
from tests.flows.restored_build import agree, back_up, burn_down_and_restore, rows

ENSHI, QIANJIANG = "422800", "500114"
LEFT = Path(__file__).parent / "release_0_1"
AWAITING = "TB500114202611244JURQ283FQEF6"
SIGNED = "TB50011420261124LCR63F0WTCDKM"
ACCEPTED = "TB50011420261124QQ0NE8PR7JY3X"
GRANTED = "TB50011420261124WA000LH0YWCMF"
WITHDRAWN = "TB500114202611246DP0G7QEYFH7T"
PENDING = "TB50011420261124B7M7QEY9X0DTN"
OWED = "TB50011420261124XHXL35LPU93P0"
ALL = (AWAITING, SIGNED, ACCEPTED, GRANTED, WITHDRAWN, PENDING, OWED)


def home_of(code: str, folder: Path) -> Path:
    """A home as that release left it, its store read in from text."""
    home = folder / code
    shutil.copytree(LEFT / code, home)
    for key in (home / "keys").rglob("*"):
        if key.is_file():
            key.chmod(0o600)
    (home / "data").mkdir(mode=0o700)
    with closing(apsw.Connection(str(home / "data" / "store.sqlite3"))) as store:
        store.execute((home / "store.sql").read_text("utf-8"))
    (home / "store.sql").unlink()
    return home


@asynccontextmanager
async def as_left(folder: Path) -> AsyncIterator[Regions]:
    """Both regions an hour later, with the program of today."""
    clock = FakeClock(NOW + timedelta(hours=1))
    all_of = Regions(clock, {}, {}, {})
    async with AsyncExitStack() as on:
        for seed, code in enumerate((QIANJIANG, ENSHI), 300):
            home = home_of(code, folder)
            (home / "keys").chmod(0o700)  # a working tree keeps no mode of a folder
            authority = new_authority(code, f"tongban {code} authority", NOW, 3650)
            save_certified(home / "keys/tls/authority.crt", home / "keys/tls/authority.key", authority)
            certified = certify(authority, code, ["127.0.0.1"], NOW)
            save_certified(home / "keys/tls/gateway.crt", home / "keys/tls/gateway.key", certified)
            settings, findings = load_settings(home / "gateway.yaml", load_divisions())
            assert settings, findings
            region = Region(code, settings, clock, numbers=itertools.count(100))
            region.courier = UnreliableCourier(DirectCourier(code, all_of.gateways))
            all_of.opens[code] = await on.enter_async_context(AsyncExitStack())
            region.gateway = await all_of.opens[code].enter_async_context(
                opened(
                    settings,
                    a_world(clock, seed),
                    courier_of=lambda _, region=region: region.courier,
                    assign=lambda _: "window",
                )
            )
            all_of.all[code] = region
            all_of.gateways[code] = region.gateway
        yield all_of


async def test_its_cases_are_there_and_go_on(tmp_path: Path) -> None:
    async with as_left(tmp_path) as all_of:
        origin, handler = all_of[QIANJIANG], all_of[ENSHI]
        states = {number: await origin.state(number) for number in ALL}
        assert states == {
            AWAITING: State.AWAITING_SIGN_OFF,
            SIGNED: State.WITH_HANDLER,
            ACCEPTED: State.ACCEPTED,
            GRANTED: State.GRANTED,
            WITHDRAWN: State.WITHDRAWN,
            PENDING: State.ACCEPTED,
            OWED: State.FORWARDED,
        }
        for _ in range(3):
            await all_of.pass_time(hours=1)
        for number in ALL:
            await agree(origin, handler, number)
        assert await origin.state(OWED) is State.AWAITING_SIGN_OFF
        assert [kind for _, kind in await handler.story(PENDING)][-1] == "Note"
        assert [kind for _, kind in await origin.story(ACCEPTED)][-1] == "Note"
        await handler.act(AWAITING, ev.ReceivedByHandler("ES-new"))
        await handler.act(SIGNED, ev.Accepted("受理号"))
        await handler.act(ACCEPTED, ev.Decided(Decision.GRANTED, "准予号"))
        await origin.act(OWED, ev.Withdrawn())
        new = await origin.submit(origin.a_case(to=ENSHI))
        theirs = await handler.submit(handler.a_case(to=QIANJIANG))
        await all_of.pass_time(hours=1)
        assert new not in ALL
        for number in (*ALL, new, theirs):
            await agree(origin, handler, number)
        assert await origin.state(ACCEPTED) is State.GRANTED
        assert await handler.state(OWED) is State.WITHDRAWN
        for side in (origin, handler):
            assert await rows(side, "SELECT 1 FROM outbox WHERE settled_at IS NULL") == []


async def test_it_can_be_backed_up_restored_and_caught_up_with(tmp_path: Path) -> None:
    async with as_left(tmp_path) as all_of:
        origin, handler = all_of[QIANJIANG], all_of[ENSHI]
        made = back_up(origin, tmp_path / "backup")
        assert made.cases == len(ALL)
        for _ in range(3):
            await all_of.pass_time(hours=1)
        await burn_down_and_restore(all_of, origin, tmp_path / "backup", tmp_path / "again")
        assert (await origin.gateway.restored.catch_up(ENSHI)).left_out == 0
        await all_of.pass_time(hours=1)
        for number in ALL:
            await agree(origin, handler, number)


def test_every_file_that_is_new_since_then_runs_and_the_old_ones_are_as_they_ran(tmp_path: Path) -> None:
    home = home_of(QIANJIANG, tmp_path)
    store = home / "data" / "store.sqlite3"
    ran = migrate(store, now=NOW)
    names = [migration.name for migration in read_migrations()]
    assert list(ran) == names[7:], "the first seven had run in that release, with the same text"
    assert migrate(store, now=NOW) == ()
    with closing(apsw.Connection(str(store))) as opened_store:
        assert opened_store.pragma("integrity_check") == "ok"
        assert opened_store.pragma("foreign_key_check") is None


def test_that_release_refuses_the_store_of_today(tmp_path: Path) -> None:
    home = home_of(QIANJIANG, tmp_path)
    store = home / "data" / "store.sqlite3"
    migrate(store, now=NOW)
    former = tmp_path / "former"
    former.mkdir()
    for migration in read_migrations()[:7]:
        (former / migration.name).write_text(migration.sql, encoding="utf-8")
    with pytest.raises(GatewayError) as refused:
        migrate(store, now=NOW, folder=former)
    assert refused.value.reason is Reason.STORE_NEWER
    assert refused.value.facts["file"] == read_migrations()[7].name
