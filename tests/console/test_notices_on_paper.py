"""People print notices: from the page of a case, for a reason, in full, numbered once, each copy counted and in the audit."""

import asyncio
import html
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gateway.case import events as ev
from gateway.case.kinds import Decision
from gateway.store import audit, notices
from gateway.store.audit import Note
from tests.console.acts_build import act, buttons, plain
from tests.console.notices_build import (
    ID_NUMBER,
    NAME,
    a_case_to_print,
    a_paper_console,
    an_applicant,
    everything_happens,
    happens,
    notices_of,
    printed,
)
from tests.console.people_build import Console, Visitor

EVIL = '"><script>alert(1)</script>{{7*7}}#eval("1")*粗*$x$`'


@pytest.fixture
async def console(tmp_path: Path) -> AsyncIterator[Console]:
    async with a_paper_console(tmp_path) as one:
        yield one


async def noted(console: Console, number: str, act_name: str) -> list[Note]:
    here = console.regions["500114"].gateway.database
    return [one for one in await here.read(lambda tx: audit.about(tx, number)) if one.act == act_name]


def sheet(text: str) -> str:
    """What stands on the paper."""
    found = re.search(r'<article class="sheet paper".*?</article>', text, re.DOTALL)
    assert found, text
    return plain(found[0])


async def first_of(visitor: Visitor, number: str, kind: str) -> str:
    return next(path for path, one in await notices_of(visitor, number) if one == kind)


async def test_every_notice_of_a_whole_life_is_offered_and_printed(console: Console) -> None:
    cases = await everything_happens(console)
    async with console.signed_in("handler") as handler:
        seen: dict[str, str] = {}
        for number in cases.values():
            for path, kind in await notices_of(handler, number):
                text = await printed(handler, path)
                assert handler.status == 200
                seen.setdefault(kind, sheet(text))
        assert set(seen) == {
            "supplement",
            "acceptance",
            "suspension",
            "extension",
            "granted",
            "denied",
            "non_acceptance",
            "returned",
            "delivery",
        }
        for kind, text in seen.items():
            assert NAME in text, kind
            assert ID_NUMBER in text, kind
            assert "待盖章" in text, kind
            number = re.search(r"黔政服\w+〔2026〕\d{5}号", text)
            assert number, kind
        assert "黔政服不受〔2026〕00001号" in seen["non_acceptance"]
        assert "请带原件到窗口" in seen["supplement"]
        assert "六十日" in seen["denied"]
        assert "六个月" in seen["denied"]


async def test_a_page_of_a_case_shows_nothing_personal_of_its_notices(console: Console) -> None:
    number = await a_case_to_print(console)
    await happens(console, number, ev.Accepted())
    async with console.signed_in("handler") as handler:
        path = await first_of(handler, number, "acceptance")
        assert NAME not in handler.text
        frame = await handler.get(path)
        assert NAME not in frame
        assert ID_NUMBER not in frame


async def test_a_reason_is_demanded_and_kept(console: Console) -> None:
    number = await a_case_to_print(console)
    await happens(console, number, ev.Accepted())
    async with console.signed_in("handler") as handler:
        path = await first_of(handler, number, "acceptance")
        text = await printed(handler, path, reason="  x ")
        assert handler.status == 422
        assert "没有写打印原因" in text
        assert NAME not in text
        assert await noted(console, number, "document.printed") == []
        await printed(handler, path, reason="交申请人本人")
        (note,) = await noted(console, number, "document.printed")
        assert note.actor.startswith("person:")
        assert note.detail == "acceptance 黔政服受〔2026〕00001号 #1 page 交申请人本人"
        assert [one.detail for one in await noted(console, number, "notice.numbered")] == ["黔政服受〔2026〕00001号"]


async def test_a_number_stays_and_a_second_copy_says_so(console: Console) -> None:
    number = await a_case_to_print(console)
    await happens(console, number, ev.Accepted())
    async with console.signed_in("handler") as handler:
        path = await first_of(handler, number, "acceptance")
        frame = await handler.get(path)
        assert "还没有文号, 打印时编号" in frame
        first = sheet(await printed(handler, path))
        second = sheet(await printed(handler, path))
        assert "补打" not in first
        assert "补打（第2份）" in second
        assert first.count("黔政服受〔2026〕00001号") == second.count("黔政服受〔2026〕00001号") == 1
        assert "2 份" in plain(await handler.get(path))
        listed = plain(await handler.get(f"/cases/{number}"))
        assert "黔政服受〔2026〕00001号" in listed


async def test_the_same_form_twice_is_one_copy(console: Console) -> None:
    number = await a_case_to_print(console)
    await happens(console, number, ev.Accepted())
    async with console.signed_in("handler") as handler:
        path = await first_of(handler, number, "acceptance")
        text = await printed(handler, path)
        once = re.search(r'name="once" value="([^"]*)"', text)
        assert once
        again = await handler.post(path, do="page", reason="交申请人", once=once[1])
        assert "补打" not in again
        other = path.replace("/acceptance/", "/delivery/")
        await handler.get(other)
        await handler.post(other, do="page", reason="交申请人", once=once[1])
        assert handler.status in (409, 422), "a form prints one thing"
        assert "KEY_REUSED" in handler.text


