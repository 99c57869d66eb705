"""Who did what, in order; nothing personal, ids and reasons only.

A row is written in the transaction of the act it records: if it cannot be written, nothing happened.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from gateway.store.address import acting_from
from gateway.store.database import Transaction
from gateway.store.moments import from_store, to_store


@dataclass(frozen=True, slots=True)
class Note:
    """One row of the audit.

    Attributes:
        address: from where a person acted at the console; empty for what systems, regions and the gateway did.
    """

    position: int
    at: datetime
    actor: str
    act: str
    subject: str
    outcome: str
    detail: str
    address: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """Which rows to show; empty fields do not narrow.

    Attributes:
        actor: whole, as `person:<id>`; people: only what people did at the console.
        act: whole, or its beginning with a dot at the end, as `material.`.
        first, last: from the one on, before the other.
        before: only rows before this position; 0 for the newest.
    """

    actor: str = ""
    act: str = ""
    subject: str = ""
    people: bool = False
    first: datetime | None = None
    last: datetime | None = None
    before: int = 0


@dataclass(frozen=True, slots=True)
class RefusedSince:
    """How often people were refused since a moment: pages and cases, and signing in; `more` when there may be older ones."""

    pages: int
    sign_ins: int
    more: bool = False


def note(
    tx: Transaction, now: datetime, actor: str, act: str, subject: str, outcome: str = "done", detail: str = ""
) -> None:
    """Record an act.

    Args:
        actor: `system:<name>`, `region:<code>`, `staff:<id>`, `person:<id>` at the console, or `gateway:<code>` itself.
        act: verb of the flow, such as `case.submit`.
        subject: what it was done to, such as a co-operation number.
    """
    if actor.startswith(_BY_COMMAND):
        actor = actor.removeprefix("staff:")  # a person at the console gave what is a command elsewhere
    tx.execute(
        "INSERT INTO audit (at, actor, act, subject, outcome, detail, address)"
        " VALUES (:at, :actor, :act, :subject, :outcome, :detail, :address)",
        {
            "at": to_store(now),
            "actor": actor,
            "act": act,
            "subject": subject,
            "outcome": outcome,
            "detail": detail,
            "address": acting_from(),
        },
    )


def about(tx: Transaction, subject: str, limit: int = 200) -> list[Note]:
    """Return the first `limit` rows about a subject, in order."""
    rows = tx.rows(
        f"SELECT {_COLUMNS} FROM audit WHERE subject = :subject ORDER BY position LIMIT :limit",
        {"subject": subject, "limit": limit},
    )
    return list(map(_note, rows))


def newest(tx: Transaction, before: int, act: str, subject: str, limit: int) -> list[Note]:
    """Return rows before a position (0 for the newest), the newest first; of this act and about this subject where named."""
    return page(tx, Asked(act=act, subject=subject, before=before), limit)[0]


def newest_of(tx: Transaction, acts: Sequence[str], since: datetime, limit: int, subject: str = "") -> list[Note]:
    """Return up to `limit` rows of these acts since a moment, the newest first, of the 50,000 newest rows.

    Args:
        subject: narrows them, and then all of its rows are looked through; empty does not.
    """
    named = {f"act{n}": act for n, act in enumerate(acts)}
    row = None
    if not subject:
        row = tx.row(f"SELECT position FROM audit ORDER BY position DESC LIMIT 1 OFFSET {LOOKED_THROUGH}", {})
    rows = tx.rows(
        f"SELECT {_COLUMNS} FROM audit WHERE {'subject = :subject AND' if subject else ''} position >= :floor"
        f" AND at >= :since AND act IN ({', '.join(f':{name}' for name in named)})"
        " ORDER BY position DESC LIMIT :limit",
        {**named, "subject": subject, "floor": row[0] if row else 0, "since": to_store(since), "limit": limit},
    )
    return list(map(_note, rows))


def page(tx: Transaction, asked: Asked, limit: int) -> tuple[list[Note], int]:
    """Return up to `limit` rows, the newest first, and the position where a bounded look ended before there were so many.

    An index leads where one can: that of the subject, of the person, of people.  Without, the 50,000 rows before the
    position are looked through; 0 for the position means that there are no more.
    """
    where, facts = _where(asked)
    led = f"position < :before{''.join(f' AND {one}' for one in where)}"
    facts |= {"before": asked.before or _BEYOND}
    row = tx.row(
        f"SELECT position FROM audit WHERE position < :before{_leading(asked)}"
        f" ORDER BY position DESC LIMIT 1 OFFSET {LOOKED_THROUGH}",
        facts,
    )
    if row:
        led += " AND position >= :floor"
        facts["floor"] = row[0]
    rows = tx.rows(
        f"SELECT {_COLUMNS} FROM audit WHERE {led} ORDER BY position DESC LIMIT :limit", facts | {"limit": limit}
    )
    found = list(map(_note, rows))
    if len(found) == limit:
        return found, found[-1].position
    return found, row[0] if row else 0


def refused_since(tx: Transaction, at: datetime) -> RefusedSince:
    """Return how often people were refused since a moment, among the newest 20,000 rows of people."""
    begins = tx.row("SELECT position FROM audit WHERE at >= :at ORDER BY at, position LIMIT 1", {"at": to_store(at)})
    if begins is None:
        return RefusedSince(0, 0)
    row = tx.row(
        "SELECT COUNT(*), SUM(CASE WHEN act = 'page.refused' THEN 1 ELSE 0 END),"
        " SUM(CASE WHEN act = 'console.sign_in' AND outcome = 'refused' THEN 1 ELSE 0 END) FROM"
        f" (SELECT act, outcome FROM audit WHERE {_OF_PEOPLE} AND position >= :first"
        " ORDER BY position DESC LIMIT :looked) AS lately",
        {"first": begins[0], "looked": LATELY},
    )
    rows, pages, sign_ins = row or (0, 0, 0)
    return RefusedSince(pages or 0, sign_ins or 0, rows >= LATELY)


def between(tx: Transaction, asked: Asked, limit: int) -> list[Note]:
    """Return up to `limit` rows of a span, in order."""
    where, facts = _where(asked)
    rows = tx.rows(
        f"SELECT {_COLUMNS} FROM audit WHERE {' AND '.join(where) or '1 = 1'} ORDER BY at, position LIMIT :limit",
        facts | {"limit": limit},
    )
    return list(map(_note, rows))


def _leading(asked: Asked) -> str:
    """Return the condition whose index leads, so that only what it finds counts as looked through."""
    if asked.subject:
        return " AND subject = :subject"
    if asked.actor.startswith("person:"):
        return f" AND actor = :actor AND {_OF_A_PERSON}"
    return f" AND {_OF_PEOPLE}" if asked.people else ""


def _where(asked: Asked) -> tuple[list[str], dict[str, object]]:
    """Return the conditions; a plus keeps SQLite from an index that is not the one that leads."""
    conditions: list[str] = []
    facts: dict[str, object] = {}
    if asked.subject:
        conditions.append("subject = :subject")
        facts["subject"] = asked.subject
    if asked.actor:
        leads = asked.actor.startswith("person:") and not asked.subject
        conditions += ["actor = :actor", _OF_A_PERSON] if leads else ["+actor = :actor"]
        facts["actor"] = asked.actor
    elif asked.people:
        conditions.append(_OF_PEOPLE)
    if asked.act:
        exact = not asked.act.endswith(".")
        conditions.append("act = :act" if exact else "substr(act, 1, length(:act)) = :act")
        facts["act"] = asked.act
    for name, at, sign in (("first", asked.first, ">="), ("last", asked.last, "<")):
        if at:
            conditions.append(f"at {sign} :{name}")
            facts[name] = to_store(at)
    return conditions, facts


def _note(row: tuple[Any, ...]) -> Note:
    position, at, actor, act, subject, outcome, detail, address = row
    return Note(position, from_store(at), actor, act, subject, outcome, detail, address)


LATELY = 20_000
"""Rows that are looked through for a number on a page that keeps up by itself: 9 ms of a processor."""
LOOKED_THROUGH = 50_000
_COLUMNS = "position, at, actor, act, subject, outcome, detail, address"
# The words of the two partial indexes.
_OF_PEOPLE = "substr(actor, 1, 7) = 'person:'"
_OF_A_PERSON = "actor >= 'person:' AND actor < 'person;'"
_BY_COMMAND = "staff:person:"
_BEYOND = 2**62
