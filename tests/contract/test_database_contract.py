"""What every database promises; one suite for all products."""

import asyncio
import threading
from contextlib import suppress

import pytest
from database_build import ADD, NOW, Held, add, codes, queue

from gateway.case.errors import GatewayError
from gateway.case.reasons import Reason
from gateway.store.database import ConstraintBroken, Transaction


async def test_what_is_written_can_be_read_by_others_as_soon_as_write_returns(database, open_database):
    other = open_database()
    assert await database.write(add("422800")) == "422800"
    assert await other.read(codes) == ["422800"]


async def test_a_function_that_fails_leaves_nothing_and_its_caller_gets_the_error(database):
    def work(tx: Transaction) -> None:
        tx.execute(ADD, {"code": "422800", "name": "恩施"})
        raise LookupError("no such department")

    with pytest.raises(LookupError, match="no such department"):
        await database.write(work)
    assert await database.read(codes) == []


async def test_an_error_in_a_group_hurts_nobody_else(database):
    def fails(tx: Transaction) -> None:
        tx.execute(ADD, {"code": "500114", "name": "黔江"})
        raise LookupError

    groups = database.figures().groups
    async with Held(database):
        tasks = await queue(database, add("422801"), fails, add("422802"), add("422801", "twice"), add("422803"))
    results = await asyncio.gather(*tasks, return_exceptions=True)
    assert [results[0], results[2], results[4]] == ["422801", "422802", "422803"]
    assert isinstance(results[1], LookupError)
    assert isinstance(results[3], ConstraintBroken)
    assert await database.read(codes) == ["422801", "422802", "422803"]
    assert database.figures().groups == groups + 2


async def test_writes_that_wait_together_share_one_commit(database):
    before = database.figures()
    async with Held(database):
        tasks = await queue(database, *(add(f"{number:06}") for number in range(60)))
    await asyncio.gather(*tasks)
    after = database.figures()
    assert after.groups - before.groups == 2
    assert after.largest_group == 60
    assert after.writes - before.writes == 61
    assert after.waiting == 0
    assert after.last_commit_at == NOW


@pytest.mark.usefixtures("of_threads")
async def test_nobody_is_told_before_the_group_is_committed(database, open_database):
    other = open_database()
    inside, go = threading.Event(), threading.Event()

    def last(tx: Transaction) -> None:
        inside.set()
        assert go.wait(30)

    async with Held(database):
        first, final = await queue(database, add("422800"), last)
    assert await asyncio.to_thread(inside.wait, 30)
    assert await other.read(codes) == []
    assert not first.done()
    go.set()
    await asyncio.gather(first, final)
    assert await other.read(codes) == ["422800"]


async def test_writes_run_in_the_order_they_were_handed_over(database):
    async with Held(database):
        names = [str(number) for number in range(50)]
        upsert = "INSERT INTO regions (code, name) VALUES ('1', :n) ON CONFLICT (code) DO UPDATE SET name = name || :n"
        tasks = await queue(
            database, *((lambda tx, name=name: tx.execute(upsert, {"n": f"{name},"})) for name in names)
        )
    await asyncio.gather(*tasks)
    assert await database.read(lambda tx: tx.row("SELECT name FROM regions")) == (",".join(names) + ",",)


@pytest.mark.usefixtures("of_threads")
async def test_a_read_sees_one_state_throughout(database):
    inside, go = threading.Event(), threading.Event()

    def look_twice(tx: Transaction) -> tuple[list[str], list[str]]:
        first = codes(tx)
        inside.set()
        assert go.wait(30)
        return first, codes(tx)

    await database.write(add("1"))
    reading = asyncio.ensure_future(database.read(look_twice))
    assert await asyncio.to_thread(inside.wait, 30)
    await database.write(add("2"))
    go.set()
    assert await reading == (["1"], ["1"])
    assert await database.read(codes) == ["1", "2"]


async def test_a_read_cannot_change_anything(database):
    with pytest.raises(RuntimeError, match="tried to write"):
        await database.read(add("1"))
    assert await database.read(codes) == []


async def test_an_error_in_a_read_reaches_its_caller_and_the_next_read_works(database):
    def fails(tx: Transaction) -> None:
        codes(tx)
        raise LookupError("gone")

    with pytest.raises(LookupError, match="gone"):
        await database.read(fails)
    assert await database.read(codes) == []


async def test_a_savepoint_undoes_its_inside_and_nothing_else(database):
    def work(tx: Transaction) -> None:
        add("1")(tx)
        with suppress(LookupError), tx.savepoint():
            add("2")(tx)
            with tx.savepoint():
                add("3")(tx)
            raise LookupError
        with tx.savepoint():
            add("4")(tx)
            with suppress(ConstraintBroken), tx.savepoint():
                add("5")(tx)
                add("1")(tx)
        add("6")(tx)

    await database.write(work)
    assert await database.read(codes) == ["1", "4", "6"]


async def test_the_error_of_a_savepoint_goes_on(database):
    def work(tx: Transaction) -> None:
        with tx.savepoint():
            raise LookupError("inside")

    with pytest.raises(LookupError, match="inside"):
        await database.write(work)


