"""Lists of cases, the newest first, a page at a time; quick however many cases there are.

A list is read along one index, the one that leads to the fewest cases, in the order of lists where there are many.  Which
one is counted each time, up to a bound, and not left to guesses about the data: the right one today is the wrong one in a year.

    keyed     a number, a yellow or red light: few cases have it
    pressing  what ends before a moment, the first to end first
    few       at most 20,000 cases are of that name, partner, item, state or county: all of them are looked through
    many      along that index in the order of opening, 20,000 cases a page for people; what was not reached is told

Several states are several lists, each along its own part of the index, and so are the two sides somebody may see.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from gateway.case.clock.words import Light
from gateway.case.states import FINAL, State
from gateway.store.case_row import COLUMNS, CaseRow, from_row
from gateway.store.database import Transaction
from gateway.store.moments import from_store, to_store

MOST_LOOKED = 20_000
"""Cases that are looked through for one page."""
COUNTY_DIGITS = 6

Mark = tuple[datetime, str]
"""Where a page ended: (opened_at, case_id)."""
Side = tuple[str, str]
"""Which party we are, and the digits our place begins with."""

_ENDS = ", ".join(f"'{state.value}'" for state in State if state in FINAL)
_LIGHTS = {
    Light.OVERDUE: "overdue_at <= :now",
    Light.WARNING: "warns_at <= :now AND (overdue_at IS NULL OR overdue_at > :now)",
    Light.NORMAL: "(warns_at IS NULL OR warns_at > :now) AND (overdue_at IS NULL OR overdue_at > :now)",
}
# As the index has it; a county is looked for by these very words.
_OWN_PLACE = "CASE party WHEN 'origin' THEN origin_division ELSE handler_division END"
_COUNTY = f"substr({_OWN_PLACE}, 1, {COUNTY_DIGITS})"
_SIDE = f"(+party = :party{{n}} AND {_OWN_PLACE} LIKE :digits{{n}})"
_NEWEST = "opened_at DESC, case_id DESC"


@dataclass(frozen=True, slots=True)
class Filter:
    """Which cases to list; empty fields do not filter.  `after` is the (opened_at, case_id) of the last one seen.

    `second_notices` leaves those with a second supplement notice before acceptance, as the audit reports them.
    `light` is that of the moment `now`; `due_before` leaves the open ones of which a clock runs out before it.
    `sides` leaves those in which we are that party and our place begins with those digits; any of them is enough.
    `number` is the co-operation number, or the one either side gave the case; `name_key` is that of the applicant.
    """

    state: str = ""
    partner: str = ""
    party: str = ""
    basic_code: str = ""
    systems: tuple[str, ...] = ()
    applicant_key: bytes = b""
    opened_from: datetime | None = None
    opened_to: datetime | None = None
    second_notices: bool = False
    light: Light | None = None
    now: datetime | None = None
    due_before: datetime | None = None
    after: Mark | None = None
    sides: tuple[Side, ...] = ()
    states: tuple[str, ...] = ()
    number: str = ""
    name_key: bytes = b""


@dataclass(frozen=True, slots=True)
class Page:
    """Some cases, the newest first.

    Attributes:
        reached: where looking ended before the page was full, older cases not looked at yet; None when that is all there is.
    """

    rows: tuple[CaseRow, ...]
    reached: Mark | None = None


@dataclass(frozen=True, slots=True)
class Counted:
    """How many cases there are; `more` when counting ended at its bound."""

    cases: int
    more: bool = False


def list_newest(tx: Transaction, wanted: Filter, limit: int) -> list[CaseRow]:
    """Return up to `limit` cases, the newest first; with `due_before` the open ones, the first to run out first."""
    return list(list_page(tx, wanted, limit, looked=0).rows)


def list_page(tx: Transaction, wanted: Filter, limit: int, *, looked: int = MOST_LOOKED) -> Page:
    """Return up to `limit` cases as `list_newest` does, after looking through at most so many for each side; 0 for all."""
    if wanted.due_before:
        sql, facts = statement(wanted, wanted.sides, "", limit)
        return Page(tuple(from_row(row) for row in tx.rows(sql, facts)))
    found: list[CaseRow] = []
    stop: Mark | None = None
    for part_of, sides, along in _parts(tx, wanted, looked or MOST_LOOKED):
        floor = _floor(tx, part_of, sides, along, looked) if looked else None
        sql, facts = statement(part_of, sides, along, limit, floor=floor)
        part = [from_row(row) for row in tx.rows(sql, facts)]
        if floor and len(part) < limit:
            stop = max(floor, stop or floor)
        found += part
    # What one part has behind the place where another stopped comes with a later page.
    found = [row for row in found if stop is None or (row.opened_at, row.case_id) >= stop]
    found.sort(key=lambda row: (row.opened_at, row.case_id), reverse=True)
    return Page(tuple(found[:limit]), stop if len(found) < limit else None)


def count(tx: Transaction, wanted: Filter, most: int, *, looked: int = MOST_LOOKED) -> Counted:
    """Return how many cases a list has, up to `most`, after looking through at most `looked` for each side."""
    if wanted.due_before:
        # Led by what presses, as its list is: few cases do at any time, and none of them may be overlooked.
        where, facts = _where(wanted, wanted.sides, "", None)
        row = tx.row(
            f"SELECT COUNT(*) FROM (SELECT 1 FROM cases{where} LIMIT :most) AS counted", facts | {"most": most + 1}
        )
        return Counted(min(row[0] if row else 0, most), bool(row and row[0] > most))
    cases, more = 0, False
    for part_of, sides, along in _parts(tx, wanted, looked):
        floor = _floor(tx, part_of, sides, along, looked)
        where, facts = _where(part_of, sides, along, floor)
        row = tx.row(
            f"SELECT COUNT(*) FROM (SELECT 1 FROM cases{where} LIMIT :most) AS counted", facts | {"most": most + 1}
        )
        cases, more = cases + (row[0] if row else 0), more or floor is not None
        if cases > most:
            return Counted(most, True)
    return Counted(cases, more)


def statement(
    wanted: Filter, sides: tuple[Side, ...], along: str, limit: int, *, floor: Mark | None = None
) -> tuple[str, dict[str, object]]:
    """Return the statement of a list and its parameters.

    Args:
        along: which index leads: a name of `_CHOICES`, `keyed`, or empty for the order of opening.
        floor: the oldest case that is looked at.
    """
    where, facts = _where(wanted, sides, along, floor)
    order = "presses_at, case_id" if wanted.due_before else _NEWEST
    if along == "keyed":
        # Few cases: their own index finds them, not the order of opening.
        order = "+opened_at DESC, case_id DESC"
    return f"SELECT {COLUMNS} FROM cases{where} ORDER BY {order} LIMIT :limit", facts | {"limit": limit}


def _parts(tx: Transaction, wanted: Filter, few: int) -> list[tuple[Filter, tuple[Side, ...], str]]:
    """Return what is asked one after the other, each with the index that leads: it leads through one side at a time."""
    parts: list[tuple[Filter, tuple[Side, ...], str]] = []
    for sides in tuple((side,) for side in wanted.sides) or ((),):
        along = _along(tx, wanted, sides, few)
        if along == "states":
            parts += [(replace(wanted, state=state, states=()), sides, "state") for state in wanted.states]
        else:
            parts.append((wanted, sides, along))
    return parts


def _along(tx: Transaction, wanted: Filter, sides: tuple[Side, ...], few: int) -> str:
    """Return which index leads."""
    if wanted.number or wanted.light in (Light.OVERDUE, Light.WARNING):
        return "keyed"
    choices = _choices(wanted, sides)
    if not choices:
        return ""
    span, facts = _span(wanted)
    counted: dict[str, int] = {}
    for name, (condition, own) in choices.items():
        conditions = " AND ".join([condition, *span])
        row = tx.row(
            f"SELECT COUNT(*) FROM (SELECT 1 FROM cases WHERE {conditions} LIMIT :most) AS counted",
            {**facts, **own, "most": few + 1},
        )
        counted[name] = row[0] if row else 0
    fewest = min(counted, key=lambda name: counted[name])
    if counted[fewest] <= few:
        return fewest
    return next(iter(counted))


def _choices(wanted: Filter, sides: tuple[Side, ...]) -> dict[str, tuple[str, Mapping[str, object]]]:
    """Return the indexes that could lead, each with its condition; those of few cases as a rule come first."""
    choices: dict[str, tuple[str, Mapping[str, object]]] = {}
    if wanted.name_key:
        # The index is partial: without its own words no query is seen to fit it.
        choices["name_key"] = ("name_key = :name_key AND name_key <> x''", {"name_key": wanted.name_key})
    for name in ("applicant_key", "partner", "basic_code"):
        if value := getattr(wanted, name):
            choices[name] = (f"{name} = :{name}", {name: value})
    if len(wanted.systems) == 1:
        choices["system"] = ("system = :system", {"system": wanted.systems[0]})
    if len(sides) == 1 and len(sides[0][1]) >= COUNTY_DIGITS:
        party, digits = sides[0]
        choices["county"] = (_OF_COUNTY, {"own_party": party, "county": digits[:COUNTY_DIGITS]})
    if wanted.state:
        choices["state"] = ("state = :state", {"state": wanted.state})
    elif wanted.states:
        states = {f"state{n}": state for n, state in enumerate(wanted.states)}
        choices["states"] = (f"state IN ({', '.join(':' + name for name in states)})", states)
    return choices


_OF_COUNTY = f"party = :own_party AND {_COUNTY} = :county"


def _floor(tx: Transaction, wanted: Filter, sides: tuple[Side, ...], along: str, looked: int) -> Mark | None:
    """Return the oldest case to look at, None when all may be."""
    if along == "keyed":
        return None
    conditions, facts = _span(wanted)
    if along:
        condition, own = _choices(wanted, sides)[along]
        conditions, facts = [condition, *conditions], {**facts, **own}
    where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
    row = tx.row(
        f"SELECT opened_at, case_id FROM cases{where} ORDER BY {_NEWEST} LIMIT 1 OFFSET :looked",
        facts | {"looked": looked},
    )
    return None if row is None else (from_store(row[0]), row[1])


def _span(wanted: Filter, plus: str = "") -> tuple[list[str], dict[str, object]]:
    """Return the conditions of time."""
    conditions: list[str] = []
    facts: dict[str, object] = {}
    if wanted.opened_from:
        conditions.append(f"{plus}opened_at >= :opened_from")
        facts["opened_from"] = to_store(wanted.opened_from)
    if wanted.opened_to:
        conditions.append(f"{plus}opened_at < :opened_to")
        facts["opened_to"] = to_store(wanted.opened_to)
    if wanted.after:
        conditions.append(f"({plus}opened_at, case_id) < (:after_at, :after_id)")
        facts |= {"after_at": to_store(wanted.after[0]), "after_id": wanted.after[1]}
    return conditions, facts


def _where(wanted: Filter, sides: tuple[Side, ...], along: str, floor: Mark | None) -> tuple[str, dict[str, object]]:
    """Return all conditions: a plus before a column keeps SQLite from taking its index instead of the one that leads."""
    conditions, facts = _span(wanted, "+" if along == "keyed" or wanted.due_before else "")
    for name, (condition, own) in _choices(wanted, sides).items():
        if name != "county":  # said by its side as well
            conditions.append(condition if name == along else f"+{condition}")
            facts |= own
        elif along == "county":
            conditions.append(condition)
            facts |= own
    _others(wanted, conditions, facts)
    if sides:
        conditions.append(f"({' OR '.join(_SIDE.format(n=n) for n in range(len(sides)))})")
        for n, (party, digits) in enumerate(sides):
            facts |= {f"party{n}": party, f"digits{n}": f"{digits}%"}
    if floor:
        conditions.append("(opened_at, case_id) >= (:floor_at, :floor_id)")
        facts |= {"floor_at": to_store(floor[0]), "floor_id": floor[1]}
    return f" WHERE {' AND '.join(conditions)}" if conditions else "", facts


def _others(wanted: Filter, conditions: list[str], facts: dict[str, object]) -> None:
    """Add the conditions along which no list is read, or only one of few cases."""
    if wanted.number:
        conditions.append(
            "(case_id = :number OR origin_number = :number OR (handler_number = :number AND handler_number <> ''))"
        )
        facts["number"] = wanted.number
    if wanted.party:
        conditions.append("+party = :party")
        facts["party"] = wanted.party
    if len(wanted.systems) > 1:
        names = {f"system{n}": system for n, system in enumerate(wanted.systems)}
        conditions.append(f"+system IN ({', '.join(':' + name for name in names)})")
        facts |= names
    if wanted.second_notices:
        conditions.append("EXISTS (SELECT 1 FROM audit WHERE subject = cases.case_id AND act = 'supplement.second')")
    if wanted.light and wanted.now:
        conditions.append(_LIGHTS[wanted.light])
        facts["now"] = to_store(wanted.now)
    if wanted.due_before:
        conditions.append(f"presses_at < :due_before AND state NOT IN ({_ENDS})")
        facts["due_before"] = to_store(wanted.due_before)
