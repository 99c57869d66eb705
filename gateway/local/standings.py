"""How things stand with every partner, as JSON for commands at this machine."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from gateway.case.reasons import Row
from gateway.flows.delivery.standings import PartnerStanding
from gateway.local.canonical_out import instant


def standings_content(standings: Sequence[PartnerStanding], now: datetime) -> Mapping[str, object]:
    """Return the answer: the standings, and when they were read."""
    return {"at": instant(now), "partners": [_one(standing) for standing in standings]}


def _one(standing: PartnerStanding) -> Mapping[str, object]:
    skew = standing.clock_skew
    return {
        "partner": standing.code,
        "name": standing.name,
        "status": standing.status.value,
        "delivery": standing.delivery.value,
        "circuit": standing.circuit.value,
        "failures": standing.failures,
        "last_error": _error(standing.last_reason, standing.row),
        "last_error_at": _instant(standing.last_failure_at),
        "quiet_until": _instant(standing.quiet_until),
        "last_outward_at": _instant(standing.last_outward_at),
        "last_inward_at": _instant(standing.last_inward_at),
        "clock_skew_seconds": None if skew is None else round(skew.total_seconds(), 1),
        "owed": standing.backlog.owed,
        "oldest_owed_at": _instant(standing.backlog.oldest),
        "held": standing.backlog.held,
        "parked": standing.backlog.parked,
    }


def _error(reason: str, row: Row | None) -> Mapping[str, object] | None:
    """Return the last error; cause and next step stand in docs/errors.md under its reason, where they need facts."""
    if not reason:
        return None
    return {
        "reason": reason,
        "place": row.place.value if row else None,
        "answer": row.answer.value if row else None,
        "next_step": {"zh": row.fix.zh, "en": row.fix.en} if row else None,
    }


def _instant(moment: datetime | None) -> str | None:
    return None if moment is None else instant(moment)
