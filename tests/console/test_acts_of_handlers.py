"""A handler works on a case from elsewhere in the browser: only what is possible, with what is demanded, once."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gateway.case import events as ev
from gateway.case.lifecycle import WHO
from gateway.case.states import State
from gateway.console.acts_forms import FORMS, word_of
from gateway.store import audit, feed
from tests.console.acts_build import a_case_here, act, buttons, hidden, plain
from tests.console.people_build import Console, a_console


@pytest.fixture
async def console(tmp_path: Path) -> AsyncIterator[Console]:
    async with a_console(tmp_path) as one:
        yield one


async def state(console: Console, number: str, region: str = "500114") -> State:
    return await console.regions[region].state(number)


async def kinds(console: Console, number: str) -> list[str]:
    view = await console.regions["500114"].view(number)
    return [type(one.event.happening).__name__ for one in view.events if one.event]


def test_every_kind_has_a_form_but_those_that_nobody_fills_in() -> None:
    assert {word_of(kind) for kind in WHO} - set(FORMS) == {"supplemented", "deadline_passed"}


async def test_a_case_goes_its_whole_way_in_the_browser(console: Console) -> None:
    number = await a_case_here(console)
    async with console.signed_in("handler") as handler:
        text = await handler.get("/handler")
        assert number in text
        await handler.get(f"/cases/{number}")
        assert buttons(handler.text)[:3] == ["received_by_handler", "accepted", "supplement_requested"]
        assert {"not_accepted", "returned"} <= set(buttons(handler.text)[3:]), "what ends a case stands last"
        assert "decided" not in buttons(handler.text)

        text = await act(handler, number, "received_by_handler", handler_number="QJ-2026-1")
        assert handler.address == f"/cases/{number}"
        assert "已登记: 签收" in plain(text)
        await act(handler, number, "accepted", acceptance_number="黔人社受〔2026〕00001号")
        assert await state(console, number) is State.ACCEPTED
        await act(
            handler,
            number,
            "step_done",
            kind="review",
            name="审查",
            started_at="2026-11-24T09:00",
            ended_at="2026-11-24T09:30",
            opinion="材料齐全",
        )
        await act(handler, number, "suspended", kind="appraisal", expected_days="15", reason="需要鉴定")
        assert await state(console, number) is State.SUSPENDED
        await act(handler, number, "resumed", result="鉴定合格")
        await act(handler, number, "extended", days="5", approver="冉明", reason="情况复杂")
        await act(
            handler,
            number,
            "decided",
            decision="granted",
            document_number="黔人社许〔2026〕00017号",
            result_kind="certificate",
            result_name="社会保障卡",
            valid_from="2026-11-24",
            valid_to="2036-11-23",
        )
        assert await state(console, number) is State.GRANTED
        await act(handler, number, "result_sent", way="mail", carrier="邮政特快专递", tracking_number="1000000000001")
        text = await act(handler, number, "delivered", way="mail", recipient_name="向小满")
        assert await state(console, number) is State.DELIVERED
        assert "向小满" not in text, "masked on the page"
        assert buttons(text) == ["evaluated"]
        await act(handler, number, "evaluated", origin_level="satisfied", handler_level="very_satisfied")
    await console.regions.settle_down()
    assert await state(console, number, "422800") is State.DELIVERED
    there = await console.regions["422800"].view(number)
    decided = next(one.event for one in there.events if one.event and isinstance(one.event.happening, ev.Decided))
    assert decided.actor == ev.Actor("handler员", "500114000000", "A000", "政务服务中心")
    assert [one.row.version for one in there.events] == list(range(1, 12))


async def test_what_is_missing_stands_next_to_its_field_and_nothing_is_done(console: Console) -> None:
    number = await a_case_here(console)
    async with console.signed_in("handler") as handler:
        await act(handler, number, "received_by_handler")
        text = await act(handler, number, "not_accepted", legal_basis="依据某条", reason=" ")
        assert handler.status == 422
        assert '<small id="h-reason" class="problem">没有填写: 必须填写</small>' in text
        assert "依据某条" in text, "what was typed is kept"
        assert await state(console, number) is State.WITH_HANDLER

        await act(handler, number, "accepted")
        text = await act(handler, number, "decided", decision="denied", document_number="黔人社许[2026]17号")
        assert handler.status == 422
        assert '<small id="h-reason" class="problem">缺少理由: 补上后重新提交</small>' in text
        assert 'id="h-document_number" class="problem"' in text
        assert '<option value="denied" selected>' in text
        text = await act(handler, number, "decided", decision="maybe", valid_from="2026-13-01")
        assert "没有这个选项" in text
        assert "不是日期" in text
        text = await act(
            handler,
            number,
            "step_done",
            kind="review",
            name="审查",
            started_at="2026-11-24T10:00",
            ended_at="2026-11-24T09:00",
        )
        assert 'id="h-ended_at" class="problem"' in text
        assert await kinds(console, number) == ["ReceivedByHandler", "Accepted"]


async def test_the_same_form_twice_acts_once(console: Console) -> None:
    number = await a_case_here(console)
    async with console.signed_in("handler") as handler:
        path = f"/cases/{number}/acts/received_by_handler"
        await handler.get(path)
        form, page = hidden(handler), handler.text
        await handler.post(path, **form, handler_number="QJ-1")
        first = handler.text
        handler.text = page
        await handler.post(path, **form, handler_number="QJ-1")
        assert handler.status == 200
        assert plain(handler.text) == plain(first)
        handler.text = page
        await handler.post(path, **form, handler_number="QJ-2")
        assert handler.status == 409
        assert "这张表单已经提交过" in handler.text
        assert await kinds(console, number) == ["ReceivedByHandler"]


async def test_a_notice_sent_twice_is_one_notice(console: Console) -> None:
    number = await a_case_here(console)
    async with console.signed_in("handler") as handler:
        path = f"/cases/{number}/acts/supplement_requested"
        await handler.get(path)
        form, page = hidden(handler), handler.text
        fields = {"what:t:1": "请补交照片"}
        for _ in range(2):
            handler.text = page
            await handler.post(path, **form, **fields)
            assert handler.address == f"/cases/{number}"
        assert await kinds(console, number) == ["SupplementRequested"]


async def test_a_case_that_changed_meanwhile_is_not_acted_on_and_what_was_typed_is_kept(console: Console) -> None:
    number = await a_case_here(console)
    async with console.signed_in("handler") as handler:
        path = f"/cases/{number}/acts/not_accepted"
        await handler.get(path)
        form = hidden(handler)
        await console.regions["422800"].act(number, ev.Note("申请人来电, 请等一等"))
        await console.regions.settle_down()
        text = await handler.post(path, **form, reason="不属于本机关")
        assert handler.status == 412
        assert "不属于本机关" in text
        assert await state(console, number) is State.AWAITING_SIGN_OFF
        await handler.post(path, **hidden(handler), reason="不属于本机关")
        assert await state(console, number) is State.NOT_ACCEPTED, "having seen it, the same form goes through"


async def test_what_may_be_wrong_is_told_and_not_refused(console: Console) -> None:
    number = await a_case_here(console)
    async with console.signed_in("handler") as handler:
        text = await act(handler, number, "accepted", acceptance_number="QJ/2026/1")
        assert handler.address == f"/cases/{number}"
        assert "请核对: 文号不是" in plain(text)
        await act(handler, number, "decided", decision="granted")
        assert "准予没有写文号" in handler.text


async def test_an_event_is_corrected_beside_the_old_one(console: Console) -> None:
    number = await a_case_here(console)
    async with console.signed_in("handler") as handler:
        text = await act(
            handler, number, "accepted", acceptance_number="黔人社受〔2026〕00001号", handler_number="QJ-1"
        )
        event = (await console.regions["500114"].view(number)).events[-1].event
        assert event
        query = f"?corrects={event.event_id}"
        assert f"/cases/{number}/acts/accepted{query}" in text
        await handler.get(f"/cases/{number}/acts/accepted{query}")
        assert 'value="黔人社受〔2026〕00001号"' in handler.text
        assert 'name="promised_date"' not in handler.text, "a limit is not corrected"
        await act(
            handler, number, "accepted", query, acceptance_number="黔人社受〔2026〕00002号", handler_number="QJ-1"
        )
        assert handler.status == 422
        text = await act(
            handler,
            number,
            "accepted",
            query,
            acceptance_number="黔人社受〔2026〕00002号",
            handler_number="QJ-1",
            reason="文号写错",
        )
        assert "已登记: 更正: 受理" in plain(text)
        text = await act(
            handler,
            number,
            "accepted",
            query,
            acceptance_number="黔人社受〔2026〕00002号",
            handler_number="QJ-1",
            reason="又",
        )
        assert handler.status == 422
        assert "与现有版本没有不同" in text
    versions = [one.event.data_version for one in (await console.regions["500114"].view(number)).events if one.event]
    assert versions == [1, 2]


async def test_a_system_in_charge_learns_what_people_did(console: Console) -> None:
    here = console.regions["500114"]
    number = await a_case_here(console)
    assert (await here.view(number)).row.system == "window"
    before = len(await here.feed())
    async with console.signed_in("handler") as handler:
        await act(handler, number, "received_by_handler", handler_number="QJ-7")
    told = (await here.gateway.looking.read_feed("window", 0, 100))[before:]
    assert [(one.kind, type(one.event.happening) if one.event else None) for one in told] == [
        (feed.EVENT, ev.ReceivedByHandler)
    ]


async def test_an_unclaimed_case_is_claimed_by_whoever_acts(console: Console) -> None:
    here = console.regions["500114"]
    here.gateway.assign = lambda _: ""
    number, other = await a_case_here(console), await a_case_here(console)
    async with console.signed_in("handler") as handler:
        text = await handler.get(f"/cases/{number}")
        assert "尚无系统接收" in text
        await handler.post(f"/cases/{number}/claim")
        assert (await here.view(number)).row.system == feed.CONSOLE
        assert "由控制台办理" not in handler.text
        await act(handler, other, "received_by_handler")
        assert (await here.view(other)).row.system == feed.CONSOLE
    after = console.regions.clock()
    assert await here.gateway.database.read(lambda tx: feed.unclaimed_since(tx, after)) == []
    rows = await here.gateway.database.read(lambda tx: audit.newest(tx, 0, "case.claim", number, 10))
    assert [one.actor[:7] for one in rows] == ["person:"]


async def test_a_note_goes_to_the_other_window_and_theirs_comes_here(console: Console) -> None:
    number = await a_case_here(console)
    async with console.signed_in("handler") as handler:
        await handler.get(f"/cases/{number}")
        text = await handler.post(f"/cases/{number}/acts/note", **hidden(handler), text="请确认照片\n是否清晰 <b>")
        assert "请确认照片" in text
        assert "<b>" not in text
        await console.regions.settle_down()
        await console.regions["422800"].act(number, ev.Note("清晰"))
        await console.regions.settle_down()
        text = await handler.get(f"/cases/{number}")
        assert text.index('class="note ours"') < text.index('class="note theirs"')
        await handler.post(f"/cases/{number}/acts/note", text=" ")
        assert handler.status == 422


async def test_only_those_of_the_side_and_place_act(console: Console) -> None:
    number = await a_case_here(console)
    async with console.signed_in("window") as window:
        await window.get(f"/cases/{number}/acts/accepted")
        assert window.status == 404
        await window.get("/account")
        await window.post(f"/cases/{number}/acts/accepted")
        assert window.status == 404
        await window.get("/account")
        await window.post(f"/cases/{number}/claim")
        assert window.status == 404
    async with console.signed_in("handler") as handler:
        await handler.get(f"/cases/{number}/acts/decided")
        assert handler.status == 409
        await handler.get("/account")
        await handler.post(f"/cases/{number}/acts/decided", decision="granted")
        assert handler.status == 409
        await handler.get(f"/cases/{number}/acts/nothing")
        assert handler.address == f"/cases/{number}"
    assert await kinds(console, number) == []


async def test_who_acted_is_in_the_audit(console: Console) -> None:
    number = await a_case_here(console)
    async with console.signed_in("handler") as handler:
        await act(handler, number, "received_by_handler")
    async with console.signed_in("auditor") as auditor:
        text = await auditor.get(f"/audit?subject={number}&act=case.act.ReceivedByHandler")
        assert "handler员" in text


async def test_what_is_recorded_late_says_why_and_nothing_is_ahead_of_now(console: Console) -> None:
    number = await a_case_here(console)
    console.regions.clock.pass_time(hours=24 * 7)
    async with console.signed_in("handler") as handler:
        path = "received_by_handler"
        text = await act(handler, number, path, occurred_at="2026-11-24T11:00")
        assert handler.status == 422
        assert "没有说明原因: 写明补录原因" in text
        assert '<details class="paper" open>' in text
        text = await act(handler, number, path, occurred_at="2027-01-01T00:00", reason="补录")
        assert "时间在将来" in text
        text = await act(handler, number, path, occurred_at="2026-11-01T00:00", reason="补录")
        assert "早于窗口收件" in text
        await act(handler, number, path, occurred_at="2026-11-24T11:00", reason="停电, 纸质签收后补录")
        assert handler.address == f"/cases/{number}"
    event = (await console.regions["500114"].view(number)).events[-1].event
    assert event
    assert (str(event.occurred_at), event.reason) == ("2026-11-24 03:00:00+00:00", "停电, 纸质签收后补录")
