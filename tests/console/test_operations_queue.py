"""Pages for operators: the queue by partner and cause; acts that are counted, confirmed, done step by step, and audited."""

import re
from datetime import timedelta
from pathlib import Path

from gateway.case.reasons import Reason
from gateway.console.queue_pages import act_path, plain
from gateway.flows.queue.deed import MOST
from gateway.store import outbox, queue
from gateway.store.database import Transaction
from gateway.store.outbox import Owed
from gateway.store.queue import HELD, Selection
from tests.console.people_build import ENSHI, QIANJIANG, Console, Visitor, a_console

WHY = "对方机房割接, 先不发"


async def owed(console: Console, count: int = 1) -> list[str]:
    """Cases of 黔江 whose openings wait for 恩施."""
    here = console.regions[QIANJIANG]
    return [await here.submit(here.a_case(ENSHI)) for _ in range(count)]


async def kept(console: Console, word: str) -> int:
    database = console.regions[QIANJIANG].gateway.database
    return await database.read(lambda tx: queue.how_many(tx, Selection(kept=(word,))))


async def owe_more(console: Console, case_id: str, count: int) -> None:
    """Owe 恩施 that many small envelopes of one case, all due in an hour."""
    here = console.regions[QIANJIANG]
    now = here.clock()
    rows = [
        Owed(
            envelope_id=f"0190-{n:05d}",
            partner=ENSHI,
            case_id=case_id,
            sequence=n + 2,
            payload_sha256=bytes(32),
            bytes=1,
            materials_wait=False,
            due_at=now + timedelta(hours=1),
            tries=0,
            last_reason="",
            owed_at=now,
            expires_at=now + timedelta(days=1),
        )
        for n in range(count)
    ]

    def owe(tx: Transaction) -> None:
        for one in rows:
            outbox.owe(tx, one)

    await here.gateway.database.write(owe)


async def confirmed(visitor: Visitor, path: str, count: int, **fields: str) -> str:
    """Open the page of an act, see its count, fill it in."""
    text = await visitor.get(path)
    assert visitor.status == 200, text
    assert f'<strong class="big">{count}</strong>' in text, text
    hidden = dict(re.findall(r'<input type="hidden" name="(?!page_token)(\w+)" value="([^"]*)">', text))
    return await visitor.post(path.partition("?")[0], **hidden, reason=WHY, confirm=str(count), **fields)


async def test_a_part_of_the_queue_is_held_and_let_go(tmp_path: Path) -> None:
    async with a_console(tmp_path) as console, console.signed_in("operator") as visitor:
        (case_id, _) = await owed(console, 2)
        text = await visitor.get("/queue")
        assert "没有积压" in text
        assert "没有扣留" in text
        await confirmed(visitor, act_path("hold", partner=ENSHI), 2, until="2027-01-02T08:30")
        assert visitor.status == 200, visitor.text
        assert "完成" in visitor.text
        assert await kept(console, HELD) == 2

        text = await visitor.get("/queue")
        assert WHY in text
        assert "2027-01-02 08:30" in text
        assert "operator员" in text
        found = re.search(r'href="(/queue/act/release\?hold_id=[^"]+)"', text)
        assert found
        assert "扣留" in await visitor.get(f"/queue/of/{case_id}")
        await confirmed(visitor, found[1], 2)
        assert visitor.status == 200, visitor.text
        assert await kept(console, HELD) == 0
        rows = await console.desk.read_audit(0, "queue.hold", ENSHI)
        assert [(one.actor.partition(":")[0], one.outcome) for one in rows] == [("person", "2")]
        assert WHY in rows[0].detail


async def test_nothing_is_done_without_reason_or_for_another_number(tmp_path: Path) -> None:
    async with a_console(tmp_path) as console, console.signed_in("operator") as visitor:
        await owed(console, 2)
        path = act_path("hold", partner=ENSHI)
        for fields, told in (
            ({"reason": WHY, "confirm": "3"}, "和现在的数量不一样"),
            ({"reason": WHY, "confirm": ""}, "和现在的数量不一样"),
            ({"reason": "好", "confirm": "2"}, "没有写原因"),
            ({"reason": WHY, "confirm": "2", "until": "2001-01-01T00:00"}, "不是将来的时刻"),
            ({"reason": WHY, "confirm": "2", "until": "tomorrow"}, "不是将来的时刻"),
        ):
            await visitor.get(path)
            await visitor.post("/queue/act/hold", partner=ENSHI, **fields)
            assert visitor.status == 422, fields
            assert told in visitor.text
        for verb, selection in (
            ("hold", {"kept": "parked"}),
            ("hold", {"cause": "<script>"}),
            ("retry", {"kept": "lost"}),
            ("sell", {}),
        ):
            await visitor.get(act_path(verb, **selection))
            assert visitor.status == 422
            assert "<script>" not in visitor.text
        assert await kept(console, HELD) == 0
        await visitor.get("/queue/act/release?hold_id=none")
        assert "HOLD_UNKNOWN" in visitor.text


async def test_a_case_goes_no_more_where_its_partner_cannot_be_asked(tmp_path: Path) -> None:
    async with a_console(tmp_path) as console, console.signed_in("operator") as visitor:
        (case_id,) = await owed(console)
        await visitor.get("/queue")
        await visitor.post("/queue/find", key=case_id.lower())
        assert visitor.address == f"/queue/of/{case_id}"
        found = re.search(r'href="(/queue/act/fail\?envelope_id=[^"]+)"', visitor.text)
        assert found
        console.regions[QIANJIANG].courier.down.add(ENSHI)
        await confirmed(visitor, found[1], 1)
        assert "没有问到对方是否已收到" in visitor.text
        await confirmed(visitor, found[1], 1, unasked="yes")
        assert "完成" in visitor.text
        assert (await console.regions[QIANJIANG].state(case_id)).value == "undeliverable"


async def test_a_bulk_goes_step_by_step_and_tells_how_far_it_is(tmp_path: Path) -> None:
    async with a_console(tmp_path) as console, console.signed_in("operator") as visitor:
        (case_id,) = await owed(console)
        await owe_more(console, case_id, MOST + 20)
        total = MOST + 21
        text = await confirmed(visitor, act_path("hold", partner=ENSHI), total)
        assert "正在执行" in text
        assert f"已查看 {MOST} / {total}, 已处理 {MOST}" in text
        assert await kept(console, HELD) == MOST
        fields = dict(re.findall(r'<input type="hidden" name="(?!page_token)(\w+)" value="([^"]*)">', text))
        text = await visitor.post("/queue/act/hold", **fields)
        assert f"已查看 {total} / {total}, 已处理 {total}" in text
        assert "完成" in text
        assert await kept(console, HELD) == total


async def test_an_unknown_number_is_told_as_such(tmp_path: Path) -> None:
    async with a_console(tmp_path) as console, console.signed_in("operator") as visitor:
        await visitor.get("/queue")
        await visitor.post("/queue/find", key="nothing of the kind")
        assert visitor.status == 404
        assert Reason.ENVELOPE_UNKNOWN.value in visitor.text
        await visitor.get("/queue")
        await visitor.post("/queue/find", key="")
        assert visitor.status == 404


def test_a_sentence_whose_facts_were_not_kept_is_readable() -> None:
    assert plain("对方 {partner} 忙, {seconds} 秒后再试") == "对方 … 忙, … 秒后再试"
