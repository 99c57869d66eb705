"""Store functions handed over together leave what they would have left one by one."""

import asyncio
from collections.abc import Callable
from contextlib import suppress

import pytest
from database_build import inline, sqlite
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.store.database import Transaction

STEPS = st.lists(
    st.tuples(
        st.sampled_from("abc"),
        st.integers(0, 9),
        st.sampled_from(["keep", "fail", "undo the inside"]),
    ),
    max_size=25,
)


@pytest.mark.parametrize("product", [sqlite, inline])
@settings(max_examples=25, deadline=None)
@given(steps=STEPS)
def test_any_mix_of_functions_ends_as_if_they_had_run_one_by_one(tmp_path_factory, product, steps):
    expected = {key: value for key, value, way in steps if way == "keep"}

    def step(key: str, value: int, way: str) -> Callable[[Transaction], None]:
        put = "INSERT INTO t (k, v) VALUES (:k, :v) ON CONFLICT (k) DO UPDATE SET v = :v"

        def work(tx: Transaction) -> None:
            with suppress(KeyError), tx.savepoint():
                tx.execute(put, {"k": key, "v": value})
                if way == "undo the inside":
                    raise KeyError
            if way == "fail":
                raise LookupError

        return work

    async def story() -> dict[str, int]:
        database = product(tmp_path_factory.mktemp("mix"))()
        await database.write(lambda tx: tx.execute("CREATE TABLE t (k TEXT PRIMARY KEY, v INTEGER)"))
        await asyncio.gather(*(database.write(step(*one)) for one in steps), return_exceptions=True)
        rows = await database.read(lambda tx: tx.rows("SELECT k, v FROM t"))
        await database.close()
        return dict(rows)

    assert asyncio.run(story()) == expected
