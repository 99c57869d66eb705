"""How many cases with a partner are open, and which; for telling what a change would touch."""

from collections.abc import Collection
from dataclasses import dataclass

from gateway.case.states import FINAL, State
from gateway.store.database import Transaction

_OPEN = [state.value for state in State if state not in FINAL]
_IN = ", ".join(f":s{n}" for n in range(len(_OPEN)))
_STATES = {f"s{n}": state for n, state in enumerate(_OPEN)}


@dataclass(frozen=True, slots=True)
class OpenCases:
    """Open cases with one partner.

    Attributes:
        by_state: how many are in each state that is not final.
        by_item: how many there are of each basic code.
    """

    by_state: dict[str, int]
    by_item: dict[str, int]

    @property
    def count(self) -> int:
        """How many there are."""
        return sum(self.by_state.values())


def of_partner(tx: Transaction, partner: str) -> OpenCases:
    """Return how many cases with a partner are open; reads the partner's part of one index."""
    rows = tx.rows(
        f"SELECT basic_code, state, COUNT(*) FROM cases WHERE partner = :partner AND state IN ({_IN})"
        " GROUP BY basic_code, state",
        {"partner": partner, **_STATES},
    )
    by_state: dict[str, int] = {}
    by_item: dict[str, int] = {}
    for item, state, count in rows:
        by_state[state] = by_state.get(state, 0) + count
        by_item[item] = by_item.get(item, 0) + count
    return OpenCases(by_state, by_item)


def examples(tx: Transaction, partner: str, items: Collection[str], limit: int) -> list[str]:
    """Return the co-operation numbers of some open cases with a partner.

    Args:
        items: basic codes; of any item when there are none, and of the first 100 when there are more.
    """
    named = {f"i{n}": item for n, item in enumerate(sorted(items)[:100])}
    only = f" AND basic_code IN ({', '.join(f':{name}' for name in named)})" if named else ""
    rows = tx.rows(
        f"SELECT case_id FROM cases WHERE partner = :partner AND state IN ({_IN}){only} LIMIT :limit",
        {"partner": partner, "limit": limit, **_STATES, **named},
    )
    return [str(row[0]) for row in rows]