async def test_a_reference_to_nothing_is_refused(database):
    with pytest.raises(ConstraintBroken):
        await database.write(lambda tx: tx.execute("INSERT INTO items (item, region) VALUES ('a', 'nowhere')"))


async def test_a_broken_rule_is_told_without_the_values(database):
    await database.write(add("511324199001010011"))
    with pytest.raises(ConstraintBroken) as told:
        await database.write(add("511324199001010011"))
    assert "5113" not in str(told.value)


async def test_statements_give_counts_rows_and_one_row(database):
    def work(tx: Transaction) -> None:
        tx.many(ADD, ({"code": str(number), "name": "x"} for number in range(5)))
        assert tx.changed("UPDATE regions SET name = 'y' WHERE code > :code", {"code": "2"}) == 2
        assert tx.changed("DELETE FROM regions WHERE code = 'none'") == 0
        assert tx.rows("SELECT code, name FROM regions WHERE name = :name", {"name": "y"}) == [("3", "y"), ("4", "y")]
        assert tx.row("SELECT name FROM regions WHERE code = '0'") == ("x",)
        assert tx.row("SELECT name FROM regions WHERE code = 'none'") is None
        assert tx.rows("UPDATE regions SET name = 'z' WHERE code < '2' RETURNING code") == [("0",), ("1",)]
        with pytest.raises(ValueError, match="5 rows where one was asked for"):
            tx.row("SELECT code FROM regions")

    await database.write(work)


async def test_bytes_numbers_and_absence_come_back_as_they_went_in(database):
    facts = {"a": b"\x00\xff", "b": 2**62, "c": None, "d": "二〇二六"}
    assert await database.read(lambda tx: tx.row("SELECT :a, :b, :c, :d", facts)) == tuple(facts.values())


async def test_a_transaction_is_of_no_use_after_its_function(database):
    kept: list[Transaction] = []
    await database.write(kept.append)
    await database.read(kept.append)
    for tx in kept:
        with pytest.raises(RuntimeError, match="after the function"):
            tx.execute("SELECT 1")


async def test_work_of_a_caller_that_has_left_is_still_done_and_harms_nobody(database):
    async with Held(database):
        leaves, stays = await queue(database, add("1"), add("2"))
        leaves.cancel()
        with pytest.raises(asyncio.CancelledError):
            await leaves
    assert await stays == "2"
    assert await database.read(codes) == ["1", "2"]


async def test_one_write_too_many_is_refused_at_once(database):
    async with Held(database):
        tasks = await queue(database, *(add(str(number)) for number in range(100)))
        with pytest.raises(GatewayError) as refused:
            await database.write(add("x"))
    assert refused.value.reason is Reason.STORE_BUSY
    assert refused.value.facts == {"limit": 100}
    assert len(await asyncio.gather(*tasks)) == 100
    assert await database.write(add("x")) == "x"


async def test_closing_finishes_what_waits_and_refuses_what_comes(database, open_database):
    async with Held(database):
        tasks = await queue(database, add("1"), add("2"))
        closing = asyncio.ensure_future(database.close())
        await asyncio.wait([closing], timeout=0)
    await closing
    assert await asyncio.gather(*tasks) == ["1", "2"]
    for refused in (database.write(add("3")), database.read(codes)):
        with pytest.raises(GatewayError) as told:
            await refused
        assert told.value.reason is Reason.STORE_NOT_WRITABLE
    await database.close()
    assert await open_database().read(codes) == ["1", "2"]


@pytest.mark.usefixtures("of_threads")
async def test_callers_of_several_event_loops_are_served(database):
    def elsewhere(code: str) -> str:
        return asyncio.run(database.write(add(code)))

    others = [asyncio.to_thread(elsewhere, str(number)) for number in range(3)]
    assert await asyncio.gather(database.write(add("9")), *others) == ["9", "0", "1", "2"]
    assert await database.read(codes) == ["0", "1", "2", "9"]


@pytest.mark.usefixtures("of_threads")
async def test_a_caller_whose_event_loop_is_gone_harms_nobody(database):
    async def impatient() -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(0):
                await database.write(add("1"))

    async with Held(database):
        await asyncio.to_thread(asyncio.run, impatient())
        [stays] = await queue(database, add("2"))
    assert await stays == "2"
    assert await database.read(codes) == ["1", "2"]


@pytest.mark.parametrize("error", [StopIteration(), SystemExit(3), KeyboardInterrupt()], ids=lambda e: type(e).__name__)
async def test_whatever_a_function_raises_the_database_goes_on(database, error):
    def fails(tx: Transaction) -> None:
        raise error

    async def caught(call) -> str:
        # Inside the task: these errors would otherwise end the event loop of the test itself.
        try:
            await call(fails)
        except BaseException as told:  # noqa: BLE001
            return type(told).__name__
        return "nothing"

    expected = "RuntimeError" if isinstance(error, StopIteration) else type(error).__name__
    assert await caught(database.write) == expected
    assert await caught(database.read) == expected
    assert await database.write(add("1")) == "1"