async def test_many_at_once_get_a_number_each_and_none_is_left_out(console: Console) -> None:
    numbers = [await a_case_to_print(console) for _ in range(8)]
    for number in numbers:
        await happens(console, number, ev.Accepted())
    async with console.signed_in("handler") as handler:
        paths = [await first_of(handler, number, "acceptance") for number in numbers]
        text = await handler.get(paths[0])
        token = re.search(r'name="page_token" value="([0-9a-f]*)"', text)
        assert token

        async def print_it(path: str, once: str) -> str:
            data = {"page_token": token[1], "do": "page", "reason": "交申请人", "once": once}
            async with handler.session.post(handler.url + path, data=data) as answer:
                found = re.search(r"黔政服受〔2026〕\d{5}号", await answer.text())
                assert found
                return found[0]

        jobs = [print_it(path, f"{n}-{copy}") for n, path in enumerate(paths) for copy in range(3)]
        got = await asyncio.gather(*jobs)
    by_case = [set(got[n * 3 : n * 3 + 3]) for n in range(8)]
    assert all(len(one) == 1 for one in by_case), "one notice, one number"
    assert sorted(next(iter(one)) for one in by_case) == [f"黔政服受〔2026〕{n:05d}号" for n in range(1, 9)]


async def test_a_write_that_fails_uses_no_number_up(console: Console) -> None:
    database = console.regions["500114"].gateway.database

    def fails(tx: object) -> None:
        notices.next_in(tx, "黔政服受〔2026〕", 1)  # type: ignore[arg-type]
        raise RuntimeError("the disk is full")

    for _ in range(3):
        with pytest.raises(RuntimeError):
            await database.write(fails)
    assert await database.write(lambda tx: notices.next_in(tx, "黔政服受〔2026〕", 1)) == 1
    assert await database.write(lambda tx: notices.next_in(tx, "黔政服受〔2026〕", 124)) == 124
    assert await database.write(lambda tx: notices.next_in(tx, "黔政服受〔2026〕", 124)) == 125
    assert await database.write(lambda tx: notices.next_in(tx, "黔政服受〔2027〕", 1)) == 1, "each year begins anew"


async def test_an_act_at_the_console_takes_its_number_along_to_the_other_side(console: Console) -> None:
    number = await a_case_to_print(console)
    async with console.signed_in("handler") as handler:
        await act(handler, number, "accepted")
        assert handler.status == 200, handler.text
        await act(handler, number, "decided", decision="denied", reason="不符合换领条件")
        await console.regions.settle_down()
        there = [one.event for one in (await console.regions["422800"].view(number)).events if one.event]
        accepted, decided = (one for one in there if isinstance(one.happening, ev.Accepted | ev.Decided))
        assert isinstance(accepted.happening, ev.Accepted)
        assert accepted.happening.acceptance_number == "黔政服受〔2026〕00001号"
        assert [(one.title, one.number) for one in decided.documents] == [("办结通知书", "黔政服结〔2026〕00001号")]
        assert isinstance(decided.happening, ev.Decided)
        assert decided.happening.document_number == "", (
            "the decision has a number of its own, which is its department's"
        )
        text = sheet(await printed(handler, await first_of(handler, number, "denied")))
        assert "黔政服结〔2026〕00001号" in text


async def test_a_number_somebody_wrote_is_kept_and_given_to_nobody_else(console: Console) -> None:
    one, two = await a_case_to_print(console), await a_case_to_print(console)
    async with console.signed_in("handler") as handler:
        await act(handler, one, "accepted", acceptance_number="黔政服受〔2026〕00001号")
        assert handler.address == f"/cases/{one}", handler.text
        text = await act(handler, two, "accepted", acceptance_number="黔政服受〔2026〕00001号")
        assert handler.status == 422
        assert "这个文号已用于另一份文书" in html.unescape(text)
        await act(handler, two, "accepted")
        path = await first_of(handler, two, "acceptance")
        assert "黔政服受〔2026〕00002号" in sheet(await printed(handler, path))


async def test_what_is_refused_takes_no_number(console: Console) -> None:
    number = await a_case_to_print(console)
    async with console.signed_in("handler") as handler:
        await act(handler, number, "not_accepted")
        assert handler.status in (400, 422), "a reason is missing"
        await act(handler, number, "not_accepted", reason="不属于本机关职权")
        path = await first_of(handler, number, "non_acceptance")
        assert "黔政服不受〔2026〕00001号" in sheet(await printed(handler, path))


async def test_the_window_prints_what_the_handler_decided_and_gives_it_no_number(console: Console) -> None:
    here, there = console.regions["500114"], console.regions["422800"]
    number = await here.submit(here.a_case("422800", applicant=an_applicant()))
    await console.regions.settle_down()
    await there.act(number, ev.Accepted())
    await console.regions.settle_down()
    async with console.signed_in("window") as window:
        path = await first_of(window, number, "acceptance")
        frame = await window.get(path)
        assert "文号由办理地编" in frame
        text = await printed(window, path)
        on_paper = sheet(text)
        assert "（文号由办理机关编）" in on_paper
        assert "待盖章（由政务服务中心盖章）" in on_paper
        assert 'src="data:image/svg+xml;base64,' in text, "the number is ours, our progress page knows it"
        assert "黔政服" not in on_paper
    assert await noted(console, number, "notice.numbered") == []


