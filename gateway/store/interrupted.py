"""Cases whose order of events was torn by a restore: a version is missing, or the envelope of one is worth nothing."""

from gateway.store.database import Transaction

_BEYOND = "SELECT 1 FROM events e WHERE e.case_id = {case} AND e.version > {version} AND e.standing = 'held'"


def with_gaps(tx: Transaction, partner: str) -> list[str]:
    """Return the cases we handle for a partner of which a later version is here and the next one is not.

    Looks at every case of the partner, so it is for the end of catching up and no other time.
    """
    beyond = _BEYOND.format(case="c.case_id", version="c.case_version")
    rows = tx.rows(
        f"SELECT c.case_id FROM cases c WHERE c.partner = :partner AND c.party = 'handler' AND EXISTS ({beyond})",
        {"partner": partner},
    )
    return [row[0] for row in rows]


def has_gap(tx: Transaction, case_id: str, version: int) -> bool:
    """Whether an event waits for one behind `version` that is not here."""
    beyond = _BEYOND.format(case=":id", version=":version")
    return tx.row(f"{beyond} LIMIT 1", {"id": case_id, "version": version}) is not None


def refused(tx: Transaction, partner: str, own_region: str) -> list[tuple[str, int]]:
    """Return the versioned events of ours that are in an envelope the partner refused, as (case, sequence).

    The partner waits for their versions, so they have to go in another one.
    """
    rows = tx.rows(
        "SELECT e.case_id, e.sequence FROM outbox o JOIN events e ON e.envelope_id = o.envelope_id AND e.sender = :us"
        " WHERE o.partner = :partner AND o.settled_at IS NOT NULL AND o.outcome = 'refused'"
        " AND o.last_reason <> 'ALREADY_HELD' AND e.version IS NOT NULL AND e.standing IN ('folded', 'held')",
        {"partner": partner, "us": own_region},
    )
    return [(row[0], row[1]) for row in rows]
