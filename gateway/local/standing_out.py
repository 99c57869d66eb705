"""How things stand with partners, from both sides, in JSON; nothing personal is in it."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from gateway.case.reasons import Row
from gateway.flows.standing.lights import Wrong
from gateway.flows.standing.view import BothViews
from gateway.local.canonical_out import Json, instant, text
from gateway.partners.term_list import TermDifference
from gateway.store.maintenance import Announced
from gateway.store.partner_views import PartnerView

MOST_TERMS_SHOWN = 200


def both_views(found: Sequence[BothViews], now: datetime) -> Json:
    """Return the answer: every partner, the worst first, and when it was read."""
    return {"at": instant(now), "partners": [one_partner(one, now) for one in found]}


def one_partner(one: BothViews, now: datetime) -> Json:
    """Return one partner from both sides."""
    return {
        "at": instant(now),
        "partner": one.partner.code,
        "name": one.partner.short_name,
        "status": one.partner.status.value,
        "delivery": one.partner.delivery.value,
        "file": one.partner.file,
        "light": one.light.value,
        "wrong": [_wrong(this) for this in one.wrong],
        "here": _here(one, now),
        "there": _there(one.view),
        "agreement": {
            "alike": one.alike,
            "differing": [_difference(this) for this in one.differing[:MOST_TERMS_SHOWN]],
            "differing_count": len(one.differing),
            "terms_left_out": one.view.told.terms_left_out,
        },
        "maintenance": _maintenance(one),
        "papers_end": _or_null(one.papers_end),
        "papers_days": None if one.papers_end is None else (one.papers_end - now).days,
        "unexplained_days": one.unexplained,
        "contacts": [
            {"name": who.name, "role": who.role, "phone": who.phone, "duty_hours": who.duty_hours}
            for who in one.partner.contacts
        ],
    }


def announced(one: Announced, now: datetime) -> Json:
    """Return one announcement of our own maintenance; `state` is planned, on, over or ended."""
    if one.ended_at is not None:
        state = "ended"
    elif one.ends <= now:
        state = "over"
    else:
        state = "on" if one.is_on(now) else "planned"
    return {
        "id": one.id,
        "state": state,
        "from": instant(one.begins),
        "until": instant(one.ends),
        "reason": {"zh": one.reason_zh, "en": one.reason_en},
        "announced_at": instant(one.announced_at),
        "announced_by": one.announced_by,
        "ended_at": _or_null(one.ended_at),
        "ended_by": one.ended_by,
    }


def _here(one: BothViews, now: datetime) -> Json:
    standing = one.standing
    backlog = standing.backlog
    return {
        "circuit": standing.circuit.value,
        "failures": standing.failures,
        "last_error": _error(standing.last_reason, standing.row),
        "last_error_at": _or_null(standing.last_failure_at),
        "backing_off_until": _or_null(standing.quiet_until),
        "last_contact_out": _or_null(max(filter(None, (standing.last_outward_at, one.view.told_at)), default=None)),
        "last_contact_in": _or_null(standing.last_inward_at),
        "clock_skew_seconds": _seconds(standing.clock_skew),
        "queued": backlog.owed,
        "oldest_waiting_since": _or_null(backlog.oldest),
        "oldest_waiting_seconds": None if backlog.oldest is None else _seconds(now - backlog.oldest),
        "held": backlog.held,
        "parked": backlog.parked,
    }


def _there(view: PartnerView) -> Json:
    told = view.told
    return {
        "told_at": _or_null(view.told_at),
        "asked_in_vain_at": _or_null(view.failed_at),
        "asked_in_vain_for": view.failed_for,
        "software": told.software,
        "exchange_minor": told.exchange_minor,
        "features": list(told.features),
        "items_version": told.items_version,
        "last_contact": _or_null(told.last_contact),
        "last_error": told.last_error,
        "last_error_at": _or_null(told.last_error_at),
        "backing_off_until": _or_null(told.backing_off_until),
        "clock_skew_seconds": None if told.clock_skew is None else round(told.clock_skew, 1),
        "queued": told.queued,
        "oldest_waiting_seconds": told.oldest_waiting,
    }


def _maintenance(one: BothViews) -> Json | None:
    standing, told = one.standing, one.view.told.pause
    if standing.pauses_from is None or standing.pauses_until is None:
        return None
    return {
        "from": instant(told.begins if told else standing.pauses_from),
        "until": instant(told.ends if told else standing.pauses_until),
        "heeded_until": instant(standing.pauses_until),
        "reason": {"zh": told.reason_zh, "en": told.reason_en} if told else None,
    }


def _wrong(one: Wrong) -> Json:
    return {"light": one.light.value, "word": one.word, "place": one.place.value, "said": text(one.said)}


def _difference(one: TermDifference) -> Json:
    return {
        "agreement": one.agreement,
        "term": one.term,
        "here": one.here,
        "there": one.there,
        "said": text(one.said),
    }


def _error(reason: str, row: Row | None) -> Mapping[str, object] | None:
    if not reason:
        return None
    return {
        "reason": reason,
        "place": row.place.value if row else None,
        "answer": row.answer.value if row else None,
        "next_step": text(row.fix) if row else None,
    }


def _seconds(span: timedelta | None) -> float | None:
    return None if span is None else round(span.total_seconds(), 1)


def _or_null(moment: datetime | None) -> str | None:
    return None if moment is None else instant(moment)