async def test_the_qr_code_is_left_out_where_it_would_lead_nowhere(console: Console, tmp_path: Path) -> None:
    number = await a_case_to_print(console)
    await happens(console, number, ev.Accepted())
    async with console.signed_in("handler") as handler:
        path = await first_of(handler, number, "acceptance")
        assert "本地查询页查不到" in await handler.get(path)
        assert "data:image/svg" not in await printed(handler, path)


async def test_without_settings_the_pages_say_what_is_missing(tmp_path: Path) -> None:
    from gateway.settings.paper_settings import PaperSettings

    async with a_paper_console(tmp_path, PaperSettings()) as console:
        here, there = console.regions["500114"], console.regions["422800"]
        number = await here.submit(here.a_case("422800", applicant=an_applicant()))
        await console.regions.settle_down()
        await there.act(number, ev.Accepted())
        await console.regions.settle_down()
        async with console.signed_in("window") as window:
            assert "没有设置进度查询页 (console.progress_url)" in await window.get(
                await first_of(window, number, "acceptance")
            )
        ours = await a_case_to_print(console)
        await happens(console, ours, ev.Accepted())
        async with console.signed_in("handler") as handler:
            path = await first_of(handler, ours, "acceptance")
            assert "没有设置机关代字 (console.notices.organ)" in await handler.get(path)
            assert "（未编文号）" in sheet(await printed(handler, path))


async def test_other_roles_and_places_print_nothing(console: Console) -> None:
    number = await a_case_to_print(console)
    await happens(console, number, ev.Accepted())
    async with console.signed_in("handler") as handler:
        path = await first_of(handler, number, "acceptance")
    for role, status in (("window", 404), ("operator", 403), ("security", 403), ("auditor", 403)):
        async with console.signed_in(role) as visitor:
            await visitor.get(path)
            assert visitor.status == status, role
            await visitor.get("/account")
            await visitor.post(path, do="page", reason="交申请人", once="x")
            assert visitor.status == status, role
            assert NAME not in visitor.text
            await visitor.get(f"/cases/{number}/slip.pdf")
            assert visitor.status == (404 if role == "window" else 403), "it was not taken in here"
    assert await noted(console, number, "document.printed") == []


async def test_a_notice_the_case_does_not_have_is_told_so(console: Console) -> None:
    number = await a_case_to_print(console)
    await happens(console, number, ev.Accepted())
    async with console.signed_in("handler") as handler:
        path = await first_of(handler, number, "acceptance")
        for wrong in (
            path.replace("acceptance", "denied"),
            path + "x",
            path.replace("acceptance", "slip"),
            path.replace("acceptance", "zzz"),
        ):
            await handler.get(wrong)
            assert handler.status == 404, wrong
            assert "NOTICE_UNKNOWN" in handler.text
            await handler.get("/account")
            await handler.post(wrong, do="page", reason="交申请人", once="y")
            assert handler.status == 404, wrong


async def test_what_people_wrote_is_text_on_the_page(console: Console) -> None:
    number = await a_case_to_print(console, name="向<b>小满{{7*7}}")
    await happens(console, number, ev.NotAccepted(EVIL, EVIL), EVIL)
    async with console.signed_in("handler") as handler:
        text = await printed(handler, await first_of(handler, number, "non_acceptance"), reason=EVIL)
        assert handler.status == 200
        assert "<script>alert" not in text
        assert "<b>小满" not in text
        assert "{{7*7}}" in sheet(text)
        assert not re.search(r"<script(?![^>]*\ssrc=)|\sstyle=|\son\w+=|<style", text)


async def test_a_hand_over_leads_to_its_record(console: Console) -> None:
    number = await a_case_to_print(console)
    await happens(console, number, ev.Accepted())
    await happens(console, number, ev.Decided(Decision.GRANTED, "黔人社许〔2026〕00017号"))
    async with console.signed_in("handler") as handler:
        await handler.get(f"/cases/{number}")
        assert "delivered" in buttons(handler.text)
        records = [path for path, kind in await notices_of(handler, number) if kind == "delivery"]
        frame = await handler.get(records[-1])
        assert f'href="/cases/{number}/acts/delivered"' in frame
        await act(
            handler,
            number,
            "delivered",
            way="handler_window",
            recipient_name="向大山",
            certificate_kind="111",
            certificate_number=ID_NUMBER,
        )
        assert handler.address == f"/cases/{number}", handler.text
        paths = [path for path, kind in await notices_of(handler, number) if kind == "delivery"]
        text = sheet(await printed(handler, paths[-1]))
        assert "实际领取人 向大山" in text
        assert "业务属地窗口" in text
        assert "决定书 黔人社许〔2026〕00017号" in text
