"""What happened since a position of the audit and of the evidence, in figures; and what stands open, up to a bound.

Both logs only grow, so what was counted once is never counted again, and a look costs what came since the last one.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from gateway.store.backlog import COUNTED_UP_TO
from gateway.store.database import Transaction

MOST_AT_ONCE = 50_000
"""Rows of each log one look goes through; what lies behind them comes with the next look."""

Counts = dict[tuple[str, ...], int]


@dataclass(frozen=True, slots=True)
class Mark:
    """How far the logs were looked through."""

    audit: int
    evidence: int


@dataclass(slots=True)
class Tally:
    """What the rows of the logs add up to; the first part of each key is the code of the partner.

    Attributes:
        cases: taken in, by partner.
        events: by partner, direction (`in` or `out`) and the name of the event's class.
        receipts: envelopes of a partner that were receipted, by partner and outcome.
        refusals: final ones, by partner, direction and reason: ours of theirs is `in`.
        parked, given_up, receipts_rejected: by partner and reason.
    """

    cases: Counts = field(default_factory=dict)
    events: Counts = field(default_factory=dict)
    receipts: Counts = field(default_factory=dict)
    refusals: Counts = field(default_factory=dict)
    parked: Counts = field(default_factory=dict)
    given_up: Counts = field(default_factory=dict)
    receipts_rejected: Counts = field(default_factory=dict)


def newest(tx: Transaction) -> Mark:
    """Return where the logs end now."""
    audit = tx.row("SELECT COALESCE(MAX(position), 0) FROM audit")
    evidence = tx.row("SELECT COALESCE(MAX(position), 0) FROM evidence")
    assert audit is not None
    assert evidence is not None
    return Mark(audit[0], evidence[0])


def since(tx: Transaction, mark: Mark, most: int = MOST_AT_ONCE) -> tuple[Tally, Mark]:
    """Add up what came after `mark`, at most `most` rows of each log; return it and how far that went."""
    tally = Tally()
    for row in tx.rows(_AUDITED, {"after": mark.audit, "most": most}):
        _add_audited(tally, *row)
    for sender, outcome, count in tx.rows(_RECEIPTED, {"after": mark.evidence, "most": most}):
        _add(tally.receipts, count, sender, outcome)
    ends = [_end(tx, log, after, most) for log, after in (("audit", mark.audit), ("evidence", mark.evidence))]
    return tally, Mark(*ends)


def parked_by_reason(tx: Transaction, partners: Iterable[str]) -> Counts:
    """Return how many envelopes are parked for each reason, of the first `COUNTED_UP_TO` + 1 of each partner."""
    found: Counts = {}
    for partner in partners:
        rows = tx.rows(
            f"SELECT last_reason, COUNT(*) FROM ({_PARKED}) AS first_ones GROUP BY last_reason",
            {"partner": partner, "limit": COUNTED_UP_TO + 1},
        )
        found |= {(partner, reason): count for reason, count in rows}
    return found


def in_state(tx: Transaction, states: Iterable[str]) -> Mapping[str, int]:
    """Return how many cases are in each of these states, counted up to `COUNTED_UP_TO` + 1."""
    found = {}
    for state in states:
        row = tx.row(
            f"SELECT COUNT(*) FROM ({_IN_STATE}) AS first_ones",
            {"state": state, "limit": COUNTED_UP_TO + 1},
        )
        found[state] = row[0] if row else 0
    return found


_PARKED = (
    "SELECT last_reason FROM outbox WHERE partner = :partner AND kept_back = 'parked' AND kept_back <> ''"
    " AND settled_at IS NULL LIMIT :limit"
)
_IN_STATE = "SELECT 1 FROM cases WHERE state = :state LIMIT :limit"
_AUDITED = (
    "SELECT a.actor, a.act, a.outcome, COALESCE(c.partner, ''), CASE WHEN o.envelope_id IS NULL THEN 0 ELSE 1 END, COUNT(*)"
    " FROM (SELECT actor, act, subject, outcome, detail FROM audit WHERE position > :after"
    " ORDER BY position LIMIT :most) AS a"
    " LEFT JOIN cases c ON c.case_id = a.subject"
    " LEFT JOIN outbox o ON a.act = 'envelope.refused' AND o.envelope_id = a.detail"
    " GROUP BY 1, 2, 3, 4, 5"
)
_RECEIPTED = (
    "SELECT i.sender, i.outcome, COUNT(*) FROM (SELECT sender, object_id FROM evidence"
    " WHERE position > :after ORDER BY position LIMIT :most) AS e"
    " JOIN inbox i ON i.sender = e.sender AND i.envelope_id = e.object_id GROUP BY 1, 2"
)


def _add_audited(tally: Tally, actor: str, act: str, outcome: str, partner: str, ours: int, count: int) -> None:
    caller = actor.removeprefix("region:")
    verb, _, name = act.rpartition(".")
    if act == "case.received":
        _add(tally.cases, count, caller)
    elif verb in ("case.act", "case.correct"):
        _add(tally.events, count, partner, "out", name)
    elif verb == "event.received":
        _add(tally.events, count, caller, "in", name)
    elif act == "envelope.refused":
        _add(tally.refusals, count, caller, "out" if ours else "in", outcome)
    elif act == "envelope.parked":
        _add(tally.parked, count, caller, outcome)
    elif act == "envelope.given_up":
        _add(tally.given_up, count, partner, outcome)
    elif act == "receipt.rejected":
        _add(tally.receipts_rejected, count, caller, outcome)


def _add(counts: Counts, count: int, *key: str) -> None:
    counts[key] = counts.get(key, 0) + count


def _end(tx: Transaction, log: str, after: int, most: int) -> int:
    row = tx.row(
        f"SELECT MAX(position) FROM (SELECT position FROM {log} WHERE position > :after"
        " ORDER BY position LIMIT :most) AS looked_at",
        {"after": after, "most": most},
    )
    return after if row is None or row[0] is None else int(row[0])
