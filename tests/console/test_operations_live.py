"""Pages of operators keep up by themselves; a connection test is followed step by step; maintenance is announced from a page."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from gateway.case.errors import GatewayError
from gateway.case.reasons import Reason
from gateway.case.texts import Text
from gateway.console.operation_live import PATH
from gateway.console.shared_looks import SharedLooks
from gateway.flows.onboarding.steps import STEPS, Fault, Mark, Step, Trial, failed, passed
from gateway.flows.onboarding.trials import MOST, Trials
from gateway.flows.onboarding.try_connection import Tell
from gateway.partners.partner import Partner
from tests.console.people_build import ENSHI, QIANJIANG, Console, Visitor, a_console

LIVE = {"Accept": "text/event-stream"}


@pytest.fixture
async def console(tmp_path: Path) -> AsyncIterator[Console]:
    async with a_console(tmp_path) as one:
        one.desk.watchers.at_most_every = 0.01
        yield one


class Heard:
    """The names of the events of one stream; `here` for a beat, `closed` at its end."""

    def __init__(self, content: asyncio.StreamReader) -> None:
        self.content = content

    async def next(self) -> str:
        async with asyncio.timeout(30):
            while line := (await self.content.readline()).decode():
                if line.startswith(":"):
                    return "here"
                if line.startswith("event: "):
                    return line.removeprefix("event: ").strip()
        return "closed"

    async def until(self, name: str) -> list[str]:
        """Everything up to the first event of a name, or the end."""
        heard = [await self.next()]
        while heard[-1] not in (name, "closed"):
            heard.append(await self.next())
        return heard


@asynccontextmanager
async def watching(visitor: Visitor, query: str) -> AsyncIterator[Heard]:
    async with visitor.session.get(f"{visitor.url}{PATH}?{query}", headers=LIVE) as answer:
        assert answer.status == 200
        assert answer.content_type == "text/event-stream"
        yield Heard(answer.content)  # type: ignore[arg-type]


async def test_the_queue_is_told_of_what_is_owed(console: Console) -> None:
    here = console.regions[QIANJIANG]
    async with console.signed_in("operator") as visitor:
        page = await visitor.get("/queue")
        assert 'sse-connect="/live/operations?what=queue&amp;mark=' in page
        async with watching(visitor, "what=queue") as stream:
            assert await stream.next() == "here"
            console.desk.operating.looks.forget()
            await here.submit(here.a_case(ENSHI))
            assert (await stream.until("told"))[-2:] == ["news", "told"]


async def test_partners_and_figures_are_told_of_what_changed_since_the_page_was_made(console: Console) -> None:
    async with console.signed_in("operator") as visitor:
        for what in ("partners", f"partner&code={ENSHI}", "figures", "queue"):
            async with watching(visitor, f"what={what}&mark=old") as stream:
                assert await stream.next() == "news"
        for path, what in (("/partners", "partners"), (f"/partners/{ENSHI}", "partner"), ("/figures", "figures")):
            assert f'sse-connect="/live/operations?what={what}&amp;' in await visitor.get(path)


async def test_what_cannot_be_watched_is_refused_in_words(console: Console) -> None:
    async with console.signed_in("operator") as visitor:
        for query, reason in (
            ("", "BAD_REQUEST"),
            ("what=partner&code=999999", "PARTNER_UNKNOWN"),
            (f"what=trial&code={ENSHI}&trial=x", "TRIAL_UNKNOWN"),
        ):
            text = await visitor.get(f"{PATH}?{query}")
            assert 400 <= visitor.status < 500, query
            assert reason in text


async def test_a_connection_test_is_followed_to_its_end(console: Console) -> None:
    async with console.signed_in("operator") as visitor:
        await visitor.get(f"/partners/{ENSHI}")
        await visitor.post(f"/partners/{ENSHI}/test")
        trial = visitor.address.rpartition("/")[2]
        async with watching(visitor, f"what=trial&code={ENSHI}&trial={trial}&mark=0") as stream:
            heard = await stream.until("over")
        assert heard[-1] == "over"
        assert heard.count("news") == heard.count("told") >= 1
        assert "第 12 步, 共 12 步" in await visitor.get(visitor.address)


async def test_many_who_watch_cost_one_look() -> None:
    looks, shared = 0, SharedLooks()

    async def look() -> int:
        nonlocal looks
        looks += 1
        await asyncio.get_running_loop().run_in_executor(None, int)  # the others come meanwhile
        return looks

    assert await asyncio.gather(*(shared.look("queue", 60, look) for _ in range(50))) == [1] * 50
    assert await shared.look("partners", 60, look) == 2
    assert await shared.look("queue", 0, look) == 3


async def test_maintenance_is_announced_and_ended_from_the_page_as_by_the_command(console: Console) -> None:
    standing = console.desk.operating.standing
    async with console.signed_in("operator") as visitor:
        assert "没有进行中或已公告的维护" in await visitor.get("/maintenance")
        for fields, told in (
            ({}, "不是时刻"),
            ({"until": "2026-12-30T22:00", "why": "换机器"}, "维护时间不能这样定"),
            ({"until": "2026-11-20T22:00", "why": "换机器"}, "结束时间"),
            ({"until": "2026-11-25T22:00", "why": ""}, "原因太短或太长"),
            ({"until": "2026-11-25T22:00", "why": "换机器", "begins": "soon"}, "不是时刻"),
        ):
            await visitor.get("/maintenance")
            assert told in await visitor.post("/maintenance", **fields), fields
            assert visitor.status == 422
            assert f'value="{fields.get("why", "")}"' in visitor.text
        assert (await standing.announced(5))[1] == []

        await visitor.get("/maintenance")
        await visitor.post("/maintenance", until="2026-11-25T22:00", why="换机器", why_en="new machine")
        assert visitor.status == 200, visitor.text
        assert "维护进行中" in visitor.text
        _, (announced,) = await standing.announced(5)
        assert (announced.reason_zh, announced.reason_en) == ("换机器", "new machine")
        assert announced.ends.isoformat() == "2026-11-25T14:00:00+00:00"
        assert '<span class="light warning">维护进行中</span>' in await visitor.get("/partners")
        (noted,) = await console.desk.read_audit(0, "maintenance.announce", "")
        assert noted.actor == announced.announced_by
        assert noted.actor.startswith("person:")

        await visitor.get("/maintenance")
        await visitor.post("/maintenance/end")
        assert "没有进行中或已公告的维护" in visitor.text
        assert "已提前结束" in visitor.text
        (ended,) = await console.desk.read_audit(0, "maintenance.end", "")
        assert ended.actor == noted.actor


class Slow:
    """Connection tests that end a step when told to."""

    def __init__(self) -> None:
        self.go = asyncio.Event()
        self.begun = asyncio.Event()
        self.under_way = 0
        self.most = 0

    async def __call__(self, partner: Partner, tell: Tell = lambda _: None) -> Trial:
        self.under_way += 1
        self.begun.set()
        self.most = max(self.most, self.under_way)
        try:
            steps: list[Step] = []
            for key in STEPS:
                await self.go.wait()
                good = passed(key, Text("好", "good"))
                steps.append(good if key != "tcp" else failed(key, good.said, Fault.NETWORK, good.said))
                tell(steps[-1])
            return Trial(partner.code, partner.name, tuple(steps))
        finally:
            self.under_way -= 1

    @asynccontextmanager
    async def connection(self) -> AsyncIterator["Slow"]:
        yield self


def trials_of(console: Console, slow: Slow, codes: list[str], notes: list[tuple[str, str, str, str]]) -> Trials:
    known = console.regions[QIANJIANG].gateway.registry.current().of(ENSHI)
    numbers = iter(range(100))

    async def note(actor: str, act: str, subject: str, outcome: str) -> None:
        notes.append((actor, act, subject, outcome))

    return Trials(
        partner_of=lambda code: known if code in codes else None,
        connection=slow.connection,
        note=note,
        new_id=lambda: f"t{next(numbers)}",
        clock=console.desk.clock,
    )


async def test_connection_tests_are_bounded_and_one_at_a_time(console: Console) -> None:
    notes: list[tuple[str, str, str, str]] = []
    slow, codes = Slow(), [f"42280{n}" for n in range(9)]
    trials = trials_of(console, slow, codes, notes)
    runs = [await trials.start(code, "person:1") for code in codes[:MOST]]
    again = await trials.start(codes[0], "person:2")
    assert again is runs[0], "a second click tests nothing twice"
    with pytest.raises(GatewayError) as full:
        await trials.start(codes[-1], "person:1")
    assert full.value.reason is Reason.TRIALS_FULL
    assert runs[0].next_step == "file"
    slow.go.set()
    async with asyncio.timeout(10):
        for run in runs:
            while run.ended is None:
                await run.news()
    assert slow.most == 1
    assert [one.mark for one in runs[0].steps][:3] == [Mark.PASSED, Mark.PASSED, Mark.FAILED]
    assert not runs[0].is_ok
    await trials.close()
    assert [outcome for _, act, _, outcome in notes if act == "partner.tested"] == ["failed"] * MOST
    with pytest.raises(GatewayError):
        trials.find(codes[1], runs[0].id)


async def test_a_connection_test_that_takes_too_long_is_told_so(console: Console) -> None:
    slow = Slow()
    notes: list[tuple[str, str, str, str]] = []
    trials = trials_of(console, slow, [ENSHI], notes)
    trials.seconds = 0.05
    run = await trials.start(ENSHI, "person:1")
    async with asyncio.timeout(10):
        while run.ended is None:
            await run.news()
    assert run.stopped
    assert run.stopped.reason is Reason.REQUEST_TIMEOUT
    assert not run.is_ok
    await trials.close()
    assert notes[-1][-1] == "failed"


async def test_a_stop_ends_connection_tests(console: Console) -> None:
    slow = Slow()
    trials = trials_of(console, slow, [ENSHI], [])
    run = await trials.start(ENSHI, "person:1")
    await slow.begun.wait()
    await trials.close()
    assert run.ended is not None
    assert slow.under_way == 0
