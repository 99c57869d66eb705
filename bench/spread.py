"""A store of many cases that differ as real ones do: unevenly over partners, items, states, counties, names and numbers of people.

One half of the cases is with one partner, one state holds nearly all, one county has hardly any, and names repeat as names do.
"""

from bisect import bisect
from collections.abc import Callable, Mapping
from itertools import accumulate
from pathlib import Path
from typing import Any

from bench.bulk import fill, one_case
from gateway.case.code.divisions import DivisionLevel
from gateway.case.states import FINAL, State
from gateway.flows.open_case import name_key
from gateway.settings import load_divisions
from gateway.trust.vault import Vault

NAMES, PARTNERS, ITEMS = 20_000, 90, 200
SPACING_MS = 60_000
"""A case a minute: a million of them are two years."""
OPEN_SHARE = 25
"""One case in so many is not at its end."""
COUNTIES = tuple(f"{code}000000" for code in (422801, 422802, 422822, 422823, 422825, 422826, 422827, 422828))
OPEN = tuple(
    state.value for state in State if state not in FINAL and state not in (State.RECEIVED, State.UNDELIVERABLE)
)
ENDED = (State.DELIVERED, State.DELIVERED, State.DELIVERED, State.DELIVERED, State.WITHDRAWN, State.NOT_ACCEPTED)
_SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗覃向田谭冉"
_GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂远山兰鹏"
_STEP = 2_654_435_761


def _uneven(count: int) -> list[int]:
    """Return the running total of weights 1, 1/2, 1/3 …, in whole numbers."""
    return list(accumulate(1_000_000 // (place + 1) for place in range(count)))


_ITEM_WEIGHTS, _NAME_WEIGHTS, _PARTNER_WEIGHTS = _uneven(ITEMS), _uneven(NAMES), _uneven(PARTNERS - 1)
_COUNTY_WEIGHTS = list(accumulate((300, 200, 150, 120, 100, 80, 49, 1)))


def _chance(n: int, salt: int, below: int) -> int:
    """Return a number below a bound that follows from a place, evenly spread; no two salts go together."""
    mixed = (n * 0x9E3779B97F4A7C15 + salt * 0xD1B54A32D192ED03) & (1 << 64) - 1
    mixed = ((mixed ^ mixed >> 30) * 0xBF58476D1CE4E5B9) & (1 << 64) - 1
    return ((mixed ^ mixed >> 27) * 0x94D049BB133111EB & (1 << 64) - 1) * below >> 64


def partner(place: int) -> str:
    """Return the partner at a place of the list, the one with most cases first."""
    return _PARTNERS[place]


def item(place: int) -> str:
    """Return the basic code of the item at a place, the commonest first."""
    return f"{100_000_000_000 + place * 1009:012d}"


def name(place: int) -> str:
    """Return a name, the commonest first."""
    given = place // len(_SURNAMES)
    return _SURNAMES[place % len(_SURNAMES)] + _GIVEN[given % len(_GIVEN)] + _GIVEN[given // len(_GIVEN) % len(_GIVEN)]


def card(place: int) -> str:
    """Return what stands for a certificate number; three cases in a row are of one person."""
    return f"SAMPLE{place // 3:010d}X"


_PARTNERS = [one.code6 for one in load_divisions() if one.level is not DivisionLevel.PROVINCE][:PARTNERS]


def fill_spread(store: Path, vault: Vault, count: int) -> None:
    """Add `count` cases, spread, to the store of a gateway of 恩施 that does not run."""
    keys = [name_key(vault, name(place)) for place in range(NAMES)]
    cards: dict[int, bytes] = {}

    def card_of(n: int) -> bytes:
        key = n // 3
        if key not in cards:
            cards.clear()
            cards[key] = vault.lookup(card(n).encode(), b"applicant")
        return cards[key]

    def name_of(n: int) -> int:
        return bisect(_NAME_WEIGHTS, _chance(n, 1, _NAME_WEIGHTS[-1]))

    def partner_of(n: int) -> str:
        place = _chance(n, 2, 2) and 1 + bisect(_PARTNER_WEIGHTS, _chance(n, 3, _PARTNER_WEIGHTS[-1]))
        return partner(min(place, PARTNERS - 1))

    def county_of(n: int) -> str:
        return COUNTIES[bisect(_COUNTY_WEIGHTS, _chance(n, 5, _COUNTY_WEIGHTS[-1]))]

    def is_open(n: int) -> bool:
        # The newest are the open ones, but for some that lie about.
        return n > count - count // OPEN_SHARE or _chance(n, 6, 500) == 0

    def state_of(n: int) -> str:
        return OPEN[_chance(n, 7, len(OPEN))] if is_open(n) else ENDED[_chance(n, 8, len(ENDED))].value

    functions: Mapping[str, Callable[..., Any]] = {
        "b_item": lambda n: item(bisect(_ITEM_WEIGHTS, _chance(n, 4, _ITEM_WEIGHTS[-1]))),
        "b_name": lambda n: keys[name_of(n)],
        "b_private": lambda case_id, n: vault.seal(name(name_of(n)).encode(), f"cases|private|{case_id}".encode()),
        "b_card": card_of,
        "b_partner": partner_of,
        "b_county": county_of,
        "b_state": state_of,
        "b_open": lambda n: int(is_open(n)),
    }
    own, other = "b_county(ids.n)", "b_partner(ids.n) || '000000'"
    ends = "CASE WHEN b_open(ids.n) THEN ids.at + {days} * 86400000000 END"
    differs = {
        "party": "CASE ids.n % 3 WHEN 0 THEN 'origin' ELSE 'handler' END",
        "partner": "b_partner(ids.n)",
        "basic_code": "b_item(ids.n)",
        "item_name": "'示例事项 ' || b_item(ids.n)",
        "origin_division": f"CASE ids.n % 3 WHEN 0 THEN {own} ELSE {other} END",
        "handler_division": f"CASE ids.n % 3 WHEN 0 THEN {other} ELSE {own} END",
        "state": "b_state(ids.n)",
        "base": "b_state(ids.n)",
        "name_key": "b_name(ids.n)",
        "private": "b_private(ids.case_id, ids.n)",
        "applicant_key": "b_card(ids.n)",
        "system": "CASE ids.n % 2 WHEN 0 THEN 'zongchuang' ELSE 'console' END",
        "next_due": "NULL",
        "warns_at": ends.format(days=10),
        "overdue_at": ends.format(days=20),
        "presses_at": ends.format(days=20),
    }
    fill(
        store,
        one_case(store),
        count,
        spacing_ms=SPACING_MS,
        tables=("cases", "audit"),
        differs={"cases": differs},
        functions=functions,
    )
