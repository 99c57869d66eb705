"""Claims: which envelopes of a partner leave next, and that nobody else takes them meanwhile.

A claim moves `due_at` past the flight before anything is sent: if the process dies the row becomes due again, and the
recipient's inbox makes the repeat harmless.  Only what stands in front of its case is claimed; what stands behind it and is
due rides along, in order.

Every statement here is a walk along one index that ends after as many rows as were asked for: a million envelopes that wait,
are put off or are kept back cost a claim nothing.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from gateway.store.database import Transaction
from gateway.store.moments import to_store
from gateway.store.outbox import BULK, COLUMNS, NEWS, Owed, owed_from_store

AHEAD = timedelta(minutes=1)
"""Clocks that are set right by less cost nobody more than this."""
BULK_EVERY = 4
"""Of each so many places of a flight one is kept for new cases, so that news never starve them, nor they the news."""

_IN_FRONT = "settled_at IS NULL AND kept_back = '' AND behind = 0"
_DUE = (
    f"SELECT {COLUMNS} FROM outbox WHERE partner = :partner AND {_IN_FRONT} AND materials_wait = :wait"
    " AND priority = :priority AND due_at <= :now ORDER BY due_at, sequence LIMIT :limit"
)
_ALL_LANES = f"partner = :partner AND {_IN_FRONT} AND materials_wait IN (0, 1) AND priority IN (0, 1)"


def claim(tx: Transaction, partner: str, now: datetime, until: datetime, limit: int, max_bytes: int) -> list[Owed]:
    """Take up to `limit` due envelopes of at most `max_bytes` together; nobody else gets them before `until`.

    News go before new cases, what was due earlier before what was due later; one place in four is kept for new cases.
    """
    news = _due(tx, partner, now, limit, NEWS)
    bulk = _due(tx, partner, now, limit, BULK)
    taken = _within(_mixed(news, bulk), limit, max_bytes)
    tx.many(
        "UPDATE outbox SET due_at = :until, tries = tries + 1 WHERE envelope_id = :id",
        [{"until": to_store(until), "id": owed.envelope_id} for owed in taken],
    )
    behind = _what_follows(tx, taken, now, limit - len(taken), max_bytes - sum(owed.bytes for owed in taken))
    # These cannot be claimed but with what stands in front of them, so their own time need not move.
    tx.many(
        "UPDATE outbox SET tries = tries + 1 WHERE envelope_id = :id",
        [{"id": owed.envelope_id} for owed in behind],
    )
    return taken + behind


def next_with_materials(tx: Transaction, partner: str, now: datetime, until: datetime) -> Owed | None:
    """Take the first due envelope whose files the partner does not have yet; what happened to a case before a new case."""
    found = _due(tx, partner, now, 1, NEWS, wait=1) or _due(tx, partner, now, 1, BULK, wait=1)
    if not found:
        return None
    tx.execute(
        "UPDATE outbox SET due_at = :until, tries = tries + 1 WHERE envelope_id = :id",
        {"until": to_store(until), "id": found[0].envelope_id},
    )
    return found[0]


def give_back(tx: Transaction, partner: str, until: datetime, now: datetime) -> int:
    """Make due again what was claimed until exactly that moment, by a process that is gone; return how many."""
    return tx.changed(
        f"UPDATE outbox SET due_at = :now WHERE {_ALL_LANES} AND due_at = :until",
        {"partner": partner, "now": to_store(now), "until": to_store(until)},
    )


def leave_unflown(tx: Transaction, claimed: Sequence[Owed], until: datetime) -> None:
    """Give back what was claimed until a moment and did not leave after all: due as it was, and no try is counted."""
    tx.many(
        "UPDATE outbox SET due_at = CASE WHEN due_at = :until THEN :due ELSE due_at END, tries = :tries"
        " WHERE envelope_id = :id AND settled_at IS NULL",
        [
            {"until": to_store(until), "due": to_store(owed.due_at), "tries": owed.tries, "id": owed.envelope_id}
            for owed in claimed
        ],
    )


def has_work(tx: Transaction, partner: str, now: datetime) -> bool:
    """Whether something is due for a partner, envelopes or files."""
    return (
        tx.row(
            f"SELECT 1 FROM outbox WHERE {_ALL_LANES} AND due_at <= :now LIMIT 1",
            {"partner": partner, "now": to_store(now)},
        )
        is not None
    )


def lies_beyond(tx: Transaction, partner: str, beyond: datetime, kept_beyond: datetime) -> bool:
    """Whether something is put off beyond a moment; of what is kept back and tried slowly, beyond another."""
    return bool(_beyond(tx, partner, beyond, kept_beyond, 1))


def pull_forward(
    tx: Transaction, partner: str, now: datetime, beyond: datetime, kept_beyond: datetime, limit: int
) -> int:
    """Make due what lies further ahead than anything is ever put off, as after a clock that was set back; return how many.

    At most `limit` of each kind; the others at the next call.
    """
    found = _beyond(tx, partner, beyond, kept_beyond, limit) + owed_ahead(tx, partner, now, limit)
    tx.many(
        "UPDATE outbox SET due_at = :now WHERE envelope_id = :id",
        [{"now": to_store(now), "id": envelope_id} for envelope_id in found],
    )
    return len(found)


def owed_ahead(tx: Transaction, partner: str, now: datetime, limit: int) -> list[str]:
    """Return envelopes that are not due although they were owed at a moment yet to come: by a clock that ran ahead.

    That moment alone shows an hour's jump, which lies within what an envelope may be put off.
    """
    rows = tx.rows(
        "SELECT envelope_id FROM outbox WHERE partner = :partner AND settled_at IS NULL AND owed_at > :ahead"
        " AND due_at > :ahead AND kept_back = '' LIMIT :limit",
        {"partner": partner, "ahead": to_store(now + AHEAD), "limit": limit},
    )
    return [row[0] for row in rows]


def _beyond(tx: Transaction, partner: str, beyond: datetime, kept_beyond: datetime, limit: int) -> list[str]:
    found = tx.rows(
        f"SELECT envelope_id FROM outbox WHERE {_ALL_LANES} AND due_at > :beyond LIMIT :limit",
        {"partner": partner, "beyond": to_store(beyond), "limit": limit},
    )
    found += tx.rows(
        "SELECT envelope_id FROM outbox WHERE partner = :partner AND settled_at IS NULL AND kept_back <> ''"
        " AND kept_back IN ('parked', 'aside') AND due_at > :beyond LIMIT :limit",
        {"partner": partner, "beyond": to_store(kept_beyond), "limit": limit},
    )
    return [row[0] for row in found]


def _due(tx: Transaction, partner: str, now: datetime, limit: int, priority: int, wait: int = 0) -> list[Owed]:
    facts = {"partner": partner, "now": to_store(now), "limit": limit, "priority": priority, "wait": wait}
    return [owed_from_store(row) for row in tx.rows(_DUE, facts)]


def _mixed(news: Sequence[Owed], bulk: Sequence[Owed]) -> list[Owed]:
    """Return both in one order: one new case, then three news, and so on; what is left of either at the end."""
    mixed: list[Owed] = []
    waiting_news, waiting_bulk = list(reversed(news)), list(reversed(bulk))
    while waiting_news and waiting_bulk:
        # A new case first, or three large news would fill every flight.
        mixed.append(waiting_bulk.pop())
        mixed += [waiting_news.pop() for _ in range(min(BULK_EVERY - 1, len(waiting_news)))]
    return mixed + waiting_news[::-1] + waiting_bulk[::-1]


def _within(owed: Sequence[Owed], limit: int, max_bytes: int) -> list[Owed]:
    """Return the first ones that fit; one alone always does."""
    taken: list[Owed] = []
    size = 0
    for one in owed[:limit]:
        size += one.bytes
        if taken and size > max_bytes:
            break
        taken.append(one)
    return taken


def _what_follows(tx: Transaction, taken: Sequence[Owed], now: datetime, room: int, max_bytes: int) -> list[Owed]:
    """Return what stands behind the envelopes taken and may fly with them, the order of each case kept."""
    behind: list[Owed] = []
    for front in taken:
        if room <= 0 or max_bytes <= 0:
            break
        rows = tx.rows(
            f"SELECT {COLUMNS} FROM outbox WHERE case_id = :case AND sequence > :sequence AND settled_at IS NULL"
            " ORDER BY sequence LIMIT :room",
            {"case": front.case_id, "sequence": front.sequence, "room": room},
        )
        for owed in map(owed_from_store, rows):
            if owed.kept_back or owed.materials_wait or owed.due_at > now or owed.bytes > max_bytes:
                break
            behind.append(owed)
            room -= 1
            max_bytes -= owed.bytes
    return behind
