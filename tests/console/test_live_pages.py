"""Pages are told that they have changed: by their own person's cases, in time, within bounds, and no longer than the session."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest

from gateway.case import events as ev
from gateway.console.watchers import A_PERSON
from tests.build import a_happening
from tests.console.people_build import Console, Visitor, a_console

LIVE = {"Accept": "text/event-stream"}


@pytest.fixture
async def console(tmp_path: Path) -> AsyncIterator[Console]:
    async with a_console(tmp_path) as one:
        one.desk.watchers.at_most_every = 0.01
        yield one


class Stream:
    """What a page hears."""

    def __init__(self, answer: object) -> None:
        self.answer = answer

    async def next(self) -> str:
        """The name of the next event; `here` for a beat."""
        async with asyncio.timeout(10):
            while True:
                line = (await self.answer.content.readline()).decode()
                if not line:
                    return "closed"
                if line.startswith(":"):
                    return "here"
                if line.startswith("event: "):
                    return line.removeprefix("event: ").strip()


@asynccontextmanager
async def watching(visitor: Visitor, query: str) -> AsyncIterator[Stream]:
    async with visitor.session.get(f"{visitor.url}/live?{query}", headers=LIVE) as answer:
        assert answer.status == 200
        assert answer.content_type == "text/event-stream"
        yield Stream(answer)


async def a_case_here(console: Console) -> str:
    there = console.regions["422800"]
    number = await there.submit(there.a_case("500114"))
    await console.regions.settle_down()
    return number


async def test_a_list_is_told_of_a_new_case(console: Console) -> None:
    async with console.signed_in("handler") as visitor, watching(visitor, "side=handler&tab=to_sign") as stream:
        assert await stream.next() == "here"
        await a_case_here(console)
        assert await stream.next() == "news"
        assert await stream.next() == "told"


async def test_a_case_is_told_of_what_happens_to_it_and_nothing_of_others(console: Console) -> None:
    number, other = await a_case_here(console), await a_case_here(console)
    here = console.regions["500114"]
    async with console.signed_in("handler") as visitor, watching(visitor, f"case={number}") as stream:
        assert await stream.next() == "here"
        await here.act(other, a_happening(ev.ReceivedByHandler))
        console.regions["500114"].gateway.signals.told()
        assert await stream.next() == "here"
        await here.act(number, a_happening(ev.ReceivedByHandler))
        console.regions["500114"].gateway.signals.told()
        assert await stream.next() == "news"
    async with console.signed_in("auditor") as auditor:
        assert "<td>查看办件</td>" not in await auditor.get(f"/audit?subject={number}")


async def test_what_changed_before_the_page_was_connected_is_told_at_once(console: Console) -> None:
    async with console.signed_in("handler") as visitor:
        page = await visitor.get("/handler?tab=to_sign")
        address = page.split('sse-connect="/live?', 1)[1].split('"', 1)[0].replace("&amp;", "&")
        await a_case_here(console)
        async with watching(visitor, address) as stream:
            assert await stream.next() == "news"


async def test_with_every_hint_lost_a_page_is_told_within_a_beat(console: Console) -> None:
    async def never() -> None:
        await asyncio.Event().wait()

    console.desk.watchers.told, console.desk.watchers.beat = never, 0.05
    async with console.signed_in("handler") as visitor, watching(visitor, "side=handler") as stream:
        assert await stream.next() == "here"
        await a_case_here(console)
        while (heard := await stream.next()) == "here":
            pass
        assert heard == "news"


async def test_a_stream_ends_with_the_session_and_does_not_keep_it_alive(console: Console) -> None:
    console.desk.watchers.beat = 0.05
    async with console.signed_in("handler") as visitor, watching(visitor, "side=handler") as stream:
        console.regions.clock.pass_time(minutes=20)
        assert await stream.next() == "here"
        await visitor.session.get(f"{visitor.url}/handler", headers={"Tongban-Live": "yes"})
        assert await stream.next() == "here"
        console.regions.clock.pass_time(minutes=20)
        while (heard := await stream.next()) == "here":
            pass
        assert heard == "over"
        assert await stream.next() == "closed"


async def test_who_signs_out_in_another_tab_is_told_nothing_more(console: Console) -> None:
    async with console.signed_in("handler") as visitor, watching(visitor, "side=handler") as stream:
        assert await stream.next() == "here"
        await visitor.post("/sign-out")
        await a_case_here(console)
        assert await stream.next() == "over"


async def test_one_person_watches_four_pages_and_the_oldest_is_let_go(console: Console) -> None:
    async with console.signed_in("handler") as visitor, AsyncExitStack() as open_:
        oldest = await open_.enter_async_context(watching(visitor, "side=handler"))
        assert await oldest.next() == "here"
        for _ in range(A_PERSON):
            later = await open_.enter_async_context(watching(visitor, "side=handler"))
            assert await later.next() == "here"
        assert await oldest.next() == "over"
        assert console.desk.watchers.count == A_PERSON


async def test_nobody_waits_when_the_gateway_stops(console: Console) -> None:
    async with console.signed_in("handler") as visitor, watching(visitor, "side=handler") as stream:
        assert await stream.next() == "here"
        console.regions["500114"].gateway.signals.end()
        assert await stream.next() == "over"


async def test_a_case_of_another_side_cannot_be_watched(console: Console) -> None:
    number = await a_case_here(console)
    async with console.signed_in("window") as visitor:
        for query, status in ((f"case={number}", 404), ("case=none", 404), ("side=nobody", 422), ("", 422)):
            async with visitor.session.get(f"{visitor.url}/live?{query}", headers=LIVE) as answer:
                assert answer.status == status, query
