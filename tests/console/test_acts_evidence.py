"""What proves a case is told in plain words and proved anew each time; what waits for the other side is told and ended."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from gateway.case import events as ev
from gateway.case.errors import GatewayError
from gateway.case.reasons import Reason
from gateway.case.states import State
from gateway.flows.act import OPERATOR
from gateway.store import evidence
from tests.console.acts_build import a_case_here, act, buttons, plain
from tests.console.people_build import Console, a_console


@pytest.fixture
async def console(tmp_path: Path) -> AsyncIterator[Console]:
    async with a_console(tmp_path) as one:
        yield one


async def a_case_away(console: Console) -> str:
    origin = console.regions["500114"]
    number = await origin.submit(origin.a_case("422800"))
    await console.regions.settle_down()
    return number


async def test_every_message_of_either_side_is_proved(console: Console) -> None:
    number = await a_case_here(console)
    async with console.signed_in("handler") as handler:
        await act(handler, number, "received_by_handler")
        await console.regions.settle_down()
        await console.regions["422800"].act(number, ev.Note("请尽快办理"))
        await console.regions.settle_down()
        await console.regions["500114"].act(number, ev.Note("好的"))
        text = plain(await handler.get(f"/cases/{number}"))
    view = await console.regions["500114"].view(number)
    proofs = await console.desk.proving.prove(view)
    assert [proofs[one.row.event_id].holds for one in view.events] == [True] * 4
    assert [proofs[one.row.event_id].seal.by for one in view.events] == ["422800", "500114", "422800", "500114"]
    assert [bool(proofs[one.row.event_id].receipt) for one in view.events] == [True, True, True, False]
    found = [proofs[one.row.event_id].logged for one in view.events]
    log = await console.regions["500114"].gateway.database.read(evidence.log)
    for one, proof in zip(view.events, proofs.values(), strict=True):
        assert proof.logged
        entry = next(leaf for leaf in log if leaf.position == proof.logged.position)
        assert (entry.sender, entry.object_id) == (one.row.sender, one.row.envelope_id)
        assert proof.sealed_sha256 == entry.sealed_sha256.hex()
    assert all(found)
    assert text.count("签名有效 · 本方已签回执 · 日志相符") == 2
    assert text.count("签名有效 · 对方已签回执 · 日志相符") == 1
    assert text.count("签名有效 · 回执 还没有 · 日志相符") == 1


async def test_bytes_that_were_altered_are_told(console: Console) -> None:
    number = await a_case_here(console)
    database = console.regions["500114"].gateway.database
    view = await console.regions["500114"].view(number)
    await database.write(lambda tx: tx.execute("UPDATE evidence SET leaf = x'00' WHERE sender = '422800'"))
    proof = (await console.desk.proving.prove(view))[view.events[0].row.event_id]
    assert proof.logged
    assert not proof.logged.fits
    assert not proof.holds
    async with console.signed_in("handler") as handler:
        assert "证据有问题, 请联系运维" in plain(await handler.get(f"/cases/{number}"))


async def test_a_key_that_is_not_registered_any_more_proves_nothing(console: Console) -> None:
    number = await a_case_here(console)
    view = await console.regions["500114"].view(number)
    forgetful = replace(console.desk.proving, keys_of=lambda _: {})
    proof = (await forgetful.prove(view))[view.events[0].row.event_id]
    assert proof.seal.problem == GatewayError(Reason.SEAL_KEY_UNKNOWN).cause
    assert not proof.holds


async def test_an_entry_is_found_among_many_by_its_time_and_not_elsewhere(console: Console) -> None:
    number = await a_case_here(console)
    database = console.regions["500114"].gateway.database
    row = (await console.regions["500114"].view(number)).events[0].row
    base = row.arrived_at
    vault = console.regions["500114"].gateway.vault

    def fill(tx: object) -> None:
        for n in range(300):
            at = base + timedelta(minutes=1 + n)
            evidence.record(tx, vault, evidence.ENVELOPE, "433100", f"e{n}", b"sealed", at)  # type: ignore[arg-type]

    await database.write(fill)
    for n in (0, 7, 150, 299):
        at = base + timedelta(minutes=1 + n)
        found = await database.read(lambda tx, n=n, at=at: evidence.find(tx, "433100", f"e{n}", at))
        assert found
        assert found.object_id == f"e{n}"
    away = base + timedelta(hours=2)
    assert await database.read(lambda tx: evidence.find(tx, "433100", "e7", away)) is None
    assert await database.read(lambda tx: evidence.find(tx, row.sender, row.envelope_id, row.arrived_at))


async def test_how_long_each_side_had_it_and_who_has_it_now(console: Console) -> None:
    number = await a_case_here(console)
    async with console.signed_in("handler") as handler:
        console.regions.clock.pass_time(minutes=25)
        text = plain(await handler.get(f"/cases/{number}"))
        assert "业务属地 25 分钟 现在在这里" in text
        await act(handler, number, "supplement_requested", **{"what:t:1": "请补交照片"})
        console.regions.clock.pass_time(minutes=10)
        text = plain(await handler.get(f"/cases/{number}"))
        assert "业务属地 25 分钟" in text
        assert "15 分钟 现在在这里" in text


async def test_a_message_that_cannot_be_handed_over_is_told_and_settled_offline(console: Console) -> None:
    number = await a_case_here(console)
    here = console.regions["500114"]
    here.courier.down.add("422800")
    async with console.signed_in("handler") as handler:
        await act(handler, number, "received_by_handler")
        assert "handled_offline" not in buttons(handler.text)
        for _ in range(4):
            await console.regions.pass_time(hours=8)
        await handler.sign_in("handler")
        text = await handler.get(f"/cases/{number}")
        assert "handled_offline" in buttons(text)
        assert "还没有回执" in text
        view = await here.gateway.looking.look_at_case(OPERATOR, number)
        envelope = view.deliveries[-1].envelope_id
        await act(handler, number, "handled_offline", envelope_id="another", reason="已电话告知")
        assert handler.status == 422
        text = await act(handler, number, "handled_offline", envelope_id=envelope, reason="已电话告知")
        assert "已登记: 线下处理" in plain(text)
    kinds = [type(one.event.happening) for one in (await here.view(number)).events if one.event]
    assert kinds == [ev.ReceivedByHandler, ev.HandledOffline]


async def test_a_window_withdraws_notes_and_hands_over_as_the_same_forms_do(console: Console) -> None:
    number = await a_case_away(console)
    async with console.signed_in("window") as window:
        text = await window.get(f"/cases/{number}")
        assert buttons(text) == ["withdrawn"]
        text = await act(window, number, "withdrawn", reason="申请人不办了")
        assert "已登记: 撤回 待对方确认" in plain(text)
        await console.regions.settle_down()
        assert await console.regions["500114"].state(number) is State.WITHDRAWN
        assert buttons(await window.get(f"/cases/{number}")) == ["evaluated"]
