"""What the bench puts into a store is what the gateway itself would have put there, and what it counts is what is there."""

from pathlib import Path

import apsw
import pytest

from bench.bulk import fill, one_case
from bench.count import count, unsettled
from bench.report import percentile
from bench.sampler import Sampler
from gateway.case.code.numbers import check_case_number
from gateway.case.states import State
from tests.flows.regions import regions

ENSHI, QIANJIANG = "422800", "500114"


async def test_a_store_that_was_filled_goes_on_working_and_nothing_of_it_counts_as_sent(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as all_regions:
        origin, handler = all_regions[QIANJIANG], all_regions[ENSHI]
        first = await origin.submit(origin.a_case(to=ENSHI))
        await all_regions.settle_down()
        for region in (origin, handler):
            await all_regions.opens[region.code].aclose()
            assert fill(region.settings.store_file, one_case(region.settings.store_file), 2_000, until=region.clock())
            assert rows(region.settings.store_file, "PRAGMA integrity_check") == [("ok",)]
            numbers = [number for (number,) in rows(region.settings.store_file, "SELECT case_id FROM cases")]
            assert len(set(numbers)) == 2_001
            assert not any(map(check_case_number, numbers))
            await all_regions.reopen(region)
        second = await origin.submit(origin.a_case(to=ENSHI))
        await all_regions.settle_down()
        assert await origin.state(second) is State.AWAITING_SIGN_OFF
        counted = count(origin.settings.store_file, handler.settings.store_file, {first, second, "never sent"})
        assert (counted.received, counted.lost) == (2, 1)
        assert counted.doubled == 2_000, "cases at the handler that nobody says were sent"
        assert unsettled(origin.settings.store_file) == 0


async def test_what_is_queued_by_the_bench_is_due(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as all_regions:
        origin = all_regions[QIANJIANG]
        await origin.submit(origin.a_case(to=ENSHI))
        await all_regions.opens[QIANJIANG].aclose()
        fill(origin.settings.store_file, one_case(origin.settings.store_file), 100, until=origin.clock())
        assert unsettled(origin.settings.store_file) == 101
        await all_regions.reopen(origin)
        assert await origin.gateway.partners_with_work() == [ENSHI]


@pytest.mark.parametrize(("part", "value"), [(50, 51.0), (99, 100.0), (99.9, 100.0), (100, 100.0)])
def test_a_percentile_is_a_value_that_was_measured(part: float, value: float) -> None:
    assert percentile([float(n) for n in range(1, 101)], part) == value


def test_the_sampler_puts_processor_time_down_to_the_module_that_works(tmp_path: Path) -> None:
    sampler = Sampler(tmp_path / "samples.json")
    sampler.look(0, None)
    sum(n * n for n in range(300_000))
    sampler.look(0, None)
    sampler.write()
    assert "|" in (tmp_path / "samples.json").read_text("utf-8")


def rows(store: Path, sql: str) -> list[tuple[object, ...]]:
    connection = apsw.Connection(str(store), flags=apsw.SQLITE_OPEN_READONLY)
    try:
        return list(connection.execute(sql))
    finally:
        connection.close()
