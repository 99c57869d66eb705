"""Looking many rows up at once: one statement for as many ids as a batch has, instead of one for each.

The statement is always the same, whatever the number of ids, so that it is prepared once.
"""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from gateway.store.database import Transaction

LOT = 64
"""Ids of one statement: as many as a batch of envelopes has at most.  More are looked up in several lots."""
_NAMES = tuple(f"id{nth}" for nth in range(LOT))


def in_lots(tx: Transaction, sql: str, facts: Mapping[str, object], ids: Iterable[str]) -> list[tuple[Any, ...]]:
    """Return the rows of a statement that says `IN ({ids})`, in no order.

    Args:
        facts: the other parameters; none is named `id` and a number.
    """
    statement = _with_names(sql)
    rows: list[tuple[Any, ...]] = []
    wanted = list(ids)
    for start in range(0, len(wanted), LOT):
        lot = wanted[start : start + LOT]
        # Places that are left over ask for the last id again, which changes nothing.
        rows += tx.rows(statement, {**facts, **dict.fromkeys(_NAMES, lot[-1]), **dict(zip(_NAMES, lot, strict=False))})
    return rows


@lru_cache(maxsize=64)
def _with_names(sql: str) -> str:
    return sql.format(ids=", ".join(f":{name}" for name in _NAMES))
